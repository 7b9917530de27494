"""Who should be assessed next, in what, and by which source: what one more rating would tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.config import LevelConfig
from competency.errors import Finding, InputError, nearest_names
from competency.levels.diagnostics.preposterior import Preposterior, belief_mass, preposterior
from competency.levels.diagnostics.rating_rows import level_chances
from competency.levels.diagnostics.settled_cohort import learned_sources, require_fitted
from competency.levels.posterior.grid import level_grid
from competency.levels.posterior.likelihood import CERTAIN

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.evidence.table import Evidence
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.model import LevelModel
    from competency.levels.posterior.grid import LevelGrid
    from competency.levels.posterior.likelihood import Sources

NOT_OFFERED = ("self", CERTAIN)
"""Sources that are not proposed unless asked for: nobody can be sent to a record, and a
self-rating costs nothing but is the least independent (chosen by the project)."""

CHUNK = 20_000
"""Cells of officer and competency worked on at once: memory, never the answer."""

_TINY = 1e-300


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
    """Return which assessment of whom would tell most: the best source of each, ranked.

    For every officer, competency and source, each possible rating of one more assessor, whom nobody
    knows, is taken in turn: its probability under the present belief, and the belief after it. The
    gain is the mean over the ratings (preposterior analysis, Raiffa & Schlaifer 1961).

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
        Sources to choose from; None stands for those that the model has seen ratings of (all that
        have settings, if it has seen none), without `NOT_OFFERED`.
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
    What a rating tells about other competencies of the officer is left out, and so are costs: an
    assessment centre tells more than a supervisor, and costs more. Certificates are not offered.
    Time grows with officers times competencies times sources; memory with `CHUNK`.

    Examples
    --------
    >>> from competency.levels.diagnostics.example import example_model
    >>> table = next_assessments(example_model(), as_of="2026-11-01", top=2)
    >>> table["source"].tolist(), bool((table["gain"] > 0).all())
    (['assessment_centre', 'assessment_centre'], True)
    >>> len(next_assessments(example_model(), as_of="2026-11-01", sources=[]))
    0
    """
    require_fitted(model)
    learned = learned_sources(model)
    _refuse_top(top)
    offered = _offered(model, learned, sources)
    beliefs = model.predict(evidence, as_of=as_of)
    required = _required(beliefs)
    cells = np.nonzero(required > 0 if requirements else np.ones(required.shape, bool))
    grid = level_grid(beliefs.probs.shape[2], (model.config or LevelConfig()).grid_step)
    told = _told(beliefs, cells, required[cells], learned, blocks=offered, grid=grid)
    frame = _frame(beliefs, cells, required[cells])
    tables = [
        frame.assign(source=name, **_columns(frame, part, requirements=requirements))
        for name, part in zip(np.array(learned.names, object)[offered], told, strict=True)
    ]
    # NOTE: without sources there are no rows, but there are columns.
    nothing = Preposterior(*np.zeros((4, 0)))
    empty = frame[:0].assign(source="", **_columns(frame[:0], nothing, requirements=True))
    return _ranked(pd.concat(tables or [empty]), each_source=each_source, top=top)


def _told(
    beliefs: LevelBeliefs,
    cells: tuple[Ints, ...],
    required: Ints,
    sources: Sources,
    *,
    blocks: Ints,
    grid: LevelGrid,
) -> list[Preposterior]:
    """What one more rating of each source tells of each cell of officer and competency."""
    officer, competency = cells
    scales = beliefs.framework.index.max_level[competency]
    values = np.zeros((len(blocks), 4, len(officer)))
    tables = {
        scale: [_likelihood(sources, block, grid, scale) for block in blocks.tolist()]
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


def _likelihood(sources: Sources, block: int, grid: LevelGrid, scale: int) -> Floats:
    """Chance of each rating by an unknown assessor at each node, (n_ratings, n_nodes)."""
    same, size = np.full(len(grid.nodes), block), len(grid.nodes)
    return level_chances(
        sources,
        same,
        grid.nodes - sources.severity[same],
        sources.sd()[same] ** 2,
        max_level=np.full(size, scale),
        n_levels=len(grid.starts),
    ).T


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


def _columns(frame: pd.DataFrame, told: Preposterior, *, requirements: bool) -> dict[str, Floats]:
    now = frame["now_sd"].to_numpy()
    after = now * np.sqrt(told.expected / np.maximum(told.now, _TINY))
    asked = frame["required"].to_numpy() > 0
    wrong = np.where(asked, told.wrong_now, np.nan)
    left = np.where(asked, told.wrong_expected, np.nan)
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


def _refuse_top(top: int | None) -> None:
    if top is not None and top < 1:
        hint = "give 1 or more, or None for all rows"
        raise InputError(
            "next assessments", [Finding("illegal-number", f"top is {top}", hint=hint)]
        )
