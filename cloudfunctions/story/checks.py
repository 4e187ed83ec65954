"""WeChat's check of what is to be published: asked behind the request, and held until it has come.

`check` belongs to one wording: {mark, of: sent | offered, state: pending | pass | review | risky,
tries, why?, label?, at?, then?}. `mark` is new with every wording, and a verdict is written only
where the mark is still the one that was asked about. That write counts no `version`: the words
that a moderator has before them are the same. `check_due` exists while there is something to do.

Nothing is published while it is pending, nor where it is 'risky'; 'review' is a person's to decide,
who decides anyway. Where an author agreed to masks, or a counsellor answered, before the verdict
was there, `then` says that it is published with it; a risky one comes (back) to the desk. Where the
service runs without WeChat there is no check, and people decide alone.
"""

from __future__ import annotations

import secrets
import time

from pymongo.errors import PyMongoError

from cloudfunctions.account import service as account
from cloudfunctions.common import content_check, telemetry
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import Conflict, NotFound, ServiceError
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChatFault
from cloudfunctions.story import store, upkeep
from cloudfunctions.story.record import Change, change
from cloudfunctions.story.standing import DESK, shown_fields, waits

AT_ONCE = 50
LONGEST = 5 * SECOND
"""After so long the next sweep goes on."""
PASSED = ("pass", "review")
PUBLISH = "publish"

HELD = {
    "pending": "微信的内容检查还没有回来，现在还不能公开。",
    "risky": "微信的内容检查说这样不能公开。",
}
NEXT = {
    "pending": "先看看下一篇；也可以请作者改，或者先不公开。",
    "risky": "可以遮住一部分、请作者改，或者先不公开。",
}


def begun(resources: Resources, of: str = "sent", then: str = "") -> Document:
    """Fields that ask for a check of the wording under `of`; none without WeChat."""
    if resources.wechat is None:
        return {}
    check: Document = {
        "mark": secrets.token_urlsafe(9),
        "of": of,
        "state": "pending",
        "tries": 0,
        **({"then": then} if then else {}),
    }
    return {"check": check, "check_due": resources.now()}


def missing(resources: Resources, document: Document) -> Document:
    """The same for a wording that came while the service ran without WeChat."""
    return {} if "check" in document else begun(resources)


def passed(resources: Resources, document: Document) -> bool:
    """Whether the wording that is to be published has been checked and may be."""
    return resources.wechat is None or document.get("check", {}).get("state") in PASSED


def refuse_unless_passed(resources: Resources, document: Document) -> None:
    """Refuse to publish what was sent, unless it was checked and may be.

    Raises:
        Conflict: no verdict yet, or that it may not.
    """
    if not passed(resources, document):
        state = document.get("check", {}).get("state", "pending")
        raise Conflict(HELD[state], hint=NEXT[state])


def hurry(resources: Resources, collection: str, found: list[Document]) -> None:
    """Their author has come by: ask at once about what could not be asked without them."""
    for document in found:
        if "check_due" in document and document["check"].get("why") == "no_visit":
            store.note_check(
                resources.database, collection, document, {"check_due": resources.now()}, ()
            )


def sweep(resources: Resources) -> int:
    """Ask about what is due; returns how many verdicts came. Run twice or late, it does no harm."""
    if resources.wechat is None:
        return 0
    done, started = 0, time.monotonic()
    for collection in (store.STORIES, store.ANSWERS):
        for document in store.check_due(resources.database, collection, resources.now(), AT_ONCE):
            done += _tried(resources, collection, document)
            if (time.monotonic() - started) * SECOND > LONGEST:
                return done
    return done


def _tried(resources: Resources, collection: str, document: Document) -> bool:
    try:
        return _one(resources, collection, document)
    except (PyMongoError, ServiceError) as error:
        telemetry.note("story_check_left", type=type(error).__name__)
        return False


def _one(resources: Resources, collection: str, document: Document) -> bool:
    if document["check"]["state"] == "pending":
        found = _asked(resources, document)
        after = {**document, "check": {**document["check"], **found}}
        if found.get("state") is None:
            _wait(resources, collection, after)
            return False
        fields = {f"check.{name}": value for name, value in found.items()}
        if not store.note_check(resources.database, collection, document, fields, ("check.why",)):
            # Other words are there by now, and a check of theirs.
            return False
        document = after
    _settle(resources, collection, document)
    gone = ("check_due", "check.then")
    store.note_check(resources.database, collection, document, {}, gone)
    return True


def _asked(resources: Resources, document: Document) -> Document:
    """Fields of the check after WeChat was asked: a verdict, or why there is none."""
    openid, wechat = account.openid_of(resources, document["teen"]), resources.wechat
    if not openid or wechat is None:
        return {"why": "not_wechat"}
    wording = document[document["check"]["of"]]
    scene = content_check.COMMENT if upkeep.kind_of(document) == "answer" else content_check.FORUM
    try:
        verdict = content_check.read(wechat, openid, wording["text"], scene, wording["title"])
    except WeChatFault as fault:
        return {"why": fault.kind}
    return {"state": verdict.suggest, "label": verdict.label, "at": resources.now()}


def _wait(resources: Resources, collection: str, document: Document) -> None:
    check = document["check"]
    tries = check["tries"] + 1
    due = content_check.again_at(resources.now(), tries, check["why"])
    fields = {"check.tries": tries, "check.why": check["why"], "check_due": due}
    store.note_check(resources.database, collection, document, fields, ())


def _settle(resources: Resources, collection: str, document: Document) -> None:
    """Do what the verdict was waited for: publish, or bring it to the desk."""
    check, database = document["check"], resources.database

    def decide(before: Document) -> Change | None:
        if before.get("check", {}).get("mark") != check["mark"]:
            return None
        if check["state"] in PASSED:
            return _published(resources, before)
        return _to_the_desk(resources, before)

    try:
        change(
            database,
            collection,
            lambda: store.by_id(database, collection, document["_id"]),
            decide,
        )
    except NotFound:
        return


def _published(resources: Resources, before: Document) -> Change | None:
    """The wording to which a person has said yes before the verdict came."""
    if before["state"] != "waiting" or before["check"].get("then") != PUBLISH:
        return None
    wording = before[before["check"]["of"]]
    flags = {name: wording[name] for name in ("from_14", "heavy") if name in wording}
    fields = shown_fields(before, wording, flags, resources.now())
    return Change(fields, [*DESK, "offered"])


def _to_the_desk(resources: Resources, before: Document) -> Change | None:
    """What may not be published although nobody has it on the desk: a person looks again."""
    if "desk" in before or before["state"] not in ("waiting", "mask_offered"):
        return None
    desk = waits(upkeep.kind_of(before), before["read"]["level"], resources.now())
    return Change({"state": "waiting", "desk": desk}, ["offered", "agreed"])
