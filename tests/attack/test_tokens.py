"""Tokens that are not ours: mutated, signed by another key, of another salt, or too old."""

from __future__ import annotations

import base64
import binascii
import random
import string
import time
from dataclasses import replace

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from cloudfunctions.common.errors import Unauthenticated
from cloudfunctions.common.identity import ROLES, TOKEN_LIFE, Caller, Identity
from cloudfunctions.common.resources import Resources
from tests.attack.bodies import is_our_error, with_token
from tests.support import people

ALPHABET = string.ascii_letters + string.digits + "-_."
MUTATIONS = 10_000
OVER_HTTP = 150


def token_of(caller: people.Caller) -> str:
    """The token that a caller shows."""
    return str(caller.http.headers["Authorization"]).removeprefix("Bearer ")


def mutated(token: str, chance: random.Random) -> str:
    """The token with a character changed, removed, added, doubled or moved."""
    place = chance.randrange(len(token))
    left, here, right = token[:place], token[place], token[place + 1 :]
    return chance.choice(
        [
            left + chance.choice(ALPHABET) + right,
            left + right,
            left + chance.choice(ALPHABET) + here + right,
            left + here.swapcase() + right,
            token[:place],
            right + left,
            token[::-1],
        ]
    )


def same_signature(one: str, two: str) -> bool:
    """Whether both say the same: base64 has several spellings of the last, half-used character."""
    said, _, signed = one.rpartition(".")
    said_too, _, signed_too = two.rpartition(".")
    try:
        return said == said_too and _bytes(signed) == _bytes(signed_too)
    except (binascii.Error, ValueError):
        return False


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def forged(teen: people.Teen) -> list[str]:
    """Ten thousand mutations of a real token, none of which says the same."""
    token, chance = token_of(teen), random.Random(20_260)
    found: list[str] = []
    while len(found) < MUTATIONS:
        candidate = mutated(token, chance)
        if not same_signature(candidate, token):
            found.append(candidate)
    return found


def test_ten_thousand_mutations_open_nothing(
    forged: list[str], teen: people.Teen, resources: Resources
) -> None:
    assert resources.identity.open(f"Bearer {token_of(teen)}").id == teen.id
    for token in forged:
        with pytest.raises(Unauthenticated):
            resources.identity.open(f"Bearer {token}")


def test_the_service_itself_refuses_them(forged: list[str], teen: people.Teen) -> None:
    caller = people.Caller(teen.address)
    for token in forged[:OVER_HTTP]:
        caller.http.headers["Authorization"] = f"Bearer {token}"
        is_our_error(caller.post("chat.enter"), 401)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic dGVlbjp0ZWVu",
        "Token {token}",
        "{token}",
        "Bearer {token} {token}",
        "Bearer {token}, Bearer {token}",
        "Bearer  {token}",
        "Bearer\t{token}",
        "Bearer null",
        "Bearer undefined",
        "Bearer \xe9\xff",
        "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoic3VwZXJ2aXNvciJ9.",
    ],
)
def test_an_odd_header_is_refused(teen: people.Teen, header: str) -> None:
    caller = people.Caller(teen.address)
    # As bytes: what is above 7 bits must go over the wire as it stands here.
    value = header.replace("{token}", token_of(teen)).encode("latin-1")
    url = f"{caller.address}/api/chat.enter"
    answer = caller.http.post(url, json={}, headers={"Authorization": value}, timeout=10)
    is_our_error(answer, 401)


def test_an_overlong_token_is_refused(teen: people.Teen) -> None:
    is_our_error(with_token(teen.address, "x" * 2_049).post("chat.enter"), 401)


def test_a_token_of_another_key_is_refused(teen: people.Teen, resources: Resources) -> None:
    other = Identity(replace(resources.settings, secret_keys=("another key " * 4,)))
    forged = other.issue(Caller(teen.id, "teen"))
    is_our_error(with_token(teen.address, forged).post("chat.enter"), 401)


def test_a_thousand_of_a_key_that_was_taken_out_and_a_thousand_too_old_open_nothing(
    teen: people.Teen, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(20_261)
    settings = resources.settings
    rotated = Identity(replace(settings, secret_keys=("a new key " * 4, *settings.secret_keys)))
    assert resources.identity.open(f"Bearer {token_of(teen)}")
    taken_out = Identity(replace(settings, secret_keys=("a new key " * 4,)))
    for _ in range(1_000):
        caller = Caller(str(chance.random()), chance.choice(sorted(ROLES)))
        old = resources.identity.issue(caller)
        assert rotated.open(f"Bearer {old}") == caller
        with pytest.raises(Unauthenticated):
            taken_out.open(f"Bearer {old}")
        signed_at = int(time.time()) - TOKEN_LIFE // 1000 - 1 - chance.randrange(10**6)
        with monkeypatch.context() as patch:
            patch.setattr(TimestampSigner, "get_timestamp", lambda _, at=signed_at: at)
            late = resources.identity.issue(caller)
        with pytest.raises(Unauthenticated):
            resources.identity.open(f"Bearer {late}")


@pytest.mark.parametrize("salt", ["", "itsdangerous", "nuanxinmiao", "nuanxinmiao.invitation"])
def test_a_token_of_our_key_for_another_purpose_is_refused(
    teen: people.Teen, resources: Resources, salt: str
) -> None:
    key = list(resources.settings.secret_keys)
    forged = str(URLSafeTimedSerializer(key, salt=salt).dumps([teen.id, "teen"]))
    is_our_error(with_token(teen.address, forged).post("chat.enter"), 401)


@pytest.mark.parametrize(
    "content",
    [None, 1, "x", [], ["x"], ["x", "teen", 1], {"id": "x", "role": "teen"}],
)
def test_a_signed_token_of_another_shape_is_refused(
    teen: people.Teen, resources: Resources, content: object
) -> None:
    forged = str(resources.identity._serializer.dumps(content))
    is_our_error(with_token(teen.address, forged).post("chat.enter"), 401)


@pytest.mark.parametrize(
    "content",
    [["x", "anyone"], ["x", "admin"], ["x", ["teen"]], [1, "teen"], [{"$gt": ""}, "teen"]],
)
def test_a_signed_token_with_odd_content_is_refused(
    teen: people.Teen, resources: Resources, content: object
) -> None:
    forged = str(resources.identity._serializer.dumps(content))
    is_our_error(with_token(teen.address, forged).post("chat.enter"), 401)


def test_a_token_lives_two_hours_and_not_longer(
    teen: people.Teen, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = TOKEN_LIFE // 1000
    for age, opens in ((life - 60, True), (life + 5, False), (-3_600, False)):
        signed_at = int(time.time()) - age
        with monkeypatch.context() as patch:
            patch.setattr(TimestampSigner, "get_timestamp", lambda _, at=signed_at: at)
            token = resources.identity.issue(Caller(teen.id, "teen"))
        answer = with_token(teen.address, token).post("chat.enter")
        if opens:
            assert answer.status_code == 200
        else:
            is_our_error(answer, 401)


def test_a_staff_token_is_worth_nothing_without_the_member(
    teen: people.Teen, resources: Resources
) -> None:
    token = resources.identity.issue(Caller("nobody-of-ours-at-all", "supervisor"))
    for action in ("desk.queue", "desk.next", "account.renew"):
        is_our_error(with_token(teen.address, token).post(action), 401)
    is_our_error(with_token(teen.address, token).post("account.invite", {"role": "listener"}), 401)


def test_a_teen_cannot_become_staff_by_the_id(teen: people.Teen, resources: Resources) -> None:
    token = resources.identity.issue(Caller(teen.id, "supervisor"))
    is_our_error(with_token(teen.address, token).post("desk.queue"), 401)
