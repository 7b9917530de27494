"""The match of officers: medians, joint spread, category chances, and all requirements at once."""

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
    Framework,
    JpmCutoff,
    Position,
    Requirement,
    ScaleLevel,
)
from competency.gaps import match_positions, score_gaps
from competency.levels import LevelBeliefs

NINE = ("M.1", "M.2", "M.3", "M.4", "M.5", "M.6", "M.7", "M.8", "S.1")
KINDS = {"M": "managerial", "S": "sociocultural", "T": "technical"}
FILLING = {"MS": 80.0, "MMS": 68.0, "KMS": 0.0}
STRICT = {"pass": 91.0, "fail": 0.0}


def framework(names=(*NINE, "T.1"), level=3, cutoffs=True):
    rows = [("filling", "*", FILLING), ("filling", "top", STRICT)] if cutoffs else []
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(Competency(id=n, name=n, kind=KINDS[n[0]]) for n in names),
        positions=(Position(id="P.1", name="p"), Position(id="P.2", name="p", tier="top")),
        requirements=tuple(
            Requirement(position=p, competency=n, level=level)
            for p in ("P.1", "P.2")
            for n in names
        ),
        jpm_cutoffs=tuple(
            JpmCutoff(purpose=purpose, tier=tier, category=name, name=name, minimum=minimum)
            for purpose, tier, categories in rows
            for name, minimum in categories.items()
        ),
    )


def scored(probs, position, *, frame=None, observed=None, correlation=0.0):
    probs = np.asarray(probs, np.float32)
    shape = probs.shape[:2]
    names = np.array([f"{row}" for row in range(shape[0])], object)
    nothing = np.full(shape[0], "", object)
    roster = Roster(names, np.array(position), np.full(shape[0], -1), nothing, nothing)
    matrix = np.full((shape[1], shape[1]), correlation)
    np.fill_diagonal(matrix, 1.0)
    beliefs = LevelBeliefs(
        frame or framework(),
        roster,
        date(2026, 11, 1),
        probs,
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        np.ones(shape, np.int32) if observed is None else np.array(observed, np.int32),
        np.full(shape, "NaT", "datetime64[D]"),
        matrix,
    )
    return score_gaps(beliefs, config=GapConfig(aims=("held",)))


def certain(levels):
    return np.eye(6)[np.asarray(levels)]


WORKED = [3, 3, 2, 3, 3, 2, 3, 2, 3, 0]


def test_the_worked_example_when_levels_are_certain():
    frame = match_positions(scored(certain([WORKED, WORKED]), [0, 1]))
    assert frame["n_required"].tolist() == [9, 9]  # the technical one is not on the form
    for name in ("jpm", "jpm_capped", "jpm_p05", "jpm_p50", "jpm_p95"):
        np.testing.assert_allclose(frame[name], 2400 / 27)
    assert frame["category"].tolist() == ["MS", "fail"]  # the second position is of tier top
    assert frame["p_category"].tolist() == [1, 1]
    assert frame["p_all_met"].tolist() == [0, 0]


def test_surplus_shows_in_the_official_match_only():
    frame = match_positions(scored(certain([[5] * 4 + [2] * 5 + [3]]), [0]))
    assert frame["jpm"].item() == pytest.approx(3000 / 27)
    assert frame["jpm_capped"].item() == pytest.approx(2200 / 27)
    assert frame["category"].item() == "MS"
    assert frame["category_capped"].item() == "MS"
    assert frame["p_all_met"].item() == 0


def test_kinds_can_be_chosen_and_default_to_all_without_the_official_ones():
    gaps = scored(certain([WORKED]), [0])
    assert match_positions(gaps, kinds=("technical",))["jpm"].item() == 0
    technical = framework(("T.1", "T.2"))
    frame = match_positions(scored(certain([[3, 1]]), [0], frame=technical))
    assert frame["n_required"].item() == 2
    assert frame["jpm"].item() == pytest.approx(400 / 6)


def test_unknown_competencies_are_left_out_and_counted():
    observed = [[1, 1, 0, 0, 0, 0, 0, 0, 0, 1], [0] * 9 + [1]]
    frame = match_positions(scored(certain([WORKED, WORKED]), [0, 0], observed=observed))
    assert frame["n_known"].tolist() == [2, 0]
    assert frame["jpm"].tolist()[0] == 100
    assert frame["category"].tolist() == ["MS", ""]
    assert frame[["jpm", "jpm_p50", "p_category"]].iloc[1].isna().all()
    assert frame["p_all_met"].tolist() == [0, 0]


# One competency at 2 or 3, a fair coin; requirement 3.
COIN = np.array([0, 0, 0.5, 0.5, 0, 0])


def test_spread_of_independent_coins():
    # Nine coins: jpm = (18 + B) / 27 with B ~ Binomial(9, 1/2). The official category is MS from
    # 80 %: B >= 4 (22 / 27 = 81.5), which has probability 1 - (1 + 9 + 36 + 84) / 512.
    probs = np.concatenate([np.tile(COIN, (9, 1)), certain([3])])[None]
    frame = match_positions(scored(probs, [0]), config=GapConfig(draws=10_000))
    row = frame.iloc[0]
    assert (row["jpm"], row["category"]) == (100, "MS")  # a fair coin counts as held
    # Binomial(9, 1/2): P(B <= 1) = .0195, P(B <= 2) = .0898; upper end mirrored.
    np.testing.assert_allclose(row[["jpm_p05", "jpm_p95"]].astype(float), [2000 / 27, 2500 / 27])
    assert row["p_category"] == pytest.approx(382 / 512, abs=0.02)
    assert row["p_all_met"] == pytest.approx(0.5**9, abs=0.002)


def test_correlation_widens_the_match_and_raises_the_chance_to_meet_all():
    probs = np.concatenate([np.tile(COIN, (9, 1)), certain([3])])[None]
    near_one = match_positions(scored(probs, [0], correlation=0.999), config=GapConfig(draws=4000))
    row = near_one.iloc[0]
    np.testing.assert_allclose(row[["jpm_p05", "jpm_p95"]].astype(float), [1800 / 27, 100])
    assert row["p_all_met"] == pytest.approx(0.5, abs=0.03)


def test_two_correlated_coins_by_sheppards_formula():
    # P(both heads) = 1/4 + asin(rho) / (2 pi): 1/3 for rho = 1/2.
    frame = framework(("M.1", "M.2"))
    gaps = scored(np.tile(COIN, (1, 2, 1)), [0], frame=frame, correlation=0.5)
    table = match_positions(gaps, config=GapConfig(draws=10_000))
    assert table["p_all_met"].item() == pytest.approx(1 / 3, abs=0.015)


def test_a_row_does_not_depend_on_the_others():
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(6), (30, 10))
    gaps = scored(probs, rng.integers(0, 2, 30))
    whole = match_positions(gaps)
    part = match_positions(gaps.take(np.arange(7, 12)))
    assert whole.iloc[7:12].reset_index(drop=True).equals(part)


def test_officers_in_no_position_have_no_row():
    frame = match_positions(scored(certain([WORKED, WORKED]), [-1, 0]))
    assert frame["officer"].tolist() == ["1"]
    assert len(match_positions(scored(certain([WORKED]), [-1]))) == 0


def test_without_cutoffs_there_is_a_match_and_no_category():
    frame = match_positions(scored(certain([WORKED]), [0], frame=framework(cutoffs=False)))
    assert frame["jpm"].item() == pytest.approx(2400 / 27)
    assert frame["category"].item() == ""
    assert np.isnan(frame["p_category"].item())


def test_an_unknown_purpose_is_refused():
    with pytest.raises(ConfigError, match="purpose 'promotion'"):
        match_positions(scored(certain([WORKED]), [0]), config=GapConfig(purpose="promotion"))
