"""Calendars of a plan, read back by a library that shares no code with the writer."""

from __future__ import annotations

import datetime as dt

import icalendar
import pytest
from hypothesis import given, strategies as st
from planning_world import make_framework, make_ranking, make_session
from reporting_world import make_plan

from competency.errors import ConfigError, InputError
from competency.planning import plan_officers
from competency.reporting.calendars import plan_calendar, write_calendars
from competency.reporting.icalendar import FOLD, Event, calendar_text

STAMP = dt.date(2026, 11, 1)


def events(text):
    """Events of a calendar text, with what every program asks of it checked on the way."""
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= FOLD
    found = icalendar.Calendar.from_ical(text)
    assert not found.errors
    assert found["version"] == "2.0"
    assert found["prodid"]
    for event in found.walk("VEVENT"):
        assert not event.errors
        assert event["uid"]
        assert event["dtstamp"].dt.tzinfo is not None
        assert event.end > event.start
    return found.walk("VEVENT")


def test_a_session_is_a_whole_day_event_at_its_place():
    (event,) = events(plan_calendar(make_plan(), officer="00000", locale="en"))
    assert (event.start, event.end) == (dt.date(2027, 2, 1), dt.date(2027, 2, 4))
    assert str(event["summary"]) == "Kelas"
    assert str(event["location"]) == "Bandung"
    assert str(event["description"]) == "10 JP\nBalai"
    assert str(event["status"]) == "CONFIRMED"


def test_a_step_without_dates_is_tentative():
    (event,) = events(plan_calendar(make_plan(), officer="00002", locale="en"))
    assert (event.start, event.end) == (dt.date(2026, 11, 2), dt.date(2026, 11, 3))
    assert str(event["status"]) == "TENTATIVE"
    assert str(event["transp"]) == "TRANSPARENT"
    assert "Proposed dates" in event["description"]


def test_an_officer_without_steps_has_an_empty_calendar():
    assert events(plan_calendar(make_plan(), officer="00009")) == []
    with pytest.raises(InputError):
        plan_calendar(make_plan(), officer="nobody")


def test_a_class_says_how_many_come_and_a_unit_who():
    (event,) = events(plan_calendar(make_plan(), locale="en"))
    assert str(event["description"]) == "10 JP\nBalai\n3 officers in the plan"
    (event,) = events(plan_calendar(make_plan(), unit="Unit 01", locale="en"))
    assert str(event["description"]).splitlines()[-1] == "00001"
    assert events(plan_calendar(make_plan(), unit="Unit 02")) == []


def test_what_a_step_waits_for_is_said():
    trainings = [
        {"id": "X", "name": "First", "hours": 4, "develops": [("A", 0, 1, 0.8)]},
        {"id": "Y", "name": "Then", "hours": 8, "develops": [("A", 1, 3, 0.5)]},
    ]
    plan = plan_officers(make_ranking(make_framework(trainings), [[0, 3]]))
    first, then = events(plan_calendar(plan, officer="officer-000", locale="en"))
    assert "After" not in first["description"]
    assert "After: First" in then["description"]


def test_the_uid_stays_when_the_step_moves_and_the_sequence_grows():
    def calendar(start):
        session = make_session("S", "X", start)
        framework = make_framework(
            [{"id": "X", "hours": 4, "develops": [("A", 0, 1, 0.8)]}], sessions=(session,)
        )
        plan = plan_officers(make_ranking(framework, [[0, 3], [0, 3]]))
        return [events(plan_calendar(plan, officer=f"officer-00{n}"))[0] for n in range(2)]

    (before, other), (after, _) = calendar(30), calendar(60)
    assert before.start != after.start
    assert before["uid"] == after["uid"] != other["uid"]
    assert "officer" not in before["uid"]
    texts = [calendar_text([Event("u", STAMP, STAMP, "s")], name="", stamp=day)
             for day in (STAMP, STAMP + dt.timedelta(days=1))]  # fmt: skip
    assert int(events(texts[0])[0]["sequence"]) < int(events(texts[1])[0]["sequence"])


PAYLOADS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=90)


@given(summary=PAYLOADS, description=PAYLOADS.map(lambda text: f"{text}\n;,\\n\\{text}"))
def test_any_text_comes_back(summary, description):
    event = Event("uid", STAMP, STAMP, summary, description, location="END:VEVENT\r\nX:1")
    (found,) = events(calendar_text([event], name=summary, stamp=STAMP))
    assert str(found["summary"]) == summary
    assert str(found["description"]) == description
    assert str(found["location"]) == "END:VEVENT\nX:1"


def test_the_folder_has_a_file_for_everyone_and_the_same_bytes_again(tmp_path):
    payload = "/../=1"
    for name in ("a", "b"):
        write_calendars(make_plan(payload), tmp_path / name)
    files = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*.ics")}
    folders = [path.parts[0] for path in files]
    assert folders.count("officers") == 4
    assert folders.count("units") == 3
    assert "sessions.ics" in folders
    for path, content in files.items():
        assert (tmp_path / "b" / path).read_bytes() == content
        events(content.decode("utf-8"))


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ConfigError):
        write_calendars(make_plan(), tmp_path / "letters")
