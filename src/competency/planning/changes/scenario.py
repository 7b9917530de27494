"""What the plan of a cohort would close if the catalogue were another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from competency.config import GapConfig, as_date
from competency.errors import ConfigError, Finding, nearest_names
from competency.framework.check import check_framework
from competency.gaps import score_gaps
from competency.planning.cohort.cohorts import plan_cohort
from competency.ranking import PriorRanker

if TYPE_CHECKING:
    from competency.effects import EffectModel
    from competency.framework.model import Develops, Framework, Session, Training
    from competency.planning.plan import Plan
    from competency.ranking import Ranker

MOVABLE = ("start", "end", "seats", "place", "region")
"""Fields of a session that may be moved."""

_OF_TRAININGS = (
    "develops", "entry_requirements", "training_prerequisites", "mandatory_trainings", "sessions",
)  # fmt: skip


def without_trainings(framework: Framework, trainings: Iterable[str]) -> Framework:
    """Return the framework without some trainings, and without all that speaks of them.

    Parameters
    ----------
    framework : Framework
    trainings : iterable of str
        Ids.

    Returns
    -------
    Framework

    Raises
    ------
    ConfigError
        If an id is not in the framework; with all of them.
    """
    gone = set(trainings)
    _refuse_unknown("training", gone, {row.id for row in framework.trainings})
    tables: dict[str, Any] = {
        name: tuple(row for row in getattr(framework, name) if row.training not in gone)
        for name in _OF_TRAININGS
    }
    tables["training_prerequisites"] = tuple(
        row for row in tables["training_prerequisites"] if row.requires_training not in gone
    )
    tables["trainings"] = tuple(row for row in framework.trainings if row.id not in gone)
    return framework.model_copy(update=tables)


def with_training(
    framework: Framework,
    training: Training,
    develops: Sequence[Develops],
    *,
    sessions: Sequence[Session] = (),
) -> Framework:
    """Return the framework with a training more.

    Parameters
    ----------
    framework : Framework
    training : Training
        One whose id is there is replaced, with all that it develops.
    develops : sequence of Develops
    sessions : sequence of Session
        More sessions; those of a training that is replaced stay. A classical training without
        any session cannot be planned.

    Returns
    -------
    Framework

    Raises
    ------
    ConfigError
        With all that is wrong: ids that are not there or there twice, levels off the scale,
        rows that speak of another training.
    """
    owners = {row.training for row in develops} | {row.training for row in sessions}
    strays = owners - {training.id}
    if strays:
        message = f"rows of {', '.join(sorted(strays))} among those of {training.id!r}"
        raise ConfigError("scenarios", [Finding("other-training", message)])
    others = tuple(row for row in framework.trainings if row.id != training.id)
    kept = tuple(row for row in framework.develops if row.training != training.id)
    return _sound(
        framework,
        {
            "trainings": (*others, training),
            "develops": (*kept, *develops),
            "sessions": (*framework.sessions, *sessions),
        },
    )


def with_sessions_moved(framework: Framework, moves: Mapping[str, Mapping[str, Any]]) -> Framework:
    """Return the framework with sessions at other days or places, for other regions or sizes.

    Parameters
    ----------
    framework : Framework
    moves : mapping of str to mapping
        By id of the session: the fields that change (start, end, seats, place, region; days also
        as ISO text).

    Returns
    -------
    Framework

    Raises
    ------
    ConfigError
        If a session is not in the framework, with all of them; if a field is unknown or illegal,
        or a session would end before it starts.
    """
    _refuse_unknown("session", set(moves), {row.id for row in framework.sessions})
    sessions = tuple(_moved(row, moves.get(row.id, {})) for row in framework.sessions)
    return _sound(framework, {"sessions": sessions})


def _moved(session: Session, changes: Mapping[str, Any]) -> Session:
    strange = sorted(set(changes) - set(MOVABLE))
    if strange:
        message = f"{', '.join(strange)} of session {session.id!r} cannot be moved"
        near = nearest_names(strange[0], MOVABLE)
        raise ConfigError("scenarios", [Finding("not-movable", message, nearest=near)])
    days = {name: as_date(changes[name]) for name in ("start", "end") if name in changes}
    fields = session.model_dump() | dict(changes) | days
    try:
        return type(session).model_validate(fields)
    except ValidationError as error:
        raise ConfigError(
            "scenarios",
            [
                Finding(
                    "illegal-value", f"{item['loc'][0]} of session {session.id!r}: {item['msg']}"
                )
                for item in error.errors(include_url=False)
            ],
        ) from None


def _sound(framework: Framework, tables: Mapping[str, Any]) -> Framework:
    """Return the framework with other tables, or raise with all that is wrong with it."""
    changed = framework.model_copy(update=dict(tables))
    wrong = [finding for finding in check_framework(changed) if finding.severity == "error"]
    if wrong:
        raise ConfigError("scenarios", wrong)
    return changed


def compare_scenarios(
    plan: Plan,
    scenarios: Mapping[str, Framework],
    *,
    history: pd.DataFrame | None = None,
    effects: EffectModel | None = None,
    ranker: Ranker | None = None,
) -> pd.DataFrame:
    """Return what a year of trainings would close under other catalogues, all else equal.

    Beliefs about officers stay; gaps, ranking and plan are made again for each catalogue, the
    present one first.

    Parameters
    ----------
    plan : Plan
        Of a cohort; gives beliefs, aims and limits.
    scenarios : mapping of str to Framework
        By name; positions, competencies and levels are those of the plan.
    history : DataFrame, optional
        Trainings taken.
    effects : EffectModel, optional
        What trainings change; what it does not know is as the catalogue claims. Default: all is.
    ranker : Ranker, optional
        Default: the closed-form prior, with the same transitions.

    Returns
    -------
    DataFrame
        One row for each scenario, "present" first: scenario, gap_closed (weighted levels), change
        (against the present), n_planned (officers), n_steps, hours and cost.

    Raises
    ------
    ConfigError
        If a scenario changes positions, competencies or levels.
    """
    present = plan.ranking.gaps.levels.framework
    findings = [
        Finding("other-framework", f"scenario {name!r} changes positions, competencies or levels",
                hint="a scenario changes trainings, what they develop, and sessions")
        for name, framework in scenarios.items()
        if _axes(framework) != _axes(present)
    ]  # fmt: skip
    if findings:
        raise ConfigError("scenarios", findings)
    plans = {
        name: _planned(plan, framework, history, effects=effects, ranker=ranker)
        for name, framework in {"present": present, **scenarios}.items()
    }
    rows = [{"scenario": name, **_figures(made)} for name, made in plans.items()]
    table = pd.DataFrame(rows)
    table.insert(2, "change", table["gap_closed"] - table["gap_closed"].iloc[0])
    return table


def _planned(
    plan: Plan, framework: Framework, history: pd.DataFrame | None, *,
    effects: EffectModel | None, ranker: Ranker | None,
) -> Plan:  # fmt: skip
    held = plan.ranking.gaps
    moves = effects.transitions_for(framework) if effects is not None else None
    levels = replace(held.levels, framework=framework)
    gaps = score_gaps(levels, framework, config=GapConfig(aims=held.aims))
    ranking = (ranker or PriorRanker(transitions=moves)).rank(gaps, history=history)
    return plan_cohort(ranking, config=plan.config, transitions=moves)


def _figures(plan: Plan) -> dict[str, float]:
    cost = plan.ranking.gaps.levels.framework.index.trainings.cost
    planned = plan.pointer[1:] > plan.pointer[:-1]
    return {
        "gap_closed": plan.value,
        "n_planned": int(planned.sum()),
        "n_steps": len(plan),
        "hours": float(plan.hours.sum()),
        "cost": float(cost[plan.training].sum()),
    }


def _axes(framework: Framework) -> tuple[object, ...]:
    index = framework.index
    return index.competency_ids, index.position_ids, index.n_levels


def _refuse_unknown(kind: str, names: set[str], known: set[str]) -> None:
    findings = [
        Finding(f"unknown-{kind}", f"{kind} {name!r} is not in the framework",
                nearest=nearest_names(name, known))
        for name in sorted(names - known)
    ]  # fmt: skip
    if findings:
        raise ConfigError("scenarios", findings)
