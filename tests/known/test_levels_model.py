"""The estimator: what fitting learns, and how it behaves at the edges."""

from __future__ import annotations

import pickle
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from competency.config import LevelConfig
from competency.errors import ConfigError, EvidenceError, NotFittedError
from competency.evidence.table import Evidence
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
)
from competency.levels import LevelModel
from competency.levels.beliefs import held_from, levels_held

TODAY = "2026-11-01"


def framework(n_competencies=2, positions=("P.1", "P.2"), required=()):
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(
            Competency(id=f"C.{k}", name="c", kind="managerial") for k in range(n_competencies)
        ),
        positions=tuple(Position(id=name, name=name) for name in positions),
        requirements=tuple(
            Requirement(position=p, competency=c, level=level) for p, c, level in required
        ),
    )


def evidence(frame, positions, ratings=()):
    """`positions`: one per officer; `ratings`: (officer row, competency row, source, level)."""
    names = [f"{row:04d}" for row in range(len(positions))]
    people = pd.DataFrame({"officer": names, "position": list(positions)}, dtype="str").assign(
        name="", next_position="", unit="", region=""
    )
    rows = [(names[o], f"C.{c}", source, level, TODAY) for o, c, source, level in ratings]
    rating = pd.DataFrame(
        rows, columns=["officer", "competency", "source", "level", "date"]
    ).astype({"level": "float64", "date": "datetime64[s]"})
    paper = pd.DataFrame(
        {"officer": [], "competency": [], "level": [], "issued": [], "expires": []}
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    rating = rating.assign(assessor="", value=rating["level"], scale="main")
    return Evidence(frame, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())


def test_group_means_follow_the_records_of_each_position():
    # 200 officers a position with records; the mean of a uniform belief inside a level is its
    # centre, so the group means come out at the levels, shrunk a little toward each other.
    positions = ["P.1"] * 200 + ["P.2"] * 200
    ratings = [(o, 0, "record", 2 if o < 200 else 3) for o in range(400)]
    model = LevelModel().fit(evidence(framework(), positions, ratings))
    assert model.group_mean_[0, 0] == pytest.approx(2.0, abs=0.02)
    assert model.group_mean_[1, 0] == pytest.approx(3.0, abs=0.02)
    assert model.competency_mean_[0] == pytest.approx(2.5, abs=0.05)
    assert model.group_mean_[2, 0] == pytest.approx(model.competency_mean_[0])


def test_fitting_finds_the_mean_of_simulated_officers():
    rng = np.random.default_rng(5)
    theta = 3.2 + rng.standard_normal(3000)
    discrimination = LevelConfig().sources["test"].discrimination
    noise = rng.logistic(scale=1 / discrimination, size=len(theta))
    level = np.clip(np.floor(theta + noise + 0.5), 0, 5)
    ratings = [(o, 0, "test", value) for o, value in enumerate(level)]
    model = LevelModel().fit(evidence(framework(1), ["P.1"] * len(theta), ratings))
    # Standard error of the mean: sqrt(1 + noise variance (3.29 / 2.5^2) + rounding) / sqrt(3000).
    assert model.group_mean_[0, 0] == pytest.approx(3.2, abs=4 * 0.025)
    assert model.converged_


def test_a_small_group_is_shrunk_toward_the_others():
    positions = ["P.1"] * 100 + ["P.2"]
    ratings = [(o, 0, "test", 1) for o in range(100)] + [(100, 0, "test", 5)]
    model = LevelModel().fit(evidence(framework(), positions, ratings))
    assert model.group_mean_[0, 0] < model.group_mean_[1, 0] < 3.0  # half way


def test_cold_start_leans_from_the_middle_of_what_is_required_to_the_requirement():
    required = [("P.1", "C.0", 1), ("P.2", "C.0", 4)]
    model = LevelModel().fit(evidence(framework(required=required), ["P.1", ""]))
    # Half of what a position requires above the middle, 2.5, is expected of it.
    np.testing.assert_allclose(model.group_mean_, [[1.75, 2.5], [3.25, 2.5], [2.5, 2.5]])
    np.testing.assert_allclose(model.competency_mean_, [2.5, 2.5])
    # Nobody was seen: a position lies sd .5 around its parent, the parent sd 1 around the middle,
    # and the half may be 1 or nothing (sd .5) for the 1.5 that the requirement lies off it.
    wanted = [[0.25 + 1 + 0.25 * 1.5**2, 1.25]] * 2 + [[1.25, 1.25]]
    np.testing.assert_allclose(model.group_variance_, wanted)
    assert model.converged_
    required = [("P.1", "C.0", 1)]
    model = LevelModel().fit(evidence(framework(required=required), ["P.1"]))
    np.testing.assert_allclose(model.competency_mean_, [1.0, 2.5])


@pytest.mark.parametrize(
    "ratings",
    [
        [],
        [(o, 0, "peer", 3) for o in range(6)],
        [(o, 0, "record", 5) for o in range(6)],
        [(o, 0, "record", 0) for o in range(6)],
        [(0, 1, "self", 5)],
    ],
    ids=["nothing", "constant", "all at the top", "all at zero", "a single rating"],
)
def test_thin_and_constant_evidence_gives_defined_beliefs(ratings):
    levels = LevelModel().fit(evidence(framework(), ["P.1"] * 6, ratings)).predict(as_of=TODAY)
    np.testing.assert_allclose(levels.probs.sum(-1), 1, atol=1e-6)
    assert levels.probs.dtype == np.float32
    assert np.isfinite(levels.mean).all()
    assert (levels.sd > 0).all()
    assert (levels.n_observations > 0).sum() == len(ratings)


def test_no_officers_gives_empty_beliefs():
    levels = LevelModel().fit(evidence(framework(), [])).predict(as_of=TODAY)
    assert levels.probs.shape == (0, 2, 6)


def test_a_framework_without_positions_has_one_group():
    model = LevelModel().fit(evidence(framework(positions=()), ["", ""], [(0, 0, "test", 4)]))
    assert model.group_mean_.shape == (1, 2)
    assert model.group_mean_[0, 0] > model.group_mean_[0, 1]


def test_convergence_is_reported_as_it_is():
    seen = evidence(framework(), ["P.1"] * 50, [(o, 0, "test", 5) for o in range(50)])
    hasty = LevelModel(LevelConfig(iterations=1)).fit(seen)
    patient = LevelModel(LevelConfig(iterations=50)).fit(seen)
    assert (hasty.n_iter_, hasty.converged_) == (1, False)
    assert patient.converged_
    assert patient.n_iter_ < 10


def test_one_officer_scored_alone_gets_the_same_beliefs():
    rng = np.random.default_rng(0)
    ratings = [(o, c, "peer", rng.integers(0, 6)) for o in range(40) for c in range(2)]
    cohort = evidence(framework(), ["P.1", "P.2"] * 20, ratings)
    model = LevelModel().fit(cohort)
    alone = evidence(cohort.framework, ["P.1"], [row for row in ratings if row[0] == 0])
    together = model.predict(as_of=TODAY)
    np.testing.assert_array_equal(model.predict(alone, as_of=TODAY).probs[0], together.probs[0])
    np.testing.assert_array_equal(model.predict(cohort, as_of=TODAY).probs, together.probs)


def test_fit_looks_no_further_than_its_day():
    frame = framework()
    early = LevelModel().fit(evidence(frame, ["P.1"], [(0, 0, "test", 5)]), as_of="2026-10-31")
    np.testing.assert_array_equal(
        early.group_mean_, LevelModel().fit(evidence(frame, ["P.1"])).group_mean_
    )


def test_another_framework_is_refused():
    model = LevelModel().fit(evidence(framework(2), ["P.1"]))
    other = evidence(framework(3, positions=("P.9",)), ["P.9"])
    with pytest.raises(EvidenceError) as caught:
        model.predict(other, as_of=TODAY)
    assert len(caught.value.findings) == 2


def test_parameters_clone_and_names():
    config = LevelConfig(prior_sd=0.7)
    model = LevelModel(config)
    copy = clone(model)
    assert copy is not model
    assert copy.get_params() == {"config": config}
    assert not hasattr(copy, "group_mean_")
    assert model.set_params(config=None) is model
    assert repr(model) == "LevelModel()"
    assert "prior_sd=0.7" in repr(LevelModel(config))
    with pytest.raises(ConfigError, match="no parameter 'confog'"):
        model.set_params(confog=None)


def test_the_model_must_be_fitted_first():
    with pytest.raises(NotFittedError, match="LevelModel is not fitted yet"):
        LevelModel().predict(as_of=TODAY)


@pytest.mark.parametrize("wrong", ["tomorrow", "01/11/2026", 20261101])
def test_a_wrong_date_is_a_setting_error(wrong):
    model = LevelModel().fit(evidence(framework(), ["P.1"]))
    with pytest.raises(ConfigError, match="is not a date"):
        model.predict(as_of=wrong)


def test_a_fitted_model_survives_pickling_and_its_arrays_are_frozen():
    model = LevelModel().fit(evidence(framework(), ["P.1"], [(0, 0, "test", 4)]))
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    day = date(2026, 11, 1)
    noon = datetime(2026, 11, 1, 12)  # noqa: DTZ001
    assert model.predict(as_of=noon).as_of == day
    np.testing.assert_array_equal(again.predict(as_of=noon).probs, model.predict(as_of=day).probs)
    with pytest.raises(ValueError, match="read-only"):
        model.predict(as_of=day).probs[:] = 0


def test_a_level_counts_as_held_within_rounding_of_beliefs():
    survival = np.array([[1.0, 0.5 - 5e-7, 0.5 - 5e-6], [1.0, 1.0 - 5e-7, 0.2]])
    assert levels_held(survival, 0.5).tolist() == [1, 1]
    assert levels_held(survival, 1.0).tolist() == [0, 1]
    assert held_from(1.0) < np.float32(1.0 - 1e-7)
