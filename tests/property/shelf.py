"""What authors, readers, moderators, time and faults do with stories, and what must always hold.

The model knows only what people saw and what they were told: a moderator approves the wording that
stood on their screen, an author the one they were offered. Everything that any reader is shown is
compared with that, after every step. Faults are the database's replies that get lost and writes
that come to nothing (`tests/support/proxy.py`), and calls that a client makes again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contract.crew import CALM, IMMINENT
from tests.property.world import TEENS, Answer, Person, World
from tests.support.people import Body
from tests.support.proxy import MongoProxy

COLLECTIONS = ("stories", "story_answers", "story_hugs", "story_gone", "story_erasures")
BASES = (CALM, "今天看了很久的云", "我的电话是13812345678", IMMINENT)
"""Three that a moderator may see, one of them with a number; the last calls for help."""
SLOTS = 4
STATES = ("draft", "waiting", "mask_offered", "published")
MASK = "〔已隐去〕"
BANDS = ("from_14", "under_14", "from_14")
MODERATORS = (2, 3, 4)
"""Places in the staff of the world."""

teens = st.integers(0, TEENS - 1)
slots = st.integers(0, SLOTS - 1)
bases = st.sampled_from((0, 0, 1, 1, 2, 2, 3))
members = st.sampled_from(MODERATORS)
picks = st.integers(0, 5)
ends = st.sampled_from(("publish", "publish", "publish", "mask", "change", "withhold"))
faults = st.sampled_from(("cut", "unconfirmed", "rolled back"))
perhaps = st.sampled_from(("", "", "cut", "unconfirmed", "rolled back"))

Wording = tuple[str, str]


@dataclass
class Model:
    """What people know."""

    edits: Counter[tuple[int, int]] = field(default_factory=Counter)
    own: dict[tuple[int, int], Body] = field(default_factory=dict)
    items: list[tuple[int, Body]] = field(default_factory=list)
    approved: dict[str, set[Wording]] = field(default_factory=dict)
    offered: dict[tuple[str, int], tuple[Wording, bool]] = field(default_factory=dict)
    decided: set[tuple[str, int]] = field(default_factory=set)
    stays: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    older: set[str] = field(default_factory=set)
    calls: list[tuple[Person, str, Body]] = field(default_factory=list)
    cries: set[int] = field(default_factory=set)


class Stories(RuleBasedStateMachine):
    """One example; `world` and `proxy` are set by whoever runs the machine."""

    world: World
    proxy: MongoProxy
    examples = 0
    steps = 0
    shown: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        self.proxy.times = 0
        self.world.begin()
        for name in COLLECTIONS:
            self.world.resources.database.collection(name).delete_many({})
        self.model, self.number = Model(), 0

    @initialize(there=st.lists(st.tuples(teens, slots, members, ends, perhaps), max_size=4))
    def begins(self, there: list[tuple[int, int, int, str, str]]) -> None:
        """Two are old enough for everything, one is not; some stories are there already."""
        for person, band in zip(self.world.teens, BANDS, strict=True):
            assert self.world.call(person, "account.age", band=band).ok
        for teen, slot, member, end, fault in there:
            self.share(teen, slot, 0, member, end, old=False, fault=fault)

    def call(self, person: Person, action: str, /, **body: object) -> Answer:
        """Call; what fails for want of the database may have been done or not."""
        answer = self.world.call(person, action, **body)
        assert answer.status in (200, 400, 404, 409, 503), answer
        self.model.calls.append((person, action, dict(body)))
        return answer

    def unique(self, base: int) -> str:
        """Words that were never used before, so that no wording is taken for another."""
        self.number += 1
        return f"{BASES[base]}，第{self.number}次"

    @rule(teen=teens, slot=slots, base=bases, late=st.booleans())
    def save(self, teen: int, slot: int, base: int, late: bool) -> None:
        """An autosave, now and then one that comes late."""
        place = (teen, slot)
        if not late:
            self.model.edits[place] += 1
        body: Body = {"title": "", "text": self.unique(base), "topic": "loss", "animal": "小鹿"}
        edit = max(self.model.edits[place] - late, 1)
        self._heard(place, self._own(place, "story.save", edit=edit, **body))

    def _own(self, place: tuple[int, int], action: str, **body: object) -> Answer:
        story = f"property-{place[0]}-{place[1]}"
        return self.call(self.world.teens[place[0]], action, story=story, **body)

    def _heard(self, place: tuple[int, int], answer: Answer) -> None:
        if answer.ok:
            self.model.own[place] = answer.data["story"]
            self.model.edits[place] = max(
                self.model.edits[place], int(answer.data["story"]["edit"])
            )

    @rule(teen=teens, slot=slots)
    def send(self, teen: int, slot: int) -> None:
        """A teen shares what they wrote."""
        place = (teen, slot)
        if place not in self.model.own:
            return
        own = self.model.own[place]
        answer = self._own(place, "story.send", edit=own["edit"])
        self._heard(place, answer)
        if answer.ok and answer.data["story"]["state"] == "withheld" and IMMINENT in own["text"]:
            self.model.cries.add(teen)

    @rule(
        teen=teens,
        slot=slots,
        base=bases,
        member=members,
        end=ends,
        old=st.booleans(),
        fault=perhaps,
    )
    def share(
        self, teen: int, slot: int, base: int, member: int, end: str, old: bool, fault: str
    ) -> None:
        """Written, sent, taken and decided: how most stories go, with a fault at the decision."""
        self.save(teen, slot, base, late=False)
        self.send(teen, slot)
        self.take(member, 0)
        self._breaks(fault)
        self.decide(member, 0, end, from_14=old, sure=True)

    @rule(teen=teens, pick=picks, state=st.sampled_from((*STATES, "published")), fault=perhaps)
    def withdraw(self, teen: int, pick: int, state: str, fault: str) -> None:
        """A teen takes a story back; acknowledged, its publication is over for good."""
        place = self._one_in(teen, state, pick)
        public = self._public(place)
        self._breaks(fault)
        answer = self._own(place, "story.withdraw")
        self._heard(place, answer)
        if answer.ok and public:
            self.model.gone.add(public)

    def _one_in(self, teen: int, state: str, pick: int) -> tuple[int, int]:
        """One of a teen's stories in this state, if there is any."""
        listed = self.world.call(self.world.teens[teen], "story.mine").data.get("stories", [])
        found = [story for story in listed if story["state"] == state] or listed
        name = found[pick % len(found)]["story"] if found else f"property-{teen}-0"
        return teen, int(name.rpartition("-")[2])

    @rule(teen=teens, slot=slots, member=members, end=ends, again=st.booleans())
    def swaps(self, teen: int, slot: int, member: int, end: str, again: bool) -> None:
        """A story is taken back and sent with other words while a moderator has it in hand."""
        self.save(teen, slot, 0, late=False)
        self.send(teen, slot)
        self.take(member, 0)
        place, older = (teen, slot), len(self.model.items)
        self._heard(place, self._own(place, "story.withdraw"))
        self.save(teen, slot, 1, late=False)
        self.send(teen, slot)
        if again:
            self.take(member, 0)
        self.decide(member, len(self.model.items) - older, end, from_14=False, sure=True)

    def _public(self, place: tuple[int, int]) -> str:
        """The id under which it is published, as its author is told."""
        listed = self.world.call(self.world.teens[place[0]], "story.mine")
        name = f"property-{place[0]}-{place[1]}"
        found = [s for s in listed.data.get("stories", ()) if s["story"] == name]
        return str(found[0]["public"] or "") if found else ""

    @rule(teen=teens, pick=picks, stale=st.booleans(), fault=perhaps)
    def agree(self, teen: int, pick: int, stale: bool, fault: str) -> None:
        """A teen agrees to the masks they were shown, or to some that were shown before."""
        place = self._one_in(teen, "mask_offered", pick)
        if not stale:
            self._look(place)
        own = self.model.own.get(place)
        if own is None or own["offered"] is None:
            return
        self._breaks(fault)
        answer = self._own(place, "story.agree", version=own["version"])
        wording = (own["offered"]["title"], own["offered"]["text"])
        for (public, _), (offered, from_14) in self.model.offered.items():
            if offered == wording and answer.status in (200, 503):
                self.model.approved.setdefault(public, set()).add(wording)
            if offered == wording and answer.ok:
                self._for_whom(public, from_14)
        self._heard(place, answer)

    def _look(self, place: tuple[int, int]) -> None:
        listed = self.world.call(self.world.teens[place[0]], "story.mine")
        for story in listed.data.get("stories", ()):
            if story["story"] == f"property-{place[0]}-{place[1]}":
                self.model.own[place] = story

    @rule(teen=teens)
    def erase_all(self, teen: int) -> None:
        """A teen erases everything of theirs."""
        publics = {self._public((teen, slot)) for slot in range(SLOTS)} - {""}
        if self.call(self.world.teens[teen], "story.erase_all").ok:
            self.model.gone |= publics

    @rule(member=members, pick=picks)
    def take(self, member: int, pick: int) -> None:
        """A moderator takes something in hand."""
        person = self.world.staff[member]
        waiting: list[Body] = self.call(person, "story.queue").data.get("items", [])
        # Mostly what nobody has: a moderator sees who holds what.
        waiting = [one for one in waiting if one["mine"] or not one["holder"]] or waiting
        if not waiting:
            return
        chosen = waiting[pick % len(waiting)]
        answer = self.call(person, "story.take", kind=chosen["kind"], id=chosen["id"])
        if answer.ok:
            self.model.items.append((member, answer.data["item"]))

    @rule(member=members, pick=picks, end=ends, from_14=st.booleans(), sure=st.booleans())
    def decide(self, member: int, pick: int, end: str, from_14: bool, sure: bool) -> None:
        """A moderator decides on something they saw, lately or long ago, theirs or not any more."""
        seen = [item for _, item in self.model.items]
        if not seen:
            return
        item = seen[-1 - pick % len(seen)]
        body: Body = {"kind": item["kind"], "id": item["id"], "version": item["version"]}
        body |= {"end": end, "from_14": from_14, "sure": sure}
        if end == "mask":
            body["masks"] = [{"start": 0, "end": min(4, len(item["text"]))}]
        if end in ("change", "withhold"):
            body |= {"words": "谢谢你写下来。", "reason": "other"}
        answer = self.call(self.world.staff[member], "story.decide", **body)
        if answer.ok and (following := answer.data["next"]) is not None:
            self.model.items.append((member, following))
        if end == "publish" and answer.status in (200, 503):
            wording = (item["title"], item["text"])
            self.model.approved.setdefault(item["id"], set()).add(wording)
        if end == "mask" and answer.status in (200, 503):
            covered = (item["title"], MASK + item["text"][4:])
            self.model.offered[item["id"], item["version"]] = covered, from_14
        if answer.ok and (item["id"], item["version"]) not in self.model.decided:
            self.model.decided.add((item["id"], item["version"]))
            self._ended(item, end, from_14)

    def _ended(self, item: Body, end: str, from_14: bool) -> None:
        """What an acknowledged decision means from now on."""
        if end == "withhold":
            self.model.gone.add(item["id"])
        if end == "publish" and item["kind"] == "report":
            self.model.stays.add(item["id"])
            from_14 = from_14 or item["id"] in self.model.older
        if end == "publish":
            self._for_whom(item["id"], from_14)

    def _for_whom(self, public: str, from_14: bool) -> None:
        self.model.older.discard(public)
        if from_14:
            self.model.older.add(public)

    @rule(member=members, pick=picks)
    def put_back(self, member: int, pick: int) -> None:
        """A moderator leaves something to others."""
        if self.model.items:
            item = self.model.items[-1 - pick % len(self.model.items)][1]
            self.call(self.world.staff[member], "story.put_back", kind=item["kind"], id=item["id"])

    @rule(teen=teens, pick=picks, base=bases)
    def answer(self, teen: int, pick: int, base: int) -> None:
        """A reader writes to whoever wrote."""
        if public := self._seen(teen, pick):
            self.number += 1
            body = {
                "story": public,
                "cid": f"property-{self.number:06d}",
                "text": self.unique(base),
            }
            got = self.call(self.world.teens[teen], "story.answer", **body)
            if got.ok and got.data["state"] == "withheld":
                self.model.cries.add(teen)

    @rule(teen=teens, pick=picks, taken_back=st.booleans())
    def given(self, teen: int, pick: int, taken_back: bool) -> None:
        """Whoever wrote to others looks how it stands, and takes it back; then it is over."""
        person = self.world.teens[teen]
        answers = self.call(person, "story.given").data.get("answers", [])
        if not answers or not taken_back:
            return
        chosen = answers[pick % len(answers)]["cid"]
        if self.call(person, "story.take_back", answer=chosen).ok:
            seen = self.call(person, "story.given").data.get("answers", [])
            left = {one["state"] for one in seen if one["cid"] == chosen}
            assert left <= {"withdrawn", "withheld"}

    @rule(teen=teens, pick=picks, on=st.booleans())
    def hug(self, teen: int, pick: int, on: bool) -> None:
        """A reader hugs."""
        if public := self._seen(teen, pick):
            self.call(self.world.teens[teen], "story.hug", story=public, on=on)

    @rule(pick=picks, reporters=st.integers(1, TEENS))
    def report(self, pick: int, reporters: int) -> None:
        """Readers report the same story; all of them together hide it."""
        if not (public := self._seen(0, pick)):
            return
        told = [
            self.call(teen, "story.report", story=public, reason="unkind").ok
            for teen in self.world.teens[:reporters]
        ]
        if all(told) and len(told) == TEENS and public not in self.model.stays:
            for teen in self.world.teens:
                assert self.world.call(teen, "story.read", story=public).status == 404

    def _seen(self, teen: int, pick: int) -> str:
        found = self.world.call(self.world.teens[teen], "story.feed").data.get("stories", ())
        return str(found[pick % len(found)]["story"]) if found else ""

    @rule(back=st.integers(1, 12))
    def again(self, back: int) -> None:
        """A client makes a call again whose answer it did not get; what it said then, it says."""
        if len(self.model.calls) >= back:
            person, action, body = self.model.calls[-back]
            self.call(person, action, **body)

    @rule(fault=faults, collection=st.sampled_from((*COLLECTIONS[:2], "story_gone")))
    def breaks(self, fault: str, collection: str) -> None:
        """The reply to the next write is lost, or the write comes to nothing."""
        self._breaks(fault, collection)

    def _breaks(self, fault: str, collection: str = "stories") -> None:
        if fault:
            self.proxy.collection, self.proxy.fault, self.proxy.code = collection, fault, 64
            self.proxy.times = 1

    @rule(seconds=st.sampled_from((5, 300, 601, 90_000)), swept=st.booleans())
    def time_passes(self, seconds: int, swept: bool) -> None:
        """Leases end, things fall due, and the sweep does what was left."""
        self.world.move(seconds)
        if swept:
            self.sweep()

    @rule()
    def sweep(self) -> None:
        """Nothing is left undone, and every cry for help has arrived."""
        self.proxy.times = 0
        self.world.sweep()
        database = self.world.resources.database
        for name in COLLECTIONS[:2]:
            for mark in ("worry_at", "untold_at"):
                assert database.collection(name).count_documents({mark: {"$gt": 0}}) == 0
        talks = self.world.talks().values()
        for teen in self.model.cries:
            own = [t for t in talks if t["teen"] == self.world.teens[teen].id]
            assert any(t["risk"]["peak"] == 3 for t in own), "a cry for help is lost"

    @invariant()
    def readers_see_what_was_approved(self) -> None:
        """Every wording on every screen is one that a person approved, and not taken back."""
        kept, self.proxy.times = self.proxy.times, 0
        for teen, band in zip(self.world.teens, BANDS, strict=True):
            for story in self.world.call(teen, "story.feed").data["stories"]:
                self._check(story["story"], (story["title"], story["text"]), band)
                opened = self.world.call(teen, "story.read", story=story["story"]).data
                assert (opened["story"]["title"], opened["story"]["text"]) == (
                    story["title"],
                    story["text"],
                )
                for one in opened["answers"]:
                    self._check(one["id"], ("", one["text"]), "from_14")
        self.proxy.times = kept
        type(self).steps += 1

    def _check(self, identity: str, wording: Wording, band: str) -> None:
        assert wording in self.model.approved.get(identity, ()), f"unapproved: {wording}"
        assert identity not in self.model.gone, f"gone, and yet shown: {wording}"
        assert IMMINENT not in wording[1]
        assert not (band == "under_14" and identity in self.model.older), wording
        self.shown[identity[:1]] += 1
