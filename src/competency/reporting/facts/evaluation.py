"""Facts of the page on a ranker's evaluation: verdicts, rankers side by side, slices and groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from competency.ranking.evaluate.backtest import OPPONENT
from competency.ranking.evaluate.report import MAIN_MEASURES
from competency.ranking.evaluate.verdict import outcome
from competency.reporting.facts.model import Label
from competency.reporting.facts.names import label_of

if TYPE_CHECKING:
    import pandas as pd

    from competency.framework.model import Framework
    from competency.ranking.evaluate import Evaluation
    from competency.ranking.evaluate.verdict import Outcome

Kind = Literal["measured", "expected", "imitation", "beyond"]

SHOWN: dict[str, Kind] = {
    "benefit_ndcg@10": "measured", "closed_per_20_hours": "expected",
    "closed_per_million": "expected", "uptake_ndcg@3": "imitation", "uptake_ndcg@5": "imitation",
    "uptake_ndcg@10": "imitation", "uptake_recall@5": "imitation", "uptake_hit@5": "imitation",
    "uptake_map@10": "imitation", "uptake_mrr": "imitation", "novelty": "beyond", "epc": "beyond",
    "redundancy": "beyond", "stability": "beyond",
}  # fmt: skip
"""Measures in the order of the page, and what kind of thing each is."""

COMPARED = ("benefit_ndcg@10", "closed_per_20_hours", "closed_per_million", "uptake_ndcg@5")
"""Columns of the table of rankers side by side."""

SLICED = ("closed_per_20_hours", "uptake_ndcg@5")
"""Measures of the slices: one for each target."""

SLICES = (
    ("history", "none"), ("history", "some"), ("assessed", "never"), ("assessed", "ever"),
    ("unit", "small"), ("unit", "large"), ("new training", "yes"), ("new competency", "yes"),
)  # fmt: skip
"""Cold starts, each beside its opposite where that says something."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval, lists, and officers (or lists) that it rests on."""

    value: float
    low: float
    high: float
    n: int
    n_clusters: int


@dataclass(frozen=True)
class Difference:
    """A paired difference to largest-gap-first: as it is, and as a share of that one's mean."""

    measure: str
    kind: Kind
    own: Estimate
    share: Estimate
    outcome: Outcome


@dataclass(frozen=True)
class RankerRow:
    """One ranker beside the others; None = nothing was measured."""

    name: str
    judged: bool
    cells: dict[str, Estimate | None]
    spread: dict[str, float]


@dataclass(frozen=True)
class SliceRow:
    """Differences of one slice, by measure; None = nobody, or too few to be shown."""

    name: str
    value: str
    differences: dict[str, Difference | None]


@dataclass(frozen=True)
class GroupRow:
    """One group of officers beside all others, in the gap closed per 20 hours."""

    value: Label
    mean: float
    others: float
    difference: Estimate
    clear: bool


@dataclass(frozen=True)
class EvaluationFacts:
    """All that the page on an evaluation says.

    `main` are the differences of `MAIN_MEASURES`; `tops` the right ends of the columns of rankers,
    `groups` rows by grouping, `group_top`, `forest_top` and `slice_top` the ends of axes. `bins`
    are predicted and measured gains of the calibration with their number, in levels per hour;
    `prior_stands` says that nothing was learned at any cut-off.
    """

    framework: Label
    version: str
    synthetic: bool
    as_of: date
    ranker: str
    main: tuple[Difference | None, ...]
    forest: tuple[Difference, ...]
    rankers: tuple[RankerRow, ...]
    tops: dict[str, float]
    slices: tuple[SliceRow, ...]
    groups: dict[str, tuple[GroupRow, ...]]
    group_top: float
    forest_top: float
    slice_top: float
    bins: tuple[tuple[float, float, int], ...]
    slope: float
    slope_se: float
    error: float
    rounds: tuple[dict[str, Any], ...]
    n_decisions: int
    n_measured: int
    prior_stands: bool


def evaluation_facts(found: Evaluation, framework: Framework, as_of: date) -> EvaluationFacts:
    """Return the facts of the page on an evaluation."""
    beside = _beside_opponent(found)
    forest = tuple(beside["all", "", name] for name in SHOWN if ("all", "", name) in beside)
    rankers = _rankers(found)
    slices = tuple(
        SliceRow(name, value, {m: beside.get((name, value, m)) for m in SLICED})
        for name, value in SLICES
    )
    groups = _groups(found.groups, {row.id: label_of(row) for row in framework.positions})
    rounds, gains = found.rounds.to_dict("records"), found.calibration
    bins = zip(gains.predicted, gains.measured, gains.n, strict=True)
    trees = f"{found.ranker}_trees"
    return EvaluationFacts(
        framework=label_of(framework.about),
        version=framework.version,
        synthetic=framework.about.status == "illustrative",
        as_of=as_of,
        ranker=found.ranker,
        main=tuple(beside.get(("all", "", name)) for name in MAIN_MEASURES),
        forest=forest,
        rankers=rankers,
        tops={name: _top(row.cells[name] for row in rankers) for name in COMPARED},
        slices=slices,
        groups=groups,
        group_top=_top(row.difference for rows in groups.values() for row in rows),
        forest_top=min(_top(row.share for row in forest), 1.0),
        slice_top=min(
            _top(d.share for row in slices for d in row.differences.values() if d), 2.0
        ),
        bins=tuple((float(predicted), float(measured), int(n)) for predicted, measured, n in bins),
        slope=gains.slope,
        slope_se=gains.slope_se,
        error=gains.error,
        rounds=tuple({str(key): value for key, value in row.items()} for row in rounds),
        n_decisions=int(found.rounds["n_after"].sum()),
        n_measured=int(gains.n.sum()),
        prior_stands=trees in found.rounds and not found.rounds[trees].any(),
    )  # fmt: skip


def _beside_opponent(found: Evaluation) -> dict[tuple[str, str, str], Difference]:
    """Differences to the opponent by slice, value and measure."""
    means = found.means[found.means["ranker"] == OPPONENT].set_index("measure")["mean"]
    table = found.differences[found.differences["against"] == OPPONENT]
    rows = table[table["n_lists"] > 0].to_dict("records")
    return {
        (row["slice"], row["value"], row["measure"]): Difference(
            row["measure"],
            SHOWN[row["measure"]],
            _estimate(row),
            _estimate(row, abs(float(means[row["measure"]])) or np.nan),
            outcome(row["mean"], row["p_holm"]),
        )
        for row in rows
    }


def _estimate(row: dict[Any, Any], unit: float = 1.0) -> Estimate:
    value, low, high = (float(row[name]) / unit for name in ("mean", "lower", "upper"))
    return Estimate(value, low, high, int(row["n_lists"]), int(row["n_clusters"]))


def _rankers(found: Evaluation) -> tuple[RankerRow, ...]:
    spread = found.spread.set_index("ranker").to_dict("index")
    rows = []
    for name, part in found.means.groupby("ranker", sort=False):
        own = {row["measure"]: row for row in part.to_dict("records")}
        cells = {m: _estimate(own[m]) if own[m]["n_lists"] else None for m in COMPARED}
        more = {m: float(own[m]["mean"]) for m in ("stability", "novelty", "epc", "redundancy")}
        figures = {str(key): float(value) for key, value in spread[name].items()} | more
        rows.append(RankerRow(str(name), name == found.ranker, cells, figures))
    return tuple(sorted(rows, key=lambda row: not row.judged))


def _groups(table: pd.DataFrame, known: dict[str, Label]) -> dict[str, tuple[GroupRow, ...]]:
    kept = table[table["measure"] == SLICED[0]] if len(table) else table
    groups: dict[str, tuple[GroupRow, ...]] = {}
    for row in kept.to_dict("records"):
        figures = {**row, "mean": row["difference"], "n_clusters": row["n_officers"]}
        label = known.get(row["value"], Label(row["value"], row["value"]))
        clear = bool(row["p_holm"] <= 0.05)
        line = GroupRow(label, row["mean"], row["others"], _estimate(figures), clear)
        groups[row["slice"]] = (*groups.get(row["slice"], ()), line)
    return groups


def _top(estimates: Any) -> float:
    """End of an axis: the farthest end of an interval, rounded up to a quarter."""
    ends = [abs(v) for e in estimates if e for v in (e.value, e.low, e.high) if np.isfinite(v)]
    return float(np.ceil(4 * max(ends, default=0.25)) / 4) or 0.25
