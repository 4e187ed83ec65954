"""From bytes to a typed request, and from a typed answer to bytes.

Stricter than JSON parsers are by default: doubled keys, NaN, lone surrogates and any encoding but
UTF-8 are refused, so that what is stored is exactly what was sent. Values are typed scalars, so no
operator of the database can come in as one.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec

from cloudfunctions.common.errors import BadRequest

Cid = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]
DocumentId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]
Secret = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{32,128}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
WaitSeconds = Annotated[int, msgspec.Meta(ge=0, le=25)]

T = TypeVar("T")


class RequestStruct(msgspec.Struct, forbid_unknown_fields=True):
    """Base of every request: an unknown field is refused."""


def decode(body: bytes, kind: type[T]) -> T:
    """Return `body` as `kind`.

    Raises:
        BadRequest: it is not UTF-8 JSON of that shape; `hint` names the place of the fault.
    """
    try:
        raw = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_no_doubles,
            parse_constant=_no_constant,
        )
        _encodable(raw)
        return msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError as error:
        raise BadRequest(hint=f"{_place(error)}。") from None
    except RecursionError:
        raise BadRequest(hint="内容一层套一层，套得太深了。") from None
    except ValueError:
        raise BadRequest(hint="请发送一个 JSON 对象。") from None


def encode(answer: object) -> bytes:
    """Return an answer as JSON."""
    return msgspec.json.encode(answer, enc_hook=_plain)


def _plain(value: object) -> object:
    # The driver gives 64-bit numbers a class of their own, which is still a number.
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"{type(value).__name__} does not belong in an answer")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("doubled key")
    return result


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _encodable(raw: Any) -> None:
    # A lone surrogate can be read from an escape but written nowhere.
    json.dumps(raw, ensure_ascii=False).encode("utf-8")


def _place(error: msgspec.ValidationError) -> str:
    # The library's words may quote an unknown key, so only the path of our own field is told.
    text = str(error)
    marker = " - at `$."
    if marker in text:
        return f"字段 {text.rsplit(marker, 1)[1].rstrip('`')[:40]} 不对"
    return "字段缺少、多余或类型不对"
