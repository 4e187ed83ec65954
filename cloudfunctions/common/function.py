"""The registry of everything that can be called, and the one way a call takes.

Denied by default: an action that does not say who may call it cannot be registered. Every door
(HTTP, event function) brings its request here and gets a response back.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, get_type_hints

import msgspec
from pymongo.errors import PyMongoError

from cloudfunctions.common import metrics, telemetry, tracing
from cloudfunctions.common.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    as_service_error,
    body_of,
)
from cloudfunctions.common.identity import ANYONE, HALF_IN, ROLES, STRANGER, Caller
from cloudfunctions.common.limits import Rate
from cloudfunctions.common.payload import decode, encode
from cloudfunctions.common.resources import Resources

BODY_BYTES = 16_384
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
REQUEST_ID = "X-Request-Id"


@dataclass(frozen=True)
class Request:
    """One call, whatever door it came through; header names are lower-case.

    `openid` is whom the door itself proves: WeChat's gateway or a function's context; else ''.
    `id` is what a function's context calls this request; HTTP says it in X-Request-Id.
    """

    action: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    openid: str = field(default="", repr=False)
    id: str = ""


@dataclass(frozen=True)
class Response:
    """A finished answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)


@dataclass(frozen=True)
class Call:
    """What an action is handed beside its typed request."""

    caller: Caller
    resources: Resources
    openid: str = field(default="", repr=False)
    address: str = ""


CALLERS = ANYONE | {HALF_IN}
"""'Anyone' leaves out who is half in: they are to show their second factor and nothing else."""

Intent = Literal["get-list", "get-item", "create", "update", "delete"]
"""What a bindable action does, in the words of CALS; a page loads only what gets."""

Handler = Callable[[Call, Any], msgspec.Struct]
F = TypeVar("F", bound=Callable[..., msgspec.Struct])


@dataclass(frozen=True)
class Action:
    """A registered action: its name, who may call it, and its limits.

    `bindable` says that a page which a coordinator draws may call it; `title` is what the studio
    then calls it, in Chinese.
    """

    name: str
    who: frozenset[str]
    handler: Handler
    request_type: type[msgspec.Struct]
    body_bytes: int
    rate: Rate | None
    waits: bool
    bindable: bool = False
    title: str = ""
    intent: Intent = "update"


class Registry:
    """The actions of one feature, or of all of them merged."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self.actions: dict[str, Action] = {}
        for one in actions:
            self._add(one)

    def action(
        self,
        name: str,
        *,
        who: frozenset[str],
        body_bytes: int = BODY_BYTES,
        rate: Rate | None = None,
        waits: bool = False,
        bindable: bool = False,
        title: str = "",
        intent: Intent = "update",
    ) -> Callable[[F], F]:
        """Register the function below under `name`, callable by the roles `who`.

        `waits` marks an action that may wait for something beside the database (news, a language
        model): it keeps its own deadlines around what it asks of the database. A request that asks
        for a `wait` of 0 does not wait, and has one deadline for everything like any other.

        `bindable` opens it to pages that a coordinator draws. Never so for what makes or ends an
        identity, gives consent, erases, or rules over others: a drawn button must not do that.
        """
        if not who or not who <= CALLERS:
            raise ValueError(f"{name}: who must be some of {sorted(CALLERS)}")
        if bindable and not title:
            raise ValueError(f"{name}: what pages may call needs a title for the studio")

        def register(handler: F) -> F:
            request_type = _request_type(handler)
            page = (bindable, title, intent)
            self._add(Action(name, who, handler, request_type, body_bytes, rate, waits, *page))
            return handler

        return register

    def _add(self, action: Action) -> None:
        if action.name in self.actions:
            raise ValueError(f"{action.name} is registered twice")
        self.actions[action.name] = action

    @classmethod
    def merge(cls, *registries: Registry) -> Registry:
        """Return one registry of all their actions."""
        return cls(action for registry in registries for action in registry.actions.values())


def _request_type(handler: Callable[..., Any]) -> type[msgspec.Struct]:
    parameters = list(inspect.signature(handler).parameters)
    hint = get_type_hints(handler)[parameters[1]]
    if not (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        raise TypeError(f"{handler.__name__}: the request must be a msgspec.Struct")
    if not hint.__struct_config__.forbid_unknown_fields:
        raise TypeError(f"{handler.__name__}: its request must refuse unknown fields")
    return hint


def dispatch(registry: Registry, resources: Resources, request: Request) -> Response:
    """Carry one call from bytes to bytes; never raises."""
    name = request.action if request.action in registry.actions else "unknown"
    given = request.id or request.headers.get("x-request-id", "")
    with telemetry.request(given) as call, tracing.request(name) as span:
        response = _dispatched(registry, resources, request, name, span)
        span.tell(request=call)
    return replace(response, headers={**response.headers, REQUEST_ID: call})


def _dispatched(
    registry: Registry, resources: Resources, request: Request, name: str, span: tracing.Span
) -> Response:
    started = time.perf_counter()
    caller = STRANGER
    try:
        action = _find(registry, request)
        caller = resources.identity.open(request.headers.get("authorization", ""))
        _allow(action, caller, resources, request)
        answer = _run(action, Call(caller, resources, request.openid, request.address), request)
        response = Response(200, encode({"data": answer}))
        code = "ok"
    except Exception as error:  # noqa: BLE001  the one place where every fault gets its shape
        response, code = _failed(error)
    seconds = time.perf_counter() - started
    telemetry.request_done(name, caller.role, response.status, code, seconds)
    metrics.request(name, response.status, seconds)
    span.tell(role=caller.role, status=response.status, code=code)
    if response.status >= 500:
        span.failed()
    return response


def _find(registry: Registry, request: Request) -> Action:
    action = registry.actions.get(request.action)
    if action is None:
        raise NotFound(hint="请检查动作的名字。")
    if len(request.body) > action.body_bytes:
        raise TooLarge
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaType
    return action


def _allow(action: Action, caller: Caller, resources: Resources, request: Request) -> None:
    if caller.role not in action.who:
        raise Unauthenticated if caller is STRANGER else Forbidden
    if action.rate is not None:
        resources.limiter.check(action.name, request.address, action.rate)


def _run(action: Action, call: Call, request: Request) -> msgspec.Struct:
    wanted = decode(request.body, action.request_type)
    with call.resources.database.deadline():
        call.resources.database.prepare()
    if action.waits and getattr(wanted, "wait", None) != 0:
        return action.handler(call, wanted)
    with call.resources.database.deadline():
        return action.handler(call, wanted)


def _failed(error: Exception) -> tuple[Response, str]:
    known, expected = as_service_error(error)
    if not expected:
        telemetry.fault(error)
    elif not isinstance(error, (BadRequest, NotFound)) and known.status >= 500:
        telemetry.note("behind_us", type=type(error).__name__)
    if isinstance(error, PyMongoError):
        metrics.database_fault(error)
    headers = dict(HEADERS)
    if known.retry_after is not None:
        headers["Retry-After"] = str(known.retry_after)
    return Response(int(known.status), body_of(known), headers), known.code


def roles_of(action: Action) -> tuple[str, ...]:
    """The roles that may call `action`, in the order of `ROLES`; empty means anyone."""
    return () if action.who == ANYONE else tuple(role for role in ROLES if role in action.who)
