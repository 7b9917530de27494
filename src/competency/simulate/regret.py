"""What a ranking loses to one who knows the truth: for agencies that were made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from competency.arrays import Floats, frozen
from competency.config import RankingConfig
from competency.effects.transitions import Transitions, expected_gap_closed, success_matrix
from competency.errors import Finding, InputError
from competency.ranking.prior import PriorRanker

if TYPE_CHECKING:
    import pandas as pd

    from competency.framework.model import Framework
    from competency.ranking.table import Ranking
    from competency.simulate.cohort import Simulation

Oracle = Literal["effects", "levels"]
"""What the oracle knows: what trainings truly change, or the true levels of officers too."""


def other_truth(
    framework: Framework, *, rng: int | np.random.Generator = 0, idle: float = 1 / 6
) -> Framework:
    """Return the same catalogue in a world where trainings succeed with other chances than claimed.

    Parameters
    ----------
    framework : Framework
    rng : int or Generator
    idle : float
        Share, in [0, 1], of the trainings that change nothing; all other chances are drawn from
        Beta(2, 2).

    Returns
    -------
    Framework
        Give it to :func:`simulate_cohort`, and read the tables with the claims of `framework`.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> real = other_truth(framework, rng=1)
    >>> real.index.training_ids == framework.index.training_ids
    True
    >>> float(other_truth(framework, idle=1.0).index.develops.success.max())
    0.0
    """
    rng = np.random.default_rng(rng)
    develops, n_trainings = framework.index.develops, len(framework.index.training_ids)
    nothing = rng.choice(n_trainings, round(idle * n_trainings), replace=False)
    chance = np.where(
        np.isin(develops.training, nothing), 0.0, rng.beta(2, 2, len(develops.training))
    )
    rows = sorted(framework.develops, key=lambda row: (row.training, row.competency))
    changed = [
        row.model_copy(update={"success": float(p)}) for row, p in zip(rows, chance, strict=True)
    ]
    return framework.model_copy(update={"develops": tuple(changed)})


def true_benefit(ranking: Ranking, made: Simulation, *, known: Oracle = "effects") -> Floats:
    """Return the weighted gap that trainings truly close per hour (JP), as an oracle expects it.

    Parameters
    ----------
    ranking : Ranking
        Of officers of the simulation.
    made : Simulation
        Its framework holds the true chances of success.
    known : {"effects", "levels"}
        With ``"effects"`` the oracle has the beliefs of the ranking about officers, so that all it
        has ahead is what trainings change; with ``"levels"`` it knows their levels too.

    Returns
    -------
    float64, shape (n_officers, n_trainings)
        In levels per hour.

    Raises
    ------
    InputError
        The ranking is of other trainings or officers than the simulation.
    """
    gaps, index = ranking.gaps, made.framework.index
    framework = gaps.levels.framework
    _refuse_others(ranking, made)
    truth = Transitions(framework, success_matrix(framework, index.develops.success), "truth")
    probs = gaps.levels.probs
    if known == "levels":
        place = {str(name): row for row, name in enumerate(made.officers["officer"])}
        rows = [place[str(name)] for name in gaps.levels.roster.officer_ids]
        probs = np.eye(index.n_levels, dtype=np.float32)[made.level[rows]]
    closed = expected_gap_closed(probs, gaps.worth(RankingConfig().aim_weights), truth)
    return frozen(closed / np.maximum(index.trainings.hours, 1.0))


def regret(
    ranking: Ranking, made: Simulation, *, history: pd.DataFrame | None = None,
    known: Oracle = "effects",
) -> Floats:  # fmt: skip
    """Return what each officer loses per hour by the first place of a ranking.

    ``best true benefit per hour among the eligible trainings - that of the first one ranked``.

    Parameters
    ----------
    ranking : Ranking
    made : Simulation
    history : DataFrame, optional
        What the ranking was made with: trainings passed are not eligible.
    known : {"effects", "levels"}
        What the oracle knows; see `true_benefit`.

    Returns
    -------
    float64, shape (n_officers,)
        In levels per hour, not negative; NaN where nothing is eligible by the catalogue's claims.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.simulate import simulate_cohort
    >>> framework = cp.load_framework(cp.pack_path())
    >>> made = simulate_cohort(framework, n_officers=40)
    >>> tables = {"officers": made.officers, "assessments": made.assessments}
    >>> evidence = cp.evidence_from_tables(tables, framework=framework)
    >>> levels = cp.load_level_model(cp.model_path(), framework).predict(evidence, as_of=made.as_of)
    >>> lost = regret(cp.PriorRanker().rank(cp.score_gaps(levels)), made)
    >>> lost.shape, bool(np.nanmin(lost) >= 0)
    ((40,), True)
    """
    benefit = true_benefit(ranking, made, known=known)
    eligible = PriorRanker().rank(ranking.gaps, history=history).eligible
    benefit = np.where(eligible, benefit, -np.inf)
    score = np.where(eligible, ranking.score, -np.inf)
    # NOTE: as in `Ranking.top`: rounded, and ties go to the smaller id.
    first = np.argmax(np.round(score, 9), axis=1)
    officers = np.arange(len(first))
    lost = np.where(eligible.any(axis=1), benefit.max(axis=1) - benefit[officers, first], np.nan)
    return frozen(lost)


def _refuse_others(ranking: Ranking, made: Simulation) -> None:
    here, there = ranking.gaps.levels.framework.index, made.framework.index
    same = here.training_ids == there.training_ids and all(
        np.array_equal(getattr(here.develops, name), getattr(there.develops, name))
        for name in ("training", "competency", "entry_level", "target_level")
    )
    known = set(made.officers["officer"].astype(str))
    if same and known.issuperset(map(str, ranking.gaps.levels.roster.officer_ids)):
        return
    message = "the ranking is of other trainings or officers than the simulation"
    hint = "read the tables of the simulation with a framework of the same catalogue"
    raise InputError("regret", [Finding("other-simulation", message, hint=hint)])
