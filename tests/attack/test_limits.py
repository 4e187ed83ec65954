"""Doors open to anyone count knocks by address; a teen's words are never counted."""

from __future__ import annotations

import pytest

from cloudfunctions.account.actions import JOIN_RATE
from tests.attack.bodies import is_our_error
from tests.contract.crew import Newcomer, at_once
from tests.support.copy import Copy
from tests.support.people import Body, Teen, new_cid

WORKERS = 2
"""How many processes of the copy count for themselves."""


@pytest.fixture
def guesser(running: Copy) -> Newcomer:
    """Someone at an address of their own."""
    newcomer = Newcomer(running.address)
    if not newcomer.apart:
        pytest.skip("this machine has one loopback address")
    return newcomer


def guess(newcomer: Newcomer) -> Body:
    """A join with an invitation that was never given."""
    return {"invitation": "AAAA-BBBB-CCCC", "device": newcomer.device, "name": "小雨"}


def test_guessing_invitations_ends_soon_and_says_for_how_long(
    running: Copy, guesser: Newcomer
) -> None:
    # A window may end in the middle, and then each worker counts from one again.
    most = 2 * WORKERS * JOIN_RATE.times + 1
    allowed = 0
    while (answer := guesser.post("account.join", guess(guesser))).status_code == 401:
        allowed += 1
        assert allowed < most, "nobody stops the guessing"
    assert allowed >= JOIN_RATE.times, "what is allowed is allowed"
    is_our_error(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= JOIN_RATE.seconds + 1
    other = Newcomer(running.address)
    assert other.post("account.join", guess(other)).status_code == 401, "others are not shut out"


def test_200_messages_from_one_address_are_all_taken(running: Copy) -> None:
    teens = [Teen(running.address) for _ in range(4)]

    def talk(who: int) -> list[int]:
        teen = teens[who]
        body = {"conversation": teen.talk, "text": "我说", "after": 2**40}
        return [teen.post("chat.send", {**body, "cid": new_cid()}).status_code for _ in range(50)]

    assert [code for codes in at_once(4, talk) for code in codes] == [200] * 200


def test_who_may_not_join_any_more_can_still_speak(running: Copy, guesser: Newcomer) -> None:
    guesser.call("account.sign_in", device=guesser.device)
    talk = guesser.call("chat.enter")["conversation"]["id"]
    for _ in range(2 * WORKERS * JOIN_RATE.times + 1):
        if guesser.post("account.join", guess(guesser)).status_code == 429:
            break
    sent = guesser.call("chat.send", conversation=talk, cid=new_cid(), text="我不想活了")
    assert sent["message"]["text"] == "我不想活了"
