"""Pictures of an answer: they come in parts before it, are looked at when whole, and go with it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta, timezone

import msgspec

from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, NotFound
from cloudfunctions.common.resources import Resources
from cloudfunctions.forms import images, store

PART_BYTES = 51_200
"""Six parts make the largest picture, and one with its frame is below what a request may have."""
MOST_UNSENT = 9
UNSENT_FOR = timedelta(days=1)
REFUSED = "这张图片打不开。"
REFUSED_HINT = "请换一张照片（JPEG、PNG 或 WebP）。"


class Received(msgspec.Struct):
    """How many parts have come, and whether the picture is whole."""

    parts: int
    whole: bool


class Shown(msgspec.Struct):
    """A picture as base64."""

    kind: images.Kind
    data: str


class Checked(Shown):
    """The same, and how WeChat's check of it stands; '' where the service runs without WeChat."""

    check: str


def receive(
    resources: Resources, who: str, cid: str, place: tuple[int, int, int], data: str
) -> Received:
    """Keep one part of a picture; the last to come makes it whole.

    Args:
        place: index of the picture, number of the part from 0, and how many parts there are.

    Raises:
        BadRequest: no base64, too large, or no picture; what has come of it is dropped.
        Conflict: the answer has been sent, or too many pictures wait for theirs.
    """
    index, part, parts = place
    content = _decoded(data)
    if part >= parts:
        raise BadRequest(REFUSED, hint=REFUSED_HINT)
    answer = store.answer_id(who, cid)
    picture = store.picture_id(answer, index)
    if part == 0:
        _check_start(content)
    found = store.picture(resources.database, picture)
    if found is None:
        found = _begun(resources, who, answer, index, parts)
    mark = resources.identity.keyed_hash("form_picture", f"{picture}:{part}:{data}")
    if found["of"] != parts or found["marks"].get(str(part), mark) != mark:
        raise Conflict("这张图片刚才传的是另一张。", hint="请重新选一次再交。")
    if str(part) not in found["marks"]:
        sealed = resources.vault.seal(who, _bound(picture, str(part)), data)
        store.add_part(resources.database, picture, part, mark, sealed)
        found = store.picture(resources.database, picture) or found
    if "whole" not in found and len(found["parts"]) == parts:
        _finish(resources, who, found)
        return Received(parts, whole=True)
    return Received(len(found["marks"]), whole="whole" in found)


def _decoded(data: str) -> bytes:
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(REFUSED, hint=REFUSED_HINT) from None
    if not 0 < len(content) <= PART_BYTES:
        raise BadRequest(REFUSED, hint=REFUSED_HINT)
    return content


def _check_start(content: bytes) -> None:
    try:
        images.kind_of(content)
    except images.NotAPicture:
        raise BadRequest(REFUSED, hint=REFUSED_HINT) from None


def _begun(resources: Resources, who: str, answer: str, index: int, parts: int) -> Document:
    if store.find(resources.database, answer) is not None:
        raise Conflict("这一份已经交过了。", hint="想加图片的话，先收回来再交一次。")
    if store.unsent(resources.database, who) >= MOST_UNSENT:
        raise Conflict("还有好几张图片没有跟着表交上来。", hint="先交那一份，或者明天再来。")
    expires = datetime.fromtimestamp(resources.now() / SECOND, timezone.utc) + UNSENT_FOR
    fresh: Document = {
        "_id": store.picture_id(answer, index),
        "answer": answer,
        "who": who,
        "index": index,
        "of": parts,
        "marks": {},
        "parts": {},
        "expires_at": expires,
    }
    store.begin_picture(resources.database, fresh)
    return store.picture(resources.database, fresh["_id"]) or fresh


def _finish(resources: Resources, who: str, found: Document) -> None:
    picture = found["_id"]
    keys = resources.vault.keys(who, make=False)
    parts = sorted(found["parts"].items(), key=lambda one: int(one[0]))
    data = b"".join(
        base64.b64decode(keys.open(_bound(picture, number), sealed)) for number, sealed in parts
    )
    try:
        if len(data) > images.MOST_BYTES:
            raise images.NotAPicture
        clean = images.cleaned(data)
    except images.NotAPicture:
        store.drop_pictures(resources.database, found["answer"], _others(found["index"]))
        raise BadRequest(REFUSED, hint=REFUSED_HINT) from None
    whole = keys.seal(_bound(picture, "whole"), base64.b64encode(clean).decode())
    store.finish_picture(resources.database, picture, images.kind_of(clean), whole)


def _others(index: int) -> list[int]:
    return [one for one in range(MOST_UNSENT) if one != index]


def _bound(picture: str, what: str) -> str:
    return f"form_picture/{picture}/{what}"


def whole(resources: Resources, answer: str, index: int) -> Document:
    """Return the document of a picture of a sent answer.

    Raises:
        NotFound: it has none of this index.
    """
    found = store.picture(resources.database, store.picture_id(answer, index))
    if found is None or "whole" not in found:
        raise NotFound
    return found


def opened(resources: Resources, found: Document) -> Shown:
    """Return a whole picture, unsealed.

    Raises:
        Unreadable: it was damaged, or the key is not at hand.
    """
    sealed = found["whole"]
    data = resources.vault.open(found["who"], _bound(found["_id"], "whole"), sealed)
    return Shown(found["kind"], data)
