"""Catalogues that differ: trainings left out or added, sessions moved; what their plans close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from competency.config import as_date
from competency.errors import ConfigError, Finding, nearest_names
from competency.framework.check import check_framework

if TYPE_CHECKING:
    from competency.framework.model import Develops, Framework, Session, Training
    from competency.planning.plan import Plan

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


def refuse_other_axes(present: Framework, scenarios: Mapping[str, Framework]) -> None:
    """Raise `ConfigError` where a scenario changes positions, competencies or levels."""
    findings = [
        Finding("other-framework", f"scenario {name!r} changes positions, competencies or levels",
                hint="a scenario changes trainings, what they develop, and sessions")
        for name, framework in scenarios.items()
        if _axes(framework) != _axes(present)
    ]  # fmt: skip
    if findings:
        raise ConfigError("scenarios", findings)


def plan_figures(plan: Plan) -> dict[str, float]:
    """Return what a plan closes, for how many officers, in how many steps, hours and money."""
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
