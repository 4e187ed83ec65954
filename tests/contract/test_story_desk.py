"""Stories from the side of those who read them first: the queue, leases, the four ends, races."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudfunctions.account import service as account
from cloudfunctions.common.clock import HOUR, MINUTE
from cloudfunctions.common.resources import Resources
from tests.contract.crew import at_once, error_of, window_of
from tests.contract.shelf import (
    KIND_WORDS,
    SAD,
    WORDS,
    author,
    decided,
    in_feed,
    mine,
    public_of,
    published,
    sent,
    stored_story,
    taken,
    write,
)
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

PHONE = "我的电话是一三八\n零零一三\n八零零零，想和人说说话。"
GRAVEST_FIRST = ("不想活了，活着没意思，好几天都在想怎么离开。", SAD)
STEPS = ("story.queue", "story.take", "story.put_back", "story.decide")


@pytest.fixture(autouse=True)
def _nothing_waits(resources: Resources) -> None:
    with resources.database.deadline(10):
        for name in ("stories", "story_answers"):
            resources.database.collection(name).delete_many({})


@pytest.fixture
def writer(running: Copy) -> Teen:
    """Whoever writes."""
    return author(running)


@pytest.fixture
def reader(running: Copy) -> Teen:
    """Another teen."""
    return author(running)


@pytest.fixture
def moderator(staff: Staffing) -> Staff:
    """Who reads first."""
    return staff("counsellor")


@pytest.fixture
def other(running: Copy, resources: Resources) -> Staff:
    """Another moderator, with another name."""
    return Staff(running.address, resources, "supervisor", "阿木")


def waiting(resources: Resources, moderator: Staff, teen: Teen, **words: object) -> Body:
    """A story that was sent, in the hands of the moderator."""
    story = sent(teen, **words)
    item = taken(moderator, "story", public_of(resources, teen, story["story"]))
    return {**item, "story": story["story"]}


def change_lease(resources: Resources, public: str, milliseconds: int) -> None:
    """Let the lease of a story end earlier or later."""
    with resources.database.deadline(10):
        resources.database.collection("stories").update_one(
            {"public": public}, {"$inc": {"lease.until": milliseconds}}
        )


def test_only_counsellors_and_supervisors_moderate(
    teen: Teen, staff: Staffing, running: Copy
) -> None:
    for action in STEPS:
        for person in (teen, staff("listener"), staff("coordinator")):
            assert error_of(person, action, {}) == (403, "forbidden")
        stranger = Teen(running.address)
        del stranger.http.headers["Authorization"]
        assert error_of(stranger, action, {})[0] == 401
    for role in ("counsellor", "supervisor"):
        assert staff(role).call("story.queue")["items"] == []


def test_a_dismissed_moderator_is_out_at_the_next_call(
    moderator: Staff, writer: Teen, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    with resources.database.deadline(10):
        account.dismiss(resources, moderator.id)
    body = {"kind": "story", "id": item["id"], "version": item["version"], "end": "publish"}
    assert error_of(moderator, "story.decide", body)[0] == 401
    assert mine(writer, item["story"])["state"] == "waiting"


def test_the_gravest_comes_first_then_reports_then_what_is_due_first(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    reported = published(resources, writer, moderator, text="今天吃了面条。")
    first = sent(writer, text="今天看了云，很白。")
    second = sent(writer, text="今天看了一本书。")
    reader.call("story.report", story=reported["public"], reason="unkind")
    grave = sent(author(running), text=GRAVEST_FIRST[0])
    assert grave["state"] == "waiting"
    page = moderator.call("story.queue")
    kinds = [(one["kind"], one["level"] >= 2) for one in page["items"]]
    assert kinds[:2] == [("story", True), ("report", False)]
    later = [public_of(resources, writer, one["story"]) for one in (first, second)]
    assert [one["id"] for one in page["items"][2:]] == later
    assert page["counts"] == {"waiting": 4, "overdue": 0, "reports": 1}
    due = [one["due_at"] - one["sent_at"] for one in page["items"]]
    assert due[0] == 2 * HOUR
    assert due[3] == 24 * HOUR
    assert page["items"][0]["types"]


def test_the_queue_comes_in_pages_and_counts_what_is_late(
    writer: Teen, moderator: Staff, resources: Resources
) -> None:
    stories = [sent(writer, text=f"第{n}件小事，今天的云。") for n in range(23)]
    page = moderator.call("story.queue")
    rest = moderator.call("story.queue", after=page["cursor"])
    assert (page["more"], rest["more"]) == (True, False)
    ids = [one["id"] for one in [*page["items"], *rest["items"]]]
    assert ids == [public_of(resources, writer, one["story"]) for one in stories]
    with resources.database.deadline(10):
        resources.database.collection("stories").update_one(
            {"public": ids[3]}, {"$set": {"desk.due_at": resources.now() - MINUTE}}
        )
    late = moderator.call("story.queue")
    assert late["counts"]["overdue"] == 1
    assert [one["id"] for one in late["items"] if one["overdue"]] == [ids[3]]


def test_the_reasons_are_marked_in_the_text(
    writer: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer, text=f"{GRAVEST_FIRST[0]}{PHONE}")
    kinds = {mark["kind"] for mark in item["marks"]}
    assert {"phone", "risk"} <= kinds
    (phone,) = [mark for mark in item["marks"] if mark["kind"] == "phone"]
    assert item["text"][phone["start"] : phone["end"]] == "一三八\n零零一三\n八零零零"
    for mark in item["marks"]:
        assert 0 <= mark["start"] < mark["end"] <= len(item["text"])


def test_two_moderators_never_hold_one_story(
    running: Copy, writer: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    public = public_of(resources, writer, sent(writer)["story"])
    people = [window_of(one) for one in (moderator, other) for _ in range(4)]
    answers = at_once(8, lambda n: people[n].post("story.take", {"kind": "story", "id": public}))
    codes = [answer.status_code for answer in answers]
    assert sorted((codes[:4].count(200), codes[4:].count(200))) == [0, 4]
    loser = other if codes[0] == 200 else moderator
    holder = "小鹿" if loser is other else "阿木"
    refused = loser.post("story.take", {"kind": "story", "id": public}).json()["error"]
    assert holder in refused["message"]
    shown = loser.call("story.queue")["items"][0]
    assert (shown["holder"], shown["mine"]) == (holder, False)


def test_a_story_can_be_put_back_and_taken_by_another(
    writer: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    body = {"kind": "story", "id": item["id"]}
    assert other.call("story.put_back", **body) == {}
    assert error_of(other, "story.take", body)[0] == 409
    for _ in range(2):
        assert moderator.call("story.put_back", **body) == {}
    assert taken(other, "story", item["id"])["mine"] is True


def test_whoever_lost_the_lease_decides_nothing(
    writer: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    change_lease(resources, item["id"], -10 * MINUTE)
    body = {"kind": "story", "id": item["id"], "version": item["version"], "end": "publish"}
    assert error_of(moderator, "story.decide", body) == (409, "conflict")
    theirs = taken(other, "story", item["id"])
    assert error_of(moderator, "story.decide", body) == (409, "conflict")
    later = {**body, "version": theirs["version"]}
    assert error_of(moderator, "story.decide", later) == (409, "conflict")
    assert mine(writer, item["story"])["state"] == "waiting"
    decided(other, theirs, "publish")
    assert mine(writer, item["story"])["state"] == "published"
    assert error_of(moderator, "story.decide", body) == (409, "conflict")


def test_taking_again_renews_the_lease_and_keeps_the_version(
    writer: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    change_lease(resources, item["id"], -9 * MINUTE)
    again = taken(window_of(moderator), "story", item["id"])  # type: ignore[arg-type]
    assert again["version"] == item["version"]
    until = stored_story(resources, writer, item["story"])["lease"]["until"]
    assert until > resources.now() + 9 * MINUTE
    decided(moderator, item, "publish")


def test_a_decision_is_carried_out_once_and_answers_again_what_it_answered(
    writer: Teen, reader: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    windows = [window_of(moderator) for _ in range(6)]
    body = {"kind": "story", "id": item["id"], "version": item["version"], "end": "publish"}
    answers = at_once(6, lambda n: windows[n].post("story.decide", body))
    assert {answer.status_code for answer in answers} == {200}
    stored = stored_story(resources, writer, item["story"])
    assert len(stored["decisions"]) == 1
    for changed in ({"end": "withhold", "words": "不行"}, {"from_14": True}):
        assert error_of(moderator, "story.decide", {**body, **changed})[0] == 409
    assert error_of(other, "story.decide", body)[0] == 409
    assert in_feed(reader, item["id"])
    assert stored_story(resources, writer, item["story"]) == stored


def test_the_next_one_is_in_hand_already(
    writer: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    one, two = (public_of(resources, writer, sent(writer)["story"]) for _ in range(2))
    taken(other, "story", one)
    following = decided(moderator, item, "publish")["next"]
    assert (following["id"], following["mine"]) == (two, True)
    assert decided(moderator, item, "publish")["next"]["id"] == two
    assert decided(moderator, following, "publish")["next"] is None


def test_masks_are_offered_and_only_that_wording_is_published_when_the_author_agrees(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer, text=PHONE, title="打给我13800138000")
    body = {"kind": "story", "id": item["id"], "version": item["version"]}
    refused = moderator.post("story.decide", {**body, "end": "publish"})
    assert refused.status_code == 400
    hint = refused.json()["error"]["hint"]
    assert "正文第6–18个字：手机号" in hint
    assert "标题第4–14个字：手机号" in hint
    assert "一三八" not in refused.text
    (phone,) = [mark for mark in item["marks"] if mark["kind"] == "phone"]
    masks = [{"start": phone["start"], "end": phone["end"]}]
    half = {**body, "end": "mask", "masks": masks}
    assert error_of(moderator, "story.decide", half)[0] == 400
    whole = {**half, "title_masks": [{"start": 3, "end": 14}], "words": "电话先隐去，好吗？"}
    moderator.call("story.decide", **whole)
    offered = mine(writer, item["story"])
    assert (offered["state"], offered["public"]) == ("mask_offered", None)
    wording = "我的电话是〔已隐去〕，想和人说说话。"
    assert offered["offered"] == {"title": "打给我〔已隐去〕", "text": wording, "masks": masks}
    assert (offered["text"], offered["words"]) == (PHONE, "电话先隐去，好吗？")
    assert not in_feed(reader, item["id"])
    assert item["id"] not in {one["id"] for one in moderator.call("story.queue")["items"]}
    agreed = {"story": item["story"], "version": offered["version"]}
    assert error_of(writer, "story.agree", {**agreed, "version": offered["version"] - 1})[0] == 409
    assert error_of(reader, "story.agree", agreed)[0] == 404
    for _ in range(2):
        assert writer.call("story.agree", **agreed)["story"]["state"] == "published"
    shown = reader.call("story.read", story=item["id"])["story"]
    assert (shown["title"], shown["text"]) == ("打给我〔已隐去〕", wording)


def test_masks_may_touch_and_must_lie_in_the_text(
    writer: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer, text="🐱一二三四五")
    body = {"kind": "story", "id": item["id"], "version": item["version"], "end": "mask"}
    for masks in ([], [{"start": 2, "end": 2}], [{"start": 3, "end": 7}], [{"start": 4, "end": 1}]):
        assert error_of(moderator, "story.decide", {**body, "masks": masks})[0] == 400
    masks = [{"start": 4, "end": 5}, {"start": 1, "end": 2}, {"start": 2, "end": 3}]
    moderator.call("story.decide", **body, masks=masks)
    assert mine(writer, item["story"])["offered"]["text"] == "🐱〔已隐去〕三〔已隐去〕五"


def test_new_words_end_an_offer_and_nothing_of_it_can_be_agreed_to_any_more(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer, text="我家住在河边，常去看水。")
    decided(moderator, item, "mask", masks=[{"start": 0, "end": 6}])
    version = mine(writer, item["story"])["version"]
    late = write(writer, item["story"], 1, text="我家住在河边，常去看水。")
    assert late["state"] == "mask_offered", "an autosave that comes late ends nothing"
    assert write(writer, item["story"], 2, text="换一版")["state"] == "draft"
    agreed = {"story": item["story"], "version": version}
    assert error_of(writer, "story.agree", agreed) == (409, "conflict")
    assert not in_feed(reader, item["id"])


def test_a_change_is_asked_for_with_kind_words_which_stay_until_it_is_sent_again(
    writer: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    body = {"kind": "story", "id": item["id"], "version": item["version"]}
    for end in ("change", "withhold"):
        assert error_of(moderator, "story.decide", {**body, "end": end, "words": " "})[0] == 400
    decided(moderator, item, "change")
    asked = mine(writer, item["story"])
    assert (asked["state"], asked["words"], asked["offer_talk"]) == (
        "change_asked",
        KIND_WORDS,
        False,
    )
    assert write(writer, item["story"], 2, text="改过的一版")["words"] == KIND_WORDS
    again = writer.call("story.send", story=item["story"], edit=2)["story"]
    assert (again["state"], again["words"]) == ("waiting", "")
    old = {**body, "end": "publish"}
    assert error_of(moderator, "story.decide", old)[0] == 409


def test_withheld_is_for_good_and_becomes_an_offer_to_talk(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    decided(moderator, item, "withhold")
    seen = mine(writer, item["story"])
    assert (seen["state"], seen["words"], seen["offer_talk"]) == ("withheld", KIND_WORDS, True)
    later = {"story": item["story"], "edit": 2, **WORDS}
    assert error_of(writer, "story.save", later)[0] == 409
    assert writer.call("story.withdraw", story=item["story"])["story"]["state"] == "withdrawn"
    assert error_of(writer, "story.save", later)[0] == 409
    assert not in_feed(reader, item["id"])


def test_a_story_taken_back_while_a_moderator_reads_it_is_not_published(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    item = waiting(resources, moderator, writer)
    writer.call("story.withdraw", story=item["story"])
    body = {"kind": "story", "id": item["id"], "version": item["version"], "end": "publish"}
    assert error_of(moderator, "story.decide", body) == (409, "conflict")
    write(writer, item["story"], 2, text="另一版，没有人看过。")
    writer.call("story.send", story=item["story"], edit=2)
    assert error_of(moderator, "story.decide", body) == (409, "conflict")
    fresh = taken(moderator, "story", public_of(resources, writer, item["story"]))
    assert fresh["text"] == "另一版，没有人看过。"
    assert error_of(moderator, "story.decide", body) == (409, "conflict")
    assert not in_feed(reader, fresh["id"])


@pytest.mark.parametrize("other_step", ["withdraw", "decide"])
def test_racing_decisions_end_one_way(
    running: Copy,
    writer: Teen,
    reader: Teen,
    moderator: Staff,
    resources: Resources,
    other_step: str,
) -> None:
    """Withdrawn while being published, or decided in two ways at once: one of them is done."""
    for _ in range(8):
        item = waiting(resources, moderator, writer)
        body = {"kind": "story", "id": item["id"], "version": item["version"]}
        first, second = window_of(moderator), window_of(moderator)
        author_window = window_of(writer)

        def step(
            number: int,
            item: Body = item,
            body: Body = body,
            windows: tuple[object, ...] = (first, second, author_window),
        ) -> int:
            caller = windows[number * 2 if other_step == "withdraw" else number]
            if number == 0:
                return caller.post("story.decide", {**body, "end": "publish"}).status_code  # type: ignore[attr-defined, no-any-return]
            if other_step == "withdraw":
                return caller.post("story.withdraw", {"story": item["story"]}).status_code  # type: ignore[attr-defined, no-any-return]
            other = {**body, "end": "withhold", "words": KIND_WORDS, "reason": "other"}
            return caller.post("story.decide", other).status_code  # type: ignore[attr-defined, no-any-return]

        codes = at_once(2, step)
        state = mine(writer, item["story"])["state"]
        if other_step == "withdraw":
            assert (codes[1], state) == (200, "withdrawn")
            assert codes[0] in (200, 404, 409)
            assert not in_feed(reader, item["id"])
        else:
            assert sorted(codes) == [200, 409]
            assert state == ("published" if codes[0] == 200 else "withheld")
            assert in_feed(reader, item["id"]) == (state == "published")


def test_an_answer_or_a_report_can_only_be_published_or_withheld(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    reader.call("story.answer", story=story["public"], cid=new_cid(), text="我的QQ是12345678，加我")
    (item,) = moderator.call("story.queue")["items"]
    item = taken(moderator, "answer", item["id"])
    body = {"kind": "answer", "id": item["id"], "version": item["version"]}
    for end in ("mask", "change"):
        more = {"end": end, "words": KIND_WORDS}
        assert error_of(moderator, "story.decide", {**body, **more})[0] == 400
    assert error_of(moderator, "story.decide", {**body, "end": "publish"})[0] == 400
    decided(moderator, item, "withhold")
    assert reader.call("story.read", story=story["public"])["answers"] == []
    assert error_of(moderator, "story.take", {"kind": "report", "id": item["id"]})[0] == 409


def test_a_report_leaves_what_is_not_for_the_youngest_so(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator, {"from_14": True, "heavy": True})
    reader.call("story.report", story=story["public"], reason="other")
    decided(moderator, taken(moderator, "report", story["public"]), "publish")
    assert not in_feed(author(running, "under_14"), story["public"])
    assert reader.call("story.read", story=story["public"])["story"]["heavy"] is True
    reader = author(running)
    reader.call("story.report", story=story["public"], reason="danger")
    assert taken(moderator, "report", story["public"])["reports"] == ["danger"]


def test_figures_are_for_supervisors_and_count_what_was_done(
    writer: Teen, moderator: Staff, other: Staff, resources: Resources
) -> None:
    start = resources.now()
    before = other.call("story.figures", **{"from": start - HOUR, "until": start + HOUR})
    published(resources, writer, moderator)
    decided(moderator, waiting(resources, moderator, writer), "withhold", reason="advert")
    sent(writer)
    period = {"from": start - HOUR, "until": start + HOUR}
    found = other.call("story.figures", **period)
    assert found["states"]["published"] == 1
    assert found["states"]["withheld"] == 1
    assert found["states"]["waiting"] == 1
    assert found["waiting_ages"][0] == {"hours": "0–2", "n": 1}
    assert (found["decided"]["n"], found["withheld"]) == (2, [{"reason": "advert", "n": 1}])
    assert 0 <= found["decided"]["median_minutes"] <= found["decided"]["p90_minutes"] < 5
    assert found["talks_begun"] == before["talks_begun"]
    assert writer.id not in str(found)
    assert error_of(moderator, "story.figures", period)[0] == 403
    for wrong in ({"from": 5, "until": 5}, {"from": 0, "until": start}):
        assert error_of(other, "story.figures", wrong)[0] == 400
