"""Who should be assessed next, in what, and by which source: the value of one more rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.config import LevelConfig
from competency.errors import Finding, InputError, nearest_names
from competency.levels.diagnostics.cohort_posterior import learned_sources, require_fitted
from competency.levels.diagnostics.information import rating_chances
from competency.levels.posterior.grid import level_grid, normal_mass
from competency.levels.posterior.likelihood import CERTAIN

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.evidence.table import Evidence
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.model import LevelModel
    from competency.levels.posterior.grid import LevelGrid
    from competency.levels.posterior.likelihood import Sources

NOT_OFFERED = ("self", CERTAIN)
"""Sources that are proposed only when asked for: nobody can be sent to a record, and a
self-rating costs nothing but is the least independent (chosen by the project)."""

CHUNK = 20_000
"""Cells of officer and competency worked on at once: it bounds memory and changes no result."""

_TINY = 1e-300
_ROUNDING = 1e-12
# Differences of probabilities and variances below this are rounding.


def next_assessments(
    model: LevelModel,
    *,
    as_of: date | str,
    evidence: Evidence | None = None,
    requirements: bool = True,
    sources: Sequence[str] | None = None,
    each_source: bool = False,
    top: int | None = None,
) -> pd.DataFrame:
    """Return which assessments are worth most: the best source for each cell, ranked.

    For every officer, competency and source, each possible rating of one more, unknown assessor is
    taken in turn: its probability under the present belief, and the belief after it. The gain is
    the mean over the ratings (preposterior analysis, Raiffa & Schlaifer 1961).

    Parameters
    ----------
    model : LevelModel
        Fitted or loaded.
    as_of : date or str
        The day of the assessment; later evidence is not used.
    evidence : Evidence or None
        As in `LevelModel.predict`: None stands for what the model was fitted on.
    requirements : bool
        True: only competencies that the position of the officer requires, or else the next one, and
        the gain is in chance of a wrong decision about that requirement. False: all competencies,
        and the gain is in standard deviation.
    sources : sequence of str or None
        Sources to choose from; None stands for those that the model was fitted on ratings of (all
        that have settings, if there were none), without `NOT_OFFERED`.
    each_source : bool
        One row for each source instead of the best.
    top : int or None
        Rows that are returned; None = all.

    Returns
    -------
    DataFrame
        Largest gain first, then the largest fall of the standard deviation, then by id: officer,
        competency, source, required (level; 0 = not required), now_sd, expected_sd (root of the
        expected variance, in levels), chance_wrong_now, expected_chance_wrong (min(p, 1 - p) with
        p the chance of meeting the requirement; NaN where none is), gain (at least 0) and
        n_observations.

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If a loaded model is given no evidence.
    InputError
        If a source is unknown, or `top` is below 1.

    Notes
    -----
    The gain of a decision is 0 where no single rating could turn it, however unsure the level is.
    What a rating implies for other competencies of the officer is left out, and so are costs: an
    assessment centre is more informative than a supervisor, and costs more. Certificates are not
    offered.
    Time grows with officers times competencies times sources; memory with `CHUNK`.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = next_assessments(small_model(), as_of="2026-11-01", top=2)
    >>> table["source"].tolist(), bool((table["gain"] > 0).all())
    (['assessment_centre', 'assessment_centre'], True)
    >>> len(next_assessments(small_model(), as_of="2026-11-01", sources=[]))
    0
    """
    require_fitted(model)
    learned = learned_sources(model)
    if top is not None and top < 1:
        hint = "give 1 or more, or None for all rows"
        finding = Finding("illegal-number", f"top is {top}", hint=hint)
        raise InputError("next assessments", [finding])
    offered = _offered(model, learned, sources)
    beliefs = model.predict(evidence, as_of=as_of)
    required = _required(beliefs)
    cells = np.nonzero(required > 0 if requirements else np.ones(required.shape, bool))
    grid = level_grid(beliefs.probs.shape[2], (model.config or LevelConfig()).grid_step)
    effects = _expected_effects(beliefs, cells, required[cells], learned, blocks=offered, grid=grid)
    frame = _frame(beliefs, cells, required[cells])
    tables = [
        frame.assign(source=name, **_columns(frame, part, requirements=requirements))
        for name, part in zip(np.array(learned.names, object)[offered], effects, strict=True)
    ]
    # NOTE: without sources there are no rows, but there are columns.
    nothing = Preposterior(*np.zeros((4, 0)))
    empty = frame[:0].assign(source="", **_columns(frame[:0], nothing, requirements=True))
    return _ranked(pd.concat(tables or [empty]), each_source=each_source, top=top)


def _expected_effects(
    beliefs: LevelBeliefs,
    cells: tuple[Ints, ...],
    required: Ints,
    sources: Sources,
    *,
    blocks: Ints,
    grid: LevelGrid,
) -> list[Preposterior]:
    """Expected effect of one more rating of each source on each cell of officer and competency."""
    officer, competency = cells
    scales = beliefs.framework.index.max_level[competency]
    values = np.zeros((len(blocks), 4, len(officer)))
    tables = {
        scale: [
            rating_chances(sources, block, grid.nodes, top=scale).T for block in blocks.tolist()
        ]
        for scale in np.unique(scales).tolist()
    }
    for scale, likelihoods in tables.items():
        rows = np.flatnonzero(scales == scale)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            place = officer[part], competency[part]
            mass = belief_mass(
                beliefs.mean[place].astype(np.float64),
                beliefs.sd[place].astype(np.float64),
                beliefs.probs[place].astype(np.float64),
                grid,
            )
            meets = grid.level >= required[part, None]
            for number, likelihood in enumerate(likelihoods):
                answer = preposterior(mass, grid.nodes, meets, likelihood)
                values[number][:, part] = astuple(answer)
    return [Preposterior(*part) for part in values]


def _required(beliefs: LevelBeliefs) -> Ints:
    """The level that the position held requires, or else the next one; 0 = not required."""
    index, roster = beliefs.framework.index, beliefs.roster
    held = index.required_levels(roster.position)
    return np.where(held > 0, held, index.required_levels(roster.next_position))


def _frame(beliefs: LevelBeliefs, cells: tuple[Ints, ...], required: Ints) -> pd.DataFrame:
    officer, competency = cells
    names = np.array(beliefs.framework.index.competency_ids, object)
    return pd.DataFrame(
        {
            "officer": pd.Series(beliefs.roster.officer_ids[officer], dtype="str"),
            "competency": pd.Series(names[competency], dtype="str"),
            "required": required,
            "now_sd": beliefs.sd[cells].astype(np.float64),
            "n_observations": beliefs.n_observations[cells],
        }
    )


def _columns(frame: pd.DataFrame, effect: Preposterior, *, requirements: bool) -> dict[str, Floats]:
    now = frame["now_sd"].to_numpy()
    after = now * np.sqrt(effect.expected / np.maximum(effect.now, _TINY))
    asked = frame["required"].to_numpy() > 0
    wrong = np.where(asked, effect.wrong_now, np.nan)
    left = np.where(asked, effect.wrong_expected, np.nan)
    gain = wrong - left if requirements else now - after
    columns = {"expected_sd": after, "chance_wrong_now": wrong, "expected_chance_wrong": left}
    return {**columns, "gain": gain}


def _ranked(table: pd.DataFrame, *, each_source: bool, top: int | None) -> pd.DataFrame:
    order = [
        "officer", "competency", "source", "required", "now_sd", "expected_sd",
        "chance_wrong_now", "expected_chance_wrong", "gain", "n_observations",
    ]  # fmt: skip
    table = table.assign(fall=table["now_sd"] - table["expected_sd"])
    keys = ["gain", "fall", "officer", "competency", "source"]
    table = table.sort_values(keys, ascending=[False, False, True, True, True])
    if not each_source:
        table = table.drop_duplicates(["officer", "competency"])
    return table[order].head(len(table) if top is None else top).reset_index(drop=True)


def _offered(model: LevelModel, learned: Sources, wanted: Sequence[str] | None) -> Ints:
    """Numbers of the sources to choose from."""
    names = learned.names
    if wanted is None:
        used = model.sources_["n_ratings"].to_numpy() > 0
        used = used if used.any() else ~used
        return np.flatnonzero(used & ~model.sources_["source"].isin(NOT_OFFERED).to_numpy())
    valid = learned.rated
    findings = [
        Finding(
            "unknown-source",
            f"source {name!r} has no settings",
            nearest=nearest_names(name, valid),
            hint="name sources that the model has settings for",
        )
        for name in wanted
        if name not in valid
    ]
    if findings:
        raise InputError("next assessments", findings)
    return np.array(sorted({names.index(name) for name in wanted}), np.int64)


@dataclass(frozen=True, eq=False)
class Preposterior:
    """What one more rating is expected to do to beliefs, shape ``(n_cells,)``.

    `now` and `expected` are the variance of the level before and after the rating, in levels
    squared; `wrong_now` and `wrong_expected` the chance that "meets" or "does not meet", whichever
    is likelier, is wrong.
    """

    now: Floats
    expected: Floats
    wrong_now: Floats
    wrong_expected: Floats


def preposterior(mass: Floats, nodes: Floats, meets: Bools, likelihood: Floats) -> Preposterior:
    """Return the expected effect of one more rating on beliefs on a grid.

    With w the mass of each node and L the likelihood of each rating there, rating k has probability
    ``p_k = w . L_k``, and the expected variance is ``E[x^2] - sum_k (w x . L_k)^2 / p_k``.
    `mass` and `meets` (whether a node meets the requirement) have shape ``(n_cells, n_nodes)``,
    `likelihood` has shape ``(n_ratings, n_nodes)`` and sums to 1 along the first axis.

    Examples
    --------
    Two nodes, distinguished without error: no variance is left. Then a rating without information.

    >>> half, ends = np.array([[0.5, 0.5]]), np.array([0.0, 2.0])
    >>> after = preposterior(half, ends, ends[None] > 1, np.eye(2))
    >>> after.now.tolist(), after.expected.tolist(), after.wrong_expected.tolist()
    ([1.0], [0.0], [0.0])
    >>> after = preposterior(half, ends, ends[None] > 1, np.full((2, 2), 0.5))
    >>> after.expected.tolist(), after.wrong_now.tolist(), after.wrong_expected.tolist()
    ([1.0], [0.5], [0.5])
    """
    centre = mass @ nodes
    away = nodes - centre[:, None]
    chance = mass @ likelihood.T
    now = (mass * away**2).sum(1)
    pulled = (mass * away) @ likelihood.T
    expected = now - (pulled**2 / np.maximum(chance, _TINY)).sum(1)
    kept = mass * meets
    wrong = np.minimum(kept.sum(1), (mass * ~meets).sum(1))
    met, failed = kept @ likelihood.T, (mass * ~meets) @ likelihood.T
    after = np.minimum(met, failed).sum(1)
    return Preposterior(now, _not_above(expected, now), wrong, _not_above(after, wrong))


def belief_mass(mean: Floats, sd: Floats, probs: Floats, grid: LevelGrid) -> Floats:
    """Return beliefs as mass on a grid, ``(n_cells, n_nodes)``.

    Normal within levels, with the chance of each level as in `probs`.
    """
    mass = np.maximum(normal_mass(mean, sd, grid), _TINY)
    whole = np.add.reduceat(mass, grid.starts, axis=1)
    mass *= (probs / whole)[:, grid.level]
    return np.asarray(mass / mass.sum(1, keepdims=True))


def _not_above(after: Floats, before: Floats) -> Floats:
    # NOTE: no rating makes things worse on average, and rounding is no gain that could rank first.
    return np.where(before - after > _ROUNDING, np.maximum(after, 0.0), before)
