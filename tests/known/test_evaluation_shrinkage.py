"""Effects of many trainings: drawn toward their family, against truth and against algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from competency.errors import InputError
from competency.evaluation import shrink_effects
from competency.evaluation.shrinkage import shrunk


def world(seed: int, *, tau: float = 0.12, families: int = 1, omega: float = 0.0):
    rng = np.random.default_rng(seed)
    family = np.arange(60) % families
    truth = 0.3 + omega * rng.normal(size=families)[family] + tau * rng.normal(size=60)
    n = rng.integers(4, 121, 60)
    se = np.sqrt(2 / n)
    rows = {"estimate": rng.normal(truth, se), "se": se, "family": family.astype(str)}
    return pd.DataFrame(rows), truth


def test_mean_squared_error_falls_to_a_third_or_less():
    errors, covered = [], []
    for seed in range(40):
        table, truth = world(seed)
        found = shrink_effects(table)
        errors.append([((found[c] - truth) ** 2).mean() for c in ("shrunk", "estimate")])
        covered.append(((found["shrunk_low"] <= truth) & (truth <= found["shrunk_high"])).mean())
    mine, raw = np.mean(errors, axis=0)
    assert mine / raw <= 0.35
    assert 0.88 <= np.mean(covered) <= 0.97


def test_families_are_worth_knowing_where_they_differ():
    together, apart = [], []
    for seed in range(30):
        table, truth = world(seed, families=6, omega=0.4)
        together.append(((shrink_effects(table)["shrunk"] - truth) ** 2).mean())
        apart.append(((shrink_effects(table, family="family")["shrunk"] - truth) ** 2).mean())
    assert np.mean(apart) < 0.7 * np.mean(together)


def test_the_posterior_is_that_of_numerical_integration():
    y, se = np.array([0.9, 0.1, 0.3, 0.2, -0.1]), np.array([0.5, 0.1, 0.1, 0.3, 0.2])

    def given(tau):
        w = 1 / (se**2 + tau**2)
        mean = (w * y).sum() / w.sum()
        likely = np.sqrt(np.prod(w) / w.sum()) * np.exp(-0.5 * (w * (y - mean) ** 2).sum())
        return likely, mean + tau**2 * w * (y - mean)

    top = np.ptp(y) + se.max()
    total = integrate.quad(lambda t: given(t)[0], 0, top)[0]
    expected = [
        integrate.quad(lambda t, i=i: given(t)[0] * given(t)[1][i], 0, top)[0] / total
        for i in range(5)
    ]
    found = shrunk(y, se, np.zeros(5, int))
    assert found.value == pytest.approx(expected, abs=2e-3)


def test_null_trainings_are_discovered_rarely():
    counts = []
    for seed in range(100):
        rng = np.random.default_rng([seed, 1])
        table = pd.DataFrame({"estimate": rng.normal(0, 0.2, 60), "se": 0.2})
        counts.append(shrink_effects(table)["discovered"].any())
    assert np.mean(counts) <= 0.12  # 5 % in the long run


def test_what_is_not_known_is_kept_and_left_alone():
    table = pd.DataFrame(
        {"estimate": [0.2, np.nan, 0.4], "se": [0.1, 0.1, np.nan], "dof": [5.0, 5.0, 5.0]},
        index=["a", "b", "c"],
    )
    found = shrink_effects(table)
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["shrunk"].notna().tolist() == [True, False, False]
    assert found["discovered"].tolist() == [False, False, False]
    # two officers in a group know less than a normal distribution says
    assert found["p"].iloc[0] == pytest.approx(0.1019, abs=1e-3)  # t = 2 with 5
    assert shrink_effects(table.drop(columns="dof"))["p"].iloc[0] == pytest.approx(0.0455, abs=1e-4)


def test_bad_tables_are_refused_with_all_that_is_wrong():
    table = pd.DataFrame({"estimat": [0.1], "se": [0.1]})
    with pytest.raises(InputError, match="estimat") as raised:
        shrink_effects(table, family="kind", confidence=1.0)
    assert len(raised.value.findings) == 3
    with pytest.raises(InputError, match="not above 0"):
        shrink_effects(pd.DataFrame({"estimate": [0.1], "se": [0.0]}))
