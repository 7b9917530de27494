"""The arrays of a framework, worked by hand."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import numpy as np
import pytest

from competency.framework import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    FrameworkIndex,
    LadderStep,
    MandatoryTraining,
    Position,
    Prerequisite,
    Provider,
    Requirement,
    ScaleLevel,
    Session,
    Training,
    TrainingPrerequisite,
)
from competency.framework.index import NO_LIMIT

TABLES: dict[str, Any] = {
    "framework": (About(id="f", name="F"),),
    "levels": (
        ScaleLevel(level=2, name="b"),
        ScaleLevel(level=1, name="a"),
        ScaleLevel(scale="wide", level=4, name="d"),
    ),
    "competencies": (
        Competency(id="c", name="C"),
        Competency(id="a", name="A", scale="wide"),
        Competency(id="b", name="B"),
    ),
    "positions": (
        Position(id="q", name="Q"),
        Position(id="p", name="P"),
        Position(id="r", name="R"),
    ),
    "ladder": (
        LadderStep(position="p", next_position="q", usual=False),
        LadderStep(position="p", next_position="r"),
        LadderStep(position="q", next_position="r", usual=False),
        LadderStep(position="q", next_position="p", usual=False),
    ),
    "requirements": (
        Requirement(position="q", competency="c", level=2, weight=3.0, mandatory=True),
        Requirement(position="p", competency="b", level=1),
        Requirement(position="q", competency="a", level=4, weight=0.5),
    ),
    "prerequisites": (
        Prerequisite(competency="c", level=2, requires_competency="a", requires_level=3),
    ),
    "providers": (
        Provider(id="v", name="V", accreditation_valid_until=date(2027, 1, 1)),
        Provider(id="u", name="U"),
    ),
    "trainings": (
        Training(id="t", name="T", hours=20.0, cost=5.0, provider="v", region="Jawa"),
        Training(id="s", name="S", hours=10.0, entry_match=0.5),
        Training(id="w", name="W", hours=1.0, provider="u"),
    ),
    "develops": (
        Develops(training="t", competency="c", entry_level=1, target_level=2, success=0.5),
        Develops(training="s", competency="b", target_level=1),
        Develops(training="t", competency="a", entry_level=2, target_level=4),
    ),
    "entry_requirements": (
        EntryRequirement(training="t", competency="a", level=1),
        EntryRequirement(training="t", competency="b", level=2),
        EntryRequirement(training="s", competency="b", level=1),
    ),
    "training_prerequisites": (TrainingPrerequisite(training="t", requires_training="s"),),
    "mandatory_trainings": (
        MandatoryTraining(position="q", training="t"),
        MandatoryTraining(position="q", training="s"),
    ),
    "sessions": (
        Session(id="z", training="t", start=date(2027, 1, 1), end=date(2027, 1, 3), seats=5),
        Session(id="y", training="t", start=date(2027, 1, 1), end=date(2027, 1, 2)),
        Session(id="x", training="s", start=date(2027, 2, 1), end=date(2027, 2, 1), seats=0),
        Session(id="m", training="t", start=date(2027, 1, 1), end=date(2027, 1, 3), region="Bali"),
    ),
}


@pytest.fixture(scope="module")
def index() -> FrameworkIndex:
    return Framework(**TABLES).index


def test_ids_are_sorted_and_levels_are_counted(index: FrameworkIndex) -> None:
    assert index.competency_ids == ("a", "b", "c")
    assert index.position_ids == ("p", "q", "r")
    assert index.training_ids == ("s", "t", "w")
    assert index.provider_ids == ("u", "v")
    assert index.n_levels == 5
    assert index.max_level.tolist() == [4, 2, 2]


def test_required_levels_and_weights(index: FrameworkIndex) -> None:
    positions = np.array([1, 0, -1, 2, 1])
    assert index.required_levels(positions).tolist() == [
        [4, 0, 2], [0, 1, 0], [0, 0, 0], [0, 0, 0], [4, 0, 2],
    ]  # fmt: skip
    assert index.required_levels(positions).dtype == np.int8
    assert index.requirement_weights(positions).tolist()[:3] == [
        [0.5, 0.0, 3.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0],
    ]  # fmt: skip
    assert index.required_levels(np.array([], int)).shape == (0, 3)


def test_requirements_by_position(index: FrameworkIndex) -> None:
    assert index.requirements.pointer.tolist() == [0, 1, 3, 3]
    assert index.requirements.competency.tolist() == [1, 0, 2]
    assert index.requirements.level.tolist() == [1, 4, 2]
    assert index.requirements.mandatory.tolist() == [False, False, True]


def test_the_next_position_is_the_usual_one_else_the_first_by_id(index: FrameworkIndex) -> None:
    assert index.next_position.tolist() == [2, 0, -1]


def test_develops_by_training(index: FrameworkIndex) -> None:
    develops = index.develops
    assert develops.pointer.tolist() == [0, 1, 3, 3]
    assert develops.training.tolist() == [0, 1, 1]
    assert develops.competency.tolist() == [1, 0, 2]
    assert develops.entry_level.tolist() == [0, 2, 1]
    assert develops.target_level.tolist() == [1, 4, 2]
    assert develops.success.tolist() == [0.7, 0.7, 0.5]


def test_of_two_entry_levels_the_higher_stands(index: FrameworkIndex) -> None:
    entries = index.entries
    assert entries.pointer.tolist() == [0, 1, 4, 4]
    assert entries.training.tolist() == [0, 1, 1, 1]
    assert entries.competency.tolist() == [1, 0, 1, 2]
    assert entries.level.tolist() == [1, 2, 2, 1]


def test_relations_between_trainings_and_positions(index: FrameworkIndex) -> None:
    assert index.training_prerequisites.pointer.tolist() == [0, 0, 1, 1]
    assert index.training_prerequisites.other.tolist() == [0]
    assert index.mandatory_trainings.pointer.tolist() == [0, 0, 2, 2]
    assert index.mandatory_trainings.other.tolist() == [0, 1]
    pre = index.prerequisites
    assert [x.tolist() for x in (pre.competency, pre.level)] == [[2], [2]]
    assert [x.tolist() for x in (pre.requires_competency, pre.requires_level)] == [[0], [3]]


def test_columns_of_trainings(index: FrameworkIndex) -> None:
    trainings = index.trainings
    assert trainings.hours.tolist() == [10.0, 20.0, 1.0]
    assert trainings.cost.tolist() == [0.0, 5.0, 0.0]
    assert trainings.entry_match.tolist() == [0.5, 1.0, 1.0]
    assert trainings.provider.tolist() == [-1, 1, 0]
    assert trainings.region.tolist() == ["", "Jawa", ""]
    assert np.isnat(trainings.accredited_until).tolist() == [True, False, True]
    assert trainings.accredited_until[1] == np.datetime64("2027-01-01")


def test_sessions_run_by_start_end_and_id(index: FrameworkIndex) -> None:
    assert index.session_ids == ("y", "m", "z", "x")
    assert index.sessions.seats.tolist() == [NO_LIMIT, NO_LIMIT, 5, 0]
    assert index.sessions.training.tolist() == [1, 1, 1, 0]
    assert index.sessions.region.tolist() == ["", "Bali", "", ""]
    assert index.sessions.by_training.pointer.tolist() == [0, 1, 4, 4]
    assert index.sessions.by_training.other.tolist() == [3, 0, 1, 2]


def test_arrays_are_frozen_and_travel_by_pickle(index: FrameworkIndex) -> None:
    with pytest.raises(ValueError, match="read-only"):
        index.max_level[0] = 1
    copy = pickle.loads(pickle.dumps(Framework(**TABLES)))  # noqa: S301
    assert copy.index.entries.level.tolist() == index.entries.level.tolist()


def test_a_framework_of_nothing_but_a_scale() -> None:
    bare = Framework(
        framework=TABLES["framework"], levels=TABLES["levels"][:2], competencies=()
    ).index
    assert bare.n_levels == 3
    assert bare.required_levels(np.array([-1])).shape == (1, 0)
    assert bare.requirements.pointer.tolist() == [0]
    assert bare.sessions.by_training.pointer.tolist() == [0]
