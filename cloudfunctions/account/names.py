"""The name under which teens see a member of the staff, and WeChat's check of it.

In WeChat a name is shown to teens once its content check has passed it. Until then, and where it is
not passed, the member goes by `NEUTRAL` and two digits; what they wish stands in `wished` {name,
state: pending | pass | review | risky, tries, why?}, and `name_due` exists while it has to be asked
about. They themselves and whoever leads see it already. A member who never came by WeChat cannot be
asked about and stays neutral. Without WeChat a name stands at once.
"""

from __future__ import annotations

import secrets

from cloudfunctions.account import store
from cloudfunctions.common import content_check
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.wechat import WeChatFault

NEUTRAL = "小暖"
AT_ONCE = 10
PASSED = ("pass", "review")
"""Whoever vets the staff knows them: what WeChat is not sure of may stand."""


def of_new(resources: Resources, name: str) -> Document:
    """Fields of a member who has just joined under a name."""
    if resources.wechat is None:
        return {"name": name}
    return {"name": f"{NEUTRAL}{secrets.randbelow(90) + 10}", **_wished(resources, name)}


def changed(resources: Resources, name: str) -> Document:
    """Fields of a member who wishes for another name; their present one stays until it passes."""
    return {"name": name} if resources.wechat is None else _wished(resources, name)


def own(member: Document) -> str:
    """The name as the member and whoever leads see it."""
    wished = member.get("wished", {"state": "risky"})
    return str(member["name"] if wished["state"] == "risky" else wished["name"])


def _wished(resources: Resources, name: str) -> Document:
    wished: Document = {"name": name, "state": "pending", "tries": 0}
    return {"wished": wished, "name_due": resources.now()}


def ask(resources: Resources, member: Document, openid: str) -> bool:
    """Ask about one name that is due and write down what came of it; whether there is a verdict."""
    wished, now = member["wished"], resources.now()
    verdict, why = _asked(resources, wished["name"], openid)
    if verdict:
        passed = {"name": wished["name"]} if verdict in PASSED else {}
        fields: Document = {**passed, "wished.state": verdict}
        return store.note_name(resources.database, member, fields, None)
    tries = wished["tries"] + 1
    due = content_check.again_at(now, tries, why)
    store.note_name(resources.database, member, {"wished.tries": tries, "wished.why": why}, due)
    return False


def _asked(resources: Resources, name: str, openid: str) -> tuple[str, str]:
    """The verdict, or why there is none: one of the two is ''."""
    if not openid or resources.wechat is None:
        return "", "not_wechat"
    try:
        verdict = resources.wechat.check_text(openid, name, content_check.PROFILE, nickname=name)
    except WeChatFault as fault:
        return "", fault.kind
    return verdict.suggest, ""
