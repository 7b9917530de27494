"""Beliefs of single cells against answers worked outside the library."""

from __future__ import annotations

import itertools
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from levels_world import with_means
from scipy.integrate import quad

from competency.config import LevelConfig, SourceConfig
from competency.errors import ConfigError, EvidenceError
from competency.evidence.table import Evidence
from competency.framework.model import About, Competency, Framework, Position, ScaleLevel
from competency.levels.fitting.given import given_parameters
from competency.levels.posterior.problem import LevelProblem

AS_OF = date(2026, 11, 1)
TODAY = "2026-11-01"


def framework(*, top=5, competencies=("C.1",), kind="managerial", short=()):
    scales = [ScaleLevel(level=k, name=str(k)) for k in range(1, top + 1)]
    scales += [ScaleLevel(scale="short", level=k, name=str(k)) for k in (1, 2) if short]
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(scales),
        competencies=tuple(
            Competency(id=name, name=name, kind=kind, scale="short" if name in short else "main")
            for name in competencies
        ),
        positions=(Position(id="P.1", name="P.1"),),
    )


def evidence(frame, ratings=(), certificates=(), officers=("1",)):
    """`ratings`: (officer, competency, source, level, date); `certificates`: (..., issued, end)."""
    rating = pd.DataFrame(
        list(ratings), columns=["officer", "competency", "source", "level", "date"]
    ).astype({"level": "float64", "date": "datetime64[s]"})
    paper = pd.DataFrame(
        list(certificates), columns=["officer", "competency", "level", "issued", "expires"]
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    people = pd.DataFrame({"officer": sorted(officers)}, dtype="str").assign(
        name="", position="P.1", next_position="", unit="", region=""
    )
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    rating = rating.assign(assessor="", value=rating["level"], scale="main")
    return Evidence(frame, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())


def beliefs(seen, *, mean=2.0, **settings):
    config = LevelConfig(**settings)
    size = len(seen.framework.competencies)
    problem = LevelProblem.of(seen, config)
    return problem.beliefs(with_means(given_parameters(problem), np.full((2, size), mean)), AS_OF)


def probs(seen, **settings):
    return beliefs(seen, **settings).probs[0, 0].astype(float)


def by_quadrature(likelihood, *, mean, top):
    """Level probabilities under N(mean, 1) and a likelihood, by adaptive integration."""

    def weight(theta):
        return math.exp(-((theta - mean) ** 2) / 2) * likelihood(theta)

    cuts = [mean - 9.0, *(k - 0.5 for k in range(1, top + 1)), mean + 9.0]
    mass = [quad(weight, a, b, epsabs=1e-12)[0] for a, b in itertools.pairwise(cuts)]
    return np.array(mass) / sum(mass)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_never_assessed_is_the_normal_prior():
    # N(2, 1) between the cuts .5, 1.5, ..., 4.5, from a table of the normal distribution.
    known = beliefs(evidence(framework()))
    table = [0.0668, 0.2417, 0.3829, 0.2417, 0.0606, 0.0062]
    np.testing.assert_allclose(known.probs[0, 0], table, atol=5e-5)
    assert (known.mean[0, 0], known.sd[0, 0]) == (2.0, 1.0)
    assert known.n_observations[0, 0] == 0
    assert np.isnat(known.last_date[0, 0])


def test_posterior_worked_by_hand_on_a_coarse_grid():
    # Levels 0 and 1 with the cut at .5, prior N(.5, 1), cells of 1/2: five on either side, the
    # outermost with the tail. Cell i right of the cut has its centre .25 + i/2 above it, mass
    # Phi((i + 1)/2) - Phi(i/2), and likelihood sigmoid(2 (.25 + i/2)); to the left, mirrored.
    seen = evidence(framework(top=1), [("1", "C.1", "test", 1, TODAY)])
    sources = {"test": SourceConfig(discrimination=2.0)}
    phi = [0.5 * math.erf(b / math.sqrt(2)) for b in (0, 0.5, 1, 1.5, 2)]
    right = [high - low for low, high in zip(phi, [*phi[1:], 0.5], strict=True)]
    up = sum(m * sigmoid(2 * (0.25 + 0.5 * i)) for i, m in enumerate(right))
    down = sum(m * sigmoid(-2 * (0.25 + 0.5 * i)) for i, m in enumerate(right))
    got = probs(seen, mean=0.5, grid_step=0.5, sources=sources)
    # The logistic is a mixture of normals within .4 %.
    np.testing.assert_allclose(got, [down / (up + down), up / (up + down)], atol=1e-3)


@pytest.mark.parametrize("mean", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("rated", [0, 1, 3, 5])
def test_one_rating_agrees_with_quadrature(mean, rated):
    a, severity = 2.0, 0.3
    sources = {"peer": SourceConfig(discrimination=a, severity=severity)}

    def likelihood(theta):
        low = 1.0 if rated == 0 else sigmoid(a * (theta - severity - rated + 0.5))
        high = 0.0 if rated == 5 else sigmoid(a * (theta - severity - rated - 0.5))
        return low - high

    seen = evidence(framework(), [("1", "C.1", "peer", rated, TODAY)])
    got = probs(seen, mean=mean, sources=sources, grid_step=0.05)
    np.testing.assert_allclose(got, by_quadrature(likelihood, mean=mean, top=5), atol=2e-3)


def test_severity_of_an_unknown_assessor_is_integrated_out():
    a, spread = 2.0, 0.6
    sources = {"peer": SourceConfig(discrimination=a, severity_sd=spread)}

    def likelihood(theta):
        def inner(z):
            seen_as = theta - spread * z
            chance = sigmoid(a * (seen_as - 2.5)) - sigmoid(a * (seen_as - 3.5))
            return chance * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return quad(inner, -8, 8)[0]

    seen = evidence(framework(), [("1", "C.1", "peer", 3, TODAY)])
    got = probs(seen, sources=sources, grid_step=0.05)
    np.testing.assert_allclose(got, by_quadrature(likelihood, mean=2.0, top=5), atol=2e-3)


@pytest.mark.parametrize("level", range(6))
@pytest.mark.parametrize("mean", [0.0, 2.5, 5.0])
def test_a_fresh_record_is_nearly_certain(level, mean):
    seen = evidence(framework(), [("1", "C.1", "record", level, TODAY)])
    assert probs(seen, mean=mean)[level] > 0.999


def test_records_that_contradict_each_other_still_give_beliefs():
    rows = [("1", "C.1", "record", level, TODAY) for level in (0, 5) for _ in range(50)]
    got = probs(evidence(framework(), rows))
    assert np.isfinite(got).all()
    assert got.sum() == pytest.approx(1, abs=1e-6)


def test_two_halves_of_a_rating_make_a_whole():
    halves = [("1", "C.1", "peer", 3.5, TODAY)] * 2
    wholes = [("1", "C.1", "peer", level, TODAY) for level in (3, 4)]
    left, right = evidence(framework(), halves), evidence(framework(), wholes)
    np.testing.assert_array_equal(probs(left), probs(right))


def test_an_old_rating_is_seen_through_the_drift_of_the_level():
    # Half-life 4 years = 1461 days: u = 1/2. x(then) given x(now) is N(x / 2, 3/4); the level now
    # is integrated with the level then inside.
    old = evidence(framework(), [("1", "C.1", "test", 4, "2022-11-01")])

    def likelihood(theta):
        def inner(z):
            then = 2.0 + (theta - 2.0) / 2 + math.sqrt(0.75) * z
            chance = sigmoid(2.5 * (then - 3.5)) - sigmoid(2.5 * (then - 4.5))
            return chance * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        return quad(inner, -8, 8)[0]

    got = probs(old, half_life_years={"managerial": 4.0}, grid_step=0.05)
    np.testing.assert_allclose(got, by_quadrature(likelihood, mean=2.0, top=5), atol=2e-3)


def test_many_old_ratings_of_one_day_tell_no_more_than_the_level_of_that_day():
    # With u = 1/2 even certainty about the level then leaves sd sqrt(3/4) about the level now.
    rows = [("1", "C.1", "test", 4, "2022-11-01")] * 200
    known = beliefs(evidence(framework(), rows), half_life_years={"managerial": 4.0})
    assert known.sd[0, 0] == pytest.approx(math.sqrt(0.75), abs=0.02)
    assert known.mean[0, 0] == pytest.approx(3.0, abs=0.1)
    assert known.n_observations[0, 0] == 200


@pytest.mark.parametrize("source", ["test", "supervisor", "record"])
def test_an_older_better_result_does_not_hide_a_newer_worse_one(source):
    new = ("1", "C.1", source, 1, "2026-10-01")
    both = beliefs(evidence(framework(), [new, ("1", "C.1", source, 5, "2022-10-01")]))
    alone = beliefs(evidence(framework(), [new]))
    # The older one lies higher, so that it lifts the belief; the newer one still leads it.
    assert alone.mean[0, 0] <= both.mean[0, 0] < 2.2
    turned = [("1", "C.1", source, 5, "2026-10-01"), ("1", "C.1", source, 1, "2022-10-01")]
    assert beliefs(evidence(framework(), turned)).mean[0, 0] > both.mean[0, 0] + 0.8


def test_an_old_record_is_no_longer_certain():
    fresh = probs(evidence(framework(), [("1", "C.1", "record", 4, TODAY)]))
    old = probs(evidence(framework(), [("1", "C.1", "record", 4, "2016-11-01")]))
    assert fresh[4] > 0.999
    assert old[4] < 0.5


def test_a_competency_never_assessed_borrows_from_those_that_were():
    frame = framework(competencies=("C.1", "C.2"))
    rows = [("1", "C.1", "record", 4, TODAY)]
    known = beliefs(evidence(frame, rows), correlation=0.5)
    # theta[1] ~ N(2, 1) within [3.5, 4.5): mean 3.849 and variance .066, from the truncated
    # normal; half of what it lies above its mean goes to theta[2], and a quarter of its variance.
    assert known.mean[0, 1] == pytest.approx(2 + 1.849 / 2, abs=0.005)
    assert known.sd[0, 1] == pytest.approx(math.sqrt(0.75 + 0.066 / 4), abs=0.005)
    assert known.n_observations[0, 1] == 0
    assert beliefs(evidence(frame, rows), correlation=0.0).mean[0, 1] == pytest.approx(2.0)
    np.testing.assert_allclose(known.correlation, [[1, 0.5], [0.5, 1]])


def test_what_one_assessor_says_of_all_competencies_shares_the_severity():
    # One assessor far above the mean in everything is likely to be generous; four are not.
    frame = framework(competencies=tuple(f"C.{k}" for k in range(4)))
    settings = {"sources": {"peer": SourceConfig(discrimination=3.0, severity_sd=1.0)}}
    rows = [("1", f"C.{k}", "peer", 4, TODAY) for k in range(4)]
    one, apart = evidence(frame, rows), evidence(frame, rows)
    one.assessments["assessor"] = "A"
    apart.assessments["assessor"] = list("ABCD")
    shared, several = (beliefs(e, correlation=0.0, **settings) for e in (one, apart))
    assert 2.2 < shared.mean.mean() < several.mean.mean() - 0.3
    nameless = beliefs(evidence(frame, rows), correlation=0.0, **settings)
    np.testing.assert_array_equal(nameless.probs, shared.probs)


def test_two_ratings_of_one_assessor_on_one_day_share_the_severity():
    settings = {"sources": {"peer": SourceConfig(discrimination=3.0, severity_sd=1.0)}}
    rows = [("1", "C.1", "peer", 4, TODAY)] * 2
    one, two = evidence(framework(), rows), evidence(framework(), rows)
    one.assessments["assessor"] = "A"
    two.assessments["assessor"] = ["A", "B"]
    once = evidence(framework(), rows[:1])
    single, shared, apart = (beliefs(e, **settings).sd[0, 0] for e in (once, one, two))
    assert apart < shared - 0.05 < single - 0.05
    # Nobody knows who two nameless assessors are: they are taken for two.
    nameless = beliefs(evidence(framework(), rows), **settings).sd[0, 0]
    assert nameless == pytest.approx(apart, abs=0.01)


def test_half_life_goes_by_kind():
    old = [("1", "C.1", "supervisor", 5, "2020-11-01")]
    technical, managerial = (
        probs(evidence(framework(kind=kind), old), mean=1.0) for kind in ("technical", "managerial")
    )
    assert technical[4:].sum() < managerial[4:].sum()


def test_a_certificate_agrees_with_quadrature():
    # guess .1, slip .1, discrimination of "test": 2.5.
    seen = evidence(framework(), certificates=[("1", "C.1", 3, TODAY, None)])

    def likelihood(theta):
        return 0.1 + 0.8 * sigmoid(2.5 * (theta - 2.5))

    got = probs(seen, grid_step=0.05)
    np.testing.assert_allclose(got, by_quadrature(likelihood, mean=2.0, top=5), atol=2e-3)


@pytest.mark.parametrize(
    ("issued", "expires", "used"),
    [
        ("2026-10-01", None, 1),
        ("2026-10-01", "2026-11-01", 1),
        ("2024-10-01", "2026-10-31", 0),
        ("2026-11-02", None, 0),
    ],
)
def test_certificates_count_while_they_are_valid(issued, expires, used):
    known = beliefs(evidence(framework(), certificates=[("1", "C.1", 3, issued, expires)]))
    assert known.n_observations[0, 0] == used
    prior = beliefs(evidence(framework())).survival[0, 0, 3]
    assert (known.survival[0, 0, 3] > prior) == bool(used)


def test_evidence_after_the_day_is_not_used():
    rows = [("1", "C.1", "peer", 5, "2026-11-02"), ("1", "C.1", "peer", 1, "2026-10-02")]
    known = beliefs(evidence(framework(), rows))
    before = beliefs(evidence(framework(), rows[1:]))
    np.testing.assert_array_equal(known.probs, before.probs)
    assert known.n_observations[0, 0] == 1
    assert known.last_date[0, 0] == np.datetime64("2026-10-02")


def test_a_shorter_scale_ends_where_it_ends():
    frame = framework(competencies=("C.1", "C.2"), short=("C.2",))
    rows = [("1", "C.1", "test", 2, TODAY), ("1", "C.2", "test", 2, TODAY)]
    known = beliefs(evidence(frame, rows), mean=1.0)
    assert (known.probs[0, 1, 3:] == 0).all()
    assert known.probs[0, 1].sum() == pytest.approx(1, abs=1e-6)
    # The top rating of a short scale means "2 or more", a 2 on the long scale means 2.
    assert known.survival[0, 1, 2] > known.survival[0, 0, 2]
    unseen = beliefs(evidence(frame), mean=1.0)
    assert unseen.probs[0, 1, 2] == pytest.approx(unseen.survival[0, 0, 2], abs=1e-6)


def test_unknown_sources_are_named_together():
    rows = [("1", "C.1", name, 2, TODAY) for name in ("pier", "pier", "oracle", "peer")]
    with pytest.raises(EvidenceError) as caught:
        beliefs(evidence(framework(), rows))
    assert [finding.code for finding in caught.value.findings] == ["unknown-source"] * 2
    assert "2 ratings come from source 'pier'" in str(caught.value)
    assert "Nearest: 'peer'" in str(caught.value)


def test_a_kind_without_half_life_is_an_error():
    with pytest.raises(ConfigError, match=r"kind 'managerial' has no half-life"):
        beliefs(evidence(framework()), half_life_years={"technical": 3.0})
