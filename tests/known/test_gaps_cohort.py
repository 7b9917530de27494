"""Roll-ups and instrument coverage, worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from competency.config import GapConfig
from competency.errors import ConfigError
from competency.evidence.table import Roster
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
    Session,
    Training,
)
from competency.gaps import coverage, roll_up, score_gaps
from competency.levels import LevelBeliefs

FRAMEWORK = Framework(
    framework=(About(id="tiny", name="tiny"),),
    levels=tuple(ScaleLevel(level=k, name=str(k)) for k in (1, 2)),
    competencies=(
        Competency(id="M.1", name="m", kind="managerial"),
        Competency(id="T.1", name="t", kind="technical"),
        Competency(id="T.2", name="t", kind="technical"),
    ),
    positions=(
        Position(id="P.1", name="p", tier="low", family="F"),
        Position(id="P.2", name="p", tier="high", family="F"),
    ),
    requirements=(
        Requirement(position="P.1", competency="M.1", level=1),
        Requirement(position="P.1", competency="T.1", level=1),
        Requirement(position="P.2", competency="M.1", level=1),
        Requirement(position="P.2", competency="T.1", level=2),
    ),
    trainings=(
        Training(id="any", name="any time", hours=8),
        Training(id="class", name="class", hours=8),
        Training(id="old", name="old", hours=8, valid_to=date(2026, 1, 1)),
        Training(id="open", name="open", hours=8),
        Training(id="steep", name="steep", hours=8),
    ),
    develops=(
        Develops(training="any", competency="M.1", target_level=1),
        Develops(training="class", competency="T.1", target_level=2),
        Develops(training="old", competency="T.1", target_level=2),
        Develops(training="open", competency="T.1", entry_level=1, target_level=2),
        Develops(training="steep", competency="T.1", entry_level=1, target_level=2),
    ),
    sessions=(
        Session(id="s1", training="class", start=date(2027, 1, 4), end=date(2027, 1, 8), seats=20),
        Session(id="s2", training="class", start=date(2027, 5, 4), end=date(2027, 5, 8), seats=10),
        Session(id="s3", training="class", start=date(2026, 5, 4), end=date(2026, 5, 8), seats=99),
        Session(
            id="s4", training="class", start=date(2027, 10, 30), end=date(2027, 11, 2), seats=7
        ),
        Session(id="s5", training="open", start=date(2027, 2, 1), end=date(2027, 2, 2)),
        Session(id="s6", training="steep", start=date(2026, 11, 1), end=date(2027, 11, 1), seats=1),
        Session(id="s7", training="old", start=date(2027, 2, 1), end=date(2027, 2, 2), seats=50),
    ),
)


def scored(probs, position, *, observed=None, unit=None, correlation=0.0, aims=("held",)):
    probs = np.asarray(probs, np.float32)
    shape = probs.shape[:2]
    names = np.array([f"{row}" for row in range(shape[0])], object)
    units = np.full(shape[0], "U", object) if unit is None else np.array(unit, object)
    roster = Roster(names, np.array(position), np.full(shape[0], -1), units, units)
    matrix = np.full((shape[1], shape[1]), correlation)
    np.fill_diagonal(matrix, 1.0)
    beliefs = LevelBeliefs(
        FRAMEWORK,
        roster,
        date(2026, 11, 1),
        probs,
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        np.ones(shape, np.int32) if observed is None else np.array(observed, np.int32),
        np.full(shape, "NaT", "datetime64[D]"),
        matrix,
    )
    return score_gaps(beliefs, config=GapConfig(aims=aims))


def certain(levels):
    return np.eye(3)[np.asarray(levels)]


# Officer 0 in P.1 lacks T.1; 1 in P.2 lacks one level of T.1; 2 in P.2 has all.
COHORT = certain([[1, 0, 0], [1, 1, 0], [2, 2, 0]])


def test_by_kind():
    table = roll_up(scored(COHORT, [0, 1, 1]), "kind", minimum_group=1)
    assert table["group"].tolist() == ["managerial", "technical"]
    assert table["n_officers"].tolist() == [3, 3]
    assert table["n_cells"].tolist() == [3, 3]  # nobody requires T.2
    np.testing.assert_allclose(table["mean_gap"], [0, 2 / 3])
    np.testing.assert_allclose(table["share_meeting"], [1, 1 / 3])
    np.testing.assert_allclose(table["expected_in_gap"], [0, 2])
    # Levels are certain: only the spread 0, 1, 1 -> variance 1/3 over three officers.
    np.testing.assert_allclose(table["standard_error"], [0, 1 / 3], atol=1e-7)
    assert not table["suppressed"].any()


def test_beliefs_add_to_the_standard_error():
    # Five officers, T.1 at 0 or 1 with equal chance and 1 required: no spread of expectations,
    # variance 1/4 each, so the standard error is sqrt(5/4) / 5.
    probs = np.tile(np.array([[1, 0, 0], [0.5, 0.5, 0], [1, 0, 0]]), (5, 1, 1))
    table = roll_up(scored(probs, [0] * 5), "competency")
    row = table.set_index("group").loc["T.1"]
    assert row["mean_gap"] == 0.5
    assert row["standard_error"] == pytest.approx(np.sqrt(1.25) / 5)


def test_correlated_competencies_add_up_within_an_officer():
    # Two coins per officer: variance of their sum is 1/2 (1 + rho); ten cells in all.
    probs = np.tile(np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [1, 0, 0]]), (5, 1, 1))
    for rho in (0.0, 0.8):
        table = roll_up(scored(probs, [0] * 5, correlation=rho), "position")
        expected = np.sqrt(5 * 0.5 * (1 + rho)) / 10
        assert table["standard_error"].item() == pytest.approx(expected)


def test_unknown_cells_are_counted_and_left_out_of_the_means():
    observed = [[1, 0, 0], [1, 1, 0], [0, 1, 0]]
    table = roll_up(scored(COHORT, [0, 1, 1], observed=observed), "competency", minimum_group=1)
    assert table["n_known"].tolist() == [2, 2]
    np.testing.assert_allclose(table["share_unknown"], [1 / 3, 1 / 3])
    np.testing.assert_allclose(table["mean_gap"], [0, 1 / 2])
    nothing = roll_up(scored(COHORT, [0, 1, 1], observed=np.zeros((3, 3))), "kind", minimum_group=1)
    assert nothing["mean_gap"].isna().all()
    assert nothing["share_unknown"].tolist() == [1, 1]
    assert nothing["expected_in_gap"].tolist() == [0, 0]


def test_a_pair_gives_the_cells_of_a_heat_map():
    gaps = scored(COHORT, [0, 1, 1], unit=["B", "A", "B"])
    table = roll_up(gaps, ("unit", "kind"), minimum_group=1)
    assert list(zip(table["group"], table["subgroup"], table["mean_gap"], strict=True)) == [
        ("A", "managerial", 0),
        ("A", "technical", 1),
        ("B", "managerial", 0),
        ("B", "technical", 0.5),
    ]
    turned = roll_up(gaps, ("kind", "unit"), minimum_group=1)
    assert turned["group"].tolist() == ["managerial", "managerial", "technical", "technical"]
    assert turned["mean_gap"].tolist() == [0, 0, 1, 0.5]
    two = roll_up(gaps, ("unit", "position"), minimum_group=1)
    assert list(zip(two["group"], two["subgroup"], strict=True)) == [
        ("A", "P.2"),
        ("B", "P.1"),
        ("B", "P.2"),
    ]


@pytest.mark.parametrize(("by", "groups"), [("tier", ["high", "low"]), ("family", ["F"])])
def test_groups_of_the_position(by, groups):
    table = roll_up(scored(COHORT, [0, 1, 1]), by, minimum_group=1)
    assert table["group"].tolist() == groups
    assert table["n_cells"].sum() == 6


def test_small_groups_keep_their_line_and_lose_their_values():
    probs = np.tile(COHORT[:1], (9, 1, 1))
    unit = ["small"] * 4 + ["large"] * 5
    table = roll_up(scored(probs, [0] * 9, unit=unit), "unit").set_index("group")
    assert table["suppressed"].to_dict() == {"large": False, "small": True}
    assert table.loc["small", "n_officers"] == 4
    hidden = ["n_known", "mean_gap", "standard_error", "share_meeting", "expected_in_gap"]
    assert table.loc["small", [*hidden, "share_unknown"]].isna().all()
    assert table.loc["large", "mean_gap"] == 0.5


def test_a_large_group_with_few_assessed_is_small():
    observed = np.zeros((9, 3))
    observed[:2] = 1
    table = roll_up(scored(np.tile(COHORT[:1], (9, 1, 1)), [0] * 9, observed=observed), "unit")
    assert table["suppressed"].item()
    assert np.isnan(table["mean_gap"].item())


def test_officers_in_no_position_are_in_no_group():
    table = roll_up(scored(COHORT, [-1, 1, 1]), "unit", minimum_group=1)
    assert table["n_officers"].item() == 2
    assert len(roll_up(scored(COHORT, [-1, -1, -1]), "unit", minimum_group=1)) == 0
    assert len(roll_up(scored(np.zeros((0, 3, 3)), np.zeros(0, int)), ("unit", "kind"))) == 0


@pytest.mark.parametrize(
    ("by", "aim", "message"),
    [
        ("kinds", "held", r"no grouping 'kinds'.*Nearest: 'kind'"),
        (("unit", "unit"), "held", "two different ones"),
        ("unit", "next", r"not scored for aim 'next'.*Nearest: 'held'"),
    ],
)
def test_names_are_checked(by, aim, message):
    with pytest.raises(ConfigError, match=message):
        roll_up(scored(COHORT, [0, 1, 1]), by, aim=aim)


def test_coverage_of_the_catalogue():
    table = coverage(FRAMEWORK, as_of="2026-11-01").set_index(["competency", "level"])
    assert table.index.tolist() == [("M.1", 1), ("T.1", 1), ("T.1", 2)]
    assert table["n_positions"].tolist() == [2, 1, 1]
    # Level 1 of T.1: the class alone (the others ask level 1 already; "old" has ended).
    assert table["n_trainings"].tolist() == [1, 1, 3]
    assert table["n_sessions"].tolist() == [0, 2, 4]
    assert table["seats"].tolist() == [0, 30, 31]
    assert table["unlimited"].tolist() == [True, False, True]
    assert table[["expected_in_need", "n_unknown"]].isna().all(axis=None)


def test_the_horizon_can_be_longer():
    table = coverage(FRAMEWORK, as_of=date(2026, 11, 1), horizon_days=366)
    assert table["seats"].tolist() == [0, 37, 38]


def test_officers_in_need():
    probs = COHORT.copy()
    probs[0, 1] = [0.25, 0.75, 0]
    observed = [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    table = coverage(FRAMEWORK, scored(probs, [0, 1, 1], observed=observed), as_of="2026-11-01")
    # T.1: all three are asked level 1 (officer 0 lacks it by 1/4), two are asked level 2 and
    # officer 1 lacks it; officer 2 was never assessed.
    np.testing.assert_allclose(table["expected_in_need"], [0, 0.25, 1])
    assert table["n_unknown"].tolist() == [1, 1, 1]


def test_coverage_needs_the_position_held():
    gaps = scored(COHORT, [0, 1, 1], aims=("next",))
    with pytest.raises(ConfigError, match="not scored for aim 'held'"):
        coverage(FRAMEWORK, gaps, as_of="2026-11-01")


def test_coverage_speaks_of_one_framework():
    tables = {name: getattr(FRAMEWORK, name) for name in Framework.model_fields}
    other = Framework(
        **{**tables, "competencies": (*FRAMEWORK.competencies, Competency(id="X", name="x"))}
    )
    with pytest.raises(ConfigError, match="other competencies"):
        coverage(other, scored(COHORT, [0, 1, 1]), as_of="2026-11-01")


def test_a_framework_that_asks_nothing_has_no_rows():
    tables = {name: getattr(FRAMEWORK, name) for name in Framework.model_fields}
    empty = Framework(**{**tables, "requirements": ()})
    assert len(coverage(empty, as_of="2026-11-01")) == 0
