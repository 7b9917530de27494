"""Sums over persons and the curvature of their log-likelihood, against plain sums of arrays."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp

from competency.ratings.categories import calibration_ratings
from competency.ratings.item_response.calibrate import problem_of
from competency.ratings.item_response.likelihood import normal_quadrature
from competency.ratings.item_response.maximise import maximise, observed_information
from competency.ratings.item_response.models import Layout, starting_values
from competency.ratings.item_response.patterns import make_patterns
from competency.ratings.table import Columns

RULE = normal_quadrature(73)


def graded(n_persons=500, n_items=8, seed=0):
    rng = np.random.default_rng(seed)
    slope, shift = rng.uniform(0.8, 2.2, n_items), rng.normal(0, 0.7, n_items)
    placed = rng.normal(size=n_persons)[:, None, None] - shift[:, None] - np.array([-1.0, 0.0, 1.0])
    chance = expit(slope[:, None] * placed)
    return pd.DataFrame((rng.random((n_persons, n_items, 1)) < chance).sum(2))


def problem(table, model="grm"):
    ratings = calibration_ratings(
        table, Columns(), common_scale=model == "rsm", two_only=model == "rasch"
    )
    layout = Layout(model, ratings.scale.n_categories, 0)
    start = starting_values(layout, ratings.counts(), np.ones(layout.n_slopes))
    return problem_of(layout, ratings, 73), start


def some_lists(seed=1, n_persons=40, n_columns=12):
    rng = np.random.default_rng(seed)
    matrix = rng.random((n_persons, n_columns)) < 0.4
    person, column = np.nonzero(matrix)
    return matrix, person, column, np.log(rng.random((n_columns, 73))), rng.integers(1, 5, 40)


def test_expectations_are_plain_sums():
    matrix, person, column, table, frequency = some_lists()
    patterns = make_patterns(person, column, frequency, n_columns=12)
    found = patterns.expectation(table, RULE.log_weights)
    joint = matrix @ table + RULE.log_weights
    total = logsumexp(joint, axis=1)
    posterior = np.exp(joint - total[:, None])
    assert found.log_likelihood == pytest.approx(frequency @ total, rel=1e-13)
    assert np.allclose(found.counts, (matrix * frequency[:, None]).T @ posterior, atol=1e-12)
    assert np.allclose(found.node_mass, frequency @ posterior, atol=1e-12)
    mean, sd = patterns.moments(table, RULE.log_weights, RULE.nodes)
    assert np.allclose(mean, posterior @ RULE.nodes, atol=1e-12)
    assert np.allclose(sd, np.sqrt(posterior @ RULE.nodes**2 - mean**2), atol=1e-9)


def test_the_order_of_ratings_leaves_no_trace():
    _, person, column, table, frequency = some_lists()
    there = make_patterns(person, column, frequency, n_columns=12)
    order = np.random.default_rng(0).permutation(len(person))
    again = make_patterns(person[order], column[order], frequency, n_columns=12)
    one, two = (p.expectation(table, RULE.log_weights) for p in (there, again))
    assert one.log_likelihood == two.log_likelihood
    assert one.counts.tobytes() == two.counts.tobytes()


def test_ratings_of_no_weight_at_a_node_count_as_none():
    # A mass below the range of float32 is 0, not a small number: divided by a probability of
    # 1e-300 in the M-step it would be anything but small.
    table = np.zeros((1, 73))
    table[0, 0] = -690.0
    patterns = make_patterns(np.array([0]), np.array([0]), np.ones(1), n_columns=1)
    for single in (True, False):
        kind = type(patterns)(patterns.rows, patterns.weight, patterns.of_person, single=single)
        counts = kind.expectation(table, RULE.log_weights).counts
        assert counts[0, 0] == 0
        assert counts[0].sum() == pytest.approx(1, abs=1e-6)


def test_equal_rows_are_merged_and_give_the_same():
    merged, start = problem(graded(400, 3))
    assert len(merged.patterns.weight) < 65
    rows = merged.patterns.rows[merged.patterns.of_person]
    person, column = rows.nonzero()
    loose = make_patterns(person, column, np.ones(400), n_columns=rows.shape[1])
    assert len(loose.weight) == 400
    log_table = merged.log_table(merged.probability(start))
    one = merged.patterns.expectation(log_table, RULE.log_weights)
    two = loose.expectation(log_table, RULE.log_weights)
    assert one.log_likelihood == pytest.approx(two.log_likelihood, rel=1e-13)
    assert np.allclose(one.counts, two.counts, atol=1e-9)


@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm", "rsm"])
def test_curvature_is_nearly_the_observed_information(model):
    there, start = problem(graded(500, 20), model)
    top = maximise(there, start)
    observed = observed_information(there, top.parameters, top.at)
    curvature = top.at.curvature
    complete = curvature.information.toarray()
    stated = curvature.approximate()
    ratio = np.linalg.eigvals(np.linalg.solve(stated, observed)).real
    assert 0.67 < ratio.min() <= ratio.max() < 1.33
    assert np.linalg.eigvals(np.linalg.solve(complete, observed)).real.min() < 0.1
    assert np.allclose(
        curvature.newton_step(top.at.score + 1), np.linalg.solve(stated, top.at.score + 1),
        rtol=1e-5, atol=1e-8,
    )  # fmt: skip


def test_the_gradient_is_that_of_the_log_likelihood():
    there, start = problem(graded())
    at, short = there.evaluate(start), 1e-5
    for place in (0, 3, 9, len(start) - 1):
        move = short * (np.arange(len(start)) == place)
        up, down = there.evaluate(start + move), there.evaluate(start - move)
        slope = (up.log_likelihood - down.log_likelihood) / (2 * short)
        assert at.score[place] == pytest.approx(slope, rel=1e-5, abs=1e-4)


def test_single_precision_maximises_to_the_same_place():
    there, start = problem(graded(3000, 4))
    rough = type(there)(
        there.layout, there.matrix, there.offset,
        type(there.patterns)(
            there.patterns.rows, there.patterns.weight, there.patterns.of_person, single=True
        ),
        there.quadrature,
    )  # fmt: skip
    one, two = maximise(there, start), maximise(rough, start)
    assert two.converged
    assert two.at.log_likelihood == pytest.approx(one.at.log_likelihood, abs=2e-6)
    assert np.abs(one.parameters - two.parameters).max() < 1e-3


PROGRAM = """
import hashlib, numpy as np, pandas as pd
from competency.ratings import fit_ratings
rng = np.random.default_rng(0)
trait = rng.normal(size=400)[:, None]
fit = fit_ratings(pd.DataFrame((trait + rng.normal(size=(400, 30)) > 0).astype(int)), "2pl")
numbers = fit.items[["a", "b_1"]].to_numpy(), fit.score()[["eap", "se"]].to_numpy()
print(hashlib.sha256(b"".join(part.tobytes() for part in numbers)).hexdigest())
"""


def test_the_number_of_threads_leaves_no_trace():
    found = set()
    for count in ("1", "2"):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), count)
        found.add(
            subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, "-c", PROGRAM],
                env={**os.environ, **threads},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(found) == 1
    assert len(found.pop()) == 65
