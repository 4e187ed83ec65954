"""Stories from the side of teens: writing, sharing, reading, taking back, erasing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.story.animals import ANIMALS
from tests.contract.crew import at_once, error_of, eventually, window_of
from tests.contract.shelf import (
    SAD,
    WORDS,
    author,
    decided,
    feed,
    in_feed,
    mine,
    public_of,
    published,
    stored_story,
    taken,
    write,
)
from tests.support.copy import Copy
from tests.support.people import Staff, Teen, new_cid

Staffing = Callable[[str], Staff]

NOWHERE = "s_" + "A" * 22
HUG = "抱抱你，慢慢来。"
LONGEST = 5_000


@pytest.fixture
def writer(running: Copy) -> Teen:
    """Whoever writes."""
    return author(running)


@pytest.fixture
def reader(running: Copy) -> Teen:
    """Another teen, old enough for every story."""
    return author(running)


@pytest.fixture
def moderator(staff: Staffing) -> Staff:
    """Who reads first."""
    return staff("counsellor")


def test_a_draft_is_kept_as_it_was_typed_and_seen_by_nobody_else(
    writer: Teen, reader: Teen, moderator: Staff
) -> None:
    words = {**WORDS, "text": f"还没写完 {new_cid()}"}
    saved = write(writer, **words)
    assert {name: saved[name] for name in words} == words
    assert (saved["state"], saved["public"], saved["edit"]) == ("draft", None, 1)
    assert mine(writer, saved["story"]) == saved
    assert reader.call("story.mine")["stories"] == []
    assert error_of(reader, "story.send", {"story": saved["story"], "edit": 1}) == (
        404,
        "not_found",
    )
    assert words["text"] not in str(all_items(moderator))
    assert words["text"] not in str(feed(reader))


def test_autosaves_that_arrive_out_of_order_leave_the_newest(writer: Teen) -> None:
    story = new_cid()
    write(writer, story, 3, text="第三版")
    late = write(writer, story, 2, text="第二版")
    assert (late["edit"], late["text"]) == (3, "第三版")
    again = write(writer, story, 3, text="第三版")
    assert again == late
    other = {"story": story, "edit": 3, **WORDS, "text": "另一个第三版"}
    assert error_of(writer, "story.save", other) == (409, "conflict")
    assert mine(writer, story)["text"] == "第三版"


def test_thirty_autosaves_at_once_end_with_the_newest(writer: Teen) -> None:
    story, windows = new_cid(), [window_of(writer) for _ in range(12)]
    at_once(
        12,
        lambda n: windows[n].call(
            "story.save", story=story, edit=n + 1, **{**WORDS, "text": f"{n}"}
        ),
    )
    assert (mine(writer, story)["edit"], mine(writer, story)["text"]) == (12, "11")


def test_the_same_client_id_of_two_teens_are_two_stories(writer: Teen, reader: Teen) -> None:
    story = new_cid()
    write(writer, story, text="我的")
    write(reader, story, text="她的")
    assert mine(writer, story)["text"] == "我的"
    assert mine(reader, story)["text"] == "她的"


@pytest.mark.parametrize(
    "text", ["🐱", "<script>alert(1)</script>\n<img src=x onerror=alert(1)>", "e\u0301‮abc\u200b"]
)
def test_odd_text_is_shown_exactly_as_it_was_written(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources, text: str
) -> None:
    story = published(resources, writer, moderator, {"sure": True}, text=text)
    assert story["text"] == text
    shown = reader.call("story.read", story=story["public"])["story"]
    assert shown["text"] == text


def test_the_longest_story_is_kept_whole_and_a_longer_one_is_refused_whole(writer: Teen) -> None:
    story = new_cid()
    longest = "🐱" * LONGEST
    assert write(writer, story, 1, text=longest)["text"] == longest
    too_long = {"story": story, "edit": 2, **WORDS}
    assert error_of(writer, "story.save", {**too_long, "text": "一" * (LONGEST + 1)})[0] == 400
    assert error_of(writer, "story.save", {**too_long, "text": "一" * 100_000})[0] == 413
    assert error_of(writer, "story.save", {**too_long, "title": "题" * 31})[0] == 400
    assert mine(writer, story)["text"] == longest


@pytest.mark.parametrize("text", ["", "  \n\u3000"])
def test_an_empty_story_may_lie_there_but_is_not_sent(writer: Teen, text: str) -> None:
    story = write(writer, text=text)
    body = {"story": story["story"], "edit": 1}
    assert error_of(writer, "story.send", body) == (400, "bad_request")
    assert mine(writer, story["story"])["state"] == "draft"


def test_only_the_listed_topics_and_animals_are_taken(writer: Teen) -> None:
    body = {"story": new_cid(), "edit": 1, **WORDS}
    assert error_of(writer, "story.save", {**body, "animal": "霸王龙"})[0] == 400
    assert error_of(writer, "story.save", {**body, "topic": "politics"})[0] == 400
    assert len(set(ANIMALS)) == 24


def test_the_client_offers_the_same_animals() -> None:
    client = (ROOT / "miniprogram_schema/components/shared/animals.js").read_text("utf-8")
    faces = client.partition("FACES = {")[2].partition("};")[0]
    assert set(re.findall(r"(\w+): '", faces)) == set(ANIMALS)


def test_sending_twice_at_once_or_later_is_one_story(writer: Teen, moderator: Staff) -> None:
    draft = write(writer)
    body = {"story": draft["story"], "edit": 1}
    windows = [window_of(writer) for _ in range(8)]
    answers = at_once(8, lambda n: windows[n].call("story.send", **body)["story"])
    assert {(one["state"], one["version"]) for one in answers} == {("waiting", 2)}
    waiting = [one for one in all_items(moderator) if one["text"] == SAD]
    assert writer.call("story.send", **body)["story"] == answers[0]
    assert len({one["id"] for one in waiting}) == len(waiting)
    assert len(writer.call("story.mine")["stories"]) == 1


def all_items(moderator: Staff) -> list[dict[str, object]]:
    """Every page of the queue."""
    found, after = [], ""
    while True:
        page = moderator.call("story.queue", after=after)
        found += page["items"]
        after = page["cursor"]
        if not page["more"]:
            return found


def test_only_what_was_saved_last_can_be_sent(writer: Teen) -> None:
    story = new_cid()
    write(writer, story, 2, text="第二版")
    for edit in (1, 3):
        assert error_of(writer, "story.send", {"story": story, "edit": edit})[0] == 409
    assert writer.call("story.send", story=story, edit=2)["story"]["state"] == "waiting"


def test_what_waits_or_is_published_cannot_be_changed_under_its_readers(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    later = {"story": story["story"], "edit": 2, **WORDS, "text": "偷偷换掉的话"}
    assert error_of(writer, "story.save", later) == (409, "conflict")
    assert error_of(writer, "story.send", {"story": story["story"], "edit": 2})[0] == 409
    assert reader.call("story.read", story=story["public"])["story"]["text"] == SAD


def test_readers_see_the_animal_and_the_day_and_nothing_that_leads_further(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    one = published(resources, writer, moderator)
    two = published(resources, writer, moderator, animal="海龟", text="第二篇，别的事。")
    shown = {s["story"]: s for s in feed(reader)}
    read = shown[one["public"]]
    assert set(read) == {
        *("story", "title", "text", "topic", "animal", "day", "heavy", "hugged", "mine"),
    }
    told = reader.post("story.feed").text + reader.post("story.read", {"story": one["public"]}).text
    for secret in (writer.id, writer.talk, one["story"], two["story"], writer.device):
        assert secret not in told
    assert one["public"] != two["public"]
    assert {s["story"]: s["mine"] for s in feed(writer)}[one["public"]] is True
    assert read["mine"] is False


def test_the_feed_goes_by_time_and_topic_without_a_gap_or_a_double(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    made = [
        published(resources, writer, moderator, text=f"第{n}篇", topic="sleep" if n % 2 else "loss")
        for n in range(7)
    ]
    order = [story["public"] for story in reversed(made)]
    assert [s["story"] for s in feed(reader)][:7] == order
    seen: list[str] = []
    cursor, more = "", True
    while more and len(seen) < 4:
        page = reader.call("story.feed", topic="loss", before=cursor, limit=1)
        seen += [s["story"] for s in page["stories"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [story["public"] for story in reversed(made[::2])]
    last = reader.call("story.feed", before="1", limit=3)
    assert (last["stories"], last["more"]) == ([], False)


@pytest.mark.parametrize("mark", ["from_14", "heavy"])
def test_what_is_not_for_the_youngest_is_hidden_from_them_as_if_it_were_not_there(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources, mark: str
) -> None:
    story = published(resources, writer, moderator, {mark: True})
    young = author(running, "under_14")
    unknown = Teen(running.address)
    for child in (young, unknown):
        assert not in_feed(child, story["public"])
        assert story["public"] not in {s["story"] for s in feed(child, topic=WORDS["topic"])}
        for action, more in (
            ("story.read", {}),
            ("story.hug", {"on": True}),
            ("story.answer", {"cid": new_cid(), "text": HUG}),
            ("story.report", {"reason": "other"}),
        ):
            real = child.post(action, {"story": story["public"], **more})
            absent = child.post(action, {"story": NOWHERE, **more})
            assert (real.status_code, real.content) == (404, absent.content)
    assert in_feed(reader, story["public"])
    shown = reader.call("story.read", story=story["public"])["story"]
    assert shown["heavy"] is (mark == "heavy")


def test_a_hug_counts_once_and_only_the_author_hears_of_it(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    public = published(resources, writer, moderator)["public"]
    other, story = author(running), mine(writer, writer.call("story.mine")["stories"][0]["story"])
    for _ in range(3):
        assert reader.call("story.hug", story=public, on=True) == {"hugged": True}
    other.call("story.hug", story=public, on=True)
    assert mine(writer, story["story"])["hugs"] == 2
    opened = reader.post("story.read", {"story": public})
    assert opened.json()["data"]["story"]["hugged"] is True
    assert "hugs" not in opened.text
    assert reader.call("story.hug", story=public, on=False) == {"hugged": False}
    assert reader.call("story.hug", story=public, on=False) == {"hugged": False}
    assert mine(writer, story["story"])["hugs"] == 1
    assert error_of(writer, "story.hug", {"story": public, "on": True})[0] == 409


def test_an_answer_is_read_by_a_person_before_anybody_sees_it(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    cid, public = new_cid(), story["public"]
    body = {"story": public, "cid": cid, "text": HUG}
    windows = [window_of(reader) for _ in range(6)]
    told = at_once(6, lambda n: windows[n].call("story.answer", **body))
    assert told == [{"state": "waiting", "offer_talk": False}] * 6
    assert error_of(reader, "story.answer", {**body, "text": "别的话"}) == (409, "conflict")
    assert error_of(writer, "story.answer", {**body, "cid": new_cid()})[0] == 409
    for teen in (writer, reader):
        assert teen.call("story.read", story=public)["answers"] == []
    assert mine(writer, story["story"])["answers"] == []
    (item,) = [
        one for one in all_items(moderator) if one["kind"] == "answer" and one["text"] == HUG
    ]
    assert item["about"] == {"title": WORDS["title"], "text": SAD}
    decided(moderator, taken(moderator, "answer", str(item["id"])), "publish")
    (shown,) = writer.call("story.read", story=public)["answers"]
    assert (shown["text"], shown["by"], shown["mine"]) == (HUG, "teen", False)
    assert shown["animal"] in ANIMALS
    assert shown["animal"] != WORDS["animal"]
    assert reader.call("story.read", story=public)["answers"][0]["mine"] is True
    assert mine(writer, story["story"])["answers"] == [shown]


def test_whoever_answered_reads_what_became_of_it_and_takes_it_back(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    public = published(resources, writer, moderator)["public"]
    cids = [new_cid() for _ in range(2)]
    for cid, text in zip(cids, (HUG, "关我什么事"), strict=True):
        reader.call("story.answer", story=public, cid=cid, text=text)
    stranger = author(running)
    assert stranger.call("story.given")["answers"] == []
    assert error_of(stranger, "story.take_back", {"answer": cids[0]}) == (404, "not_found")
    waiting = reader.call("story.given")["answers"]
    assert [(one["cid"], one["state"]) for one in waiting] == [(c, "waiting") for c in cids[::-1]]
    for text, end in ((HUG, "publish"), ("关我什么事", "withhold")):
        (item,) = [one for one in all_items(moderator) if one["text"] == text]
        words = "" if end == "publish" else "想一想，如果是写给你的呢？"
        decided(moderator, taken(moderator, "answer", str(item["id"])), end, words=words)
    unkind, kind = reader.call("story.given")["answers"]
    assert (kind["state"], kind["words"], kind["about"]) == ("published", "", WORDS["title"])
    assert (unkind["state"], unkind["words"]) == ("withheld", "想一想，如果是写给你的呢？")
    since = writer.call("story.poll", since=0)["now"]
    shown = writer.call("story.read", story=public)["answers"][0]["id"]
    for _ in range(2):
        back = reader.call("story.take_back", answer=cids[0])["answer"]
        assert back["state"] == "withdrawn"
    assert writer.call("story.read", story=public)["answers"] == []
    assert shown in writer.call("story.poll", since=since)["gone"]
    assert reader.call("story.take_back", answer=cids[1])["answer"]["state"] == "withheld"
    for _ in range(20):
        reader.call("story.answer", story=public, cid=new_cid(), text="我也在听。")
    page = reader.call("story.given")
    assert (len(page["answers"]), page["more"]) == (20, True)
    rest = reader.call("story.given", before=page["answers"][-1]["at"])
    assert (len(rest["answers"]), rest["more"]) == (2, False)


def test_a_counsellors_answer_stands_first_and_is_marked(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    public = published(resources, writer, moderator)["public"]
    reader.call("story.answer", story=public, cid=new_cid(), text=HUG)
    (item,) = [
        one for one in all_items(moderator) if one["kind"] == "answer" and one["text"] == HUG
    ]
    decided(moderator, taken(moderator, "answer", str(item["id"])), "publish")
    body = {
        "story": public,
        "cid": new_cid(),
        "text": "谢谢你写下来，午饭的时候想起以前，很难受吧。",
    }
    first = moderator.call("story.answer_as_counsellor", **body)["answer"]
    assert moderator.call("story.answer_as_counsellor", **body)["answer"] == first
    answers = writer.call("story.read", story=public)["answers"]
    assert [one["by"] for one in answers] == ["counsellor", "teen"]
    phone = {**body, "cid": new_cid(), "text": "打我电话13812345678"}
    assert error_of(moderator, "story.answer_as_counsellor", phone)[0] == 400
    assert error_of(moderator, "story.answer_as_counsellor", {**body, "story": NOWHERE})[0] in (
        404,
        409,
    )


def test_three_reporters_hide_a_story_until_a_person_has_decided(
    running: Copy, writer: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    public, readers = story["public"], [author(running) for _ in range(4)]
    for _ in range(3):
        readers[0].call("story.report", story=public, reason="unkind")
    readers[1].call("story.report", story=public, reason="personal")
    assert in_feed(readers[3], public)
    since = readers[3].call("story.poll", since=0)["now"]
    readers[2].call("story.report", story=public, reason="unkind")
    assert not in_feed(readers[3], public)
    assert error_of(readers[3], "story.read", {"story": public})[0] == 404
    assert public in readers[3].call("story.poll", since=since, wait=5)["gone"]
    # Their answer was lost, so they say it again.
    assert readers[2].call("story.report", story=public, reason="unkind") == {}
    assert error_of(readers[3], "story.report", {"story": public, "reason": "other"})[0] == 404
    item = taken(moderator, "report", public)
    assert item["reports"] == ["unkind", "personal", "unkind"]
    assert item["due_at"] - resources.now() <= 2 * 3_600_000
    decided(moderator, item, "publish")
    assert in_feed(readers[3], public)
    readers[0].call("story.report", story=public, reason="unkind")
    assert public not in {one["id"] for one in all_items(moderator)}


def test_a_reported_story_that_is_taken_down_stays_down(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    reader.call("story.report", story=story["public"], reason="danger")
    item = taken(moderator, "report", story["public"])
    decided(moderator, item, "withhold", words="这篇先收起来了，想找人说说的话我们在。")
    assert not in_feed(reader, story["public"])
    seen = mine(writer, story["story"])
    assert (seen["state"], seen["public"], seen["offer_talk"]) == ("withheld", None, True)
    assert seen["words"].startswith("这篇先收起来了")
    later = {"story": story["story"], "edit": 2, **WORDS}
    assert error_of(writer, "story.save", later)[0] == 409


def test_a_reported_answer_is_hidden_by_three_and_taken_down_by_a_moderator(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    public = published(resources, writer, moderator)["public"]
    reader.call("story.answer", story=public, cid=new_cid(), text="就这点事也要写")
    (item,) = [one for one in all_items(moderator) if one["text"] == "就这点事也要写"]
    decided(moderator, taken(moderator, "answer", str(item["id"])), "publish")
    answer = writer.call("story.read", story=public)["answers"][0]["id"]
    for teen in [writer, *(author(running) for _ in range(2))]:
        teen.call("story.report", story=public, answer=answer, reason="unkind")
    assert writer.call("story.read", story=public)["answers"] == []
    decided(moderator, taken(moderator, "report", answer), "withhold")
    assert writer.call("story.read", story=public)["answers"] == []
    assert in_feed(reader, public)


def test_withdrawn_is_gone_for_everyone_within_a_second(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    public = story["public"]
    reader.call("story.answer", story=public, cid=new_cid(), text=HUG)
    reader.call("story.hug", story=public, on=True)
    since = reader.call("story.poll", since=0)["now"]
    waiters = [window_of(reader) for _ in range(5)]
    told: list[float] = []

    def wait(number: int) -> list[str]:
        if number == 5:
            time.sleep(1)
            told.append(time.monotonic())
            writer.call("story.withdraw", story=story["story"])
            return [public]
        gone: list[str] = waiters[number].call("story.poll", since=since, wait=20)["gone"]
        told.append(time.monotonic())
        return gone

    assert all(public in gone for gone in at_once(6, wait))
    assert max(told) - min(told) <= 1.0
    assert not in_feed(reader, public)
    for action, more in (
        ("story.read", {}),
        ("story.hug", {"on": True}),
        ("story.answer", {"cid": new_cid(), "text": HUG}),
        ("story.report", {"reason": "other"}),
    ):
        assert error_of(reader, action, {"story": public, **more})[0] == 404
    waiting = {(one["kind"], one["text"]) for one in all_items(moderator)}
    assert ("answer", HUG) not in waiting
    again = writer.call("story.withdraw", story=story["story"])["story"]
    assert (again["state"], again["public"], again["hugs"]) == ("withdrawn", None, 0)


def test_a_story_that_was_taken_back_comes_back_as_another(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    story = published(resources, writer, moderator)
    reader.call("story.hug", story=story["public"], on=True)
    writer.call("story.withdraw", story=story["story"])
    late = writer.call("story.send", story=story["story"], edit=1)["story"]
    assert late["state"] == "withdrawn", "a send that comes late brings nothing back"
    write(writer, story["story"], 2, text="改好了的一版")
    writer.call("story.send", story=story["story"], edit=2)
    public = public_of(resources, writer, story["story"])
    assert public != story["public"]
    assert not in_feed(reader, public)
    decided(moderator, taken(moderator, "story", public), "publish")
    again = mine(writer, story["story"])
    assert (again["public"], again["hugs"], again["text"]) == (public, 0, "改好了的一版")
    assert error_of(reader, "story.read", {"story": story["public"]})[0] == 404


def test_nothing_is_told_twice_and_a_poll_waits_as_long_as_asked(reader: Teen) -> None:
    first = reader.call("story.poll", since=0, wait=20)
    assert first["gone"] == []
    started = time.monotonic()
    second = reader.call("story.poll", since=first["now"], wait=1)
    assert second == first
    assert 0.9 <= time.monotonic() - started <= 3


def test_erasing_takes_everything_of_this_teen_and_nothing_of_others(
    running: Copy, writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    own = published(resources, writer, moderator)
    others = published(resources, reader, moderator, text="别人的故事")
    write(writer, text="没写完的")
    writer.call("story.answer", story=others["public"], cid=new_cid(), text="我的回应要擦掉")
    writer.call("story.hug", story=others["public"], on=True)
    writer.call("story.report", story=others["public"], reason="other")
    reader.call("story.answer", story=own["public"], cid=new_cid(), text=HUG)
    since = reader.call("story.poll", since=0)["now"]
    assert writer.call("story.erase_all") == {"erased": 3}
    assert own["public"] in reader.call("story.poll", since=since, wait=5)["gone"]
    assert writer.call("story.mine") == {"stories": [], "more": False}
    assert not in_feed(reader, own["public"])
    assert in_feed(reader, others["public"])
    assert mine(reader, others["story"])["hugs"] == 0
    assert writer.call("story.erase_all") == {"erased": 0}
    with resources.database.deadline(20):
        for name in ("stories", "story_answers", "story_hugs", "story_gone", "story_erasures"):
            kept = str(list(resources.database.collection(name).find({})))
            assert writer.id not in kept, f"{name} still knows the teen"
            assert SAD not in kept or SAD in str(stored_of_others(resources, writer))
    assert taken(moderator, "report", others["public"])["reports"] == ["other"]


def stored_of_others(resources: Resources, teen: Teen) -> list[dict[str, object]]:
    """Stories that are not this teen's: other tests write the same words."""
    found = resources.database.collection("stories").find({})
    return [one for one in found if one["teen"] != teen.id]


def test_own_stories_come_in_pages_the_last_touched_first(writer: Teen) -> None:
    written = []
    for number in range(23):
        written.append(write(writer, text=f"第{number}篇")["story"])
        time.sleep(0.002)
    page = writer.call("story.mine")
    assert page["more"] is True
    rest = writer.call("story.mine", before=page["stories"][-1]["at"])
    assert rest["more"] is False
    found = [one["story"] for one in [*page["stories"], *rest["stories"]]]
    assert found == written[::-1]


def test_a_sweep_tells_what_a_dead_worker_did_not(
    writer: Teen, reader: Teen, moderator: Staff, resources: Resources
) -> None:
    """What lies between the hiding and the telling: the mark is there and nobody was told."""
    story = published(resources, writer, moderator)
    since = reader.call("story.poll", since=0)["now"]
    before = stored_story(resources, writer, story["story"])
    with resources.database.deadline(10):
        left = {"id": story["public"], "mark": f"{story['public']}:x", "final": False}
        resources.database.collection("stories").update_one(
            {"_id": before["_id"]}, {"$set": {"untold": [left], "untold_at": resources.now()}}
        )
    assert story["public"] in reader.call("story.poll", since=since, wait=20)["gone"]
    eventually(lambda: "untold_at" not in stored_story(resources, writer, story["story"]))
