"""Entry of the cloud function `account`."""

from cloudfunctions.account.actions import actions
from cloudfunctions.account.store import INDEXES
from cloudfunctions.common.shells import event_handler

main_handler = event_handler(actions, INDEXES)
