"""The rota: who is on call for which step, and what of it they then see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.resources import Resources
from tests.contract.crew import IMMINENT, error_of
from tests.contract.passing import let_pass
from tests.contract.test_alerts import seen
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]

pytestmark = pytest.mark.usefixtures("empty_queue")


@pytest.fixture
def counsellor(staff: Staffing) -> Staff:
    """A counsellor on duty."""
    return staff("counsellor").available()


@pytest.fixture
def supervisor(staff: Staffing) -> Staff:
    """A supervisor on duty."""
    return staff("supervisor").available()


@pytest.fixture
def no_rota(resources: Resources) -> Iterator[None]:
    """No rota after the test, as there was none before it."""
    yield
    with resources.database.deadline(10):
        resources.database.collection("rota").delete_many({})


@pytest.fixture
def alarmed(teen: Teen) -> Teen:
    """A teen whose words have just raised an alert."""
    teen.send(IMMINENT)
    return teen


def shift(member: Staff, step: int, since: int, until: int) -> Body:
    """A row of the rota."""
    return {"staff": member.id, "step": step, "from": since, "until": until}


def risks(alerts: list[Body]) -> int:
    """How many of these were raised by grave words."""
    return [one["kind"] for one in alerts].count("risk")


@pytest.mark.usefixtures("no_rota")
def test_the_rota_decides_who_is_on_call_for_which_step(
    alarmed: Teen, staff: Staffing, supervisor: Staff, resources: Resources
) -> None:
    first, third, other = (staff("counsellor") for _ in range(3))
    now = resources.now()
    rows = [
        shift(first, 1, now - HOUR, now + HOUR),
        shift(third, 3, now - HOUR, now + HOUR),
        shift(other, 1, now - 2 * HOUR, now - HOUR),
        shift(other, 1, now + HOUR, now + 2 * HOUR),
    ]
    assert supervisor.call("account.set_rota", entries=rows)["entries"] == rows
    assert supervisor.call("account.rota")["entries"] == rows
    for minutes, expected in ((0.1, (1, 0, 0)), (2.1, (1, 0, 0)), (2.1, (1, 1, 0))):
        let_pass(resources, alarmed.talk, minutes)
        assert tuple(risks(seen(member)) for member in (first, third, other)) == expected
        assert risks(seen(supervisor)) == 1, "a supervisor sees all"


@pytest.mark.usefixtures("no_rota")
def test_on_call_for_one_step_one_sees_the_alerts_of_that_step_alone(
    running: Copy, staff: Staffing, supervisor: Staff, resources: Resources
) -> None:
    """The talk has two alerts, one of them grown old."""
    first, third, now = staff("counsellor"), staff("counsellor"), resources.now()
    rows = [shift(first, 1, now - HOUR, now + HOUR), shift(third, 3, now - HOUR, now + HOUR)]
    supervisor.call("account.set_rota", entries=rows)
    teen = Teen(running.address)
    teen.send(IMMINENT)
    for _ in range(3):
        let_pass(resources, teen.talk, 2.1)
    assert {one["step"] for one in seen(supervisor)} > {3}
    assert {one["step"] for one in seen(third)} == {3}


@pytest.mark.usefixtures("no_rota")
def test_a_step_whose_people_have_left_is_everybodys(
    alarmed: Teen, staff: Staffing, supervisor: Staff, counsellor: Staff, resources: Resources
) -> None:
    left, now = staff("counsellor"), resources.now()
    rows = [shift(left, 1, now - HOUR, now + HOUR)]
    supervisor.call("account.set_rota", entries=rows)
    assert seen(counsellor) == []
    supervisor.call("desk.dismiss", member=left.id)
    assert len(seen(counsellor)) == 1


@pytest.mark.usefixtures("no_rota")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"until": 1}, "ends before it begins"),
        ({"until": "from"}, "has no time in it"),
        ({"staff": "A" * 22}, "names nobody"),
        ({"staff": "listener"}, "names one who sees no alerts"),
        ({"staff": "coordinator"}, "names one who has no desk"),
        ({"step": 0}, "is no step"),
        ({"step": 4}, "is no step"),
        ({"from": -1}, "is no time"),
        ({"from": "morgen"}, "is no time"),
        ({"note": "x"}, "has a field too many"),
    ],
)
def test_a_bad_row_is_refused_and_the_rota_stays(
    staff: Staffing,
    supervisor: Staff,
    counsellor: Staff,
    resources: Resources,
    wrong: Body,
    says: str,
) -> None:
    now = resources.now()
    good = shift(counsellor, 1, now, now + HOUR)
    supervisor.call("account.set_rota", entries=[good])
    bad = {**good, **wrong}
    if bad["until"] == "from":
        bad["until"] = bad["from"]
    if bad["staff"] in ("listener", "coordinator"):
        bad["staff"] = staff(bad["staff"]).id
    body = {"entries": [good, bad]}
    assert error_of(supervisor, "account.set_rota", body) == (400, "bad_request"), says
    assert supervisor.call("account.rota")["entries"] == [good]


@pytest.mark.usefixtures("no_rota")
def test_only_those_who_lead_make_the_rota(staff: Staffing, teen: Teen) -> None:
    for caller in (staff("listener"), staff("counsellor"), teen):
        assert error_of(caller, "account.rota", {}) == (403, "forbidden")
        assert error_of(caller, "account.set_rota", {"entries": []}) == (403, "forbidden")
    assert staff("coordinator").call("account.set_rota", entries=[])["entries"] == []
