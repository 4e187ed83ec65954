"""Entry of the cloud function `story`; the reader is loaded before any request has a deadline."""

import nlp
from cloudfunctions.account.store import INDEXES as ACCOUNT_INDEXES
from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common.shells import event_handler
from cloudfunctions.story.actions import actions
from cloudfunctions.story.store import INDEXES

nlp.load()
main_handler = event_handler(actions, {**ACCOUNT_INDEXES, **CHAT_INDEXES, **INDEXES})
