"""One sweep: whatever is overdue is put right. Run twice, at once or late, it does no harm."""

from __future__ import annotations

from cloudfunctions.chat import queue
from cloudfunctions.common import telemetry
from cloudfunctions.common.resources import Resources


def sweep(resources: Resources) -> int:
    """Return talks whose listener is gone to the queue; returns how many.

    Every step is a guarded write of the conversation, so two sweeps at once share the work.
    """
    returned = queue.return_lost(resources)
    if returned:
        telemetry.note("leases_returned", count=returned)
    return returned
