"""People who use the service over HTTP."""

from __future__ import annotations

import secrets
from typing import Any

import requests

from cloudfunctions.account import service as account
from cloudfunctions.common.resources import Resources

Body = dict[str, Any]


def new_cid() -> str:
    """A message id as a client makes it."""
    return secrets.token_urlsafe(12)


def new_openid() -> str:
    """Somebody's openid, of the length and alphabet that WeChat's have."""
    return f"o{secrets.token_urlsafe(21)[:27]}"


class Caller:
    """Someone with a device; `post` gives the bare answer, `call` the data of a good one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = requests.Session()
        self.device = secrets.token_urlsafe(32)
        self.id = ""

    def __del__(self) -> None:
        # An unclosed socket is a warning, and a warning is an error here.
        self.http.close()

    def post(self, action: str, body: object = None, **options: Any) -> requests.Response:
        """POST to an action."""
        options.setdefault("timeout", 40)
        return self.http.post(
            f"{self.address}/api/{action}", json={} if body is None else body, **options
        )

    def call(self, action: str, **body: Any) -> Body:
        """POST and return the data; fails on anything but 200."""
        answer = self.post(action, body)
        assert answer.status_code == 200, f"{action}: {answer.status_code} {answer.text}"
        data: Body = answer.json()["data"]
        if "token" in data:
            self.http.headers["Authorization"] = f"Bearer {data['token']}"
            self.id = data["id"]
        return data


class Teen(Caller):
    """A teen with an open talk."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.call("account.sign_in", device=self.device)
        self.talk: str = self.call("chat.enter")["conversation"]["id"]

    def send(self, text: str, cid: str = "", after: int = 0) -> Body:
        """Say something."""
        return self.call(
            "chat.send", conversation=self.talk, cid=cid or new_cid(), text=text, after=after
        )

    def poll(self, after: int = 0, wait: int = 0) -> Body:
        """Hear what is new."""
        return self.call("chat.poll", conversation=self.talk, after=after, wait=wait)

    def transcript(self) -> list[Body]:
        """Every message of the talk, oldest first."""
        found: list[Body] = []
        while True:
            page = self.poll(after=found[-1]["seq"] if found else 0)
            found += page["messages"]
            if not page["more"]:
                return found


class Staff(Caller):
    """A listener, counsellor, supervisor or coordinator who has joined.

    They join beside HTTP, because `account.join` takes 30 calls a minute from one address, fewer
    than a fast run of tests makes.
    """

    def __init__(self, address: str, resources: Resources, role: str, name: str = "小鹿") -> None:
        super().__init__(address)
        with resources.database.deadline(10):
            resources.database.prepare()
            code = account.invite(resources, role, "test").invitation
            account.join(resources, code, self.device, name)
        self.call("account.staff_sign_in", device=self.device)

    def available(self) -> Staff:
        """Come on duty."""
        self.call("desk.status", status="available")
        return self

    def take(self) -> Body | None:
        """Claim the next talk."""
        claimed: Body | None = self.call("desk.next")["conversation"]
        return claimed

    def say(self, talk: str, text: str, cid: str = "") -> Body:
        """Say something to a teen."""
        return self.call("desk.send", conversation=talk, cid=cid or new_cid(), text=text)

    def close(self, talk: str, risk: str = "A") -> Body:
        """End a talk; a high risk is followed up in three days."""
        form = {"risk": risk, "follow_up_days": 3 if risk in "CDE" else None}
        return self.call("desk.close", conversation=talk, form=form)
