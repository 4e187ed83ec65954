"""C8: a network that doubles, delays and reorders what teens send."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.contract.crew import eventually
from tests.faults.sizes import sized
from tests.support.copy import Copy
from tests.support.people import Body, Teen, new_cid
from tests.support.proxy import HttpProxy

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

TEENS = 4
EACH = sized(10, 50)
LATE = sized(1.0, 5.0)
"""Seconds by which a request comes late at most."""
PATIENCE = 0.6 * LATE
"""Seconds after which a client sends again: often while the first try is still on its way."""
DOUBLED, HELD = 0.2, 0.2
GIVEN_UP_AFTER = 60.0


class Sender(Teen):
    """A teen whose client sends again with the same cid until it is acknowledged."""

    def __init__(self, direct: str, broken: str) -> None:
        super().__init__(direct)
        self.direct, self.broken = direct, broken
        self.said: list[str] = []
        self.tries: Counter[str] = Counter()

    def say_all(self, number: int) -> None:
        """Say everything, one after the other, through the broken network."""
        for index in range(EACH):
            self._say(new_cid(), f"第{number}个人的第{index}句")

    def _say(self, cid: str, text: str) -> None:
        self.said.append(text)
        body = {"conversation": self.talk, "cid": cid, "text": text}
        end = time.monotonic() + GIVEN_UP_AFTER
        while time.monotonic() < end:
            self.tries[cid] += 1
            try:
                answer = requests.post(
                    f"{self.broken}/api/chat.send",
                    json=body,
                    headers={"Authorization": str(self.http.headers["Authorization"])},
                    timeout=PATIENCE,
                )
            except requests.RequestException:
                continue
            assert answer.status_code == 200, answer.text
            message: Body = answer.json()["data"]["message"]
            assert (message["cid"], message["text"]) == (cid, text), "another's answer"
            return
        raise TimeoutError(text)


def test_doubled_late_and_reordered_requests_are_one_message_each(running: Copy) -> None:
    """The transcript is the set sent, each once, each teen's own texts in the order sent."""
    with HttpProxy(running.port, seed=8) as proxy:
        proxy.up_to, proxy.doubled, proxy.held = LATE, DOUBLED, HELD
        teens = [Sender(running.address, proxy.address) for _ in range(TEENS)]
        with ThreadPoolExecutor(TEENS) as pool:
            list(pool.map(Sender.say_all, teens, range(TEENS)))
        # What a client gave up on, and second copies, arrive after everything was acknowledged.
        eventually(lambda: proxy.idle, seconds=3 * LATE + 5)
        seen = dict(proxy.seen)
    for teen in teens:
        transcript = teen.transcript()
        own = [message for message in transcript if message["from"] == "teen"]
        assert [message["text"] for message in own] == teen.said
        assert Counter(m["cid"] for m in own) == dict.fromkeys(teen.tries, 1)
        seqs = [message["seq"] for message in transcript]
        assert seqs == list(range(1, len(seqs) + 1))
    again = sum(teen.tries.total() - EACH for teen in teens)
    assert min(seen["doubled"], seen["held"], again) > 0, "the network was not broken at all"
    assert seen["passed"] >= TEENS * EACH + again
    print(f"\nC8: {TEENS} x {EACH} sent, {again} sent again, {seen}: lost 0, doubled 0, in order")


@pytest.mark.parametrize("fault", ["cut", "slow"])
def test_a_reply_that_is_cut_or_drips_leaves_one_message(running: Copy, fault: str) -> None:
    """The client cannot tell whether its words arrived; sending again finds them there."""
    with HttpProxy(running.port, seed=9) as proxy:
        teen = Sender(running.address, proxy.address)
        if fault == "cut":
            proxy.cut = 0.5
        else:
            proxy.trickle = 8_000
        teen.say_all(1)
        eventually(lambda: proxy.idle)
        cut = proxy.seen["cut"]
    own = [message["text"] for message in teen.transcript() if message["from"] == "teen"]
    assert own == teen.said
    assert teen.tries.total() == EACH + cut
    assert bool(cut) is (fault == "cut")


def test_a_stopped_network_loses_nothing(running: Copy) -> None:
    """What was sent into it arrives when it goes on, and is the same message as the next try."""
    with HttpProxy(running.port) as proxy:
        teen = Sender(running.address, proxy.address)
        proxy.stopped = True
        with ThreadPoolExecutor(1) as pool:
            saying = pool.submit(teen.say_all, 1)
            time.sleep(2.5 * PATIENCE)
            assert [m for m in teen.transcript() if m["from"] == "teen"] == []
            proxy.stopped = False
            saying.result(30)
        eventually(lambda: proxy.idle)
    own = [message["text"] for message in teen.transcript() if message["from"] == "teen"]
    assert own == teen.said
    assert teen.tries.total() > EACH
