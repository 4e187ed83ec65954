"""Entry of the cloud function `chat`."""

from cloudfunctions.chat.actions import actions
from cloudfunctions.chat.store import INDEXES
from cloudfunctions.common.shells import event_handler

main_handler = event_handler(actions, INDEXES)
