"""From ratings and history to a table: who counts as trained, and levels freed of their prior."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.errors import InputError, NotFittedError
from competency.evaluation import evaluate_training
from competency.evaluation.outcomes import training_outcomes
from competency.evidence import evidence_from_tables
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
    Training,
)

EFFECT = 0.8
DAYS = {"before": "2024-12-31", "after": "2025-12-31", "earlier": "2023-12-31"}


def framework() -> Framework:
    return Framework(
        framework=(About(id="f", name="F"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=(Competency(id="C", name="C", kind="technical"),),
        positions=(Position(id="P", name="P"),),
        requirements=(Requirement(position="P", competency="C", level=3),),
        trainings=(Training(id="T", name="T", hours=8.0), Training(id="U", name="U", hours=8.0)),
        develops=tuple(Develops(training=t, competency="C", target_level=4) for t in "TU"),
    )


def ratings(rng, ids, level, day):
    """Two assessors of a centre for each officer, coarse and noisy, and what officers say."""
    frames = []
    for assessor in ("A1", "A2", "self"):
        seen = level + rng.logistic(size=len(level)) / 3 + (assessor == "self") * 0.4
        value = np.clip(np.floor(seen + 0.5), 0, 5).astype(int)
        source = "self" if assessor == "self" else "assessment_centre"
        name = ids if assessor == "self" else assessor
        frames.append(
            pd.DataFrame(
                {"officer": ids, "competency": "C", "source": source, "assessor": name,
                 "value": value, "date": day}
            )
        )  # fmt: skip
    return pd.concat(frames)


@pytest.fixture(scope="module")
def model():
    rng, n = np.random.default_rng(0), 600
    ids = np.array([f"O{i:03d}" for i in range(n)])
    level = 2.0 + 0.8 * rng.normal(size=n)
    trained = rng.random(n) < 1 / (1 + np.exp(2 * (level - 1.8)))
    frames = [
        ratings(rng, ids, level, "2023-06-01"),
        ratings(rng, ids, level, "2024-06-01"),
        ratings(rng, ids, level + EFFECT * trained, "2025-10-01"),
    ]
    taken = pd.DataFrame(
        {"officer": ids[trained], "training": "T", "session": "S1", "status": "completed",
         "start": "2025-03-03", "end": "2025-03-07"}
    )  # fmt: skip
    odd = pd.DataFrame(
        [
            ("O000", "T", "", "completed", "2024-03-03", "2024-03-07"),  # before the period
            ("O001", "T", "", "completed", "", ""),  # on a day not known
            ("O002", "T", "", "withdrawn", "2025-03-03", "2025-03-04"),
            ("O003", "T", "", "completed", "2026-03-03", "2026-03-07"),  # later: untrained yet
            ("O004", "T", "", "completed", "2024-12-30", "2025-01-03"),  # in it when it began
            ("O005", "U", "", "completed", "2025-05-03", "2025-05-07"),
            ("O006", "T", "", "withdrawn", "2024-03-03", "2024-03-04"),  # long ago: untrained
        ],
        columns=taken.columns,
    )
    taken = taken[~taken["officer"].isin([f"O00{i}" for i in range(7)])]
    tables = {
        "officers": pd.DataFrame({"officer": ids, "position": "P", "unit": "X"}),
        "assessments": pd.concat(frames),
        "history": pd.concat([taken, odd]),
    }
    evidence = evidence_from_tables(tables, framework=framework(), strict=True)
    return cp.LevelModel().fit(evidence)


@pytest.fixture(scope="module")
def outcomes(model):
    return training_outcomes(model, training="T", competency="C", **DAYS)


def test_who_is_neither_trained_nor_untrained_is_left_out_and_counted(outcomes):
    table = outcomes.table.set_index("officer")
    assert {"O000", "O001", "O002", "O004"}.isdisjoint(table.index)
    assert table.loc[["O003", "O005", "O006"], "treated"].tolist() == [0, 0, 0]
    assert table.loc["O005", "others"] == 1
    assert table["others"].sum() == 1
    codes = {finding.code: finding.message for finding in outcomes.findings}
    assert set(codes) == {
        "training-without-dates", "trained-before", "training-in-progress", "not-completed"
    }  # fmt: skip
    assert all("1 officer left out" in message for message in codes.values())
    assert table.loc[table["treated"] == 1, "session"].unique().tolist() == ["S1"]


def test_levels_are_those_of_the_ratings_alone(outcomes):
    table = outcomes.table
    # a belief would be drawn toward the mean; what ratings alone say is not
    error = table["before_se"].mean()
    assert table["before"].std() == pytest.approx(np.sqrt(0.8**2 + error**2), rel=0.12)
    reliability = table[["before", "earlier"]].corr().iloc[0, 1]
    assert reliability == pytest.approx(1 - error**2 / table["before"].var(), abs=0.08)
    # self-ratings are kept apart
    assert table["before"].mean() == pytest.approx(2.0, abs=0.2)
    assert table["assessor_after"].isin(["A1", "A2"]).all()


def test_the_effect_planted_in_the_ratings_is_found(outcomes):
    found = evaluate_training(
        outcomes.table, assignment="by_score", selected_on="level"
    )  # those who nominated knew the level
    low, high = found.interval
    assert found.verdict.code == "effective"
    assert low < EFFECT < high
    assert high - low < 0.6
    assert abs(found.placebo.value) < 3 * found.placebo.se
    change = evaluate_training(outcomes.table, assignment="by_nomination")
    assert change.interval[0] < EFFECT < change.interval[1]


def test_only_ratings_after_the_last_day_of_training_are_an_outcome(model):
    early = training_outcomes(
        model, training="T", competency="C", before="2024-12-31", after="2025-09-30"
    )
    assert early.table["after"].isna().all()
    assert early.table["earlier"].isna().all()
    found = evaluate_training(early.table, assignment="by_score")
    assert found.verdict.code == "not_estimable"


def test_ids_days_and_unfitted_models_are_refused(model):
    with pytest.raises(InputError) as raised:
        training_outcomes(
            model, training="TT", competency="D", before="2025-12-31", after="2024-12-31"
        )
    codes = [finding.code for finding in raised.value.findings]
    assert codes == ["unknown-training", "unknown-competency", "days-not-in-order"]
    with pytest.raises(NotFittedError):
        training_outcomes(cp.LevelModel(), training="T", competency="C", **DAYS)
    nobody = training_outcomes(
        model, training="T", competency="C", before="2021-01-01", after="2022-01-01"
    )
    assert "no-trained" in {finding.code for finding in nobody.findings}
