"""What texts of a page may be: words, no markup, no code, no addresses of other people's servers.

Nothing in a page is ever run or read as markup, so this guards no door. It keeps a coordinator from
believing that it would work, and pictures from telling strangers who looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudfunctions.pages.faults import Fault, Path, as_list, as_mapping, fault

LONGEST_TEXT = 5_000
LONGEST_PICTURE = 200_000

PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
OWN_PICTURE = re.compile(r"/?[A-Za-z0-9_-]+(?:/[A-Za-z0-9_.-]+)*\.(?:png|jpg|jpeg|gif|webp|svg)")
MARKUP = re.compile(
    r"<\s*[/!]?\s*(?:script|iframe|object|embed|svg|style|link|meta|base|form|img|html|body|math"
    r"|template|video|audio|input|button|textarea)\b|\bon[a-z]{3,20}\s*=\s*[\"']|<!--",
    re.IGNORECASE,
)
CODE = re.compile(r"\s*(?:javascript|vbscript|data\s*:\s*text/html)\s*[:;,]", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def text_faults(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of all texts of a page, but of its expressions."""
    left: list[tuple[Any, Path]] = [(content, ())]
    while left:
        value, path = left.pop()
        if isinstance(value, Mapping):
            left += [(one, (*path, key)) for key, one in value.items() if not key.startswith(":")]
        elif isinstance(value, list):
            left += [(one, (*path, number)) for number, one in enumerate(value)]
        elif isinstance(value, str) and (reason := _reason(value)):
            yield fault(path, reason)


def _reason(text: str) -> str:
    if text.startswith("data:image/"):
        return f"图片太大，最多 {LONGEST_PICTURE} 个字符" if len(text) > LONGEST_PICTURE else ""
    if len(text) > LONGEST_TEXT:
        return f"文字太长，最多 {LONGEST_TEXT} 个字"
    if CODE.match(text) or MARKUP.search(text):
        return "文字里不能写网页代码；它不会运行，只会照样显示出来"
    if CONTROL.search(text):
        return "文字里有看不见的控制字符"
    return ""


def picture_faults(schema: Mapping[str, Any], value: object, path: Path) -> Iterator[Fault]:
    """Faults of the pictures that a property holds, also in its lists."""
    if schema.get("x-component") == "image":
        if isinstance(value, str) and value and not _picture(value):
            yield fault(path, "图片要随页面存着（选一张上传），不能从别的网站取")
        return
    for number, one in enumerate(as_list(value)):
        yield from picture_faults(as_mapping(schema.get("items")), one, (*path, number))
    for name, one in as_mapping(value).items():
        inner = as_mapping(as_mapping(schema.get("properties")).get(name))
        yield from picture_faults(inner, one, (*path, name))


def _picture(value: str) -> bool:
    return bool(PICTURE.fullmatch(value) or OWN_PICTURE.fullmatch(value))
