"""One error shape and one table from exception to status.

Every failure a person may see is written in Chinese for that person, and its hint ends with the
hotlines, because nobody knows in which minute of a teen's life a request fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from pymongo.errors import PyMongoError

from cloudfunctions.common import telemetry

HOTLINES = "如果现在很危险，请打 110 或 120；想找人说说，12356 一直有人接。"


class ServiceError(Exception):
    """A failure that is expected and told to the caller; subclasses are named after the event."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"
    message = "我们这边出了点问题，你写的话还在你的手机里。"
    hint = "请过一会儿再试。"

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        retry_after: int | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """`details` are fields of the error beside the three, where an action says so."""
        super().__init__(message or self.message)
        self.message = message or self.message
        self.hint = hint or self.hint
        self.retry_after = retry_after
        self.details = dict(details or {})


class BadRequest(ServiceError):
    """The body is not JSON, or not what the action asks for."""

    status, code = HTTPStatus.BAD_REQUEST, "bad_request"
    message, hint = "这条请求的内容不对，没有存下任何东西。", "请检查内容后再试。"


class Unauthenticated(ServiceError):
    """No token, a forged or an expired one, or a device nobody knows."""

    status, code = HTTPStatus.UNAUTHORIZED, "unauthenticated"
    message, hint = "需要先进来才能继续。", "请重新打开页面。"


class Forbidden(ServiceError):
    """The caller's role may not call this action."""

    status, code = HTTPStatus.FORBIDDEN, "forbidden"
    message, hint = "这里需要别的身份才能进来。", "请回到自己的页面。"


class NotFound(ServiceError):
    """Absent, or not the caller's: the same words for both, so that nothing can be guessed."""

    status, code = HTTPStatus.NOT_FOUND, "not_found"
    message, hint = "没有找到。", "请回到首页重新进入。"


class MethodNotAllowed(ServiceError):
    """An action is called by POST only."""

    status, code = HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed"
    message, hint = "请用 POST 调用。", "见接口说明。"


class Conflict(ServiceError):
    """What the caller builds on has changed, or a cid came back with another text."""

    status, code = HTTPStatus.CONFLICT, "conflict"
    message, hint = "刚才的情况已经变了。", "请刷新后再试。"


class Closed(Conflict):
    """The conversation has ended; the client opens a new one and sends there."""

    code = "closed"
    message, hint = "这次倾诉已经结束了。", "可以再开始一次，我还在。"


class TooLarge(ServiceError):
    """The body is above what the action takes."""

    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"
    message, hint = "内容太长了。", "可以分成几条发给我。"


class UnsupportedMediaType(ServiceError):
    """The body is not plain JSON."""

    status, code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"
    message, hint = "只接受 JSON。", "请用 application/json 发送，不要压缩。"


class TooManyRequests(ServiceError):
    """Too many attempts from one address; never raised for a teen's words."""

    status, code = HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests"
    message, hint = "试得太快了。", "请等一会儿再试。"


class Unavailable(ServiceError):
    """The database does not answer, or did not confirm a write."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"
    message, hint = "现在连不上，你写的话还在你的手机里，稍后会再发。", "请过一会儿再试。"


class OutOfService(telemetry.OwnWords):
    """Nothing may be served from the database now; its text is for the operator alone."""


def as_service_error(error: Exception) -> tuple[ServiceError, bool]:
    """Return (what the caller is told, whether it was expected).

    Any fault of the database is 'unavailable': the caller may send again with the same cid.
    """
    if isinstance(error, ServiceError):
        return error, True
    if isinstance(error, PyMongoError | OutOfService):
        return Unavailable(), True
    return ServiceError(), False


def body_of(error: ServiceError) -> bytes:
    """Encode `error` in the one shape; a fault of ours tells by what an operator can find it."""
    found = telemetry.spoken() if error.status >= 500 else ""
    asked = f"要问我们的话，说编号 {found} 就能查到。" if found else ""
    told = {"code": error.code, "message": error.message, "hint": f"{error.hint}{asked}{HOTLINES}"}
    return msgspec.json.encode({"error": {**told, **error.details}})
