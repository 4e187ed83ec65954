"""Entry of the cloud function `mood`; the reader is loaded before any request has a deadline."""

import nlp
from cloudfunctions.chat.store import INDEXES as CHAT_INDEXES
from cloudfunctions.common import crypto
from cloudfunctions.common.shells import event_handler
from cloudfunctions.mood.actions import actions
from cloudfunctions.mood.store import INDEXES

nlp.load()
main_handler = event_handler(actions, {**CHAT_INDEXES, **crypto.INDEXES, **INDEXES})
