"""What may be called about safety plans."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import DESK, TEEN
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct
from cloudfunctions.plan import service

actions = Registry()

PLAN_BYTES = 102_400
"""Five sections of 12 entries of 120 characters, of up to 12 bytes each where JSON escapes them."""

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=service.LINE_LENGTH)]
Lines = Annotated[list[Line], msgspec.Meta(max_length=service.MOST_LINES)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class Person(RequestStruct):
    """Somebody to turn to, and their number if the teen wrote it down."""

    name: Line
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Save(RequestStruct):
    """The whole plan; `base` is the version it was made from, 0 for the first."""

    base: Version
    cid: Cid
    signs: Lines
    helps: Lines
    places: Lines
    people: Annotated[list[Person], msgspec.Meta(max_length=service.MOST_LINES)]
    reasons: Lines


class OfVersion(RequestStruct):
    """One version of the caller's own plan."""

    version: Version


class Share(RequestStruct):
    """Whether whoever talks with the teen sees the plan."""

    on: bool


class AnswerSuggestion(RequestStruct):
    """Whether a suggestion goes into the plan."""

    id: DocumentId
    accept: bool


class Suggest(RequestStruct):
    """One line for a section of the plan of the teen in this conversation."""

    conversation: DocumentId
    cid: Cid
    section: service.Section
    text: Line


class OfConversation(RequestStruct):
    """The teen of a conversation."""

    conversation: DocumentId


class Nothing(RequestStruct):
    """No fields."""


@actions.action("plan.get", who=TEEN, bindable=True, title="我的安全计划", intent="get-item")
def get(call: Call, request: Nothing) -> service.PlanAnswer:
    """Read one's own plan."""
    return service.get(call.resources, call.caller.id)


@actions.action("plan.save", who=TEEN, body_bytes=PLAN_BYTES)
def save(call: Call, request: Save) -> service.PlanAnswer:
    """Write the next version."""
    sections = service.Sections(
        request.signs,
        request.helps,
        request.places,
        [service.Person(one.name, one.phone) for one in request.people],
        request.reasons,
    )
    return service.save(call.resources, call.caller.id, request.base, request.cid, sections)


@actions.action(
    "plan.versions", who=TEEN, bindable=True, title="安全计划改过几次", intent="get-list"
)
def versions(call: Call, request: Nothing) -> service.Versions:
    """When the plan was changed."""
    return service.versions(call.resources, call.caller.id)


@actions.action("plan.version", who=TEEN)
def version(call: Call, request: OfVersion) -> service.PlanAnswer:
    """Read an earlier version."""
    return service.version(call.resources, call.caller.id, request.version)


@actions.action("plan.share", who=TEEN)
def share(call: Call, request: Share) -> service.Sharing:
    """Show the plan to whoever talks with one, or no longer."""
    return service.share(call.resources, call.caller.id, on=request.on)


@actions.action("plan.answer_suggestion", who=TEEN)
def answer_suggestion(call: Call, request: AnswerSuggestion) -> service.PlanAnswer:
    """Take a suggestion into the plan, or not."""
    return service.answer_suggestion(
        call.resources, call.caller.id, request.id, accept=request.accept
    )


@actions.action("plan.suggest", who=DESK)
def suggest(call: Call, request: Suggest) -> service.Suggested:
    """Suggest a line to the teen one talks with."""
    return service.suggest(
        call.resources,
        call.caller,
        request.conversation,
        request.cid,
        service.Wording(request.section, request.text),
    )


@actions.action("plan.of_talk", who=DESK)
def of_talk(call: Call, request: OfConversation) -> service.PlanOfTalk:
    """The plan of the teen one talks with, if they share it."""
    return service.of_talk(call.resources, call.caller, request.conversation)
