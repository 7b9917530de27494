"""A ranker from an agency's records, against the truth of the agency."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.effects import EffectModel
from competency.effects.learning.success import CHANCES, LOGITS
from competency.effects.transitions import Transitions, success_matrix
from competency.errors import InputError, ModelFileError
from competency.evidence.read import evidence_from_tables
from competency.gaps import GapTable
from competency.ranking import LargestGapRanker, PriorRanker, load_ranker, save_ranker
from competency.ranking.learn import EVIDENCE, evidence_of_effects, learn_ranker
from competency.ranking.prior import BENEFIT_CONFIG
from competency.simulate import Simulation, other_truth, regret, simulate_cohort, true_benefit

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")

N_OFFICERS = 500


@dataclasses.dataclass(frozen=True)
class Agency:
    made: Simulation
    evidence: cp.Evidence
    levels: cp.LevelModel
    effects: EffectModel
    gaps: GapTable


def _agency(seed: int, *, differ: bool) -> Agency:
    framework = cp.load_framework(cp.pack_path())
    real = other_truth(framework, rng=seed) if differ else framework
    made = simulate_cohort(real, n_officers=N_OFFICERS, rng=seed)
    names = ("officers", "assessments", "certificates", "history")
    tables = {name: getattr(made, name) for name in names}
    evidence = evidence_from_tables(tables, framework=framework)
    levels = cp.load_level_model(cp.model_path(), framework)
    effects = EffectModel().fit(evidence.history, levels, evidence=evidence)
    gaps = cp.score_gaps(levels.predict(evidence, as_of=made.as_of))
    return Agency(made, evidence, levels, effects, gaps)


def _lost(agency: Agency, *rankers) -> list[float]:
    history = agency.evidence.history
    rankings = [one.rank(agency.gaps, history=history) for one in rankers]
    return [float(np.nanmean(regret(one, agency.made, history=history))) for one in rankings]


def learned_in(agency: Agency):
    found = learn_ranker(
        agency.evidence, as_of=agency.made.as_of, model=agency.levels, effects=agency.effects
    )
    return found.ranker


@pytest.fixture(scope="module")
def agencies() -> list[Agency]:
    return [_agency(seed, differ=True) for seed in (11, 12)]


@pytest.fixture(scope="module")
def rankers(agencies):
    return [learned_in(one) for one in agencies]


def test_half_of_the_regret_of_largest_gap_first_at_most(agencies, rankers):
    lost = [
        _lost(agency, ranker, LargestGapRanker(), PriorRanker())
        for agency, ranker in zip(agencies, rankers, strict=True)
    ]
    learned, largest, prior = np.sum(lost, axis=0)
    assert learned <= 0.5 * largest
    assert learned < prior
    assert all(ranker.transitions.origin == "estimated" for ranker in rankers)
    assert "History speaks against the catalogue" in rankers[0].scorer.card


def test_where_claims_are_true_they_stand_and_nothing_is_lost_by_learning():
    agency = _agency(13, differ=False)
    ranker = learned_in(agency)
    assert ranker.transitions is None
    assert "No evidence of beating the catalogue" in ranker.scorer.card
    learned, prior = _lost(agency, ranker, PriorRanker())
    assert learned <= prior


def test_what_was_learned_of_trainings_is_saved_and_bound_to_its_framework(
    agencies, rankers, tmp_path, monkeypatch
):
    """JSON holds every digit: the same scores, by the table of pairs and by the compiled pass."""
    gaps, history, ranker = agencies[0].gaps, agencies[0].evidence.history, rankers[0]
    again = load_ranker(save_ranker(ranker, tmp_path / "ranker"))
    want = ranker.rank(gaps, history=history)
    found = again.rank(gaps, history=history)
    assert np.array_equal(found.score, want.score)
    assert np.array_equal(found.transitions.matrix, agencies[0].effects.transitions_.matrix)
    monkeypatch.setattr("competency.ranking.additive.ranker.LARGE", 0)
    large = again.rank(gaps, history=history)
    pd.testing.assert_frame_equal(large.to_frame(), found.to_frame(), check_exact=True)
    save_ranker(again, tmp_path / "twice")
    for file in (tmp_path / "ranker").iterdir():
        assert file.read_bytes() == (tmp_path / "twice" / file.name).read_bytes()
    other = dataclasses.replace(gaps.levels, framework=agencies[0].made.framework)
    with pytest.raises(ModelFileError, match="used with"):
        dataclasses.replace(again, framework_version="").rank(cp.score_gaps(other))


def _told(success: np.ndarray, n: int) -> np.ndarray:
    """Log-likelihood of n officers, so many of whom a training surely lifted."""
    k = np.round(success * n)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        told = k * np.log(CHANCES) + (n - k) * np.log1p(-CHANCES)
    told = np.where(np.isnan(told), 0.0, np.maximum(told, -1e3))
    return told - told.max(axis=1, keepdims=True)


def _model(success: np.ndarray, n: int) -> EffectModel:
    import pandas as pd

    model = EffectModel()
    model.rows_ = pd.DataFrame({"claimed": np.full(len(success), 0.7)})
    model.log_likelihood_, model.spread_, model.idle_share_ = _told(success, n), 1.0, 0.1
    return model


def test_evidence_against_the_catalogue_by_hand():
    """One row, 20 of 20 officers lifted where .7 were claimed: log of mean of p^20 by .7^20."""
    prior = np.exp(-((LOGITS - np.log(0.7 / 0.3)) ** 2) / 2)
    mean = (0.9 * prior / prior.sum()) @ (CHANCES[1:] / CHANCES[-1]) ** 20
    want = np.log(mean) - 20 * np.log(0.7 / CHANCES[-1])
    found = evidence_of_effects(_model(np.array([1.0]), 20))
    assert found == pytest.approx(want, abs=0.01)  # .7 lies between two nodes
    assert evidence_of_effects(_model(np.full(10, 0.7), 20)) < 0
    assert evidence_of_effects(_model(np.full(10, 0.05), 20)) > EVIDENCE
    assert evidence_of_effects(_model(np.full(3, 0.5), 0)) == pytest.approx(0, abs=1e-12)


def test_one_who_knows_the_effects_loses_nothing_to_the_oracle_who_does(agencies):
    agency = agencies[0]
    framework = agency.gaps.levels.framework
    truth = success_matrix(framework, agency.made.framework.index.develops.success)
    config = BENEFIT_CONFIG.model_copy(update={"readiness": 0.0, "hour_offset": 1e-9})
    ranking = PriorRanker(config, Transitions(framework, truth, "truth")).rank(agency.gaps)
    lost = regret(ranking, agency.made)
    # The floor under the gap closed moves near ties: at most a hundredth of a level per 4 hours.
    assert np.nanmax(lost) < 0.01 / 4
    assert np.nanmean(lost) < 2e-4


def test_benefit_of_one_who_is_known_is_the_rise_that_the_truth_gives(agencies):
    """By hand for one pair: chance x worth of the levels between, by hours."""
    made, gaps = agencies[0].made, agencies[0].gaps
    ranking = PriorRanker().rank(gaps)
    index = made.framework.index
    found = true_benefit(ranking, made, known="levels")
    worth = gaps.worth({"held": 1.0, "next": 0.3})
    for training in (0, 20, 40):
        rows = np.flatnonzero(index.develops.training == training)
        for officer in (0, 7):
            closed = 0.0
            for row in rows:
                c, level = index.develops.competency[row], None
                level = made.level[officer, c]
                target = index.develops.target_level[row]
                if index.develops.entry_level[row] <= level < target:
                    rise = worth[officer, c, level + 1 : target + 1].sum()
                    closed += index.develops.success[row] * rise
            want = closed / index.trainings.hours[training]
            assert found[officer, training] == pytest.approx(want, abs=1e-6)


def test_the_regret_of_strangers_is_refused(agencies):
    made = agencies[0].made
    few = dataclasses.replace(made, officers=made.officers.iloc[1:])
    with pytest.raises(InputError, match="other trainings or officers"):
        true_benefit(PriorRanker().rank(agencies[0].gaps), few)
