"""Words written outside a talk come into it once, whatever happens between, and call a person.

The features that call `worry` and `bring` (story, mood) have tests of their own over HTTP; here the
service is called through a door of the test's own to the database of the running copy, and what
came of it is looked at over HTTP, as teens and staff see it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import pytest
from pymongo.errors import PyMongoError

import nlp
from cloudfunctions.app import INDEXES
from cloudfunctions.chat import service as chat
from cloudfunctions.chat.brought import Kind, Origin
from cloudfunctions.common.errors import NotFound, Unauthenticated
from cloudfunctions.common.identity import Caller as Identified
from cloudfunctions.common.identity import Role
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.local.place import Place
from tests.contract.crew import CALM, IMMINENT, at_once, eventually, stored
from tests.contract.passing import lose_lease, sweep_now, texts
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen
from tests.support.proxy import MongoProxy

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")

LOW = "这次考砸了，躲在被子里哭了一晚，觉得自己什么都做不好"
"""Read at level 1."""


def origin(kind: Kind = "story") -> Origin:
    """Something new that a teen wrote."""
    return {"kind": kind, "id": secrets.token_urlsafe(12)}


def worry(door: Resources, teen: Teen, of: Origin, text: str = IMMINENT) -> str:
    """What a feature does with grave words; the id of the talk they came into."""
    with door.database.deadline(20):
        return chat.worry(door, teen.id, of, text, nlp.assess(text)).conversation.id


def worry_until_done(door: Resources, teen: Teen, of: Origin) -> str:
    """What a feature's sweep does: it comes again for as long as the database fails it."""

    def tried() -> str:
        try:
            return worry(door, teen, of)
        except PyMongoError:
            return ""

    return eventually(tried, 20)


def bring(door: Resources, teen: Teen, of: Origin, text: str) -> chat.Page:
    """What a feature does when the teen says yes to the offer."""
    with door.database.deadline(20):
        return chat.bring(door, teen.id, of, text, nlp.assess(text))


def talks_of(resources: Resources, teen: Teen) -> list[Body]:
    """Every talk of a teen as the database has it, the first one first."""
    with resources.database.deadline(10):
        found = list(resources.database.collection("conversations").find({"teen": teen.id}))
    return sorted(found, key=lambda one: int(one["clocks"]["opened"]))


def cards(document: Body) -> int:
    """How many safety cards stand in a talk."""
    return sum(one["kind"] == "safety_card" for one in document["messages"])


def assert_one_effect(resources: Resources, teen: Teen) -> Body:
    """In all the teen's talks together there is one card, one alert, one notice; the talk."""
    found = talks_of(resources, teen)
    hit = [one for one in found if one.get("origins")]
    assert len(hit) == 1
    (talk,) = hit
    assert len(talk["origins"]) == 1
    assert cards(talk) == 1
    assert [one["kind"] for one in talk["alerts"]] == ["risk"]
    assert sum("words" in one for one in talk["messages"]) == 1
    assert [one["source"] for one in talk["risk_events"]] == ["story"]
    assert [one["seq"] for one in talk["messages"]] == list(range(1, talk["seq"] + 1))
    return talk


def test_grave_words_become_a_talk_at_the_head_of_the_queue(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    calm = Teen(teen.address)
    calm.send(CALM)
    calm.call("chat.ask_person", conversation=calm.talk)
    counsellor = staff("counsellor").available()
    assert worry(resources, teen, origin()) == teen.talk
    desk = counsellor.call("desk.poll")
    assert desk["queue"]["heads"][0]["id"] == teen.talk
    assert [one["conversation"] for one in desk["alerts"]] == [teen.talk]
    talk = counsellor.take()
    assert talk is not None
    assert talk["id"] == teen.talk
    assert (talk["level"], talk["tier"]) == (3, "counsellor")
    assert talk["brought"] == {
        "kind": "story", "text": IMMINENT, "at": talk["brought"]["at"], "earlier": []
    }  # fmt: skip
    assert IMMINENT in talk["card"]["quotes"]


def test_the_teen_sees_a_warm_word_and_the_card_and_no_level(
    teen: Teen, resources: Resources
) -> None:
    worry(resources, teen, origin("mood"))
    view = teen.poll()
    assert view["conversation"]["brought"] == {"kind": "mood"}
    assert view["conversation"]["waiting"]["position"] >= 1
    assert view["conversation"]["safety"] is True
    assert [one["kind"] for one in view["messages"][-2:]] == ["notice", "safety_card"]
    assert "正在请一位真人来陪你" in view["messages"][-2]["text"]
    assert all("risk" not in one and "words" not in one for one in view["messages"])
    assert IMMINENT not in str(view)


def test_no_talk_is_needed_for_it(running: Copy, resources: Resources) -> None:
    teen = Teen(running.address)
    teen.call("chat.leave", conversation=teen.talk)
    opened = worry(resources, teen, origin())
    assert opened != teen.talk
    assert teen.call("chat.enter")["conversation"]["id"] == opened
    assert_one_effect(resources, teen)


def test_the_same_again_and_again_at_once_is_one_effect(teen: Teen, resources: Resources) -> None:
    of = origin()
    assert set(at_once(8, lambda _: worry(resources, teen, of))) == {teen.talk}
    assert worry(resources, teen, of) == teen.talk
    assert_one_effect(resources, teen)


def test_at_once_without_a_talk_opens_one(running: Copy, resources: Resources) -> None:
    teen = Teen(running.address)
    teen.call("chat.leave", conversation=teen.talk)
    of = origin()
    assert len(set(at_once(8, lambda _: worry(resources, teen, of)))) == 1
    assert_one_effect(resources, teen)
    assert len(talks_of(resources, teen)) == 2


def test_two_processes_at_once_are_one_effect(
    teen: Teen, running: Copy, resources: Resources
) -> None:
    doors = [running.resources() for _ in range(3)]
    of = origin()
    assert set(at_once(6, lambda n: worry(doors[n % 3], teen, of))) == {teen.talk}
    assert_one_effect(resources, teen)
    for door in doors:
        door.database.close()


def test_after_the_talk_has_ended_the_same_stays_one(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    of = origin()
    worry(resources, teen, of)
    counsellor = staff("counsellor").available()
    assert counsellor.take() is not None
    counsellor.close(teen.talk, "D")
    assert worry(resources, teen, of) == teen.talk
    assert_one_effect(resources, teen)
    assert len(talks_of(resources, teen)) == 1


def test_other_words_under_the_same_id_are_a_new_cry(teen: Teen, resources: Resources) -> None:
    of = origin()
    worry(resources, teen, of)
    worry(resources, teen, of, f"{IMMINENT}，遗书也写好了")
    document = stored(resources, teen.talk)
    assert len(document["origins"]) == 2
    assert cards(dict(document)) == 2
    assert [one["kind"] for one in document["alerts"]] == ["risk"], "one while it is open"


def test_the_talk_ends_while_it_comes(running: Copy, resources: Resources) -> None:
    """Leaving and worry at once: whichever is first, the words end in an open talk."""
    for _ in range(12):
        teen = Teen(running.address)
        of = origin()

        def either(number: int, teen: Teen = teen, of: Origin = of) -> None:
            if number:
                worry(resources, teen, of)
            else:
                teen.call("chat.leave", conversation=teen.talk)

        at_once(3, either)
        talk = assert_one_effect(resources, teen)
        assert talk["state"] == "open"
        assert talk["waiting"]["tier"] == "counsellor"


def test_whoever_holds_the_talk_owns_the_alert(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    teen.send(CALM)
    teen.call("chat.ask_person", conversation=teen.talk)
    listener = staff("listener").available()
    assert listener.take() is not None
    worry(resources, teen, origin())
    desk = listener.call("desk.poll", conversation=teen.talk)
    assert desk["conversation"]["mine"]
    assert desk["conversation"]["brought"]["text"] == IMMINENT
    assert [one["mine"] for one in desk["alerts"]] == [True]
    assert "陪你的人也看得到" in teen.poll()["messages"][-2]["text"]
    assert teen.poll()["conversation"]["waiting"] is None
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    assert stored(resources, teen.talk)["waiting"]["tier"] == "counsellor"


def test_who_had_left_is_back(teen: Teen, staff: Staffing, resources: Resources) -> None:
    teen.send("我不想活了")
    teen.call("chat.leave", conversation=teen.talk)
    worry(resources, teen, origin())
    counsellor = staff("counsellor").available()
    assert counsellor.call("desk.poll")["queue"]["heads"][0]["teen_left"] is False


def test_what_is_said_next_is_read_in_its_light(teen: Teen, resources: Resources) -> None:
    other = Teen(teen.address)
    worry(resources, teen, origin())
    for one in (teen, other):
        one.send("在吗")
    read = [stored(resources, one.talk)["messages"][-2] for one in (teen, other)]
    assert [one["text"] for one in read] == ["在吗", "在吗"]
    assert [one["risk"]["level"] for one in read] == [3, 0]


def test_an_offer_that_was_accepted(teen: Teen, staff: Staffing, resources: Resources) -> None:
    of, text = origin(), LOW + "。" + "今天也一样。" * 600
    assert len(text) > 3_000
    page = at_once(4, lambda _: bring(resources, teen, of, text))[0]
    assert page.conversation.id == teen.talk
    assert page.conversation.waiting is not None
    assert page.messages[-1].from_ == "ai"
    bring(resources, teen, of, text)
    document = stored(resources, teen.talk)
    assert len(document["origins"]) == 1
    assert document["waiting"]["tier"] == "listener"
    assert len(str(dict(document))) < 8_000, "the words lie apart, whatever their length"
    listener = staff("listener").available()
    talk = listener.take()
    assert talk is not None
    assert talk["brought"]["text"] == text


def test_a_high_risk_that_is_brought_waits_for_a_counsellor(
    teen: Teen, resources: Resources
) -> None:
    bring(resources, teen, origin(), "我不想活了")
    document = stored(resources, teen.talk)
    assert document["waiting"]["tier"] == "counsellor"
    assert document["risk"]["level"] == 2
    assert "alerts" not in document


def test_yes_after_worry_is_the_same_talk_and_later_a_new_one(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    of = origin()
    worry(resources, teen, of)
    assert bring(resources, teen, of, IMMINENT).conversation.id == teen.talk
    assert_one_effect(resources, teen)
    counsellor = staff("counsellor").available()
    assert counsellor.take() is not None
    counsellor.close(teen.talk, "D")
    again = bring(resources, teen, of, IMMINENT).conversation
    assert again.id != teen.talk
    assert again.state == "open"
    assert again.waiting is not None


def test_what_came_earlier_is_still_to_be_read(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    bring(resources, teen, origin("story"), LOW)
    worry(resources, teen, origin("mood"))
    counsellor = staff("counsellor").available()
    talk = counsellor.take()
    assert talk is not None
    assert (talk["brought"]["kind"], talk["brought"]["text"]) == ("mood", IMMINENT)
    assert [one["text"] for one in talk["brought"]["earlier"]] == [LOW]


@pytest.fixture
def proxy(running: Copy) -> Iterator[MongoProxy]:
    """What stands between one door and the database."""
    with MongoProxy.before(running.state().database_uri) as found:
        yield found


@pytest.fixture
def broken_door(running: Copy, proxy: MongoProxy) -> Iterator[Resources]:
    """A door that leads through the proxy."""
    place = Place.from_environment(running.environment)
    environment = place.environment(proxy.uri(running.state().database_uri))
    found = Resources.build(Settings.from_environment(environment), INDEXES)
    yield found
    found.database.close()


@pytest.mark.parametrize("talking", [True, False])
@pytest.mark.parametrize("collection", ["conversations", "brought"])
@pytest.mark.parametrize(("fault", "code"), [("cut", 0), ("unconfirmed", 64), ("rolled back", 91)])
def test_the_database_is_cut_between(
    running: Copy, resources: Resources, broken_door: Resources, proxy: MongoProxy, fault: str,
    code: int, collection: str, talking: bool,
) -> None:  # fmt: skip
    """Each write in turn is broken; the caller comes again, as a sweep does, until it is done."""
    teen = Teen(running.address)
    if not talking:
        teen.call("chat.leave", conversation=teen.talk)
    of = origin()
    proxy.collection, proxy.fault, proxy.code, proxy.times = collection, fault, code, 1
    worry_until_done(broken_door, teen, of)
    assert proxy.times == 0, "no write was broken"
    assert_one_effect(resources, teen)


def test_who_comes_late_finds_it_in_a_talk_that_has_ended(
    teen: Teen, staff: Staffing, resources: Resources, broken_door: Resources, proxy: MongoProxy
) -> None:
    """One call looks, stands still while another brings it and the talk is closed, and goes on."""
    of = origin()
    counsellor = staff("counsellor").available()
    with broken_door.database.deadline(10):
        broken_door.database.collection("schema").find_one({})  # Connected before it gets slow.
    proxy.delay = 0.7

    def either(number: int) -> str:
        if number:
            return worry_until_done(broken_door, teen, of)
        time.sleep(0.85)
        proxy.stopped = True
        found = worry(resources, teen, of)
        assert counsellor.take() is not None
        counsellor.close(found, "D")
        proxy.stopped, proxy.delay = False, 0.0
        return found

    assert at_once(2, either) == [teen.talk, teen.talk]
    assert_one_effect(resources, teen)


def test_another_feature_asks_whose_talk_it_is(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    teen.send(CALM)
    teen.call("chat.ask_person", conversation=teen.talk)
    holder, other = staff("listener").available(), staff("counsellor").available()

    def look(member: Staff, talk: str, role: Role) -> str:
        with resources.database.deadline(10):
            return str(chat.staff_talk(resources, Identified(member.id, role), talk)["_id"])

    with pytest.raises(NotFound) as early:
        look(holder, teen.talk, "listener")
    assert holder.take() is not None
    assert look(holder, teen.talk, "listener") == teen.talk
    with pytest.raises(NotFound) as foreign:
        look(other, teen.talk, "counsellor")
    with pytest.raises(NotFound) as absent:
        look(other, "no-such-talk", "counsellor")
    assert str(early.value) == str(foreign.value) == str(absent.value)
    with pytest.raises(Unauthenticated):
        look(holder, teen.talk, "supervisor")
    worry(resources, teen, origin())
    lose_lease(resources, teen.talk)
    sweep_now(resources)
    alert = other.call("desk.poll")["alerts"][0]
    other.call("desk.acknowledge", conversation=teen.talk, alert=alert["id"])
    assert look(other, teen.talk, "counsellor") == teen.talk, "who looks after its alert watches it"


def test_another_feature_adds_a_notice_once(
    teen: Teen, staff: Staffing, resources: Resources
) -> None:
    teen.send(CALM)
    teen.call("chat.ask_person", conversation=teen.talk)
    holder = staff("listener").available()
    assert holder.take() is not None
    caller = Identified(holder.id, "listener")

    def tell(_: int) -> None:
        with resources.database.deadline(10):
            chat.staff_notice(resources, caller, teen.talk, "plan-12345678", "有一条新的建议。")

    at_once(6, tell)
    assert texts(teen.transcript()).count("有一条新的建议。") == 1
    holder.close(teen.talk)
    with pytest.raises(NotFound):
        tell(0)
