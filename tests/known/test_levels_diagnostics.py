"""Diagnostics of the level model against simulated truth, closed forms and brute force."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from assessors_world import SOURCES, TODAY, evidence, framework, world
from scipy.special import expit

from competency.config import LevelConfig, SourceConfig
from competency.errors import ConfigError, InputError, NotFittedError
from competency.levels import LevelModel, load_level_model
from competency.levels.diagnostics import (
    assessor_drift,
    assessor_report,
    information,
    level_findings,
    next_assessments,
    plot_assessors,
    plot_information,
    plot_source_curves,
    reliability,
    source_report,
    standard_errors,
)
from competency.levels.diagnostics.assessor_drift import _slopes, _without_severities
from competency.levels.diagnostics.cohort_posterior import cohort_posterior
from competency.levels.diagnostics.residuals import rating_rows
from competency.levels.fitting.given import ANCHOR_SD

MANY = {"assessment_centre": 20, "supervisor": 32}


@cache
def fitted(seed=0, **changed):
    made = world(
        seed, **{name: dict(v) if isinstance(v, tuple) else v for name, v in changed.items()}
    )
    return LevelModel(made.config).fit(made.evidence), made


@cache
def many(seed):
    made = world(seed, n_officers=320, assessors=MANY)
    return LevelModel(made.config).fit(made.evidence), made


@pytest.fixture(scope="module")
def odd():
    return fitted(1, habit=((0, "random"), (1, "constant")))[0]


# ------------------------------------------------------------------------------------- assessors


def test_mean_squares_are_one_for_ratings_of_the_model():
    fits = pd.concat([assessor_report(many(seed)[0]) for seed in range(6)])
    assert len(fits) == 6 * 52
    # Standard error of a mean over 312 assessors, each with sd .23: .013.
    assert fits["infit"].mean() == pytest.approx(1, abs=0.05)
    assert fits["outfit"].mean() == pytest.approx(1, abs=0.05)
    for name in ("infit_z", "outfit_z"):
        assert fits[name].mean() == pytest.approx(0, abs=0.25)
        assert fits[name].std() == pytest.approx(1, abs=0.2)
    assert fits["flag"].str.contains("erratic|muted").mean() < 0.01


def test_leave_one_out_predictions_come_true():
    rows = rating_rows(cohort_posterior(many(3)[0]))
    assert len(rows.level) == 320 * 2 * 4
    np.testing.assert_allclose(rows.probs.sum(1), 1)
    for level in range(6):
        stated, happened = rows.probs[:, level], rows.level == level
        error = np.sqrt((stated * (1 - stated)).sum()) / len(happened)
        assert abs(stated.mean() - happened.mean()) < 4 * error
    # Residuals hardly go with what was expected; with the rating left in, the slope is far above 0.
    slope = np.polyfit(rows.expected, rows.residual, 1)[0]
    assert abs(slope) < 0.1


def test_an_assessor_who_rates_at_random_and_one_who_says_the_same_of_all(odd):
    table = assessor_report(odd).query("source == 'supervisor'").set_index("assessor")
    assert table.loc["A000", "infit"] > 1.3
    assert table.loc["A000", "outfit"] > 1.3
    assert table.loc["A001", "infit"] < 0.8
    assert "erratic" in table.loc["A000", "flag"]
    assert "muted" in table.loc["A001", "flag"]
    others = table.drop(index=["A000", "A001"])
    assert not others["flag"].str.contains("erratic|muted").any()


def test_intervals_of_severities_cover():
    inside, beyond_half = [], []
    for seed in range(12):
        model, made = many(seed)
        table = assessor_report(model)
        true = np.concatenate([made.severity[name] for name in sorted(MANY)])
        inside.append((table["low"] < true) & (true < table["high"]))
        severe = table["flag"].str.contains("severe|lenient").to_numpy()
        beyond_half.append(np.abs(true[severe]) > 0.5)
        ends = table[["low", "severity", "high"]].to_numpy()
        np.testing.assert_allclose(np.diff(ends).T, 1.6449 * np.stack([table["se"]] * 2), rtol=1e-4)
    # 624 severities; those of a world hang together by the mean of the centre.
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)
    found = np.concatenate(beyond_half)
    assert len(found) > 10
    assert found.mean() > 0.85


def test_shrinkage_is_toward_the_mean_of_the_source(odd):
    table = assessor_report(odd)
    mean = odd.sources_.set_index("source").loc[table["source"], "severity"].to_numpy()
    ratio = (table["severity"] - mean) / (table["unshrunk"] - mean)
    assert ratio.between(0.5, 1).all()


def test_parts_of_the_design_and_few_ratings():
    # Officers 0 to 9 met A and B, 10 to 15 met C; B met one officer only.
    rows = [(o, "A") for o in range(10)] + [(0, "B")] + [(o, "C") for o in range(10, 16)]
    ratings = pd.DataFrame(
        [(o, c, "supervisor", name, 2, 0) for o, name in rows for c in range(2)],
        columns=["officer", "competency", "source", "assessor", "level", "age"],
    )
    model = LevelModel().fit(evidence(framework(2), 16, ratings))
    table = assessor_report(model).set_index("assessor")
    assert table["part"].to_dict() == {"A": 1, "B": 1, "C": 2}
    assert table.loc["B", "flag"] == "few ratings"
    assert table.loc["B", ["q_severity", "q_fit"]].isna().all()
    assert "few ratings" not in table.loc["A", "flag"] + table.loc["C", "flag"]
    codes = [finding.code for finding in level_findings(model)]
    assert codes.count("disconnected-assessors") == 1


def test_a_rating_between_two_levels_is_one_rating():
    ratings = pd.DataFrame(
        [(o, 0, "supervisor", "A", 2.5 + (o % 2), 0) for o in range(12)],
        columns=["officer", "competency", "source", "assessor", "level", "age"],
    )
    model = LevelModel().fit(evidence(framework(1), 12, ratings))
    rows = rating_rows(cohort_posterior(model))
    assert rows.level.tolist() == [2.5, 3.5] * 6
    assert rows.count.tolist() == [1.0] * 12
    # Nothing but the rating itself spoke of the level: without it the prior of the group is left.
    halo, known = model.sources_.set_index("source").loc["supervisor", ["halo_sd", "severity_sd"]]
    least = model.covariance_[0, 0] + halo**2
    assert np.all(rows.variance > least)
    assert np.all(rows.variance < least + known**2)


# ----------------------------------------------------------------------------------------- drift


def test_planted_drift_is_found_and_measured():
    slopes, found, false, flagged = [], 0, 0, 0
    for seed in range(3):
        made = world(
            seed, n_officers=480, n_competencies=8, years=3, drift=dict.fromkeys(range(4), 0.3),
            assessors={"assessment_centre": 12, "supervisor": 40},
        )  # fmt: skip
        table = assessor_drift(LevelModel(made.config).fit(made.evidence))
        mine = (table["source"] == "supervisor") & table["assessor"].isin(
            ["A000", "A001", "A002", "A003"]
        )
        flag = table["flag"] != ""
        slopes.append(table.loc[mine, "slope"])
        found += (table.loc[mine, "flag"] == "more severe").sum()
        false, flagged = false + (flag & ~mine).sum(), flagged + flag.sum()
        assert (table["years"] - 2).abs().max() < 0.01
    # Twelve slopes with standard errors of about .07.
    assert np.mean(slopes) == pytest.approx(0.3, abs=0.07)
    assert found >= 8
    assert false <= 0.15 * flagged


def test_standard_errors_of_slopes_by_dense_algebra():
    # Every assessor met several officers, some of them in some years only.
    made = world(2, n_officers=30, years=3, assessors={"assessment_centre": 3, "supervisor": 4})
    rows = made.evidence.assessments
    third, first = rows["officer"].str[1:].astype(int) % 3, rows["date"] == rows["date"].min()
    rows = rows[(third > 0) | ~first]
    model = LevelModel(made.config).fit(replace(made.evidence, assessments=rows))
    cohort = _without_severities(cohort_posterior(model))
    got = _slopes(cohort, np.ones(7, bool))
    observations, layout, weight = cohort.layout.observations, cohort.layout, cohort.sites.precision
    sigma = np.linalg.inv(cohort.precision)
    # The severity whose prior counts is that at the mean time of the assessor.
    held = np.bincount(observations.assessor, weights=weight)
    middle = np.bincount(observations.assessor, weights=-weight * observations.age) / held
    time = -observations.age - middle[observations.assessor]
    score, fisher = np.zeros((7, 2)), np.zeros((7, 2, 2))
    for officer in range(30):
        rows = np.flatnonzero(observations.officer == officer)
        meeting, competency = layout.meeting[rows], observations.competency[rows]
        prior = sigma[np.ix_(competency, competency)] * np.outer(
            cohort.network.carried[rows], cohort.network.carried[rows]
        )
        same = meeting[:, None] == meeting
        prior = prior + same * cohort.effects.variance[meeting][:, None]
        # The ratings as normal observations: their precision about any offsets is that of the
        # marginal.
        sites = np.diag(weight[rows])
        marginal = sites @ np.linalg.inv(np.eye(len(rows)) + prior @ sites)
        gradient = cohort.sites.natural - weight * cohort.joint.observation_mean
        for one in np.unique(observations.assessor[rows]):
            mine = observations.assessor[rows] == one
            along = np.stack([np.ones(len(rows)), time[rows]]) * mine
            score[one] -= along @ gradient[rows]
            fisher[one] += along @ marginal @ along.T
    spread = model.sources_.set_index("source").loc[cohort.assessors["source"], "severity_sd"]
    fisher[:, 0, 0] += 1 / spread.to_numpy() ** 2
    left = fisher[:, 1, 1] - fisher[:, 0, 1] ** 2 / fisher[:, 0, 0]
    pull = score[:, 1] - fisher[:, 0, 1] / fisher[:, 0, 0] * score[:, 0]
    np.testing.assert_allclose(got.se, left**-0.5, rtol=1e-6)
    np.testing.assert_allclose(got.slope, pull / left, rtol=1e-5, atol=1e-8)


def test_no_drift_is_seldom_found_even_where_officers_grow_apart():
    flagged, z = 0, []
    for seed in range(12):
        made = world(50 + seed, years=3, growth=0.25 * (seed % 2))
        table = assessor_drift(LevelModel(made.config).fit(made.evidence))
        flagged += (table["flag"] != "").any()
        z.append(table["z"])
    assert flagged <= 2
    assert np.std(np.concatenate(z)) == pytest.approx(1, abs=0.15)


def test_drift_of_a_whole_source_is_not_that_of_its_assessors():
    made = world(4, years=3, drift=dict.fromkeys(range(20), 0.5))
    table = assessor_drift(LevelModel(made.config).fit(made.evidence))
    table = table[table["source"] == "supervisor"]
    assert (table["flag"] == "").all()
    assert table["source_slope"].iloc[0] > 0.2
    assert table["slope"].median() == pytest.approx(0, abs=1e-9)


def test_too_few_years_or_officers_have_no_slope():
    table = assessor_drift(fitted(0)[0])
    assert (table["flag"] == "too little").all()
    assert table[["slope", "se", "z", "q", "source_slope"]].isna().all(axis=None)
    assert (table["years"] == 0).all()


# ----------------------------------------------------------------------------- information, sources


def graded_by_hand(source, theta, sd):
    """P(k | theta) of the graded response model; severity and halo averaged by 4001 midpoints."""
    effect = sd * np.sqrt(2) * np.array([0.0]) if sd == 0 else np.linspace(-8, 8, 4001) * sd
    weight = np.ones(1) if sd == 0 else np.exp(-0.5 * (effect / sd) ** 2)
    cuts = np.arange(1, 6) - 0.5
    place = theta - source.severity - effect[:, None]
    above = (weight / weight.sum()) @ expit(source.discrimination * (place - cuts))
    return -np.diff(np.concatenate([[1.0], above, [0.0]]))


@pytest.mark.parametrize(("assessor", "known"), [("known", True), ("unknown", False)])
def test_information_is_that_of_the_graded_model_by_differences(assessor, known):
    config = LevelConfig(sources=SOURCES, calibrate=False)
    model = LevelModel(config).fit(evidence(framework(2), 3, _none()))
    points = [0.0, 1.3, 2.5, 4.9]
    table = information(model, latent=points).query("source == 'supervisor'")
    got = table[table["assessor"] == assessor]["information"].to_numpy()
    source, h = SOURCES["supervisor"], 1e-4
    sd = 0.0 if known else np.hypot(source.severity_sd, source.halo_sd)
    for theta, value in zip(points, got, strict=True):
        chance = graded_by_hand(source, theta, sd)
        slope = graded_by_hand(source, theta + h, sd) - graded_by_hand(source, theta - h, sd)
        # 2 %: the logistic is written as a mixture of normals in the model.
        assert value == pytest.approx(((slope / 2 / h) ** 2 / chance).sum(), rel=0.025)
    np.testing.assert_allclose(table["standard_error"], table["information"] ** -0.5)


def test_information_of_a_certificate():
    config = LevelConfig(sources=SOURCES, calibrate=False, slip=0.1, guess=0.1)
    model = LevelModel(config).fit(evidence(framework(2), 3, _none()))
    table = information(model, latent=[2.5]).query("source == 'certificate' and attests == 3")
    # At the cut P = .1 + .8 / 2 and P' = .8 a / 4 with the discrimination of a test, 2.5.
    assert table["information"].item() == pytest.approx((0.8 * 2.5 / 4) ** 2 / 0.25, rel=0.02)


def test_sources_fit_and_the_sharper_one_tells_more():
    table = source_report(many(0)[0]).set_index("source")
    assert table["infit"].to_numpy() == pytest.approx(1, abs=0.12)
    by_level = table[[f"information_{level}" for level in range(6)]]
    assert (by_level.loc["assessment_centre"] > by_level.loc["supervisor"]).all()
    model = many(0)[0]
    grid = np.linspace(1.5, 2.5, 401)
    fine = information(model, latent=grid).query("source == 'supervisor' and assessor == 'unknown'")
    assert by_level.loc["supervisor", "information_2"] == pytest.approx(
        fine["information"].mean(), rel=1e-3
    )
    assert table["n_ratings"].tolist() == [1280, 1280]


def test_records_have_no_finite_information():
    model = LevelModel().fit(evidence(framework(2), 3, _none()))
    table = source_report(model).set_index("source")
    assert table.filter(like="information_").loc["record"].isna().all()
    assert table.filter(like="information_").drop(index="record").notna().all(axis=None)
    assert "record" not in set(information(model)["source"])
    assert table["infit"].isna().all()


# ----------------------------------------------------------------------------------- reliability


def test_reliability_is_the_squared_correlation_with_the_truth():
    away, width = [], []
    for seed in range(6):
        model, made = many(seed)
        beliefs = model.predict(as_of=TODAY)
        table = reliability(beliefs).query("officers == 'all'")
        true = [np.corrcoef(beliefs.mean[:, c], made.theta[:, c])[0, 1] ** 2 for c in range(4)]
        away.append(table["reliability"].to_numpy() - true)
        width.append(table["high"] - table["low"])
        # One position: within it nothing else is left.
        np.testing.assert_allclose(table["reliability_within"], table["reliability"])
    assert np.mean(away) == pytest.approx(0, abs=0.02)
    assert np.abs(away).max() < 0.08
    assert 0.01 < np.mean(width) < 0.1


def test_reliability_by_hand():
    model, _ = many(0)
    beliefs = model.predict(as_of=TODAY)
    mean = np.tile(np.array([[1.0], [3.0]], np.float32), (160, 4))
    exact = replace(beliefs, mean=mean, sd=np.full((320, 4), 0.5, np.float32))
    row = reliability(exact).iloc[0]
    between = 320 / 319  # the variance of 160 ones and 160 threes
    assert row["reliability"] == pytest.approx(between / (between + 0.25))
    # No officer is off the others in (m - mean)^2 or v, so that nothing is unsure.
    assert row["high"] - row["low"] < 0.002
    flat = reliability(replace(exact, mean=np.full((320, 4), 2, np.float32))).iloc[0]
    assert flat["reliability"] == 0
    assert np.isnan(flat["low"])


def test_within_positions_the_means_of_positions_do_not_count():
    model, _ = many(0)
    beliefs = model.predict(as_of=TODAY)
    roster = replace(beliefs.roster, position=np.arange(320, dtype=np.int32) % 2 - 1)
    mean = np.tile(np.array([[1.0], [3.0]], np.float32), (160, 4))
    mean[:2] += 0.5
    row = reliability(replace(beliefs, roster=roster, mean=mean)).iloc[0]
    assert row["reliability"] > 0.5
    assert row["reliability_within"] < 0.02


def test_standard_errors_of_the_never_assessed_are_the_prior():
    config = LevelConfig(prior_sd=0.8, calibrate=False)
    model = LevelModel(config).fit(evidence(framework(2), 5, _none()))
    table = standard_errors(model, as_of=TODAY)
    none = table[table["observations"] == "0"]
    # Nobody was rated: the mean of the position is not known either.
    spread = np.sqrt(0.8**2 + ANCHOR_SD**2 + config.group_sd**2)
    np.testing.assert_allclose(none["standard_error"], spread, rtol=1e-5)
    assert none["n"].sum() == pytest.approx(10, abs=1e-4)
    assessed = table[~table["observations"].isin(["0", "any"])]
    assert assessed["standard_error"].isna().all()
    assert (assessed["n"] == 0).all()


# ------------------------------------------------------------------------------- next assessments


def test_gain_of_one_rating_against_brute_force():
    source, rng = SOURCES["supervisor"], np.random.default_rng(0)
    model = LevelModel(LevelConfig(sources=SOURCES, calibrate=False)).fit(
        evidence(framework(1, required=2), 1, _none())
    )
    row = next_assessments(model, as_of=TODAY, sources=["supervisor"]).iloc[0]
    belief = model.predict(as_of=TODAY)
    theta = rng.normal(belief.mean[0, 0], belief.sd[0, 0], 400_000)
    effect = rng.normal(0, np.hypot(source.severity_sd, source.halo_sd), theta.size)
    noise = rng.logistic(size=theta.size) / source.discrimination
    rating = np.clip(np.floor(theta - source.severity - effect + noise + 0.5), 0, 5)
    parts = [theta[rating == k] for k in range(6)]
    expected = sum(part.var() * len(part) for part in parts) / theta.size
    met = [(part >= 1.5).mean() for part in parts]
    wrong = sum(min(p, 1 - p) * len(part) for p, part in zip(met, parts, strict=True)) / theta.size
    assert row["now_sd"] == pytest.approx(theta.std(), rel=0.01)
    assert row["expected_sd"] == pytest.approx(np.sqrt(expected), rel=0.01)
    assert row["expected_chance_wrong"] == pytest.approx(wrong, abs=0.005)
    now = min((theta >= 1.5).mean(), (theta < 1.5).mean())
    assert row["chance_wrong_now"] == pytest.approx(now, abs=0.004)


def test_gain_is_what_the_model_itself_would_believe_after_each_rating():
    config = LevelConfig(sources={"test": SourceConfig(discrimination=2.5)}, calibrate=False)
    frame = framework(1)
    model = LevelModel(config).fit(evidence(frame, 1, _none()))

    def after(levels):
        rows = [(0, 0, "test", "", level, 0) for level in levels]
        return model.predict(evidence(frame, 1, _ratings(rows)), as_of=TODAY)

    first = evidence(frame, 1, _ratings([(0, 0, "test", "", 3, 0)]))
    row = next_assessments(model, as_of=TODAY, evidence=first).iloc[0]
    now = after([3])
    rng = np.random.default_rng(1)
    theta = rng.normal(now.mean[0, 0], now.sd[0, 0], 200_000)
    rating = np.clip(np.floor(theta + rng.logistic(size=theta.size) / 2.5 + 0.5), 0, 5)
    chance = np.bincount(rating.astype(int), minlength=6) / theta.size
    later = [after([3, level]) for level in range(6)]
    variance = sum(p * b.sd[0, 0] ** 2 for p, b in zip(chance, later, strict=True))
    assert row["now_sd"] == pytest.approx(now.sd[0, 0])
    assert row["expected_sd"] == pytest.approx(np.sqrt(variance), rel=0.03)
    meets = [b.survival[0, 0, 3] for b in later]
    wrong = sum(p * min(m, 1 - m) for p, m in zip(chance, meets, strict=True))
    assert row["expected_chance_wrong"] == pytest.approx(wrong, abs=0.01)
    assert row["required"] == 3
    assert row["n_observations"] == 1


def test_the_best_source_is_ranked_first_and_only_required_competencies_count():
    model, _ = many(0)
    table = next_assessments(model, as_of=TODAY)
    assert len(table) == 320 * 2  # two of four competencies are required
    assert (table["source"] == "assessment_centre").all()
    assert table["gain"].is_monotonic_decreasing
    every = next_assessments(model, as_of=TODAY, each_source=True)
    best = every.groupby(["officer", "competency"])["gain"].max()
    np.testing.assert_allclose(
        best, table.set_index(["officer", "competency"])["gain"].sort_index()
    )
    assert len(every) == 2 * len(table)
    free = next_assessments(model, as_of=TODAY, requirements=False, top=7)
    assert len(free) == 7
    assert len(next_assessments(model, as_of=TODAY, requirements=False)) == 320 * 4
    np.testing.assert_allclose(free["gain"], free["now_sd"] - free["expected_sd"])


def test_sources_that_are_unknown_are_refused_together():
    model = fitted(0)[0]
    with pytest.raises(InputError, match="2 problems") as caught:
        next_assessments(model, as_of=TODAY, sources=["supervisr", "supervisor", "certificate"])
    assert caught.value.findings[0].nearest == ("supervisor",)
    with pytest.raises(InputError, match="top is 0"):
        next_assessments(model, as_of=TODAY, top=0)
    with pytest.raises(InputError, match=r"'C\.9' is not in the framework"):
        information(model, competency="C.9")


# --------------------------------------------------------------------------------------- findings


def test_findings_count_and_never_name(odd):
    found = level_findings(odd)
    texts = [str(finding) for finding in found]
    assert any("1 assessor of source 'supervisor' rate erratically" in text for text in texts)
    assert any("1 assessor of source 'supervisor' use a narrow range" in text for text in texts)
    assert all(finding.hint for finding in found)
    names = [*odd.assessors_["assessor"], *odd.evidence_.roster.officer_ids]
    assert not [text for text in texts for name in names if name in text]


def test_findings_of_thin_evidence():
    ratings = _ratings([(o, 0, "supervisor", f"A{o % 3}", o % 6, 0) for o in range(30)])
    model = LevelModel(LevelConfig(iterations=1)).fit(evidence(framework(2), 30, ratings))
    found = {finding.code: finding for finding in level_findings(model)}
    assert "not-converged" in found
    assert found["never-assessed"].where.id == "C.01"
    far = LevelConfig(sources={**SOURCES, "supervisor": SourceConfig(discrimination=9.0)})
    other = LevelModel(far).fit(fitted(0)[1].evidence)
    assert "far-discrimination" in [finding.code for finding in level_findings(other)]
    nothing = LevelModel().fit(evidence(framework(1), 2, _none()))
    assert level_findings(nothing) == ()
    assert "never-assessed" in [f.code for f in level_findings(nothing, as_of=TODAY)]


def test_low_reliability_is_said_with_n():
    rng = np.random.default_rng(0)
    rows = [(o, 0, "self", "", rng.integers(0, 6), 0) for o in range(60)]
    model = LevelModel(LevelConfig(calibrate=False)).fit(evidence(framework(1), 60, _ratings(rows)))
    found = {finding.code: finding for finding in level_findings(model)}
    assert "(n = 60 assessed officers)" in found["low-reliability"].message


# ------------------------------------------------------------------------------- models and plots


def test_a_model_must_be_fitted_and_hold_its_ratings(tmp_path):
    for ask in (assessor_report, assessor_drift, source_report, level_findings, information):
        with pytest.raises(NotFittedError):
            ask(LevelModel())
    model, made = fitted(0)
    loaded = load_level_model(model.save(tmp_path / "model"), made.evidence.framework)
    for ask in (assessor_report, assessor_drift, source_report, level_findings):
        with pytest.raises(ConfigError, match="holds no ratings"):
            ask(loaded)
    pd.testing.assert_frame_equal(information(loaded), information(model))
    pd.testing.assert_frame_equal(
        next_assessments(loaded, as_of=TODAY, evidence=made.evidence),
        next_assessments(model, as_of=TODAY),
    )
    with pytest.raises(ConfigError, match="needs the day"):
        reliability(model)


def test_plots_show_what_they_say(odd):
    report = assessor_report(odd)
    figure = plot_assessors(report, rows=10)
    ax = figure.axes[0]
    assert len(ax.get_yticklabels()) == 10
    assert "the 10 farthest from 0 of 32 judged assessors" in ax.get_title(loc="left")
    shown = [label.get_text() for label in ax.get_yticklabels()]
    kept = report.reindex(report["severity"].abs().sort_values(ascending=False).index)[:10]
    assert sorted(shown) == sorted(kept["assessor"])
    curves = plot_source_curves(odd, "supervisor").axes[0].lines
    assert len(curves) == 6
    np.testing.assert_allclose(np.sum([line.get_ydata() for line in curves], axis=0), 1)
    curves = information(odd)
    drawn = plot_information(curves, sources=["supervisor"]).axes[0].lines
    want = curves.query("source == 'supervisor' and assessor == 'unknown'")["information"]
    np.testing.assert_allclose(drawn[0].get_ydata(), want)
    for wrong in (lambda: plot_assessors(report[:0]), lambda: plot_assessors(report, rows=0)):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(InputError, match="no graded ratings"):
        plot_source_curves(odd, "record")
    with pytest.raises(InputError, match="no source to draw"):
        plot_information(curves, sources=[])


def test_no_assessors_give_empty_tables():
    model = LevelModel().fit(evidence(framework(1), 4, _none()))
    assert assessor_report(model).empty
    assert assessor_drift(model).empty
    nobody = LevelModel().fit(evidence(framework(1), 0, _none()))
    assert next_assessments(nobody, as_of=TODAY).empty
    assert reliability(nobody, as_of=TODAY)["reliability"].isna().all()


# ---------------------------------------------------------------------------------- false discovery


def _none():
    return _ratings([])


def _ratings(rows):
    columns = ["officer", "competency", "source", "assessor", "level", "age"]
    kinds = {"officer": "int64", "competency": "int64", "level": "float64", "age": "int64"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)
