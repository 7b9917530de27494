"""What must never change beliefs, and the directions in which they must move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from levels_world import with_means

from competency.config import LevelConfig
from competency.evidence.table import Evidence
from competency.framework.model import About, Competency, Framework, Position, ScaleLevel
from competency.levels import LevelModel
from competency.levels.fitting.given import given_parameters
from competency.levels.posterior.problem import LevelProblem

TODAY = "2026-11-01"
SOURCES = tuple(LevelConfig().sources)
FRAMEWORK = Framework(
    framework=(About(id="tiny", name="tiny"),),
    levels=(
        *(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        *(ScaleLevel(scale="short", level=k, name=str(k)) for k in (1, 2, 3)),
    ),
    competencies=(
        Competency(id="C.0", name="c", kind="technical"),
        Competency(id="C.1", name="c", kind="managerial"),
        Competency(id="C.2", name="c", kind="sociocultural", scale="short"),
    ),
    positions=(Position(id="P.1", name="p"), Position(id="P.2", name="p")),
)


def evidence(ratings, *, n_officers, certificates=()):
    names = [f"{row:04d}" for row in range(n_officers)]
    people = pd.DataFrame(
        {"officer": names, "position": [("P.1", "P.2", "")[o % 3] for o in range(n_officers)]},
        dtype="str",
    ).assign(name="", next_position="", unit="", region="")
    last = np.datetime64(TODAY, "s")

    def table(rows, columns):
        frame = pd.DataFrame(rows, columns=["o", "c", "source", "level", "age"])
        age = frame.pop("age").to_numpy(dtype="int64")
        frame["officer"] = [names[o] for o in frame.pop("o")]
        frame["competency"] = [f"C.{c}" for c in frame.pop("c")]
        frame[columns] = last - age * np.timedelta64(86400, "s")
        return frame

    rating = table(list(ratings), "date").astype({"level": "float64"})
    paper = table(list(certificates), "issued").astype({"level": "int64"})
    paper = paper.assign(expires=np.datetime64("NaT", "s"))
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    return Evidence(FRAMEWORK, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())


def random_rows(rng, count, n_officers):
    source = rng.choice(np.array(SOURCES, object), count)
    level = rng.integers(0, 7, count) / 2 + rng.integers(0, 3, count)
    columns = rng.integers(0, n_officers, count), rng.integers(0, 3, count)
    return list(zip(*columns, source, level, rng.integers(0, 3000, count), strict=True))


def predicted(seen, **changed):
    return LevelModel(LevelConfig(**changed)).fit(seen).predict(as_of=TODAY)


def believed(problem, group_means):
    parameters = with_means(given_parameters(problem), group_means)
    return problem.beliefs(parameters, pd.Timestamp(TODAY).date())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_order_of_rows_changes_no_bit(seed):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 150, 10)
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    left, right = evidence(rows, n_officers=10), evidence(shuffled, n_officers=10)
    for name in ("probs", "mean", "sd", "n_observations", "last_date"):
        np.testing.assert_array_equal(
            getattr(predicted(left), name), getattr(predicted(right), name)
        )


@settings(max_examples=40, deadline=None)
@given(
    ratings=st.lists(
        st.tuples(st.sampled_from(SOURCES), st.integers(0, 5), st.integers(0, 2500)),
        min_size=1,
        max_size=5,
    ),
    which=st.integers(0, 4),
    mean=st.floats(0, 5),
)
def test_a_higher_rating_never_lowers_a_belief(ratings, which, mean):
    which %= len(ratings)
    rows = [(0, 1, *row) for row in ratings]
    source, level, age = ratings[which]
    raised = [*rows[:which], (0, 1, source, min(level + 1, 5), age), *rows[which + 1 :]]
    prior = np.full((3, 3), mean)
    low, high = (
        believed(LevelProblem.of(evidence(r, n_officers=1), LevelConfig()), prior)
        for r in (rows, raised)
    )
    assert (high.survival - low.survival).min() > -1e-5
    assert high.mean[0, 1] >= low.mean[0, 1] - 1e-5


@settings(max_examples=25, deadline=None)
@given(
    source=st.sampled_from(SOURCES),
    level=st.sampled_from([0, 5]),
    ages=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
    mean=st.floats(0, 5),
)
def test_an_older_rating_at_an_end_of_the_scale_moves_beliefs_less(source, level, ages, mean):
    def survival(rows):
        problem = LevelProblem.of(evidence(rows, n_officers=1), LevelConfig())
        return believed(problem, np.full((3, 3), mean)).survival[0, 0]

    prior = survival([])
    new, old = (np.abs(survival([(0, 0, source, level, age)]) - prior) for age in sorted(ages))
    assert (old <= new + 1e-5).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_beliefs_are_calibrated_on_officers_of_the_model_itself(seed):
    # Draw levels from the prior and ratings from the likelihood; beliefs must be right as often
    # as they say. 3,600 cells; bounds are about four standard errors (more for the intervals:
    # competencies of one officer are wrong together).
    rng = np.random.default_rng(seed)
    config = LevelConfig()
    n_officers = 1200
    common, rest = rng.standard_normal((n_officers, 1)), rng.standard_normal((n_officers, 3))
    share = config.correlation
    theta = 2.0 + config.prior_sd * (np.sqrt(share) * common + np.sqrt(1 - share) * rest)
    rows = []
    for officer in range(n_officers):
        for name in rng.choice(np.array(SOURCES[:-1], object), rng.integers(1, 4), replace=False):
            source = config.sources[name]
            effect = source.severity + np.hypot(source.severity_sd, source.halo_sd) * rng.normal()
            for competency in np.flatnonzero(rng.random(3) < 0.7):
                noise = rng.logistic() / source.discrimination
                seen_as = theta[officer, competency] - effect + noise
                level = int(np.clip(np.floor(seen_as + 0.5), 0, 3 if competency == 2 else 5))
                rows.append((officer, competency, name, level, 0))
    seen = evidence(rows, n_officers=n_officers)
    levels = believed(LevelProblem.of(seen, config), np.full((3, 3), 2.0))
    truth = np.clip(np.floor(theta + 0.5), 0, [5, 5, 3])
    for step in range(1, 4):
        chance, held = levels.survival[..., step].ravel(), (truth >= step).ravel()
        spread = np.sqrt((chance * (1 - chance)).sum())
        assert abs(held.sum() - chance.sum()) < 4 * spread
        for low in (0.0, 0.25, 0.5, 0.75):
            cell = (chance >= low) & (chance < low + 0.25)
            spread = np.sqrt((chance[cell] * (1 - chance[cell])).sum())
            assert abs(held[cell].sum() - chance[cell].sum()) <= 4 * spread
    inside = np.abs(theta - levels.mean) < 1.6449 * levels.sd
    assert inside.mean() == pytest.approx(0.90, abs=0.025)
