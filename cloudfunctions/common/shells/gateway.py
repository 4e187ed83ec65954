"""What WeChat's gateway proves of a request to a container: who calls, and from where.

Promise: an openid is believed only where the deployment says that every request comes through that
gateway (`behind_gateway`), and only in the one form in which the gateway writes it; a request that
shows it in any other form is refused. Elsewhere none of these headers is believed, and none is a
fault either: the gateway adds them also for a container that has public access beside it.

Assumptions: the server in front joins a doubled header with a comma (gunicorn does) and drops names
with an underscore (`header_map` in `gunicorn_conf`): both forms would arrive here as one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from cloudfunctions.common import telemetry
from cloudfunctions.common.errors import BadRequest, ServiceError, Unauthenticated
from cloudfunctions.common.settings import WeChatSettings
from cloudfunctions.common.shells.arriving import NOBODY, Proof, address_in, is_openid

OPENID = "x-wx-openid"
SOURCE = "x-wx-source"
APPID = "x-wx-appid"
ADDRESS = "x-original-forwarded-for"


def proof(headers: Mapping[str, str], wechat: WeChatSettings | None) -> Proof:
    """Return whom the gateway proves by `headers`, whose names are lower-case.

    Raises:
        Unauthenticated: an openid without a source, or of another mini-program.
        BadRequest: an openid or a source that is empty, doubled or no such thing.
    """
    if wechat is None or not wechat.behind_gateway:
        return NOBODY
    address = address_in(headers.get(ADDRESS))
    if OPENID not in headers:
        return Proof(address=address)
    if SOURCE not in headers:
        _refuse("no_source", Unauthenticated())
    if not headers[SOURCE].strip() or "," in headers[SOURCE]:
        _refuse("source", BadRequest())
    if not is_openid(headers[OPENID]):
        _refuse("openid", BadRequest())
    if headers.get(APPID, wechat.appid) != wechat.appid:
        _refuse("appid", Unauthenticated())
    return Proof(headers[OPENID], address)


def _refuse(reason: str, error: ServiceError) -> NoReturn:
    # Behind the gateway this cannot come by itself: somebody tries, or public access is on.
    telemetry.note("gateway_refused", reason=reason)
    raise error
