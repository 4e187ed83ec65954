"""Answers to forms, their pictures, and who holds a place.

`form_answers`: {_id: 'who:cid', who, role, cid, page, form, key, order, at, state: pending|sent|
refused|withdrawn, once, places, values: sealed, pictures: [index], safety, why?, due?,
worry?: {state: pending|done, level, types, due?}}. `key` is the answer's name for staff; `order`
sorts by time and is unique. `due` exists only while the answer is pending, `worry.due` only while a
worry is, so their indexes stay as small as what is to be done. Of a refused or withdrawn answer
nothing stays but its id and its end, so that a late repetition of it does not bring it back.
`form_places`: {_id: 'page:form', taken: n, holders: [answer]}; one guarded write takes a place.
`form_once`: {_id: 'page:form:who', answer}: which answer stands where one is all that is taken.
`form_pictures`: {_id: 'answer:index', answer, who, index, of, marks: {part: hash}, parts: {part:
sealed}, kind?, whole?: sealed, expires_at?, check?, check_due?}. `expires_at` exists until the
answer has come; `check` is of `picture_checks.py`, and `check_due` exists while it has no end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.common.database import Database, Document, Indexes

ANSWERS, PLACES, ONCE, PICTURES = "form_answers", "form_places", "form_once", "form_pictures"

INDEXES: Indexes = {
    ANSWERS: [
        IndexModel([("who", ASCENDING), ("order", ASCENDING)], name="mine"),
        IndexModel(
            [
                ("page", ASCENDING),
                ("form", ASCENDING),
                ("state", ASCENDING),
                ("order", ASCENDING),
            ],
            name="of_form",
        ),
        IndexModel([("key", ASCENDING)], name="key", sparse=True),
        IndexModel([("due", ASCENDING)], name="due", sparse=True),
        IndexModel([("worry.due", ASCENDING)], name="worry", sparse=True),
    ],
    PICTURES: [
        IndexModel([("answer", ASCENDING)], name="answer"),
        IndexModel([("who", ASCENDING), ("expires_at", ASCENDING)], name="unsent"),
        IndexModel([("expires_at", ASCENDING)], name="expires", expireAfterSeconds=0),
        IndexModel([("check_due", ASCENDING)], name="check", sparse=True),
        IndexModel([("check.ticket", ASCENDING)], name="ticket", sparse=True),
        IndexModel([("check.trace", ASCENDING)], name="trace", sparse=True),
    ],
}

COUNTED = 10_000
"""A form without a limit is counted up to here."""
GONE = (
    *("at", "values", "pictures", "safety", "worry", "due"),
    *("key", "order", "page", "form", "once", "places", "role"),
)


def answer_id(who: str, cid: str) -> str:
    """The id of an answer: two people may use the same cid."""
    return f"{who}:{cid}"


def find(database: Database, answer: str) -> Document | None:
    """Return an answer, also one that is over."""
    return database.collection(ANSWERS).find_one({"_id": answer})


def add(database: Database, document: Document) -> bool:
    """Insert an answer; False if its cid is known already."""
    try:
        database.collection(ANSWERS).insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def move(database: Database, answer: str, earlier: str, fields: Document) -> bool:
    """End the waiting of an answer that is in the state `earlier`."""
    result = database.collection(ANSWERS).update_one(
        {"_id": answer, "state": earlier}, {"$set": fields, "$unset": {"due": ""}}
    )
    return result.modified_count == 1


def later(database: Database, answer: str, due: int) -> None:
    """Look at a pending answer again at `due`, so that the others have their turn."""
    database.collection(ANSWERS).update_one(
        {"_id": answer, "state": "pending"}, {"$set": {"due": due}}
    )


def hide(database: Database, who: str, cid: str) -> None:
    """Mark an answer as withdrawn; one that has not come yet is refused when it does."""
    database.collection(ANSWERS).update_one(
        {"_id": answer_id(who, cid), "state": {"$ne": "refused"}},
        {
            "$set": {"state": "withdrawn"},
            "$unset": {"due": ""},
            "$setOnInsert": {"who": who, "cid": cid},
        },
        upsert=True,
    )


def wipe(database: Database, answer: str) -> None:
    """Take everything out of an answer that is over, unless a worry of it is still pending."""
    database.collection(ANSWERS).update_one(
        {
            "_id": answer,
            "state": {"$in": ["refused", "withdrawn"]},
            "worry.due": {"$exists": False},
        },
        {"$unset": dict.fromkeys(GONE, "")},
    )


def of_person(database: Database, who: str, before: str, limit: int) -> list[Document]:
    """Return a person's answers, the newest first."""
    return _page(database, {"who": who, "state": {"$in": ["pending", "sent"]}}, before, limit)


def of_form(database: Database, page: str, form: str, before: str, limit: int) -> list[Document]:
    """Return the answers to a form, the newest first."""
    return _page(database, {"page": page, "form": form, "state": "sent"}, before, limit)


def _page(database: Database, query: Document, before: str, limit: int) -> list[Document]:
    """Find the place of a page by its order alone: the embedded database sorts in memory."""
    below = {"order": {"$lt": before}} if before else {"order": {"$exists": True}}
    answers = database.collection(ANSWERS)
    cursor = answers.find({**query, **below}, {"order": True})
    wanted = [one["_id"] for one in cursor.sort("order", DESCENDING).limit(limit)]
    found = {one["_id"]: one for one in answers.find({"_id": {"$in": wanted}})}
    return [found[one] for one in wanted if one in found]


def by_key(database: Database, key: str) -> Document | None:
    """Return a sent answer by its name for staff."""
    return database.collection(ANSWERS).find_one({"key": key, "state": "sent"})


def count(database: Database, page: str, form: str) -> int:
    """How many answers a form has, up to `COUNTED`."""
    query = {"page": page, "form": form, "state": "sent"}
    return database.collection(ANSWERS).count_documents(query, limit=COUNTED)


def pending(database: Database, now: int, limit: int) -> list[Document]:
    """Return answers whose sending was cut off, the longest due first."""
    return _due(database, "due", now, limit)


def worried(database: Database, now: int, limit: int) -> list[Document]:
    """Return answers with a pending worry, the longest due first."""
    return _due(database, "worry.due", now, limit)


def _due(database: Database, field: str, now: int, limit: int) -> list[Document]:
    cursor = database.collection(ANSWERS).find({field: {"$lte": now}})
    return list(cursor.sort(field, ASCENDING).limit(limit))


def worry_done(database: Database, answer: str) -> None:
    """The worry has reached the talk."""
    database.collection(ANSWERS).update_one(
        {"_id": answer}, {"$set": {"worry.state": "done"}, "$unset": {"worry.due": ""}}
    )


def worry_later(database: Database, answer: str, due: int) -> None:
    """Try a pending worry again at `due`, so that the others have their turn."""
    database.collection(ANSWERS).update_one(
        {"_id": answer, "worry.state": "pending"}, {"$set": {"worry.due": due}}
    )


def take_place(database: Database, form: str, answer: str, places: int) -> bool:
    """Take one of `places` for an answer, once for each; False if none is left."""
    collection = database.collection(PLACES)
    fresh = {"taken": 0, "holders": []}
    collection.update_one({"_id": form}, {"$setOnInsert": fresh}, upsert=True)
    collection.update_one(
        {"_id": form, "taken": {"$lt": places}, "holders": {"$ne": answer}},
        {"$inc": {"taken": 1}, "$push": {"holders": answer}},
    )
    return collection.count_documents({"_id": form, "holders": answer}) == 1


def give_place_back(database: Database, form: str, answer: str) -> None:
    """Free the place that an answer holds, if it holds one."""
    database.collection(PLACES).update_one(
        {"_id": form, "holders": answer}, {"$inc": {"taken": -1}, "$pull": {"holders": answer}}
    )


def taken(database: Database, form: str) -> int:
    """How many places are taken."""
    found = database.collection(PLACES).find_one({"_id": form}, {"taken": True})
    return 0 if found is None else int(found["taken"])


def stands(database: Database, once: str, answer: str) -> str:
    """Have `answer` stand as the only one, unless another does; returns which one stands."""
    collection = database.collection(ONCE)
    collection.update_one({"_id": once}, {"$setOnInsert": {"answer": answer}}, upsert=True)
    found = collection.find_one({"_id": once})
    return answer if found is None else str(found["answer"])


def replace_standing(database: Database, once: str, earlier: str, answer: str) -> bool:
    """Have `answer` stand instead of `earlier`, which is over."""
    result = database.collection(ONCE).update_one(
        {"_id": once, "answer": earlier}, {"$set": {"answer": answer}}
    )
    return result.modified_count == 1


def picture_id(answer: str, index: int) -> str:
    """The id of a picture."""
    return f"{answer}:{index}"


def picture(database: Database, picture: str) -> Document | None:
    """Return a picture, or what has come of it."""
    return database.collection(PICTURES).find_one({"_id": picture})


def begin_picture(database: Database, document: Document) -> None:
    """Have a place to put parts in; it is there once."""
    try:
        database.collection(PICTURES).insert_one(document)
    except DuplicateKeyError:
        return


def add_part(database: Database, picture: str, part: int, mark: str, sealed: Any) -> None:
    """Put a part in, unless there is one."""
    database.collection(PICTURES).update_one(
        {"_id": picture, f"marks.{part}": {"$exists": False}},
        {"$set": {f"marks.{part}": mark, f"parts.{part}": sealed}},
    )


def finish_picture(database: Database, picture: str, kind: str, sealed: Any) -> None:
    """Keep the whole instead of its parts."""
    database.collection(PICTURES).update_one(
        {"_id": picture, "whole": {"$exists": False}},
        {"$set": {"kind": kind, "whole": sealed, "parts": {}}},
    )


def unsent(database: Database, who: str) -> int:
    """How many pictures of this person wait for their answer."""
    query = {"who": who, "expires_at": {"$exists": True}}
    return database.collection(PICTURES).count_documents(query)


def whole_pictures(database: Database, answer: str) -> set[int]:
    """Which pictures of an answer have come whole."""
    query = {"answer": answer, "whole": {"$exists": True}}
    return {one["index"] for one in database.collection(PICTURES).find(query, {"index": True})}


def keep_pictures(database: Database, answer: str, fields: Document) -> None:
    """Their answer has come: they stay as long as it does; `fields` are set on each, once."""
    update: Document = {"$unset": {"expires_at": ""}, **({"$set": fields} if fields else {})}
    query = {"answer": answer, "expires_at": {"$exists": True}}
    database.collection(PICTURES).update_many(query, update)


def checks_due(database: Database, now: int, limit: int) -> list[Document]:
    """Return pictures to ask WeChat about, the longest due first, without their bytes."""
    cursor = database.collection(PICTURES).find(
        {"check_due": {"$lte": now}}, {"whole": False, "parts": False, "marks": False}
    )
    return list(cursor.sort("check_due", ASCENDING).limit(limit))


def begin_check(database: Database, picture: str, fields: Document) -> None:
    """Have a picture be asked about, unless it is already."""
    query = {"_id": picture, "check": {"$exists": False}}
    database.collection(PICTURES).update_one(query, {"$set": fields})


def note_check(
    database: Database, picture: str, before: int, check: Document, due: int | None
) -> bool:
    """Replace how a check stands, if it is still due at `before`; None for `due`: it has ended."""
    update: Document = {"$set": {"check": check}}
    if due is None:
        update["$unset"] = {"check_due": ""}
    else:
        update["$set"]["check_due"] = due
    query = {"_id": picture, "check_due": before}
    return database.collection(PICTURES).update_one(query, update).matched_count == 1


def picture_of_ticket(database: Database, ticket: str) -> Document | None:
    """Return the picture that WeChat may fetch with this ticket."""
    return database.collection(PICTURES).find_one({"check.ticket": ticket})


def picture_of_trace(database: Database, trace: str) -> Document | None:
    """Return the picture that is asked about under this trace."""
    return database.collection(PICTURES).find_one({"check.trace": trace})


def drop_pictures(database: Database, answer: str, kept: Sequence[int] = ()) -> None:
    """Remove the pictures of an answer but those of `kept`."""
    query = {"answer": answer, "index": {"$nin": list(kept)}}
    database.collection(PICTURES).delete_many(query)
