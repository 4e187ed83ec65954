"""What the attack tests share: a good body for every action, and what to look at afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests

from cloudfunctions.app import REGISTRY
from cloudfunctions.common.errors import HOTLINES
from cloudfunctions.common.function import Action
from cloudfunctions.common.identity import ROLES
from cloudfunctions.common.resources import Resources
from tests.contract.crew import Newcomer
from tests.support.people import Body, Caller

NOWHERE = "A" * 22
ACTIONS = tuple(REGISTRY.actions.values())
COLLECTIONS = (
    *(
        "teens",
        "staff",
        "second_factors",
        "invitations",
        "conversations",
        "transcripts",
        "presence",
    ),
    *("rota", "claims", "moods", "mood_choices", "plan_versions", "plans", "data_keys"),
    *("form_answers", "form_pictures", "form_places", "form_once"),
    *("stories", "story_answers", "story_hugs", "story_gone", "story_erasures"),
    *("brought", "pages", "page_versions", "wechat_tokens", "wechat_pushes"),
)

_CONVERSATION: Body = {"conversation": NOWHERE}
_CID: Body = {"cid": "attack-cid", "text": "今天天气不错"}
GOOD: dict[str, Body] = {
    "account.sign_in": {"device": "d" * 43},
    "account.join": {
        "invitation": "AAAA-BBBB-CCCC",
        "device": "d" * 43,
        "code": "no-code",
        "name": "小雨",
    },
    "account.wechat_sign_in": {"code": "no-code", "device": "d" * 43},
    "account.staff_wechat_sign_in": {"code": "no-code"},
    "account.staff": {"sought": "", "after": ""},
    "account.enrol_second_factor": {},
    "account.show_second_factor": {"code": "000000"},
    "account.reset_second_factor": {"member": NOWHERE},
    "account.staff_sign_in": {"device": "d" * 43},
    "account.renew": {},
    "account.invite": {"role": "listener"},
    "account.consent": {"training": False},
    "account.age": {"band": "under_14"},
    "account.rename": {"name": "小鹿"},
    "account.rota": {},
    "account.set_rota": {"entries": []},
    "chat.enter": {"after": 0},
    "chat.send": {**_CONVERSATION, **_CID, "after": 0},
    "chat.poll": {**_CONVERSATION, "after": 0, "wait": 0},
    "chat.history": {**_CONVERSATION, "before": 5},
    "chat.ask_person": {**_CONVERSATION, "after": 0},
    "chat.allow_notice": {**_CONVERSATION, "cid": "attack-cid"},
    "chat.survey": {**_CONVERSATION, "when": "before", "hard": 3, "heard": 3},
    "chat.leave": {**_CONVERSATION, "after": 0},
    "chat.card_done": {**_CONVERSATION, "seq": 1, "helped": "yes"},
    "chat.figures": {"from": 0, "until": 5},
    "desk.send_card": {**_CONVERSATION, "cid": "attack-cid", "exercise": "breath"},
    "forms.send": {"cid": "attack-cid", "page": "no_such_page", "form": "form", "values": {}},
    "forms.picture": {"cid": "attack-cid", "index": 0, "part": 0, "parts": 2, "data": "/9j/4AAQ"},
    "forms.mine": {"after": ""},
    "forms.withdraw": {"cid": "attack-cid"},
    "forms.count": {"page": "no_such_page", "form": "form"},
    "forms.answers": {"page": "no_such_page", "form": "form", "after": ""},
    "forms.answer_picture": {"answer": NOWHERE, "index": 0},
    "mood.save": {"cid": "attack-cid", "day": "2026-01-01", "face": 3, "feelings": [], "words": ""},
    "mood.list": {"from": "2026-01-01", "until": "2026-01-02"},
    "mood.remove": {"cid": "attack-cid"},
    "mood.share": {"on": False},
    "mood.shared": {},
    "mood.of_talk": _CONVERSATION,
    "plan.get": {},
    "plan.save": {
        "base": 0,
        "cid": "attack-cid",
        "signs": [],
        "helps": [],
        "places": [],
        "people": [],
        "reasons": [],
    },
    "plan.versions": {},
    "plan.version": {"version": 1},
    "plan.share": {"on": False},
    "plan.answer_suggestion": {"id": NOWHERE, "accept": False},
    "plan.suggest": {**_CONVERSATION, "cid": "attack-cid", "section": "helps", "text": "散步"},
    "plan.of_talk": _CONVERSATION,
    "story.save": {
        "story": "attack-cid",
        "edit": 1,
        "title": "",
        "text": "今天天气不错",
        "topic": "other",
        "animal": "小鹿",
    },
    "story.send": {"story": "attack-cid", "edit": 1},
    "story.mine": {"before": 5},
    "story.agree": {"story": "attack-cid", "version": 1},
    "story.withdraw": {"story": "attack-cid"},
    "story.erase_all": {},
    "story.talk": {"story": "attack-cid"},
    "story.feed": {"topic": "other", "before": "", "limit": 5},
    "story.read": {"story": NOWHERE},
    "story.hug": {"story": NOWHERE, "on": True},
    "story.answer": {"story": NOWHERE, **_CID},
    "story.given": {"before": 5},
    "story.take_back": {"answer": "attack-cid"},
    "story.report": {"story": NOWHERE, "answer": NOWHERE, "reason": "other"},
    "story.poll": {"since": 0, "wait": 0},
    "story.queue": {"after": ""},
    "story.take": {"kind": "story", "id": NOWHERE},
    "story.put_back": {"kind": "story", "id": NOWHERE},
    "story.decide": {
        "kind": "story",
        "id": NOWHERE,
        "version": 1,
        "end": "publish",
        "masks": [],
        "title_masks": [],
        "words": "",
        "reason": "none",
        "from_14": False,
        "heavy": False,
        "sure": False,
    },
    "story.answer_as_counsellor": {"story": NOWHERE, **_CID},
    "story.figures": {"from": 0, "until": 5},
    "pages.open": {"page": "teen_nowhere", "etag": ""},
    "pages.manifest": {},
    "pages.list": {},
    "pages.read": {"page": "teen_nowhere", "version": 0},
    "pages.save": {"page": "teen_nowhere", "content": {"id": "teen_else"}, "revision": 1},
    "pages.publish": {"page": "teen_nowhere", "revision": 1, "note": ""},
    "pages.roll_back": {"page": "teen_nowhere", "version": 1},
    "pages.versions": {"page": "teen_nowhere"},
    "pages.discard": {"page": "teen_nowhere", "revision": 1},
    "pages.remove": {"page": "teen_nowhere"},
    "pages.check": {"content": {}},
    "pages.templates": {},
    "pages.source": {},
    "desk.status": {"status": "away"},
    "desk.queue": {},
    "desk.next": {},
    "desk.poll": {**_CONVERSATION, "version": "", "after": 0, "wait": 0},
    "desk.history": {**_CONVERSATION, "before": 5},
    "desk.send": {**_CONVERSATION, **_CID, "after": 0},
    "desk.hand_over": {**_CONVERSATION, "tier": "listener", "person": "", "note": ""},
    "desk.accept": _CONVERSATION,
    "desk.decline": {**_CONVERSATION, "reason": "手上有急事"},
    "desk.leave_talk": _CONVERSATION,
    "desk.end_shift": {"note": ""},
    "desk.background": {},
    "desk.read_lost": {},
    "desk.allow_notice": {"cid": "attack-cid"},
    "desk.colleagues": {},
    "desk.set_risk": {**_CONVERSATION, "level": 1, "reason": "已确认安全"},
    "desk.acknowledge": {**_CONVERSATION, "alert": "risk1"},
    "desk.close_alert": {**_CONVERSATION, "alert": "risk1", "reason": "已联系上"},
    "desk.follow_ups": {"after": 0},
    "desk.follow_up_done": {**_CONVERSATION, "reason": "状态平稳"},
    "desk.reopen": _CONVERSATION,
    "desk.outbox": {},
    "desk.outbox_retry": {"key": f"{NOWHERE}:risk1:1"},
    "desk.outbox_close": {"key": f"{NOWHERE}:risk1:1", "reason": "已打电话告诉值班的人"},
    "desk.dismiss": {"member": NOWHERE},
    "desk.close": {
        **_CONVERSATION,
        "form": {"risk": "A", "topics": [], "actions": [], "referral": "", "note": ""},
    },
}
"""One body for each action that its types accept; the conversation in it does not exist."""


def roles_for(action: Action) -> tuple[str, ...]:
    """The roles that may call an action, without 'anyone'."""
    return tuple(role for role in ROLES if role in action.who)


def caller_for(action: Action, people: dict[str, Caller]) -> Caller:
    """Someone who may call the action; for the limited door, someone from an address not yet used.

    A machine with one loopback address can only try that door by other means.
    """
    if action.rate is None or action.rate.times > 100:
        return people[roles_for(action)[0]]
    newcomer = Newcomer(people["teen"].address)
    if not newcomer.apart:
        pytest.skip("this machine has one loopback address, and this door counts by address")
    return newcomer


def is_our_error(answer: requests.Response, *codes: int) -> None:
    """The answer is one of these 4xx, in our one shape, kept by nobody, with the hotlines."""
    assert answer.status_code in codes, f"{answer.status_code} {answer.text[:300]}"
    content = answer.json()
    assert set(content) == {"error"}
    error = content["error"]
    assert set(error) == {"code", "message", "hint"}
    assert all(error.values())
    assert error["hint"].endswith(HOTLINES)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def raw(caller: Caller, action: str, content: bytes | str, **headers: str) -> requests.Response:
    """POST bytes as they are; header names are written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Type", "application/json")
    return caller.http.post(
        f"{caller.address}/api/{action}", data=content, headers=named, timeout=40
    )


def fingerprint(resources: Resources) -> dict[str, str]:
    """A hash of every collection's content; when a member was last seen is left out."""
    found = {}
    with resources.database.deadline(20):
        for name in COLLECTIONS:
            documents = resources.database.collection(name).find({}, {"seen_at": False})
            lines = sorted(json.dumps(one, sort_keys=True, default=str) for one in documents)
            digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass"))
            found[name] = f"{len(lines)} {digest.hexdigest()}"
    return found


def with_token(address: str, token: str) -> Caller:
    """Someone who shows `token`."""
    caller = Caller(address)
    caller.http.headers["Authorization"] = f"Bearer {token}"
    return caller


def nested(depth: int) -> str:
    """JSON that is `depth` deep."""
    return "[" * depth + "]" * depth


def replaced(body: Body, name: str, value: Any) -> Body:
    """A good body with one value exchanged."""
    return {**body, name: value}
