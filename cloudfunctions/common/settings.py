"""The environment, read once into one frozen object.

Promise: nothing else of the service reads an environment variable at run time, and a deployment
that lacks a secret does not start. (`local` makes one for one's own machine, not in production.)
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloudfunctions.common.telemetry import OwnWords

ROOT = Path(__file__).resolve().parents[2]
MINIMUM_SECRET = 32
MASTER_KEY_BYTES = 32


class SettingsError(OwnWords):
    """Raised at start when the environment cannot be run with; the message says what to set."""


@dataclass(frozen=True)
class LlmSettings:
    """Where a language model is asked: `{base_url}/chat/completions`."""

    base_url: str
    key: str
    model: str


@dataclass(frozen=True)
class WeChatSettings:
    """The mini-program that this deployment serves.

    Attributes:
        secret: of the mini-program; '' where code2Session is not used (behind the gateway).
        base_url: of the server APIs.
        token_source: how server APIs are called: 'stable' (stable_token, kept in the database),
            'cloudbase' (a cloudbase_access_token beside the request), or 'service' (the
            open-interface service, which needs none).
        behind_gateway: every request comes through WeChat's gateway and public access is off, so
            that its X-WX-* headers can be believed.
        push_token, push_key: of the message push ('' for none; the key is EncodingAESKey).
        teen_template, on_call_template: ids of the subscription messages; '' sends none.
        public_url: where WeChat reaches this service, to fetch pictures that it looks at; '' for
            none, and pictures stay unchecked.
    """

    appid: str
    secret: str = field(repr=False)
    base_url: str
    token_source: str
    behind_gateway: bool
    push_token: str = field(repr=False)
    push_key: str = field(repr=False)
    teen_template: str
    on_call_template: str
    public_url: str = ""


TOKEN_SOURCES = ("stable", "cloudbase", "service")
WECHAT_API = "https://api.weixin.qq.com"
WECHAT_SERVICE_API = "http://api.weixin.qq.com"
"""The open-interface service listens inside the container's own network, without TLS."""


@dataclass(frozen=True)
class MasterKey:
    """A key that wraps the keys of teens (AES-256); `id` tells later which one it was."""

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Everything a deployment may choose.

    Attributes:
        secret_keys: the last signs tokens, all of them open tokens, and the first also hashes
            devices: it stays where it is when a new one is added behind it.
        master_keys: the first wraps the keys that seal what teens keep, all of them unwrap: a new
            one is added before the others, which go once `duty` has wrapped everything anew.
        database_uri: any MongoDB, the embedded one by default.
        request_seconds: time one request may spend on the database, in seconds.
        web_folder: the built H5 pages.
        llm: a language model that may write answers at levels 0 and 1; None in any deployment
            that has not both named one and said that texts may go there.
        notify_url, notify_key: where on-call people are told of alerts; '' for the desk alone.
        wechat: the mini-program; None where the service runs without WeChat.
        production: no secret is made up, and whoever leads needs a second factor.
        metrics_folder: where the processes of this deployment count together; None counts nothing.
        metrics_token: whoever brings it may read `/metrics`; '' leaves that to this machine.
        traces_url: a collector of OpenTelemetry; '' traces nothing.
    """

    secret_keys: tuple[str, ...]
    master_keys: tuple[MasterKey, ...]
    database_uri: str
    database_name: str
    request_seconds: float
    web_folder: Path
    llm: LlmSettings | None = None
    notify_url: str = ""
    notify_key: str = ""
    wechat: WeChatSettings | None = None
    production: bool = False
    metrics_folder: Path | None = None
    metrics_token: str = field(default="", repr=False)
    traces_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Parse and check `environment`.

        Raises:
            SettingsError: a secret is missing or short, or a number is not one.
        """
        return cls(
            secret_keys=_secrets(environment.get("SECRET_KEY", "")),
            master_keys=_master_keys(environment.get("MASTER_KEY", "")),
            database_uri=_required(environment, "MONGODB_URI"),
            database_name=environment.get("DATABASE_NAME", "nuanxinmiao"),
            request_seconds=_seconds(environment.get("REQUEST_SECONDS", "2.5")),
            web_folder=Path(
                environment.get("WEB_FOLDER", ROOT / "miniprogram_schema" / "web" / "dist")
            ),
            llm=_llm(environment),
            notify_url=_outside(environment, "NOTIFY_URL"),
            notify_key=environment.get("NOTIFY_KEY", ""),
            wechat=_wechat(environment),
            production=environment.get("NUANXIN_ENV") == "production",
            metrics_folder=Path(folder) if (folder := environment.get("METRICS_DIR", "")) else None,
            metrics_token=_metrics_token(environment.get("METRICS_TOKEN", "")),
            traces_url=_collector(environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")),
        )


def _outside(environment: Mapping[str, str], name: str) -> str:
    """Return an address outside, which must be spoken to in secret unless it is this machine."""
    url = environment.get(name, "").rstrip("/")
    if url and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise SettingsError(f"{name} must begin with https://")
    return url


def _llm(environment: Mapping[str, str]) -> LlmSettings | None:
    base_url = _outside(environment, "LLM_BASE_URL")
    if not base_url or environment.get("LLM_CONSENT", "") != "yes":
        return None
    return LlmSettings(
        base_url=base_url,
        key=environment.get("LLM_API_KEY", ""),
        model=environment.get("LLM_MODEL", "hunyuan-turbos-latest"),
    )


def _wechat(environment: Mapping[str, str]) -> WeChatSettings | None:
    appid = environment.get("WECHAT_APPID", "")
    if not appid:
        return None
    source = environment.get("WECHAT_TOKEN_SOURCE", "stable")
    if source not in TOKEN_SOURCES:
        raise SettingsError(f"WECHAT_TOKEN_SOURCE must be one of {', '.join(TOKEN_SOURCES)}")
    behind_gateway = environment.get("WECHAT_GATEWAY", "") == "yes"
    secret = environment.get("WECHAT_SECRET", "")
    if not secret and (source == "stable" or not behind_gateway):
        raise SettingsError("WECHAT_SECRET is not set; it stands in the mini-program's settings")
    inside = source == "service" and not environment.get("WECHAT_BASE_URL")
    return WeChatSettings(
        appid=appid,
        secret=secret,
        base_url=WECHAT_SERVICE_API
        if inside
        else _outside(environment, "WECHAT_BASE_URL") or WECHAT_API,
        token_source=source,
        behind_gateway=behind_gateway,
        push_token=environment.get("WECHAT_PUSH_TOKEN", ""),
        push_key=environment.get("WECHAT_PUSH_KEY", ""),
        teen_template=environment.get("WECHAT_TEEN_TEMPLATE", ""),
        on_call_template=environment.get("WECHAT_ON_CALL_TEMPLATE", ""),
        public_url=_outside(environment, "WECHAT_PUBLIC_URL"),
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; ./deploy.sh sets it for one machine")
    return value


def _secrets(value: str) -> tuple[str, ...]:
    keys = tuple(key for key in value.split(",") if key)
    if not keys:
        raise SettingsError("SECRET_KEY is not set; make one with `openssl rand -hex 32`")
    if any(len(key) < MINIMUM_SECRET for key in keys):
        raise SettingsError(f"SECRET_KEY is shorter than {MINIMUM_SECRET} characters")
    return keys


def _master_keys(value: str) -> tuple[MasterKey, ...]:
    keys = tuple(_master_key(one.strip()) for one in value.split(",") if one.strip())
    if not keys:
        raise SettingsError(
            'MASTER_KEY is not set; make one with `echo "k1:$(openssl rand -base64 32)"`'
        )
    if len({one.id for one in keys}) < len(keys):
        raise SettingsError("MASTER_KEY names two keys alike")
    return keys


def _master_key(value: str) -> MasterKey:
    name, _, encoded = value.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name) or len(key) != MASTER_KEY_BYTES:
        raise SettingsError(f"MASTER_KEY is not id:base64 of {MASTER_KEY_BYTES} bytes")
    return MasterKey(name, key)


def _metrics_token(value: str) -> str:
    if value and len(value) < MINIMUM_SECRET:
        raise SettingsError(f"METRICS_TOKEN is shorter than {MINIMUM_SECRET} characters")
    return value


def _collector(value: str) -> str:
    """Return a collector's address; in a private network it often speaks no TLS."""
    if value and not value.startswith(("https://", "http://")):
        raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT must begin with https:// or http://")
    return value.rstrip("/")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        raise SettingsError("REQUEST_SECONDS is not a number of seconds") from None
    if not 0 < seconds <= 10:
        raise SettingsError("REQUEST_SECONDS must lie between 0 and 10")
    return seconds
