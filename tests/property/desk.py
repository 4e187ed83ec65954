"""What staff do, of all roles."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from cloudfunctions.chat.holding import BACKGROUND, RENEWED_BELOW
from tests.property.evening import members, picks
from tests.property.teens import Teens
from tests.property.world import Person

FOLLOWED_UP = {"A": None, "B": 30, "C": 1, "D": 2, "E": 0}
"""By risk code of the closing form: in how many days somebody looks after the teen again."""

tiers = st.sampled_from(("listener", "counsellor"))
statuses = st.sampled_from(("available", "away"))
wishes = st.sampled_from((None, None, True, False))
levels = st.integers(0, 3)
answers = st.sampled_from(("accept", "decline", ""))


def someone_holds(machine: Teens) -> bool:
    """Whether any talk is in somebody's hands."""
    return any("claim" in talk for talk in machine.talks.values())


def someone_is_asked(machine: Teens) -> bool:
    """Whether any talk is offered to a person."""
    return bool(machine.memory.offered)


def someone_is_guest(machine: Teens) -> bool:
    """Whether somebody is in a talk beside its holder."""
    return any(talk.get("guests") for talk in machine.talks.values())


def an_alert_was_raised(machine: Teens) -> bool:
    """Whether there ever was an alert."""
    return any(talk.get("alerts") for talk in machine.talks.values())


def a_follow_up_is_planned(machine: Teens) -> bool:
    """Whether some teen is to be looked after."""
    return any("follow_up" in talk for talk in machine.talks.values())


def everybody_is_there(machine: Teens) -> bool:
    """Whether nobody was dismissed yet; one in an evening is enough, or few are left to act."""
    return all(person.id in machine.world.there for person in machine.world.staff)


class Desk(Teens):
    """Each rule is one thing that a client of the staff sends."""

    @rule(member=members, status=statuses, automatic=wishes)
    def come_or_step_away(self, member: int, status: str, automatic: bool | None) -> None:
        """A member comes on duty, or takes no more talks and keeps what they have."""
        self.call(self.world.staff[member], "desk.status", status=status, automatic=automatic)

    @rule(member=members)
    def take_next(self, member: int) -> None:
        """A member claims the most urgent talk."""
        person = self.world.staff[member]
        answer = self.call(person, "desk.next")
        taken = answer.data.get("conversation")
        if taken is not None:
            assert taken["mine"]
            self.promised(person, taken["id"])

    @precondition(someone_holds)
    @rule(member=members, pick=picks, again=st.booleans())
    def speak(self, member: int, pick: int, again: bool) -> None:
        """A member says something, perhaps twice with one cid."""
        person, talk = self.in_hand(member, pick)
        self.number += 1
        cid, text = f"staff-{self.number:06d}", "我在，慢慢说。"
        answers = [
            self.call(person, "desk.send", conversation=talk, cid=cid, text=text)
            for _ in range(1 + again)
        ]
        for number, answer in enumerate(answers):
            if answer.ok:
                assert answer.data["replayed"] is bool(number)
                self.acknowledged(talk, answer)

    @precondition(someone_holds)
    @rule(member=members, pick=picks, helped=st.sampled_from(("yes", "a_bit", "no")))
    def send_card(self, member: int, pick: int, helped: str) -> None:
        """A member sends an exercise, and its teen tells whether it helped."""
        person, talk = self.in_hand(member, pick)
        self.number += 1
        body = {"conversation": talk, "cid": f"staff-{self.number:06d}", "exercise": "breath"}
        answer = self.call(person, "desk.send_card", **body)
        if not answer.ok:
            return
        self.acknowledged(talk, answer)
        teen = next(one for one in self.world.teens if one.id == self.talks[talk]["teen"])
        told = {"conversation": talk, "seq": answer.data["message"]["seq"], "helped": helped}
        assert self.call(teen, "chat.card_done", **told).ok

    @rule(member=members, pick=picks)
    def poll(self, member: int, pick: int) -> None:
        """A member's desk polls: all that they hold is theirs for some while more."""
        self.polls(*self.in_hand(member, pick))

    def polls(self, person: Person, talk: str) -> None:
        """One poll, which may also bring a talk to who wished for that."""
        answer = self.call(person, "desk.poll", conversation=talk)
        shown = {head["id"] for head in answer.data.get("talks", [])}
        for name, stored in self.world.talks().items():
            if name not in shown or stored["claim"]["by"] != person.id:
                continue
            if person.id in self.talks.get(name, {}).get("participants", []):
                self.prolonged(person, name, RENEWED_BELOW)
            else:
                self.promised(person, name)

    @precondition(someone_holds)
    @rule(member=members)
    def go_into_background(self, member: int) -> None:
        """A member's client says that it goes into the background."""
        person = self.world.staff[member]
        if self.call(person, "desk.background").ok:
            for talk in [t for t, p in self.memory.promises.items() if p.by == person.id]:
                self.prolonged(person, talk, BACKGROUND)

    @rule(member=members, pick=picks)
    def look_up(self, member: int, pick: int) -> None:
        """A member reads: the queue, who is there, a talk further back, what they lost."""
        person, talk = self.in_hand(member, pick)
        self.call(person, "desk.queue")
        self.call(person, "desk.colleagues")
        self.call(person, "desk.history", conversation=talk, before=9)
        answer = self.call(person, "desk.read_lost")
        assert not answer.ok or answer.data["me"]["lost"] == []

    @precondition(someone_holds)
    @rule(member=members, pick=picks, tier=tiers, warm=st.booleans())
    def hand_over(self, member: int, pick: int, tier: str, warm: bool) -> None:
        """A member gives a talk to a tier and goes, or stays beside it."""
        person, talk = self.in_hand(member, pick)
        answer = self.call(person, "desk.hand_over", conversation=talk, tier=tier, warm=warm)
        if not answer.ok:
            return
        if not warm:
            self.given_away(talk)
            return
        self.memory.warm.add(talk)
        self.memory.offered.pop(talk, None)

    @precondition(someone_holds)
    @rule(member=members, pick=picks, tier=tiers, other=members)
    def stand_beside(self, member: int, pick: int, tier: str, other: int) -> None:
        """A member asks for somebody beside them, and one comes: the member is then a guest."""
        self.hand_over(member, pick, tier, True)
        self.take_next(other)

    @precondition(someone_holds)
    @rule(member=members, pick=picks, other=members, warm=st.booleans(), then=answers)
    def offer(self, member: int, pick: int, other: int, warm: bool, then: str) -> None:
        """A member offers a talk to a colleague, and holds it until they accept."""
        person, talk = self.in_hand(member, pick)
        if then:
            self.come_or_step_away(other, "available", None)
        to = self.world.staff[other].id
        if self.call(person, "desk.hand_over", conversation=talk, person=to, warm=warm).ok:
            self.memory.offered[talk] = to
            if then == "accept":
                self.accepts(self.world.staff[other], talk)
            elif then == "decline":
                self.declines(self.world.staff[other], talk)

    @precondition(someone_is_asked)
    @rule(member=members, pick=picks, yes=st.booleans())
    def answer_offer(self, member: int, pick: int, yes: bool) -> None:
        """A member takes what is offered to them, or refuses it."""
        there = {person.id: person for person in self.world.staff}
        pairs = [(there[to], talk) for talk, to in self.memory.offered.items()]
        person, talk = self.chosen(pairs, member, pick)
        if yes:
            self.accepts(person, talk)
        else:
            self.declines(person, talk)

    def accepts(self, person: Person, talk: str) -> None:
        """Only what is offered can be accepted."""
        if self.call(person, "desk.accept", conversation=talk).ok:
            assert self.memory.offered.get(talk) == person.id
            self.promised(person, talk)

    def declines(self, person: Person, talk: str) -> None:
        """Only what is offered can be declined."""
        if self.call(person, "desk.decline", conversation=talk, reason="手上有急的").ok:
            assert self.memory.offered.pop(talk) == person.id

    @precondition(someone_is_guest)
    @rule(member=members, pick=picks)
    def leave_talk(self, member: int, pick: int) -> None:
        """A guest goes; who answers for the talk may not."""
        there = {person.id: person for person in self.world.staff}
        guests = [
            (there[guest["by"]], talk)
            for talk, stored in self.talks.items()
            for guest in stored.get("guests", [])
            if guest["by"] in there
        ]
        person, talk = self.chosen(guests, member, pick)
        self.call(person, "desk.leave_talk", conversation=talk)

    @precondition(someone_holds)
    @rule(member=members, pick=picks, level=levels)
    def set_risk(self, member: int, pick: int, level: int) -> None:
        """A member sees the level otherwise and says why."""
        person, talk = self.in_hand(member, pick)
        self.call(person, "desk.set_risk", conversation=talk, level=level, reason="看法不同")

    @precondition(someone_holds)
    @rule(member=members, pick=picks, risk=st.sampled_from(tuple(FOLLOWED_UP)))
    def close(self, member: int, pick: int, risk: str) -> None:
        """A member ends a talk with its form."""
        self.closes(*self.in_hand(member, pick), risk)

    def closes(self, person: Person, talk: str, risk: str) -> None:
        """The closing form, sent twice: the second finds it done."""
        form = {"risk": risk, "follow_up_days": FOLLOWED_UP[risk]}
        if self.call(person, "desk.close", conversation=talk, form=form).ok:
            self.given_away(talk)
            assert self.call(person, "desk.close", conversation=talk, form=form).ok

    @precondition(someone_holds)
    @rule(member=members, pick=picks, other=members, done=st.booleans())
    def close_and_look_after(self, member: int, pick: int, other: int, done: bool) -> None:
        """A talk ends in worry, and somebody looks after the teen soon after."""
        self.closes(*self.in_hand(member, pick), "E")
        self.follow_up(other, pick, done)

    @rule(member=members)
    def end_shift(self, member: int) -> None:
        """A member hands everything over and goes."""
        person = self.world.staff[member]
        answer = self.call(person, "desk.end_shift", note="都交给你们了")
        if answer.ok:
            assert (answer.data["me"]["talks"], answer.data["me"]["load"]) == (0, 0)
            self.gone(person)

    def gone(self, person: Person) -> None:
        """All that a member held has left their hands."""
        for talk in [t for t, p in self.memory.promises.items() if p.by == person.id]:
            self.given_away(talk)

    @precondition(everybody_is_there)
    @rule(member=members)
    def dismiss(self, member: int) -> None:
        """Who leads ends a membership; every later call of the member is refused."""
        person = self.world.staff[member]
        self.world.dismiss(person)
        self.gone(person)
        assert self.call(person, "desk.queue").status == 401

    @precondition(a_follow_up_is_planned)
    @rule(member=members, pick=picks, done=st.booleans())
    def follow_up(self, member: int, pick: int, done: bool) -> None:
        """A member looks after a teen again, or writes down what came of it."""
        person = self.world.staff[member]
        planned = self.call(person, "desk.follow_ups").data.get("follow_ups", [])
        talk = planned[pick % len(planned)]["conversation"] if planned else self.any_talk(pick)
        if done:
            self.call(person, "desk.follow_up_done", conversation=talk, reason="见过了，好多了")
        elif self.call(person, "desk.reopen", conversation=talk).ok:
            self.promised(person, talk)

    @precondition(an_alert_was_raised)
    @rule(member=members, pick=picks, end=st.booleans())
    def see_to_alert(self, member: int, pick: int, end: bool) -> None:
        """A member owns an alert or closes it, whether it is theirs or not."""
        found = [(t, a["id"]) for t, talk in self.talks.items() for a in talk.get("alerts", [])]
        talk, alert = found[pick % len(found)] if found else (self.any_talk(pick), "risk1")
        person = self.world.staff[member]
        self.call(person, "desk.acknowledge", conversation=talk, alert=alert)
        if end:
            reason = "打过电话了"
            self.call(person, "desk.close_alert", conversation=talk, alert=alert, reason=reason)
