"""Evaluations against simulated truth, algebra worked by hand, and every kind of bad table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from competency.config import EvaluationConfig
from competency.errors import InputError
from competency.evaluation import evaluate_training
from competency.evaluation.attrition import lee_bounds
from competency.evaluation.designs.regression import least_squares, robust_error
from competency.evaluation.worlds import GROWTH, training_world

CUTOFF = float(ndtri(0.4) / np.sqrt(0.7))
"""The quantile .4 of scores of reliability .7: where the simulated cut-off lies."""

# ------------------------------------------------------------------------------ simulated truth

WORLDS = [
    ("score", {"assignment": "by_score"}),
    ("nomination", {"assignment": "by_nomination"}),
    ("random", {"assignment": "lottery"}),
    ("level", {"assignment": "by_score", "selected_on": "level", "reliability": 0.7}),
]


@pytest.mark.parametrize(("way", "how"), WORLDS)
def test_estimates_are_unbiased_and_intervals_cover(way, how):
    effect, answers, covered, claimed = 0.3, [], [], []
    for seed in range(80):
        table = training_world(np.random.default_rng([seed, 5]), way, effect=effect)
        found = evaluate_training(table, **how)
        low, high = found.interval
        answers.append(found.value)
        covered.append(low <= effect <= high)
        claimed.append(found.verdict.claims)
    assert abs(np.mean(answers) - effect) < 3 * np.std(answers) / np.sqrt(80) + 0.01
    assert 0.89 <= np.mean(covered) <= 0.99
    assert np.mean(claimed) > 0.9  # the placebo fails by chance in one of twenty


@pytest.mark.parametrize(("way", "how"), WORLDS)
def test_a_training_that_does_nothing_is_seldom_called_effective(way, how):
    codes = [
        evaluate_training(training_world(np.random.default_rng([seed, 6]), way), **how).verdict.code
        for seed in range(80)
    ]
    assert codes.count("effective") <= 0.05 * 80
    assert codes.count("inconclusive") + codes.count("negligible") > 0.8 * 80


def test_the_naive_gain_is_called_what_it_is():
    flagged, naive, by_chance = 0, [], []
    for seed in range(80):
        found = evaluate_training(
            training_world(np.random.default_rng([seed, 7]), "score"), assignment="by_score"
        )
        flagged += any(finding.code == "naive-gain-misleads" for finding in found.findings)
        naive.append(found.of("naive gain").value)
        by_chance.append(found.regression_to_mean)
    assert flagged > 70
    # everyone grows by .1; the rest of the gain is regression to the mean
    assert np.mean(naive) == pytest.approx(GROWTH + np.mean(by_chance), abs=0.04)
    assert np.mean(by_chance) > 0.15


def test_correcting_for_reliability_where_the_score_decided_brings_the_bias_in():
    main, corrected = [], []
    for seed in range(60):
        table = training_world(np.random.default_rng([seed, 8]), "score")
        found = evaluate_training(table, assignment="by_score", reliability=0.7)
        main.append(found.value)
        corrected.append(found.of("corrected ancova").value)
    assert abs(np.mean(main)) < 0.05
    assert np.mean(corrected) > 0.2


def test_the_wrong_design_is_found_out():
    codes = {"by_score": [], "by_nomination": []}
    for seed in range(30):
        level = training_world(np.random.default_rng([seed, 9]), "level", n=1000)
        codes["by_score"].append(evaluate_training(level, assignment="by_score").verdict.code)
        score = training_world(np.random.default_rng([seed, 9]), "score", n=1000)
        found = evaluate_training(score, assignment="by_nomination")
        codes["by_nomination"].append(found.verdict.code)
    assert codes["by_score"].count("withheld") == 30
    assert codes["by_nomination"].count("withheld") == 30


def test_a_cut_off_is_answered_by_the_jump_there():
    answers, covered = [], []
    for seed in range(80):
        table = training_world(np.random.default_rng([seed, 3]), "cutoff", n=800, effect=0.5)
        found = evaluate_training(table, assignment="by_score", cutoff=CUTOFF)
        assert found.estimate.method == "regression discontinuity"
        low, high = found.interval
        answers.append(found.value)
        covered.append(low <= 0.5 <= high)
    assert np.mean(answers) == pytest.approx(0.5, abs=3 * np.std(answers) / 9)
    assert np.mean(covered) >= 0.88


def test_a_cut_off_that_not_all_obeyed_is_an_instrument():
    rng, answers = np.random.default_rng(4), []
    for _ in range(60):
        n = 2000
        score, keen = rng.uniform(-1, 1, n), rng.normal(size=n)
        # the keen come whatever their score, and do better anyway
        treated = np.where(score < 0, keen > -1.0, keen > 1.0)
        after = score + 0.5 * keen + 0.4 * treated + rng.normal(0, 0.5, n)
        table = pd.DataFrame({"treated": treated, "score": score, "after": after})
        answers.append(evaluate_training(table, assignment="by_score", cutoff=0.0).value)
    assert np.median(answers) == pytest.approx(0.4, abs=0.1)


def test_unknown_gives_a_range_that_holds_the_truth():
    inside = 0
    for seed in range(10):
        rng = np.random.default_rng([seed, 11])
        table = training_world(rng, "nomination", n=400, effect=0.5, reliability=0.9)
        found = evaluate_training(table, assignment="unknown")
        assert found.estimate is None
        assert np.isnan(found.value)
        low, high = found.interval
        least, most = found.range
        assert low < least < most < high
        inside += low <= 0.5 <= high
    assert inside >= 9


def test_doubly_robust_bends_where_a_line_does_not():
    rng, straight, bent = np.random.default_rng(12), [], []
    for _ in range(10):
        n = 800
        x = rng.normal(size=n)
        treated = rng.random(n) < 1 / (1 + np.exp(1 - x**2))
        after = x**2 + 0.3 * treated + rng.normal(0, 0.5, n)
        table = pd.DataFrame(
            {"treated": treated, "x": x, "after": after, "before": rng.normal(size=n)}
        )
        found = evaluate_training(table, assignment="unknown", covariates=["x"])
        straight.append(found.of("ancova").value)
        bent.append(found.of("doubly robust").value)
    assert np.mean(straight) > 0.6
    assert np.mean(bent) == pytest.approx(0.3, abs=0.06)


# ------------------------------------------------------------------------------ worked by hand


def test_two_groups_without_a_baseline_are_neymans_difference():
    table = pd.DataFrame({"treated": [0, 0, 0, 1, 1, 1], "after": [1.0, 2, 3, 4, 6, 11]})
    found = evaluate_training(table, assignment="random").estimate
    assert found.value == pytest.approx(5.0)
    assert found.se == pytest.approx(np.sqrt(1 / 3 + 13 / 3))
    assert found.dof == pytest.approx(4)  # two groups of three: (2/3)^2 / (2 / (3^2 2))
    assert found.p == pytest.approx(0.0816, abs=1e-4)  # Student's t of 2.3146 with 4


def dense_error(x, e_maker, contrast, cluster):
    """CR2 and its degrees of freedom by the definition, with matrices of n by n."""
    inverse = np.linalg.inv(x.T @ x)
    left = np.eye(len(x)) - x @ inverse @ x.T
    u = np.zeros((len(x), cluster.max() + 1))
    for g in range(cluster.max() + 1):
        own = np.flatnonzero(cluster == g)
        values, vectors = np.linalg.eigh(left[np.ix_(own, own)])
        root = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0)
        u[own, g] = vectors @ (root * (vectors.T @ (x @ inverse @ contrast)[own]))
    p = u.T @ left @ u
    return np.sqrt(((u.T @ e_maker(left)) ** 2).sum()), np.trace(p) ** 2 / (p**2).sum()


@pytest.mark.parametrize("groups", [8, 40])
def test_clustered_errors_are_those_of_the_definition(groups):
    rng = np.random.default_rng(0)
    cluster = np.unique(np.sort(rng.integers(0, groups, 40)), return_inverse=True)[1]
    x = np.column_stack([np.ones(40), cluster % 2, rng.normal(size=(40, 2))])
    y = rng.normal(size=40)
    contrast = np.array([0, 1.0, 0, 0])
    expected = dense_error(x, lambda left: left @ y, contrast, cluster)
    got = robust_error(least_squares(y, x), contrast, cluster=cluster, errors="HC2")
    assert got == pytest.approx(expected)


def test_classes_taught_together_widen_the_interval():
    covered = {"class": 0, "alone": 0}
    for seed in range(80):
        rng = np.random.default_rng([seed, 13])
        group = np.repeat(np.arange(20), 12)
        treated = (group % 2 == 0) * 1
        before = rng.normal(size=240)
        after = before + 0.4 * rng.normal(size=20)[group] + rng.normal(0, 0.5, 240)
        table = pd.DataFrame({"treated": treated, "before": before, "after": after, "class": group})
        for name, cluster in (("class", "class"), ("alone", None)):
            low, high = evaluate_training(table, assignment="random", cluster=cluster).interval
            covered[name] += low <= 0 <= high
    assert covered["class"] >= 0.9 * 80
    assert covered["alone"] < 0.75 * 80


def test_the_order_of_rows_changes_no_bit():
    rng = np.random.default_rng(14)
    table = training_world(rng, "score", n=120).assign(unit=rng.integers(0, 9, 120).astype(str))
    table.loc[::7, "unit"] = None
    for how in ("by_score", "unknown"):
        one = evaluate_training(table, assignment=how, cluster="unit")
        mixed = table.sample(frac=1, random_state=1)
        other = evaluate_training(mixed, assignment=how, cluster="unit")
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), check_exact=True)
        assert one.words("id") == other.words("id")


# ------------------------------------------------------------------------------------ the words


def test_the_word_effect_is_withheld_when_the_placebo_fails():
    table = training_world(np.random.default_rng(1), "level", n=2000, effect=1.0)
    found = evaluate_training(table, assignment="by_score")
    assert (found.verdict.code, found.verdict.reason) == ("withheld", "placebo_failed")
    assert not re.search(r"effect", found.words("en"), re.IGNORECASE)
    assert not re.search(r"efek|pengaruh|dampak", found.words("id"), re.IGNORECASE)
    assert repr(found) == found.words("en")
    passed = evaluate_training(table, assignment="by_score", selected_on="level", reliability=0.7)
    assert passed.verdict.code == "effective"
    assert "effect" in passed.words("en")
    assert "efek" in passed.words("id")


def test_a_design_that_rests_on_the_placebo_is_not_believed_without_one():
    table = training_world(np.random.default_rng(2), "nomination", n=2000, effect=1.0)
    table = table.drop(columns="earlier")
    for how in ("by_nomination", "unknown"):
        found = evaluate_training(table, assignment=how)
        assert (found.verdict.code, found.verdict.reason) == ("withheld", "no_placebo")
        assert "effect" not in found.words("en")
    assert evaluate_training(table, assignment="random").placebo_state == "failed"


def test_negligible_and_harmful_have_words_of_their_own():
    table = training_world(np.random.default_rng(3), "random", n=20_000)
    assert evaluate_training(table, assignment="random").verdict.code == "negligible"
    worse = table.assign(after=table["after"] - table["treated"])
    found = evaluate_training(worse, assignment="random")
    assert found.verdict.code == "harmful"
    assert "fell" in found.words("en")


# ------------------------------------------------------------------------------------ bad input


def codes_of(table: pd.DataFrame, **how) -> tuple[str, set[str]]:
    found = evaluate_training(table, **({"assignment": "by_score"} | how))
    assert found.words("id") != found.words("en")
    assert len(found.to_frame()) == len(found.estimates) + (found.placebo is not None)
    return found.verdict.code, {finding.code for finding in found.findings}


@pytest.fixture
def table() -> pd.DataFrame:
    return training_world(np.random.default_rng(20), "score", n=80)


@pytest.mark.parametrize("how", ["random", "by_score", "by_nomination", "unknown"])
def test_what_cannot_be_estimated_is_said(table, how):
    trained = table["treated"] == 1
    cases = {
        "no-post-assessment": table.assign(after=np.nan),
        "constant-outcome": table.assign(after=3.0),
        "no-trained": table[~trained],
        "no-untrained": table[trained],
    }
    cases["only untrained assessed"] = table.assign(after=table["after"].where(~trained))
    for code, bad in cases.items():
        verdict, found = codes_of(bad, assignment=how)
        assert verdict == "not_estimable", code
        assert code in found | {"only untrained assessed"}


def test_the_same_score_everywhere_before(table):
    flat = table.assign(before=2.0)
    assert codes_of(flat)[0] == "not_estimable"
    assert "no-before" in codes_of(flat)[1]
    drawn = training_world(np.random.default_rng(20), "random", n=80).assign(before=2.0)
    verdict, found = codes_of(drawn, assignment="random")
    assert verdict == "inconclusive"
    assert "constant-before" in found


def test_outcomes_that_were_copied_are_no_measure(table):
    copied = table.assign(after=table["before"] + table["treated"])
    verdict, found = codes_of(copied)
    assert verdict == "not_estimable"
    assert "exact-outcome" in found


def test_three_participants_have_numbers_and_no_verdict(table):
    few = pd.concat([table[table["treated"] == 1].head(3), table[table["treated"] == 0]])
    found = evaluate_training(few, assignment="by_score")
    assert found.verdict.code == "too_few"
    assert found.n_trained == 3
    assert np.isfinite(found.value)
    assert found.estimate.dof < 10
    assert "few-officers" in {finding.code for finding in found.findings}
    alone = few.drop(few.index[:2])
    assert codes_of(alone)[0] in {"not_estimable", "too_few"}


def test_an_outcome_before_the_baseline_counts_as_not_measured(table):
    dates = table.assign(before_date="2025-03-01", after_date="2025-09-01")
    dates.loc[dates.index[:10], "after_date"] = "2025-01-01"
    _, found = codes_of(dates)
    assert "post-before-pre" in found
    expected = evaluate_training(table.iloc[10:], assignment="by_score")
    assert evaluate_training(dates, assignment="by_score").value == pytest.approx(expected.value)


def test_trainings_that_overlap_share_the_estimate(table):
    also = table.assign(others=table["treated"])
    found = evaluate_training(also, assignment="by_score")
    assert "shared-attribution" in {finding.code for finding in found.findings}
    assert found.of("shared part").value == pytest.approx(found.value / 2)
    some = table.assign(others=(np.arange(len(table)) % 3 == 0) * 1)
    some["after"] += 2 * some["others"]
    apart = evaluate_training(some, assignment="by_score")
    assert apart.value == pytest.approx(
        evaluate_training(table, assignment="by_score", covariates=[]).value, abs=0.2
    )
    assert "shared-attribution" in {finding.code for finding in apart.findings}


def test_what_stands_beside_is_noticed(table):
    rng = np.random.default_rng(21)
    n, trained = len(table), table["treated"] == 1
    gone = table.assign(after=table["after"].where(~(trained & (rng.random(n) < 0.6))))
    assert "differential-attrition" in codes_of(gone)[1]
    assert "ceiling" in codes_of(table, ceiling=float(table["after"].quantile(0.6)))[1]
    raters = table.assign(assessor_before="A1", assessor_after=np.where(trained, "A2", "A1"))
    assert "assessor-change" in codes_of(raters)[1]
    far = table.assign(before=table["before"] - 9 * trained)
    assert "poor-overlap" in codes_of(far)[1]
    assert evaluate_training(far, assignment="unknown").verdict.code == "withheld"
    assert "unbalanced" in codes_of(far, assignment="random")[1]
    moved = table.assign(
        before=np.where(table["before"].between(-0.5, -0.3), -0.29, table["before"])
    )
    big = pd.concat([moved] * 10, ignore_index=True)
    assert "heaped-scores" in codes_of(big, cutoff=-0.3)[1]


def test_a_cut_off_off_the_scale_is_said(table):
    verdict, found = codes_of(table, cutoff=60.0)
    assert verdict == "not_estimable"
    assert "no-cutoff-window" in found


def test_selection_on_the_level_needs_the_reliability(table):
    verdict, found = codes_of(table, selected_on="level")
    assert verdict == "not_estimable"
    assert "no-reliability" in found


def test_gaps_in_covariates_are_filled_and_marked(table):
    rng = np.random.default_rng(22)
    table = table.assign(
        age=np.where(rng.random(len(table)) < 0.3, np.nan, rng.normal(40, 9, len(table))),
        position=rng.choice(["a", "b", None], len(table)),
    )
    found = evaluate_training(table, assignment="random", covariates=["age", "position"])
    assert found.estimate.n_trained == table["treated"].sum()
    assert "age missing" in found.balance["covariate"].tolist()


def test_everything_wrong_with_the_columns_is_said_at_once():
    table = pd.DataFrame({"treatd": [0, 1], "after": ["tiga", "dua"], "who": ["x", "y"]})
    with pytest.raises(InputError) as raised:
        evaluate_training(table, assignment="by_score", reliability=1.5, covariates=["age"])
    codes = [finding.code for finding in raised.value.findings]
    assert sorted(codes) == ["illegal-number", "no-such-column", "no-such-column", "not-a-number"]
    assert "treatd" in str(raised.value)
    with pytest.raises(InputError, match="lotery"):
        evaluate_training(table, assignment="lotery")
    with pytest.raises(InputError, match="neither 0 nor 1"):
        evaluate_training(pd.DataFrame({"treated": [2], "after": [1.0]}), assignment="random")
    with pytest.raises(InputError, match="empty"):
        evaluate_training(pd.DataFrame({"treated": [], "after": []}), assignment="random")
    ids = pd.DataFrame(
        {"treated": [0, 1] * 20, "after": np.arange(40.0), "nip": [f"x{i}" for i in range(40)]}
    )
    with pytest.raises(InputError, match="categories"):
        evaluate_training(ids, assignment="random", covariates=["nip"])


def test_settings_reach_the_estimates(table):
    wide = evaluate_training(table, assignment="by_score", config=EvaluationConfig(confidence=0.99))
    usual = evaluate_training(table, assignment="by_score")
    assert wide.interval[0] < usual.interval[0] < usual.interval[1] < wide.interval[1]
    assert "99%" in wide.words("en")
    row = usual.to_row()
    assert (row["verdict"], row["estimate"]) == (usual.verdict.code, usual.value)


def test_cells_are_read_as_they_come(table):
    usual = evaluate_training(table, assignment="by_score")
    objects = table.astype(object).assign(treated=table["treated"].astype(bool).astype(object))
    assert evaluate_training(objects, assignment="by_score").value == usual.value
    given = evaluate_training(table, assignment="by_score", reliability=0.7)
    column = evaluate_training(table.assign(reliability=0.7), assignment="by_score")
    assert column.of("corrected ancova").value == given.of("corrected ancova").value
    error = np.sqrt(0.3 * table["before"].var())
    se = evaluate_training(table.assign(before_se=error), assignment="by_score")
    assert se.of("corrected ancova").value == pytest.approx(given.of("corrected ancova").value)
    # an empty text is no class, and its officers are alone
    unit = np.array([f"A{i % 4}" for i in range(len(table))])
    classes = table.assign(unit=np.where(table["treated"] == 1, unit, ""))
    single = [f"x{i}" for i in range(len(table))]
    alone = table.assign(unit=np.where(table["treated"] == 1, unit, single))
    one, other = (
        evaluate_training(t, assignment="by_score", cluster="unit") for t in (classes, alone)
    )
    assert one.se == pytest.approx(other.se)


def test_officers_twice_and_days_that_are_none_are_refused(table):
    twice = table.assign(officer="O1", before_date="soon", after_date="2025-01-01")
    with pytest.raises(InputError) as raised:
        evaluate_training(twice, assignment="by_score")
    codes = [finding.code for finding in raised.value.findings]
    assert codes == ["not-a-date", "officer-twice"]
    assert "O1" not in str(raised.value)


@pytest.mark.parametrize("how", ["random", "by_score", "by_nomination", "unknown"])
def test_one_class_says_nothing_of_how_much_classes_differ(table, how):
    together = table.assign(cluster=np.where(table["treated"] == 1, "A", "B"))
    half = table.assign(cluster=np.where(table["treated"] == 1, "A", ""))
    for bad in (together, half):
        verdict, found = codes_of(bad, assignment=how)
        assert verdict == "not_estimable"
        assert "one-cluster" in found


def test_bounds_of_lee_by_hand():
    # 10 of 10 trained have 1 ... 10; 8 of 10 others have 5 on average: two of the trained would
    # have been missing. Without the best two 4.5 - 5, without the worst two 6.5 - 5.
    trained, others = np.arange(1.0, 11.0), np.array([4.0, 6.0] * 4)
    outcome, treated = np.append(trained, others), np.arange(18) < 10
    (low, low_se), (high, high_se) = lee_bounds(outcome, treated, (10, 10))
    assert (low, high) == pytest.approx((-0.5, 1.5))
    # var(1..8) = 6, p = .2, last kept 8: (6 + .2 x 3.5^2) / 8 + 3.5^2 x .2 / 8; others 8/7 / 8.
    expected = (6 + 0.2 * 3.5**2) / 8 + 3.5**2 * 0.2 / 8 + 1 / 7
    assert low_se**2 == pytest.approx(expected)
    assert high_se == pytest.approx(low_se)
    mirrored = lee_bounds(outcome, ~treated, (10, 10))
    assert [value for value, _ in mirrored] == pytest.approx([-1.5, 0.5])
    part = lee_bounds(outcome, treated, (10, 9))  # p = 1/9: one officer and a ninth of another
    assert part[0][0] == pytest.approx((36 + 8 / 9 * 9) / (80 / 9) - 5)


def test_bounds_of_attrition_hold_the_truth_where_the_estimate_does_not():
    held, missed = 0, 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 5])
        made = training_world(rng, "random", n=600, effect=0.4, share=0.5)
        low_leave = (made["treated"] == 0) & (rng.random(600) < 1 / (1 + np.exp(made["after"])))
        found = evaluate_training(
            made.assign(after=made["after"].mask(low_leave)), assignment="random"
        )
        low, high = found.of("attrition bound, low"), found.of("attrition bound, high")
        held += low.value <= 0.4 <= high.value and low.interval[0] < low.value
        missed += not found.interval[0] <= 0.4 <= found.interval[1]
        for locale, name in (("en", "bounds of Lee"), ("id", "batas Lee")):
            assert (name in found.words(locale)) == found.verdict.claims
    assert held == 30
    assert missed > 15
    everyone = evaluate_training(made, assignment="random")
    assert "attrition" not in {estimate.role for estimate in everyone.estimates}
