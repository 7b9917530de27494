"""Trainings that change nothing, whose effect fades, that are left, or differ by provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import chdtrc

from competency.effects.diagnosis.problem import LEAST, Found, flagged
from competency.stats import binomial_at_least

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.effects.model import EffectModel

LEFT = ("failed", "withdrawn")
"""How a training ends that is not completed."""

MEASURED = 0.05
"""P-value of no change below which a change is called measured (convention)."""

_SAME = ["type", "competency", "entry_level", "target_level"]


def without_effect(model: EffectModel) -> Found:
    """Return trainings that cannot be told from none, and surely fall far behind their claim.

    Tested is that they succeed at least half as often as the catalogue says.

    Parameters
    ----------
    model : EffectModel

    Returns
    -------
    Found
    """
    found, tested = flagged("no-change", _tested(model).assign(p=lambda table: table["p_half"]))
    measured = set(model.trainings_["training"][model.trainings_["p_nothing"] < MEASURED])
    return [problem for problem in found if problem.subject not in measured], tested


def fading(model: EffectModel) -> Found:
    """Return trainings whose gain is smaller a year later.

    Parameters
    ----------
    model : EffectModel

    Returns
    -------
    Found
    """
    table = _tested(model).assign(value=lambda t: t["late"], reference=lambda t: t["early"])
    table = table.assign(p=table["p_fade"]).drop(columns=["low", "high"])
    return flagged("fading-gain", table[table["p"].notna()])


def _tested(model: EffectModel) -> pd.DataFrame:
    table = model.trainings_[model.trainings_["n_used"] >= LEAST]
    names = {"training": "subject", "n_used": "n", "alone": "value", "alone_low": "low",
             "alone_high": "high", "claimed": "reference"}  # fmt: skip
    return table.rename(columns=names)


def dropouts(history: pd.DataFrame) -> Found:
    """Return trainings that more participants leave than leave others.

    One-sided binomial test against the share of all other trainings.

    Parameters
    ----------
    history : DataFrame
        `Evidence.history`; who is still enrolled does not count.

    Returns
    -------
    Found
    """
    over = history[history["status"].isin(["completed", *LEFT])]
    over = over.assign(left=over["status"].isin(LEFT))
    table = over.groupby("training", sort=True).agg(left=("left", "sum"), n=("left", "size"))
    others = len(over) - table["n"]
    table["reference"] = (table["left"].sum() - table["left"]) / others.where(others > 0)
    table = table[(table["n"] >= LEAST) & table["reference"].notna()]
    p = binomial_at_least(table["left"], table["n"], table["reference"])
    table = table.assign(subject=table.index, value=table["left"] / table["n"], p=p)
    return flagged("dropouts", table)


def providers_that_differ(model: EffectModel) -> Found:
    """Return trainings that succeed less often than the same one of another provider.

    Rows of `develops` are the same training when type, competency, entry and target level are;
    likelihood ratio of one chance of success for each of them against one for all.

    Parameters
    ----------
    model : EffectModel

    Returns
    -------
    Found
        The least successful of each group, with the best one beside it.
    """
    rows = model.rows_[model.rows_["n_used"] >= LEAST]
    groups = [
        group for _, group in rows.groupby(_SAME, sort=True) if len(set(group["provider"])) > 1
    ]
    columns = ["subject", "n", "value", "low", "high", "reference", "p", "other"]
    compared = [_compared(group, model.log_likelihood_[group.index]) for group in groups]
    return flagged("providers-differ", pd.DataFrame(compared, columns=columns))


def _compared(group: pd.DataFrame, told: Floats) -> tuple[object, ...]:
    ordered = group.sort_values(["alone", "training"])
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    ratio = 2 * float(told.max(1).sum() - told.sum(0).max())
    return (
        worst["training"], int(group["n_used"].sum()), worst["alone"], worst["alone_low"],
        worst["alone_high"], best["alone"], float(chdtrc(len(told) - 1, max(ratio, 0.0))),
        best["training"],
    )  # fmt: skip
