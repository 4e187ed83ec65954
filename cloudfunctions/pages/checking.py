"""Whether a page can be published: every fault with its place and its reason."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from cloudfunctions.pages import catalogue
from cloudfunctions.pages.bounds import bounds, components
from cloudfunctions.pages.catalogue import Block
from cloudfunctions.pages.doing import (
    PAGE_EVENTS,
    Place,
    expression_faults,
    listener_faults,
    query_faults,
)
from cloudfunctions.pages.faults import MOST_FAULTS, Fault, Path, as_mapping, as_text, fault
from cloudfunctions.pages.language import FORBIDDEN, HELPERS, WORDS, Names
from cloudfunctions.pages.shape import PAUSE_EVERY, shape_faults, value_faults
from cloudfunctions.pages.wording import picture_faults, text_faults

FOR = re.compile(
    r"\s*(?:\(\s*(?P<item>{n})\s*(?:,\s*(?P<index>{n})\s*)?\)|(?P<bare>{n}))\s+in\s+(?P<list>.+)".format(
        n=r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*"
    ),
    re.DOTALL,
)
NEEDED = {"teen_chat": "ChatRoom", "teen_help": "HotlineList|SafetyCard", "desk_home": "DeskRoom"}
"""Pages that people must be able to rely on, and the block without which they are none."""
STYLES = frozenset({"class", "style", "theme", "hide"})


def faults_of(content: object) -> list[Fault]:
    """Return the faults of a page, at most 50; none means that it may be published."""
    if not isinstance(content, Mapping):
        return [fault((), "页面应当是一个 JSON 对象")]
    barred = bounds(content)
    found = barred or chain(shape_faults(content), text_faults(content), _meaning(content))
    return list(islice(_once(found), MOST_FAULTS))


def _once(found: Any) -> Iterator[Fault]:
    seen = set[Fault]()
    for one in found:
        if one not in seen:
            seen.add(one)
            yield one


def _needed_faults(content: Mapping[str, Any]) -> Iterator[Fault]:
    """A teen must find the talk where it always is, whatever else is drawn there.

    Inside another block, or shown under a condition, it might one day not be there.
    """
    wanted = NEEDED.get(as_text(content.get("id")), "")
    if not wanted:
        return
    items = content.get("items")
    outer = [as_mapping(one) for one in items] if isinstance(items, list) else []
    always = {as_text(one.get("component")) for one in outer if not one.get("directives")}
    if not always & set(wanted.split("|")):
        names = "或".join(f"“{catalogue.blocks()[one].title}”" for one in wanted.split("|"))
        yield fault(("items",), f"这一页最外层要一直有{names}，少了它有人会找不到帮助")


def _meaning(content: Mapping[str, Any]) -> Iterator[Fault]:
    place = _place(content)
    yield from _needed_faults(content)
    dataset = as_mapping(content.get("dataset"))
    yield from _param_faults(as_mapping(dataset.get("params")))
    queries = as_mapping(dataset.get("query"))
    yield from query_faults(queries, ("dataset", "query"), place)
    yield from listener_faults(content.get("listeners"), ("listeners",), place, PAGE_EVENTS)
    loops: dict[Path, frozenset[str]] = {}
    for number, (component, path, _) in enumerate(components(content)):
        if number % PAUSE_EVERY == 0:
            time.sleep(0)
        # The names of a `:for` hold for the component itself and all below it.
        outer = loops.get(path[:-2], frozenset())
        here = place.loop(outer)
        names, faults = _for(component, path, here)
        loops[path] = outer | names
        yield from faults
        yield from _component_faults(component, path, place.loop(outer | names))


def _place(content: Mapping[str, Any]) -> Place:
    dataset = as_mapping(content.get("dataset"))
    names = Names(
        states=frozenset(as_mapping(dataset.get("state"))),
        params=frozenset(as_mapping(dataset.get("params"))),
        queries=frozenset(as_mapping(dataset.get("query"))),
    )
    return Place(names, as_text(as_mapping(content.get("attributes")).get("audience")))


def _param_faults(params: Mapping[str, Any]) -> Iterator[Fault]:
    for key, found in params.items():
        if isinstance(as_mapping(found).get("name"), str) and found["name"] != key:
            yield fault(("dataset", "params", key, "name"), f"要和参数的名字 {key} 一样")


def _for(
    component: Mapping[str, Any], path: Path, place: Place
) -> tuple[frozenset[str], list[Fault]]:
    """The names that a component's `:for` gives, and its faults."""
    source = as_mapping(component.get("directives")).get(":for")
    if not isinstance(source, str):
        return frozenset(), []
    here = (*path, "directives", ":for")
    match = FOR.fullmatch(source)
    if match is None:
        return frozenset(), [fault(here, "写成 (item, i) in 列表")]
    names = frozenset(filter(None, match.group("item", "index", "bare")))
    taken = sorted(names & ({"in", "this"} | FORBIDDEN | WORDS | set(HELPERS)))
    faults = [fault(here, f"{one} 已经有别的意思，请换一个名字") for one in taken]
    return names, [*faults, *expression_faults(match["list"], here, place)]


def _component_faults(component: Mapping[str, Any], path: Path, place: Place) -> Iterator[Fault]:
    yield from _directive_faults(component, path, place)
    name = as_text(component.get("component"))
    block = catalogue.blocks().get(name)
    if block is None:
        if name:
            yield fault((*path, "component"), f"没有叫“{name[:60]}”的积木")
        return
    if block.category == catalogue.STAFF_CATEGORY and place.audience != "staff":
        yield fault((*path, "component"), f"“{block.title}”只能放在工作人员的页面上")
    if component.get("items") and not block.is_container:
        yield fault((*path, "items"), f"“{block.title}”里面放不了别的积木")
    yield from _attribute_faults(component, block, path, place)
    listeners = component.get("listeners")
    yield from listener_faults(listeners, (*path, "listeners"), place, block.events)


def _directive_faults(component: Mapping[str, Any], path: Path, place: Place) -> Iterator[Fault]:
    directives = as_mapping(component.get("directives"))
    for name in (":if", ":display"):
        if isinstance(directives.get(name), str):
            here = (*path, "directives", name)
            yield from expression_faults(directives[name], here, place)
    key = directives.get("key")
    if isinstance(key, str) and key:
        yield from expression_faults(key, (*path, "directives", "key"), place)


def _attribute_faults(
    component: Mapping[str, Any], block: Block, path: Path, place: Place
) -> Iterator[Fault]:
    attributes = as_mapping(component.get("attributes"))
    for name in block.required:
        if name not in attributes and f":{name}" not in attributes:
            yield fault((*path, "attributes", name), "缺这一项")
    for key, value in attributes.items():
        here, plain = (*path, "attributes", key), key.removeprefix(":")
        schema = block.properties.get(plain)
        if schema is None:
            yield fault(here, _no_property(plain, block))
        elif key.startswith(":"):
            yield from expression_faults(value, here, place)
        else:
            yield from value_faults(schema, value, here)
            yield from picture_faults(schema, value, here)


def _no_property(name: str, block: Block) -> str:
    if name in STYLES:
        return "样式由这里的主题决定，不能自己写"
    return f"“{block.title}”没有这一项"
