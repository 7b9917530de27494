"""What fitting found out about sources and assessors, as tables and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from competency.errors import Finding
from competency.levels.posterior.likelihood import BESIDE

if TYPE_CHECKING:
    from competency.levels.fitting.calibrate import Calibration
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.parameters import Parameters

LEAST_OFFICERS = 5
"""Officers that a named assessor must have rated for the estimated severity to be used; others
count as unknown assessors of their source (chosen by the project)."""

LEAST_LINKS = 50
"""Ratings of a competency below which the levels of its test items rest on what was assumed
(chosen by the project: the mean of 50 ratings is good to about .15 levels)."""


def source_table(calibration: Calibration, layout: Layout) -> pd.DataFrame:
    """Return one row per source that has settings.

    Columns source, discrimination, severity, severity_sd, halo_sd (in levels), n_ratings,
    n_assessors (nameless ones count once a meeting) and estimated (false: as given).
    """
    sources, observed = calibration.parameters.sources, layout.observations
    size = len(sources.names)
    named = layout.assessor >= 0
    block = np.unique(np.stack([layout.block[named], layout.assessor[named]]), axis=1)[0]
    n_assessors = np.bincount(block, minlength=size)
    n_assessors = n_assessors + np.bincount(layout.block[~named], minlength=size)
    ratings = np.bincount(observed.block, weights=observed.weight, minlength=size)
    frame = pd.DataFrame(
        {
            "source": pd.Series(sources.names, dtype="str"),
            "discrimination": sources.slope,
            "severity": sources.severity,
            "severity_sd": sources.severity_sd,
            "halo_sd": sources.halo_sd,
            "n_ratings": np.round(ratings).astype(np.int64),
            "n_assessors": n_assessors,
            "estimated": calibration.estimated,
        }
    )
    return frame[~frame["source"].isin(BESIDE)].reset_index(drop=True)


def assessor_table(assessors: pd.DataFrame, known: Parameters, layout: Layout) -> pd.DataFrame:
    """Return one row per named assessor, as `assessors` with the columns source and assessor.

    Columns assessor, source, severity (in levels), se, n_ratings, n_officers and used (whether
    scoring uses the severity, or takes the assessor for an unknown one).
    """
    size, observed = len(assessors), layout.observations
    ratings = np.bincount(observed.assessor + 1, observed.weight, minlength=size + 1)[1:]
    officers = np.bincount(layout.assessor + 1, minlength=size + 1)[1:]
    return pd.DataFrame(
        {
            "assessor": assessors["assessor"],
            "source": assessors["source"],
            "severity": known.severity,
            "se": np.sqrt(known.severity_variance),
            "n_ratings": np.round(ratings).astype(np.int64),
            "n_officers": officers,
            "used": officers >= LEAST_OFFICERS,
        }
    )


def design_findings(layout: Layout, n_assessors: int) -> tuple[Finding, ...]:
    """Return a finding where officers and assessors fall into parts that no rating links."""
    named = layout.assessor >= 0
    n_officers = len(layout.group)
    rows = layout.owner[named], n_officers + layout.assessor[named]
    size = n_officers + n_assessors
    graph = sparse.coo_array((np.ones(len(rows[0])), rows), shape=(size, size))
    linked = np.unique(np.concatenate(rows))
    label = connected_components(graph, directed=False)[1][linked]
    parts = np.unique(label)
    alone = np.bincount(np.unique(label, return_inverse=True)[1][linked >= n_officers])
    if len(parts) < 2:
        return ()
    single = int((alone == 1).sum())
    message = (
        f"officers and named assessors fall into {len(parts)} parts that share nobody; "
        f"{single} parts have one assessor only"
    )
    hint = (
        "severities are compared between parts only through the average assessor of a source; "
        "let some officers be rated by assessors of two parts"
    )
    facts = (("parts", len(parts)), ("single", single))
    return (Finding("disconnected-assessors", message, "note", hint=hint, facts=facts),)


def item_findings(layout: Layout, competency_ids: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return a finding about competencies with tests and too few ratings to tie them to levels."""
    observed, size = layout.observations, len(competency_ids)
    answer = observed.item >= 0
    asked = np.bincount(observed.competency[answer], minlength=size) > 0
    rated = np.bincount(observed.competency, weights=observed.weight * ~answer, minlength=size)
    loose = [competency_ids[row] for row in np.flatnonzero(asked & (rated < LEAST_LINKS))]
    if not loose:
        return ()
    message = (
        f"the tests of {', '.join(loose)} are tied to levels by fewer than {LEAST_LINKS} ratings: "
        "who is above whom is known, which level that is hardly"
    )
    hint = "rate some of the officers tested, or say the level that each item was written for"
    facts = (("competencies", len(loose)), ("least", LEAST_LINKS))
    return (Finding("loose-items", message, "warning", hint=hint, facts=facts),)
