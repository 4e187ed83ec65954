"""The documents say what the code does: every action, shape and setting stands in its place."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest

from cloudfunctions.app import REGISTRY
from cloudfunctions.chat.views import Message, TeenView
from cloudfunctions.common.errors import ServiceError
from cloudfunctions.common.function import Action
from cloudfunctions.common.identity import ANYONE, ROLES, STAFF
from cloudfunctions.common.settings import ROOT, Settings
from cloudfunctions.desk.views import Card, Head, Me, Talk
from cloudfunctions.mood.service import Mood
from cloudfunctions.plan.service import Plan, Suggestion

README = (ROOT / "cloudfunctions" / "README.md").read_text("utf-8")
SHAPES: dict[str, type[msgspec.Struct]] = {
    "Message": Message,
    "TeenView": TeenView,
    "TalkHead": Head,
    "Card": Card,
    "Me": Me,
    "Mood": Mood,
    "Plan": Plan,
    "Suggestion": Suggestion,
}

Row = dict[str, str]


def rows() -> dict[str, Row]:
    """The rows of all tables of actions, by action, with the roles in `who`."""
    found: dict[str, Row] = {}
    section, columns = "", list[str]()
    for line in README.splitlines():
        if line.startswith("## "):
            section = line
        if not line.startswith("|"):
            columns = []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        columns = columns or cells
        if "." in cells[0] and columns[0] == "action":
            row = dict(zip(columns, cells, strict=True))
            row.setdefault("who", section.partition("(")[2].rstrip(")"))
            found[row["action"]] = row
    return found


ROWS = rows()


def names_in(text: str) -> set[str]:
    """Field names of a list like `a, b?: x, c (1–20), d: {e, f}, g: [H]`."""
    inner = ""
    while inner != text:
        inner, text = text, re.sub(r"\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]", "", text)
    parts = text.partition(";")[0].split(",")
    return {part.partition(":")[0].strip().rstrip("?") for part in parts} - {""}


def fields_of(shape: type[msgspec.Struct]) -> set[str]:
    """Names as they stand in the JSON."""
    return {field.encode_name for field in msgspec.structs.fields(shape)}


def roles_in(text: str) -> frozenset[str]:
    """The roles that a cell names."""
    words = {word.strip() for word in text.split(",")}
    if words == {"anyone"}:
        return ANYONE
    wide = STAFF if "staff" in words else frozenset[str]()
    return frozenset(words - {"staff"}) | wide


@pytest.mark.parametrize("action", REGISTRY.actions.values(), ids=lambda action: str(action.name))
class TestEveryAction:
    """Walks the registry."""

    def test_stands_in_the_readme_with_its_roles(self, action: Action) -> None:
        assert action.name in ROWS, f"{action.name} is missing in cloudfunctions/README.md"
        assert roles_in(ROWS[action.name]["who"]) == action.who

    def test_its_request_is_described(self, action: Action) -> None:
        described = names_in(ROWS.get(action.name, {}).get("request", ""))
        assert described == fields_of(action.request_type)

    def test_its_answer_is_described(self, action: Action) -> None:
        answer: type[Any] = get_type_hints(action.handler)["return"]
        described = names_in(ROWS.get(action.name, {}).get("data", ""))
        assert described == fields_of(answer)


def test_the_readme_has_no_action_that_does_not_exist() -> None:
    assert set(ROWS) <= set(REGISTRY.actions)


def shape(name: str) -> str:
    """What stands between the braces of a shape in the README."""
    found = re.search(rf"^{name} [^{{\n]*\{{", README, re.MULTILINE)
    assert found is not None, f"{name} is missing under Shapes"
    depth, end = 1, found.end()
    while depth:
        depth += {"{": 1, "}": -1}.get(README[end], 0)
        end += 1
    return README[found.end() : end - 1].replace("\n", " ")


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_described(name: str) -> None:
    assert names_in(shape(name)) == fields_of(SHAPES[name])


def test_a_talk_is_described_as_a_head_and_more() -> None:
    assert names_in(shape("Talk")) == fields_of(Talk) - fields_of(Head)


def all_errors(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Every error there is."""
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


@pytest.mark.parametrize("error", set(all_errors()), ids=lambda error: str(error.__name__))
def test_every_error_code_is_described(error: type[ServiceError]) -> None:
    row = re.search(rf"^\| {error.code} \| (\d+) \|", README, re.MULTILINE)
    assert row is not None, f"{error.code} is missing in the table of codes"
    assert int(row.group(1)) == error.status


class Asked(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        needed = {"SECRET_KEY": "k" * 64, "MASTER_KEY": f"k1:{'A' * 43}="}
        super().__init__({**needed, "MONGODB_URI": "mongodb://127.0.0.1/"})
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """As a mapping does, and remember the name."""
        self.names.add(name)
        return super().get(name, default)


def settings_asked_for() -> set[str]:
    """Every variable that the code reads."""
    asked = Asked()
    Settings.from_environment(asked)
    pattern = r"""environ(?:ment)?(?:\.get\(|\[)\s*["']([A-Z_]+)["']"""
    sources = [*(ROOT / "cloudfunctions").rglob("*.py"), *(ROOT / "nlp").rglob("*.py")]
    return asked.names.union(*(re.findall(pattern, path.read_text("utf-8")) for path in sources))


def test_every_setting_is_described() -> None:
    script = ["bash", str(ROOT / "deploy.sh"), "help"]
    text = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    pages = [*ROOT.glob("*.md"), *ROOT.glob("cloudfunctions/*.md"), *ROOT.glob("nlp/*.md")]
    text += "".join(page.read_text("utf-8") for page in pages)
    asked = settings_asked_for()
    assert {"SECRET_KEY", "MONGODB_URI", "PORT", "WORKERS"} <= asked
    missing = {name for name in asked if not re.search(rf"\b{name}\b", text)}
    assert not missing, f"neither deploy.sh help nor a README explains {sorted(missing)}"


def test_every_role_stands_in_the_help_of_invite() -> None:
    script = (ROOT / "deploy.sh").read_text("utf-8")
    assert all(role in script for role in ROLES if role != "teen")
