"""What a form asks, read off its block on the live page, and whether values answer it.

The same rules stand in `miniprogram_schema/components/form/fields.js`, which tells a person at the
field before anything is sent; one file of cases holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

import msgspec

from cloudfunctions.common.errors import BadRequest, NotFound

Kind = Literal["text", "long", "number", "choice", "many", "date", "switch", "photo", "place"]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z][A-Za-z0-9_]{0,29}\Z")]

LONGEST = {"text": 200, "long": 2_000, "place": 200}
GREATEST = 1e12
MOST_PICTURES = 3
MOST_FIELDS = 30
MISSING = {"switch": "还没有打开", "choice": "还没有选", "many": "还没有选"}


class Place(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A place in words; a point on the map only where the person picked one."""

    words: str
    latitude: float | None = None
    longitude: float | None = None


Value = str | bool | float | list[str | int] | Place
Values = Annotated[dict[Name, Value], msgspec.Meta(max_length=MOST_FIELDS)]


class Field(msgspec.Struct):
    """One question; `options` are lines, `most` is a length, a number or a count, by its type."""

    name: Name
    title: str
    type: Kind
    required: bool = False
    options: str = ""
    most: float = 0
    note: str = ""

    @property
    def choices(self) -> list[str]:
        """The options, one a line."""
        return [line.strip() for line in self.options.splitlines() if line.strip()]


class Form(msgspec.Struct):
    """What the server needs of the block; `places` 0 is as many as come."""

    fields: Annotated[list[Field], msgspec.Meta(max_length=MOST_FIELDS)]
    places: Annotated[int, msgspec.Meta(ge=0, le=2_000)] = 0
    once: bool = False


def form_of(attributes: Mapping[str, object]) -> Form:
    """Return the form that a block's attributes describe.

    Raises:
        NotFound: they describe none; the page was drawn wrongly, and nobody can answer it.
    """
    try:
        form = msgspec.convert(dict(attributes), Form, strict=False)
    except msgspec.ValidationError:
        raise NotFound("这张表还没有准备好。", hint="请过一阵再来看看。") from None
    if len({field.name for field in form.fields}) < len(form.fields):
        raise NotFound("这张表还没有准备好。", hint="请过一阵再来看看。")
    return form


def written(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values without those that say nothing; two answers are the same if these are."""
    return {name: value for name, value in values.items() if not _is_empty(value)}


def _is_empty(value: Value) -> bool:
    if isinstance(value, Place):
        return not value.words.strip()
    if isinstance(value, str):
        return not value.strip()
    return value is False or value == []


def check(form: Form, values: Mapping[str, Value]) -> None:
    """Hold `values` (as `written` gives them) against what is asked.

    Raises:
        BadRequest: a field is unknown, missing, or not answered as it asks; the hint names it.
    """
    asked = {field.name: field for field in form.fields}
    if not values.keys() <= asked.keys():
        raise BadRequest("这张表刚刚改过。", hint="请重新打开页面再填。")
    for name, field in asked.items():
        fault = fault_of(field, values.get(name))
        if fault:
            raise BadRequest(f"“{field.title}”{fault}。", hint="改一下再交就好，写的都还在。")


def fault_of(field: Field, value: Value | None) -> str:
    """What is wrong with an answer, in words that follow the field's name; '' for nothing."""
    if value is None or _is_empty(value):
        return MISSING.get(field.type, "还没有填") if field.required else ""
    return _CHECKS[field.type](field, value)


def _text(field: Field, value: Value) -> str:
    if not isinstance(value, str):
        return "填得不对"
    longest = LONGEST[field.type]
    most = min(int(field.most) or longest, longest)
    return f"最多 {most} 个字" if len(value) > most else ""


def _number(field: Field, value: Value) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "要填数字"
    most = field.most or GREATEST
    if value > most:
        return f"最大是 {most:g}"
    return "太小了" if value < -GREATEST else ""


def _choice(field: Field, value: Value) -> str:
    return "" if value in field.choices else "要从里面选一个"


def _many(field: Field, value: Value) -> str:
    if not isinstance(value, list) or not set(value) <= set(field.choices):
        return "要从里面选"
    if len(set(value)) < len(value):
        return "选重了"
    most = int(field.most)
    return f"最多选 {most} 个" if most and len(value) > most else ""


def _date(_: Field, value: Value) -> str:
    try:
        # The round trip leaves one way to write a day.
        return "" if str(date.fromisoformat(str(value))) == value else "不是一个日期"
    except ValueError:
        return "不是一个日期"


def _switch(_: Field, value: Value) -> str:
    return "" if value is True else "填得不对"


def _photo(field: Field, value: Value) -> str:
    most = min(int(field.most) or MOST_PICTURES, MOST_PICTURES)
    if not isinstance(value, list) or not set(value) <= set(range(MOST_PICTURES)):
        return "填得不对"
    if len(set(value)) < len(value):
        return "填得不对"
    return f"最多 {most} 张" if len(value) > most else ""


def _place(_: Field, value: Value) -> str:
    if not isinstance(value, Place):
        return "填得不对"
    if len(value.words) > LONGEST["place"]:
        return f"最多 {LONGEST['place']} 个字"
    point = (value.latitude, value.longitude)
    if point == (None, None):
        return ""
    if value.latitude is None or value.longitude is None:
        return "填得不对"
    return "" if abs(value.latitude) <= 90 and abs(value.longitude) <= 180 else "填得不对"


_CHECKS = {
    "text": _text,
    "long": _text,
    "number": _number,
    "choice": _choice,
    "many": _many,
    "date": _date,
    "switch": _switch,
    "photo": _photo,
    "place": _place,
}


def pictures_in(form: Form, values: Mapping[str, Value]) -> list[int]:
    """The pictures that the answer shows, by their index.

    Raises:
        BadRequest: two fields show the same one.
    """
    shown: list[int] = []
    for field in form.fields:
        value = values.get(field.name)
        if field.type == "photo" and isinstance(value, list):
            shown += [int(index) for index in value]
    if len(set(shown)) < len(shown) or len(shown) > MOST_PICTURES:
        raise BadRequest(f"一份最多 {MOST_PICTURES} 张图片。", hint="去掉几张再交就好。")
    return shown


def words_in(values: Mapping[str, Value]) -> str:
    """All that was written, in one text for whoever reads it for risk.

    Told by the values alone, so that it is the same text after the form has changed.
    """
    ordered = [values[name] for name in sorted(values)]
    lines = [value.words if isinstance(value, Place) else value for value in ordered]
    return "\n".join(line for line in lines if isinstance(line, str))
