"""The real app in process, on a real database of its own, with a clock that the test holds."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace

from cloudfunctions.account import service as account
from cloudfunctions.app import create_app
from cloudfunctions.common.clock import SECOND
from cloudfunctions.common.database import Document
from cloudfunctions.common.identity import Caller
from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import Settings
from cloudfunctions.duty.service import Swept, sweep
from tests.support.people import Body

START = 1_800_000_000_000
"""Where every example's clock begins, in milliseconds since 1970."""
TEENS = 3
ROLES = ("listener", "listener", "counsellor", "counsellor", "supervisor")
"""The staff of the desk; a coordinator beside them leads."""
FORGOTTEN = ("conversations", "transcripts", "presence", "claims")
"""Collections that an example begins without."""
PATIENCE = 10.0
"""Seconds that a request may spend on the database: a slow machine is not what is tested here."""


class HeldClock:
    """Time passes only where a rule says so."""

    def __init__(self) -> None:
        self.value = START

    def __call__(self) -> int:
        return self.value


@dataclass
class Person:
    """A teen or a member of staff with a good token."""

    role: str
    id: str
    token: str


@dataclass(frozen=True)
class Answer:
    """What a call brought: `data` is {} where it was refused."""

    action: str
    status: int
    data: Body

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status == 200


class World:
    """The service, its people, and what it answered."""

    def __init__(self, settings: Settings) -> None:
        name = f"property_{secrets.token_hex(6)}"
        own = replace(settings, database_name=name, request_seconds=PATIENCE)
        self.clock = HeldClock()
        app = create_app(own, now=self.clock)
        self.resources: Resources = app.extensions["resources"]
        self._client = app.test_client()
        self.answered: Counter[tuple[str, int]] = Counter()
        self.resources.database.prepare()
        self.teens = [self._teen() for _ in range(TEENS)]
        self.staff = [self._member(role) for role in ROLES]
        self.lead = self._member("coordinator")
        self.there = self._everybody()

    def _teen(self) -> Person:
        session = account.sign_in_teen(self.resources, secrets.token_urlsafe(32))
        return Person(session.role, session.id, session.token)

    def _member(self, role: str) -> Person:
        code = account.invite(self.resources, role, "test").invitation
        session = account.join(self.resources, code, secrets.token_urlsafe(32), role)
        return Person(session.role, session.id, session.token)

    def begin(self) -> None:
        """Begin an example: nothing was said yet, nobody is on duty, all of the staff are there."""
        self.clock.value = START
        for name in FORGOTTEN:
            self.resources.database.collection(name).delete_many({})
        self.resources.recent.forget()
        new = {one.id: self._member(one.role) for one in self.staff if one.id not in self.there}
        self.staff = [new.get(one.id, one) for one in self.staff]
        self.there = self._everybody()
        for person in (*self.teens, *self.staff, self.lead):
            # A token lives two hours of real time, and many examples may take longer.
            person.token = self.resources.identity.issue(Caller(person.id, person.role))

    def _everybody(self) -> frozenset[str]:
        return frozenset(one.id for one in (*self.staff, self.lead))

    def dismiss(self, member: Person) -> None:
        """Who leads ends a membership."""
        assert self.call(self.lead, "desk.dismiss", member=member.id).ok
        self.there -= {member.id}

    def call(self, person: Person, action: str, /, **body: object) -> Answer:
        """Call an action as a client does."""
        headers = {"Authorization": f"Bearer {person.token}"}
        got = self._client.post(f"/api/{action}", json=body, headers=headers)
        if person.role != "teen":
            # Who is here may be seconds old, but seconds do not pass by themselves.
            self.resources.recent.forget()
        self.answered[action, got.status_code] += 1
        return Answer(action, got.status_code, (got.json or {}).get("data", {}))

    def move(self, seconds: int) -> None:
        """Let seconds pass; below zero, somebody sets the clock back."""
        self.clock.value += seconds * SECOND
        self.resources.recent.forget()

    def sweep(self) -> Swept:
        """What `duty` does every second."""
        return sweep(self.resources)

    def talks(self) -> dict[str, Document]:
        """Every conversation as it is stored, with what was spilled of it in its place."""
        found = self.resources.database.collection("conversations").find({})
        return {talk["_id"]: self._whole(talk) for talk in found}

    def _whole(self, talk: Document) -> Document:
        if talk["first"] == 1:
            return talk
        chunks = self.resources.database.collection("transcripts").find(
            {"conversation": talk["_id"]}
        )
        spilled = [m for chunk in chunks for m in chunk["messages"] if m["seq"] < talk["first"]]
        spilled.sort(key=lambda message: int(message["seq"]))
        return {**talk, "messages": [*spilled, *talk["messages"]]}

    def presences(self) -> list[Document]:
        """Every presence as it is stored."""
        return list(self.resources.database.collection("presence").find({}))

    def end(self) -> None:
        """Leave nothing behind."""
        data = self.resources.database.collection("conversations").database
        data.client.drop_database(data.name)
        self.resources.database.close()
