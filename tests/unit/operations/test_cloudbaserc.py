"""A `cloudbaserc.json` that the cloud would not take is refused here already."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cloudfunctions.operations import CannotGoOn, cloudbaserc
from cloudfunctions.operations.bundle import HTTP, Bundle, faults
from cloudfunctions.operations.pins import FUNCTION

BUNDLES = [
    Bundle(name, {}, frozenset(), (), name == "chat") for name in ("account", "chat", "duty", HTTP)
]


@pytest.fixture
def good() -> dict[str, Any]:
    """The file of four functions."""
    return cloudbaserc.document("nuanxin-1a2b", BUNDLES, FUNCTION)


def test_each_kind_of_function_has_what_it_needs(good: dict[str, Any]) -> None:
    assert cloudbaserc.faults(good) == []
    account, chat, duty, http = good["functions"]
    assert (account["handler"], account["type"]) == ("index.main_handler", "Event")
    assert chat["memorySize"] > account["memorySize"]
    seconds, *rest = duty["triggers"][0]["config"].split()
    assert seconds == "*/5", "an alert must reach people within five seconds"
    assert len(rest) == 6
    assert "handler" not in http
    assert http["instanceConcurrencyConfig"]["maxConcurrency"] == 100


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "1.0"),
        (("envId",), ""),
        (("envId",), "Prod_1"),
        (("functionRoot",), "../elsewhere"),
        (("functionRoot",), "/"),
        (("functions",), []),
        (("more",), 1),
        (("functions", 0, "name"), "über"),
        (("functions", 0, "name"), "a b"),
        (("functions", 0, "name"), "chat"),
        (("functions", 0, "handler"), "index.main"),
        (("functions", 0, "runtime"), "Python3.7"),
        (("functions", 0, "type"), "Web"),
        (("functions", 0, "dir"), "../chat"),
        (("functions", 0, "timeout"), 0),
        (("functions", 0, "timeout"), 901),
        (("functions", 0, "timeout"), "15"),
        (("functions", 0, "memorySize"), 300),
        (("functions", 0, "envVariables"), {"SECRET_KEY": "x"}),
        (("functions", 0, "instanceConcurrencyConfig"), {"maxConcurrency": 2}),
        (("functions", 2, "triggers"), []),
        (("functions", 2, "triggers", 0, "type"), "cron"),
        (("functions", 2, "triggers", 0, "config"), "*/5 * * * *"),
        (("functions", 2, "triggers", 0, "config"), "*/5 * * * * * * *"),
        (("functions", 2, "triggers", 0, "config"), "every minute"),
        (("functions", 3, "handler"), "index.main_handler"),
        (("functions", 3, "triggers"), [{"name": "a", "type": "timer", "config": "* * * * * * *"}]),
        (("functions", 3, "instanceConcurrencyConfig", "maxConcurrency"), 101),
    ],
)
def test_a_bad_file_is_refused(good: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    bad = copy.deepcopy(good)
    at: Any = bad
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    assert cloudbaserc.faults(bad)


@pytest.mark.parametrize("missing", ["name", "type", "runtime", "dir", "timeout", "handler"])
def test_a_function_that_lacks_something_is_refused(good: dict[str, Any], missing: str) -> None:
    del good["functions"][0][missing]
    assert cloudbaserc.faults(good)


@pytest.mark.parametrize("content", [None, [], "", 7, {}])
def test_what_is_no_such_file_at_all_is_refused(content: object) -> None:
    assert cloudbaserc.faults(content)


def test_an_environment_that_cannot_be_one_is_told() -> None:
    with pytest.raises(CannotGoOn, match="envId"):
        cloudbaserc.document("no such place", BUNDLES, FUNCTION)


@pytest.mark.parametrize(
    "name",
    [
        "nlp/__pycache__/model.cpython-310.pyc",
        "flask/tests/test_app.py",
        "test/x.py",
        ".git/config",
        ".env",
        "cloudfunctions/.env.local",
        "jieba/finalseg/prob_emit.p",
        "a/model.pkl",
        "sklearn/__init__.py",
        "numpy-2.4.6.dist-info/METADATA",
        "gunicorn/app/base.py",
        "gevent/hub.py",
    ],
)
def test_what_no_zip_may_hold_is_found(name: str) -> None:
    assert faults({name: b"", "flask/app.py": b""}) == [name]
