"""Validation of the arguments of checks: every problem is reported at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from competency.arrays import Bools, Floats, Ints
from competency.errors import Finding, InputError

SUM_TOLERANCE = 1e-4
"""How far level probabilities may be from a sum of 1: float32 beliefs, added up."""

_OVERSHOOT = 1e-6
# How far rounding of float32 sums may carry a probability out of [0, 1].


def refuse(findings: Sequence[Finding]) -> None:
    """Raise `InputError` with all `findings`, when there are any."""
    if findings:
        raise InputError("calibration check", findings)


def event_forecasts(probability: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats]:
    """Return probabilities in [0, 1] and events (booleans, or 0 and 1), checked and raveled."""
    stated, happened = np.asarray(probability, np.float64), np.asarray(event, np.float64)
    findings = _size_findings(stated, happened, "probabilities", "events")
    wrong = ~((stated >= -_OVERSHOOT) & (stated <= 1 + _OVERSHOOT))
    findings += _count_finding(wrong, "probabilities are missing or outside [0, 1]")
    findings += _count_finding(~np.isin(happened, (0, 1)), "events are neither 0 nor 1")
    refuse(findings)
    return np.clip(stated.ravel(), 0.0, 1.0), happened.ravel()


def level_forecasts(probabilities: ArrayLike, level: ArrayLike) -> tuple[Floats, Ints]:
    """Return level probabilities ``(n, n_levels)`` and observed levels ``(n,)``, checked.

    Probabilities of shape ``(..., n_levels)`` must sum to 1 within `SUM_TOLERANCE`; those returned
    do so to rounding in float64.
    """
    stated, observed = np.asarray(probabilities, np.float64), np.asarray(level, np.float64)
    if stated.ndim == 0 or stated.shape[-1] == 0:
        hint = "give an array of shape (n, n_levels)"
        refuse([Finding("other-shape", "there is no axis of levels", hint=hint)])
    findings = _size_findings(stated[..., 0], observed, "rows of probabilities", "levels")
    wrong = ~(stated >= -_OVERSHOOT).all(-1) | ~np.isfinite(stated).all(-1)
    findings += _count_finding(wrong, "rows hold negative or missing probabilities")
    off = ~wrong & ~(np.abs(stated.sum(-1) - 1) <= SUM_TOLERANCE)
    findings += _count_finding(off, "rows of probabilities do not sum to 1")
    strange = ~np.isin(observed, np.arange(stated.shape[-1]))
    findings += _count_finding(strange, "levels are not among the levels of the forecasts")
    refuse(findings)
    rows = np.clip(stated.reshape(-1, stated.shape[-1]), 0.0, None)
    return rows / rows.sum(-1, keepdims=True), observed.ravel().astype(np.int64)


def survival_of(probabilities: Floats) -> Floats:
    """Return P(level >= k) for k from 1, shape ``(n, n_levels - 1)``."""
    tail = np.cumsum(probabilities[:, ::-1], axis=-1)[:, ::-1][:, 1:]
    return np.clip(tail, 0.0, 1.0)


def groups_of(groups: ArrayLike | None, n: int) -> Ints | None:
    """Return group numbers from 0, shape ``(n,)``, of labels; None = each forecast alone."""
    if groups is None:
        return None
    labels = np.asarray(groups).ravel()
    if len(labels) != n:
        text = f"{len(labels)} group labels for {n} forecasts"
        refuse([Finding("other-shape", text, hint="give each forecast the label of its group")])
    return np.unique(labels, return_inverse=True)[1]


def whole_number(name: str, value: int, least: int) -> int:
    """Return `value`, or raise `InputError` when it is below `least`."""
    if value < least:
        refuse([Finding("illegal-number", f"{name} is {value}", hint=f"at least {least}")])
    return int(value)


def open_shares(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return shares strictly between 0 and 1, at least one, or raise `InputError`."""
    if len(values) == 0 or not all(0 < value < 1 for value in values):
        hint = "give one or more numbers strictly between 0 and 1, such as 0.9"
        refuse([Finding("illegal-number", f"{name} are {tuple(values)}", hint=hint)])
    return tuple(float(value) for value in values)


def _size_findings(left: Floats, right: Floats, one: str, other: str) -> list[Finding]:
    if left.shape != right.shape:
        text = f"{one} have shape {left.shape}, {other} {right.shape}"
        return [Finding("other-shape", text, hint="give one outcome for each forecast")]
    if left.size == 0:
        hint = "a check needs at least one forecast with its outcome"
        return [Finding("nothing-to-check", "there are no forecasts", hint=hint)]
    return []


def _count_finding(wrong: Bools | np.bool, text: str) -> list[Finding]:
    places = np.flatnonzero(wrong)
    if len(places) == 0:
        return []
    message = f"{len(places)} of {np.size(wrong)} {text}, first at position {places[0]}"
    return [Finding("illegal-value", message, hint="leave out what is not known, then check again")]
