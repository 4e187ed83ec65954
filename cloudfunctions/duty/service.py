"""One sweep: whatever is overdue is put right. Run twice, at once or late, it does no harm."""

from __future__ import annotations

from dataclasses import dataclass

from cloudfunctions.chat import holding, outbox, timing
from cloudfunctions.common import telemetry
from cloudfunctions.common.resources import Resources


@dataclass(frozen=True)
class Swept:
    """How many talks came back, in how many a clock struck, how many notices were taken."""

    returned: int
    struck: int
    delivered: int


def sweep(resources: Resources) -> Swept:
    """Return talks whose listener is gone, let due clocks strike, deliver the outbox.

    Every step is a guarded write of one conversation, so two sweeps at once share the work.
    """
    swept = Swept(
        returned=holding.return_lost(resources),
        struck=timing.strike(resources),
        delivered=outbox.deliver(resources, resources.notifier.send),
    )
    if swept != Swept(0, 0, 0):
        telemetry.note(
            "swept", returned=swept.returned, struck=swept.struck, delivered=swept.delivered
        )
    return swept
