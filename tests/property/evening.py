"""What the rules of `teens.py` and `desk.py` share: calls, the model of what was told, the check.

The model keeps only what callers were told. Rules look at the stored documents for nothing but the
choice of what to act on: mostly what is in somebody's hands, sometimes what is not theirs.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from cloudfunctions.chat.holding import LEASE
from cloudfunctions.chat.views import PAGE
from cloudfunctions.common.database import Document
from tests.contract.crew import CALM, IMMINENT
from tests.property.invariants import Memory, Moment, Promise, broken
from tests.property.world import ROLES, TEENS, Answer, Person, World
from tests.support.people import Body

WORDS = (CALM, "作业好多，烦死了", "没有人喜欢我，我很难过", "不想活了", "昨天又割了手", IMMINENT)
"""As teens write, from level 0 to 3."""
PICKS = 4

teens = st.integers(0, TEENS - 1)
members = st.integers(0, len(ROLES) - 1)
picks = st.integers(0, PICKS - 1)
words = st.sampled_from(WORDS)


class Evening(RuleBasedStateMachine):
    """One example is one evening of the service; `world` is set by whoever runs the machine."""

    world: World
    examples = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        self.world.begin()
        self.clock = self.world.clock
        roles = {person.id: person.role for person in self.world.staff}
        self.memory = Memory(roles=roles)
        self.talks: dict[str, Document] = {}
        self.polled: dict[str, int] = {}
        self.views: list[Body] = []
        self.number = 0

    def call(self, person: Person, action: str, /, **body: object) -> Answer:
        """Call, and remember what it brought until the step is over."""
        answer = self.world.call(person, action, **body)
        self.memory.answers.append(answer)
        if person.role == "teen":
            self.views.append(answer.data)
        return answer

    def cid(self) -> str:
        """A message id that was not used yet; counted, so that an example plays the same again."""
        self.number += 1
        return f"property-{self.number:06d}"

    def of_teen(self, teen: int) -> tuple[Person, str]:
        """A teen and their newest talk, which they open if they never had one."""
        person = self.world.teens[teen]
        own = [name for name, talk in self.talks.items() if talk["teen"] == person.id]
        if own:
            return person, max(own, key=lambda name: (self.is_open(name), own.index(name)))
        return person, self.enters(person)

    def is_open(self, talk: str) -> bool:
        """Whether the talk was open after the last step."""
        return bool(self.talks[talk]["state"] == "open")

    def enters(self, person: Person) -> str:
        """A teen comes in."""
        answer = self.call(person, "chat.enter")
        talk = str(answer.data["conversation"]["id"])
        self.memory.heard.setdefault(talk, [])
        return talk

    def any_talk(self, pick: int) -> str:
        """Any talk at all; an id that is nobody's where there is none."""
        return [*self.talks, "A" * 22][pick % (len(self.talks) + 1)]

    def in_hand(self, member: int, pick: int) -> tuple[Person, str]:
        """Mostly somebody of the staff and a talk that they are in; else a member and any talk."""
        pairs = [
            (person, talk)
            for person in self.world.staff
            for talk, stored in self.talks.items()
            if person.id in stored.get("participants", [])
        ]
        return self.chosen(pairs, member, pick)

    def chosen(self, pairs: list[tuple[Person, str]], member: int, pick: int) -> tuple[Person, str]:
        """One of the pairs, where there are any and `pick` is not 0."""
        if pairs and pick:
            return pairs[(member * PICKS + pick) % len(pairs)]
        return self.world.staff[member], self.any_talk(member)

    def acknowledged(self, talk: str, answer: Answer) -> None:
        """Keep what the service says that it has stored."""
        message = answer.data["message"]
        said = self.memory.acknowledged.setdefault(talk, {})
        kept = said.setdefault(message["seq"], (message["cid"], message["text"]))
        assert kept == (message["cid"], message["text"]), "a seq was given away twice"

    def promised(self, person: Person, talk: str) -> None:
        """Somebody was told that they hold a talk; who held it by a promise keeps that."""
        earlier = self.memory.promises.get(talk)
        given = talk in self.memory.warm or self.memory.offered.get(talk) == person.id
        self.memory.taken.append((person, talk))
        if earlier is None or given:
            self.memory.promises[talk] = Promise(person.id, self.clock() + LEASE)
        self.memory.warm.discard(talk)
        self.memory.offered.pop(talk, None)

    def prolonged(self, person: Person, talk: str, milliseconds: int) -> None:
        """Somebody was told that they still hold a talk: it is theirs for so long from now."""
        earlier = self.memory.promises.get(talk)
        until = self.clock() + milliseconds
        if earlier is None:
            self.memory.promises[talk] = Promise(person.id, until)
        elif earlier.by == person.id:
            self.memory.promises[talk] = Promise(person.id, max(earlier.until, until))

    def given_away(self, talk: str) -> None:
        """A talk has left its holder's hands by their doing."""
        self.memory.promises.pop(talk, None)
        self.memory.offered.pop(talk, None)
        self.memory.warm.discard(talk)

    @invariant()
    def everything_holds(self) -> None:
        """Every sentence of `invariants.py`."""
        type(self).steps += 1
        talks = self.world.talks()
        assert self.talks.keys() <= talks.keys(), "a talk has vanished"
        self._hear(talks)
        moment = Moment(
            now=self.clock(),
            talks=talks,
            earlier=self.talks,
            presences=self.world.presences(),
            staff=self.world.there,
            views=self.views,
            memory=self.memory,
        )
        found = broken(moment)
        assert not found, "\n".join(found)
        self.talks, self.views = talks, []
        self.memory.answers.clear()
        self.memory.taken.clear()
        self.memory.warm = {t for t in self.memory.warm if "waiting" in talks[t]}
        # What has run out once does not hold again where the clock is set back.
        live = {t: p for t, p in self.memory.promises.items() if self.clock() < p.until}
        self.memory.promises = live

    def _hear(self, talks: dict[str, Document]) -> None:
        """Every teen's client polls on where something has happened."""
        persons = {person.id: person for person in self.world.teens}
        for talk, heard in self.memory.heard.items():
            if self.polled.get(talk) != talks[talk]["version"]:
                self.polled[talk] = talks[talk]["version"]
                self._collect(persons[talks[talk]["teen"]], talk, heard)

    def _collect(self, person: Person, talk: str, heard: list[Body]) -> None:
        more = True
        while more:
            after = heard[-1]["seq"] if heard else 0
            page = self.call(person, "chat.poll", conversation=talk, after=after).data
            assert len(page["messages"]) <= PAGE
            heard += page["messages"]
            more = page["more"]
