"""The ranker that learns is an estimator as scikit-learn defines it."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from competency.ranking.estimator import RankingEstimator

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")


@parametrize_with_checks([RankingEstimator(max_trees=5, min_rows=2)])
def test_it_keeps_the_contract_of_estimators(estimator, check):
    check(estimator)
