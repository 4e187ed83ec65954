"""Entry of the cloud function `chat`; the reader is loaded before any request has a deadline."""

import nlp
from cloudfunctions.chat.actions import actions
from cloudfunctions.chat.store import INDEXES
from cloudfunctions.common.shells import event_handler

nlp.load()
main_handler = event_handler(actions, INDEXES)
