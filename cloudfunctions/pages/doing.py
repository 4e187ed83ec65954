"""What happens on a page: its queries, and what its listeners do.

Nothing a page says can call what its viewer may not call: an action must be bindable, and open to
every role of the page's audience. The service asks again at every call; this tells the coordinator.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cloudfunctions.common.identity import ANYONE, DESK, TEEN
from cloudfunctions.pages import catalogue
from cloudfunctions.pages.bounds import PAGE_ID
from cloudfunctions.pages.catalogue import Method
from cloudfunctions.pages.expressions import check
from cloudfunctions.pages.faults import Fault, Path, as_list, as_mapping, as_text, fault
from cloudfunctions.pages.language import Names, Refused
from cloudfunctions.pages.shape import value_faults

AUDIENCES: dict[str, frozenset[str]] = {"teen": TEEN, "staff": DESK, "anyone": ANYONE}
"""The roles that an action has to be open to, by the audience of the page."""
AUDIENCE_WORDS = {"teen": "同学", "staff": "工作人员", "anyone": "还没登录的人"}

HOTLINES = ("12356", "12355", "110", "120", "12338")
LONGEST_SAID = 1_000
PAGE_EVENTS = frozenset({"load", "show"})
ENDS = (".done", ".failed")

NEEDS: dict[str, tuple[str, ...]] = {
    "navigateTo": ("page",),
    "redirectTo": ("page",),
    "navigateBack": (),
    "setState": ("name", "value"),
    "toast": ("text",),
    "openChat": (),
    "callHotline": ("number",),
    "query": ("name",),
    "copy": ("text",),
    "scrollToTop": (),
}
MAY: dict[str, tuple[str, ...]] = {
    "navigateTo": ("params",),
    "redirectTo": ("params",),
    "toast": ("kind",),
}
FIXED = {("setState", "name"), ("query", "name"), ("callHotline", "number")}
"""Parameters that may not be worked out at run time, so that they can be checked here."""


@dataclass(frozen=True)
class Place:
    """What is known where something stands."""

    names: Names
    audience: str

    def event(self) -> Place:
        """The same place inside a listener."""
        return replace(self, names=replace(self.names, event=True))

    def loop(self, names: frozenset[str]) -> Place:
        """The same place inside a `:for` that gives these names too."""
        return replace(self, names=replace(self.names, loop=self.names.loop | names))


def expression_faults(source: object, path: Path, place: Place) -> Iterator[Fault]:
    """The fault of one expression, if it has one."""
    if not isinstance(source, str):
        yield fault(path, "应当是表达式（文字）")
        return
    try:
        check(source, place.names)
    except Refused as refused:
        yield fault(path, str(refused))


def query_faults(queries: Mapping[str, Any], path: Path, place: Place) -> Iterator[Fault]:
    """Faults of a page's queries."""
    for key, found in queries.items():
        query, here = as_mapping(found), (*path, key)
        for name in ("id", "name"):
            if isinstance(query.get(name), str) and query[name] != key:
                yield fault((*here, name), f"要和查询的名字 {key} 一样")
        method = as_mapping(query.get("method"))
        yield from _call_faults(method, (*here, "method"), place, reading=True)


def listener_faults(
    listeners: object, path: Path, place: Place, events: frozenset[str]
) -> Iterator[Fault]:
    """Faults of the listeners of a component, or of the page, that has these events."""
    found = [as_mapping(one) for one in as_list(listeners)]
    ends = {f"{one.get('id')}{end}" for one in found if _can_end(one) for end in ENDS}
    seen = set[str]()
    for number, listener in enumerate(found):
        here = (*path, number)
        name, event = as_text(listener.get("id")), as_text(listener.get("eventName"))
        if name and name in seen:
            yield fault((*here, "id"), f"动作编号 {name} 用了两次")
        seen.add(name)
        if event and event not in events and event not in ends:
            yield fault((*here, "eventName"), _no_event(event, events))
        handler = as_mapping(listener.get("handler"))
        yield from _handler_faults(handler, (*here, "handler"), place.event())


def _can_end(listener: Mapping[str, Any]) -> bool:
    return as_mapping(listener.get("handler")).get("module") == "dataSource"


def _no_event(event: str, events: frozenset[str]) -> str:
    if event.endswith(ENDS):
        return "它前面的动作不在这块积木上，或者不是调用数据"
    known = "、".join(sorted(events)) or "没有"
    return f"这里没有叫“{event[:40]}”的事件（有的：{known}）"


def _handler_faults(handler: Mapping[str, Any], path: Path, place: Place) -> Iterator[Fault]:
    if handler.get("module") == "dataSource":
        yield from _call_faults(handler, path, place, reading=False)
    elif handler.get("module") == "inline":
        yield fault((*path, "module"), "不能写代码，请用菜单里的动作")
    elif handler.get("module") == "platform":
        yield from _platform_faults(handler, path, place)


def _platform_faults(handler: Mapping[str, Any], path: Path, place: Place) -> Iterator[Fault]:
    name, params = as_text(handler.get("name")), as_mapping(handler.get("params"))
    if name not in NEEDS:
        yield fault((*path, "name"), f"没有叫“{name[:40]}”的动作")
        return
    given = {key.removeprefix(":") for key in params}
    for wanted in NEEDS[name]:
        if wanted not in given:
            yield fault((*path, "params", wanted), "缺这一项")
    for key, value in params.items():
        here, plain = (*path, "params", key), key.removeprefix(":")
        if plain not in (*NEEDS[name], *MAY.get(name, ())):
            yield fault(here, f"{name} 没有这一项")
        elif key.startswith(":"):
            yield from _worked_out_faults(name, plain, value, here, place)
        else:
            yield from _given_faults(name, plain, value, here, place)


def _worked_out_faults(
    handler: str, key: str, value: object, path: Path, place: Place
) -> Iterator[Fault]:
    """Faults of a parameter of a platform handler that is worked out when it runs."""
    if (handler, key) in FIXED:
        yield fault(path, "这一项要写定，不能用表达式")
        return
    yield from expression_faults(value, path, place)


def _given_faults(
    handler: str, key: str, value: object, path: Path, place: Place
) -> Iterator[Fault]:
    """Faults of a parameter of a platform handler that is written down."""
    if key == "params":
        yield from _page_params_faults(value, path, place)
        return
    reason = _given_reason(handler, key, value, place)
    if reason:
        yield fault(path, reason)


def _given_reason(handler: str, key: str, value: object, place: Place) -> str:
    text = as_text(value)
    match (handler, key):
        case (_, "page"):
            return "" if PAGE_ID.fullmatch(text) else "请选一个页面"
        case ("setState", "name"):
            return _unknown("变量", text, place.names.states)
        case ("query", "name"):
            return _unknown("查询", text, place.names.queries)
        case ("callHotline", _):
            return "" if value in HOTLINES else f"只能是热线 {'、'.join(HOTLINES)}"
        case ("setState", "value"):
            return ""
    return "" if isinstance(value, str) and len(text) <= LONGEST_SAID else "应当是不太长的文字"


def _unknown(kind: str, name: str, known: Collection[str] | None) -> str:
    return "" if known is None or name in known else f"没有叫“{name[:40]}”的{kind}"


def _page_params_faults(value: object, path: Path, place: Place) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield fault(path, "应当是一组内容")
    for key, one in as_mapping(value).items():
        if key.startswith(":"):
            yield from expression_faults(one, (*path, key), place)
        elif not isinstance(one, (str, int, float, bool)):
            yield fault((*path, key), "应当是文字或数字")


def _call_faults(
    call: Mapping[str, Any], path: Path, place: Place, *, reading: bool
) -> Iterator[Fault]:
    """Faults of a call of an action, from a query or from a listener."""
    name = as_text(call.get("name"))
    if not name:
        return
    method = catalogue.methods().get(name)
    if method is None:
        yield fault((*path, "name"), f"页面不能调用“{name[:60]}”")
        return
    wanted = AUDIENCES.get(place.audience, frozenset())
    if not wanted <= method.who:
        who = AUDIENCE_WORDS.get(place.audience, place.audience)
        yield fault((*path, "name"), f"看这一页的{who}不能调用“{method.title}”")
    if reading and not method.reads:
        yield fault((*path, "name"), f"“{method.title}”会改变东西，请放在按钮的动作里")
    yield from _argument_faults(as_mapping(call.get("params")), method, (*path, "params"), place)


def _argument_faults(
    params: Mapping[str, Any], method: Method, path: Path, place: Place
) -> Iterator[Fault]:
    given = {key.removeprefix(":") for key in params}
    for wanted in sorted(method.required - given):
        yield fault((*path, wanted), "缺这一项")
    for key, value in params.items():
        here, plain = (*path, key), key.removeprefix(":")
        if plain not in method.fields:
            yield fault(here, f"“{method.title}”没有这一项")
        elif key.startswith(":"):
            yield from expression_faults(value, here, place)
        else:
            yield from value_faults(method.fields[plain], value, here)
