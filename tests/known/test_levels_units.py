"""Units: what is learned of them, against simulated truth, and what must not be learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from units_world import TODAY, framework, world

from competency.arrays import stable_seed
from competency.config import LevelConfig
from competency.levels import LevelModel, load_level_model
from competency.levels.fitting.units import LEAST_OFFICERS, updated_units
from competency.levels.posterior.parameters import Units

N_UNITS, SIZE = 60, 12
MIDDLE = np.full((1, 3), 2.5)


def cohort(spread, seed, *, assessed=0.7, **told):
    """60 units of 12 officers, of whom some were assessed; the strengths; who was assessed."""
    rng = np.random.default_rng(stable_seed(seed, "units"))
    strength = spread * rng.standard_normal(N_UNITS)
    unit = np.repeat(np.arange(N_UNITS), SIZE)
    chance = assessed(strength)[unit] if callable(assessed) else assessed
    rated = rng.random(len(unit)) < chance
    made = world(framework(3), MIDDLE, unit, strength, rng, assessed=rated, **told)
    return made, strength, rated


@pytest.fixture(scope="module")
def strong():
    made, strength, rated = cohort(0.6, 1)
    return made, strength, rated, LevelModel().fit(made.evidence)


def test_strengths_and_their_spread_are_recovered(strong):
    _, strength, _, model = strong
    table = model.units_
    # Given .3, which counts as ten units; 60 units show a spread of .6 (1 +- 1 / sqrt(120)).
    assert 0.4 < model.parameters_.units.sd < 0.65
    assert np.corrcoef(table["strength"], strength)[0, 1] > 0.8
    off = (table["strength"] - strength) / table["se"]
    assert off[table["used"]].std() == pytest.approx(1.0, abs=0.3)
    assert model.converged_


def test_intervals_of_the_never_assessed_hold_in_known_and_in_unknown_units(strong):
    made, _, rated, model = strong
    moved = replace(made.evidence, officers=made.evidence.officers.assign(unit="elsewhere"))
    known, unknown = model.predict(as_of=TODAY), model.predict(moved, as_of=TODAY)
    for beliefs in (known, unknown):
        off = (beliefs.mean - made.theta)[~rated] / beliefs.sd[~rated]
        assert (np.abs(off) < 1.645).mean() == pytest.approx(0.9, abs=0.04)
    assert (known.sd[~rated] < unknown.sd[~rated] - 0.05).mean() > 0.95
    error = [((b.mean - made.theta)[~rated] ** 2).mean() for b in (known, unknown)]
    assert error[0] < 0.8 * error[1]


def test_units_that_do_not_differ_are_pulled_together():
    made, _, _ = cohort(0.0, 2)
    model = LevelModel().fit(made.evidence)
    assert model.parameters_.units.sd < 0.25
    assert model.units_["strength"].std() < 0.15


def test_one_assessor_of_one_unit_tells_severity_and_strength_apart_by_their_spreads_only():
    # All that is seen of a unit is one supervisor: nobody can know which of the two it is.
    rng = np.random.default_rng(3)
    severity = 0.8 * rng.standard_normal(N_UNITS)
    made, _, _ = cohort(0.0, 3, source="supervisor", severity=severity)
    model = LevelModel().fit(made.evidence)
    assert model.parameters_.units.sd < 0.4  # given: .3; what is seen spreads by .8
    assert (model.units_["se"] > 0.2).all()


def test_weak_units_that_assess_less_are_expected_lower():
    # Units one spread stronger assess .65 instead of .35: what is seen is no fair sample.
    def more(strength):
        return np.clip(0.35 + 0.5 * strength, 0.02, 0.95)

    made, _, rated = cohort(0.6, 4, assessed=more)
    blind = LevelModel(LevelConfig(unit_slope_sd=0.0)).fit(made.evidence)
    model = LevelModel().fit(made.evidence)
    assert model.parameters_.units.slope > 0.3
    assert blind.parameters_.units.slope == pytest.approx(0, abs=1e-6)
    few = ~rated & ~model.units_["used"].to_numpy()[made.unit]
    bias = [(m.predict(as_of=TODAY).mean - made.theta)[few].mean() for m in (blind, model)]
    assert bias[0] > 0.3
    assert abs(bias[1]) < 0.6 * bias[0]


@pytest.mark.parametrize("seed", [5, 6])
def test_where_assessment_is_by_chance_the_never_assessed_are_like_the_others(seed):
    made, _, rated = cohort(0.4, seed, assessed=0.4)
    beliefs = LevelModel().fit(made.evidence).predict(as_of=TODAY)
    # 430 officers of 60 units: .8 / sqrt(430) of officers, and some of units.
    assert abs((beliefs.mean - made.theta)[~rated].mean()) < 3 * 0.8 / np.sqrt(430)


def test_a_unit_with_few_assessed_officers_does_not_use_their_ratings_twice():
    rng = np.random.default_rng(7)
    unit = np.repeat(np.arange(30), 3)
    made = world(framework(3), MIDDLE, unit, rng.standard_normal(30), rng)
    model = LevelModel().fit(made.evidence)
    assert not model.units_["used"].any()
    assert (model.units_["n_officers"] == 3).all()
    assert LEAST_OFFICERS > 3
    # All are assessed alike, so that nothing tells units apart.
    np.testing.assert_allclose(model.units_["strength"], 0, atol=1e-9)


def test_units_left_out_are_like_units_never_given():
    made, _, _ = cohort(0.5, 8)
    nameless = replace(made.evidence, officers=made.evidence.officers.assign(unit=""))
    left_out = LevelModel(LevelConfig(unit_sd=0)).fit(made.evidence)
    never = LevelModel().fit(nameless)
    assert len(left_out.units_) == len(never.units_) == 0
    left, right = left_out.predict(as_of=TODAY), never.predict(as_of=TODAY)
    np.testing.assert_array_equal(left.probs, right.probs)


def test_a_saved_model_knows_its_units(strong, tmp_path):
    made, _, _, model = strong
    again = load_level_model(model.save(tmp_path / "m"), made.evidence.framework)
    assert again.units_.equals(model.units_)
    got, wanted = again.predict(made.evidence, as_of=TODAY), model.predict(as_of=TODAY)
    for name in ("probs", "mean", "sd"):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name))


def test_the_spread_of_units_is_that_of_largest_likelihood():
    # z ~ N(0, spread^2 + 1 / information), 4,000 units, so that the given spread hardly counts;
    # the variance of the estimate is 2 (spread^2 + 1 / 4)^2 / n.
    rng = np.random.default_rng(9)
    place = rng.standard_normal(4000) * np.sqrt(0.5**2 + 0.25)
    units, held = Units.unknown(4000, 0.1), np.full(4000, 4.0)
    for _ in range(30):
        units, gain = updated_units(
            units, np.zeros(4000), gradient=held * (place - units.strength), information=held,
            given_sd=0.1, slope_sd=0.2, learn=True,
        )  # fmt: skip
    assert units.sd**2 == pytest.approx(0.25, abs=3 * np.sqrt(2 / 4000) * 0.5)
    assert gain < 1e-6
