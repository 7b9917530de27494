"""One line that says whether a ranker beats another, in Indonesian and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.config import Locale
from competency.ranking.evaluate.backtest import OPPONENT

if TYPE_CHECKING:
    import pandas as pd

_VERDICTS = {
    "en": {
        "better": "beats {against} on {measure} by {mean:.3g} [{lower:.3g}, {upper:.3g}]",
        "worse": "is beaten by {against} on {measure}, by {gap:.3g} [{least:.3g}, {most:.3g}]",
        "none": (
            "no evidence of beating {against} on {measure}: difference {mean:.3g} "
            "[{lower:.3g}, {upper:.3g}]"
        ),
        "unknown": "no evidence of beating {against} on {measure}: too few decisions",
    },
    "id": {
        "better": (
            "mengungguli {against} pada {measure} sebesar {mean:.3g} [{lower:.3g}; {upper:.3g}]"
        ),
        "worse": "kalah dari {against} pada {measure}, sebesar {gap:.3g} [{least:.3g}; {most:.3g}]",
        "none": (
            "tidak ada bukti mengungguli {against} pada {measure}: selisih {mean:.3g} "
            "[{lower:.3g}; {upper:.3g}]"
        ),
        "unknown": (
            "tidak ada bukti mengungguli {against} pada {measure}: keputusan terlalu sedikit"
        ),
    },
}
_NAMES = {
    "en": {
        OPPONENT: "largest-gap-first", "closed_per_20_hours": "gap closed per 20 hours",
        "closed_per_million": "gap closed per million rupiah",
        "benefit_ndcg@10": "order of measured benefit (nDCG@10)",
    },
    "id": {
        OPPONENT: "kesenjangan-terbesar-dahulu",
        "closed_per_20_hours": "kesenjangan yang tertutup per 20 JP",
        "closed_per_million": "kesenjangan yang tertutup per sejuta rupiah",
        "benefit_ndcg@10": "urutan manfaat terukur (nDCG@10)", "prior": "rumus awal",
    },
}  # fmt: skip


def verdict(
    differences: pd.DataFrame, measure: str, *, against: str = OPPONENT, locale: Locale = "id",
    alpha: float = 0.05,
) -> str:  # fmt: skip
    """Return one line that says whether a ranker beats another, and by how much.

    Parameters
    ----------
    differences : DataFrame
        Of :func:`differences_table`.
    measure : str
        ``"closed_per_20_hours"``, ``"benefit_ndcg@10"``, ... Measures of uptake are called
        imitation of practice.
    against : str
    locale : {"id", "en"}
    alpha : float
        Chance of a false claim over all rows of the table together.

    Returns
    -------
    str
    """
    rows = differences[
        (differences["slice"] == "all")
        & (differences["against"] == against)
        & (differences["measure"] == measure)
    ]
    names = _NAMES[locale]
    imitation = {"en": "imitation of practice", "id": "peniruan praktik"}[locale]
    spoken = f"{imitation} ({measure})" if measure.startswith("uptake") else measure
    facts = {"against": names.get(against, against), "measure": names.get(measure, spoken)}
    row = rows.iloc[0] if len(rows) else None
    if row is None or np.isnan(row["p_holm"]):
        return _VERDICTS[locale]["unknown"].format(**facts)
    key = "none"
    if row["p_holm"] <= alpha:
        key = "better" if row["mean"] > 0 else "worse"
    numbers = {name: row[name] for name in ("mean", "lower", "upper")}
    turned = {"gap": -row["mean"], "least": -row["upper"], "most": -row["lower"]}
    return _VERDICTS[locale][key].format(**facts, **numbers, **turned)
