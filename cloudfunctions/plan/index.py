"""Entry of the cloud function `plan`."""

from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common import crypto
from cloudfunctions.common.shells import event_handler
from cloudfunctions.plan.actions import actions
from cloudfunctions.plan.store import INDEXES

main_handler = event_handler(actions, {**CHAT_INDEXES, **crypto.INDEXES, **INDEXES})
