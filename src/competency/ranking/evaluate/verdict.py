"""One line that says whether a ranker beats another, in Indonesian and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from competency.config import Locale
from competency.ranking.evaluate.backtest import OPPONENT

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["better", "worse", "none", "unknown"]
"""What a difference says; "none" = no evidence."""

_VERDICTS: dict[Locale, dict[Outcome, str]] = {
    "en": {
        "better": "beats {against} on {measure} by {mean} [{lower}, {upper}]",
        "worse": "is beaten by {against} on {measure}, by {gap} [{least}, {most}]",
        "none": (
            "no evidence of beating {against} on {measure}: difference {mean} [{lower}, {upper}]"
        ),
        "unknown": "no evidence of beating {against} on {measure}: too few decisions",
    },
    "id": {
        "better": ("mengungguli {against} pada {measure} sebesar {mean} [{lower}; {upper}]"),
        "worse": "kalah dari {against} pada {measure}, sebesar {gap} [{least}; {most}]",
        "none": (
            "tidak ada bukti mengungguli {against} pada {measure}: selisih {mean} "
            "[{lower}; {upper}]"
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
    if not len(rows):
        return _VERDICTS[locale]["unknown"].format(**facts)
    row = rows.iloc[0]
    numbers = {name: row[name] for name in ("mean", "lower", "upper")}
    numbers |= {"gap": -row["mean"], "least": -row["upper"], "most": -row["lower"]}
    written = {name: _written(value, locale) for name, value in numbers.items()}
    key = outcome(row["mean"], row["p_holm"], alpha=alpha)
    return _VERDICTS[locale][key].format(**facts, **written)


def outcome(mean: float, p_holm: float, *, alpha: float = 0.05) -> Outcome:
    """Return what a paired difference says: better, worse, no evidence, or too little known.

    `mean`, `p_holm`: the difference, and its p-value that holds over all claims together; NaN =
    unknown.

    Examples
    --------
    >>> outcome(0.2, 0.01), outcome(-0.2, 0.01), outcome(0.2, 0.5), outcome(0.2, float("nan"))
    ('better', 'worse', 'none', 'unknown')
    """
    if np.isnan(p_holm):
        return "unknown"
    if p_holm > alpha:
        return "none"
    return "better" if mean > 0 else "worse"


def _written(value: float, locale: Locale) -> str:
    text = f"{value:.3g}"
    return text.replace(".", ",") if locale == "id" else text
