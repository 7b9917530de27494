"""All kinds of problems, looked for at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from competency.config import as_date
from competency.effects.diagnosis.kinds import (
    dropouts,
    fading,
    lapsing,
    providers_that_differ,
    pulled_out,
    uneven_access,
    unmeasured,
    unmet_need,
    without_effect,
)
from competency.effects.diagnosis.problem import TEXTS, Diagnosis, Found, Problem

if TYPE_CHECKING:
    from competency.effects.model import EffectModel
    from competency.evidence.table import Evidence
    from competency.gaps.table import GapTable
    from competency.levels import LevelModel


def diagnose(
    evidence: Evidence,
    *,
    as_of: date | str,
    effects: EffectModel | None = None,
    levels: LevelModel | None = None,
    gaps: GapTable | None = None,
) -> Diagnosis:
    """Return the problems of a service's trainings, each with its n, its q and an action.

    Parameters
    ----------
    evidence : Evidence
        History and officers: participants who leave, units that pull officers out, uneven access.
    as_of : date or str
        Accreditation and sessions of the year after this day count.
    effects : EffectModel, optional
        Adds trainings without effect, effects that fade, providers that differ.
    levels : LevelModel, optional
        Fitted in this process; adds assessors who drift.
    gaps : GapTable, optional
        Scored for aim ``"held"``; adds need that no training or no class meets, or nobody measures.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ConfigError
        If `levels` was loaded from a folder, or `gaps` has no aim ``"held"``.

    Notes
    -----
    Among the problems of one kind that rest on a test, at most one in twenty is expected to be
    chance (Benjamini and Hochberg). Nothing is tested on fewer than five officers, and no group
    smaller than that is named. What is not found is not thereby in order: `tested` holds how
    many were tested.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.effects.diagnosis import diagnose
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> diagnosis = diagnose(evidence, as_of="2027-12-01")
    >>> problem = diagnosis.problems[-1]
    >>> problem.code, problem.subject, problem.other
    ('accreditation-lapses', 'P.SUMUT', '2028-09-30')
    >>> diagnosis.tested["dropouts"] > 0, "no-change" in diagnosis.tested
    (True, False)
    """
    day = as_date(as_of)
    found: dict[str, Found] = {
        "dropouts": dropouts(evidence.history),
        "pulled-out": pulled_out(evidence),
        "uneven-access-region": uneven_access(evidence, "region"),
        "uneven-access-unit": uneven_access(evidence, "unit"),
        **lapsing(evidence.framework, day),
    }
    if effects is not None:
        found["no-change"] = without_effect(effects)
        found["fading-gain"] = fading(effects)
        found["providers-differ"] = providers_that_differ(effects)
    if levels is not None:
        found["assessor-drift"] = _drifting(levels, day)
    if gaps is not None:
        found["need-without-training"], found["need-without-seats"] = unmet_need(gaps, day)
        found["need-without-measure"] = unmeasured(gaps)
    codes = [code for code in TEXTS if code in found]
    return Diagnosis(
        evidence.framework,
        day,
        tuple(problem for code in codes for problem in found[code][0]),
        {code: found[code][1] for code in codes},
    )


def _drifting(levels: LevelModel, day: date) -> Found:
    from competency.levels.diagnostics import assessor_drift

    table = assessor_drift(levels, as_of=day)
    tested = table[table["slope"].notna()]
    problems = []
    for source, rows in tested.groupby("source", sort=True):
        flagged = rows[rows["flag"] != ""]
        if len(flagged):
            largest = float(flagged["q"].max())
            problems.append(
                Problem("assessor-drift", str(source), len(rows), float(len(flagged)), q=largest)
            )
    return problems, len(tested)
