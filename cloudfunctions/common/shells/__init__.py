"""The shapes in which a call arrives, made one `Request` and its `Response` given back.

HTTP of a container or HTTP function (`http`, with Flask), and the events of an event function:
HTTP access (`access`), `wx.cloud.callFunction` (`callfunction`) and timers (`timer`), which
`instance` tells apart. Whoever uses events does not load Flask.

Promise: every shape gives the same answer to the same call. Whom the door itself proves comes only
from what the platform adds where a caller cannot write: the gateway's headers (`gateway`) where the
deployment stands behind it, and the context of a function. What else the platform sends along, such
as the temporary credentials of `x-cloudbase-context`, goes no further than here.
"""

from cloudfunctions.common.shells.arriving import BODY_MAXIMUM
from cloudfunctions.common.shells.instance import answer_event, event_handler

__all__ = ["BODY_MAXIMUM", "answer_event", "event_handler"]
