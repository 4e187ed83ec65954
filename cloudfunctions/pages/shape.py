"""Whether a page has the shape of one: the JSON schemas of `cals/`, told in Chinese."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudfunctions.pages import catalogue
from cloudfunctions.pages.bounds import components
from cloudfunctions.pages.faults import MOST_FAULTS, Fault, Path, fault

if TYPE_CHECKING:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import ValidationError

PAUSE_EVERY = 25

KINDS = {
    "string": "文字",
    "number": "数字",
    "integer": "整数",
    "boolean": "是或否",
    "array": "列表",
    "object": "一组内容",
    "null": "空",
}

RULES = {
    "maxLength": "太长，最多 {} 个字",
    "minLength": "太短，至少 {} 个字",
    "maxItems": "太多，最多 {} 个",
    "minItems": "太少，至少 {} 个",
    "maxProperties": "太多，最多 {} 个",
    "minimum": "太小，最小 {}",
    "maximum": "太大，最大 {}",
    "pattern": "写法不对",
}

ELSEWHERE = {
    ":class": "样式由这里的主题决定，不能自己写",
    ":style": "样式由这里的主题决定，不能自己写",
    "scopedStyle": "样式由这里的主题决定，不能自己写",
    "code": "不能写代码，请用菜单里的动作",
    ":code": "不能写代码，请用菜单里的动作",
    "resources": "不能带代码或外部文件",
    "dataVariables": "微搭的数据变量在这里用 dataset.query 代替",
    "extra": "这是微搭自己的记录，请去掉",
    "isCapturePhase": "这里没有这个选项",
    "noPropagation": "这里没有这个选项",
    "handler": "查询没有触发的动作，请去掉",
    "enableSyncLocal": "变量不会存在手机里，请去掉",
    "pageName": "请去掉",
}
"""What pages of other CALS editors hold and ours do not, and what to do about it."""


def shape_faults(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a page's frame, without its blocks' own properties.

    Each component is looked at by itself, so that between them others may have their turn.
    """
    yield from _frame_faults("page.schema.json", content, ())
    for number, (component, path, _) in enumerate(components(content)):
        if number % PAUSE_EVERY == 0:
            # The largest page takes half a second, in which this worker's other callers would
            # wait; where they are greenlets this lets them run, elsewhere it does nothing.
            time.sleep(0)
        yield from _frame_faults("component.schema.json", component, path)


def _frame_faults(schema: str, holder: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    items = holder.get("items")
    if isinstance(items, list):
        holder = {**holder, "items": []}
        for number, one in enumerate(items):
            if not isinstance(one, Mapping):
                yield fault((*path, "items", number), "应当是一块积木")
    yield from _told(_validator(schema), holder, path)


def value_faults(schema: Mapping[str, Any], value: object, path: Path) -> Iterator[Fault]:
    """Faults of a value that a block's meta, or an action, describes."""
    from jsonschema import Draft7Validator

    yield from _told(Draft7Validator(schema), value, path)


@functools.cache
def _validator(name: str) -> Draft7Validator:
    # Imported here, since only saving needs it and it takes a tenth of a second.
    from jsonschema import Draft7Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT7

    found = {path.name: catalogue.read(path.name) for path in catalogue.schema_files()}
    resources = [(name, DRAFT7.create_resource(schema)) for name, schema in found.items()]
    registry: Any = Registry().with_resources(resources)
    return Draft7Validator({"$ref": name}, registry=registry)


def _told(validator: Draft7Validator, value: object, path: Path) -> Iterator[Fault]:
    for number, error in enumerate(validator.iter_errors(value)):
        if number == MOST_FAULTS:
            return
        place = (*path, *error.absolute_path)
        yield from (fault((*place, *more), reason) for more, reason in _reasons(error))


def _reasons(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """What one error says: places below its own, and the reasons."""
    wanted: Any = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        yield (str(error.instance),), "名字要用字母、数字和下划线，字母开头"
        return
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            for name in [one for one in error.instance if one not in known]:
                yield (name,), ELSEWHERE.get(name, "这里没有这一项")
        case "required":
            for name in [one for one in wanted if one not in error.instance]:
                yield (name,), "缺这一项"
        case _:
            yield (), _reason(str(error.validator), wanted, error.instance)


def _reason(rule: str, wanted: Any, value: object) -> str:
    if rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"应当是{'或'.join(KINDS.get(kind, kind) for kind in kinds)}"
    if rule == "enum":
        return f"只能是 {'、'.join(str(one) or '（空）' for one in wanted[:12])}"
    if rule == "const":
        return _only(wanted, value)
    if rule == "minLength" and wanted == 1:
        return "不能空着"
    return RULES.get(rule, "不合要求").format(wanted)


def _only(wanted: object, value: object) -> str:
    if wanted == catalogue.MODULE and isinstance(value, str):
        return f"积木库“{value[:40]}”不在这里，请换成这里的积木"
    return f"只能是 {wanted}"
