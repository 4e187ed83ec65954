"""What may be called about forms."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cloudfunctions.common.function import Call, Registry
from cloudfunctions.common.identity import STAFF, TEEN
from cloudfunctions.common.payload import Cid, DocumentId, RequestStruct
from cloudfunctions.forms import pictures, service
from cloudfunctions.forms.definition import MOST_PICTURES, Values

actions = Registry()

EVERYBODY = TEEN | STAFF
READERS = frozenset({"coordinator", "supervisor"})

VALUES_BYTES = 65_536
PART_BYTES = 80_000
"""Of a request: a part of a picture in base64 and its frame."""

PageId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_]{1,39}\Z")]
FormId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z][A-Za-z0-9_-]{0,39}\Z")]
Index = Annotated[int, msgspec.Meta(ge=0, lt=MOST_PICTURES)]
Cursor = Annotated[str, msgspec.Meta(pattern=r"\A([0-9]{15}[A-Za-z0-9_-]{16})?\Z")]


class Send(RequestStruct):
    """An answer: what was put in, by the names of the fields."""

    cid: Cid
    page: PageId
    form: FormId
    values: Values


class Part(RequestStruct):
    """A part of a picture of the answer that will come under `cid`, as base64."""

    cid: Cid
    index: Index
    part: Annotated[int, msgspec.Meta(ge=0, le=5)]
    parts: Annotated[int, msgspec.Meta(ge=1, le=6)]
    data: Annotated[str, msgspec.Meta(min_length=1, max_length=68_268)]


class OfForm(RequestStruct):
    """A form on a page."""

    page: PageId
    form: FormId


class AnswersOf(RequestStruct):
    """A form on a page, and the cursor of the page of answers before."""

    page: PageId
    form: FormId
    after: Cursor = ""


class Mine(RequestStruct):
    """The cursor of the page before."""

    after: Cursor = ""


class OfAnswer(RequestStruct):
    """An answer of the caller's own."""

    cid: Cid


class OfPicture(RequestStruct):
    """A picture of an answer, by the answer's name for staff."""

    answer: DocumentId
    index: Index


@actions.action(
    "forms.send",
    who=EVERYBODY,
    body_bytes=VALUES_BYTES,
    bindable=True,
    title="交一张表",
    intent="create",
)
def send(call: Call, request: Send) -> service.Sent:
    """Answer a form. No limit: words of danger are read here too."""
    entry = service.Entry(request.cid, request.page, request.form, request.values)
    return service.send(call.resources, call.caller, entry)


@actions.action("forms.picture", who=EVERYBODY, body_bytes=PART_BYTES)
def picture(call: Call, request: Part) -> pictures.Received:
    """Bring a part of a picture, before the answer that shows it."""
    service.check_still_here(call.resources, call.caller)
    place = (request.index, request.part, request.parts)
    return pictures.receive(call.resources, call.caller.id, request.cid, place, request.data)


@actions.action("forms.mine", who=EVERYBODY, bindable=True, title="我填过的表单", intent="get-list")
def mine(call: Call, request: Mine) -> service.OwnAnswers:
    """Read one's own answers."""
    service.check_still_here(call.resources, call.caller)
    return service.mine(call.resources, call.caller.id, request.after)


@actions.action(
    "forms.withdraw", who=EVERYBODY, bindable=True, title="收回交过的表", intent="delete"
)
def withdraw(call: Call, request: OfAnswer) -> service.Withdrawn:
    """Take an answer back for good."""
    service.check_still_here(call.resources, call.caller)
    return service.withdraw(call.resources, call.caller.id, request.cid)


@actions.action(
    "forms.count", who=EVERYBODY, bindable=True, title="表单有多少人填了", intent="get-item"
)
def count(call: Call, request: OfForm) -> service.Count:
    """How many answered, and how many places are left."""
    return service.count(call.resources, call.caller, request.page, request.form)


@actions.action("forms.answers", who=READERS)
def answers(call: Call, request: AnswersOf) -> service.Answers:
    """Read what was answered."""
    return service.answers(call.resources, call.caller, request.page, request.form, request.after)


@actions.action("forms.answer_picture", who=READERS)
def answer_picture(call: Call, request: OfPicture) -> pictures.Checked:
    """Look at a picture of an answer."""
    return service.picture_of(call.resources, call.caller, request.answer, request.index)
