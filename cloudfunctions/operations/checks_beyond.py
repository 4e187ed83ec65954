"""What has to be asked: the database and the service's own address. Nothing is written anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from cloudfunctions.account import service as account
from cloudfunctions.app import INDEXES
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import MARKS, SCHEMA
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings, SettingsError
from cloudfunctions.operations.checks import SOUND
from cloudfunctions.operations.findings import Finding, Patient

SECONDS = 5.0
CLOCK_LOW, CLOCK_GRAVE = 2 * SECOND, 60 * SECOND
"""Leases are a minute long; signatures of WeChat and tokens bear a few."""
FORGED = {"X-WX-OPENID": "doctor-forged-openid", "X-WX-SOURCE": "wx_client"}
DEMO = "demo"
"""Who invites the staff of `./deploy.sh demo`."""

Asking = Callable[[Patient, Resources], Iterator[Finding]]


def database(patient: Patient) -> Iterator[Finding]:
    """Everything that only the database can tell, if it can be reached."""
    uri = patient.environment.get("MONGODB_URI", "")
    if not uri:
        return
    try:
        # The keys play no part here, so that a missing one does not keep the rest from being seen.
        found = {**patient.environment, **{n: SOUND[n] for n in ("SECRET_KEY", "MASTER_KEY")}}
        resources = Resources.build(Settings.from_environment(found), INDEXES)
    except (SettingsError, PyMongoError, ValueError):
        yield _unreachable("its address is none")
        return
    try:
        for asking in (clock, kind, open_door, schema, demo_account, on_call):
            with resources.database.deadline(SECONDS):
                yield from asking(patient, resources)
    except PyMongoError as error:
        yield _unreachable(type(error).__name__)
    finally:
        resources.database.close()


def _unreachable(why: str) -> Finding:
    return Finding(
        "database",
        "grave",
        f"the database cannot be read from here ({why})",
        "see that it runs, that MONGODB_URI is right, and that this machine may reach it",
    )


def clock(patient: Patient, resources: Resources) -> Iterator[Finding]:
    """This machine's clock beside the database's."""
    theirs = resources.database.hello()["localTime"].replace(tzinfo=timezone.utc)
    yield from _apart(patient, round(theirs.timestamp() * SECOND), "the database")


def _apart(patient: Patient, theirs: int, whose: str, grain: int = 0) -> Iterator[Finding]:
    apart = abs(patient.now() - theirs)
    if apart > CLOCK_LOW + grain:
        yield Finding(
            "clock",
            "grave" if apart > CLOCK_GRAVE else "warning",
            f"this machine's clock and that of {whose} are {apart / SECOND:.0f} s apart",
            "set both by NTP (chrony or systemd-timesyncd)",
        )


def kind(patient: Patient, resources: Resources) -> Iterator[Finding]:
    """Whether what was acknowledged is kept on more than one machine."""
    hello = resources.database.hello()
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        yield Finding(
            "replica_set",
            patient.graver(),
            "the database is no replica set: it dies with its one machine, and tells no changes",
            "a replica set of three, or Tencent Cloud MongoDB",
        )
    elif len(hello.get("hosts", ())) == 1:
        yield Finding(
            "single_member",
            patient.graver(),
            "the database stands on one machine alone, and everything is lost with its disk",
            "a replica set of three (the embedded database is for trials), and backups",
        )


def open_door(patient: Patient, _: Resources) -> Iterator[Finding]:
    """Whether the database lets in whoever comes."""
    uri = patient.environment["MONGODB_URI"]
    bare = re.sub(r"//[^@/]*@", "//", uri)
    if bare == uri and not patient.production:
        return
    client: MongoClient[dict[str, Any]] = MongoClient(
        bare, serverSelectionTimeoutMS=2_000, connectTimeoutMS=2_000
    )
    try:
        client.admin.command("listDatabases", nameOnly=True)
    except PyMongoError:
        return
    finally:
        client.close()
    yield Finding(
        "database_open",
        "grave",
        "the database answers whoever asks, without a password",
        "turn on its access control (security.authorization), and close its port to others",
    )


def schema(_: Patient, resources: Resources) -> Iterator[Finding]:
    """Whether the documents are of the shape that this code knows."""
    mark = resources.database.collection(MARKS).find_one({"_id": "schema"})
    if mark is None:
        return
    if mark.get("restoring"):
        yield Finding(
            "half_restored",
            "grave",
            "a backup was not restored to its end; the service does not start on it",
            "./deploy.sh restore FILE, the same file again",
        )
    elif max(mark["number"], mark.get("toward", 0)) > SCHEMA:
        yield Finding(
            "schema_newer",
            "grave",
            f"newer code has been here; the service of this version (schema {SCHEMA}) refuses it",
            "run the newer version",
        )
    elif mark["number"] < SCHEMA:
        yield Finding(
            "schema_behind",
            "grave",
            f"the database has schema {mark['number']}, this code needs {SCHEMA}",
            "./deploy.sh migrate",
        )


def demo_account(patient: Patient, resources: Resources) -> Iterator[Finding]:
    """Staff that a demo made and that still may come in: it was killed before it dismissed them."""
    demo = resources.database.collection("invitations").find({"by": DEMO}, {"_id": True})
    codes = [one["_id"] for one in demo.limit(1_000)]
    alive = resources.database.collection("staff").count_documents({"invitation": {"$in": codes}})
    if codes and alive:
        yield Finding(
            "demo_account",
            "grave" if patient.production else "warning",
            f"{alive} of the demo's staff may still come in and read talks",
            "run ./deploy.sh demo to its end never here; dismiss them on the desk",
        )


def on_call(patient: Patient, resources: Resources) -> Iterator[Finding]:
    """Whether somebody is there to whom an alert can go."""
    everyone = account.colleagues(resources)
    if not any(one.role == "supervisor" for one in everyone):
        yield Finding(
            "supervisor",
            patient.graver(),
            "there is no supervisor: the second step of an alert reaches nobody",
            "./deploy.sh invite supervisor",
        )
    now, known = patient.now(), {one.id for one in everyone}
    current = [
        one
        for one in account.rota(resources)
        if one["from"] <= now < one["until"] and one["staff"] in known
    ]
    if not current:
        yield Finding(
            "rota",
            "warning" if patient.production else "hint",
            "nobody stands in the on-call rota now: an alert goes to everybody at once, or nobody",
            "a coordinator or supervisor fills the rota on the desk",
        )


def address(patient: Patient) -> Iterator[Finding]:
    """What the service's own address says, and whether it believes a forged header."""
    if not patient.address:
        return
    try:
        ready = requests.get(f"{patient.address}/readyz", timeout=SECONDS)
        # Whom it believes is answered as a stranger, whom it does not as one without credentials.
        forged = requests.post(
            f"{patient.address}/api/account.staff_wechat_sign_in",
            json={},
            headers=FORGED,
            timeout=SECONDS,
        )
    except requests.RequestException as error:
        yield Finding(
            "address",
            "warning",
            f"{patient.address} does not answer from here ({type(error).__name__})",
            "right so if public access is off; else look at its logs",
        )
        return
    if ready.status_code != 200:
        yield Finding(
            "not_ready",
            "grave",
            f"{patient.address}/readyz answers {ready.status_code}",
            "what it says in its body is false is what to look at",
        )
    if forged.status_code in (200, 401):
        yield Finding(
            "forged_identity",
            "grave",
            f"{patient.address} believes an X-WX-OPENID that anybody can send",
            "turn public access off in the console, now",
        )
    if date := ready.headers.get("Date"):
        theirs = round(parsedate_to_datetime(date).timestamp() * SECOND)
        yield from _apart(patient, theirs, patient.address, grain=SECOND)


CHECKS = (database, address)
