"""Who is withdrawn from trainings, and who comes to few of them: by unit and region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from competency.effects.diagnosis.problem import LEAST, Found, flagged
from competency.effects.diagnosis.trainings import LEFT
from competency.stats import binomial_at_least

if TYPE_CHECKING:
    from competency.evidence.table import Evidence


def pulled_out(evidence: Evidence) -> Found:
    """Return units whose officers are withdrawn more often than their trainings explain.

    One-sided binomial test against the share that the same trainings lose elsewhere.

    Parameters
    ----------
    evidence : Evidence
        Units with fewer than 5 officers, or 5 trainings begun, are not looked at.

    Returns
    -------
    Found
    """
    taken = evidence.history[evidence.history["status"].isin(["completed", *LEFT])]
    unit = taken["officer"].map(evidence.officers.set_index("officer")["unit"]).fillna("")
    taken = taken.assign(unit=unit, gone=(taken["status"] == "withdrawn").astype(float))
    taken = taken.assign(elsewhere=_share_elsewhere(taken))
    table = taken.groupby("unit", sort=True).agg(
        gone=("gone", "sum"), n=("gone", "size"), reference=("elsewhere", "mean")
    )
    size = evidence.officers["unit"].value_counts().reindex(table.index).fillna(0)
    table = table[(table["n"] >= LEAST) & (size >= LEAST) & (table.index != "")]
    p = binomial_at_least(table["gone"], table["n"], table["reference"])
    table = table.assign(subject=table.index, value=table["gone"] / table["n"], p=p)
    return flagged("pulled-out", table)


def _share_elsewhere(taken: pd.DataFrame) -> pd.Series[float]:
    """Share of the participants of other units whom the same training lost."""
    overall = float(taken["gone"].mean()) if len(taken) else 0.0
    by_training = taken.groupby("training")["gone"]
    own = taken.groupby(["unit", "training"])["gone"]
    lost = by_training.transform("sum") - own.transform("sum")
    # NOTE: a training that only this unit takes has no elsewhere; the overall share stands in.
    return (lost + overall) / (by_training.transform("size") - own.transform("size") + 1)


def uneven_access(evidence: Evidence, by: str) -> Found:
    """Return groups whose officers take fewer trainings than officers of their positions do.

    The trainings of an officer, less the mean of the position, averaged over the group and
    compared with all others by a one-sided normal test.

    Parameters
    ----------
    evidence : Evidence
        Trainings that began, whatever came of them.
    by : str
        ``"region"`` or ``"unit"``; groups of fewer than 5 officers are not looked at.

    Returns
    -------
    Found
    """
    officers = evidence.officers
    count = evidence.history["officer"].value_counts()
    taken = officers["officer"].map(count).fillna(0).astype(float)
    usual = taken.groupby(officers["position"]).transform("mean")
    frame = pd.DataFrame({"group": officers[by], "taken": taken, "less": taken - usual})
    table = frame.groupby("group", sort=True).agg(
        n=("less", "size"), value=("taken", "mean"), less=("less", "mean")
    )
    spread, rest = float(frame["less"].std(ddof=1)), len(frame) - table["n"]
    table = table[(table["n"] >= LEAST) & (table.index != "") & (rest > 0) & (spread > 0)]
    rest = len(frame) - table["n"]
    elsewhere = (frame["less"].sum() - table["less"] * table["n"]) / rest
    se = spread * np.sqrt(1 / table["n"] + 1 / rest)
    p = ndtr(((table["less"] - elsewhere) / se).to_numpy(dtype=np.float64))
    table = table.assign(subject=table.index, reference=table["value"] - table["less"], p=p)
    return flagged(f"uneven-access-{by}", table)
