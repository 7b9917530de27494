"""Level 4 as a report: what units deliver, and the return on what a training cost.

Nothing here reaches beliefs, ranking or plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from competency.errors import Finding, InputError, nearest_names
from competency.evaluation.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from competency.arrays import Floats
    from competency.evaluation.instruments.responses import InstrumentResponses

_KEY = ["training", "indicator", "measure"]
_COLUMNS = (
    *_KEY, "n_units", "n_comparison", "before", "after", "change", "change_comparison",
    "difference", "se", "low", "high",
)  # fmt: skip
_TOTALS = ("benefit", "benefit_low", "benefit_high")


def results_table(
    responses: InstrumentResponses, *, occasion: Literal["after", "follow_up"] = "after"
) -> pd.DataFrame:
    """Return what units delivered before and after their officers were trained (level 4).

    ``difference = mean change of units with trained officers - mean change of the others``, with
    the interval of Welch over units. Without units to compare with it is NaN: the change alone
    may have any cause.

    Parameters
    ----------
    responses : InstrumentResponses
    occasion : {"after", "follow_up"}
        What counts as after.

    Returns
    -------
    DataFrame
        One row for each training, indicator and measure: n_units and n_comparison (units with
        both values), before, after and change of the first, change_comparison, difference, se,
        low, high (95 %; NaN with fewer than two units on a side).

    Examples
    --------
    >>> import competency as cp
    >>> from competency.evaluation.instruments import read_instruments
    >>> units = [("A", "trained", 10, 16), ("B", "trained", 12, 16), ("C", "comparison", 11, 12)]
    >>> rows = pd.DataFrame([
    ...     {"training": "F.DASAR", "unit": unit, "group": group, "indicator": "placements",
    ...      "measure": "a month", "occasion": when, "value": value, "date": "2026-02-06"}
    ...     for unit, group, *values in units
    ...     for when, value in zip(("before", "after"), values)])
    >>> framework = cp.load_framework(cp.pack_path())
    >>> table = results_table(read_instruments({"results": rows}, framework=framework))
    >>> table[["n_units", "n_comparison", "change", "difference", "low"]].values.tolist()
    [[2.0, 1.0, 5.0, 4.0, nan]]
    >>> len(results_table(read_instruments({"results": rows.head(0)}, framework=framework)))
    0
    """
    rows = responses.results
    rows = rows[rows["occasion"].isin(["before", occasion])]
    wide = rows.pivot_table("value", [*_KEY, "unit", "group"], "occasion", aggfunc="mean")
    wide = wide.reindex(columns=["before", occasion]).dropna().reset_index()
    made = [
        (*key, *_compared(own["group"] == "trained", own["before"], own[occasion]))
        for key, own in wide.groupby(_KEY, sort=True)
    ]
    return pd.DataFrame(made, columns=list(_COLUMNS))


def returns_table(
    results: pd.DataFrame, *, worth: Mapping[str, float], spent: Mapping[str, float]
) -> pd.DataFrame:
    """Return the benefit of trainings in money beside what they cost (Phillips).

    ``benefit = sum over indicators of difference x units trained x worth`` and ``roi = 100
    (benefit - cost) / cost``. Only the difference to other units counts as a benefit.

    Parameters
    ----------
    results : DataFrame
        From :func:`results_table`.
    worth : mapping of str to float
        By indicator: money that one more of it, in its measure, is worth to a unit over the time
        looked at; negative where less is better. Indicators that are not named have no price.
    spent : mapping of str to float
        By training: all that was spent on it, above 0, in the same money.

    Returns
    -------
    DataFrame
        One row for each training in `results`: training, n_indicators (priced, with a
        difference), benefit, benefit_low, benefit_high (95 %; indicators err together), cost,
        roi, roi_low, roi_high (per cent). NaN where there is no difference, no price or no cost.

    Raises
    ------
    InputError
        If `worth` or `spent` name what is not in `results`, or a cost is not above 0.

    Examples
    --------
    >>> results = pd.DataFrame({"training": ["X"], "indicator": ["placements"], "n_units": [4],
    ...                         "difference": [3.0], "low": [1.0], "high": [5.0]})
    >>> made = returns_table(results, worth={"placements": 10.0}, spent={"X": 80.0})
    >>> made[["benefit", "roi", "roi_low", "roi_high"]].values.tolist()
    [[120.0, 50.0, -50.0, 150.0]]
    >>> returns_table(results, worth={}, spent={})["roi"].tolist()
    [nan]
    """
    _refuse(results, worth, spent)
    priced = _priced(results, worth).groupby("training")
    table = pd.DataFrame({"training": sorted(set(results["training"]))})
    counted = priced.size().reindex(table["training"]).fillna(0)
    table["n_indicators"] = counted.to_numpy(dtype=np.int64)
    for name in _TOTALS:
        # NOTE: an indicator without an interval leaves the sum without one.
        total = priced[name].agg(lambda values: values.sum(skipna=False))
        table[name] = total.reindex(table["training"]).to_numpy(dtype=np.float64)
    table["cost"] = table["training"].map(pd.Series(spent, dtype="float64"))
    for name in _TOTALS:
        table[name.replace("benefit", "roi")] = 100 * (table[name] / table["cost"] - 1)
    return table


def _priced(results: pd.DataFrame, worth: Mapping[str, float]) -> pd.DataFrame:
    """Return training and benefit with its ends, of the indicators that have both parts."""
    each = results["indicator"].map(pd.Series(worth, dtype="float64")) * results["n_units"]
    spans = results[["difference", "low", "high"]].to_numpy(dtype=np.float64)
    money = spans * each.to_numpy(dtype=np.float64)[:, None]
    # NOTE: where less is better the ends change places.
    table = pd.DataFrame(
        {"training": results["training"].to_numpy(), "benefit": money[:, 0],
         "benefit_low": money[:, 1:].min(1), "benefit_high": money[:, 1:].max(1)}
    )  # fmt: skip
    return table[table["benefit"].notna()]


def _compared(
    trained: pd.Series[bool], before: pd.Series[float], after: pd.Series[float]
) -> tuple[float, ...]:
    change = (after - before).to_numpy(dtype=np.float64)
    own, others = change[trained], change[~trained]
    found = _welch(own, others)
    firsts = (_mean(before[trained]), _mean(after[trained]), _mean(own), _mean(others))
    return (len(own), len(others), *firsts, found.value, found.se, *found.interval)


def _welch(own: Floats, others: Floats) -> Estimate:
    n, m = len(own), len(others)
    value = _mean(own) - _mean(others)
    if min(n, m) < 2:
        return Estimate("results", value, np.nan, 0.0, n, m)
    parts = np.array([own.var(ddof=1) / n, others.var(ddof=1) / m])
    total = float(parts.sum())
    dof = total**2 / float(parts**2 @ (1 / np.array([n - 1, m - 1]))) if total > 0 else 0.0
    return Estimate("results", value, float(np.sqrt(total)), dof, n, m)


def _mean(values: pd.Series[float] | Floats) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _refuse(results: pd.DataFrame, worth: Mapping[str, float], spent: Mapping[str, float]) -> None:
    found = []
    for kind, given in (("indicator", worth), ("training", spent)):
        known = sorted(set(results[kind]))
        for name in sorted(set(given) - set(known)):
            message, near = f"there are no results for {kind} {name!r}", nearest_names(name, known)
            hint = "see the table of results"
            found.append(Finding(f"unknown-{kind}", message, nearest=near, hint=hint))
    wrong = sum(1 for money in spent.values() if not money > 0)
    if wrong:
        hint = "leave out the training whose cost is not known"
        found.append(Finding("illegal-number", f"{wrong} costs are not above 0", hint=hint))
    if found:
        raise InputError("returns", found)
