"""The second factor of who leads: set up once, asked for in a browser, shut by guessing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.account import totp
from cloudfunctions.app import REGISTRY
from cloudfunctions.common.clock import MINUTE, SECOND
from cloudfunctions.common.function import Request, dispatch
from cloudfunctions.common.identity import HALF_IN, LEADS, STAFF
from cloudfunctions.common.limits import Limiter
from cloudfunctions.common.payload import encode
from cloudfunctions.common.resources import Resources
from tests.attack.bodies import GOOD
from tests.contract.crew import at_once, error_of
from tests.support.copy import Copy
from tests.support.people import Body, Caller, Staff, Teen

Staffing = Callable[[str], Staff]

ENROL, SHOW = "account.enrol_second_factor", "account.show_second_factor"
RESET = "account.reset_second_factor"
SIGN_IN = "account.staff_sign_in"


class Phone:
    """The authenticator app on somebody's phone; every code it gives is a new one."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._last = 0

    def code(self) -> str:
        """The code of now, or of the next step where that of now was given already."""
        self._last = max(self._last + 1, int(time.time() * 1000) // totp.STEP)
        return totp.code_of(self.secret, self._last)

    def wrong(self) -> str:
        """A code that is right at no time near."""
        here = int(time.time() * 1000) // totp.STEP
        near = {totp.code_of(self.secret, step) for step in range(here - 3, here + 4)}
        return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)


def enrolled(member: Staff) -> Phone:
    """Set a member's factor up."""
    phone = Phone(member.call(ENROL)["secret"])
    member.call(SHOW, code=phone.code())
    return phone


def half_in(member: Staff) -> Caller:
    """The member at a browser, with nothing but the device's secret."""
    caller = Caller(member.address)
    assert caller.call(SIGN_IN, device=member.device)["needs"] == "code"
    return caller


def needs_of(member: Staff) -> str:
    """What is asked of the member who comes in anew."""
    return str(Caller(member.address).call(SIGN_IN, device=member.device)["needs"])


def let_wait(resources: Resources, member: Staff) -> None:
    """A quarter of an hour passes for whoever is locked out."""
    with resources.database.deadline(10):
        result = resources.database.collection("second_factors").update_one(
            {"_id": member.id}, {"$inc": {"locked_until": -15 * MINUTE}}
        )
    assert result.modified_count == 1


class Production:
    """The same database, served as production serves it."""

    def __init__(self, resources: Resources) -> None:
        settings = replace(resources.settings, production=True)
        self._resources = replace(resources, settings=settings, limiter=Limiter())

    def post(self, action: str, token: str, body: Body | None = None) -> tuple[int, Body]:
        """Status and content."""
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        request = Request(action, encode(body or {}), headers)
        answer = dispatch(REGISTRY, self._resources, request)
        return answer.status, json.loads(answer.body)

    def call(self, action: str, token: str, **body: object) -> Body:
        """The data of a good answer."""
        status, content = self.post(action, token, body)
        assert status == 200, content
        data: Body = content["data"]
        return data


@pytest.fixture
def production(resources: Resources) -> Production:
    """Where whoever leads must have a second factor."""
    return Production(resources)


@pytest.fixture
def lead(staff: Staffing) -> Staff:
    """A supervisor without one."""
    return staff("supervisor")


@pytest.fixture(scope="module")
def half(running: Copy, resources: Resources) -> str:
    """A token of somebody who is half in."""
    member = Staff(running.address, resources, "coordinator")
    enrolled(member)
    return str(half_in(member).http.headers["Authorization"]).removeprefix("Bearer ")


class TestOnOneMachine:
    """Where it is offered, not asked for."""

    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_without_one_everything_is_as_it_was(self, staff: Staffing, role: str) -> None:
        member = staff(role)
        again = member.call(SIGN_IN, device=member.device)
        assert (again["role"], again["needs"]) == (role, "")
        assert member.call("account.renew")["needs"] == ""

    def test_who_has_one_is_asked_for_it_in_the_browser(self, lead: Staff) -> None:
        phone = enrolled(lead)
        assert lead.call("desk.queue"), "the session it was set up in goes on"
        browser = Caller(lead.address)
        came = browser.call(SIGN_IN, device=lead.device)
        assert (came["needs"], came["role"], came["id"]) == ("code", "supervisor", lead.id)
        assert error_of(browser, "desk.queue", {}) == (403, "forbidden")
        whole = browser.call(SHOW, code=phone.code())
        assert (whole["needs"], whole["role"], whole["name"]) == ("", "supervisor", "小鹿")
        assert browser.call("desk.queue")
        assert browser.call("account.renew")["needs"] == ""

    @pytest.mark.parametrize("role", ["listener", "counsellor"])
    def test_it_is_for_those_who_lead(self, staff: Staffing, teen: Teen, role: str) -> None:
        for somebody in (teen, staff(role)):
            assert error_of(somebody, ENROL, {}) == (403, "forbidden")
            assert error_of(somebody, SHOW, {"code": "123456"}) == (403, "forbidden")
            assert error_of(somebody, RESET, {"member": "A" * 22}) == (403, "forbidden")
        assert error_of(Caller(teen.address), ENROL, {}) == (401, "unauthenticated")

    def test_until_its_first_code_it_is_none_and_can_be_made_anew(self, lead: Staff) -> None:
        first, second = Phone(lead.call(ENROL)["secret"]), Phone(lead.call(ENROL)["secret"])
        assert first.secret != second.secret
        assert needs_of(lead) == ""
        assert error_of(lead, SHOW, {"code": first.code()}) == (401, "wrong_code")
        lead.call(SHOW, code=second.code())
        assert error_of(lead, ENROL, {}) == (409, "conflict")
        assert error_of(half_in(lead), ENROL, {}) == (409, "conflict")

    def test_a_code_before_any_secret_is_not_found(self, lead: Staff) -> None:
        assert error_of(lead, SHOW, {"code": "123456"}) == (404, "not_found")

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", " 123456"])
    def test_anything_but_six_digits_is_no_try(self, lead: Staff, code: str) -> None:
        phone = enrolled(lead)
        browser = half_in(lead)
        for _ in range(6):
            assert error_of(browser, SHOW, {"code": code}) == (400, "bad_request")
        browser.call(SHOW, code=phone.code())

    def test_the_secret_is_sealed_and_shown_once(self, lead: Staff, resources: Resources) -> None:
        made = lead.call(ENROL)
        assert made["secret"] in made["uri"]
        with resources.database.deadline(10):
            kept = resources.database.collection("second_factors").find_one({"_id": lead.id})
        assert kept is not None
        assert made["secret"].encode() not in bytes(kept["sealed"])
        assert made["secret"] not in repr(kept)


class TestWhoIsHalfIn:
    """May show a second factor, and nothing else."""

    @pytest.mark.parametrize("action", sorted(set(REGISTRY.actions) - {ENROL, SHOW}))
    def test_is_refused_everywhere_else(self, running: Copy, half: str, action: str) -> None:
        caller = Caller(running.address)
        caller.http.headers["Authorization"] = f"Bearer {half}"
        assert error_of(caller, action, GOOD[action]) == (403, "forbidden")

    def test_every_action_says_so_itself(self) -> None:
        open_to = {name for name, one in REGISTRY.actions.items() if HALF_IN in one.who}
        assert open_to == {ENROL, SHOW}
        assert all(REGISTRY.actions[name].who == LEADS | {HALF_IN} for name in open_to)

    def test_is_out_as_soon_as_they_are_dismissed_or_lead_no_more(
        self, staff: Staffing, resources: Resources
    ) -> None:
        for way in ("dismissed", "listener now"):
            member = staff("coordinator")
            phone = enrolled(member)
            browser = half_in(member)
            with resources.database.deadline(10):
                if way == "dismissed":
                    account.dismiss(resources, member.id)
                else:
                    people = resources.database.collection("staff")
                    people.update_one({"_id": member.id}, {"$set": {"role": "listener"}})
            code = {"code": phone.code()}
            assert error_of(browser, SHOW, code) == (401, "unauthenticated")
            assert error_of(browser, ENROL, {}) == (401, "unauthenticated")


class TestCodes:
    """A code counts once, and guessing is shut."""

    def test_a_code_is_good_once_whoever_brings_it(self, lead: Staff) -> None:
        phone = enrolled(lead)
        code = {"code": phone.code()}
        browsers = [half_in(lead) for _ in range(4)]
        told = at_once(4, lambda n: browsers[n].post(SHOW, code).status_code)
        assert sorted(told) == [200, 401, 401, 401]

    def test_an_older_code_is_not_good_after_a_newer_one(self, lead: Staff) -> None:
        phone = enrolled(lead)
        here = int(time.time() * 1000) // totp.STEP
        browser = half_in(lead)
        browser.call(SHOW, code=totp.code_of(phone.secret, here + 1))
        for older in (here - 1, here, here + 1):
            body = {"code": totp.code_of(phone.secret, older)}
            assert error_of(half_in(lead), SHOW, body) == (401, "wrong_code")

    def test_five_wrong_ones_shut_it_for_a_quarter_of_an_hour(
        self, lead: Staff, resources: Resources
    ) -> None:
        phone = enrolled(lead)
        for _ in range(5):
            # Each from another session, and so from any of the workers.
            assert error_of(half_in(lead), SHOW, {"code": phone.wrong()}) == (401, "wrong_code")
        right = phone.code()
        answer = half_in(lead).post(SHOW, {"code": right})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * MINUTE // SECOND
        let_wait(resources, lead)
        assert error_of(half_in(lead), SHOW, {"code": phone.wrong()}) == (401, "wrong_code")
        assert half_in(lead).call(SHOW, code=right)["needs"] == ""

    def test_a_right_one_forgets_the_wrong_ones(self, lead: Staff) -> None:
        phone = enrolled(lead)
        for _ in range(4):
            assert error_of(half_in(lead), SHOW, {"code": phone.wrong()}) == (401, "wrong_code")
        half_in(lead).call(SHOW, code=phone.code())
        assert error_of(half_in(lead), SHOW, {"code": phone.wrong()}) == (401, "wrong_code")

    def test_forty_guesses_at_once_are_five(self, lead: Staff) -> None:
        phone = enrolled(lead)
        browsers, wrong = [half_in(lead) for _ in range(40)], phone.wrong()
        told = at_once(40, lambda n: browsers[n].post(SHOW, {"code": wrong}).status_code)
        assert sorted(told) == [401] * 5 + [429] * 35

    def test_a_secret_made_anew_does_not_open_what_wrong_codes_have_shut(self, lead: Staff) -> None:
        phone = Phone(lead.call(ENROL)["secret"])
        for _ in range(5):
            assert error_of(lead, SHOW, {"code": phone.wrong()}) == (401, "wrong_code")
        fresh = Phone(lead.call(ENROL)["secret"])
        assert error_of(lead, SHOW, {"code": fresh.code()}) == (429, "too_many_requests")


class TestALostPhone:
    """Somebody else who leads takes the old one away."""

    def test_another_lead_resets_it(self, lead: Staff, staff: Staffing) -> None:
        enrolled(lead)
        other = staff("coordinator")
        listed = other.call(RESET, member=lead.id)
        assert (listed["id"], listed["second_factor"]) == (lead.id, False)
        assert needs_of(lead) == ""
        enrolled(lead)

    def test_nobody_resets_their_own(self, lead: Staff) -> None:
        enrolled(lead)
        assert error_of(lead, RESET, {"member": lead.id}) == (409, "conflict")
        assert error_of(half_in(lead), RESET, {"member": lead.id}) == (403, "forbidden")
        assert needs_of(lead) == "code"

    def test_of_somebody_who_does_not_exist(self, lead: Staff) -> None:
        assert error_of(lead, RESET, {"member": "A" * 22}) == (404, "not_found")

    def test_it_goes_with_a_dismissal(
        self, lead: Staff, staff: Staffing, resources: Resources
    ) -> None:
        enrolled(lead)
        staff("coordinator").call("desk.dismiss", member=lead.id)
        with resources.database.deadline(10):
            for name in ("second_factors", "data_keys", "staff", "presence"):
                assert resources.database.collection(name).find_one({"_id": lead.id}) is None


class TestInProduction:
    """Whoever leads must have one."""

    @pytest.mark.parametrize("role", sorted(LEADS))
    def test_comes_in_whole_only_once_it_is_set_up(
        self, staff: Staffing, production: Production, role: str
    ) -> None:
        member = staff(role)
        came = production.call(SIGN_IN, "", device=member.device)
        assert came["needs"] == "enrol"
        assert production.post("account.rota", came["token"])[0] == 403
        assert production.post("account.renew", came["token"])[0] == 403
        phone = Phone(production.call(ENROL, came["token"])["secret"])
        whole = production.call(SHOW, came["token"], code=phone.code())
        assert production.call("account.rota", whole["token"])
        assert production.call(SIGN_IN, "", device=member.device)["needs"] == "code"

    @pytest.mark.parametrize("role", ["listener", "counsellor"])
    def test_others_come_in_as_ever(
        self, staff: Staffing, production: Production, role: str
    ) -> None:
        came = production.call(SIGN_IN, "", device=staff(role).device)
        assert came["needs"] == ""
        assert production.call("desk.queue", came["token"])

    def test_who_joins_is_asked_at_once(self, resources: Resources, production: Production) -> None:
        with resources.database.deadline(10):
            code = account.invite(resources, "supervisor", "test").invitation
        joined = production.call(
            "account.join", "", invitation=code, device="j" * 43 + code[:4], name="林"
        )
        assert joined["needs"] == "enrol"
        assert production.post("desk.queue", joined["token"])[0] == 403

    def test_who_joined_by_wechat_is_not(
        self, resources: Resources, production: Production
    ) -> None:
        with resources.database.deadline(10):
            code = account.invite(resources, "supervisor", "test").invitation
            joined = account.join_by_wechat(resources, code, f"o{code}", "林")
            again = account.sign_in_staff_by_wechat(production._resources, f"o{code}")
        assert (joined.needs, again.needs) == ("", "")
        assert production.call("desk.queue", again.token)
        assert production.post(ENROL, again.token)[0] == 409

    def test_a_session_does_not_outlive_a_reset(
        self, lead: Staff, staff: Staffing, production: Production
    ) -> None:
        phone = enrolled(lead)
        half = production.call(SIGN_IN, "", device=lead.device)
        whole = production.call(SHOW, half["token"], code=phone.code())
        assert production.call("account.renew", whole["token"])["needs"] == ""
        staff("coordinator").call(RESET, member=lead.id)
        renewed = production.call("account.renew", whole["token"])
        assert renewed["needs"] == "enrol"
        assert production.post("desk.queue", renewed["token"])[0] == 403


class TestTheStaff:
    """Those who lead see who belongs to it."""

    def test_pages_names_and_doors(self, lead: Staff, resources: Resources) -> None:
        enrolled(lead)
        odd = "甲.*乙"
        with resources.database.deadline(10):
            resources.database.collection("staff").update_one(
                {"_id": lead.id}, {"$set": {"name": odd}}
            )
        assert [one["id"] for one in lead.call("account.staff", sought=odd)["members"]] == [lead.id]
        assert lead.call("account.staff", sought="甲xx乙")["members"] == []
        found = lead.call("account.staff", sought=" 甲.")["members"]
        assert found == [
            {
                "id": lead.id,
                "name": odd,
                "role": "supervisor",
                "by": "device",
                "second_factor": True,
                "joined_at": found[0]["joined_at"],
            }
        ]
        seen: list[str] = []
        while True:
            page = lead.call("account.staff", after=seen[-1] if seen else "")
            seen += [one["id"] for one in page["members"]]
            if not page["more"]:
                break
        with resources.database.deadline(10):
            assert len(seen) == resources.database.collection("staff").count_documents({})
        assert seen == sorted(set(seen))

    def test_nobody_else_does(self, staff: Staffing, teen: Teen) -> None:
        for somebody in (teen, staff("listener"), staff("counsellor")):
            assert error_of(somebody, "account.staff", {}) == (403, "forbidden")

    def test_nobody_dismisses_themselves(self, lead: Staff) -> None:
        assert error_of(lead, "desk.dismiss", {"member": lead.id}) == (409, "conflict")
        assert lead.call("desk.queue")
