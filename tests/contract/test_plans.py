"""Every query that the stores ask rides an index or an _id, so it costs the same however much is
kept.

A script calls every action, and what has no action, against the app in this process, whose driver
tells of each command; then each shape of filter is put to the server's `explain`. That every action
and every function of both stores was called is part of the test, so a new one cannot be forgotten.

Where a filter has several clauses and no index for all of them, it is served if one clause alone
is: that clause's index is walked and the rest is checked on what it leaves. MongoDB plans so; the
embedded database does so too, while its `explain` shows such a filter as a scan.
"""

from __future__ import annotations

import dataclasses
import inspect
import secrets
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from pymongo import monitoring
from werkzeug.test import TestResponse

import nlp
from cloudfunctions.account import service as account
from cloudfunctions.account import store as account_store
from cloudfunctions.account import totp
from cloudfunctions.app import REGISTRY, create_app
from cloudfunctions.chat import brought_store, calling_store, labels, outbox
from cloudfunctions.chat import service as chat
from cloudfunctions.chat import store as chat_store
from cloudfunctions.chat.brought import Origin
from cloudfunctions.chat.standing import standing
from cloudfunctions.common import clock
from cloudfunctions.common.clock import MINUTE, SECOND, day_of
from cloudfunctions.common.crypto import Vault
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import MasterKey, WeChatSettings
from cloudfunctions.common.wechat import Verdict
from cloudfunctions.duty.service import sweep, sweep_wechat
from cloudfunctions.forms import service as forms
from cloudfunctions.forms import store as forms_store
from cloudfunctions.mood import store as mood_store
from cloudfunctions.pages import service as pages
from cloudfunctions.pages import store as pages_store
from cloudfunctions.plan import store as plan_store
from cloudfunctions.story import store as story_store
from tests.contract import drawn
from tests.contract.crew import CALM, IMMINENT
from tests.contract.formed import FIELDS, answer, page_of
from tests.contract.test_forms_pictures import drawn as small_picture
from tests.contract.test_forms_pictures import in_parts
from tests.contract.wechat_calls import settings_of
from tests.fakes.wechat import SUBSCRIBE, FakeWeChat
from tests.support.people import Body, new_cid, new_openid

ALLOWED = {
    ("staff", "{}"): "the whole staff is wanted, and it is some thousands of small documents",
    ("staff", "{_id: $gt}"): "a page of the same staff, for who leads; MongoDB walks _id for it",
    ("staff", "{_id: $gt, $or: =}"): "part of a name among the same; no index serves that",
}
"""Filters that may scan, and why."""
NO_QUERY = {
    *("insert", "createIndexes", "getMore", "killCursors", "endSessions", "hello", "ping"),
    "explain",  # What the test itself asks.
}
NO_DATABASE = {
    "answer_id",
    "chunk_ids",
    "chunk_start",
    "mood_id",
    "picture_id",
    "version_id",
    "key_of",
    "version_key",
    "fresh",
}
"""Functions of the stores that ask nothing of the database."""
DATABASE = "plans"
STORES = (
    *(chat_store, brought_store, calling_store, account_store, forms_store),
    *(mood_store, pages_store, plan_store, story_store),
)


@dataclasses.dataclass(frozen=True)
class Query:
    """One shape of filter, with an example of it and the function that asked it."""

    collection: str
    shape: str
    filter: Mapping[str, Any]
    asked_by: str


class Recorder(monitoring.CommandListener):
    """What the driver sends, by shape."""

    def __init__(self) -> None:
        self.queries: dict[tuple[str, str], Query] = {}
        self.called: set[str] = set()
        self.unknown: set[str] = set()
        self._function: list[str] = []

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, which is noted while it runs."""

        def run(*arguments: Any, **named: Any) -> Any:
            self.called.add(name)
            self._function.append(name)
            try:
                return function(*arguments, **named)
            finally:
                self._function.pop()

        return run

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note the filters of a command to our own database."""
        if event.database_name != DATABASE or event.command_name in NO_QUERY:
            return
        filters = filters_of(event.command_name, event.command)
        if filters is None:
            self.unknown.add(event.command_name)
            return
        collection = str(event.command[event.command_name])
        asked_by = self._function[-1] if self._function else "outside the stores"
        for one in filters:
            shape = shape_of(one)
            query = Query(collection, shape, one, asked_by)
            self.queries.setdefault((collection, shape), query)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


def filters_of(name: str, command: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The filters of one command; None for a command that this test does not know."""
    if name == "find":
        return [dict(command["filter"])]
    if name == "update":
        return [dict(one["q"]) for one in command["updates"]]
    if name == "delete":
        return [dict(one["q"]) for one in command["deletes"]]
    if name == "aggregate" and "$match" in command["pipeline"][0]:
        return [dict(command["pipeline"][0]["$match"])]
    return None


def shape_of(query: Mapping[str, Any]) -> str:
    """Fields with their operators, without values."""
    parts = [
        f"{name}: {' '.join(sorted(value)) if isinstance(value, Mapping) else '='}"
        for name, value in query.items()
    ]
    return "{" + ", ".join(parts) + "}"


class Clock:
    """A clock that the script moves on."""

    def __init__(self) -> None:
        self.passed = 0

    def __call__(self) -> int:
        """Milliseconds since 1970, later than now by what has passed."""
        return clock.now() + self.passed


def _public(settings: WeChatSettings | None) -> WeChatSettings | None:
    """The same with an address for WeChat to fetch pictures from."""
    return settings and dataclasses.replace(settings, public_url="http://127.0.0.1:9")


class Script:
    """A service in this process, and what its people do."""

    def __init__(self, served: Resources, wechat: FakeWeChat) -> None:
        # An address that nothing listens at: notices are posted, and every delivery fails.
        settings = dataclasses.replace(
            served.settings,
            database_name=DATABASE,
            notify_url="http://127.0.0.1:9",
            wechat=_public(settings_of(wechat, "stable").wechat),
        )
        self.wechat = wechat
        self.clock = Clock()
        app = create_app(settings, self.clock)
        self.resources: Resources = app.extensions["resources"]
        self._client = app.test_client()
        self._tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.openids: dict[str, str] = {}
        self.called: set[str] = set()

    def call(self, who: str, action: str, /, **body: Any) -> Body:
        """Call an action as somebody; what it answers must be good."""
        answer = self.post(who, action, body)
        content = answer.get_json()
        assert answer.status_code == 200, f"{who}, {action}: {answer.status_code} {content}"
        data: Body = content["data"]
        if "token" in data:
            self._tokens[who], self.ids[who] = data["token"], data["id"]
        return data

    def post(self, who: str, action: str, body: Body | None = None) -> TestResponse:
        """The bare answer."""
        self.called.add(action)
        self.resources.recent.forget()
        token = self._tokens.get(who)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._client.post(f"/api/{action}", json=body or {}, headers=headers)

    def teen(self, who: str, *texts: str, openid: str = "") -> str:
        """A new teen who said these texts, in WeChat where they have an openid; their talk."""
        device = secrets.token_urlsafe(32)
        self.call(who, "account.sign_in", device=device)
        if openid:
            code = self.wechat.code_for(openid)
            self.call(who, "account.wechat_sign_in", code=code, device=device)
        talk: str = self.call(who, "chat.enter")["conversation"]["id"]
        for text in texts:
            self.say(who, talk, text)
        return talk

    def say(self, who: str, talk: str, text: str, cid: str = "") -> Body:
        """A teen says something."""
        return self.call(who, "chat.send", conversation=talk, cid=cid or new_cid(), text=text)

    def join(self, who: str, role: str) -> None:
        """Somebody joins with an invitation of the supervisor's, or the first one."""
        if "supervisor" in self._tokens:
            code = self.call("supervisor", "account.invite", role=role)["invitation"]
        else:
            with self.resources.database.deadline(10):
                self.resources.database.prepare()
                code = account.invite(self.resources, role, "test").invitation
        if role == "counsellor":
            self.openids[who] = new_openid()
            login = self.wechat.code_for(self.openids[who])
            self.call(who, "account.join", invitation=code, code=login, name="小鹿")
        else:
            device = secrets.token_urlsafe(32)
            self.call(who, "account.join", invitation=code, device=device, name="小鹿")
            self.call(who, "account.staff_sign_in", device=device)
        if role != "coordinator":
            self.call(who, "desk.status", status="available")

    def sweep(self, milliseconds: int) -> None:
        """Time passes and is swept after."""
        self.clock.passed += milliseconds
        with self.resources.database.deadline(30):
            sweep(self.resources)
            sweep_wechat(self.resources)


def play(script: Script) -> None:
    """Everything that can happen."""
    for role in ("supervisor", "counsellor", "listener", "coordinator"):
        script.join(role, role)
    _rota(script)
    _told_through_wechat(script)
    _served_talk(script)
    _follow_up(script)
    _ended_by_silence(script)
    _danger(script)
    _lost_and_dismissed(script)
    _long_talk(script)
    _cards(script)
    _brought(script)
    _moods(script)
    _plans(script)
    _stories(script)
    _pages(script)
    _forms(script)
    _letters(script)
    _wechat(script)
    _second_factor(script)
    with script.resources.database.deadline(30):
        assert account.anyone_joined(script.resources)
        assert list(labels.labelled_lines(script.resources, 0))


def _rota(script: Script) -> None:
    now = script.clock()
    shift = {"staff": script.ids["counsellor"], "step": 1, "from": now, "until": now + MINUTE}
    script.call("coordinator", "account.set_rota", entries=[shift])
    script.call("coordinator", "account.rota")
    script.call("coordinator", "account.renew")


def _wechat(script: Script) -> None:
    openid = new_openid()
    for who in ("in wechat", "at another phone"):
        device = secrets.token_urlsafe(32)
        code = script.wechat.code_for(openid)
        script.call(who, "account.wechat_sign_in", code=code, device=device)
    device = secrets.token_urlsafe(32)
    script.call("bound later", "account.sign_in", device=device)
    code = script.wechat.code_for(new_openid())
    script.call("bound later", "account.wechat_sign_in", code=code, device=device)
    invited = script.call("supervisor", "account.invite", role="listener")["invitation"]
    code = script.wechat.code_for(openid)
    script.call("by wechat", "account.join", invitation=invited, code=code, name="小雨")
    code = script.wechat.code_for(openid)
    script.call("by wechat", "account.staff_wechat_sign_in", code=code)
    with script.resources.database.deadline(10):
        for who in ("in wechat", "bound later", "by wechat"):
            assert account.openid_of(script.resources, script.ids[who])


def _told_through_wechat(script: Script) -> None:
    """A teen who is away and an on-call member are told; then WeChat knows of no consent."""
    openid = new_openid()
    talk = script.teen("away", CALM, openid=openid)
    script.call("away", "chat.ask_person", conversation=talk)
    script.call("away", "chat.allow_notice", conversation=talk, cid=new_cid())
    script.wechat.consent(openid, script.wechat.teen_template)
    assert script.call("listener", "desk.next")["conversation"]["id"] == talk
    before = len(script.wechat.sent)
    script.sweep(21 * SECOND)
    assert len(script.wechat.sent) == before + 1
    script.call("away", "chat.poll", conversation=talk, after=2**20)
    _close(script, "listener", talk, "A")
    script.call("counsellor", "account.rename", name="小树")
    for mode in ("47003", "43101"):
        script.call("counsellor", "desk.allow_notice", cid=new_cid())
        script.wechat.mode[SUBSCRIBE] = mode
        alarming = script.teen(f"alarming {mode}", IMMINENT)
        script.sweep(SECOND)
        script.call("supervisor", "desk.acknowledge", conversation=alarming, alert="risk1")
    script.wechat.mode.clear()


def _second_factor(script: Script) -> None:
    """Guessed at until it is shut, shown when it is open again, and taken away by another."""
    script.join("lead", "supervisor")
    secret = script.call("lead", "account.enrol_second_factor")["secret"]

    def show(code: str) -> int:
        body = {"code": code}
        return script.post("lead", "account.show_second_factor", body).status_code

    def right() -> str:
        return totp.code_of(secret, script.clock() // totp.STEP)

    wrong = "000000" if right() != "000000" else "000001"
    told = [show(wrong) for _ in range(6)]
    assert told == [401] * 5 + [429]
    script.clock.passed += 15 * MINUTE
    assert show(right()) == 200
    found = script.call("coordinator", "account.staff", sought="小鹿")["members"]
    assert {one["id"]: one["second_factor"] for one in found}[script.ids["lead"]]
    script.call("coordinator", "account.staff")
    script.call("coordinator", "account.reset_second_factor", member=script.ids["lead"])
    script.call("coordinator", "desk.dismiss", member=script.ids["lead"])


def _served_talk(script: Script) -> None:
    talk = script.teen("teen")
    seq = script.say("teen", talk, CALM)["message"]["seq"]
    script.call("teen", "account.consent", training=True)
    script.call("teen", "chat.survey", conversation=talk, when="before", hard=3, heard=2)
    script.call("teen", "chat.ask_person", conversation=talk)
    script.call("teen", "chat.poll", conversation=talk, after=0, wait=0)
    # What a poll asks that waits; here it would start a change stream.
    assert chat_store.seq_as_teen(script.resources.database, talk, script.ids["teen"])
    script.call("listener", "desk.queue")
    assert script.call("listener", "desk.next")["conversation"]["id"] == talk
    script.call("listener", "desk.poll", conversation=talk)
    script.call("listener", "desk.send", conversation=talk, cid=new_cid(), text="我在")
    script.call("listener", "desk.history", conversation=talk, before=3)
    script.call("listener", "desk.colleagues")
    script.call("listener", "desk.background")
    offer = {"conversation": talk, "person": script.ids["counsellor"], "warm": True}
    script.call("listener", "desk.hand_over", **offer)
    script.call("counsellor", "desk.decline", conversation=talk, reason="手上还有人")
    script.call("listener", "desk.hand_over", **offer)
    script.call("counsellor", "desk.accept", conversation=talk)
    script.call("listener", "desk.leave_talk", conversation=talk)
    script.call("counsellor", "desk.set_risk", conversation=talk, level=1, reason="低落", seq=seq)
    _close(script, "counsellor", talk, "C")


def _close(script: Script, who: str, talk: str, risk: str) -> None:
    form = {"risk": risk, "follow_up_days": 0 if risk != "A" else None}
    script.call(who, "desk.close", conversation=talk, form=form)


def _follow_up(script: Script) -> None:
    (planned,) = script.call("counsellor", "desk.follow_ups")["follow_ups"]
    talk = planned["conversation"]
    script.call("counsellor", "desk.reopen", conversation=talk)
    _close(script, "counsellor", talk, "A")
    script.call("counsellor", "desk.follow_up_done", conversation=talk, reason="好多了")


def _ended_by_silence(script: Script) -> None:
    """A held talk ends by silence and is written up."""
    talk = script.teen("quiet", CALM)
    script.call("quiet", "chat.ask_person", conversation=talk)
    assert script.call("listener", "desk.next")["conversation"]["id"] == talk
    script.call("listener", "desk.send", conversation=talk, cid=new_cid(), text="我在")
    for minutes in (16, 31):
        for _ in range(minutes):
            script.call("listener", "desk.poll")
            script.sweep(MINUTE // 2)
            script.call("listener", "desk.poll")
            script.sweep(MINUTE // 2)
    (quiet,) = script.call("listener", "desk.poll")["write_ups"]
    assert quiet["conversation"] == talk
    script.call("supervisor", "desk.poll")
    _close(script, "listener", talk, "A")


def _danger(script: Script) -> None:
    talk = script.teen("endangered", IMMINENT)
    script.resources.recent.forget()
    assert standing(script.resources) is not None
    script.call("supervisor", "desk.acknowledge", conversation=talk, alert="risk1")
    script.call(
        "supervisor", "desk.close_alert", conversation=talk, alert="risk1", reason="联系上了"
    )
    script.say("endangered", talk, IMMINENT)
    script.call("counsellor", "desk.acknowledge", conversation=talk, alert="risk2")
    script.call("counsellor", "desk.end_shift")
    script.call("endangered", "chat.leave", conversation=talk)


def _lost_and_dismissed(script: Script) -> None:
    """A held talk becomes heavier, is lost and read of; then its listener is dismissed."""
    for who in ("first", "second"):
        talk = script.teen(who, CALM)
        script.call(who, "chat.ask_person", conversation=talk)
    script.call("supervisor", "desk.status", status="available")
    held = script.call("listener", "desk.next")["conversation"]["id"]
    script.say("first", held, IMMINENT)
    # Too heavy now for another one, so this is refused once the place has been weighed anew.
    assert script.post("listener", "desk.next").status_code == 409
    script.call("supervisor", "desk.next")
    script.call("supervisor", "desk.next")
    script.sweep(2 * MINUTE)
    script.call("listener", "desk.read_lost")
    script.call("coordinator", "desk.dismiss", member=script.ids["listener"])


def _long_talk(script: Script) -> None:
    first = new_cid()
    talk = script.teen("talkative")
    script.say("talkative", talk, CALM, first)
    for number in range(40):
        script.say("talkative", talk, f"{CALM} {number}")
    assert script.say("talkative", talk, CALM, first)["replayed"]
    script.call("talkative", "chat.poll", conversation=talk, after=0)
    script.call("talkative", "chat.history", conversation=talk, before=40)


def _cards(script: Script) -> None:
    """An exercise is sent by whoever watches the talk of an alert, and helps."""
    talk = script.teen("breathing", IMMINENT)
    script.call("supervisor", "desk.acknowledge", conversation=talk, alert="risk1")
    card = {"conversation": talk, "cid": new_cid(), "exercise": "breath"}
    seq = script.call("supervisor", "desk.send_card", **card)["message"]["seq"]
    script.call("breathing", "chat.card_done", conversation=talk, seq=seq, helped="yes")
    window = {"from": script.clock() - MINUTE, "until": script.clock() + MINUTE}
    assert script.call("supervisor", "chat.figures", **window)["cards"]


def _brought(script: Script) -> None:
    """Grave words come from elsewhere, and whoever looks after their alert reads them."""
    talk = script.teen("writing", CALM)
    origin: Origin = {"kind": "story", "id": new_cid()}
    read, until = nlp.assess(IMMINENT), script.clock() + MINUTE
    with script.resources.database.deadline(10):
        chat.worry(script.resources, script.ids["writing"], origin, IMMINENT, read)
        assert chat.brought_count(script.resources, "story", 0, until) == 1
    script.call("supervisor", "desk.acknowledge", conversation=talk, alert="risk1")
    desk = script.call("supervisor", "desk.poll", conversation=talk)
    assert desk["conversation"]["brought"]["text"] == IMMINENT


def _moods(script: Script) -> None:
    """Low days, a cry for help among them, and whoever looks after its alert sees the days."""
    talk = script.teen("low", CALM)
    day, cids = str(day_of(script.clock())), [new_cid() for _ in range(3)]
    for cid, words in zip(cids, ("", CALM, IMMINENT), strict=True):
        saved = script.call("low", "mood.save", cid=cid, day=day, face=1, words=words)
    assert (saved["offer"], saved["safety"]) == (True, True)
    assert len(script.call("low", "mood.list", **{"from": day, "until": day})["moods"]) == 3
    script.call("low", "mood.remove", cid=cids[0])
    script.call("low", "account.age", band="from_14")
    script.call("low", "mood.share", on=True)
    assert script.call("low", "mood.shared")["shared"]
    script.call("supervisor", "desk.acknowledge", conversation=talk, alert="risk1")
    assert script.call("supervisor", "mood.of_talk", conversation=talk)["days"]
    with script.resources.database.deadline(10):
        assert account.age_band(script.resources, script.ids["low"]) == "from_14"
        mood_store.worry_later(script.resources.database, cids[2], script.clock())


def _plans(script: Script) -> None:
    """A plan is begun and shared, a line is suggested and goes in; then the master key changes."""
    talk = script.teen("planning", IMMINENT)
    sections: Body = {"signs": ["失眠"], "helps": [], "places": [], "people": [], "reasons": []}
    script.call("planning", "plan.save", base=0, cid=new_cid(), **sections)
    script.call("planning", "plan.share", on=True)
    script.call("supervisor", "desk.acknowledge", conversation=talk, alert="risk1")
    line = {"conversation": talk, "cid": new_cid(), "section": "helps", "text": "散步"}
    script.call("supervisor", "plan.suggest", **line)
    assert script.call("supervisor", "plan.of_talk", conversation=talk)["plan"]["version"] == 1
    (one,) = script.call("planning", "plan.get")["plan"]["suggestions"]
    script.call("planning", "plan.answer_suggestion", id=one["id"], accept=True)
    assert len(script.call("planning", "plan.versions")["versions"]) == 2
    script.call("planning", "plan.version", version=1)
    fresh = MasterKey("fresh", secrets.token_bytes(32))
    keys = [fresh, *script.resources.settings.master_keys]
    with script.resources.database.deadline(10):
        assert Vault(script.resources.database, keys).rewrap() > 2
        Vault(script.resources.database, keys).forget(script.ids["planning"])
        # Back to the key that the service itself has, or it would know no openid any more.
        Vault(script.resources.database, keys[::-1]).rewrap()


def _stories(script: Script) -> None:
    """A story is masked, published, answered, hugged, reported and taken back; one calls for help.

    Whoever wrote them erases everything, and an erasure that was left is finished by the sweep.
    """
    for who in ("author", "reader", "third", "fourth"):
        script.teen(who, CALM, openid=new_openid())
    words = {"title": "", "topic": "loss", "animal": "小鹿"}
    story, grave, own = new_cid(), new_cid(), new_cid()
    for one, text in ((story, CALM), (grave, IMMINENT), (own, CALM)):
        script.call("author", "story.save", story=one, edit=1, text=text, **words)
        script.call("author", "story.send", story=one, edit=1)
    script.call("author", "story.talk", story=grave)
    script.sweep(SECOND)
    (item, _) = script.call("supervisor", "story.queue")["items"]
    for _ in range(2):
        item = script.call("supervisor", "story.take", kind="story", id=item["id"])["item"]
    seen = {"kind": "story", "id": item["id"], "version": item["version"]}
    masks = [{"start": 0, "end": 2}]
    item = script.call("supervisor", "story.decide", **seen, end="mask", masks=masks)["next"]
    script.call("supervisor", "story.put_back", kind="story", id=item["id"])
    script.sweep(SECOND)
    version = script.call("author", "story.mine")["stories"][-1]["version"]
    public = script.call("author", "story.agree", story=story, version=version)["story"]["public"]
    _read_by_others(script, public)
    script.call("author", "story.withdraw", story=story)
    window = {"from": script.clock() - MINUTE, "until": script.clock() + MINUTE}
    assert script.call("supervisor", "story.figures", **window)["decided"]["n"] == 1
    script.call("author", "story.erase_all")
    with script.resources.database.deadline(10):
        story_store.begin_erasure(script.resources.database, script.ids["reader"], script.clock())
    script.sweep(2 * MINUTE)


def _read_by_others(script: Script, public: str) -> None:
    for who in ("reader", "third", "fourth"):
        assert script.call(who, "story.feed", topic="loss", limit=5)["stories"]
        script.call(who, "story.hug", story=public, on=True)
        script.call(who, "story.report", story=public, reason="other")
    assert script.post("reader", "story.read", {"story": public}).status_code == 404
    version = script.call("supervisor", "story.take", kind="report", id=public)["item"]["version"]
    seen = {"kind": "report", "id": public, "version": version, "end": "publish"}
    script.call("supervisor", "story.decide", **seen)
    script.call("fourth", "story.hug", story=public, on=False)
    script.call("fourth", "story.answer", story=public, cid=new_cid(), text=CALM)
    script.call("counsellor", "story.answer_as_counsellor", story=public, cid=new_cid(), text=CALM)
    script.sweep(SECOND)
    assert script.call("reader", "story.read", story=public)["answers"]
    (given,) = script.call("fourth", "story.given", before=2**53)["answers"]
    script.call("fourth", "story.take_back", answer=given["cid"])
    script.call("supervisor", "story.queue")
    assert script.call("reader", "story.poll", since=1)["gone"] == [public]


def _pages(script: Script) -> None:
    """A page with a form is drawn, published, changed, read, rolled back and removed."""
    form = drawn.block("b", "Form", attributes={"formId": "walk", "fields": []})
    content = drawn.page("teen_walk", drawn.text("a"), form)
    for revision in range(2):
        script.call("coordinator", "pages.check", content=content)
        body: Body = {"page": "teen_walk", "content": content, "revision": revision}
        script.call("coordinator", "pages.save", **body)
        script.call("coordinator", "pages.publish", page="teen_walk", revision=revision + 1)
    script.call("coordinator", "pages.roll_back", page="teen_walk", version=1)
    script.call("reader", "pages.open", page="teen_walk")
    assert script.call("reader", "pages.manifest")["pages"]
    with script.resources.database.deadline(10):
        assert pages.live_form(script.resources, "teen", "teen_walk", "walk")["fields"] == []
    script.call("coordinator", "pages.save", page="teen_walk", content=content, revision=2)
    script.call("coordinator", "pages.discard", page="teen_walk", revision=3)
    for action in ("list", "templates", "source"):
        script.call("supervisor", f"pages.{action}")
    for action in ("read", "versions"):
        script.call("supervisor", f"pages.{action}", page="teen_walk")
    script.call("coordinator", "pages.remove", page="teen_walk")


def _forms(script: Script) -> None:
    """A form with two places and a photo is answered, seen, taken back, answered again."""
    photo = {"name": "photo", "title": "照片", "type": "photo"}
    content = page_of({"fields": [*FIELDS, photo], "places": 2, "once": True})
    page = content["id"]
    script.call("coordinator", "pages.save", page=page, content=content, revision=0)
    script.call("coordinator", "pages.publish", page=page, revision=1)
    told = answer(page, photo=[0])
    parts = in_parts(small_picture())
    for part, data in enumerate(parts):
        whole: Body = {"cid": told["cid"], "index": 0, "part": part, "parts": len(parts)}
        script.call("reader", "forms.picture", **whole, data=data)
    script.call("reader", "forms.send", **told)
    script.call("third", "forms.send", **answer(page, more=IMMINENT))
    assert script.post("fourth", "forms.send", answer(page)).status_code == 409
    assert script.call("reader", "forms.count", page=page, form="sign_up")["places_left"] == 0
    seen = script.call("coordinator", "forms.answers", page=page, form="sign_up")["answers"]
    (with_photo,) = [one["answer"] for one in seen if one["pictures"]]
    script.call("supervisor", "forms.answer_picture", answer=with_photo, index=0)
    _looked_at(script)
    assert script.call("reader", "forms.mine")["answers"]
    script.call("reader", "forms.withdraw", cid=told["cid"])
    script.call("reader", "forms.send", **answer(page))
    with script.resources.database.deadline(10):
        database, at = script.resources.database, script.clock()
        forms_store.later(database, "nobody:none", at)
        forms_store.worry_later(database, "nobody:none", at)
    script.sweep(2 * MINUTE)


def _looked_at(script: Script) -> None:
    """WeChat fetches the photo and tells what it sees."""
    before = set(script.wechat.media)
    script.sweep(SECOND)
    (trace,) = set(script.wechat.media) - before
    ticket = str(script.wechat.media[trace]["media_url"]).rpartition("/")[2]
    with script.resources.database.deadline(10):
        forms_store.begin_check(script.resources.database, "nobody:none", {"check": {}})
        assert forms.picture_for_wechat(script.resources, ticket)[0] == "jpeg"
        assert forms.picture_told(script.resources, trace, Verdict("pass", 100, trace))


def _letters(script: Script) -> None:
    """Nobody takes the notices, so they become dead letters."""
    for _ in range(outbox.MOST_TRIES):
        script.clock.passed += outbox.LONGEST_PAUSE + SECOND
        with script.resources.database.deadline(30):
            outbox.deliver(script.resources, lambda _talk, _notice: "timeout")
    (first, second, *_) = script.call("supervisor", "desk.outbox")["letters"]
    script.call("supervisor", "desk.outbox_retry", key=first["key"])
    script.call("supervisor", "desk.outbox_close", key=second["key"], reason="打过电话了")


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    """A listener of every client that is made after it."""
    made = Recorder()
    monitoring.register(made)
    return made


@pytest.fixture(scope="module")
def played(recorder: Recorder, resources: Resources, wechat_served: FakeWeChat) -> Iterator[Script]:
    """The script, played to its end while both stores are watched."""
    with pytest.MonkeyPatch.context() as patch:
        for store in STORES:
            for name, function in functions(store).items():
                patch.setattr(store, function.__name__, recorder.watched(name, function))
        # The reader is loaded before, as a service does, so that no request has to wait for it.
        nlp.assess(CALM)
        script = Script(resources, wechat_served)
        try:
            play(script)
        except BaseException:
            script.resources.database.close()
            raise
    yield script
    script.resources.database.close()


def functions(store: ModuleType) -> dict[str, Callable[..., Any]]:
    """The public functions that a store itself defines, by 'feature.function'."""
    feature = store.__name__.removeprefix("cloudfunctions.").removesuffix(".store")
    return {
        f"{feature}.{name}": function
        for name, function in inspect.getmembers(store, inspect.isfunction)
        if function.__module__ == store.__name__ and not name.startswith("_")
    }


def explained(resources: Resources, query: Query, clause: Mapping[str, Any]) -> set[str]:
    """The stages by which the server finds what the clause asks for."""
    database = resources.database.collection(query.collection).database
    command = {"find": query.collection, "filter": dict(clause)}
    with resources.database.deadline(10):
        answer = database.command("explain", command, verbosity="queryPlanner")
    found: set[str] = set()
    plan = answer["queryPlanner"]["winningPlan"]
    while plan is not None:
        found.add(plan["stage"])
        plan = plan.get("inputStage")
    return found


def is_served(resources: Resources, query: Query) -> bool:
    """Whether an index serves the filter, or one of its clauses."""
    clauses = [query.filter, *({name: value} for name, value in query.filter.items())]
    return any("COLLSCAN" not in explained(resources, query, one) for one in clauses)


def test_every_action_and_every_query_of_the_stores_was_asked(
    played: Script, recorder: Recorder
) -> None:
    assert set(REGISTRY.actions) - played.called == set()
    stores = [name for store in STORES for name in functions(store)]
    missing = {name for name in stores if name.partition(".")[2] not in NO_DATABASE}
    assert missing - recorder.called == set()
    assert recorder.unknown == set(), "commands whose filters nobody looked at"


def test_every_query_rides_an_index(played: Script, recorder: Recorder) -> None:
    assert len(recorder.queries) > 30
    scans = [
        f"{one.asked_by}: {one.collection} {one.shape}"
        for key, one in recorder.queries.items()
        if key not in ALLOWED and not is_served(played.resources, one)
    ]
    assert scans == []


def test_what_may_scan_is_asked_for_and_does_scan(played: Script, recorder: Recorder) -> None:
    """An exception that is needed no more has to go."""
    for key in ALLOWED:
        assert not is_served(played.resources, recorder.queries[key])


def test_a_scan_would_be_seen(played: Script) -> None:
    for unindexed in ({"closed_by": "teen"}, {"risk.level": 3, "speaker": "ai"}):
        query = Query("conversations", shape_of(unindexed), unindexed, "this test")
        assert not is_served(played.resources, query)
