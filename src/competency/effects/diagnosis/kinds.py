"""Every kind of problem: of trainings, dropouts, access, need and accreditation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from competency.effects.diagnosis.problem import LEAST, Found, Problem, flagged, problems_of
from competency.gaps.coverage import coverage
from competency.stats import binomial_at_least

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.effects.model import EffectModel
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable

LEFT = ("failed", "withdrawn")
"""How a training ends that is not completed."""

MEASURED = 0.05
"""P-value of no change below which a change counts as measured (convention)."""

AHEAD_DAYS = 365
"""Days ahead whose sessions count: a year's calendar."""

LEAST_NEED = 1.0
"""Expected officers in need below which a level is not reported (chosen by the project)."""

_SAME = ["type", "competency", "entry_level", "target_level"]


def without_effect(model: EffectModel) -> Found:
    """Return trainings without a measurable effect that surely fall far behind their claim.

    The hypothesis tested is that they succeed at least half as often as the catalogue claims.
    """
    found, tested = flagged("no-change", _tested(model).assign(p=lambda table: table["p_half"]))
    measured = set(model.trainings_["training"][model.trainings_["p_nothing"] < MEASURED])
    return [problem for problem in found if problem.subject not in measured], tested


def fading(model: EffectModel) -> Found:
    """Return trainings whose gain is smaller a year later."""
    table = _tested(model).assign(value=lambda t: t["late"], reference=lambda t: t["early"])
    table = table.assign(p=table["p_fade"]).drop(columns=["low", "high"])
    return flagged("fading-gain", table[table["p"].notna()])


def _tested(model: EffectModel) -> pd.DataFrame:
    table = model.trainings_[model.trainings_["n_used"] >= LEAST]
    names = {"training": "subject", "n_used": "n", "alone": "value", "alone_low": "low",
             "alone_high": "high", "claimed": "reference"}  # fmt: skip
    return table.rename(columns=names)


def dropouts(history: pd.DataFrame) -> Found:
    """Return trainings that a larger share of participants leaves than leaves the others.

    One-sided binomial test against the share of all other trainings; `history` is
    `Evidence.history`, and who is still enrolled does not count.
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

    Rows of `develops` are the same training when type, competency, entry and target level are.
    Tested is one chance of success for all of them against one for each, by the likelihood ratio;
    named is the least successful of each group, with the best one beside it.
    """
    rows = model.rows_[model.rows_["n_used"] >= LEAST]
    groups = [
        group for _, group in rows.groupby(_SAME, sort=True) if len(set(group["provider"])) > 1
    ]
    columns = ["subject", "n", "value", "low", "high", "reference", "p", "other"]
    compared = [_compared(group, model.log_likelihood_[group.index]) for group in groups]
    return flagged("providers-differ", pd.DataFrame(compared, columns=columns))


def _compared(group: pd.DataFrame, log_likelihood: Floats) -> tuple[object, ...]:
    ordered = group.sort_values(["alone", "training"])
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    ratio = 2 * float(log_likelihood.max(1).sum() - log_likelihood.sum(0).max())
    return (
        worst["training"], int(group["n_used"].sum()), worst["alone"], worst["alone_low"],
        worst["alone_high"], best["alone"], float(chdtrc(len(group) - 1, max(ratio, 0.0))),
        best["training"],
    )  # fmt: skip


def pulled_out(evidence: Evidence) -> Found:
    """Return units whose officers are withdrawn more often than their trainings explain.

    One-sided binomial test against the share that the same trainings lose elsewhere. Units with
    fewer than 5 officers, or 5 trainings begun, are not tested.
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

    The trainings begun by an officer, less the mean of the position, are averaged over the group
    (`by` ``"region"`` or ``"unit"``) and compared with all others by a one-sided normal test.
    Groups of fewer than 5 officers are not tested.
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


def unmet_need(gaps: GapTable, as_of: date) -> tuple[Found, Found]:
    """Return levels that officers need and no training, and no class, leads to.

    `gaps` are scored for aim ``"held"``; with each list stands the number of levels checked.
    """
    framework = gaps.levels.framework
    table = coverage(framework, gaps, as_of=as_of, horizon_days=AHEAD_DAYS)
    asked = gaps.required[gaps.aims.index("held")]
    column = pd.Index(framework.index.competency_ids).get_indexer(pd.Index(table["competency"]))
    table = table.assign(
        subject=table["competency"],
        n=(asked[:, column] >= table["level"].to_numpy()).sum(0),
        value=table["expected_in_need"],
        reference=table["level"].astype(float),
    )
    needed = table["expected_in_need"] >= LEAST_NEED
    untaught = needed & (table["n_trainings"] == 0)
    unseated = needed & ~untaught & (table["seats"] == 0) & ~table["unlimited"]
    return (
        (problems_of("need-without-training", table[untaught]), len(table)),
        (problems_of("need-without-seats", table[unseated]), len(table)),
    )


def unmeasured(gaps: GapTable) -> Found:
    """Return competencies required of at least 5 officers of whom none was assessed in them."""
    asked = gaps.required[gaps.aims.index("held")] > 0
    assessed = (asked & (gaps.levels.n_observations > 0)).sum(0)
    ids = gaps.levels.framework.index.competency_ids
    table = pd.DataFrame({"subject": list(ids), "n": asked.sum(0), "assessed": assessed})
    table = table[table["n"] >= LEAST]
    return problems_of("need-without-measure", table[table["assessed"] == 0]), len(table)


def lapsing(framework: Framework, as_of: date) -> dict[str, Found]:
    """Return providers whose accreditation ends, has ended or is not known, by code of problem."""
    index, last = framework.index, as_of + timedelta(days=AHEAD_DAYS)
    sessions = index.sessions
    ahead = (sessions.end >= np.datetime64(as_of)) & (sessions.end <= np.datetime64(last))
    owner = index.trainings.provider[sessions.training]
    codes = ("accreditation-lapsed", "accreditation-lapses", "accreditation-unknown")
    found: dict[str, list[Problem]] = {code: [] for code in codes}
    until = {row.id: row.accreditation_valid_until for row in framework.providers}
    for number, name in enumerate(index.provider_ids):
        own, day = ahead & (owner == number), until[name]
        if day is None:
            if own.any():
                found[codes[2]].append(Problem(codes[2], name, int(own.sum())))
        elif day <= last:
            later = int((own & (sessions.end > np.datetime64(day))).sum())
            code = codes[0] if day < as_of else codes[1]
            found[code].append(Problem(code, name, later, other=day.isoformat()))
    return {code: (rows, len(index.provider_ids)) for code, rows in found.items()}
