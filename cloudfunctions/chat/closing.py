"""How a talk ends: the closing form, the two questions before and after, and the follow-up.

Ended by either side, never without a word. A form with a risk of C or above plans a follow-up, so
that nobody who was in danger is forgotten: `follow_up` {due_at, tier, note, by} exists until it is
done, and then stands in `followed_up`.

A talk that ended by silence in somebody's hands still wants their form: `write_up` {by, at,
participants} exists until it is written, or until somebody opens the talk again. It holds nobody
up; after `WRITTEN_WITHIN` the supervisors see it.
"""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from cloudfunctions.account import presence
from cloudfunctions.account.service import Staff
from cloudfunctions.chat import alerts, holding, store
from cloudfunctions.chat.conversation import Change, Decide, Outcome, Read, change, notice
from cloudfunctions.chat.holding import HELD, SPEAKER
from cloudfunctions.common.clock import HOUR
from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudfunctions.common.resources import Resources

CLOSED = "这次先聊到这里，谢谢你愿意说。想说的时候，随时可以再来。"
SEEN_AGAIN = "上次说好再来看看你，所以我来了。这几天怎么样？想说就说，不想说也没关系。"
REOPENED = "reopen"
DAY = 24 * HOUR
LATEST_FOLLOW_UP = {"C": 14, "D": 7, "E": 3}
"""By risk code: within how many days somebody has to look after the teen again."""
WRITTEN_WITHIN = DAY
"""How long a holder has for the form of a talk that ended by silence."""
AHEAD = 7 * DAY
"""A follow-up is shown this long before it is due."""
PAGE = 50
"""Follow-ups on one page; more only where several are due in the same millisecond."""
AT_ONE_TIME = 1_000
"""As many of one millisecond are shown."""


def close(resources: Resources, staff: Staff, conversation: str, form: Document) -> Outcome:
    """End the talk with the closing form; done before by the same member, it stays as it was.

    A talk that ended by silence still takes the form of whoever held it last.

    Raises:
        BadRequest: a high risk without a follow-up in time.
        Forbidden: they are only a guest in the talk.
        NotFound: it is neither theirs nor was.
    """
    _check_follow_up(form)

    def decide(before: Document) -> Change | None:
        if "closing" in before:
            return None
        if before["state"] == "open" and before["claim"]["by"] != staff.id:
            raise Forbidden("这段倾诉现在由别人负责。", hint="由负责的人来登记。")
        return _closed(resources, before, staff, form)

    outcome = change(
        resources.database,
        conversation,
        lambda: store.access_as_holder_or_closer(resources.database, conversation, staff.id),
        decide,
    )
    for member in {staff.id, *outcome.conversation.get("closing", {}).get("participants", [])}:
        presence.release(resources, member, conversation)
    return outcome


def _closed(resources: Resources, before: Document, staff: Staff, form: Document) -> Change:
    now = resources.now()
    days = form.get("follow_up_days")
    said = {name: value for name, value in form.items() if name != "follow_up_days"}
    there = before.get("write_up", before).get("participants", [])
    closing = {**said, "by": staff.id, "at": now, "participants": there}
    fields = {
        "closing": closing,
        "corrected_at": now,
        "last_holder": staff.id,
        **alerts.closed(before, staff.id, now, f"closing {form['risk']}"),
    }
    if days is not None:
        note = form.get("follow_up_note", "")
        tier = "counsellor" if form["risk"] in LATEST_FOLLOW_UP else before["tier"]
        due = now + days * DAY
        fields["follow_up"] = {"due_at": due, "tier": tier, "note": note, "by": staff.id}
    if before["state"] == "closed":
        return Change(fields=fields, gone=["write_up"])
    fields |= {"state": "closed", "closed_by": "staff", "closed_at": now}
    return Change([notice(resources, CLOSED)], fields, [*HELD, "waiting"])


def write_ups(resources: Resources, staff: Staff) -> list[Document]:
    """Return heads of talks that ended by silence and want their form, the longest ended first.

    They are those that `staff` held; a supervisor sees what is overdue of everybody too.
    """
    own = store.write_ups_of(resources.database, staff.id, 100)
    if staff.role != "supervisor":
        return own
    overdue = store.write_ups_until(resources.database, resources.now() - WRITTEN_WITHIN, 100)
    others = [head for head in overdue if head["write_up"]["by"] != staff.id]
    return sorted([*own, *others], key=lambda head: int(head["write_up"]["at"]))


def _check_follow_up(form: Document) -> None:
    latest = LATEST_FOLLOW_UP.get(form["risk"])
    days = form.get("follow_up_days")
    if latest is not None and (days is None or days > latest):
        raise BadRequest(
            f"风险 {form['risk']} 需要在 {latest} 天内安排随访。", hint="请选一个随访的日子。"
        )


def survey(
    resources: Resources, teen: str, conversation: str, when: str, answers: Document
) -> Outcome:
    """Keep the teen's two answers before or after the talk; a later answer replaces an earlier."""

    def decide(before: Document) -> Change | None:
        kept = {**before.get("survey", {}), when: {**answers, "at": resources.now()}}
        return Change(fields={"survey": kept})

    return change(
        resources.database,
        conversation,
        lambda: store.access_as_teen(resources.database, conversation, teen),
        decide,
    )


def follow_ups(resources: Resources, staff: Staff, after: int) -> tuple[list[Document], bool]:
    """Return heads of talks to look after again: all that are overdue or due within `AHEAD`.

    The earliest first, a page at a time; a listener sees those they planned themselves.

    Args:
        after: the time at which the last one of the page before is due, 0 for the first page.

    Returns:
        the page, and whether there is more.
    """
    own = staff.id if staff.role == "listener" else None
    until = resources.now() + AHEAD
    found = store.follow_ups_due(resources.database, own, after, until, PAGE + 1)
    if len(found) <= PAGE:
        return found, False
    page, last = found[:PAGE], _due_at(found[PAGE - 1])
    if _due_at(found[PAGE]) == last:
        # The next page begins after this time, so what is due at it belongs together.
        same = store.follow_ups_due(resources.database, own, last - 1, last, AT_ONE_TIME)
        page = [*(head for head in page if _due_at(head) < last), *same]
    return page, True


def _due_at(head: Document) -> int:
    return int(head["follow_up"]["due_at"])


def follow_up_done(resources: Resources, staff: Staff, conversation: str, outcome: str) -> Outcome:
    """Write down what came of a follow-up.

    Raises:
        BadRequest: nothing is written.
        NotFound: none is planned, or not for the caller.
    """
    if not outcome.strip():
        raise BadRequest("请写下随访的结果。", hint="一句话就好。")

    def decide(before: Document) -> Change | None:
        done = {
            **before["follow_up"],
            "done_by": staff.id,
            "done_at": resources.now(),
            "outcome": outcome.strip(),
        }
        return Change(
            fields={"followed_up": [*before.get("followed_up", []), done]}, gone=["follow_up"]
        )

    return _change_followed(resources, staff, conversation, decide)


def reopen(resources: Resources, staff: Staff, conversation: str) -> Document:
    """Open a closed talk again to look after its teen, in the caller's hands.

    Asked again while they hold it, it is the same talk.

    Raises:
        Conflict: the teen has another open talk, or the caller carries too much.
        NotFound: no follow-up is planned, or not for the caller.
    """
    return holding.or_as_before(
        resources,
        staff,
        conversation,
        REOPENED,
        lambda: _reopen(resources, staff, conversation),
    )


def _reopen(resources: Resources, staff: Staff, conversation: str) -> Document:
    head = _read_followed(resources, staff, conversation)()
    if head is None:
        raise NotFound
    holding.settle(resources, staff)
    place = presence.reserve(resources, staff, conversation, holding.weight_of(head))

    def decide(before: Document) -> Change | None:
        if before["state"] == "open":
            return None
        now = resources.now()
        fields = {
            "state": "open",
            "closed_by": None,
            "claim": holding.claim_of(resources, staff, now, REOPENED),
            "speaker": SPEAKER[staff.role],
            "participants": [staff.id],
            "guests": [],
            "clocks.opened": now,
            "clocks.unanswered": None,
        }
        if "closing" in before:  # None where it ended by silence since.
            fields["closings"] = [*before.get("closings", []), before["closing"]]
        return Change([notice(resources, SEEN_AGAIN)], fields, ["closing", "write_up"])

    try:
        outcome = _change_followed(resources, staff, conversation, decide)
    except DuplicateKeyError:
        presence.cancel(resources, staff.id, place)
        raise Conflict("这位同学正在另一段倾诉里。", hint="请在那一段里接上。") from None
    except NotFound:
        presence.cancel(resources, staff.id, place)
        raise
    if not outcome.changed:
        presence.cancel(resources, staff.id, place)
        raise Conflict
    return outcome.conversation


def _change_followed(
    resources: Resources, staff: Staff, conversation: str, decide: Decide
) -> Outcome:
    return change(
        resources.database, conversation, _read_followed(resources, staff, conversation), decide
    )


def _read_followed(resources: Resources, staff: Staff, conversation: str) -> Read:
    own = staff.id if staff.role == "listener" else None
    return lambda: store.access_as_follower(resources.database, conversation, own)
