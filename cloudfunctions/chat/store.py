"""Conversations and the transcripts that a long one spills into.

A conversation is one document; `seq` is the number of its newest message and `version` counts the
writes of the document, so `{_id, version}` guards every change. `first` is the lowest seq still
inside. Older messages stand in `transcripts`, in chunks whose borders depend on nothing but seq, so
that writing a chunk twice writes the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from cloudfunctions.chat import brought_store, calling_store
from cloudfunctions.common.database import Database, Document, Indexes

CHUNK = 32
"""Messages in one transcript document."""
KEPT = 32
"""Messages that stay in the conversation when it spills; it spills one chunk above that."""

INDEXES: Indexes = {
    **brought_store.INDEXES,
    **calling_store.INDEXES,
    "conversations": [
        IndexModel(
            [("teen", ASCENDING)],
            name="one_open_per_teen",
            unique=True,
            partialFilterExpression={"state": "open"},
        ),
        # Sparse on fields that exist only while waiting or claimed, so the index stays as small as
        # the queue is, however many conversations are kept.
        IndexModel(
            [("waiting.tier", ASCENDING), ("waiting.rank", ASCENDING)], name="queue", sparse=True
        ),
        IndexModel([("participants", ASCENDING)], name="participants", sparse=True),
        IndexModel([("offer.to", ASCENDING)], name="offer", sparse=True),
        IndexModel([("due", ASCENDING)], name="due", sparse=True),
        IndexModel([("alarmed", ASCENDING)], name="alarmed", sparse=True),
        IndexModel([("owners", ASCENDING)], name="owners", sparse=True),
        IndexModel([("outbox_at", ASCENDING)], name="outbox", sparse=True),
        IndexModel([("wechat_at", ASCENDING)], name="outbox_wechat", sparse=True),
        IndexModel([("dead_at", ASCENDING)], name="dead_letters", sparse=True),
        IndexModel([("follow_up.due_at", ASCENDING)], name="follow_up", sparse=True),
        IndexModel(
            [("follow_up.by", ASCENDING), ("follow_up.due_at", ASCENDING)],
            name="follow_up_own",
            sparse=True,
        ),
        IndexModel([("claim.lease_until", ASCENDING)], name="lease", sparse=True),
        IndexModel(
            [("write_up.by", ASCENDING), ("write_up.at", ASCENDING)], name="write_up", sparse=True
        ),
        IndexModel([("write_up.at", ASCENDING)], name="write_up_overdue", sparse=True),
        # Exists only where a person has judged the risk: what labels are exported from.
        IndexModel([("corrected_at", ASCENDING)], name="corrected", sparse=True),
        # Exists only where something written elsewhere was brought into the talk.
        IndexModel([("origins", ASCENDING)], name="origins", sparse=True),
        # Exists only where an exercise was sent: what figures are counted over.
        IndexModel([("cards.at", ASCENDING)], name="cards", sparse=True),
    ],
    "transcripts": [
        IndexModel([("conversation", ASCENDING), ("cids", ASCENDING)], name="cid"),
    ],
}

HELPED = ("yes", "a_bit", "no")
"""What a teen may tell of a card."""

HEAD = {"messages": False}
"""Projection that leaves the texts out."""


def open_of_teen(database: Database, teen: str) -> Document | None:
    """Return the teen's open conversation."""
    return database.collection("conversations").find_one({"teen": teen, "state": "open"})


def access_as_teen(database: Database, conversation: str, teen: str) -> Document | None:
    """Return the conversation if it is this teen's; the same None for absent and forbidden."""
    return database.collection("conversations").find_one({"_id": conversation, "teen": teen})


def seq_as_teen(database: Database, conversation: str, teen: str) -> Document | None:
    """Return {seq, state, notices?: {open?}} of the conversation if it is this teen's, for one who
    waits for news.
    """
    query = {"_id": conversation, "teen": teen}
    wanted = {"_id": False, "seq": True, "state": True, "notices.open": True}
    return database.collection("conversations").find_one(query, wanted)


def access_as_participant(database: Database, conversation: str, staff: str) -> Document | None:
    """Return the conversation if this staff member is in it now."""
    query = {"_id": conversation, "participants": staff}
    return database.collection("conversations").find_one(query)


def access_as_helper(database: Database, conversation: str, staff: str) -> Document | None:
    """Return the conversation if this staff member is in it now, or owns an open alert of it."""
    inside: list[Document] = [{"participants": staff}, {"owners": staff}]
    return database.collection("conversations").find_one({"_id": conversation, "$or": inside})


def access_as_offered(database: Database, conversation: str, staff: str) -> Document | None:
    """Return the conversation if it is offered to this staff member now."""
    return database.collection("conversations").find_one({"_id": conversation, "offer.to": staff})


def access_as_on_call(database: Database, conversation: str) -> Document | None:
    """Return the conversation if it has an open alert; who may own alerts is asked before."""
    query = {"_id": conversation, "alarmed": {"$gt": 0}}
    return database.collection("conversations").find_one(query)


def access_as_posted(database: Database, conversation: str, key: str) -> Document | None:
    """Return the conversation if this notice is in its outbox; who may see it is asked before."""
    query = {"_id": conversation, "outbox.key": key}
    return database.collection("conversations").find_one(query)


def access_as_follower(database: Database, conversation: str, staff: str | None) -> Document | None:
    """Return the conversation if a follow-up is planned; only the planner's own if `staff`."""
    query: Document = {"_id": conversation, "follow_up.due_at": {"$gt": 0}}
    if staff is not None:
        query["follow_up.by"] = staff
    return database.collection("conversations").find_one(query)


def access_as_holder_or_closer(
    database: Database, conversation: str, staff: str
) -> Document | None:
    """Return the conversation if this staff member is in it, or held it when it was closed.

    Opened again, it is no longer theirs.
    """
    return access_as_participant(database, conversation, staff) or database.collection(
        "conversations"
    ).find_one({"_id": conversation, "last_holder": staff, "state": "closed"})


def by_id(database: Database, conversation: str) -> Document | None:
    """Return any conversation: for claiming and for `duty`, never for a caller's own id."""
    return database.collection("conversations").find_one({"_id": conversation})


def add(database: Database, document: Document) -> bool:
    """Insert a new conversation; False if the teen has an open one already."""
    try:
        database.collection("conversations").insert_one(document)
    except DuplicateKeyError:
        return False
    return True


def write(
    database: Database,
    before: Mapping[str, Any],
    messages: Sequence[Document],
    fields: Mapping[str, Any],
    gone: Iterable[str],
    resting_on: Iterable[str] = (),
) -> bool:
    """Add `messages` (already numbered), set `fields`, unset `gone`, all in one guarded write.

    The guard is `version`, and beside it whatever of `before` the change is `resting_on`.
    Returns False if the conversation has changed since `before` was read; nothing is written then.
    """
    changed = {name: value for name, value in fields.items() if _present(before, name) != value}
    seq = messages[-1]["seq"] if messages else before["seq"]
    update: dict[str, Any] = {"$set": {**changed, "seq": seq, "version": before["version"] + 1}}
    if unset := {name: "" for name in gone if name in before}:
        update["$unset"] = unset
    inside = len(before["messages"]) + len(messages)
    if inside >= KEPT + CHUNK:
        together = [*before["messages"], *messages]
        kept = _spill(database, before, together)
        update["$set"] |= {
            "messages": kept,
            "first": kept[0]["seq"],
            "spoken": _spoken(before, together[: len(together) - len(kept)]),
        }
    elif messages:
        update["$push"] = {"messages": {"$each": list(messages)}}
    # The teen is the shard key (cloudfunctions/README.md, Scale): with it one shard is asked.
    guard = {"_id": before["_id"], "teen": before["teen"], "version": before["version"]}
    guard |= {name: _present(before, name) for name in resting_on}
    result = database.collection("conversations").update_one(guard, update)
    return result.modified_count == 1


def _present(before: Mapping[str, Any], name: str) -> Any:
    """What stands under a field's name, which may be dotted, as `$set` takes it."""
    part, _, inner = name.partition(".")
    value = before.get(part)
    return value.get(inner) if inner and isinstance(value, Mapping) else value


def _spill(
    database: Database, before: Mapping[str, Any], messages: Sequence[Document]
) -> list[Document]:
    """Copy whole old chunks of `before` to transcripts and return what stays.

    Only chunks that `before` already held are copied, so a write that loses its race leaves behind
    nothing but a copy of what is true anyway.
    """
    start = 0
    while len(messages) - start >= KEPT + CHUNK:
        chunk = list(messages[start : start + CHUNK])
        if chunk[-1]["seq"] > before["seq"]:
            break
        first = chunk[0]["seq"]
        database.collection("transcripts").update_one(
            {"_id": _chunk_id(before["_id"], first), "conversation": before["_id"]},
            {
                "$setOnInsert": {
                    "cids": [message["cid"] for message in chunk],
                    "messages": chunk,
                }
            },
            upsert=True,
        )
        start += CHUNK
    return list(messages[start:])


def _spoken(before: Mapping[str, Any], gone: Sequence[Document]) -> list[str]:
    """The lines that the AI used in what was spilled, so that it never says them again."""
    return [*before.get("spoken", []), *(m["line"] for m in gone if m.get("line"))]


def _chunk_id(conversation: str, first: int) -> str:
    return f"{conversation}:{first:09d}"


def chunk_ids(conversation: Mapping[str, Any]) -> list[str]:
    """Return the ids of all chunks that this conversation, as it was read, has spilled."""
    starts = range(1, int(conversation["first"]), CHUNK)
    return [_chunk_id(conversation["_id"], start) for start in starts]


def chunk_start(seq: int) -> int:
    """The first seq of the chunk that holds `seq` (chunks begin at 1)."""
    return (seq - 1) // CHUNK * CHUNK + 1


def spilled(database: Database, conversation: str, after: int, before: int) -> list[Document]:
    """Return messages with `after` < seq < `before` from transcripts, at most four chunks."""
    starts = range(chunk_start(after + 1), before, CHUNK)[:4]
    ids = [_chunk_id(conversation, start) for start in starts]
    chunks = database.collection("transcripts").find({"_id": {"$in": ids}})
    messages = [m for chunk in chunks for m in chunk["messages"] if after < m["seq"] < before]
    return sorted(messages, key=lambda message: int(message["seq"]))


def spilled_cid(database: Database, conversation: str, cid: str) -> Document | None:
    """Return the spilled message with this cid."""
    chunk = database.collection("transcripts").find_one({"conversation": conversation, "cids": cid})
    if chunk is None:
        return None
    return next((dict(m) for m in chunk["messages"] if m["cid"] == cid), None)


def talk_of_origin(database: Database, teen: str, key: str) -> Document | None:
    """Return the teen's talk, open or ended, into which this was brought."""
    return database.collection("conversations").find_one({"origins": key, "teen": teen})


def cards_counted(database: Database, since: int, until: int) -> list[Document]:
    """Count cards with `since` <= at < `until` by exercise and sender, and each word told."""
    window = {"$gte": since, "$lt": until}

    def told(word: str) -> Document:
        return {"$sum": {"$cond": [{"$eq": ["$cards.helped", word]}, 1, 0]}}

    stages: list[Document] = [
        # The first clause bounds the index on both sides, the second serves where it cannot.
        {"$match": {"cards": {"$elemMatch": {"at": window}}, "cards.at": window}},
        {"$project": {"cards": True}},
        {"$unwind": "$cards"},
        {"$match": {"cards.at": window}},
        {
            "$group": {
                "_id": {"exercise": "$cards.exercise", "by": "$cards.by"},
                "sent": {"$sum": 1},
                **{word: told(word) for word in HELPED},
            }
        },
    ]
    found = database.collection("conversations").aggregate(stages)
    return [{**group.pop("_id"), **group} for group in found]


def judged(database: Database, since: int) -> Iterator[Document]:
    """Yield conversations whose risk a person has judged after `since`, one at a time."""
    yield from database.collection("conversations").find({"corrected_at": {"$gt": since}})


def queue_heads(database: Database, tier: str, limit: int) -> list[Document]:
    """Return who waits in `tier`, in the order of their ranks; without texts."""
    cursor = database.collection("conversations").find({"waiting.tier": tier}, HEAD)
    return list(cursor.sort("waiting.rank", ASCENDING).limit(limit))


def queue_length(database: Database, tier: str) -> int:
    """Return how many wait in `tier`."""
    return database.collection("conversations").count_documents({"waiting.tier": tier})


def waiting_by_level(database: Database, tier: str, limit: int) -> list[Document]:
    """Count the first `limit` who wait in `tier` by level: [{_id: level, n, since: earliest}]."""
    stages: list[Document] = [
        {"$match": {"waiting.tier": tier}},
        {"$limit": limit},
        {
            "$group": {
                "_id": "$risk.level",
                "n": {"$sum": 1},
                "since": {"$min": "$waiting.since"},
            }
        },
    ]
    return list(database.collection("conversations").aggregate(stages))


def ahead_of(database: Database, waiting: Mapping[str, Any]) -> int:
    """Return how many stand before this place in its queue."""
    ahead = {"waiting.tier": waiting["tier"], "waiting.rank": {"$lt": waiting["rank"]}}
    return database.collection("conversations").count_documents(ahead)


def heads_held_by(database: Database, staff: str) -> list[Document]:
    """Return the conversations that this staff member is in, without texts."""
    return list(database.collection("conversations").find({"participants": staff}, HEAD))


def offered_to(database: Database, staff: str) -> list[Document]:
    """Return the conversations that are offered to this staff member, without texts."""
    return list(database.collection("conversations").find({"offer.to": staff}, HEAD))


def alarmed(database: Database, limit: int) -> list[Document]:
    """Return conversations with open alerts, the oldest alert first, without texts."""
    cursor = database.collection("conversations").find({"alarmed": {"$gt": 0}}, HEAD)
    return list(cursor.sort("alarmed", ASCENDING).limit(limit))


def alarmed_of(database: Database, staff: str) -> list[Document]:
    """Return the conversations with an open alert that this member owns, without texts."""
    return list(database.collection("conversations").find({"owners": staff}, HEAD))


def due(database: Database, now: int, limit: int) -> list[str]:
    """Return ids of conversations in which a clock has struck."""
    query = {"due": {"$lte": now}}
    cursor = database.collection("conversations").find(query, {"_id": True})
    return [str(document["_id"]) for document in cursor.limit(limit)]


def posted(database: Database, due: str, now: int, limit: int) -> list[Document]:
    """Return conversations whose outbox has something to deliver, without texts.

    `due` names the field that tells when.
    """
    cursor = database.collection("conversations").find({due: {"$lte": now}}, HEAD)
    return list(cursor.limit(limit))


def dead_lettered(database: Database, limit: int) -> list[Document]:
    """Return conversations with a notice that was given up, the newest first, without texts."""
    cursor = database.collection("conversations").find({"dead_at": {"$gt": 0}}, HEAD)
    return list(cursor.sort("dead_at", DESCENDING).limit(limit))


def follow_ups_due(
    database: Database, staff: str | None, after: int, until: int, limit: int
) -> list[Document]:
    """Return conversations whose follow-up is due after `after` and not after `until`.

    The earliest first, without texts; only the planner's own if `staff`.
    """
    query: Document = {} if staff is None else {"follow_up.by": staff}
    query["follow_up.due_at"] = {"$gt": after, "$lte": until}
    cursor = database.collection("conversations").find(query, HEAD)
    return list(cursor.sort("follow_up.due_at", ASCENDING).limit(limit))


def write_ups_of(database: Database, staff: str, limit: int) -> list[Document]:
    """Return what this member has to write up, the longest ended first, without texts."""
    cursor = database.collection("conversations").find({"write_up.by": staff}, HEAD)
    return list(cursor.sort("write_up.at", ASCENDING).limit(limit))


def write_ups_until(database: Database, until: int, limit: int) -> list[Document]:
    """Return what ended before `until` and is not written up, the longest ended first, likewise."""
    query = {"write_up.at": {"$lte": until}}
    cursor = database.collection("conversations").find(query, HEAD)
    return list(cursor.sort("write_up.at", ASCENDING).limit(limit))


def renew_leases(database: Database, staff: str, before: int, until: int) -> None:
    """Move the lease of all this member's claims that end before `before` to `until`.

    Not by `version`, because it is no news to anybody. A claim that is being taken away is renewed
    whole or not at all: who takes it rests on the lease as they read it, and this on the claim.
    """
    database.collection("conversations").update_many(
        {"participants": staff, "claim.by": staff, "claim.lease_until": {"$lt": before}},
        {"$set": {"claim.lease_until": until}},
    )


def count_claim(database: Database, tier: str, bucket: int) -> None:
    """Count one claim of `tier` in a bucket of time."""
    database.collection("claims").update_one(
        {"_id": f"{tier}:{bucket}"}, {"$inc": {"count": 1}}, upsert=True
    )


def claims_in(database: Database, tier: str, buckets: Iterable[int]) -> int:
    """Return how many claims of `tier` were counted in these buckets."""
    ids = [f"{tier}:{bucket}" for bucket in buckets]
    found = database.collection("claims").find({"_id": {"$in": ids}})
    return sum(int(one["count"]) for one in found)


def lost_leases(database: Database, now: int, limit: int) -> list[str]:
    """Return ids of conversations whose holder has not been heard of in time."""
    cursor = database.collection("conversations").find(
        {"claim.lease_until": {"$lt": now}}, {"_id": True}
    )
    return [str(document["_id"]) for document in cursor.limit(limit)]
