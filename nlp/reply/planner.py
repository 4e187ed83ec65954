"""Which answer comes next: a planner over authored lines, not a generator.

Promises: the same talk gets the same answer; no text comes twice in a talk; nobody is
given a suggestion before being listened to, unless they ask for one; level 2 is always
asked about safety and told that a person is called; level 3 gets the safety script only.
The moves are those of Hill's helping skills (open question, restatement, reflection of
feeling, affirmation, information, small suggestion).
Risky assumption: the level is right. A level that is too low gets a listening answer,
which is why every answer stays harmless for a teen in danger.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from . import cues, evidence
from .choose import Moment, Said, fitting, joined, spoken, worn_out
from .library import Line, library
from .memory import HIGH, JOIN, Memory, remember
from .quote import quotable
from .safety import IMMINENT, concern, crisis
from .talk import Reply, Stage, Turn, Understood

LISTEN_FIRST = 2  # exchanges before anything but listening, here and at the desk
HEARD = 4  # exchanges before a suggestion that nobody asked for
LULL = 8  # characters: a longer message tells something that wants an answer of its own
DULL = frozenset({"sad", "anxious", "lonely", "tired", "numb", "confused"})
STEP_EVERY = 6  # answers between two suggestions that nobody asked for
WAITING_EVERY = 4  # answers between two reminders that a person is on the way
QUOTE_EVERY = 3
SCENES_BACK = 3  # earlier messages whose scenes a question for advice is about
CHECK_ALWAYS, CHECK_EVERY = 3, 3  # safety check after a raised risk: at once, then now and then
# After danger was named these acts mean something else than they say, and are answered so.
AFTER_RISK = {
    "bye": "bye_after_risk",
    "thanks": "bye_after_risk",
    "stop_asking": "stop_after_risk",
    "joker": "calm_after_risk",
    "minimise": "calm_after_risk",
    "laugh": "calm_after_risk",
}
# Acts told in passing: with real distress in the message, the distress is answered.
PASSING = frozenset(
    {
        "thanks",
        "hug",
        "laugh",
        "scream",
        "crying",
        "bye",
        "play",
        "about_me",
        "joker",
        "homework",
        "greet",
    }
)


def plan(
    text: str, assessment: Understood, history: Sequence[Turn], *, waiting: bool = False
) -> Reply:
    """The answer to `text`.

    `history` holds the earlier turns, oldest first, without `text`; AI turns should carry
    the `line` of the Reply they came from. `waiting` says that the talk stands in the
    queue for a person. Raises nothing: every message has an answer.
    """
    memory = remember(history, text)
    message = cues.plain(text)
    if assessment.level >= IMMINENT:
        return crisis(message, assessment, memory)
    if assessment.level == HIGH:
        return concern(message, assessment, memory)
    return _listen(message, assessment, memory, waiting)


def stage_of(memory: Memory, *, waiting: bool = False, leaving: bool = False) -> Stage:
    """Where the talk stands."""
    if leaving:
        return "closing"
    if waiting:
        return "waiting"
    if memory.exchanges == 0:
        return "opening"
    return "exploring" if memory.exchanges < HEARD else "small_step"


def _listen(message: str, assessment: Understood, memory: Memory, waiting: bool) -> Reply:
    """Levels 0 and 1: an act gets its own answer, everything else is listened to."""
    act = _act(message, assessment, waiting)
    moment = _moment(message, act, assessment, memory, waiting)
    if _must_check(memory):
        return _careful(moment, act)
    if act not in ("", "short") and not (act == "asked" and cues.asks_advice(message)):
        return _reply(moment, _with_cue(moment, act))
    if waiting and not act and not memory.lately("waiting", WAITING_EVERY):
        return _remind(moment)
    asked = cues.asks_advice(message) and "friend_care" not in moment.cues
    wanted = asked or _step_due(message, act, moment, assessment)
    step = _step(moment) if wanted and act != "asked" else None
    if step is not None:
        return _reply(moment, step)
    return _reply(moment, _with_cue(moment, act)) if act else _explore(moment)


def _moment(
    message: str, act: str, assessment: Understood, memory: Memory, waiting: bool
) -> Moment:
    """What the message tells of, and its own words where these may be given back."""
    told = evidence.told(message, memory.earlier, memory.risky)
    scenes = set(cues.scenes(message))
    if cues.asks_advice(message):
        scenes = scenes.union(*map(cues.scenes, memory.earlier[-SCENES_BACK:]))
    scenes |= {"denial"} if cues.denies(message) else set()
    scenes |= {"friend"} if cues.about_a_friend(message) else set()
    level = 1 if _sounds_heavy(message, scenes, assessment) else assessment.level
    may_quote = not act and not memory.lately("quote", QUOTE_EVERY)
    quote = quotable(message) if may_quote else ""
    return Moment(
        level=level,
        stage=stage_of(memory, waiting=waiting, leaving=act in ("bye", "thanks")),
        topics=told.topics & frozenset(assessment.topics),
        feelings=told.feelings,
        cues=frozenset(scenes),
        memory=memory,
        quote="" if any(quote in text for text in memory.said) else quote,
        facts=told.facts,
        fresh=told.fresh,
    )


def _sounds_heavy(message: str, scenes: Collection[str], assessment: Understood) -> bool:
    """Whether a message read as level 0 still tells of something hard.

    Only the tone follows from it, never the level: a word too gentle does no harm, a joke
    about a scolding does.
    """
    light = any(library().cell(0, "say", scene) for scene in scenes)
    low = bool(assessment.feelings) and evidence.GLAD.isdisjoint(assessment.feelings)
    return evidence.heavy(scenes) or (low and not light) or cues.asks_advice(message)


def _remind(moment: Moment) -> Reply:
    """Understanding first, then a word that the person is on the way."""
    heads, tails = _statements(fitting(moment, "say")), _pool(moment, "waiting")
    return _reply(moment, joined(moment, heads, tails) or worn_out(moment, heads, tails))


def _act(message: str, assessment: Understood, waiting: bool) -> str:
    """The situation, unless it was said in passing in a message that tells of distress.

    Who asks how long it takes before anyone was called wants a person; any other question
    gets an answer too, for nothing tells so plainly as silence that nobody listened.
    """
    act = cues.situation(message)
    if act in PASSING and assessment.level >= 1 and len(message) > cues.BRIEF:
        act = ""
    if act == "how_long" and not waiting:
        return "person"
    return act or ("asked" if cues.asks(message) else "")


def _must_check(memory: Memory) -> bool:
    """Whether an earlier raised risk asks for a word about safety in this answer."""
    if memory.worst < HIGH:
        return False
    return memory.since_risk <= CHECK_ALWAYS or memory.since_risk % CHECK_EVERY == 0


def _careful(moment: Moment, act: str) -> Reply:
    """A mild message after a raised risk: answer it, then ask about safety again."""
    first = moment.memory.since_risk == 1
    heads = _statements(_careful_heads(moment, act))
    if moment.memory.friend_before:
        tails = _pool(moment, "friend_check")
    else:
        tails = _pool(moment, "first_check" if first else "after_risk")
    return _reply(moment, joined(moment, heads, tails) or worn_out(moment, heads, tails))


def _careful_heads(moment: Moment, act: str) -> list[Line]:
    """What is said before the safety question: never light, never as if nothing had been."""
    if act:
        return _pool(moment, AFTER_RISK.get(act, act))
    if not (moment.cues or moment.feelings or moment.quote):
        return _pool(moment, "mild_after_risk")
    return fitting(moment, "say")


def _with_cue(moment: Moment, cue: str) -> Said:
    """A line written for one cue; once these run out they come again with a question after."""
    pool = _pool(moment, cue)
    alone = joined(moment, [line for line in pool if not moment.memory.used[line.id]])
    if alone is not None:
        return alone
    heads, asides, asks = _statements(pool), _pool(moment, "aside"), _pool(moment, "ask_anew")
    said = joined(moment, heads, asks) or joined(moment, heads, asides, asks)
    return said or worn_out(moment, heads, asides, asks)


def _step_due(message: str, act: str, moment: Moment, assessment: Understood) -> bool:
    """Whether an unasked suggestion may come: after much listening, and only in a lull.

    A message that tells something new is answered for what it tells.
    """
    memory = moment.memory
    low = not DULL.isdisjoint(assessment.feelings)
    told_little = low and not (moment.cues or moment.feelings) and len(message) <= LULL
    lull = act == "short" or told_little
    heard = memory.exchanges >= HEARD and moment.level == 1 and memory.worst < HIGH
    return lull and heard and not _lately_suggested(memory)


def _lately_suggested(memory: Memory) -> bool:
    book = library().by_id
    return any(
        book[part].moves[0] == "suggestion"
        for turn in memory.recent[-STEP_EVERY:]
        for part in (turn.line or "").split(JOIN)
        if part in book
    )


def _step(moment: Moment) -> Said | None:
    """A small suggestion after a word of understanding; None when all were made already."""
    steps = [line for line in fitting(moment, "step") if not moment.memory.used[line.id]]
    if moment.level == 0:
        return joined(moment, steps)
    return joined(moment, _statements(fitting(moment, "say")), steps)


def _explore(moment: Moment) -> Reply:
    """Reflection, restatement or affirmation, mostly with one open question."""
    memory = moment.memory
    heads, tails = _heads_and_tails(moment)
    # A third question in a row feels like an interrogation; some answers only listen.
    ask = not (memory.told_stop or memory.asked_in_last(2))
    said = spoken(moment, heads, tails, ask=ask)
    return _reply(moment, said or worn_out(moment, heads, tails))


def _heads_and_tails(moment: Moment) -> tuple[list[Line], list[Line]]:
    """A mild message soon after distress is not met with small talk."""
    light = any(library().cell(0, "say", cue) for cue in moment.cues)
    glad = not moment.feelings.isdisjoint(evidence.GLAD)
    if moment.level == 0 and moment.memory.near and not (light or glad):
        pool = _pool(moment, "gentle")
        return _statements(pool), [line for line in pool if line.asks]
    return fitting(moment, "say"), fitting(moment, "ask")


def _pool(moment: Moment, cue: str) -> list[Line]:
    """The lines written for one cue, whatever else is in the message."""
    return fitting(
        replace(moment, cues=frozenset({cue})), "say", "ask", "step", "tell", keys=(cue,)
    )


def _statements(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not line.asks]


def _reply(moment: Moment, said: Said) -> Reply:
    """The text with the move of its last part that is not merely the question after it."""
    book = library().by_id
    moves = [book[part].moves[0] for part in said.line.split(JOIN)]
    move = "suggestion" if "suggestion" in moves else moves[0]
    calls = any("person" in book[part].when for part in said.line.split(JOIN))
    return Reply(said.text, move, moment.stage, said.line, calls_person=calls)
