"""Tables as strangers bring them: the log-likelihood of an independent quadrature, or one error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from competency.errors import EvidenceError
from competency.ratings import fit_facets, fit_ratings

ITEMS = [f"q{k}" for k in range(4)]
NODES = np.linspace(-8, 8, 321)
PRIOR = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()


def answers(n_persons=120, n_categories=4, seed=3):
    """Graded answers, wide, without a missing cell."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n_persons)
    cuts = np.sort(rng.normal(0, 1, (len(ITEMS), n_categories - 1)), axis=1)
    slope = np.linspace(0.8, 2, len(ITEMS))[:, None]
    chance = 1 / (1 + np.exp(-slope * (trait[:, None, None] - cuts)))
    return pd.DataFrame((rng.random((*chance.shape[:2], 1)) < chance).sum(2), columns=ITEMS)


def lengthened(wide):
    long = wide.rename_axis("person").reset_index().melt("person", None, "item", "rating")
    return long.dropna(ignore_index=True)


WIDE = answers()
HOLES = WIDE.astype(float).mask(np.random.default_rng(1).random(WIDE.shape) < 0.25)
HOLES.iloc[:4] = np.nan
LONG = lengthened(HOLES)


def log_likelihood(fit, long):
    """Marginal log-likelihood at the estimates, by a sum over persons and nodes."""
    items = fit.items.set_index("item")
    severity = dict(zip(fit.severities["assessor"], fit.severities["severity"], strict=True))
    every = sorted(long.loc[long["item"].isin(items.index), "rating"].unique())
    used = long.groupby("item")["rating"].unique()
    total = 0.0
    for _, rows in long.groupby("person"):
        log = np.zeros_like(NODES)
        for row in rows[rows["item"].isin(items.index)].itertuples():
            values = every if fit.model == "rsm" else sorted(used[row.item])
            steps = items.loc[row.item].filter(like="b_").to_numpy(float)[: len(values) - 1, None]
            moved = severity.get(getattr(row, "assessor", None), 0.0)
            eta = items.loc[row.item, "a"] * (NODES - steps) - moved
            chance = chances(eta, fit.model)[values.index(row.rating)]
            log += np.log(np.maximum(chance, 1e-300))
        total += np.log(np.exp(log) @ PRIOR)
    return total


def chances(eta, model):
    """Probability of each category at each node."""
    ends = np.zeros((1, len(NODES)))
    if model in ("grm", "2pl", "rasch"):
        above = np.concatenate([ends + 1, 1 / (1 + np.exp(-eta)), ends])
        return above[:-1] - above[1:]
    mass = np.exp(np.concatenate([ends, np.cumsum(eta, 0)]))
    return mass / mass.sum(0)


def agrees(table, long, model="grm", **names):
    fit = fit_ratings(table, model, **names)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(log_likelihood(fit, long), abs=2e-6)
    return fit


WORDS = ["never", "rarely", "often", "always"]
ORDERED = pd.Categorical(np.array(WORDS)[LONG["rating"].astype(int)], WORDS, ordered=True)
LIKE_HOLES = {
    "wide with holes and persons without answers": HOLES,
    "long with other columns": LONG.assign(note="x", day="2026-01-01", weight=2.5),
    "numbers as text": LONG.assign(rating=LONG["rating"].astype(int).astype(str)),
    "decimal numbers as text": LONG.assign(rating=LONG["rating"].astype(str)),
    "numbers as categories": LONG.assign(rating=pd.Categorical(LONG["rating"].astype(int))),
    "ordered words": LONG.assign(rating=ORDERED),
    "nullable whole numbers": HOLES.astype("Int64"),
    "nullable decimals": HOLES.astype("Float64"),
    "arrow numbers": HOLES.astype("Int64").astype("int64[pyarrow]"),
    "objects and None": HOLES.astype(object).where(HOLES.notna(), None),
    "an Arrow table": pa.Table.from_pandas(LONG),
    "ids that are decimals": LONG.assign(person=LONG["person"].astype(float)),
    "items with a name that is not used": LONG.assign(
        item=pd.Categorical(LONG["item"], [*ITEMS, "q9"])
    ),
    "an index of one value": LONG.set_axis([0] * len(LONG)),
    "words for columns in capitals": LONG.rename(columns=str.title),
    "from 1": HOLES + 1,
    "steps of five": HOLES * 5 + 10,
}


@pytest.mark.parametrize("name", LIKE_HOLES)
def test_the_same_ratings_in_another_dress_give_the_same_fit(name):
    fit, plain = fit_ratings(LIKE_HOLES[name]), agrees(HOLES, LONG)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    # Persons in another order add up in another order.
    numbers = fit.items.set_index("item").loc[ITEMS].to_numpy()
    np.testing.assert_allclose(numbers, plain.items.set_index("item").to_numpy(), atol=1e-4)


@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm", "rsm"])
@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(WIDE.assign(q1=WIDE["q1"].replace({1: 2})), id="a category in between unused"),
        pytest.param(WIDE.assign(q2=1), id="an item of one category"),
        pytest.param(WIDE.assign(q3=3 - WIDE["q3"]), id="an item turned round"),
        pytest.param(WIDE.assign(q0=WIDE["q0"].clip(upper=1)), id="an item of two categories"),
    ],
)
def test_items_of_all_kinds(changed, model):
    fit = agrees(changed, lengthened(changed), model)
    assert len(fit.items) == (4 if changed["q2"].std() else 3)


@pytest.mark.parametrize("model", ["rasch", "2pl"])
def test_truth_values_and_their_nullable_kind(model):
    right = (HOLES > 1).astype("boolean").mask(HOLES.isna())
    long = lengthened((HOLES > 1).astype(float).mask(HOLES.isna()))
    agrees(right, long, model)
    agrees(WIDE > 1, lengthened((WIDE > 1).astype(int)), model)


@pytest.mark.parametrize(
    "index",
    [[f"z{k:03d}" for k in range(120)][::-1], [0] * 120, pd.date_range("2026-01-01", periods=120)],
)
def test_any_index_names_persons_in_the_order_of_the_table(index):
    table = WIDE.set_axis(index)
    fit = agrees(table, lengthened(WIDE))
    assert fit.score()["person"].tolist() == [str(name) for name in table.index]
    np.testing.assert_allclose(fit.score()["eap"], fit_ratings(WIDE).score()["eap"], atol=1e-6)


def test_an_array_of_persons_by_items_is_a_table():
    fit = fit_ratings(WIDE.to_numpy())
    assert fit.items["item"].tolist() == ["0", "1", "2", "3"]
    assert fit.log_likelihood == pytest.approx(fit_ratings(WIDE).log_likelihood, abs=1e-9)
    assert fit.score(WIDE.to_numpy()).equals(fit.score())


@pytest.mark.parametrize("model", ["rsm", "pcm", "grm", "gpcm"])
def test_assessors_and_patterns_that_count_more_than_once(model):
    again = lengthened((WIDE + np.random.default_rng(2).integers(-1, 2, WIDE.shape)).clip(0, 3))
    both = pd.concat([lengthened(WIDE).assign(assessor="x"), again.assign(assessor="y")])
    agrees(both.sample(frac=1, random_state=1), both, model)
    patterns = WIDE.groupby(ITEMS, as_index=False).size().rename(columns={"size": "frequency"})
    agrees(patterns, lengthened(WIDE), model)


REFUSED = {
    "not-a-number": [
        LONG.assign(rating=np.array(WORDS)[LONG["rating"].astype(int)]),
        WIDE.assign(name="somebody"),
        WIDE.astype(complex),
        WIDE.astype(float).replace(3, np.inf),
        pd.DataFrame({"q": pd.date_range("2026-01-01", periods=5)}),
    ],
    "duplicate-rating": [
        pd.concat([LONG, LONG.head(3)]),
        pd.concat([LONG, LONG.head(3)]).assign(assessor="x"),
        pd.concat([WIDE, WIDE.head(1)]).assign(person=[*range(120), 0]),
    ],
    "negative-rating": [HOLES.fillna(-1)],
    "fractional-rating": [WIDE + 0.5],
    "rating-too-large": [WIDE.assign(q0=WIDE["q0"] + 1999)],
    "no-id": [LONG.assign(item=LONG["item"].where(LONG.index > 3)), LONG.assign(person=None)],
    "no-column": [LONG.drop(columns="item")],
    "no-ratings": [WIDE.head(0), WIDE * np.nan, pd.DataFrame(index=range(3))],
    "constant-ratings": [WIDE * 0, WIDE.head(1)],
    "repeated-column": [WIDE.set_axis(["q0"] * 4, axis=1)],
    "not-a-table": [WIDE.to_numpy().tolist(), {"q0": [0, 1]}, "ratings.csv", None],
}


@pytest.mark.parametrize(
    ("code", "table"), [(code, table) for code, tables in REFUSED.items() for table in tables]
)
def test_what_is_no_table_of_ratings_is_refused_in_one_error(code, table):
    for fit in (fit_ratings, fit_facets):
        with pytest.raises(EvidenceError) as error:
            fit(table)
        assert {finding.code for finding in error.value.findings} == {code}


def test_a_column_that_is_hardly_a_rating_is_said():
    table = WIDE.assign(age=np.random.default_rng(4).integers(20, 60, len(WIDE)))
    found = {finding.code: finding for finding in fit_ratings(table).findings}
    assert "'age' has" in found["many-categories"].message
    assert not fit_ratings(table, items=tuple(ITEMS)).findings
