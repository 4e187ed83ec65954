"""`GET /pages/<id>.json`: what is live of a page that anybody may see, for browsers to keep.

The same answer as `pages.open`, with an ETag and, where the browser takes it, compressed. Pages for
staff are only had through the action, which knows who asks.
"""

from __future__ import annotations

import gzip
import re

import flask

from cloudfunctions.common.errors import NotFound
from cloudfunctions.common.payload import encode
from cloudfunctions.common.resources import Resources
from cloudfunctions.pages import service
from cloudfunctions.pages.bounds import PAGE_ID

COMPRESS_FROM = 512
"""Bytes; below it the frame of gzip costs more than it saves."""
LEVEL = 6
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
ETAG = re.compile(r'(?:W/)?"([0-9a-f]{1,64})"')


def mount(app: flask.Flask, resources: Resources) -> None:
    """Answer the route on `app`."""

    @app.get("/pages/<name>.json")
    def drawn_page(name: str) -> flask.Response:
        if not PAGE_ID.fullmatch(name):
            raise NotFound
        resources.limiter.check("pages.by_name", flask.request.remote_addr or "", service.RATE)
        with resources.database.deadline():
            resources.database.prepare()
            held = ETAG.findall(flask.request.headers.get("If-None-Match", "")[:2_000])
            found = service.open_by_name(resources, name, frozenset(held))
        headers = {**HEADERS, "ETag": f'W/"{found.etag}"'}
        if found.content is None:
            return flask.Response(status=304, headers=headers)
        body = encode({"data": found})
        if len(body) >= COMPRESS_FROM and flask.request.accept_encodings["gzip"] > 0:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, LEVEL, mtime=0)
        return flask.Response(body, headers=headers)
