"""The made-up world does what it says: shares, spread, severity, growth, and the same bytes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competency.config import SourceConfig, validated
from competency.errors import ConfigError
from competency.framework.model import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    LadderStep,
    MandatoryTraining,
    Position,
    Requirement,
    ScaleLevel,
    Training,
    TrainingPrerequisite,
)  # fmt: skip
from competency.simulate import SimulationConfig, simulate_cohort
from competency.simulate.attendance import may_enter
from competency.simulate.people import REGENCIES, make_people
from competency.simulate.world import develop, level_of, make_world, rate


def small_framework() -> Framework:
    kinds = {"M.1": "managerial", "S.1": "sociocultural", "T.1": "technical", "T.2": "technical"}
    return Framework(
        framework=(About(id="small", name="Small"),),
        levels=tuple(ScaleLevel(level=k, name=f"L{k}") for k in (1, 2, 3, 4, 5)),
        competencies=tuple(Competency(id=c, name=c, kind=k) for c, k in kinds.items()),
        positions=(Position(id="LOW", name="Low"), Position(id="HIGH", name="High")),
        ladder=(LadderStep(position="LOW", next_position="HIGH"),),
        requirements=tuple(
            Requirement(position=p, competency=c, level=r)
            for p, r in (("LOW", 2), ("HIGH", 3))
            for c in kinds
        ),
        trainings=(
            Training(id="BASE", name="Base", type="functional", hours=24.0),
            Training(id="MORE", name="More", hours=8.0),
            Training(id="TALK", name="Talk", type="managerial", hours=8.0),
        ),
        develops=(
            Develops(training="BASE", competency="T.1", target_level=2, success=1.0),
            Develops(training="BASE", competency="T.2", target_level=2, success=1.0),
            Develops(training="MORE", competency="T.1", entry_level=2, target_level=4, success=1.0),
            Develops(training="TALK", competency="M.1", target_level=3, success=0.5),
        ),
        entry_requirements=(EntryRequirement(training="MORE", competency="M.1", level=1),),
        training_prerequisites=(TrainingPrerequisite(training="MORE", requires_training="BASE"),),
        mandatory_trainings=(MandatoryTraining(position="LOW", training="BASE"),),
    )


FRAMEWORK = small_framework()
EVEN = {"LOW": 0.75, "HIGH": 0.25}


def cells(simulation, frame):
    """Row and column of each row of `frame` in ``simulation.theta``."""
    officer = pd.Index(simulation.officers["officer"]).get_indexer(frame["officer"])
    names = pd.Index(FRAMEWORK.index.competency_ids)
    return officer, names.get_indexer(frame["competency"])


def test_same_arguments_give_the_same_bytes(tmp_path):
    first = simulate_cohort(FRAMEWORK, n_officers=80).write(tmp_path / "a")
    again = simulate_cohort(FRAMEWORK, n_officers=80).write(tmp_path / "b")
    other = simulate_cohort(FRAMEWORK, n_officers=80, rng=1).write(tmp_path / "c")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert first[1].read_bytes() != other[1].read_bytes()
    assert {p.relative_to(tmp_path / "a").as_posix() for p in first} == {
        "cohort/officers.csv", "cohort/assessments.csv", "cohort/certificates.csv",
        "cohort/history.csv", "truth/levels.csv", "truth/assessors.csv",
    }  # fmt: skip
    for path in first:
        content = path.read_bytes()
        assert b"\r" not in content
        content.decode("utf-8")


def test_a_generator_gives_its_next_integer():
    drawn = simulate_cohort(FRAMEWORK, n_officers=5, rng=np.random.default_rng(3))
    seed = int(np.random.default_rng(3).integers(2**63))
    assert np.array_equal(drawn.theta, simulate_cohort(FRAMEWORK, n_officers=5, rng=seed).theta)


def test_units_have_the_shares_of_2022_and_every_office_has_an_officer():
    officers = simulate_cohort(FRAMEWORK).officers
    assert len(officers) == 1162
    assert sum(REGENCIES.values()) == 514
    assert len(REGENCIES) == 38
    unit = officers["unit"]
    # 1,162 x (178, 196, 124, 553) / 1,051 by largest remainder
    assert (unit == "Kemnaker").sum() == 197
    assert (unit == "BP2MI").sum() == 217
    assert unit.str.startswith("Disnaker Provinsi ").sum() == 137
    regency = unit[unit.str.startswith("Disnaker Kabupaten/Kota ")]
    assert len(regency) == 611
    assert regency.nunique() == 514
    assert unit[unit.str.startswith("Disnaker Provinsi ")].nunique() == 38
    assert set(officers["region"]) == set(REGENCIES)


def test_ids_are_text_of_an_impossible_year():
    officers = simulate_cohort(FRAMEWORK, n_officers=30).officers
    assert officers["officer"].str.fullmatch(r"9900\d{14}").all()
    assert officers["officer"].is_monotonic_increasing
    assert officers["officer"].is_unique
    assert officers["name"].iloc[6] == "Pegawai Sintetis 0007"


def test_positions_have_the_configured_shares_and_newcomers_start_low():
    config = SimulationConfig(position_shares=EVEN)
    officers = simulate_cohort(FRAMEWORK, n_officers=400, config=config).officers
    assert officers["position"].value_counts().to_dict() == {"LOW": 300, "HIGH": 100}
    senior = officers["position"] == "HIGH"
    headquarters = officers["unit"] == "Kemnaker"
    assert senior[headquarters].mean() > senior[~headquarters].mean()


def test_positions_are_even_when_none_is_named():
    officers = simulate_cohort(FRAMEWORK, n_officers=10).officers
    assert officers["position"].value_counts().to_dict() == {"LOW": 5, "HIGH": 5}


def test_a_framework_without_positions_gives_officers_without_one():
    kept = ("framework", "levels", "competencies", "trainings", "develops")
    bare = Framework(**{name: getattr(FRAMEWORK, name) for name in kept})
    made = simulate_cohort(bare, n_officers=6)
    assert (made.officers["position"] == "").all()
    assert len(made.assessments) == 0


def test_latent_levels_have_the_spread_and_correlation_asked_for():
    config = SimulationConfig(
        position_shares={"LOW": 1.0}, newcomers=0.0, trainings_per_year=0.0, unit_share=0.0
    )
    theta = simulate_cohort(FRAMEWORK, n_officers=6000, config=config).theta
    correlation = np.corrcoef(theta.T)[np.triu_indices(4, 1)]
    # standard errors: .9 / sqrt(12000) = .008 and .84 / sqrt(6000) = .011
    assert theta.std(0) == pytest.approx(0.9, abs=0.035)
    assert correlation == pytest.approx(0.4, abs=0.045)
    assert np.all((theta.mean(0) > 0.7) & (theta.mean(0) < 2.0))  # near, and under, level 2


def test_ratings_follow_the_model():
    n = 40_000
    seen = rate(np.full(n, 1.0), np.full(n, 0.25), 2.0, np.full(n, 3), np.random.default_rng(0))
    # sigmoid(2 (1 - .25 - (k - .5))) for k = 1, 2, 3; standard error .0025
    expected = 1 / (1 + np.exp(-2 * (0.75 - np.array([0.5, 1.5, 2.5]))))
    assert [(seen >= k).mean() for k in (1, 2, 3)] == pytest.approx(expected, abs=0.01)


def test_ratings_stay_on_the_scale():
    far = rate(
        np.array([99.0, -99.0]), np.zeros(2), 5.0, np.array([4, 4]), np.random.default_rng(0)
    )
    assert far.tolist() == [4, 0]


def test_severity_of_assessors_can_be_recovered():
    config = SimulationConfig(
        position_shares=EVEN,
        participation={"assessment_centre": 1.0},
        coverage=1.0,
        halo_sd=0.0,
        trainings_per_year=0.0,
        sources={
            "assessment_centre": SourceConfig(discrimination=3.0, severity=0.0, severity_sd=0.6)
        },
    )
    made = simulate_cohort(FRAMEWORK, n_officers=1500, config=config)
    seen = made.assessments
    truth = made.true_assessors.set_index("assessor")["severity"]
    residual = made.theta[cells(made, seen)] - seen["value"].to_numpy()
    estimate = pd.Series(residual).groupby(seen["assessor"].to_numpy()).mean()
    assert len(truth) == 24
    assert np.corrcoef(estimate, truth[estimate.index])[0, 1] > 0.97
    assert set(seen["competency"]) == {"M.1", "S.1"}  # a centre does not see technical work


def test_a_completed_training_lifts_exactly_those_it_can_reach():
    theta = np.zeros((4, 4))
    theta[:, 2] = [0.3, 1.7, 3.2, 2.1]  # levels 0, 2, 3, 2 of T.1
    rows, trainings = np.array([0, 1, 2, 3]), np.array([0, 1, 1, 0])  # BASE, MORE, MORE, BASE
    develop(theta, rows, trainings, FRAMEWORK.index, np.random.default_rng(0))
    assert theta[:, 2] == pytest.approx([2.3, 3.7, 4.2, 2.1])
    assert theta[:, 3] == pytest.approx([2.0, 0.0, 0.0, 2.0])  # BASE develops T.2 as well
    assert not theta[:, :2].any()


def test_entry_levels_and_prerequisites_are_respected():
    opinion = np.array([[1.2, 0, 2.2, 0], [0.2, 0, 2.2, 0], [1.2, 0, 2.2, 0], [1.2, 0, 1.2, 0]])
    passed = np.zeros((4, 3), bool)
    passed[[0, 1, 3], 0] = True
    allowed = may_enter(FRAMEWORK.index, opinion, passed)
    assert allowed[:, 1].tolist() == [True, False, False, False]
    assert allowed[:, 0].tolist() == [False, False, True, False]  # nothing twice


def test_levels_are_half_open_intervals_around_whole_numbers():
    theta = np.array([[-3.0, 0.49, 0.5, 1.49, 7.0]])
    assert level_of(theta, np.full(5, 5)).tolist() == [[0, 0, 1, 1, 5]]


def test_truth_and_evidence_speak_of_the_same_officers():
    config = SimulationConfig(position_shares=EVEN)
    made = simulate_cohort(FRAMEWORK, n_officers=300, config=config)
    assert len(made.true_levels) == 300 * 4
    assert np.array_equal(made.true_levels["level"].to_numpy().reshape(300, 4), made.level)
    assert np.abs(made.true_levels["theta"].to_numpy() - made.theta.ravel()).max() <= 0.005 + 1e-9
    for table in (made.assessments, made.certificates, made.history):
        assert set(table["officer"]) <= set(made.officers["officer"])
    named = made.assessments[made.assessments["source"] != "test"]
    assert set(named["assessor"]) <= set(made.true_assessors["assessor"])
    assert (made.assessments.loc[made.assessments["source"] == "test", "assessor"] == "").all()


def test_everything_happens_within_three_years_and_on_the_scale():
    made = simulate_cohort(FRAMEWORK, n_officers=300)
    first, last = pd.Timestamp("2023-11-02"), pd.Timestamp("2026-10-31")
    assert made.assessments["date"].between(first, last).all()
    assert made.history["end"].between(first, last).all()
    assert (made.history["end"] >= made.history["start"]).all()
    assert made.certificates["issued"].max() <= last
    assert set(made.assessments["value"]) == {0, 1, 2, 3, 4, 5}
    assert set(made.history["status"]) == {"completed", "failed", "withdrawn"}
    key = ["officer", "competency", "source", "assessor", "date"]
    assert not made.assessments.duplicated(key).any()
    done = made.history[made.history["status"] == "completed"]
    assert not done.duplicated(["officer", "training"]).any()


def test_low_scorers_are_sent_more_often():
    made = simulate_cohort(FRAMEWORK, n_officers=2000, config=SimulationConfig(score_slope=2.0))
    first_year = made.assessments[made.assessments["date"] < "2024-03-20"]
    score = first_year[first_year["competency"] == "M.1"].groupby("officer")["value"].mean()
    talks = made.history[(made.history["training"] == "TALK") & (made.history["start"] < "2024-11")]
    sent = score.index.isin(talks["officer"])
    assert sent.sum() > 50
    assert score[sent].mean() < score[~sent].mean() - 0.5


def test_missing_is_more_common_among_newcomers():
    config = SimulationConfig(coverage_newcomer=-0.5)
    missing = []
    for share in (0.0, 1.0):
        world = config.model_copy(update={"newcomers": share})
        seen = simulate_cohort(FRAMEWORK, n_officers=1500, config=world).assessments
        missing.append(1 - len(seen.drop_duplicates(["officer", "competency"])) / (1500 * 4))
    assert 0 < missing[0] < missing[1] - 0.05


def test_strong_units_are_looked_at_more():
    config = SimulationConfig(coverage=0.8, coverage_unit=1.0, newcomers=0.0)
    people = make_people(FRAMEWORK, 2000, config, np.random.default_rng(0))
    world = make_world(FRAMEWORK.index, people, config, np.random.default_rng(1))
    strong = world.strength > np.median(world.strength)
    assert world.covered[strong].mean() > world.covered[~strong].mean() + 0.1
    assert world.theta[strong].mean() > world.theta[~strong].mean() + 0.1


def test_wrong_settings_are_all_reported_at_once():
    with pytest.raises(ConfigError, match="2 problems"):
        simulate_cohort(FRAMEWORK, n_officers=0, as_of="1 November 2026")


def test_config_survives_dump_and_reload():
    config = SimulationConfig(spread=1.1)
    assert SimulationConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize(
    "wrong",
    [
        {"participation": {"rumour": 0.5}},
        {"unit_shares": {"village": 1.0}},
        {"unit_shares": {"province": 0.0}},
        {"completed": 0.9, "failed": 0.2},
        {"corelation": 0.4},
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong):
    with pytest.raises(ConfigError, match="1 problem"):
        validated(SimulationConfig, wrong)
