"""Published answers of a job training programme (the sample of Dehejia and Wahba)."""

from __future__ import annotations

import pytest

from benchmarks._effects_known import job_training
from competency.config import EvaluationConfig
from competency.evaluation import evaluate_training

PUBLISHED = EvaluationConfig(errors="HC1")
"""The observational figures were published with HC1."""


@pytest.fixture
def tables(outside_data):
    return job_training(outside_data("causal"))


ALL = {
    "treated": "treat",
    "outcome": "re78",
    "before": ["re75", "u75"],
    "earlier": ["re74", "u74"],
    "covariates": ["age", "education", "black", "hispanic", "married", "nodegree"],
}


def test_the_experiment(tables):
    found = evaluate_training(
        tables["experiment"], assignment="random", treated="treat", outcome="re78"
    )
    assert found.value == pytest.approx(1794.34, abs=0.01)
    assert found.se == pytest.approx(671.00, abs=0.01)
    beside = evaluate_training(tables["experiment"], assignment="lottery", **ALL)
    assert beside.of("difference in means").value == pytest.approx(1794.34, abs=0.01)
    assert beside.placebo.value == pytest.approx(265.1, abs=0.1)
    assert beside.placebo.se == pytest.approx(305.0, abs=0.1)
    assert beside.verdict.code == "effective"


def test_survey_controls_fail_the_placebo(tables):
    found = evaluate_training(tables["survey"], assignment="unknown", config=PUBLISHED, **ALL)
    regression = found.of("ancova")
    assert regression.value == pytest.approx(4.2, abs=0.05)
    assert regression.se == pytest.approx(854.1, abs=0.05)
    assert found.of("difference in means").value == pytest.approx(-15205, abs=1)
    assert found.of("regression att").value == pytest.approx(688, abs=1)  # Oaxaca and Blinder
    assert found.placebo.value == pytest.approx(-2757.4, abs=0.1)
    assert found.placebo.se == pytest.approx(589.0, abs=0.1)
    assert (found.verdict.code, found.verdict.reason) == ("withheld", "placebo_failed")
    assert "effect" not in found.words("en")
    # what only says whether re75 is 0 is left out of the placebo, wherever it is given
    given = ALL | {"before": "re75", "covariates": [*ALL["covariates"], "u75"]}
    again = evaluate_training(tables["survey"], assignment="unknown", config=PUBLISHED, **given)
    assert again.placebo.value == pytest.approx(-2757.4, abs=0.1)
    assert again.of("ancova").value == pytest.approx(4.2, abs=0.05)


def test_hc2_beside_hc1(tables):
    found = evaluate_training(tables["survey"], assignment="unknown", **ALL)
    assert found.of("ancova").se == pytest.approx(856.7, abs=0.1)
    assert found.placebo.se == pytest.approx(590.2, abs=0.1)
