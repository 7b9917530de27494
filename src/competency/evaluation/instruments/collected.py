"""Whether the forms that came back can still answer: matched, on one scale, by the same people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from competency.errors import Finding, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from competency.evaluation.instruments.responses import InstrumentResponses

LEAST_MATCHED = 0.8
"""Share of officers with both measures below which attrition is named (What Works Clearinghouse
tolerates about a fifth when both groups lose alike)."""


def check_responses(responses: InstrumentResponses) -> tuple[Finding, ...]:
    """Return what is wrong with collected forms of levels 2 and 3, training by training.

    Parameters
    ----------
    responses : InstrumentResponses

    Returns
    -------
    tuple of Finding
        For each training and form: officers without a measure before or after, another scale,
        source or form between them, nobody to compare with, days out of order, and where officers
        rated only themselves. Officers are counted, never named.

    Notes
    -----
    Linear in rows.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.evaluation.instruments import read_instruments
    >>> rows = pd.DataFrame({
    ...     "officer": ["7"], "training": "F.DASAR", "competency": "T.01", "occasion": "after",
    ...     "source": "test", "value": [2], "date": ["2026-02-06"]})
    >>> framework = cp.load_framework(cp.pack_path())
    >>> made = read_instruments({"learning": rows}, framework=framework)
    >>> [finding.code for finding in check_responses(made)]
    ['no-before', 'no-comparison']
    >>> check_responses(read_instruments({"learning": rows.head(0)}, framework=framework))
    ()
    """
    found: list[Finding] = []
    for name, rows in (("learning", responses.learning), ("behaviour", responses.behaviour)):
        for training, own in rows.groupby("training", sort=True):
            found += _of_training(own, Where(name, id=str(training)))
    own_only = responses.self_ratings[["training", "kirkpatrick"]].drop_duplicates()
    for training, level in own_only.itertuples(index=False, name=None):
        others = responses.learning if level == 2 else responses.behaviour
        if not (others["training"] == training).any():
            message = f"level {level}: officers rated only themselves"
            hint = "self-ratings are kept apart; let others rate, or test"
            found.append(Finding("self-only", message, "warning", Where(id=training), hint=hint))
    return tuple(found)


def _of_training(rows: pd.DataFrame, where: Where) -> Iterator[Finding]:
    after = rows["occasion"].isin(["after", "follow_up"])
    people = ["officer", "competency"]
    first = rows[rows["occasion"] == "before"].groupby(people).agg(_FIRST)
    last = rows[after].groupby(people).agg(_LAST)
    both = first.add_suffix("_before").join(last.add_suffix("_after"), how="inner")
    n = len(rows[people].drop_duplicates())
    for code, part, when in (("no-before", first, "before"), ("no-after", last, "after")):
        if len(part) < LEAST_MATCHED * n:
            message = f"{n - len(part)} of {n} officers and competencies have no measure {when}"
            hint = "find those who are missing; who leaves is seldom like who stays"
            yield Finding(code, message, "warning", where, hint=hint)
    if not (rows["group"] == "comparison").any():
        message, hint = "nobody to compare with", "measure officers who are not trained, too"
        yield Finding("no-comparison", message, "warning", where, hint=hint)
    yield from _of_pairs(both, where)


_FIRST = {
    "scale": "first",
    "source": "first",
    "instrument": "first",
    "assessor": "first",
    "date": "max",
}
_LAST = {
    "scale": "first",
    "source": "first",
    "instrument": "first",
    "assessor": "first",
    "date": "min",
}


def _of_pairs(both: pd.DataFrame, where: Where) -> Iterator[Finding]:
    n = len(both)
    checks = (
        ("scale", "other-scale", "were measured on another scale after", "use one scale"),
        ("source", "other-sources", "were rated by another source after",
         "a stricter source looks like a loss"),
        ("assessor", "other-assessors", "were rated by another assessor after",
         "corrected for severity only by the level model; keep assessors where possible"),
        ("instrument", "other-form", "answered another form after",
         "parallel forms are welcome if they are equally hard; equate them on a common group"),
    )  # fmt: skip
    for name, code, what, hint in checks:
        count = int((both[f"{name}_before"] != both[f"{name}_after"]).sum())
        if count:
            message = f"{count} of {n} officers and competencies {what}"
            yield Finding(
                code, message, "note" if name == "instrument" else "warning", where, hint=hint
            )
    count = int((both["date_after"] <= both["date_before"]).sum())
    if count:
        message = f"{count} of {n} measures after are not later than those before"
        hint = "correct the dates; they count as not measured in evaluate_training"
        yield Finding("post-before-pre", message, "warning", where, hint=hint)
