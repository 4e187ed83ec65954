"""A scripted talk through real HTTP against the running service, printed as it happens.

It ends with exit status 1 at the first thing that is not as it should be. It refuses to run while
real teens wait, because its listener would take one of them.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import requests

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources
from cloudfunctions.local.place import State
from cloudfunctions.local.stack import resources_of

SECOND = 1.0
Answer = dict[str, Any]


class NotAsItShouldBeError(Exception):
    """Something in the talk went wrong; the message says what was expected."""


class Person:
    """Someone with a device, calling actions."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self.device = secrets.token_urlsafe(32)
        self.seconds = 0.0

    def call(self, action: str, **body: object) -> Answer:
        """Call `action`; the answer's data, and the time it took in `seconds`."""
        started = time.perf_counter()
        answer = self._session.post(f"{self._address}/api/{action}", json=body, timeout=30)
        self.seconds = time.perf_counter() - started
        content = answer.json()
        if answer.status_code != 200:
            code = content["error"]["code"]
            raise NotAsItShouldBeError(f"{action} answered {answer.status_code} {code}")
        data: Answer = content["data"]
        if "token" in data:
            self._session.headers["Authorization"] = f"Bearer {data['token']}"
        return data


def main(state: State, environment: dict[str, str]) -> int:
    """Play the talk; exit status 0 if all was as it should be."""
    resources = resources_of(environment)
    staff: list[str] = []
    try:
        _play(state.address, resources, staff)
    except (NotAsItShouldBeError, requests.RequestException) as error:
        print(f"\n  NOT as it should be: {error}")
        return 1
    finally:
        with resources.database.deadline(10):
            for member in staff:
                account.dismiss(resources, member)
        resources.database.close()
    print("\n  The talk ran to its end, and everything was as it should be.")
    return 0


def _play(address: str, resources: Resources, staff: list[str]) -> None:
    listener = _join(address, resources, "listener", "小鹿", staff)
    waiting = listener.call("desk.queue")["queue"]
    if waiting["listener"] or waiting["counsellor"]:
        raise NotAsItShouldBeError("teens are waiting; the demo would take one of them")
    teen = Person(address)
    teen.call("account.sign_in", device=teen.device)
    entered = teen.call("chat.enter")
    talk = entered["conversation"]["id"]
    for message in entered["messages"]:
        _line("AI", message["text"])

    _say(teen, talk, "在吗 今天下大雨了", card=False)
    _say(teen, talk, "最近好累，不想上学了", card=False)
    _say(teen, talk, "我把药都攒够了，今晚就吃", card=True)

    listener.call("desk.status", status="available")
    heads = listener.call("desk.queue")["queue"]["heads"]
    _expect(bool(heads) and heads[0]["id"] == talk, "the talk stands at the head of the queue")
    _expect(heads[0]["level"] == 3, "the queue shows level 3")
    claimed = listener.call("desk.next")
    _expect(claimed["conversation"]["id"] == talk, "the listener gets this talk")
    _levels(claimed["messages"])
    _note(f"暖心师 takes over, {listener.seconds * 1000:.0f} ms; card: {_card(claimed)}")
    _tell(listener, teen, talk, "我是小鹿，我看到你说的了。药现在在你身边吗？")
    _say(teen, talk, "在抽屉里", card=None, ai=False)

    listener.call(
        "desk.hand_over", conversation=talk, tier="counsellor", note="药在抽屉里，愿意继续说"
    )
    _note("暖心师 hands over to a 咨询师, with a note")
    counsellor = _join(address, resources, "counsellor", "林老师", staff)
    counsellor.call("desk.status", status="available")
    claimed = counsellor.call("desk.next")
    _expect(claimed["conversation"]["id"] == talk, "the counsellor gets this talk")
    _expect("抽屉" in claimed["conversation"]["note"], "the note came along")
    _tell(counsellor, teen, talk, "小鹿都告诉我了，你不用再讲一遍。我们先把药拿远一点，好吗？")
    _say(teen, talk, "嗯 我交给奶奶了", card=None, ai=False)

    form = {
        "risk": "D",
        "topics": ["study"],
        "actions": ["listened"],
        "referral": "",
        "note": "",
        "follow_up_days": 2,
    }
    counsellor.call("desk.close", conversation=talk, form=form)
    ended = teen.call("chat.poll", conversation=talk, after=0)
    _expect(ended["conversation"]["state"] == "closed", "the teen sees that the talk has ended")
    numbers = [message["seq"] for message in ended["messages"]]
    _expect(numbers == list(range(1, len(numbers) + 1)), "every message is there, in order")
    _note(f"closed with its form; {len(numbers)} messages, none missing")


def _join(address: str, resources: Resources, role: str, name: str, staff: list[str]) -> Person:
    with resources.database.deadline(10):
        resources.database.prepare()
        code = account.invite(resources, role, "demo").invitation
    person = Person(address)
    joined = person.call("account.join", invitation=code, device=person.device, name=name)
    staff.append(joined["id"])
    return person


def _say(teen: Person, talk: str, text: str, *, card: bool | None, ai: bool = True) -> None:
    sent = teen.call("chat.send", conversation=talk, cid=secrets.token_urlsafe(12), text=text)
    _line("teen", text)
    after = sent["message"]["seq"]
    answers = [m for m in sent["messages"] if m["seq"] > after]
    for answer in answers:
        _line("AI" if answer["from"] == "ai" else answer["from"], answer["text"])
    _note(f"stored, read and answered in {teen.seconds * 1000:.0f} ms")
    _expect(teen.seconds < SECOND, "the answer comes within a second")
    _expect(any(m["from"] == "ai" for m in answers) == ai, "the AI speaks only while alone")
    if card is not None:
        shown = any(m["kind"] == "safety_card" for m in answers)
        _expect(shown == card, f"safety card: {card}")
    _expect("risk" not in sent["message"], "the teen is shown no level")


def _tell(person: Person, teen: Person, talk: str, text: str) -> None:
    sent = person.call("desk.send", conversation=talk, cid=secrets.token_urlsafe(12), text=text)
    seq = sent["message"]["seq"]
    started = time.perf_counter()
    heard = teen.call("chat.poll", conversation=talk, after=seq - 1, wait=5)
    seconds = time.perf_counter() - started
    _line(heard["conversation"]["speaker_name"], text)
    _expect(any(m["seq"] == seq for m in heard["messages"]), "the teen hears the person")
    _expect(seconds < SECOND, "within a second")


def _levels(messages: list[Answer]) -> None:
    levels = [str(m["risk"]["level"]) for m in messages if m["from"] == "teen"]
    _note(f"levels read, message by message: {' '.join(levels)}")
    _expect(levels[-1:] == ["3"], "the last message is read as level 3")
    _expect(levels[:1] == ["0"], "small talk is read as level 0")


def _card(claimed: Answer) -> str:
    card = claimed["conversation"]["card"]
    return " / ".join(card["quotes"]) or card["happened"]


def _line(who: str, text: str) -> None:
    print(f"  {who:>10} │ {text}", flush=True)


def _note(words: str) -> None:
    print(f"             · {words}", flush=True)


def _expect(good: bool, words: str) -> None:
    if not good:
        raise NotAsItShouldBeError(f"expected: {words}")
