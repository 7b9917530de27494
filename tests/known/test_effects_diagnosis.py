"""Diagnosis finds what was planted, and little else; providers and scenarios by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from effects_world import framework, world

import competency as cp
from competency.effects import EffectModel
from competency.effects.diagnosis import Problem, diagnose
from competency.effects.diagnosis.kinds import dropouts, pulled_out, uneven_access
from competency.effects.provider_report import provider_report
from competency.errors import ConfigError
from competency.framework.model import Develops, Session, Training
from competency.pipeline import compare_scenarios
from competency.planning.changes.scenario import (
    with_sessions_moved,
    with_training,
    without_trainings,
)


@pytest.fixture(scope="module")
def fitted():
    made = world()
    return EffectModel().fit(made.evidence.history, made.levels)


@pytest.fixture(scope="module")
def planned():
    pack = cp.load_framework(cp.pack_path())
    evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=pack)
    few = evidence.officers.iloc[:60]
    small = replace(
        evidence,
        officers=few,
        **{
            name: getattr(evidence, name)[
                getattr(evidence, name)["officer"].isin(few["officer"])
            ].reset_index(drop=True)
            for name in ("assessments", "certificates", "history")
        },
    )
    return cp.recommend(pack, small, as_of="2026-11-01")


def codes(diagnosis):
    return [problem.code for problem in diagnosis.problems]


def history(n, training, *, left=0, unit_of=None):
    status = np.where(np.arange(n) < left, "withdrawn", "completed")
    return pd.DataFrame(
        {"officer": unit_of if unit_of is not None else [f"{k:05d}" for k in range(n)],
         "training": training, "status": status}
    )  # fmt: skip


def test_trainings_without_effect_and_providers_that_differ_are_found(fitted):
    made = world()
    found = diagnose(made.evidence, as_of="2026-01-01", effects=fitted)
    none = [row for row in found.problems if row.code == "no-change"]
    assert {row.subject for row in none} == {"T.0b", "T.1b", "T.2b", "T.3b"}
    assert all(row.q <= 0.05 and row.n >= 5 and row.low <= row.value <= row.high for row in none)
    differ = [row for row in found.problems if row.code == "providers-differ"]
    assert {(row.subject[-1], row.other[-1]) for row in differ} == {("b", "a")}
    assert len(differ) == found.tested["providers-differ"] == 4
    assert "no measurable effect; q = " in none[0].finding.message
    assert none[0].finding.severity == "warning"
    table = found.to_frame()
    assert (table["tested"] > 0).all()
    assert (table["action"] != "").all()


def test_an_effect_that_fades_is_found():
    made = world(3, n_officers=600, success=(0.9, 0.9))
    # Ratings within a year are as drawn; those of the third January fall back to the first.
    rated = made.evidence.assessments.copy()
    keys = ["officer", "competency"]
    first = rated[rated["date"] < "2023-06-01"].set_index(keys)["level"]
    late = rated["date"] > "2024-12-01"
    rated.loc[late, "level"] = first.reindex(
        pd.MultiIndex.from_frame(rated.loc[late, keys])
    ).to_numpy()
    taken = made.evidence.history
    early = taken[taken["start"] < "2023-12-31"]
    evidence = replace(made.evidence, assessments=rated, history=early)
    model = EffectModel().fit(early, made.levels, evidence=evidence)
    found = diagnose(evidence, as_of="2026-01-01", effects=model)
    fading = [row for row in found.problems if row.code == "fading-gain"]
    assert len(fading) >= 6
    assert all(row.value < row.reference for row in fading)


def test_dropouts_by_hand():
    # 9 of 10 leave A; 5 of 100 leave B. P(X >= 9 of 10 at 5 %) is far below .05 / 2.
    taken = pd.concat([history(10, "A", left=9), history(100, "B", left=5)])
    (problem,), tested = dropouts(taken)
    assert (problem.subject, problem.n, problem.value, tested) == ("A", 10, 0.9, 2)
    assert problem.reference == pytest.approx(0.05)
    assert dropouts(taken.iloc[:0]) == ([], 0)
    assert dropouts(history(10, "A", left=9)) == ([], 0)  # there is no elsewhere


def test_units_that_pull_officers_out_are_told_from_trainings_that_are_left():
    made = world().evidence
    ids = made.officers["officer"].to_numpy()
    officers = made.officers.assign(unit=np.where(np.arange(len(ids)) < 100, "pulls", "lets"))
    # T.0a is left by one in five everywhere; T.1a only by the officers of one unit.
    same = history(400, "T.0a", unit_of=ids).assign(
        status=np.where(np.arange(400) % 5 == 0, "withdrawn", "completed")
    )
    own = history(400, "T.1a", left=60, unit_of=ids)
    evidence = replace(made, officers=officers, history=pd.concat([same, own], ignore_index=True))
    (problem,), tested = pulled_out(evidence)
    assert (problem.subject, problem.n, tested) == ("pulls", 200, 2)
    assert problem.value == pytest.approx((20 + 60) / 200)
    assert problem.reference < 0.15
    only = replace(evidence, history=same)
    assert pulled_out(only)[0] == []


def test_regions_with_little_access_are_found():
    made = world().evidence
    far = made.officers.assign(region=np.where(np.arange(400) < 40, "far", "near"))
    ids = far["officer"].to_numpy()
    taken = pd.concat([history(360, "T.0a", unit_of=ids[40:]), history(4, "T.0a", unit_of=ids[:4])])
    (problem,), tested = uneven_access(replace(made, officers=far, history=taken), "region")
    assert (problem.subject, problem.n, tested) == ("far", 40, 2)
    assert problem.value == pytest.approx(0.1)
    assert problem.reference == pytest.approx(364 / 400)
    nobody = replace(made, officers=far, history=taken.iloc[:0])
    assert uneven_access(nobody, "region") == ([], 0)


def test_nothing_is_found_where_nothing_is_wrong():
    made = world().evidence
    rng = np.random.default_rng(0)
    found = []
    for _ in range(40):
        officers = made.officers.assign(
            region=rng.choice(list("ABCDEFGH"), 400), unit=rng.choice(list("JKLMNOPQ"), 400)
        )
        taken = history(800, "T.0a", unit_of=rng.choice(officers["officer"], 800)).assign(
            training=rng.choice(["T.0a", "T.0b", "T.1a", "T.1b"], 800),
            status=rng.choice(["completed", "withdrawn"], 800, p=[0.9, 0.1]),
        )
        found.append(
            codes(diagnose(replace(made, officers=officers, history=taken), as_of="2026-01-01"))
        )
    for code in ("dropouts", "pulled-out", "uneven-access-region", "uneven-access-unit"):
        share = np.mean([code in each for each in found])
        assert share <= 0.15  # 5 % of 40 looks, and 3 standard errors


def test_accreditation_and_need(planned):
    evidence, plan = planned.evidence, planned.plan
    gaps = plan.ranking.gaps
    pack = evidence.framework
    providers = tuple(
        row.model_copy(update={"accreditation_valid_until": until})
        for row, until in zip(
            pack.providers,
            [date(2026, 1, 1), date(2027, 3, 1), None, *[date(2031, 1, 1)] * 20],
            strict=False,
        )
    )
    lapsing = pack.model_copy(update={"providers": providers})
    found = diagnose(replace(evidence, framework=lapsing), as_of="2026-11-01", gaps=gaps)
    facts = {row.code: row for row in found.problems if row.code.startswith("accreditation")}
    first, second = pack.providers[0].id, pack.providers[1].id
    assert facts["accreditation-lapsed"].subject == first
    assert facts["accreditation-lapsed"].n > 0
    assert (facts["accreditation-lapses"].subject, facts["accreditation-lapses"].other) == (
        second, "2027-03-01",
    )  # fmt: skip
    assert np.isnan(facts["accreditation-lapses"].q)
    bare = without_trainings(pack, [row.id for row in pack.trainings])
    there = replace(gaps, levels=replace(gaps.levels, framework=bare))
    need = diagnose(replace(evidence, framework=bare), as_of="2026-11-01", gaps=there)
    unmet = [row for row in need.problems if row.code == "need-without-training"]
    assert len(unmet) > 40
    assert all(0 < row.value <= row.n <= 60 for row in unmet)


def test_a_competency_that_nobody_measures_is_found(planned):
    evidence, plan = planned.evidence, planned.plan
    levels = plan.ranking.gaps.levels
    ids = levels.framework.index.competency_ids
    unseen = ids.index("T.01")
    counts = np.ones_like(levels.n_observations)
    counts[:, unseen] = 0
    gaps = replace(plan.ranking.gaps, levels=replace(levels, n_observations=counts))
    found = diagnose(evidence, as_of="2026-11-01", gaps=gaps)
    asked = gaps.required[gaps.aims.index("held")] > 0
    (problem,) = [row for row in found.problems if row.code == "need-without-measure"]
    assert (problem.subject, problem.n) == ("T.01", asked[:, unseen].sum())
    assert found.tested["need-without-measure"] == (asked.sum(0) >= 5).sum()
    counts[np.flatnonzero(asked[:, unseen])[0], unseen] = 1  # one is enough: it can be measured
    assert "need-without-measure" not in codes(diagnose(evidence, as_of="2026-11-01", gaps=gaps))


def test_assessors_who_drift_are_counted_by_source():
    from assessors_world import world as drifting

    made = drifting(4, years=3, n_competencies=8, drift={1: 0.5, 2: -0.5})
    levels = cp.LevelModel(made.config).fit(made.evidence)
    taken = history(0, "A").assign(training=pd.Series(dtype="str"))
    found = diagnose(replace(made.evidence, history=taken), as_of="2026-11-01", levels=levels)
    assert [row.subject for row in found.problems] == ["supervisor"]
    assert "A001" not in found.findings[0].message


def test_providers_side_by_side(fitted):
    made = world().evidence
    pack = framework()
    session = {"training": "T.0a", "start": date(2026, 2, 1), "end": date(2026, 2, 3)}
    one, two = (
        Session(id="S.1", seats=20, **session),
        Session(id="S.2", seats=None, **{**session, "training": "T.0b"}),
    )
    providers = (
        pack.providers[0].model_copy(
            update={"scope": "regional", "accreditation_valid_until": date(2026, 2, 2)}
        ),
        pack.providers[1].model_copy(update={"scope": "central"}),
    )
    pack = pack.model_copy(update={"sessions": (one, two), "providers": providers})
    table = provider_report(pack, fitted, as_of="2026-01-01").set_index("provider")
    assert table.index.tolist() == ["B.2", "B.1"]  # central ones first
    assert table["status"].tolist() == ["unknown", "ends"]
    assert table.loc["B.1", ["n_sessions", "seats", "n_late"]].tolist() == [1, 20, 1]
    assert table["unlimited"].tolist() == [True, True]  # T.1a has no sessions and no limit
    rows = fitted.rows_[fitted.rows_["provider"] == "B.1"]
    expected = np.average(rows["success"], weights=rows["n_used"])
    assert table.loc["B.1", "success"] == pytest.approx(expected)
    assert table.loc["B.1", "low"] < 0.8 < table.loc["B.1", "high"]
    assert table.loc["B.2", "success"] < 0.25
    bare = provider_report(pack, as_of="2026-01-01")
    assert bare["success"].isna().all()
    assert (bare["n_used"] == 0).all()
    assert made.framework.version != pack.version


def test_scenarios_change_what_is_closed(planned):
    pack, plan = planned.framework, planned.plan
    best = pack.trainings[0].id
    few = without_trainings(pack, [row.id for row in pack.trainings[1:]])
    free = {row.id: {"seats": None, "region": ""} for row in pack.sessions}
    lift = Training(id="X.NEW", name="Baru", form="e_learning", hours=1.0)
    new = with_training(
        pack, lift,
        [Develops(training="X.NEW", competency=row.id, target_level=5, success=1.0)
         for row in pack.competencies],
    )  # fmt: skip
    table = compare_scenarios(
        planned,
        {"few": few, "without": without_trainings(pack, [best]),
         "more seats": with_sessions_moved(pack, free), "new": new},
    ).set_index("scenario")  # fmt: skip
    assert table.index[0] == "present"
    assert table["change"].iloc[0] == 0
    assert table.loc["present", "gap_closed"] == pytest.approx(plan.value)
    assert table.loc["few", "change"] < table.loc["without", "change"] <= 1e-9
    assert table.loc["more seats", "change"] > -1e-9
    assert table.loc["new", "change"] > 0
    assert best not in {row.training for row in without_trainings(pack, [best]).develops}


def test_what_is_not_in_the_framework_is_refused(planned):
    pack = planned.framework
    with pytest.raises(ConfigError, match=r"training 'F.DASR' is not.*F.DASAR"):
        without_trainings(pack, ["F.DASR"])
    with pytest.raises(ConfigError, match="session 'none' is not"):
        with_sessions_moved(pack, {"none": {}})
    with pytest.raises(ConfigError, match="scenario 'tiny' changes"):
        compare_scenarios(planned, {"tiny": framework()})


def test_scenarios_that_make_no_framework_are_refused():
    pack = cp.load_framework(cp.pack_path())
    lift = Training(id="X", name="X", form="e_learning", hours=1.0, provider=pack.providers[0].id)
    row = Develops(training="X", competency="T.01", target_level=2)
    session = pack.sessions[0]
    wrong = (
        ("NOPE", lift, [row.model_copy(update={"competency": "NOPE"})], ()),
        ("above its scale", lift, [row.model_copy(update={"target_level": 9})], ()),
        ("nobody", lift.model_copy(update={"provider": "nobody"}), [row], ()),
        ("F.DASAR", lift, [row.model_copy(update={"training": "F.DASAR"})], ()),
        (f"id '{session.id}'", lift, [row], [session.model_copy(update={"training": "X"})]),
    )
    for said, training, develops, sessions in wrong:
        with pytest.raises(ConfigError, match=said):
            with_training(pack, training, develops, sessions=sessions)
    for said, changes in (
        ("strat of session .* cannot be moved.*start", {"strat": "2027-01-05"}),
        ("training of session .* cannot be moved", {"training": "F.DASAR"}),
        ("seats of session", {"seats": -3}),
        ("end", {"start": "2030-01-05"}),  # it would end before it starts
        ("soon", {"start": "soon"}),
    ):
        with pytest.raises(ConfigError, match=said):
            with_sessions_moved(pack, {session.id: changes})
    moved = with_sessions_moved(pack, {session.id: {"start": "2027-02-02", "end": "2027-02-04"}})
    assert moved.sessions[0].start == date(2027, 2, 2)


def test_every_kind_of_problem_can_be_said():
    from competency.effects.diagnosis.problem import TEXTS

    for code in TEXTS:
        finding = Problem(code, "X", 7, 0.5, 0.1, 0.9, 0.25, 0.01, 0.02, "2027-01-01").finding
        assert "7" in str(finding)
        assert finding.hint
