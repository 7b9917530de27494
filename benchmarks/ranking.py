"""Ranking: pairs a second beside LightGBM and implicit, a nation, and order beside full trees.

    python -m benchmarks.ranking [--quick] [--json FILE]

The learned ranker under test has every column that the library makes, learned from made-up lists
on the reference pack, with a pair of columns; candidates are checked for eligibility and the best
eight are kept. LightGBM predicts the same pairs from ready columns, with 100 trees of 31 leaves,
on as many threads; what it would still need (columns, eligibility, lists) is not in its time.
implicit (of the Python package index, no dependency) recommends from 64 factors, with what was
passed filtered out; it knows neither gaps nor eligibility. The nation is 4.7 million officers,
extrapolated from those measured; making beliefs up is not in the time. The best of three runs
counts. Lists of LightGBM's own example need ../shared/data/ltr.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._cohort import cohort_folder
from benchmarks._rows import Row, Size, outside_folder, parser_for, show
from benchmarks._wide_catalogue import AS_OF, made_up_beliefs, made_up_passed, wide_framework
from competency.arrays import Bools, Floats, Ints
from competency.config import RankingConfig
from competency.evidence import read_evidence
from competency.framework import load_framework
from competency.framework.model import Framework
from competency.gaps import score_gaps
from competency.levels import load_level_model
from competency.levels.beliefs import LevelBeliefs
from competency.packs import model_path, pack_path
from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.columns import candidate_columns, directions, feature_names
from competency.ranking.decisions import DecisionReader
from competency.ranking.estimator import RankingEstimator
from competency.ranking.examples import benefit_examples, uptake_examples
from competency.ranking.features import build_features
from competency.ranking.fused.top import TopLists
from competency.ranking.learn import learn_ranker
from competency.ranking.learned import START, LearnedRanker
from competency.ranking.lists import RankedLists, ndcg
from competency.ranking.prior import PriorRanker

NATION, COUNT = 4_700_000, 8
N_TRAININGS: dict[Size, int] = {"full": 500, "quick": 500, "smallest": 30}
OFFICERS: dict[Size, tuple[int, int, int, int]] = {
    "full": (60, 40_000, 500_000, 25_000),
    "quick": (60, 4_000, 10_000, 5_000),
    "smallest": (20, 200, 200, 100),
}
"""Officers whose lists are learned from, of the comparison, of the share of the nation that is
measured, and of one part of it."""
AIMS = ("held", "next")
RATE_GOAL, RATIO_GOAL, MINUTES_GOAL, OFFICER_GOAL, TRAINING_GOAL = 50.0, 100.0, 2.0, 1.0, 60.0
"""Million pairs a second; times LightGBM's rate; minutes; milliseconds; seconds."""
THREADS = os.cpu_count() or 1
_FACTORS = 64

Lists = tuple[Floats, Ints, Ints]
"""Columns (the last is the score of the prior), labels, and the list of each row."""


def made_up_lists(levels: LevelBeliefs) -> Lists:
    """Return columns, labels and lists of the eligible pairs: a utility the prior does not know."""
    gaps = score_gaps(levels)
    ranking = PriorRanker().rank(gaps)
    columns = candidate_columns(gaps, build_features(gaps), None, config=RankingConfig())
    shape = ranking.eligible.shape
    wide = {name: np.broadcast_to(columns[name], shape) for name in feature_names()}
    table = np.stack(list(wide.values()), axis=-1)
    rng = np.random.default_rng(0)
    utility = ranking.score + 1.5 * np.tanh(4 * (wide["readiness"] - 0.5)) + wide["known"]
    utility = utility + rng.normal(0, 0.3, shape) - 2e-7 * wide["cost"]
    place = np.argsort(np.argsort(-utility, axis=1), axis=1)
    keep = ranking.eligible
    flat = np.column_stack([table[keep], ranking.score[keep]])
    return flat, np.maximum(4 - place[keep], 0), np.nonzero(keep)[0]


def learned_ranker(lists: Lists) -> LearnedRanker:
    """Return a ranker with a table for every column that helps, and a pair of columns."""
    import pandas as pd

    columns, labels, groups = lists
    estimator = RankingEstimator(
        start=START, monotone=directions(), n_trees=200, pairs=(("gap_closed", "hours"),)
    )
    frame = pd.DataFrame(columns, columns=[*feature_names(), START])
    scorer: AdditiveScorer = estimator.fit(frame, labels, groups=groups).scorer_
    return LearnedRanker(scorer=scorer)


def best_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least wall time of several runs."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def processor_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least processor time of several runs: it does not depend on other work."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def speed_rows(
    framework: Framework, n_officers: int, ranker: LearnedRanker, lists: Lists
) -> list[Row]:
    """Return pairs a second of ours and of the peers, on the same pairs in one run."""
    levels = made_up_beliefs(framework, n_officers)
    passed = made_up_passed(framework, n_officers)
    rows, rates = [], {}
    for name, one in (("closed-form", PriorRanker()), ("learned", ranker)):
        lists_of = one.top_lists(framework, as_of=AS_OF, aims=AIMS)
        lists_of.top(levels.take(np.arange(64)), passed=passed[:64], count=COUNT)
        seconds = best_seconds(partial(lists_of.top, levels, passed=passed, count=COUNT))
        rates[name] = passed.size / seconds / 1e6
        rows.append(Row(f"{name} ranker, M pairs/s", rates[name], None, RATE_GOAL))
        work = partial(lists_of.top, levels, passed=passed, count=COUNT, threads=1)
        spent = processor_seconds(work)
        rows.append(Row("  M pairs a second of one processor", passed.size / spent / 1e6))
        rows.append(one_officer_row(name, lists_of, levels, passed))
    tables = len(ranker.scorer.model.tables)
    peer, alone = lightgbm_rates(
        lists, made_up_lists(levels.take(np.arange(min(2_000, n_officers))))[0]
    )
    rows.append(
        Row(f"learned ({tables} tables) by LightGBM's predict, M pairs/s", rates["learned"], peer)
    )
    rows.append(Row("  their ratio", rates["learned"] / peer, None, RATIO_GOAL))
    name = "  the same, M pairs a second of one processor"
    rows.append(Row(name, passed.size / spent / 1e6, alone))
    factors = implicit_rate(passed)
    if factors is not None:
        rows.append(Row("learned by implicit's recommend, M pairs/s", rates["learned"], factors))
    return rows


def one_officer_row(name: str, lists_of: TopLists, levels: LevelBeliefs, passed: Bools) -> Row:
    """Return the median milliseconds of one officer's list, from beliefs on."""
    seconds = []
    for k in range(min(200, len(levels))):
        one = levels.take(np.array([k]))
        start = time.perf_counter()
        lists_of.top(one, passed=passed[k : k + 1], count=COUNT)
        seconds.append(time.perf_counter() - start)
    median = 1_000 * float(np.median(seconds))
    name = f"{name} ranker, one officer, ms"
    return Row(name, median, None, OFFICER_GOAL, smaller_is_better=True)


def lightgbm_rates(lists: Lists, pairs: Floats) -> tuple[float, float]:
    """Return the million pairs of LightGBM's predict, by wall time and by processor time."""
    import lightgbm

    columns, labels, groups = lists
    model = lightgbm.LGBMRanker(n_estimators=100, num_leaves=31, n_jobs=THREADS, verbose=-1)
    model.fit(columns[:, :-1], labels, group=np.unique(groups, return_counts=True)[1])
    part = np.ascontiguousarray(pairs[:, :-1])
    wall = best_seconds(partial(model.booster_.predict, part, num_threads=THREADS))
    alone = processor_seconds(partial(model.booster_.predict, part, num_threads=1))
    return len(part) / wall / 1e6, len(part) / alone / 1e6


def implicit_rate(passed: Bools) -> float | None:
    """Return the million pairs a second of implicit's recommend; None where it is absent."""
    if importlib.util.find_spec("implicit") is None:
        return None
    from scipy.sparse import csr_matrix

    module = importlib.import_module("implicit.cpu.als")
    part = csr_matrix(passed[:20_000].astype(np.float32))
    model = module.AlternatingLeastSquares(factors=_FACTORS, iterations=1, num_threads=THREADS)
    model.fit(part, show_progress=False)
    users = np.arange(part.shape[0])
    return passed[:20_000].size / best_seconds(
        lambda: model.recommend(users, part, N=COUNT, filter_already_liked_items=True)
    ) / 1e6  # fmt: skip


def nation_row(framework: Framework, n_officers: int, part: int, ranker: LearnedRanker) -> Row:
    """Return the minutes of a nation, from officers ranked in parts."""
    lists_of = ranker.top_lists(framework, as_of=AS_OF, aims=AIMS)
    seconds = 0.0
    for number in range(n_officers // part):
        levels = made_up_beliefs(framework, part, seed=number)
        passed = made_up_passed(framework, part, seed=number)
        start = time.perf_counter()
        lists_of.top(levels, passed=passed, count=COUNT)
        seconds += time.perf_counter() - start
    minutes = seconds / n_officers * NATION / 60
    name = f"4.7 M officers x {passed.shape[1]}, minutes (measured on {n_officers:,})"
    return Row(name, minutes, None, MINUTES_GOAL, smaller_is_better=True)


def order_rows(seeds: int) -> list[Row]:
    """Return nDCG@10 on LightGBM's own example, beside its full trees."""
    folder = outside_folder("ltr")
    if folder is None:
        return []
    import lightgbm
    from sklearn.datasets import load_svmlight_file

    data = {}
    for name in ("train", "test"):
        columns, labels = load_svmlight_file(str(folder / f"rank.{name}"), n_features=301)
        sizes = np.loadtxt(folder / f"rank.{name}.query", dtype=int)
        data[name] = columns.toarray(), labels, np.repeat(np.arange(len(sizes)), sizes)
    columns, labels, groups = data["train"]
    test, relevance, lists = data["test"]

    def quality(score: Floats) -> float:
        found = RankedLists.of(relevance, score, lists)
        return float(np.nanmean(ndcg(found, 10, gain="exponential")))

    ours = [
        quality(RankingEstimator(random_state=k).fit(columns, labels, groups=groups).predict(test))
        for k in range(seeds)
    ]
    rows = []
    for trees, leaves in ((100, 31), (60, 8)):
        model = lightgbm.LGBMRanker(n_estimators=trees, num_leaves=leaves, n_jobs=1, verbose=-1)
        model.fit(columns, labels, group=np.bincount(groups))
        theirs = quality(np.asarray(model.predict(test)))
        name = f"nDCG@10 on LightGBM's lists, mean of {seeds} seeds, by {trees} trees x {leaves}"
        rows.append(Row(name, float(np.mean(ours)), theirs, theirs))
    return rows


def history_rows(cohort: Path) -> list[Row]:
    """Return the seconds of learning from the history of a cohort."""
    framework = load_framework(pack_path())
    evidence = read_evidence(cohort, framework=framework)
    model = load_level_model(model_path(), framework)
    start = time.perf_counter()
    days = DecisionReader(evidence, model).read()
    read = time.perf_counter()
    rows = [Row(f"decisions about {len(evidence.officers):,} officers, seconds", read - start)]
    for kind in (uptake_examples, benefit_examples):
        examples, start = kind(days), time.perf_counter()
        learn_ranker(examples)
        name = f"training on {len(examples):,} examples of {examples.target}, seconds"
        seconds = time.perf_counter() - start
        rows.append(Row(name, seconds, None, TRAINING_GOAL, smaller_is_better=True))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    framework = wide_framework(load_framework(pack_path()), N_TRAININGS[given.size])
    few, many, nation, part = OFFICERS[given.size]
    lists = made_up_lists(made_up_beliefs(framework, few, seed=1))
    ranker = learned_ranker(lists)
    rows = speed_rows(framework, many, ranker, lists)
    rows.append(nation_row(framework, nation, part, ranker))
    with tempfile.TemporaryDirectory() as folder:
        rows += history_rows(cohort_folder(given.size, Path(folder)) / "cohort")
    rows += order_rows(5 if given.size == "full" else 1)
    print(f"load {os.getloadavg()[0]:.1f} on {THREADS} processors", file=sys.stderr)
    show("Ranking", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
