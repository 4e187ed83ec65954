"""Entry of the cloud function `forms`; the reader is loaded before any request has a deadline."""

import nlp
from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common import crypto
from cloudfunctions.common.shells import event_handler
from cloudfunctions.forms.actions import actions
from cloudfunctions.forms.store import INDEXES
from cloudfunctions.pages.store import INDEXES as PAGES_INDEXES

nlp.load()
main_handler = event_handler(
    actions, {**CHAT_INDEXES, **crypto.INDEXES, **PAGES_INDEXES, **INDEXES}
)
