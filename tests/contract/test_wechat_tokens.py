"""Whose token a call shows, and that many who find it old ask for one new one."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudfunctions.common.clock import DAY, HOUR, MINUTE, SECOND
from cloudfunctions.common.crypto import Vault
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import MasterKey
from cloudfunctions.common.wechat import WeChat, WeChatFault, stable
from tests.contract.wechat_calls import (
    CALLS,
    NOWHERE,
    OPENID,
    Held,
    at_once,
    client,
    fault_in,
    seconds_of,
    settings_of,
    without_database,
)
from tests.fakes import wechat as fakes
from tests.fakes.wechat import FakeWeChat

CALLERS = 50
OTHER_KEY = MasterKey("k9", secrets.token_bytes(32))

Make = Callable[[], WeChat]


@pytest.fixture(scope="module", autouse=True)
def prepared(resources: Resources) -> None:
    """The database is ready, as it is behind a first request."""
    with resources.database.deadline(60):
        resources.database.prepare()


@pytest.fixture
def held() -> Held:
    """One clock for WeChat and for us."""
    return Held()


@pytest.fixture
def fake(held: Held) -> Iterator[FakeWeChat]:
    """WeChat with a mini-program that no other test knows, so that no token of theirs is met."""
    with FakeWeChat(held, appid=f"wx{secrets.token_hex(8)}") as found:
        found.visit(OPENID)
        yield found


@pytest.fixture
def process(fake: FakeWeChat, held: Held, resources: Resources) -> Make:
    """Make clients as single processes have them: only the database is common to them."""
    return lambda: client(fake, "stable", resources, held)


def check(wechat: WeChat) -> str:
    """One call that shows a token."""
    return wechat.check_text(OPENID, "今天有点闷", 3).suggest


def kept(resources: Resources, fake: FakeWeChat) -> Document:
    """What the database holds of the token."""
    with resources.database.deadline(10):
        found = resources.database.collection(stable.COLLECTION).find_one({"_id": fake.appid})
    assert found is not None
    return found


def change(resources: Resources, fake: FakeWeChat, **fields: object) -> None:
    """Write over what the database holds of it."""
    with resources.database.deadline(10):
        tokens = resources.database.collection(stable.COLLECTION)
        tokens.update_one({"_id": fake.appid}, {"$set": fields})


def crowd(one: WeChat, other: WeChat) -> list[WeChatFault | None]:
    """Fifty calls at once, half of them from another process."""
    return at_once([lambda: check(one), lambda: check(other)] * (CALLERS // 2))


class TestOneForAll:
    """stable_token, kept in the database."""

    def test_it_is_asked_for_once(self, fake: FakeWeChat, process: Make) -> None:
        one, other = process(), process()
        assert [check(wechat) for wechat in (one, one, other)] == ["pass"] * 3
        assert fake.calls(fakes.TOKEN) == 1
        assert fake.bodies(fakes.TOKEN)[0]["force_refresh"] is False
        shown = {one.query["access_token"] for one in fake.asked if one.path == fakes.TEXT_CHECK}
        assert shown == {fake.token}
        assert fake.faults == []

    def test_every_call_shows_it(self, fake: FakeWeChat, process: Make) -> None:
        wechat = process()
        for path, call in CALLS.items():
            call(fake, wechat)
            shows = "access_token" in fake.asked[-1].query
            assert shows == (path != fakes.LOGIN)
        assert fake.calls(fakes.TOKEN) == 1

    def test_fifty_who_come_first(self, fake: FakeWeChat, process: Make) -> None:
        assert crowd(process(), process()) == [None] * CALLERS
        assert fake.calls(fakes.TOKEN) == 1

    @pytest.mark.parametrize("slow", ["ok", "slow:1"])
    def test_fifty_with_an_expired_one(self, fake: FakeWeChat, process: Make, slow: str) -> None:
        one, other = process(), process()
        assert [check(one), check(other)] == ["pass"] * 2
        fake.expire_token()
        fake.mode[fakes.TOKEN] = slow
        assert crowd(one, other) == [None] * CALLERS
        assert fake.calls(fakes.TOKEN) == 2

    def test_fifty_after_a_night_in_which_nobody_called(
        self, fake: FakeWeChat, process: Make, held: Held
    ) -> None:
        one, other = process(), process()
        assert [check(one), check(other)] == ["pass"] * 2
        held.pass_by(DAY)
        fake.visit(OPENID)
        assert crowd(one, other) == [None] * CALLERS
        assert fake.calls(fakes.TOKEN) == 2
        refused = [one for one in fake.asked if one.path == fakes.TEXT_CHECK][2:]
        assert {one.query["access_token"] for one in refused} == {fake.token}

    def test_fifty_near_its_end(self, fake: FakeWeChat, process: Make, held: Held) -> None:
        one, other = process(), process()
        assert [check(one), check(other)] == ["pass"] * 2
        first = fake.token
        held.pass_by(2 * HOUR - 4 * MINUTE)
        fake.visit(OPENID)
        fake.mode[fakes.TOKEN] = "slow:1"
        assert crowd(one, other) == [None] * CALLERS
        assert fake.calls(fakes.TOKEN) == 2
        assert fake.token != first
        assert [check(one), check(other)] == ["pass"] * 2
        assert fake.asked[-1].query["access_token"] == fake.token

    def test_nobody_is_held_up_while_the_old_one_is_good(
        self, fake: FakeWeChat, process: Make, held: Held
    ) -> None:
        wechat = process()
        check(wechat)
        held.pass_by(2 * HOUR - 4 * MINUTE)
        fake.visit(OPENID)
        for mode in ("500", "45009", "slow:30"):
            fake.mode[fakes.TOKEN] = mode
            assert check(wechat) == "pass"
            asked = fake.calls(fakes.TOKEN)
            assert check(wechat) == "pass"
            assert fake.calls(fakes.TOKEN) == asked
            held.pass_by(stable.TRY_AGAIN)
        fake.hurry()

    def test_one_that_wechat_took_back_is_renewed_by_force(
        self, fake: FakeWeChat, process: Make
    ) -> None:
        one, other = process(), process()
        assert [check(one), check(other)] == ["pass"] * 2
        fake.revoke_token()
        assert crowd(one, other) == [None] * CALLERS
        forced = [body["force_refresh"] for body in fake.bodies(fakes.TOKEN)]
        assert forced == [False, False, True]

    def test_force_is_used_at_most_twenty_times_a_day(
        self, fake: FakeWeChat, process: Make, held: Held
    ) -> None:
        """Nor does a token that is refused for ever lead to a flood of requests."""
        one, other = process(), process()
        fake.mode[fakes.TEXT_CHECK] = "40001"
        for _ in range(24 * 4):
            for wechat in (one, other):
                fault = fault_in(lambda one=wechat: check(one))  # type: ignore[misc]
                assert fault is not None
                assert fault.kind == "misconfigured"
            held.pass_by(15 * MINUTE)
        forced = [body["force_refresh"] for body in fake.bodies(fakes.TOKEN)]
        assert 0 < forced.count(True) <= fakes.FORCED_A_DAY

    def test_one_that_another_system_renewed_is_taken_over(
        self, fake: FakeWeChat, process: Make
    ) -> None:
        wechat = process()
        check(wechat)
        fake.renew_token()
        assert check(wechat) == "pass"
        assert not any(body["force_refresh"] for body in fake.bodies(fakes.TOKEN))

    def test_a_wrong_secret_is_not_tried_over_and_over(
        self, fake: FakeWeChat, process: Make, held: Held
    ) -> None:
        wechat = process()
        fake.secret = secrets.token_hex(16)
        found = [fault_in(lambda: check(wechat)) for _ in range(10)]
        assert {(one.kind, one.code) for one in found if one} == {("misconfigured", 40125)}
        assert fake.calls(fakes.TOKEN) == 1
        held.pass_by(stable.TRY_AGAIN)
        fault_in(lambda: check(wechat))
        assert fake.calls(fakes.TOKEN) == 2

    @pytest.mark.parametrize(
        ("mode", "kind"),
        [
            ("-1", "busy"),
            ("500", "unreachable"),
            ("html", "unreachable"),
            ("cut", "unreachable"),
            ("odd", "unreachable"),
            ("refuse", "unreachable"),
            ("redirect", "unreachable"),
            ("40013", "misconfigured"),
            ("40164", "misconfigured"),
            ("45009", "quota"),
            ("45011", "too_often"),
            ("99999", "unreachable"),
        ],
    )
    def test_no_token_is_a_mapped_fault(
        self, fake: FakeWeChat, process: Make, mode: str, kind: str
    ) -> None:
        fake.mode[fakes.TOKEN] = mode
        fault = fault_in(lambda: check(process()))
        assert fault is not None
        assert fault.kind == kind
        assert fake.secret not in repr(fault)

    def test_a_slow_token_and_a_slow_call_share_one_budget(
        self, fake: FakeWeChat, process: Make
    ) -> None:
        wechat = process()
        fake.mode = {fakes.TOKEN: "slow:2", fakes.TEXT_CHECK: "slow:30"}
        assert seconds_of(lambda: check(wechat)) < 3.5
        fake.hurry()

    def test_a_token_that_is_refused_again_is_no_endless_loop(
        self, fake: FakeWeChat, process: Make
    ) -> None:
        fake.mode[fakes.TEXT_CHECK] = "42001"
        fault = fault_in(lambda: check(process()))
        assert fault is not None
        assert (fault.kind, fault.code) == ("misconfigured", 42001)
        assert fake.calls(fakes.TEXT_CHECK) == 2


class TestLease:
    """One refresher at a time, and none that can block the others for ever."""

    def test_one_who_died_is_waited_for_and_then_followed(
        self, fake: FakeWeChat, process: Make, held: Held, resources: Resources
    ) -> None:
        check(process())
        fake.expire_token()
        change(resources, fake, lease_until=held() + stable.LEASE, holder="dead", renew_at=0)
        change(resources, fake, expires_at=0)
        fault = fault_in(lambda: check(process()))
        assert fault is not None
        assert fault.kind == "busy"
        held.pass_by(stable.LEASE)
        assert check(process()) == "pass"
        assert kept(resources, fake)["holder"] == ""

    def test_a_lease_of_a_clock_that_is_wrong_does_not_count(
        self, fake: FakeWeChat, process: Make, held: Held, resources: Resources
    ) -> None:
        check(process())
        fake.expire_token()
        change(resources, fake, lease_until=held() + HOUR, holder="wrong", expires_at=0)
        assert check(process()) == "pass"

    def test_one_who_failed_gives_it_back(
        self, fake: FakeWeChat, process: Make, resources: Resources
    ) -> None:
        fake.mode[fakes.TOKEN] = "500"
        assert fault_in(lambda: check(process())) is not None
        assert kept(resources, fake)["lease_until"] == 0
        fake.mode.clear()
        assert check(process()) == "pass"


class TestKeeping:
    """What the database holds tells nobody the token."""

    def test_it_is_sealed(self, fake: FakeWeChat, process: Make, resources: Resources) -> None:
        check(process())
        document = kept(resources, fake)
        for secret in (fake.token, fake.secret):
            assert secret not in repr(document)
            assert secret.encode() not in bytes(document["sealed"])

    def test_one_that_does_not_open_is_fetched_anew(
        self, fake: FakeWeChat, process: Make, resources: Resources
    ) -> None:
        check(process())
        sealed = bytearray(kept(resources, fake)["sealed"])
        sealed[-1] ^= 1
        change(resources, fake, sealed=bytes(sealed))
        assert check(process()) == "pass"
        assert fake.calls(fakes.TOKEN) == 2

    def test_with_other_master_keys_it_is_fetched_anew(
        self, fake: FakeWeChat, process: Make, held: Held, resources: Resources
    ) -> None:
        check(process())
        vault = Vault(resources.database, [OTHER_KEY])
        moved = dataclasses.replace(resources, vault=vault)
        try:
            assert [check(client(fake, "stable", moved, held)) for _ in range(2)] == ["pass"] * 2
            assert fake.calls(fakes.TOKEN) == 2
        finally:
            with resources.database.deadline(10):
                resources.vault.forget(stable.SEALED_FOR)

    def test_without_the_database_each_process_asks_for_itself(self, fake: FakeWeChat) -> None:
        parts = without_database(settings_of(fake, "stable", MONGODB_URI=NOWHERE))
        wechat = parts.wechat
        assert wechat is not None
        assert [check(wechat) for _ in range(3)] == ["pass"] * 3
        assert fake.calls(fakes.TOKEN) == 1
        parts.database.close()


class TestOtherSources:
    """Tokens that the platform brings."""

    def test_the_container_s_file(
        self, fake: FakeWeChat, resources: Resources, tmp_path: Path
    ) -> None:
        path = tmp_path / "cloudbase_access_token"
        wechat = client(fake, "cloudbase", resources, token_file=path)
        fault = fault_in(lambda: check(wechat))
        assert fault is not None
        assert fault.kind == "misconfigured"
        path.write_text(f"{fake.cloudbase_token}\n")
        assert check(wechat) == "pass"
        assert set(fake.asked[-1].query) == {"cloudbase_access_token"}
        path.write_bytes(b"\xff\xfe")
        assert fault_in(lambda: check(wechat)) is not None

    def test_a_file_that_was_replaced_meanwhile(
        self, fake: FakeWeChat, resources: Resources, tmp_path: Path
    ) -> None:
        path = tmp_path / "cloudbase_access_token"
        path.write_text("old")
        wechat = client(fake, "cloudbase", resources, token_file=path)
        fault = fault_in(lambda: check(wechat))
        assert fault is not None
        assert (fault.kind, fault.code) == ("misconfigured", 40001)
        assert fake.calls(fakes.TEXT_CHECK) == 1

    def test_the_open_interface_service_needs_none(
        self, fake: FakeWeChat, resources: Resources
    ) -> None:
        fake.open_interface = True
        assert check(client(fake, "service", resources)) == "pass"
        assert fake.asked[-1].query == {}
        assert fake.calls(fakes.TOKEN) == 0


def test_the_lease_outlasts_a_refresh() -> None:
    assert 2 * stable.STABLE_TOKEN.seconds < stable.LEASE / SECOND
