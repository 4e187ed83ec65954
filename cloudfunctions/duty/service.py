"""One sweep: whatever is overdue is put right. Run twice, at once or late, it does no harm."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from cloudfunctions.account import service as account
from cloudfunctions.chat import calling, holding, notices, outbox, timing
from cloudfunctions.chat.outside import WECHAT
from cloudfunctions.common import telemetry
from cloudfunctions.common.database import Document
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import service as forms
from cloudfunctions.mood import service as mood
from cloudfunctions.story import service as story


@dataclass(frozen=True)
class Swept:
    """How many talks came back, in how many a clock struck, how many cries for help that were
    written outside a talk came into one, how many notices were taken, how many keys wrapped anew.
    """

    returned: int = 0
    struck: int = 0
    carried: int = 0
    delivered: int = 0
    rewrapped: int = 0


WORRIES = (forms.sweep, mood.sweep, story.sweep)
"""One for each feature in which a teen may write of danger: carries what is pending into talks."""


def sweep(resources: Resources) -> Swept:
    """Return talks whose listener is gone, let due clocks strike, carry pending worries into talks,
    deliver the outbox, and wrap keys anew after a change of master key.

    Every step is a guarded write of one document, so two sweeps at once share the work.
    """
    swept = Swept(
        returned=holding.return_lost(resources),
        struck=timing.strike(resources),
        carried=sum(carry(resources) for carry in WORRIES),
        delivered=outbox.deliver(resources, lambda _, notice: resources.notifier.send(notice)),
        rewrapped=resources.vault.rewrap(),
    )
    if swept != Swept():
        telemetry.note("swept", **asdict(swept))
    return swept


@dataclass(frozen=True)
class Asked:
    """How many messages WeChat took, how many verdicts on stories and on names of staff it gave,
    and how many pictures it was asked to look at.
    """

    told: int = 0
    checked: int = 0
    named: int = 0
    pictures: int = 0


def sweep_wechat(resources: Resources) -> Asked:
    """Do what waits for WeChat: tell who is away, and ask about what is to be published.

    Beside `sweep` and never in it: while WeChat hangs, leases, clocks and alerts go on.
    """
    if resources.wechat is None:
        return Asked()

    def send(talk: Document, notice: Document) -> str | None:
        if notice["kind"] == notices.KIND:
            return notices.tell(resources, talk)
        return calling.tell(resources, notice)

    asked = Asked(
        told=outbox.deliver(resources, send, WECHAT),
        checked=story.check(resources),
        named=account.check_names(resources),
        pictures=forms.check(resources),
    )
    if asked != Asked():
        telemetry.note("swept_wechat", **asdict(asked))
    return asked
