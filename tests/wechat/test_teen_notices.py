"""Telling a teen who is away that somebody came: one yes is one message, and never why."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator

import flask
import pytest

from cloudfunctions.app import create_app
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.resources import Resources
from cloudfunctions.duty.service import sweep_wechat
from tests.contract.crew import IMMINENT, at_once, error_of, eventually, stored
from tests.contract.passing import lose_lease
from tests.fakes.wechat import CUSTOMER, SUBSCRIBE, FakeWeChat
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid
from tests.wechat.people import visits

Staffing = Callable[..., Staff]

WORDS = "有人来陪你了"


@pytest.fixture
def listener(staff: Staffing) -> Staff:
    """A listener on duty."""
    return staff("listener", "小鹿").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """Who sees what was not delivered."""
    return staff("supervisor")


class Visitor(Teen):
    """A teen in WeChat who waits for a person."""

    def __init__(self, copy: Copy, wechat: FakeWeChat) -> None:
        super().__init__(copy.address)
        self.openid = visits(wechat, self)
        self._wechat = wechat
        self.send("我说不出口的事")
        self.call("chat.ask_person", conversation=self.talk)

    def allows(self, cid: str = "") -> Body:
        """Say yes to one message, in WeChat and to us."""
        self._wechat.consent(self.openid, self._wechat.teen_template)
        body = {"conversation": self.talk, "cid": cid or new_cid()}
        view: Body = self.call("chat.allow_notice", **body)["conversation"]
        return view


@pytest.fixture
def teen(copy: Copy, wechat: FakeWeChat) -> Visitor:
    """The same."""
    return Visitor(copy, wechat)


def letters(door: Resources, talk: str) -> list[Body]:
    """What is to be told about a talk."""
    return list(stored(door, talk).get("outbox", []))


def pass_away(door: Resources, talk: str) -> None:
    """The teen has been away for long enough, and a try may be made now."""
    with door.database.deadline(10):
        talks = door.database.collection("conversations")
        past = door.now() - 1
        one = {"_id": talk, "wechat_at": {"$gt": 0}}
        talks.update_one(one, {"$set": {"outbox.0.next_try": past, "wechat_at": past}})


def told(door: Resources, wechat: FakeWeChat, talk: str) -> list[Body]:
    """Messages that reached somebody, once nothing more is to be told."""

    def look() -> bool:
        pass_away(door, talk)
        return not [one for one in letters(door, talk) if "dead_at" not in one]

    eventually(look, seconds=30)
    return list(wechat.sent)


# Asking


def test_who_waits_is_asked_for_a_yes_and_not_again_while_it_stands(
    copy: Copy, teen: Visitor, wechat: FakeWeChat, door: Resources
) -> None:
    calm = Teen(copy.address)
    assert calm.poll()["conversation"]["notice"] == ""
    assert teen.poll()["conversation"]["notice"] == wechat.teen_template
    cid = new_cid()
    assert teen.allows(cid)["notice"] == ""
    teen.allows(cid)
    assert stored(door, teen.talk)["notices"]["left"] == 1


def test_a_yes_is_the_teens_own_and_to_an_open_talk(
    copy: Copy, teen: Visitor, listener: Staff
) -> None:
    body = {"conversation": teen.talk, "cid": new_cid()}
    other = Teen(copy.address)
    assert error_of(other, "chat.allow_notice", body) == (404, "not_found")
    assert error_of(listener, "chat.allow_notice", body) == (403, "forbidden")
    listener.take()
    listener.close(teen.talk)
    assert error_of(teen, "chat.allow_notice", body) == (409, "closed")


# Telling


def test_a_teen_who_is_away_is_told_that_somebody_came_and_not_why(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    teen.allows()
    listener.take()
    (letter,) = letters(door, teen.talk)
    assert letter["next_try"] - letter["at"] == 20 * SECOND
    (message,) = told(door, wechat, teen.talk)
    assert (message["touser"], message["page"]) == (teen.openid, "pages/chat/index")
    values = {name: one["value"] for name, one in message["data"].items()}
    assert values["thing1"] == WORDS
    assert set(values) == {"thing1", "time2"}
    said = json.dumps(message, ensure_ascii=False)
    for secret in ("我说不出口的事", "小鹿", teen.id, teen.talk):
        assert secret not in said


def test_somebody_who_looks_is_not_disturbed_and_keeps_their_yes(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    teen.allows()
    listener.take()
    newest = teen.transcript()[-1]["seq"]
    teen.poll(after=newest)
    document = stored(door, teen.talk)
    assert (document["notices"]["left"], document["outbox"]) == (1, [])
    assert "wechat_at" not in document
    listener.say(teen.talk, "我在。")
    teen.send("嗯")
    assert letters(door, teen.talk) == []
    assert stored(door, teen.talk)["notices"]["left"] == 1
    assert not wechat.calls(SUBSCRIBE) or not wechat.sent


def test_a_poll_that_has_not_heard_of_it_yet_takes_nothing_back(
    teen: Visitor, listener: Staff, door: Resources
) -> None:
    teen.allows()
    before = teen.transcript()[-1]["seq"]
    listener.take()
    teen.poll(after=before)
    assert len(letters(door, teen.talk)) == 1


def test_words_to_somebody_away_are_told_once_until_they_have_been_back(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    for _ in range(3):
        teen.allows()
    listener.take()
    assert len(told(door, wechat, teen.talk)) == 1
    for words in ("在吗？", "我等你。"):
        listener.say(teen.talk, words)
    assert letters(door, teen.talk) == []
    teen.poll(after=teen.transcript()[-1]["seq"])
    listener.say(teen.talk, "慢慢说。")
    assert len(told(door, wechat, teen.talk)) == 2
    assert stored(door, teen.talk)["notices"]["left"] == 1


def test_one_yes_is_one_message(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    teen.allows()
    listener.take()
    told(door, wechat, teen.talk)
    teen.poll(after=teen.transcript()[-1]["seq"])
    listener.say(teen.talk, "我在。")
    assert letters(door, teen.talk) == []
    assert len(wechat.sent) == 1


def test_many_sweeps_at_once_use_one_yes_up(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    for _ in range(2):
        teen.allows()
    listener.take()
    pass_away(door, teen.talk)

    def swept(_: int) -> object:
        with door.database.deadline(30):
            return sweep_wechat(door)

    at_once(4, swept)
    told(door, wechat, teen.talk)
    assert stored(door, teen.talk)["notices"]["left"] == 1


def test_a_talk_that_lost_its_person_is_not_told_of(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    teen.allows()
    listener.take()
    listener.close(teen.talk)
    assert told(door, wechat, teen.talk) == []


# Not told


def test_an_answer_that_was_lost_is_no_second_message(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[SUBSCRIBE] = "lost"
    wechat.writes(teen.openid)
    teen.allows()
    listener.take()
    pass_away(door, teen.talk)
    eventually(lambda: letters(door, teen.talk)[0]["tries"] > 0, seconds=15)
    wechat.mode.clear()
    assert len(told(door, wechat, teen.talk)) == 1
    assert wechat.told == []


def test_without_consent_at_wechat_the_second_way_is_tried(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    teen.allows()
    wechat.consents.clear()
    wechat.writes(teen.openid)
    listener.take()
    assert told(door, wechat, teen.talk) == []
    (message,) = wechat.told
    assert message["text"]["content"].startswith(WORDS)


def test_where_neither_may_be_nothing_is_lost(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat, supervisor: Staff
) -> None:
    teen.allows()
    wechat.consents.clear()
    listener.take()
    assert told(door, wechat, teen.talk) == []
    assert wechat.calls(CUSTOMER) >= 1
    assert supervisor.call("desk.outbox")["letters"] == []
    assert listener.say(teen.talk, "我在。")["message"]["text"] == "我在。"
    assert "我在。" in [one["text"] for one in teen.transcript()]


@pytest.mark.parametrize("code", ["47003", "40037"])
def test_a_template_that_was_changed_on_the_platform_is_seen_by_a_supervisor(
    teen: Visitor,
    listener: Staff,
    door: Resources,
    wechat: FakeWeChat,
    supervisor: Staff,
    code: str,
) -> None:
    wechat.mode[SUBSCRIBE] = code
    wechat.writes(teen.openid)
    teen.allows()
    listener.take()
    told(door, wechat, teen.talk)
    (letter,) = supervisor.call("desk.outbox")["letters"]
    assert (letter["kind"], letter["fault"], letter["tries"]) == ("teen", "bad_template", 1)
    assert letter["key"].startswith(f"{teen.talk}:teen")
    assert len(wechat.told) == 1, "the teen is told by the second way"
    listener.say(teen.talk, "我在。")
    assert "我在。" in [one["text"] for one in teen.transcript()], "and not lost"
    wechat.mode.clear()
    supervisor.call("desk.outbox_retry", key=letter["key"])
    eventually(lambda: wechat.sent, seconds=15)


def test_it_is_tried_again_while_wechat_is_down(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    wechat.mode[SUBSCRIBE] = "45009"
    teen.allows()
    listener.take()
    pass_away(door, teen.talk)
    eventually(lambda: letters(door, teen.talk)[0]["tries"] > 0, seconds=15)
    (letter,) = letters(door, teen.talk)
    assert letter["fault"] == "quota"
    assert 0 < letter["next_try"] - door.now() <= 10 * MINUTE
    wechat.mode.clear()
    assert len(told(door, wechat, teen.talk)) == 1


# Nothing waits for WeChat


@pytest.fixture
def silent() -> Iterator[FakeWeChat]:
    """A WeChat of the test's own, so slow that nobody who waits for it comes back."""
    with FakeWeChat() as found:
        found.mode["*"] = "slow"
        yield found


@pytest.fixture
def at_hand(door: Resources, silent: FakeWeChat) -> Iterator[flask.Flask]:
    """The service in this very process, which has that one and no sweeps beside it."""
    settings = door.settings
    assert settings.wechat is not None
    other = dataclasses.replace(settings.wechat, base_url=silent.url)
    # On a busy machine the database may take longer than a request has; that is not asked here.
    app = create_app(dataclasses.replace(settings, wechat=other, request_seconds=10.0))
    yield app
    app.extensions["resources"].database.close()


def test_no_step_of_a_talk_asks_wechat(at_hand: flask.Flask, silent: FakeWeChat) -> None:
    """So a teen's words are as fast with a WeChat that takes 30 seconds as with none."""
    client, headers = at_hand.test_client(), dict[str, str]()

    def call(action: str, **body: object) -> Body:
        answer = client.post(f"/api/{action}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        data: Body = answer.get_json()["data"]
        return data

    headers["Authorization"] = f"Bearer {call('account.sign_in', device=new_cid() * 3)['token']}"
    talk = call("chat.enter")["conversation"]["id"]
    for text in ("今天天气不错", "最近一直睡不好，什么都不想做", IMMINENT):
        call("chat.send", conversation=talk, cid=new_cid(), text=text)
    call("chat.ask_person", conversation=talk)
    call("chat.allow_notice", conversation=talk, cid=new_cid())
    call("chat.poll", conversation=talk, after=0)
    call("chat.history", conversation=talk, before=3)
    call("chat.leave", conversation=talk)
    assert at_hand.extensions["resources"].wechat is not None
    assert silent.asked == []


def test_a_slow_wechat_keeps_no_lease_waiting(
    teen: Visitor, listener: Staff, door: Resources, wechat: FakeWeChat
) -> None:
    """What asks WeChat runs beside the sweep: a lost talk comes back all the same."""
    teen.allows()
    wechat.mode["*"] = "slow"
    listener.take()
    pass_away(door, teen.talk)
    asked = len(wechat.asked)
    eventually(lambda: len(wechat.asked) > asked, seconds=15)
    lose_lease(door, teen.talk)
    eventually(lambda: "claim" not in stored(door, teen.talk), seconds=5)
