"""What can be seen of a deployment without asking anybody: its settings and this machine."""

from __future__ import annotations

import ipaddress
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cloudfunctions.common.settings import MINIMUM_SECRET, Settings, SettingsError
from cloudfunctions.operations.findings import Finding, Patient
from nlp import model

SOUND: Mapping[str, str] = {
    "SECRET_KEY": "s" * MINIMUM_SECRET,
    "MASTER_KEY": f"k:{'A' * 43}=",
    "MONGODB_URI": "mongodb://127.0.0.1/",
}
"""Settings that parse; one after another of the patient's is put among them."""
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("SECRET_KEY",),
    ("MASTER_KEY",),
    ("MONGODB_URI",),
    ("REQUEST_SECONDS",),
    ("NOTIFY_URL",),
    ("LLM_BASE_URL", "LLM_CONSENT", "LLM_API_KEY"),
    (
        *("WECHAT_APPID", "WECHAT_SECRET", "WECHAT_BASE_URL", "WECHAT_TOKEN_SOURCE"),
        *("WECHAT_GATEWAY", "WECHAT_PUSH_TOKEN", "WECHAT_PUSH_KEY", "WECHAT_PUBLIC_URL"),
    ),
)
DISTINCT = 8
"""Characters of which a random key of 32 has more, by far."""
ROOM_GRAVE, ROOM_LOW = 200_000_000, 1_000_000_000
DEBUG_SWITCHES, GUNICORN_SWITCHES = ("FLASK_DEBUG", "PYTHONDEVMODE"), "GUNICORN_CMD_ARGS"
"""Settings of what we stand on, not of ours."""
WORDS_IN_LOGS = re.compile(r"--(access-logfile|log-level|log-config|reload|capture-output)")

Check = Callable[[Patient], Iterator[Finding]]


def settings(patient: Patient) -> Iterator[Finding]:
    """What the service itself would refuse, all of it at once."""
    for names in TOGETHER:
        part = {name: patient.environment[name] for name in names if name in patient.environment}
        if names[0] in patient.made_at_start and not part.get(names[0]):
            continue
        empty = {name: "" for name in names if name in SOUND}
        try:
            Settings.from_environment({**SOUND, **empty, **part})
        except SettingsError as error:
            code = names[0].lower() + ("" if part.get(names[0]) else "_missing")
            yield Finding(code, "grave", str(error), f"set {names[0]} as README.md says")


def weak_keys(patient: Patient) -> Iterator[Finding]:
    """Keys that parse and are no secret all the same."""
    for name in ("SECRET_KEY", "MASTER_KEY"):
        keys = [one.strip("= ") for one in patient.environment.get(name, "").split(",")]
        if name == "MASTER_KEY":
            keys = [one.partition(":")[2] for one in keys]
        if any(len(key) >= MINIMUM_SECRET and len(set(key)) < DISTINCT for key in keys):
            yield Finding(
                f"{name.lower()}_weak",
                "grave",
                f"{name} holds a key that was typed, not drawn",
                "make one as README.md says, and rotate it in",
            )


def said_production(patient: Patient) -> Iterator[Finding]:
    """A database elsewhere, and nobody said that this is for real."""
    if not patient.production and not all(map(_here, _hosts(patient))):
        yield Finding(
            "not_production",
            "warning",
            "the database stands elsewhere, but NUANXIN_ENV is not production",
            "NUANXIN_ENV=production, so that no secret is ever made up",
        )


def database_address(patient: Patient) -> Iterator[Finding]:
    """What the address of the database says of how it is guarded."""
    uri = patient.environment.get("MONGODB_URI", "")
    far = [host for host in _hosts(patient) if not _here(host)]
    options = _options(uri)
    if far and "@" not in urlsplit(uri).netloc and "authmechanism" not in options:
        yield Finding(
            "database_auth",
            "grave",
            "the database is reached without a user and a password",
            "turn on its access control, and put a user of its own into MONGODB_URI",
        )
    if far and not _encrypted(uri, options):
        inside = all(map(_private, far))
        yield Finding(
            "database_tls",
            "warning" if inside else "grave",
            "what goes to the database is not encrypted on the way",
            "turn on TLS there, and add tls=true to MONGODB_URI",
        )
    if any(
        options.get(name) == "true"
        for name in ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames")
    ):
        yield Finding(
            "database_certificate",
            "grave",
            "anybody can pretend to be the database: its certificate is not checked",
            "take tlsInsecure and tlsAllowInvalid… out of MONGODB_URI; tlsCAFile names its issuer",
        )
    if options.get("retrywrites") == "true":
        yield Finding(
            "retry_writes",
            "hint",
            "MONGODB_URI asks for retryWrites; the service does not use it, its writes are guarded",
            "retryWrites=false there, so that nobody is misled",
        )


def gateway(patient: Patient) -> Iterator[Finding]:
    """Headers that anybody could forge."""
    believed = patient.environment.get("WECHAT_GATEWAY") == "yes"
    if believed and patient.environment.get("WECHAT_PUBLIC_ACCESS") != "off":
        yield Finding(
            "public_access",
            "grave",
            "X-WX-OPENID is believed, and nobody said that public access is off: "
            "whoever reaches the address can pretend to be anybody",
            "turn public access off in the console, then WECHAT_PUBLIC_ACCESS=off; "
            "or take WECHAT_GATEWAY away",
        )


def wechat(patient: Patient) -> Iterator[Finding]:
    """What a mini-program needs beside its appid."""
    environment = patient.environment
    if not environment.get("WECHAT_APPID"):
        return
    if environment.get("WECHAT_PUSH_TOKEN") and not environment.get("WECHAT_PUSH_KEY"):
        yield Finding(
            "push_plain",
            "warning",
            "pushes are taken in plain mode, whose signature does not cover what they say",
            "choose the secure mode in the console, and set WECHAT_PUSH_KEY",
        )
    if not environment.get("WECHAT_PUBLIC_URL"):
        yield Finding(
            "public_url_missing",
            "hint",
            "WeChat cannot fetch pictures to check them: only supervisors see them",
            "WECHAT_PUBLIC_URL, the https address of this service",
        )


def debugging(patient: Patient) -> Iterator[Finding]:
    """Switches that open the machine, or write down what people say."""
    environment = patient.environment
    if any(environment.get(name, "0") not in ("", "0") for name in DEBUG_SWITCHES):
        yield Finding(
            "debug",
            patient.graver(),
            "FLASK_DEBUG or PYTHONDEVMODE is on",
            "take it out of the environment",
        )
    if WORDS_IN_LOGS.search(environment.get(GUNICORN_SWITCHES, "")):
        yield Finding(
            "logs",
            "grave",
            "GUNICORN_CMD_ARGS changes what is logged; a broken request's words could stand there",
            "take it out; cloudfunctions/gunicorn_conf.py says what is logged",
        )


def notices(patient: Patient) -> Iterator[Finding]:
    """Whether anybody away from the desk hears of an alert."""
    environment = patient.environment
    if not environment.get("NOTIFY_URL") and not environment.get("WECHAT_ON_CALL_TEMPLATE"):
        yield Finding(
            "notify_url_missing",
            "warning" if patient.production else "hint",
            "alerts are told on the desk alone: at night nobody hears of one",
            "NOTIFY_URL and NOTIFY_KEY of whatever rings at those on call",
        )


def pages(patient: Patient) -> Iterator[Finding]:
    """Whether there is anything to look at."""
    folder = patient.environment.get("WEB_FOLDER", "")
    if patient.data is None and not folder:
        return
    built = Settings.from_environment({**SOUND, **({"WEB_FOLDER": folder} if folder else {})})
    if not (built.web_folder / "index.html").is_file():
        yield Finding(
            "pages_not_built",
            "warning",
            "the pages are not built: a browser gets nothing",
            "./deploy.sh setup",
        )


def reader(_: Patient, path: Path = model.FILE) -> Iterator[Finding]:
    """Whether the model stands behind the rules."""
    try:
        model.load(path)
    except model.ModelUnusable as error:
        yield Finding(
            "model",
            "grave",
            f"the reader's model cannot be used ({error}); messages are read by rules alone",
            "take nlp/models as it is in the repository, or python -m nlp train",
        )


def folder(patient: Patient) -> Iterator[Finding]:
    """Whether others can read what lies on this machine, and whether there is room."""
    if patient.data is None or not patient.data.exists():
        return
    lying = [patient.data, *patient.data.glob("*.key"), *patient.data.glob("cloud/*.env")]
    if open_ones := [path for path in lying if path.stat().st_mode & 0o077]:
        yield Finding(
            "data_folder",
            "grave",
            f"other users of this machine can read {', '.join(str(one) for one in open_ones)}",
            f"chmod -R go= {patient.data}",
        )
    free = shutil.disk_usage(patient.data).free
    if free < ROOM_LOW:
        yield Finding(
            "disk",
            "grave" if free < ROOM_GRAVE else "warning",
            f"{free // 1_000_000} MB are free on the disk of {patient.data}",
            "make room: without it the database stops taking messages",
        )


CHECKS: tuple[Check, ...] = (
    *(settings, weak_keys, said_production, database_address, gateway),
    *(wechat, debugging, notices, pages, reader, folder),
)


def _hosts(patient: Patient) -> list[str]:
    """The names of the database's machines, without ports."""
    netloc = urlsplit(patient.environment.get("MONGODB_URI", "")).netloc.rpartition("@")[2]
    return [re.sub(r":\d+\Z", "", host).strip("[]") for host in netloc.split(",") if host]


def _options(uri: str) -> dict[str, str]:
    return {name.lower(): value.lower() for name, value in parse_qsl(urlsplit(uri).query)}


def _encrypted(uri: str, options: Mapping[str, str]) -> bool:
    said = options.get("tls", options.get("ssl"))
    return said == "true" or (said is None and uri.startswith("mongodb+srv:"))


def _here(host: str) -> bool:
    """Whether it is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".sock")


def _private(host: str) -> bool:
    """Whether it is an address inside a network of one's own; a name tells nothing."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
