"""Entry of the cloud function `duty`: nothing in it can be called, its timer sweeps."""

from cloudfunctions.common.function import Registry
from cloudfunctions.common.shells import event_handler
from cloudfunctions.duty.rounds import INDEXES, once

main_handler = event_handler(Registry(), INDEXES, on_timer=once)
