"""Telling on-call people of an alert through WeChat, beside `NOTIFY_URL`.

The message says that something waits at the desk and nothing of whom. It goes to those on call for
the step who have consented to one more message; one consent is one message. It counts as delivered
once one of them has it, or where nobody could be told so: the desk and the steps go on either way.
"""

from __future__ import annotations

from collections.abc import Iterator

from cloudfunctions.account import service as account
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import calling_store, outside
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChatFault

MOST_LEFT = 10
AT_ONCE = 50
WORDS = "有一条提醒在等你"
PAGE = "pages/desk/index"
NOT_ASKED = "no_consent"


def template_of(resources: Resources) -> str:
    """The id of the template that staff are asked for, '' where there is none."""
    return outside.template_id(_setting(resources))


def _setting(resources: Resources) -> str:
    wechat = resources.settings.wechat
    return wechat.on_call_template if wechat is not None and resources.wechat is not None else ""


def wanted(resources: Resources, member: str) -> str:
    """The template to ask this member for now, '' while they have consented to one more."""
    template = template_of(resources)
    return template if template and not calling_store.left(resources.database, member) else ""


def allow(resources: Resources, member: str, cid: str) -> None:
    """Count one more consent of a member; the same `cid` again changes nothing."""
    calling_store.add(resources.database, member, cid, MOST_LEFT)


def tell(resources: Resources, notice: Document) -> str | None:
    """Hand one notice of an alert to WeChat; None once one of them has it, else why nobody has."""
    faults = [_one(resources, staff) for staff in _on_call(resources, notice["step"])]
    if None in faults:
        return None
    return next((fault for fault in faults if fault != NOT_ASKED), None)


def _on_call(resources: Resources, step: int) -> Iterator[Staff]:
    for member in calling_store.who(resources.database, AT_ONCE):
        staff = account.colleague(resources, member)
        if staff is None:
            calling_store.none_left(resources.database, member)
        elif step in account.on_call_for(resources, staff):
            yield staff


def _one(resources: Resources, staff: Staff) -> str | None:
    openid, wechat = account.openid_of(resources, staff.id), resources.wechat
    if not openid or wechat is None or not calling_store.use_up(resources.database, staff.id):
        return NOT_ASKED
    data = outside.data_for(_setting(resources), WORDS, resources.now())
    try:
        wechat.send_subscribe(openid, template_of(resources), data, PAGE)
    except WeChatFault as fault:
        if fault.kind == NOT_ASKED:
            calling_store.none_left(resources.database, staff.id)
        else:
            calling_store.give_back(resources.database, staff.id)
        return fault.kind
    return None
