"""Stories, answers, hugs, and the log of what is gone.

A story is one document under `<teen>:<the client's id>`; readers and moderators know it by `public`
alone, a random id that ends with the publication it stood for. `shelves` and `place` exist only
while readers may see it, `desk` only while a person has to decide, so their indexes stay as small
as what they are about. Filters name one field, or the fields of one index: the embedded database
would scan for anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

STORIES = "stories"
ANSWERS = "story_answers"
HUGS = "story_hugs"
GONE = "story_gone"
ERASURES = "story_erasures"

LOG = "gone"
"""The one document of the log."""
LOGGED = 1_000
"""What has gone is told for so many entries; whoever slept longer begins anew."""


def _moderated(*more: IndexModel) -> list[IndexModel]:
    return [
        IndexModel([("desk.order", ASCENDING)], name="desk", sparse=True),
        IndexModel([("desk.due_at", ASCENDING)], name="due", sparse=True),
        IndexModel([("desk.since", ASCENDING)], name="waiting", sparse=True),
        IndexModel([("lease.by", ASCENDING)], name="lease", sparse=True),
        IndexModel([("worry_at", ASCENDING)], name="worry", sparse=True),
        IndexModel([("check_due", ASCENDING)], name="check", sparse=True),
        IndexModel([("untold_at", ASCENDING)], name="untold", sparse=True),
        IndexModel([("reports.by", ASCENDING)], name="reporter", sparse=True),
        *more,
    ]


INDEXES: Indexes = {
    STORIES: _moderated(
        IndexModel([("teen", ASCENDING), ("at", ASCENDING)], name="author"),
        IndexModel([("public", ASCENDING)], name="public", unique=True, sparse=True),
        IndexModel([("shelves", ASCENDING), ("place", ASCENDING)], name="shelf", sparse=True),
        IndexModel([("state", ASCENDING), ("sent_at", ASCENDING)], name="state", sparse=True),
        IndexModel([("judged.at", ASCENDING)], name="judged", sparse=True),
    ),
    ANSWERS: _moderated(
        IndexModel([("teen", ASCENDING), ("cid", ASCENDING)], name="author", unique=True),
        IndexModel([("teen", ASCENDING), ("at", ASCENDING)], name="given"),
        IndexModel([("shelf", ASCENDING)], name="shelf", sparse=True),
        IndexModel([("story", ASCENDING)], name="story"),
    ),
    HUGS: [
        IndexModel([("story", ASCENDING)], name="story"),
        IndexModel([("teen", ASCENDING)], name="teen"),
    ],
    GONE: [IndexModel([("last", ASCENDING)], name="last")],
    ERASURES: [IndexModel([("at", ASCENDING)], name="at")],
}


def key_of(teen: str, story: str) -> str:
    """The `_id` of a teen's story: the same client id of another teen is another story."""
    return f"{teen}:{story}"


def add(database: Database, collection: str, document: Document) -> bool:
    """Insert a document; False if it stands there already."""
    try:
        database.collection(collection).insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def by_id(database: Database, collection: str, key: str) -> Document | None:
    """Return a document by `_id`."""
    return database.collection(collection).find_one({"_id": key})


def by_public(database: Database, public: str) -> Document | None:
    """Return the story that is known under this public id."""
    return database.collection(STORIES).find_one({"public": public})


def by_publics(database: Database, publics: Sequence[str]) -> dict[str, Document]:
    """Return stories by their public ids."""
    if not publics:
        return {}
    found = database.collection(STORIES).find({"public": {"$in": list(publics)}})
    return {one["public"]: one for one in found}


def write(
    database: Database,
    collection: str,
    before: Mapping[str, Any],
    fields: Mapping[str, Any],
    gone: Sequence[str],
) -> bool:
    """Set `fields` and remove `gone` in one write, guarded by `version`; False if it lost."""
    update: dict[str, Any] = {"$set": {**fields, "version": before["version"] + 1}}
    if gone:
        update["$unset"] = dict.fromkeys(gone, "")
    # The teen is the shard key: with it one shard is asked.
    guard = {"_id": before["_id"], "teen": before["teen"], "version": before["version"]}
    return database.collection(collection).update_one(guard, update).modified_count == 1


def renew_lease(database: Database, collection: str, before: Document, until: int) -> bool:
    """Prolong a lease without counting a version, since nothing that anybody sees changes."""
    guard = {"_id": before["_id"], "teen": before["teen"], "version": before["version"]}
    result = database.collection(collection).update_one(guard, {"$set": {"lease.until": until}})
    return result.matched_count == 1


def delete(database: Database, collection: str, before: Document) -> bool:
    """Delete the document as it was read; False if it has changed since."""
    guard = {"_id": before["_id"], "teen": before["teen"], "version": before["version"]}
    return database.collection(collection).delete_one(guard).deleted_count == 1


def of_teen(database: Database, teen: str, before: int, limit: int) -> list[Document]:
    """Return a teen's stories last touched before a time, the newest first."""
    query = {"teen": teen, "at": {"$lt": before}}
    return list(database.collection(STORIES).find(query).sort("at", -1).limit(limit))


READ = {"public": True, "teen": True, "shown": True, "place": True, "heavy": True, "from_14": True}
"""What readers may need; nothing of a draft or of what was sent."""


def on_shelf(database: Database, shelf: str, above: int, below: int, limit: int) -> list[Document]:
    """Return stories of a shelf with a place between two others, the newest first."""
    query = {"shelves": shelf, "place": {"$gt": above, "$lt": below}}
    found = database.collection(STORIES).find(query, READ)
    return list(found.sort("place", -1).limit(limit))


def answers_on(database: Database, publics: Sequence[str], limit: int) -> list[Document]:
    """Return the answers that readers may see of these stories."""
    query = {"shelf": {"$in": list(publics)}}
    return list(database.collection(ANSWERS).find(query).limit(limit)) if publics else []


def answer_of(database: Database, teen: str, cid: str) -> Document | None:
    """Return the answer that its author sent under this cid."""
    return database.collection(ANSWERS).find_one({"teen": teen, "cid": cid})


def answers_of_story(database: Database, public: str, limit: int) -> list[Document]:
    """Return answers to a story, whatever their state."""
    return list(database.collection(ANSWERS).find({"story": public}).limit(limit))


def answers_of_teen(database: Database, teen: str, limit: int) -> list[Document]:
    """Return answers that a teen wrote."""
    return list(database.collection(ANSWERS).find({"teen": teen}).limit(limit))


def given_by(database: Database, teen: str, before: int, limit: int) -> list[Document]:
    """Return the answers that a teen wrote before a time, the newest first."""
    query = {"teen": teen, "at": {"$lt": before}}
    return list(database.collection(ANSWERS).find(query).sort("at", -1).limit(limit))


def hug(database: Database, public: str, teen: str, at: int) -> None:
    """Keep a hug, once however often it is given."""
    add(database, HUGS, {"_id": f"{public}:{teen}", "story": public, "teen": teen, "at": at})


def unhug(database: Database, public: str, teen: str) -> None:
    """Take a hug back."""
    database.collection(HUGS).delete_one({"_id": f"{public}:{teen}"})


def hugged(database: Database, teen: str, publics: Sequence[str]) -> set[str]:
    """Which of these stories the teen has hugged."""
    if not publics:
        return set()
    query = {"_id": {"$in": [f"{public}:{teen}" for public in publics]}}
    return {one["story"] for one in database.collection(HUGS).find(query)}


def hug_count(database: Database, public: str) -> int:
    """How many have hugged a story."""
    return database.collection(HUGS).count_documents({"story": public})


def forget_hugs(database: Database, field: str, value: str) -> None:
    """Delete the hugs of a story or of a teen."""
    database.collection(HUGS).delete_many({field: value})


def waiting(database: Database, collection: str, after: int, limit: int) -> list[Document]:
    """Return what waits for a person's decision, the most urgent first."""
    query = {"desk.order": {"$gt": after}}
    return list(database.collection(collection).find(query).sort("desk.order", 1).limit(limit))


def leased_by(database: Database, collection: str, staff: str) -> list[Document]:
    """Return what a moderator has taken."""
    return list(database.collection(collection).find({"lease.by": staff}).limit(20))


def count(database: Database, collection: str, query: Document) -> int:
    """How many documents a query of one index finds."""
    return database.collection(collection).count_documents(query)


def find(
    database: Database, collection: str, query: Document, fields: Document, limit: int
) -> list[Document]:
    """Return fields of what a query of one index finds."""
    return list(database.collection(collection).find(query, fields).limit(limit))


def due_for(database: Database, collection: str, field: str, limit: int) -> list[Document]:
    """Return documents with something left to do, known by a field that exists only then."""
    return list(database.collection(collection).find({field: {"$gt": 0}}).limit(limit))


def check_due(database: Database, collection: str, now: int, limit: int) -> list[Document]:
    """Return what has to be asked about, or settled after it was, the longest due first."""
    query = {"check_due": {"$lte": now}}
    return list(database.collection(collection).find(query).sort("check_due", 1).limit(limit))


def note_check(
    database: Database,
    collection: str,
    document: Document,
    fields: Mapping[str, Any],
    gone: Sequence[str],
) -> bool:
    """Write down how a check stands, if it is still about these words and still waited for."""
    query = {
        "_id": document["_id"],
        "teen": document["teen"],
        "check.mark": document["check"]["mark"],
        "check_due": {"$exists": True},
    }
    update: dict[str, Any] = {}
    if fields:
        update["$set"] = dict(fields)
    if gone:
        update["$unset"] = dict.fromkeys(gone, "")
    return database.collection(collection).update_one(query, update).matched_count == 1


def done(database: Database, collection: str, document: Document, at: str, *more: str) -> None:
    """Remove the mark `at` and what belongs to it, unless it was set anew meanwhile."""
    query = {"_id": document["_id"], "teen": document["teen"], at: document[at]}
    update = {"$unset": dict.fromkeys((at, *more), "")}
    database.collection(collection).update_one(query, update)


def worry_done(database: Database, collection: str, document: Document) -> None:
    """Note that a cry for help has arrived."""
    query = {"_id": document["_id"], "teen": document["teen"], "worry_at": document["worry_at"]}
    update = {"$set": {"worry.state": "done"}, "$unset": {"worry_at": ""}}
    database.collection(collection).update_one(query, update)


def gone_last(database: Database) -> int:
    """The number of the newest entry of the log."""
    found = database.collection(GONE).find_one({"_id": LOG}, {"last": True})
    return int(found["last"]) if found is not None else 1


def gone_entries(database: Database) -> tuple[int, list[Document]]:
    """The log's newest number and its entries {n, id, mark}, the oldest first."""
    found = database.collection(GONE).find_one({"_id": LOG})
    if found is None:
        add(database, GONE, {"_id": LOG, "last": 1, "entries": []})
        return 1, []
    return int(found["last"]), list(found["entries"])


def log_gone(database: Database, last: int, entry: Document) -> bool:
    """Add an entry behind `last`; False if another came first."""
    push = {"entries": {"$each": [entry], "$slice": -LOGGED}}
    result = database.collection(GONE).update_one(
        {"_id": LOG, "last": last}, {"$set": {"last": entry["n"]}, "$push": push}
    )
    return result.modified_count == 1


def begin_erasure(database: Database, teen: str, at: int) -> None:
    """Note that all of a teen's is to be erased, so that a crash does not end it half-way."""
    add(database, ERASURES, {"_id": teen, "at": at})


def erasures(database: Database, before: int, limit: int) -> list[Document]:
    """Return the erasures that were begun before a time and have not ended."""
    return list(database.collection(ERASURES).find({"at": {"$lt": before}}).limit(limit))


def end_erasure(database: Database, teen: str) -> None:
    """Nothing of the teen is left."""
    database.collection(ERASURES).delete_one({"_id": teen})


def reported_by(database: Database, collection: str, teen: str) -> list[Document]:
    """Return what a teen has reported."""
    return list(database.collection(collection).find({"reports.by": teen}).limit(100))
