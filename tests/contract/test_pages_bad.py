"""Pages that are bad: refused with the path and the reason, and what is live stays live."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from cloudfunctions.pages.faults import MOST_FAULTS
from tests.contract.crew import error_of
from tests.contract.drawn import (
    block,
    button,
    by_path,
    compact,
    faults,
    listener,
    new_page,
    opened,
    page,
    post_text,
    put_live,
    query,
    refused,
    save,
    state,
    text,
    with_dataset,
)
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]


@pytest.fixture
def draws(staff: Staffing) -> Staff:
    """A coordinator."""
    return staff("coordinator")


@pytest.fixture
def live(draws: Staff) -> Body:
    """A page that is live, and must stay so."""
    content = page(new_page(), text("a", "好好的"))
    put_live(draws, content)
    return content


def saved_text(live: Body, content: str) -> str:
    """The body of a save over a live page, with a content that is written already."""
    return f'{{"page": {json.dumps(live["id"])}, "revision": 1, "content": {content}}}'


def deep(name: str, depth: int) -> str:
    """A page whose components stand `depth` deep within each other, as text."""
    inner = ""
    for number in range(depth, 0, -1):
        inner = f'{{"id":"n{number}","component":"Section","items":[{inner}]}}'
    return compact(page(name))[:-1].replace('"items":[]', f'"items":[{inner}]') + "}"


class TestNotEvenADraft:
    """Too large, too deep, unclear ids: nothing is kept, and the live page is as it was."""

    @pytest.fixture(autouse=True)
    def stays(self, draws: Staff, teen: Teen, live: Body) -> Any:
        """Whatever a test does, the page stays."""
        yield
        assert opened(teen, live["id"])["content"] == live
        read = draws.call("pages.read", page=live["id"])
        assert (read["content"], read["revision"]) == (live, 1)

    def test_five_megabytes(self, draws: Staff, live: Body) -> None:
        huge = compact(page(live["id"], text("a", "好" * 1_700_000)))
        started = time.perf_counter()
        assert refused(post_text(draws, "pages.save", saved_text(live, huge)), 413)["hint"]
        assert time.perf_counter() - started < 2

    def test_half_a_megabyte_says_how_much_it_may_be(self, draws: Staff, live: Body) -> None:
        large = compact(page(live["id"], *(text(f"n{i}", "a" * 4_000) for i in range(120))))
        error = refused(post_text(draws, "pages.save", saved_text(live, large)))
        assert error["faults"] == [{"path": "", "reason": "页面太大，最多 300 KB，现在 478 KB"}]
        assert "300 KB" in error["hint"]

    def test_ten_thousand_blocks(self, draws: Staff, live: Body) -> None:
        many = compact(
            page(live["id"], *({"id": f"n{i}", "component": "Text"} for i in range(10_000)))
        )
        error = refused(post_text(draws, "pages.save", saved_text(live, many)))
        reasons = {one["path"]: one["reason"] for one in error["faults"]}
        assert "10000 块" in reasons["items"]

    @pytest.mark.parametrize("depth", [21, 100, 400, 1_000, 5_000])
    def test_too_deep(self, draws: Staff, live: Body, depth: int) -> None:
        started = time.perf_counter()
        answer = post_text(draws, "pages.save", saved_text(live, deep(live["id"], depth)))
        assert time.perf_counter() - started < 2
        error = refused(answer)
        assert "太深" in error["hint"]
        if depth < 50:
            assert error["faults"][0]["path"] == "items[0]" + ".items[0]" * 20

    def test_twenty_deep_is_well(self, draws: Staff, live: Body) -> None:
        content = json.loads(deep(live["id"], 20))
        assert faults(draws, content) == {}

    @pytest.mark.parametrize(
        "name", ["", "1a", "a b", "a" * 41, "猫", "__proto__", "a.b", "$a", 1, None]
    )
    def test_an_id_that_is_none(self, draws: Staff, live: Body, name: object) -> None:
        content = page(live["id"], {**text("a"), "id": name})
        body = {"page": live["id"], "content": content, "revision": 1}
        error = refused(draws.post("pages.save", body))
        assert error["faults"][0]["path"] == "items[0].id"

    def test_an_id_twice_says_where_else(self, draws: Staff, live: Body) -> None:
        content = page(live["id"], block("a", "Section", items=[text("b")]), text("b"))
        body = {"page": live["id"], "content": content, "revision": 1}
        error = refused(draws.post("pages.save", body))
        assert error["faults"] == [
            {"path": "items[1].id", "reason": "编号 b 用了两次，items[0].items[0] 也是它"}
        ]

    def test_the_id_of_another_page(self, draws: Staff, live: Body) -> None:
        body = {"page": live["id"], "content": page("teen_other"), "revision": 1}
        assert refused(draws.post("pages.save", body))["faults"][0]["path"] == "id"

    @pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype"])
    def test_a_name_that_leads_behind(self, draws: Staff, live: Body, name: str) -> None:
        content = page(live["id"], block("a", attributes={"text": "x", name: {"x": 1}}))
        body = {"page": live["id"], "content": content, "revision": 1}
        path = refused(draws.post("pages.save", body))["faults"][0]["path"]
        assert path == f"items[0].attributes.{name}"

    @pytest.mark.parametrize(
        "content",
        ["[]", '"x"', "null", "1", '{"id": 1e999}', '{"a": NaN}', '{"id": "\\ud800"}', "{"],
    )
    def test_what_is_no_object(self, draws: Staff, live: Body, content: str) -> None:
        refused(post_text(draws, "pages.save", saved_text(live, content)))

    def test_an_infinite_number(self, draws: Staff, live: Body) -> None:
        content = compact(page(live["id"], text("a"))).replace('"fill":false', '"fill":1e999')
        error = refused(post_text(draws, "pages.save", saved_text(live, content)))
        assert error["faults"] == [{"path": "", "reason": "有写不成 JSON 的东西"}]

    @pytest.mark.parametrize("name", ["", "A", "../x", "a" * 41, {"$gt": ""}, "teen_a\n", None])
    def test_a_page_whose_name_is_none(self, draws: Staff, name: object) -> None:
        for action in ("pages.open", "pages.read", "pages.versions", "pages.remove"):
            assert error_of(draws, action, {"page": name}) == (400, "bad_request")


def changed(place: str, value: Any) -> Body:
    """A good page with one thing changed; `place` is like items.0.attributes.text."""
    content = page(
        "teen_bad",
        text("a"),
        block("s", "Section", attributes={"title": "一"}, items=[text("b")]),
        button("c", listener("l", "tap", "platform", "toast", text="好")),
        audience="teen",
    )
    content = with_dataset(
        content,
        state={"n": state("number", 1)},
        params={"story": {"name": "story", "varType": "params", "label": "故事"}},
        query={"stories": query("stories", "story.feed")},
    )
    holder: Any = content
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    for step in way:
        holder = holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return content


HANDLER = "items.2.listeners.0.handler"
ACTION = {"module": "dataSource", "name": "story.hug", "params": {"story": "s", "on": True}}
BAD: list[tuple[str, Any, str, str]] = [
    # place, value, path of the fault, what the reason says
    ("type", "PAG", "type", "PAGE"),
    ("component", "Other", "component", "Page"),
    ("module", "weda", "module", "积木库"),
    ("label", "", "label", "空"),
    ("label", "长" * 41, "label", "40"),
    ("more", 1, "more", "没有"),
    ("attributes", ..., "attributes", "缺"),
    ("attributes", [], "attributes", "一组"),
    ("attributes.title", ..., "attributes.title", "缺"),
    ("attributes.title", 1, "attributes.title", "文字"),
    ("attributes.audience", "everyone", "attributes.audience", "teen"),
    ("attributes.nav", "desk", "attributes.nav", "chat"),
    ("attributes.fill", "yes", "attributes.fill", "是或否"),
    ("items", {}, "items", "列表"),
    ("items.0", "text", "items[0]", "积木"),
    ("items.0.component", "NoSuch", "items[0].component", "NoSuch"),
    ("items.0.component", "text", "items[0].component", "写法"),
    ("items.0.component", ..., "items[0].component", "缺"),
    ("items.0.attributes.text", 1, "items[0].attributes.text", "文字"),
    ("items.0.attributes.text", "长" * 5_001, "items[0].attributes.text", "5"),
    ("items.0.attributes.size", "giant", "items[0].attributes.size", "small"),
    ("items.0.attributes.colour", "red", "items[0].attributes.colour", "没有"),
    ("items.0.attributes.style", {"color": "red"}, "items[0].attributes.style", "主题"),
    ("items.0.attributes.class", "x", "items[0].attributes.class", "主题"),
    ("items.0.attributes.:text", 1, "items[0].attributes.:text", "表达式"),
    ("items.0.attributes.:text", "1 +", "items[0].attributes.:text", "没有写完"),
    ("items.0.attributes.:colour", "1", "items[0].attributes.:colour", "没有"),
    ("items.0.items", [{"id": "z", "component": "Text"}], "items[0].items", "放不了"),
    ("items.0.directives", {":if": "1 +"}, "items[0].directives.:if", "没有写完"),
    ("items.0.directives", {":if": 1}, "items[0].directives.:if", "文字"),
    ("items.0.directives", {":for": "stories"}, "items[0].directives.:for", "in"),
    ("items.0.directives", {":for": "(text) in [1]"}, "items[0].directives.:for", "别的意思"),
    ("items.0.directives", {":for": "(a) in b"}, "items[0].directives.:for", "b"),
    ("items.0.directives", {":else": "1"}, "items[0].directives.:else", "没有"),
    ("items.0.listeners", [{"id": "l"}], "items[0].listeners[0].handler", "缺"),
    ("items.2.listeners.0.eventName", "fly", "items[2].listeners[0].eventName", "tap"),
    ("items.2.listeners.0.eventName", "x.done", "items[2].listeners[0].eventName", "前面"),
    (f"{HANDLER}.module", "inline", "items[2].listeners[0].handler.module", "代码"),
    (f"{HANDLER}.name", "eval", "items[2].listeners[0].handler.name", "eval"),
    (f"{HANDLER}.code", "alert(1)", "items[2].listeners[0].handler.code", "代码"),
    (f"{HANDLER}.params", {}, "items[2].listeners[0].handler.params.text", "缺"),
    (f"{HANDLER}.params", {"text": 1}, "items[2].listeners[0].handler.params.text", "文字"),
    (f"{HANDLER}.params", {":text": "a"}, "items[2].listeners[0].handler.params.:text", "a"),
    (
        HANDLER,
        {"module": "platform", "name": "navigateTo", "params": {"page": "javascript:alert(1)"}},
        "items[2].listeners[0].handler.params.page",
        "页面",
    ),
    (
        HANDLER,
        {"module": "platform", "name": "callHotline", "params": {"number": "13800000000"}},
        "items[2].listeners[0].handler.params.number",
        "12356",
    ),
    (
        HANDLER,
        {"module": "platform", "name": "setState", "params": {"name": "nope", "value": 1}},
        "items[2].listeners[0].handler.params.name",
        "nope",
    ),
    (
        HANDLER,
        {"module": "platform", "name": "query", "params": {"name": "nope"}},
        "items[2].listeners[0].handler.params.name",
        "nope",
    ),
    (
        HANDLER,
        {**ACTION, "name": "account.consent", "params": {"training": True}},
        "items[2].listeners[0].handler.name",
        "不能调用",
    ),
    (
        HANDLER,
        {**ACTION, "params": {"story": "s"}},
        "items[2].listeners[0].handler.params.on",
        "缺",
    ),
    (
        HANDLER,
        {**ACTION, "params": {"story": "s", "on": "yes"}},
        "items[2].listeners[0].handler.params.on",
        "是或否",
    ),
    (
        HANDLER,
        {**ACTION, "params": {"story": "s", "on": True, "role": "x"}},
        "items[2].listeners[0].handler.params.role",
        "没有",
    ),
    ("dataset.state.n.initialValue", "一", "dataset.state.n.initialValue", "数字"),
    ("dataset.state.n.dataType", "date", "dataset.state.n.dataType", "string"),
    ("dataset.state.n", [], "dataset.state.n", "一组"),
    ("dataset.state", {"a b": state()}, "dataset.state.a b", "名字"),
    ("dataset.state", {f"s{i}": state() for i in range(61)}, "dataset.state", "60"),
    ("dataset.params.story.name", "other", "dataset.params.story.name", "story"),
    ("dataset.query.stories.name", "other", "dataset.query.stories.name", "stories"),
    ("dataset.query.stories.type", "sql", "dataset.query.stories.type", "apis"),
    ("dataset.query.stories.trigger", "always", "dataset.query.stories.trigger", "auto"),
    (
        "dataset.query",
        {f"q{i}": query(f"q{i}", "story.feed") for i in range(31)},
        "dataset.query",
        "30",
    ),
    (
        "dataset.query.stories.method",
        {"name": "story.hug", "params": {"story": "a", "on": True}},
        "dataset.query.stories.method.name",
        "会改变",
    ),
    (
        "dataset.query.stories.method",
        {"name": "story.feed", "params": {":topic": "$page.state.nope"}},
        "dataset.query.stories.method.params.:topic",
        "nope",
    ),
    (
        "dataset.query.stories.method",
        {"name": "story.feed", "params": {"limit": 500}},
        "dataset.query.stories.method.params.limit",
        "20",
    ),
    ("listeners", [listener("l", "tap", "platform", "openChat")], "listeners[0].eventName", "load"),
]


@pytest.mark.parametrize(
    ("place", "value", "path", "says"), BAD, ids=[f"{one[0]}={str(one[1])[:30]}" for one in BAD]
)
def test_a_fault_is_told_with_its_place(
    draws: Staff, place: str, value: Any, path: str, says: str
) -> None:
    assert faults(draws, changed("label", "好的")) == {}
    found = faults(draws, changed(place, value))
    assert path in found, found
    assert says in found[path]


def test_all_faults_come_at_once_but_not_more_than_can_be_read(draws: Staff) -> None:
    content = page("teen_bad", *(text(f"n{i}", colour="red") for i in range(80)))
    assert len(faults(draws, content)) == MOST_FAULTS


HOSTILE = [
    *("$page.state.__proto__", "$page.state['constructor']", "''.constructor.constructor('x')()"),
    *("while (true) {}", "(function f() { f() })()", "$viewer.token", "wx.request({})"),
    *("fetch('x')", "this", "import('x')", "`${1}`", "new Function('x')", "eval('1')", "a = 1"),
    *("1" + " + 1" * 5_000, "[" * 900 + "]" * 900, "(" * 900 + "1" + ")" * 900, "!" * 1_900 + "1"),
    *("filter(range(100), '__proto__', 1)", "text.constructor", "'" + "长" * 10_240 + "'", ""),
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: str(source)[:30])
def test_a_hostile_expression_is_refused_wherever_it_stands(draws: Staff, source: str) -> None:
    go = listener("l", "tap", "platform", "toast", text__=source)
    content = page(
        "teen_bad",
        block("a", attributes={":text": source}),
        block("b", directives={":if": source}),
        block("c", directives={":for": f"(one) in {source}"}),
        button("d", go),
    )
    feed = query("stories", "story.feed", **{":topic": source})
    content = with_dataset(content, query={"stories": feed})
    started = time.perf_counter()
    found = faults(draws, content)
    assert time.perf_counter() - started < 2
    assert set(found) >= {
        "items[0].attributes.:text",
        "items[1].directives.:if",
        "items[2].directives.:for",
        "items[3].listeners[0].handler.params.:text",
        "dataset.query.stories.method.params.:topic",
    }
    assert all(found.values())


SCRIPTS = [
    *(
        "<script>alert(1)</script>",
        "<SCRIPT SRC=x>",
        "< img src=x onerror=alert(1)>",
        "<svg/onload=x>",
    ),
    *("javascript:alert(1)", "  JavaScript:alert(1)", "data:text/html,<b>", "<iframe src=x>"),
    *("a\x00b", "\u202egnp.exe", '<a onclick="x">', "<!-- x -->"),
]


@pytest.mark.parametrize("words", SCRIPTS, ids=lambda words: str(words)[:30])
def test_script_in_any_text_is_refused_with_its_place(draws: Staff, words: str) -> None:
    content = changed("label", words[:40])
    content["attributes"]["title"] = words[:40]
    content["items"][0]["attributes"]["text"] = words
    content["items"][2]["listeners"][0]["handler"]["params"]["text"] = words
    content["dataset"]["state"]["n"] = state("object", {"a": [words]})
    assert set(faults(draws, content)) >= {
        "label",
        "attributes.title",
        "items[0].attributes.text",
        "items[2].listeners[0].handler.params.text",
        "dataset.state.n.initialValue.a[0]",
    }


def test_words_that_only_look_like_it_are_well(draws: Staff) -> None:
    for words in ("1 < 2 > 0", "我 <3 你", "a<b", "on = 开", "脚本 script", "https://example.org"):
        assert faults(draws, page("teen_bad", text("a", words))) == {}


@pytest.mark.parametrize(
    "source",
    [
        *("https://example.org/a.png", "http://127.0.0.1/a.png", "//example.org/a.png", "a.exe"),
        *("data:text/html;base64,AAAA", "data:image/svg+xml;base64,AAAA", "file:///etc/passwd"),
        *("../../a.png", "javascript:alert(1)"),
    ],
)
def test_a_picture_comes_from_nowhere_else(draws: Staff, source: str) -> None:
    content = page("teen_bad", block("a", "Picture", attributes={"src": source, "alt": "猫"}))
    assert "items[0].attributes.src" in faults(draws, content)


def test_a_picture_of_the_page_is_well(draws: Staff) -> None:
    for source in ("data:image/png;base64,iVBORw0KGgo=", "/assets/cat.png", ""):
        content = page("teen_bad", block("a", "Picture", attributes={"src": source, "alt": "猫"}))
        assert faults(draws, content) == {}


class TestWhatItsViewerMayNotCall:
    """At save and publish, whatever way a call goes."""

    @pytest.mark.parametrize(
        ("audience", "action"),
        [
            *(("teen", "desk.queue"), ("teen", "desk.status"), ("staff", "story.feed")),
            *(("anyone", "story.feed"), ("staff", "mood.list"), ("anyone", "desk.queue")),
            *(("teen", "pages.save"), ("teen", "account.invite"), ("staff", "desk.dismiss")),
            *(("teen", "chat.send"), ("teen", "story.erase_all"), ("teen", "mood.share")),
            *(("staff", "account.set_rota"), ("teen", "no.such"), ("staff", "desk.outbox")),
        ],
    )
    def test_it_is_refused(self, draws: Staff, audience: str, action: str) -> None:
        name = new_page()
        go = listener("l", "tap", "dataSource", action)
        content = page(name, button("a", go), audience=audience)
        content = with_dataset(content, query={"q": query("q", action)})
        found = by_path(save(draws, content)["faults"])
        assert "不能调用" in found["dataset.query.q.method.name"]
        assert "不能调用" in found["items[0].listeners[0].handler.name"]
        error = refused(draws.post("pages.publish", {"page": name, "revision": 1}))
        assert "不能调用" in error["hint"]
        assert error_of(draws, "pages.open", {"page": name})[0] == 404

    def test_what_they_may_is_well(self, draws: Staff) -> None:
        for audience, action in (
            *(("teen", "story.feed"), ("teen", "plan.get"), ("staff", "desk.queue")),
            *(("staff", "forms.mine"), ("anyone", "pages.manifest")),
        ):
            content = page("teen_good", audience=audience)
            content = with_dataset(content, query={"q": query("q", action)})
            assert faults(draws, content) == {}

    def test_a_block_of_the_desk_is_for_staff(self, draws: Staff) -> None:
        for audience, is_well in (("teen", False), ("anyone", False), ("staff", True)):
            content = page("teen_bad", block("a", "DeskRoom"), audience=audience)
            assert ("items[0].component" not in faults(draws, content)) == is_well


def test_what_looks_like_a_query_is_kept_as_the_text_it_is(draws: Staff, teen: Teen) -> None:
    strange = {"$gt": "", "$where": "sleep(10000)", "a.b": {"$ne": None}, "": 1, "$": ["$set"]}
    name = new_page()
    content = {**page(name, block("a", attributes=strange)), **strange}
    save(draws, content)
    assert draws.call("pages.read", page=name)["content"] == content
    refused(draws.post("pages.publish", {"page": name, "revision": 1}))
    held = with_dataset(page(name, text("a")), state={"s": state("object", strange)})
    put_live(draws, held, 1)
    assert opened(teen, name)["content"] == held
    assert not any(one["page"] == "$gt" for one in draws.call("pages.list")["pages"])
