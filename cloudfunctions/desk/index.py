"""Entry of the cloud function `desk`."""

from cloudfunctions.chat.store import INDEXES
from cloudfunctions.common.shells import event_handler
from cloudfunctions.desk.actions import actions

main_handler = event_handler(actions, INDEXES)
