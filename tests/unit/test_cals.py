"""What we write is CALS, and what other CALS editors write is taken or refused with the reason.

The published schemas are those of the npm package @cloudbase/cals, which is for development only;
where it is not installed, the tests that need it are skipped.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from cloudfunctions.app import REGISTRY
from cloudfunctions.common.function import Registry as Actions
from cloudfunctions.common.identity import DESK, STAFF, TEEN
from cloudfunctions.pages import catalogue
from cloudfunctions.pages.checking import NEEDED, faults_of
from cloudfunctions.pages.doing import HOTLINES
from cloudfunctions.pages.shipped import FOLDER as PAGES
from miniprogram_schema import CALS, COMPONENTS, blocks, data_source
from miniprogram_schema.__main__ import GENERATED, as_text, main

Json = dict[str, Any]
PUBLISHED = CALS.parent / "node_modules" / "@cloudbase" / "cals" / "lib" / "schema"
needs_cals = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="npm packages are not installed")
SHIPPED = sorted(PAGES.glob("*/*.json"))
METAS = sorted(COMPONENTS.glob("*/meta.json"))


def read(path: Path) -> Json:
    """A JSON document."""
    found: Json = json.loads(path.read_text("utf-8"))
    return found


def _retrieve(uri: str) -> Resource[Any]:
    # The published schema of a component names a schema of properties by an address; what stands
    # there is a dialect of draft-07, so a component's properties are held to that.
    assert uri.startswith("https://"), uri
    return DRAFT7.create_resource(Draft7Validator.META_SCHEMA)


@functools.cache
def validator(name: str, definition: str = "") -> Draft7Validator:
    """A validator of a published schema, or of one of its definitions."""
    schema = read(PUBLISHED / f"{name}.json")
    # The parameter has another name inside attrs, which mypy takes for the real one.
    registry: Any = Registry(retrieve=_retrieve).with_resource(  # type: ignore[call-arg]
        "published.json", DRAFT7.create_resource(schema)
    )
    reference = f"published.json#/definitions/{definition}" if definition else "published.json"
    return Draft7Validator({"$ref": reference}, registry=registry)


def problems(found: Draft7Validator, document: object) -> list[str]:
    """What a validator finds."""
    return [f"{error.json_path}: {error.message[:200]}" for error in found.iter_errors(document)]


def reasons(page: object) -> dict[str, str]:
    """Our faults of a page, by path."""
    return {one.path: one.reason for one in faults_of(page)}


def components(page: Json) -> list[Json]:
    """Every component of a page."""
    found, left = [], list(page["items"])
    while left:
        one = left.pop()
        found.append(one)
        left += one.get("items", [])
    return found


class TestOurs:
    """Pages, metas and the data source that we ship."""

    def test_there_are_some(self) -> None:
        assert {path.parent.name for path in SHIPPED} == {"teen", "desk", "templates"}
        assert len(METAS) > 60

    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.stem))
    def test_a_shipped_page_has_no_fault(self, path: Path) -> None:
        assert reasons(read(path)) == {}
        assert read(path)["id"] == path.stem

    @needs_cals
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.stem))
    def test_a_shipped_page_is_cals(self, path: Path) -> None:
        assert problems(validator("platform_application", "IPageComponent"), read(path)) == []

    @needs_cals
    @pytest.mark.parametrize("path", METAS, ids=lambda path: str(path.parent.name))
    def test_a_meta_is_cals(self, path: Path) -> None:
        assert problems(validator("lcds_component"), read(path)) == []

    @needs_cals
    def test_the_data_source_is_cals(self) -> None:
        document = data_source.as_cals(read(CALS / "data_source.json"))
        found = validator("platform_data_source", "ICloudIntegrationDataSource")
        assert problems(found, document) == []
        assert problems(validator("platform_data_source"), document) == []

    @needs_cals
    def test_what_is_not_cals_would_be_seen(self) -> None:
        page = validator("platform_application", "IPageComponent")
        assert problems(page, {"type": "PAGE"})
        assert problems(page, {"type": "PAGE", "id": "a", "colour": 1})
        assert problems(page, {"type": "PAGE", "id": "a", "listeners": [{"id": "l"}]})
        assert problems(validator("lcds_component"), {"events": [{"name": "tap"}]})
        assert problems(validator("lcds_component"), {"data": {"type": "no such type"}})
        assert problems(validator("platform_data_source"), {"type": "cloud-integration"})

    @pytest.mark.parametrize("path", METAS, ids=lambda path: str(path.parent.name))
    def test_a_default_is_what_its_property_may_be(self, path: Path) -> None:
        meta = read(path)
        assert meta["name"] == path.parent.name
        for name, schema in meta["data"]["properties"].items():
            if "default" in schema and schema["default"] != "":
                assert problems(Draft7Validator(schema), schema["default"]) == [], name


def test_our_schemas_are_schemas() -> None:
    assert len(catalogue.schema_files()) == 3
    for path in catalogue.schema_files():
        Draft7Validator.check_schema(read(path))


class TestGenerated:
    """The documents that say so come out of the code as it is."""

    @pytest.mark.parametrize("name", GENERATED)
    def test_it_is_fresh(self, name: str) -> None:
        make, path = GENERATED[name]
        again = f"run `python -m miniprogram_schema {name}`"
        assert path.read_text("utf-8") == as_text(make()), again

    def test_the_command_prints_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["blocks", "--print"]) == 0
        assert capsys.readouterr().out == (CALS / "blocks.json").read_text("utf-8")

    def test_blocks_are_told_by_the_names_that_pages_use(self) -> None:
        assert catalogue.component_of("mood-picker") == "MoodPicker"
        names = {meta["name"] for meta in blocks.document(COMPONENTS)["blocks"]}
        assert {catalogue.component_of(name) for name in names} == set(catalogue.blocks())

    def test_a_page_file_is_checked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        good, bad = tmp_path / "good.json", tmp_path / "bad.json"
        good.write_text(json.dumps(weda()), "utf-8")
        bad.write_text('{"type": "PAGE"}', "utf-8")
        assert main(["check", str(good)]) == 0
        assert main(["check", str(good), str(bad), str(tmp_path / "absent.json")]) == 1
        told = capsys.readouterr().out
        assert "bad.json: id: " in told
        assert main(["check"]) == 2


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No fields."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Fields of several kinds."""

    topic: str
    limit: int | None = None
    tags: list[str] = []


class TestDataSource:
    """The document follows the registry."""

    def test_a_new_action_is_in_it_if_it_is_bindable(self) -> None:
        registry = Actions()

        def answer(call: Any, request: Asked) -> Asked:
            return request

        options: Json = {"title": "试试", "intent": "get-list"}
        registry.action("a.open", who=TEEN, bindable=True, **options)(answer)
        registry.action("a.shut", who=TEEN)(answer)
        (method,) = data_source.document(registry.actions.values())["methods"]
        assert (method["name"], method["title"], method["intent"]) == ("a.open", "试试", "get-list")
        assert method["calleeBody"]["config"] == {"who": ["teen"]}
        fields = method["inParams"]["properties"]
        assert {name: one["type"] for name, one in fields.items()} == {
            "topic": "string",
            "limit": "number",
            "tags": "array",
        }
        assert method["inParams"]["required"] == ["topic"]
        assert set(method["outParams"]["properties"]) == {"topic", "limit", "tags"}

    def test_what_pages_may_call_has_a_title(self) -> None:
        with pytest.raises(ValueError, match="title"):
            Actions().action("a.b", who=TEEN, bindable=True)

    def test_nothing_that_makes_or_ends_or_rules_is_bindable(self) -> None:
        barred = ("account.", "pages.", "chat.", "desk.dismiss", "desk.outbox", "desk.close")
        allowed = {"pages.manifest"}
        words = ("erase", "share", "consent", "invite", "remove", "decide", "publish")
        for action in REGISTRY.actions.values():
            if action.bindable and action.name not in allowed:
                assert not action.name.startswith(barred), action.name
                last = action.name.partition(".")[2]
                assert not any(word in last.split("_") for word in words), action.name

    def test_each_is_for_teens_or_for_the_whole_desk(self) -> None:
        bindable = [one for one in REGISTRY.actions.values() if one.bindable]
        assert len(bindable) > 10
        for action in bindable:
            assert action.who >= TEEN or action.who >= DESK, action.name
            assert action.who <= TEEN or action.who & STAFF

    def test_every_field_of_it_has_a_title(self) -> None:
        for method in catalogue.methods().values():
            assert all(one["title"] for one in method.fields.values())


def test_a_page_may_call_the_numbers_that_the_client_carries() -> None:
    carried = (CALS.parent / "weapp" / "services" / "safety.js").read_text("utf-8")
    assert tuple(re.findall(r"number: '(\d+)'", carried)) == HOTLINES


class TestNeeded:
    """Pages that people rely on keep the block they are for, where it is always to be seen."""

    @pytest.mark.parametrize("page", sorted(NEEDED))
    @pytest.mark.parametrize("how", ["away", "under a condition", "inside another"])
    def test_it_stays(self, page: str, how: str) -> None:
        content = read(next(path for path in SHIPPED if path.stem == page))
        assert faults_of(content) == []
        others = set(NEEDED[page].split("|"))
        kept = [one for one in content["items"] if one["component"] not in others]
        needed = [one for one in content["items"] if one["component"] in others]
        if how == "under a condition":
            kept += [{**one, "directives": {":if": "true"}} for one in needed]
        if how == "inside another":
            section = {"id": "outer", "component": "Section", "module": "nuanxinmiao"}
            kept.append({**section, "attributes": {}, "items": needed})
        found = faults_of({**content, "items": kept})
        assert [one.path for one in found] == ["items"]


def weda() -> Json:
    """A page of ours that uses all that CALS has and we take."""
    return {
        "type": "PAGE",
        "component": "Page",
        "module": "nuanxinmiao",
        "id": "teen_weda",
        "label": "例子",
        "attributes": {"title": "例子", "audience": "teen"},
        "dataset": {
            "state": {
                "topic": {
                    "varType": "state",
                    "dataType": "string",
                    "initialValue": "",
                    "label": "话题",
                }
            },
            "params": {"story": {"name": "story", "varType": "params", "initialValue": ""}},
            "query": {
                "stories": {
                    "id": "stories",
                    "name": "stories",
                    "label": "故事",
                    "type": "apis",
                    "trigger": "auto",
                    "dataSourceName": "actions",
                    "method": {
                        "name": "story.feed",
                        "params": {"limit": 5, ":topic": "$page.state.topic"},
                    },
                }
            },
        },
        "items": [
            {
                "id": "list",
                "type": "COMPLEX",
                "component": "Section",
                "module": "nuanxinmiao",
                "label": "一块",
                "directives": {":if": "!empty($query.stories.data.stories)", ":display": True},
                "items": [
                    {
                        "id": "one",
                        "component": "Text",
                        "module": "nuanxinmiao",
                        "attributes": {":text": "(i + 1) + '. ' + story.title"},
                        "directives": {
                            ":for": "(story, i) in $query.stories.data.stories",
                            "key": "story.story",
                        },
                    }
                ],
            },
            {
                "id": "go",
                "component": "ActionButton",
                "module": "nuanxinmiao",
                "attributes": {"text": "抱抱"},
                "listeners": [
                    {
                        "id": "hug",
                        "eventName": "tap",
                        "description": "抱抱这一篇",
                        "handler": {
                            "module": "dataSource",
                            "name": "story.hug",
                            "params": {"on": True, ":story": "$page.params.story"},
                        },
                    },
                    {
                        "id": "then",
                        "eventName": "hug.done",
                        "handler": {
                            "module": "platform",
                            "name": "toast",
                            "params": {":text": "$event.hugged ? '抱过了' : ''"},
                        },
                    },
                ],
            },
        ],
        "listeners": [
            {
                "id": "read",
                "eventName": "load",
                "handler": {"module": "platform", "name": "query", "params": {"name": "stories"}},
            }
        ],
    }


Change = Callable[[Json], None]


def at(*way: str | int, value: Any) -> Change:
    """A change of a page at one place."""

    def change(page: Json) -> None:
        holder: Any = page
        for step in way[:-1]:
            holder = holder[step]
        holder[way[-1]] = value

    return change


GO = ("items", 1, "listeners", 0)
FROM_WEDA: list[tuple[str, Change, str, str]] = [
    # What a page of WeDa holds, where we refuse it, and what the reason says.
    ("module", at("items", 0, "module", value="gsd-h5-react"), "items[0].module", "gsd-h5-react"),
    ("component", at("items", 0, "component", value="WdText"), "items[0].component", "WdText"),
    (
        "class",
        at("items", 0, "attributes", value={"class": "a", "style": {"width": "1px"}}),
        "items[0].attributes.style",
        "主题",
    ),
    (":class", at("items", 0, ":class", value='["a"]'), "items[0].:class", "主题"),
    ("scoped", at("items", 0, "scopedStyle", value=".a{}"), "items[0].scopedStyle", "主题"),
    (
        "code",
        at("resources", value=[{"name": "a", "type": "CODE", "code": "alert(1)"}]),
        "resources",
        "代码",
    ),
    (
        "variables",
        at(
            "dataVariables",
            value=[{"name": "a", "varType": "datasource", "dataSourceName": "b"}],
        ),
        "dataVariables",
        "dataset.query",
    ),
    (
        "variable",
        at(
            "dataset",
            "state",
            "a",
            value={"name": "a", "varType": "datasource", "dataSourceName": "b"},
        ),
        "dataset.state.a.varType",
        "state",
    ),
    (
        "inline",
        at(*GO, "handler", value={"module": "inline", "name": "f", ":code": "$page.state.a = 1"}),
        "items[1].listeners[0].handler.:code",
        "代码",
    ),
    (
        "list",
        at(*GO, "handler", "params", value=[]),
        "items[1].listeners[0].handler.params",
        "一组",
    ),
    ("capture", at(*GO, "isCapturePhase", value=True), "items[1].listeners[0].isCapturePhase", ""),
    ("extra", at("items", 0, "extra", value={"ref": "x"}), "items[0].extra", "微搭"),
    (
        "model",
        at("dataset", "query", "stories", "type", value="model"),
        "dataset.query.stories.type",
        "apis",
    ),
    (
        "sql",
        at("dataset", "query", "stories", "method", "sqlTemplateId", value="x"),
        "dataset.query.stories.method.sqlTemplateId",
        "没有",
    ),
    (
        "source",
        at("dataset", "query", "stories", "dataSourceName", value="weda_users"),
        "dataset.query.stories.dataSourceName",
        "actions",
    ),
    ("no id", lambda page: page["items"][0].pop("id"), "items[0].id", "编号"),
]


class TestOthers:
    """Pages as other CALS editors hold them."""

    @needs_cals
    def test_what_we_take_of_cals_is_cals(self) -> None:
        assert problems(validator("platform_application", "IPageComponent"), weda()) == []

    def test_it_has_no_fault(self) -> None:
        assert reasons(weda()) == {}

    @needs_cals
    @pytest.mark.parametrize(
        ("name", "change", "path", "says"), FROM_WEDA, ids=[one[0] for one in FROM_WEDA]
    )
    def test_what_we_do_not_take_is_cals_and_refused_with_the_reason(
        self, name: str, change: Change, path: str, says: str
    ) -> None:
        page = copy.deepcopy(weda())
        change(page)
        cals = validator("platform_application", "IPageComponent")
        assert problems(cals, page) == [], f"{name} is no CALS, so this shows nothing"
        found = reasons(page)
        assert path in found, found
        assert says in found[path]

    @pytest.mark.parametrize("found", [None, [], "PAGE", 1, {}, {"type": "PAGE", "items": {}}])
    def test_what_is_no_page_at_all(self, found: object) -> None:
        assert reasons(found)
