"""What rankers lose to an oracle in made-up agencies whose truth is known, over ten seeds.

    python -m benchmarks.regret [--quick] [--json FILE]

An agency is 1,162 officers with three years of ratings and trainings on the reference catalogue.
In one world trainings truly succeed with any chance, and one in six does nothing, while the
catalogue claims .5 to .85; in another every claim is true. `learn_ranker` reads ratings and
history; regret is the true benefit per hour of the best eligible training less that of the first
one ranked. The oracle knows what trainings change; a stronger one knows true levels too, which no
ranking of noisy ratings can (the row "as if effects were known" is what is left then). Intervals
of ratios are 95 %, by bootstrap over seeds. In the third world ratings are dealt out anew among
officers: a ranker made anew before each cut-off is asked whether it beats largest gap first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import competency as cp
from benchmarks._rows import Row, Size, parser_for, show
from competency.config import LearningConfig
from competency.effects.transitions import Transitions, success_matrix
from competency.evidence.read import evidence_from_tables
from competency.ranking.baselines import LargestGapRanker
from competency.ranking.decisions import DecisionReader
from competency.ranking.evaluate import TemporalBacktest, evaluate_rankers
from competency.ranking.examples import benefit_examples
from competency.ranking.learn import learn_ranker
from competency.ranking.prior import BENEFIT_CONFIG, PriorRanker
from competency.simulate import Simulation, other_truth, regret, simulate_cohort

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework

OFFICERS: dict[Size, int] = {"full": 1162, "quick": 1162, "smallest": 40}
NOISE_OFFICERS: dict[Size, int] = {"full": 300, "quick": 300, "smallest": 40}
SEEDS: dict[Size, int] = {"full": 10, "quick": 2, "smallest": 1}
_NAMES = ("largest gap", "prior", "learned", "known effects")
_KNOWN = ("effects", "levels")


def agency(
    framework: Framework, real: Framework, seed: int, n_officers: int
) -> tuple[Simulation, Evidence]:
    """Return an agency of the real world, read with the claims of the catalogue."""
    made = simulate_cohort(real, n_officers=n_officers, rng=seed)
    return made, evidence_from_tables(_tables(made), framework=framework)


def lost(framework: Framework, real: Framework, seed: int, n_officers: int) -> Floats:
    """Return mean regrets of `_NAMES` in levels per 20 hours, a row for each kind of oracle."""
    made, evidence = agency(framework, real, seed, n_officers)
    levels = cp.LevelModel().fit(evidence)
    gaps = cp.score_gaps(levels.predict(as_of=made.as_of), framework)
    truth = success_matrix(framework, made.framework.index.develops.success)
    rankers = (
        LargestGapRanker(),
        PriorRanker(),
        learn_ranker(evidence, as_of=made.as_of, model=levels).ranker,
        PriorRanker(BENEFIT_CONFIG, Transitions(framework, truth, "truth")),
    )
    rankings = [one.rank(gaps, history=evidence.history) for one in rankers]
    return np.array(
        [
            [
                20 * np.nanmean(regret(one, made, history=evidence.history, known=known))  # type: ignore[arg-type]
                for one in rankings
            ]
            for known in _KNOWN
        ]
    )


def ratio(ours: Floats, theirs: Floats) -> tuple[float, float, float]:
    """Return the ratio of two means over seeds, with its interval."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(ours), (2000, len(ours)))
    low, high = np.quantile(ours[drawn].sum(1) / theirs[drawn].sum(1), [0.025, 0.975])
    return float(ours.sum() / theirs.sum()), float(low), float(high)


def world_rows(world: str, found: Floats, *, differ: bool) -> list[Row]:
    """Return the rows of one world; `found` has the shape (seeds, oracles, rankers)."""
    rows = []
    for number, oracle in enumerate(_KNOWN):
        part = dict(zip(_NAMES, found[:, number].T, strict=True))
        for name in ("prior", "known effects", "learned"):
            value, low, high = ratio(part[name], part["largest gap"])
            goal = 0.5 if differ and name == "learned" else None
            said = f"{world}: regret of {name} by largest gap's, oracle knows {oracle}"
            rows.append(
                Row(f"{said} [{low:.2f}, {high:.2f}]", value, goal=goal, smaller_is_better=True)
            )
        ours, prior = float(part["learned"].mean()), float(part["prior"].mean())
        name = f"{world}: levels lost per 20 hours, oracle knows {oracle}; peer: prior"
        rows.append(Row(name, ours, peer=prior, goal=prior, smaller_is_better=True))
    return rows


def noise_row(framework: Framework, seeds: Sequence[int], n_officers: int) -> Row:
    """Return the share of seeds in which noise is said to beat largest gap first."""
    claims = [_claims(framework, seed, n_officers) for seed in seeds]
    name = f"noise: {len(claims)} agencies in which the learned ranker claims to order benefit"
    return Row(name, float(np.sum(claims)), goal=0.0, smaller_is_better=True)


def _claims(framework: Framework, seed: int, n_officers: int) -> bool:
    made = simulate_cohort(framework, n_officers=n_officers, rng=seed)
    tables, rng = _tables(made), np.random.default_rng(seed)
    ratings = tables["assessments"]
    tables["assessments"] = ratings.assign(value=rng.permutation(ratings["value"]))
    evidence = evidence_from_tables(tables, framework=framework)
    days = DecisionReader(evidence, cp.load_level_model(cp.model_path(), framework)).read()
    late = max(day.day for day in days if day.later is not None)
    few = cp.PipelineConfig(learning=LearningConfig(max_trees=60))
    found = evaluate_rankers(
        days,
        {"learned": lambda before: learn_ranker(benefit_examples(before), config=few).ranker},
        backtest=TemporalBacktest((late,)),
        draws=200,
    )
    return "no evidence of beating" not in found.verdicts("en")[0]


def _tables(made: Simulation) -> dict[str, pd.DataFrame]:
    names = ("officers", "assessments", "certificates", "history")
    return {name: getattr(made, name) for name in names}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    framework = cp.load_framework(cp.pack_path())
    seeds, size = range(SEEDS[given.size]), OFFICERS[given.size]
    differ = [lost(framework, other_truth(framework, rng=seed), seed, size) for seed in seeds]
    same = [lost(framework, framework, seed, size) for seed in seeds]
    rows = world_rows("benefits differ", np.array(differ), differ=True)
    rows += world_rows("claims are true", np.array(same), differ=False)
    rows.append(noise_row(framework, seeds, NOISE_OFFICERS[given.size]))
    show(f"Regret to the oracle, {len(seeds)} agencies", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
