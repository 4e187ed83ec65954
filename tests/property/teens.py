"""What teens do."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.property.evening import Evening, picks, teens, words


class Teens(Evening):
    """Each rule is one thing that a client of a teen sends."""

    @rule(teen=teens)
    def enter(self, teen: int) -> None:
        """A teen opens the page."""
        self.enters(self.world.teens[teen])

    @rule(teen=teens, text=words)
    def say(self, teen: int, text: str) -> None:
        """A teen's words are taken wherever the talk is open."""
        person, talk = self.of_teen(teen)
        answer = self.call(person, "chat.send", conversation=talk, cid=self.cid(), text=text)
        assert answer.ok or (answer.status, self.is_open(talk)) == (409, False), answer
        if answer.ok:
            self.acknowledged(talk, answer)

    @rule(teen=teens, text=words)
    def pour_out(self, teen: int, text: str) -> None:
        """A teen writes many lines, so that a talk may spill."""
        for _ in range(8):
            self.say(teen, text)

    @rule(teen=teens, pick=picks, other=st.booleans())
    def say_again(self, teen: int, pick: int, other: bool) -> None:
        """The same cid gives the first answer again, or a conflict with other words."""
        person, talk = self.of_teen(teen)
        said = sorted(self.memory.acknowledged.get(talk, {}).items())
        own = [(s, cid, text) for s, (cid, text) in said if not cid.startswith("staff-")]
        if not own:
            return
        seq, cid, text = own[-1 - pick % len(own)]
        text = f"{text}！" if other else text
        answer = self.call(person, "chat.send", conversation=talk, cid=cid, text=text)
        if other:
            assert answer.status == 409
        else:
            assert answer.ok
            assert (answer.data["message"]["seq"], answer.data["replayed"]) == (seq, True)

    @rule(teen=teens)
    def ask_for_a_person(self, teen: int) -> None:
        """A teen wishes for a person: from then on they wait, or somebody is there."""
        person, talk = self.of_teen(teen)
        answer = self.call(person, "chat.ask_person", conversation=talk)
        view = answer.data.get("conversation", {})
        assert not answer.ok or view["waiting"] is not None or view["speaker"] != "ai"

    @rule(teen=teens)
    def leave(self, teen: int) -> None:
        """A teen goes."""
        person, talk = self.of_teen(teen)
        assert self.call(person, "chat.leave", conversation=talk).ok

    @rule(teen=teens, when=st.sampled_from(("before", "after")), before=st.integers(1, 70))
    def look_around(self, teen: int, when: str, before: int) -> None:
        """A teen reads further back, and answers the two questions."""
        person, talk = self.of_teen(teen)
        found = self.call(person, "chat.history", conversation=talk, before=before).data["messages"]
        assert all(message["seq"] < before for message in found)
        answer = self.call(person, "chat.survey", conversation=talk, when=when, hard=4, heard=2)
        assert when in answer.data["conversation"]["surveyed"]
