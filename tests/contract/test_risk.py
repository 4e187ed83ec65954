"""The machine raises a level, people lower it with a reason, and what they correct is a label."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.chat.labels import labelled_lines
from cloudfunctions.common.resources import Resources
from nlp import dataset
from tests.contract.crew import CALM, IMMINENT, error_of, stored, waiting_teen
from tests.support.copy import Copy
from tests.support.people import Body, Staff, Teen

Staffing = Callable[[str], Staff]
HARM = "我又划手了"


@pytest.fixture
def talk(empty_queue: None, running: Copy) -> Teen:
    """A teen in danger who waits."""
    return waiting_teen(running.address, IMMINENT)


def seq_of(teen: Teen, text: str) -> int:
    """The seq of the teen's message."""
    return next(int(m["seq"]) for m in teen.transcript() if m["text"] == text)


def holder(staff: Staffing, role: str) -> Staff:
    """A member who holds the one talk that waits."""
    member = staff(role).available()
    assert member.take() is not None
    return member


def test_a_counsellor_lowers_a_level_with_a_reason(
    talk: Teen, staff: Staffing, resources: Resources
) -> None:
    member = holder(staff, "counsellor")
    body = {"conversation": talk.talk, "level": 1, "reason": "已确认安全，药交给了妈妈"}
    assert error_of(member, "desk.set_risk", {**body, "reason": "  "}) == (400, "bad_request")
    assert stored(resources, talk.talk)["risk"]["level"] == 3

    lowered = member.call("desk.set_risk", **body)["conversation"]
    assert (lowered["level"], lowered["peak"]) == (1, 3)
    events = stored(resources, talk.talk)["risk_events"]
    assert [(e["from"], e["to"], e["by"]) for e in events] == [
        (0, 3, "machine"),
        (3, 1, member.id),
    ]
    assert events[1]["reason"] == body["reason"]


def test_the_machine_raises_it_again(talk: Teen, staff: Staffing, resources: Resources) -> None:
    member = holder(staff, "counsellor")
    member.call("desk.set_risk", conversation=talk.talk, level=0, reason="误报")
    talk.send(CALM)
    assert stored(resources, talk.talk)["risk"]["level"] == 0
    talk.send("我不想活了")
    found = stored(resources, talk.talk)
    raised = found["risk"]["level"]
    assert raised >= 2
    assert [e["to"] for e in found["risk_events"]] == [3, 0, raised]


def test_a_listener_raises_and_does_not_lower(
    running: Copy, empty_queue: None, staff: Staffing, resources: Resources
) -> None:
    teen = waiting_teen(running.address)
    member = holder(staff, "listener")
    raised = member.call("desk.set_risk", conversation=teen.talk, level=2, reason="语气不对")
    assert raised["conversation"]["level"] == 2
    body = {"conversation": teen.talk, "level": 1, "reason": "好像没事"}
    assert error_of(member, "desk.set_risk", body) == (403, "forbidden")
    assert stored(resources, teen.talk)["risk"]["level"] == 2


def test_only_a_message_of_the_teen_can_be_marked(talk: Teen, staff: Staffing) -> None:
    member = holder(staff, "counsellor")
    for seq in (1, 999):
        body = {"conversation": talk.talk, "level": 3, "reason": "标记", "seq": seq}
        assert error_of(member, "desk.set_risk", body) == (400, "bad_request")


@pytest.mark.parametrize("level", [-1, 4, "3", None, 1.5])
def test_a_level_is_one_of_four(talk: Teen, staff: Staffing, level: Any) -> None:
    member = holder(staff, "counsellor")
    body = {"conversation": talk.talk, "level": level, "reason": "x"}
    assert error_of(member, "desk.set_risk", body) == (400, "bad_request")


def test_someone_elses_talk_is_not_there(talk: Teen, staff: Staffing) -> None:
    holder(staff, "counsellor")
    other = staff("counsellor")
    body = {"conversation": talk.talk, "level": 0, "reason": "x"}
    assert error_of(other, "desk.set_risk", body) == (404, "not_found")


def test_the_desk_hears_of_it_and_the_teen_does_not(talk: Teen, staff: Staffing) -> None:
    member = holder(staff, "counsellor")
    version = member.call("desk.poll")["version"]
    before = talk.transcript()
    member.call("desk.set_risk", conversation=talk.talk, level=1, reason="已确认安全")
    assert member.call("desk.poll", version=version)["version"] != version
    assert talk.transcript() == before
    assert "level" not in json.dumps(talk.poll()["conversation"])


def lines_of(resources: Resources, teen: Teen) -> list[Body]:
    """What an export would hold of this teen's talk."""
    with resources.database.deadline(10):
        found = list(labelled_lines(resources, 0))
    said = {m["text"] for m in teen.transcript() if m["from"] == "teen"}
    return [line for line in found if line["text"] in said or "〔" in line["text"]]


def test_corrections_become_labels_only_with_consent(
    talk: Teen, staff: Staffing, resources: Resources
) -> None:
    talk.send(HARM)
    member = holder(staff, "counsellor")
    member.call(
        "desk.set_risk", conversation=talk.talk, level=2, reason="x", seq=seq_of(talk, HARM)
    )
    assert lines_of(resources, talk) == []
    assert talk.call("account.consent", training=True) == {"training": True}
    (line,) = lines_of(resources, talk)
    assert (line["text"], line["level"], line["context"]) == (HARM, 2, [IMMINENT])
    assert "self_harm" in line["types"]
    talk.call("account.consent", training=False)
    assert lines_of(resources, talk) == []


def test_the_closing_code_labels_the_gravest_message(
    talk: Teen, staff: Staffing, resources: Resources, tmp_path: Path
) -> None:
    talk.send("我爸电话13812345678")
    talk.call("account.consent", training=True)
    holder(staff, "counsellor").close(talk.talk, "B")
    (line,) = lines_of(resources, talk)
    assert (line["text"], line["level"], line["types"]) == (IMMINENT, 1, [])
    path = tmp_path / "more.jsonl"
    path.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
    assert dataset.faults_of_export(path) == []
    assert dataset.read_file(path)[0].source == dataset.CONSENTED


def test_an_export_holds_no_number(talk: Teen, staff: Staffing, resources: Resources) -> None:
    text = "我电话13812345678 我不想活了"
    talk.send(text)
    talk.call("account.consent", training=True)
    member = holder(staff, "counsellor")
    member.call(
        "desk.set_risk", conversation=talk.talk, level=3, reason="x", seq=seq_of(talk, text)
    )
    (line,) = [one for one in lines_of(resources, talk) if "〔号码〕" in one["text"]]
    assert line["text"] == "我电话〔号码〕 我不想活了"


def test_the_command_writes_what_training_reads(
    talk: Teen, staff: Staffing, running: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cloudfunctions.desk.__main__ import main
    from cloudfunctions.local.place import Place

    talk.call("account.consent", training=True)
    holder(staff, "counsellor").close(talk.talk, "E")
    place = Place.from_environment(running.environment)
    for name, value in place.environment(running.state().database_uri).items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "labels.jsonl"
    assert main(["export", str(path)]) == 0
    assert IMMINENT in {line.text for line in dataset.read_file(path)}
    assert main(["export", str(path), "--since", "2999-01-01"]) == 0
    assert path.read_text("utf-8") == ""
