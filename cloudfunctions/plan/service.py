"""The rules of safety plans.

The plan is the teen's alone: nobody else changes it, and staff see it only while it is shared.
Whoever talks with the teen may suggest a line; it goes in when the teen says so. Every text is
sealed under the teen's own key.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from cloudfunctions.account import service as account
from cloudfunctions.chat import service as chat
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.plan import store

Section = Literal["signs", "helps", "places", "people", "reasons"]

LINE_LENGTH = 120
MOST_LINES = 12
MOST_OPEN = 20
"""Suggestions that wait for the teen's answer."""
LISTED = 200
ATTEMPTS = 20

OPEN, ACCEPTING, ACCEPTED, DECLINED = "open", "accepting", "accepted", "declined"
UNANSWERED = (OPEN, ACCEPTING)
"""An acceptance that was cut off half-way still stands before the teen."""

CHANGED = "计划在别的地方改过了。"
CHANGED_HINT = "看看现在的样子，再改一次。"


class Person(msgspec.Struct):
    """Somebody to turn to; `phone` may be ''."""

    name: str
    phone: str


class Sections(msgspec.Struct):
    """What a plan says."""

    signs: list[str]
    helps: list[str]
    places: list[str]
    people: list[Person]
    reasons: list[str]


class Suggestion(msgspec.Struct):
    """A line that somebody suggested and that the teen has not answered yet."""

    id: str
    section: Section
    text: str
    by_name: str
    at: int


class Plan(msgspec.Struct):
    """A plan as it is read; `version` 0 is one that has not been begun."""

    version: int
    at: int
    signs: list[str]
    helps: list[str]
    places: list[str]
    people: list[Person]
    reasons: list[str]
    shared: bool
    suggestions: list[Suggestion]


class Wording(msgspec.Struct, frozen=True):
    """A line and the section it is meant for."""

    section: Section
    text: str


class PlanAnswer(msgspec.Struct):
    """The plan."""

    plan: Plan


class Version(msgspec.Struct):
    """A version and when it was written, in milliseconds since 1970."""

    version: int
    at: int


class Versions(msgspec.Struct):
    """The newest versions, newest first."""

    versions: list[Version]


class Sharing(msgspec.Struct):
    """Whether whoever talks with the teen sees the plan."""

    shared: bool


class Suggested(msgspec.Struct):
    """The teen will see it."""

    suggested: bool


class PlanOfTalk(msgspec.Struct):
    """The plan as staff see it; None where it is not shared or not begun."""

    shared: bool
    plan: Plan | None


def get(resources: Resources, teen: str) -> PlanAnswer:
    """Return the plan as it stands."""
    return PlanAnswer(_plan(resources, teen, store.newest(resources.database, teen)))


def save(resources: Resources, teen: str, base: int, cid: str, sections: Sections) -> PlanAnswer:
    """Write the next version; the same again gives the first answer again.

    Raises:
        BadRequest: an entry is blank.
        Conflict: the plan is not at `base` any more, or the cid belongs to other words.
    """
    _check_written(sections)
    newest = store.newest(resources.database, teen)
    written = None
    if base == _number(newest):
        written = _written(resources, teen, base + 1, cid, sections)
    # Looked for after all else, so that of two that came at once the second finds the first.
    found = written or store.with_cid(resources.database, teen, cid)
    if found is None:
        raise Conflict(CHANGED, hint=CHANGED_HINT)
    if _opened(resources, found) != sections:
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再存。")
    return PlanAnswer(_plan(resources, teen, found))


def _check_written(sections: Sections) -> None:
    lines = [*sections.signs, *sections.helps, *sections.places, *sections.reasons]
    lines += [one.name for one in sections.people]
    if not all(line.strip() for line in lines):
        raise BadRequest("有一行是空的。", hint="写一点什么，或者把这一行去掉。")


def _number(version: Document | None) -> int:
    return 0 if version is None else int(version["version"])


def _written(
    resources: Resources, teen: str, version: int, cid: str, sections: Sections
) -> Document | None:
    """Write a version; None if somebody was faster, or the cid is taken."""
    document = store.version_id(teen, version)
    text = msgspec.json.encode(sections).decode()
    fresh: Document = {
        "_id": document,
        "teen": teen,
        "version": version,
        "at": resources.now(),
        "cid": cid,
        "sealed": resources.vault.seal(teen, _bound(document), text),
    }
    return fresh if store.add(resources.database, fresh) else None


def _bound(document: str) -> str:
    return f"plan/{document}"


def _opened(resources: Resources, version: Document | None) -> Sections:
    if version is None:
        return Sections([], [], [], [], [])
    text = resources.vault.open(version["teen"], _bound(version["_id"]), version["sealed"])
    return msgspec.json.decode(text, type=Sections)


def _plan(resources: Resources, teen: str, version: Document | None) -> Plan:
    said = _opened(resources, version)
    beside = store.choices(resources.database, teen)
    return Plan(
        version=_number(version),
        at=0 if version is None else version["at"],
        signs=said.signs,
        helps=said.helps,
        places=said.places,
        people=said.people,
        reasons=said.reasons,
        shared=beside["shared"],
        suggestions=_suggestions(
            resources, teen, [one for one in beside["suggestions"] if one["answer"] in UNANSWERED]
        ),
    )


def _suggestions(
    resources: Resources, teen: str, found: Sequence[Mapping[str, Any]]
) -> list[Suggestion]:
    if not found:
        return []
    keys = resources.vault.keys(teen, make=False)
    return [
        Suggestion(
            id=one["id"],
            section=one["section"],
            text=keys.open(_bound_suggestion(one["id"]), one["sealed"]),
            by_name=one["by_name"],
            at=one["at"],
        )
        for one in found
    ]


def _wording(resources: Resources, teen: str, found: Mapping[str, Any]) -> Wording:
    (shown,) = _suggestions(resources, teen, [found])
    return Wording(shown.section, shown.text)


def _bound_suggestion(suggestion: str) -> str:
    return f"plan/suggestion/{suggestion}"


def versions(resources: Resources, teen: str) -> Versions:
    """Return when the plan was changed, newest first."""
    found = store.listed(resources.database, teen, LISTED)
    return Versions([Version(one["version"], one["at"]) for one in found])


def version(resources: Resources, teen: str, number: int) -> PlanAnswer:
    """Return an earlier version of the plan.

    Raises:
        NotFound: the teen has no such version.
    """
    found = store.numbered(resources.database, teen, number)
    if found is None:
        raise NotFound
    return PlanAnswer(_plan(resources, teen, found))


def share(resources: Resources, teen: str, *, on: bool) -> Sharing:
    """Keep whether whoever talks with the teen sees the plan."""
    store.set_shared(resources.database, teen, on=on)
    return Sharing(on)


def of_talk(resources: Resources, caller: Caller, conversation: str) -> PlanOfTalk:
    """Return the plan of the teen whom a member of staff talks with, if it is shared.

    Raises:
        NotFound: no such talk, or not theirs.
    """
    teen = chat.staff_talk(resources, caller, conversation)["teen"]
    if not store.choices(resources.database, teen)["shared"]:
        return PlanOfTalk(shared=False, plan=None)
    newest = store.newest(resources.database, teen)
    plan = None if newest is None else _plan(resources, teen, newest)
    return PlanOfTalk(shared=True, plan=plan)


def suggest(
    resources: Resources, caller: Caller, conversation: str, cid: str, wording: Wording
) -> Suggested:
    """Suggest a line to the teen; the talk tells them, once, that there is one.

    Raises:
        BadRequest: it is blank.
        Conflict: the cid belongs to another suggestion, or too many wait for an answer.
        NotFound: no such talk, or not theirs.
    """
    if not wording.text.strip():
        raise BadRequest("这条建议是空的。", hint="写一句再发。")
    teen = chat.staff_talk(resources, caller, conversation)["teen"]
    member = account.staff_member(resources, caller)
    key = f"{member.id}:{cid}"
    found = _by_key(resources, teen, key)
    if found is None:
        fresh = _fresh(resources, teen, member, key, wording)
        store.add_suggestion(resources.database, teen, fresh, MOST_OPEN)
        found = _by_key(resources, teen, key)
    if found is None:
        raise Conflict("同学还有不少建议没看。", hint="等一等，看过再提新的。")
    if _wording(resources, teen, found) != wording:
        raise Conflict("这个编号已经用过了。", hint="请换一个新的编号再发。")
    words = f"{member.name}给你的安全计划提了一条建议，放不放进去都由你。"
    chat.staff_notice(resources, caller, conversation, found["id"], words)
    return Suggested(suggested=True)


def _fresh(
    resources: Resources, teen: str, member: account.Staff, key: str, wording: Wording
) -> Document:
    suggestion = secrets.token_urlsafe(12)
    sealed = resources.vault.seal(teen, _bound_suggestion(suggestion), wording.text)
    return {
        "id": suggestion,
        "key": key,
        "section": wording.section,
        "sealed": sealed,
        "by": member.id,
        "by_name": member.name,
        "at": resources.now(),
        "answer": OPEN,
    }


def _by_key(resources: Resources, teen: str, key: str) -> Mapping[str, Any] | None:
    return _found(resources, teen, "key", key)


def _found(resources: Resources, teen: str, name: str, value: str) -> Mapping[str, Any] | None:
    suggestions = store.choices(resources.database, teen)["suggestions"]
    return next((one for one in suggestions if one[name] == value), None)


def answer_suggestion(
    resources: Resources, teen: str, suggestion: str, *, accept: bool
) -> PlanAnswer:
    """Take a suggestion into the plan or put it away; the same again changes nothing.

    Raises:
        Conflict: it was answered otherwise, or its section is full.
        NotFound: the teen was suggested no such thing.
    """
    found = _found(resources, teen, "id", suggestion)
    if found is None:
        raise NotFound
    if found["answer"] in UNANSWERED:
        if accept:
            _accept(resources, teen, found)
        else:
            store.answer(resources.database, teen, suggestion, [OPEN], DECLINED, -1)
        found = _found(resources, teen, "id", suggestion) or found
    if found["answer"] != (ACCEPTED if accept else DECLINED):
        raise Conflict("这条建议已经处理过了。", hint="看看计划现在的样子。")
    return get(resources, teen)


def _accept(resources: Resources, teen: str, found: Mapping[str, Any]) -> None:
    """Say that it is coming in, write it in, say that it is in: cut off anywhere it can go on."""
    database, suggestion = resources.database, found["id"]
    store.answer(database, teen, suggestion, [OPEN], ACCEPTING, 0)
    now = _found(resources, teen, "id", suggestion)
    if now is None or now["answer"] != ACCEPTING:
        return
    if not _taken_in(resources, teen, _wording(resources, teen, now), f"s_{suggestion}"):
        store.answer(database, teen, suggestion, [ACCEPTING], OPEN, 0)
        raise Conflict(f"这一栏已经有{MOST_LINES}条了。", hint="先去掉一条，再把建议放进来。")
    store.answer(database, teen, suggestion, [ACCEPTING], ACCEPTED, -1)


def _taken_in(resources: Resources, teen: str, wording: Wording, cid: str) -> bool:
    """Write the plan with one line more, once for each `cid`; False if its section is full.

    Raises:
        Conflict: others kept changing the plan.
    """
    for _ in range(ATTEMPTS):
        if store.with_cid(resources.database, teen, cid) is not None:
            return True
        newest = store.newest(resources.database, teen)
        sections = _opened(resources, newest)
        lines = getattr(sections, wording.section)
        line = Person(wording.text, "") if wording.section == "people" else wording.text
        if line in lines:
            return True
        if len(lines) >= MOST_LINES:
            return False
        lines.append(line)
        if _written(resources, teen, _number(newest) + 1, cid, sections) is not None:
            return True
    raise Conflict(CHANGED, hint=CHANGED_HINT)
