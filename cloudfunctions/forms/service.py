"""The rules of answers to forms.

An answer is kept once for each cid. It is read for risk before it is kept, and what has to be done
about that is written down in the same write (`chat.worries`). Where only so many are taken, or one
from each, it stands as pending until it has its place (`settling.py`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec

from cloudfunctions.account import service as account
from cloudfunctions.chat import worries
from cloudfunctions.common import telemetry
from cloudfunctions.common.crypto import Unreadable
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import Verdict
from cloudfunctions.forms import definition, picture_checks, pictures, settling, store
from cloudfunctions.forms.definition import Form, Value
from cloudfunctions.forms.record import OVER, as_text, bound, clear, form_key, opened
from cloudfunctions.forms.settling import refusal_of, settled
from cloudfunctions.pages import service as pages

PAGE = 20
AT_ONCE = 50
ORDER_OF_TIME = 15
"""Digits of a time in an answer's order, enough for 30,000 years."""


@dataclass(frozen=True)
class Entry:
    """An answer as it comes."""

    cid: str
    page: str
    form: str
    values: dict[str, Value]


class Sent(msgspec.Struct):
    """It is kept; `safety`: show the card; `at` is when it reached us, ms since 1970."""

    cid: str
    at: int
    safety: bool


class Own(msgspec.Struct):
    """An answer as whoever wrote it reads it; `pending`: it still waits for its place."""

    cid: str
    page: str
    form: str
    at: int
    values: dict[str, Any]
    pending: bool


class OwnAnswers(msgspec.Struct):
    """One's own answers, the newest first."""

    answers: list[Own]
    more: bool
    cursor: str


class Answer(msgspec.Struct):
    """An answer as staff read it; who wrote it is not told, only in what role."""

    answer: str
    at: int
    role: str
    values: dict[str, Any]
    pictures: list[int]


class Answers(msgspec.Struct):
    """Answers to one form, the newest first."""

    answers: list[Answer]
    more: bool
    cursor: str


class Count(msgspec.Struct):
    """How many answers there are (at most 10,000 are counted), and places left; None: no limit."""

    sent: int
    places_left: int | None


class Withdrawn(msgspec.Struct):
    """Nothing is left to tell."""


def send(resources: Resources, caller: Caller, entry: Entry) -> Sent:
    """Keep an answer; the same again gives the first answer again.

    Raises:
        BadRequest: values do not answer what is asked.
        Conflict: no place is left, one was sent already, or the cid belongs to another answer.
        NotFound: this caller has no such form.
    """
    check_still_here(resources, caller)
    answer = store.answer_id(caller.id, entry.cid)
    values = definition.written(entry.values)
    found = store.find(resources.database, answer)
    if found is None:
        found = _added(resources, caller, entry, values)
    _check_same(resources, found, entry, values)
    if found["state"] == "pending":
        found = settled(resources, found)
    worries.carry(resources, KEEPER, found)
    if found["state"] in OVER:
        clear(resources, found)
        raise refusal_of(found)
    return Sent(entry.cid, found["at"], found["safety"])


def check_still_here(resources: Resources, caller: Caller) -> None:
    """Look a member of the staff up, so that a dismissal shuts the door at once.

    Raises:
        Unauthenticated: dismissed, or of another role by now.
    """
    if caller.role != "teen":
        account.staff_member(resources, caller)


def _added(
    resources: Resources, caller: Caller, entry: Entry, values: dict[str, Value]
) -> Document:
    answer = store.answer_id(caller.id, entry.cid)
    try:
        fresh = _document(resources, caller, entry, values)
    except BadRequest:
        # Of what is refused nothing stays, and so neither do the pictures that came before it.
        store.drop_pictures(resources.database, answer)
        raise
    if store.add(resources.database, fresh):
        return fresh
    # The same came in twice at once; the other call kept it.
    return store.find(resources.database, answer) or fresh


def _document(
    resources: Resources, caller: Caller, entry: Entry, values: dict[str, Value]
) -> Document:
    form = _form(resources, caller.role, entry.page, entry.form)
    definition.check(form, values)
    answer, now = store.answer_id(caller.id, entry.cid), resources.now()
    shown = _pictures(resources, form, answer, values)
    key = secrets.token_urlsafe(12)
    is_free = not (form.places or form.once or shown)
    document: Document = {
        "_id": answer,
        "who": caller.id,
        "role": caller.role,
        "cid": entry.cid,
        "page": entry.page,
        "form": entry.form,
        "key": key,
        "order": f"{now:0{ORDER_OF_TIME}d}{key}",
        "at": now,
        "state": "sent" if is_free else "pending",
        "once": form.once,
        "places": form.places,
        "values": resources.vault.seal(caller.id, bound(answer), as_text(values)),
        "pictures": shown,
        "safety": False,
    }
    if not is_free:
        document["due"] = now + settling.CUT_OFF
    if caller.role == "teen":
        document |= worries.read(definition.words_in(values), now)
    return document


def _form(resources: Resources, role: str, page: str, form: str) -> Form:
    return definition.form_of(pages.live_form(resources, role, page, form))


def _pictures(resources: Resources, form: Form, answer: str, values: dict[str, Value]) -> list[int]:
    shown = definition.pictures_in(form, values)
    if shown and not set(shown) <= store.whole_pictures(resources.database, answer):
        raise BadRequest("图片还没有传完。", hint="请再交一次。")
    store.drop_pictures(resources.database, answer, shown)
    return shown


def _check_same(
    resources: Resources, found: Document, entry: Entry, values: dict[str, Value]
) -> None:
    """See that what is kept under this cid is this very answer, and still stands.

    Raises:
        Conflict: it is another, was refused, or was withdrawn.
    """
    if found["state"] == "withdrawn" or "values" not in found:
        raise refusal_of(found)
    kept = opened(resources, found)
    told = (entry.page, entry.form, as_text(values))
    if (found["page"], found["form"], kept) != told:
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再交。")


def mine(resources: Resources, who: str, after: str) -> OwnAnswers:
    """Return the caller's own answers."""
    found = store.of_person(resources.database, who, after, PAGE + 1)
    page = found[:PAGE]
    return OwnAnswers(
        [_own(resources, one) for one in page],
        more=len(found) > PAGE,
        cursor=page[-1]["order"] if page else after,
    )


def _own(resources: Resources, found: Document) -> Own:
    values, is_pending = _values(resources, found), found["state"] == "pending"
    return Own(found["cid"], found["page"], found["form"], found["at"], values, is_pending)


def _values(resources: Resources, found: Document) -> dict[str, Any]:
    """The values; those of an answer that was damaged say so, and the others are still read."""
    try:
        text = opened(resources, found)
    except Unreadable:
        telemetry.note("sealed_unreadable", feature="forms")
        return {"": worries.SHUT}
    values: dict[str, Any] = msgspec.json.decode(text)
    return values


def withdraw(resources: Resources, who: str, cid: str) -> Withdrawn:
    """Take an answer back; asked again, or before it has come, the outcome is the same.

    A cry for help that has not reached the talk yet still does, before its words go.
    """
    answer = store.answer_id(who, cid)
    before = store.find(resources.database, answer)
    if before is None or before["state"] != "refused":
        store.hide(resources.database, who, cid)
    found = store.find(resources.database, answer)
    if found is None or found["state"] != "withdrawn":
        return Withdrawn()
    worries.carry(resources, KEEPER, found)
    if "form" in found:
        store.give_place_back(resources.database, form_key(found), answer)
    clear(resources, found)
    return Withdrawn()


def answers(resources: Resources, caller: Caller, page: str, form: str, after: str) -> Answers:
    """Return what was answered, also to a form that is not on the live page any more."""
    check_still_here(resources, caller)
    found = store.of_form(resources.database, page, form, after, PAGE + 1)
    shown = found[:PAGE]
    return Answers(
        [
            Answer(one["key"], one["at"], one["role"], _values(resources, one), one["pictures"])
            for one in shown
        ],
        more=len(found) > PAGE,
        cursor=shown[-1]["order"] if shown else after,
    )


def picture_of(resources: Resources, caller: Caller, key: str, index: int) -> pictures.Checked:
    """Return a picture of an answer.

    Raises:
        Conflict: WeChat has not looked at it yet, or found it risky, and the caller does not lead.
        NotFound: there is no such answer, or it has no such picture.
    """
    check_still_here(resources, caller)
    found = store.by_key(resources.database, key)
    if found is None or index not in found["pictures"]:
        raise NotFound
    picture = pictures.whole(resources, found["_id"], index)
    leads = caller.role == "supervisor"
    state = picture_checks.state_for(resources, picture, leads=leads)
    shown = pictures.opened(resources, picture)
    return pictures.Checked(shown.kind, shown.data, state)


def count(resources: Resources, caller: Caller, page: str, form: str) -> Count:
    """Return how many answered, and how many places are left.

    Raises:
        NotFound: this caller has no such form.
    """
    check_still_here(resources, caller)
    asked = _form(resources, caller.role, page, form)
    sent = store.count(resources.database, page, form)
    if not asked.places:
        return Count(sent, None)
    taken = store.taken(resources.database, f"{page}:{form}")
    return Count(sent, max(asked.places - taken, 0))


def sweep(resources: Resources) -> int:
    """Settle what was cut off and carry pending worries; returns how many cries were carried.

    Run twice, at once or late, no harm.
    """
    settling.settle_due(resources, AT_ONCE)
    return worries.sweep(resources, KEEPER)


def check(resources: Resources) -> int:
    """Ask WeChat to look at pictures; returns how many were asked about."""
    return picture_checks.sweep(resources)


def picture_told(resources: Resources, trace: str, verdict: Verdict | None) -> bool:
    """Keep what WeChat's push says of a picture; whether there is one of this trace."""
    return picture_checks.told(resources, trace, verdict)


def picture_for_wechat(resources: Resources, ticket: str) -> tuple[str, bytes]:
    """What WeChat fetches with a ticket: kind and bytes of the picture.

    Raises:
        NotFound: no such ticket, or not any more.
    """
    return picture_checks.fetched(resources, ticket)


def _words(resources: Resources, found: Document) -> str:
    values = msgspec.json.decode(opened(resources, found), type=dict[str, Value])
    return definition.words_in(values)


def _clear_if_over(resources: Resources, found: Document) -> None:
    if found["state"] in OVER:
        clear(resources, found)


KEEPER = worries.Keeper("form", store, _words, _clear_if_over, teen="who")
