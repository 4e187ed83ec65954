"""Entry of the cloud function `pages`."""

from cloudfunctions.account.store import INDEXES as ACCOUNT_INDEXES
from cloudfunctions.common.shells import event_handler
from cloudfunctions.pages.actions import actions
from cloudfunctions.pages.store import INDEXES

main_handler = event_handler(actions, {**ACCOUNT_INDEXES, **INDEXES})
