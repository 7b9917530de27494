"""How likely a class would show its effect, by running it many times before it runs once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtri

from competency.errors import Finding, InputError, nearest_names
from competency.evaluation.evaluate import evaluate_training
from competency.evaluation.worlds import Way, training_world

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

PlannedAssignment = Literal["random", "by_score", "by_nomination"]

ENOUGH_POWER = 0.8
"""Chance of finding what is there below which a design is too weak (convention)."""

REPETITIONS = 200
"""Simulated classes: power is then known to about .03 (usual range 100 to 2,000)."""

MOST_OFFICERS = 100_000
"""Officers above which no number is proposed."""

_WAYS: Mapping[str, Way] = {"random": "random", "by_score": "score", "by_nomination": "nomination"}


@dataclass(frozen=True, slots=True)
class Power:
    """What a design can show.

    Parameters
    ----------
    power : float
        Share of simulated classes whose verdict is "effective", the effect being there.
    se : float
        Of `power`, from the number of repetitions.
    false_alarm : float
        Share of them with no effect that are called effective.
    half_width : float
        Half of the 95 % interval of the effect, in standard deviations of the level.
    detectable : float
        Smallest effect found with a chance of `ENOUGH_POWER`, about.
    n_trained, n_untrained : int
        Officers with an outcome, on average.
    n_needed : int
        Trained and untrained officers together with whom the effect is found with that chance,
        about, in the same shares; 0 = more than `MOST_OFFICERS`.
    repetitions : int
    """

    power: float
    se: float
    false_alarm: float
    half_width: float
    detectable: float
    n_trained: int
    n_untrained: int
    n_needed: int
    repetitions: int


def power_by_simulation(
    assignment: PlannedAssignment,
    *,
    n_trained: int,
    n_untrained: int,
    effect: float,
    reliability: float = 0.7,
    class_size: int = 0,
    class_sd: float = 0.0,
    attrition: float = 0.0,
    repetitions: int = REPETITIONS,
    rng: int = 0,
) -> Power:
    """Return the chance that a design finds an effect of a given size.

    Parameters
    ----------
    assignment : {"random", "by_score", "by_nomination"}
        How officers will be chosen; see :func:`evaluate_training`.
    n_trained, n_untrained : int
        Officers who will take the training, and who will be compared with them; at least 2.
    effect : float
        Smallest effect worth finding, in standard deviations of the level, above 0.
    reliability : float
        Of the instrument, in (0, 1]; .7 is usual for a test, .5 for one rating.
    class_size : int
        Officers in a class; 0 = no classes, else the interval allows for them.
    class_sd : float
        Spread between classes, in standard deviations of the level.
    attrition : float
        Share without an outcome, in [0, 1).
    repetitions : int
        At least 20.
    rng : int
        Seed.

    Returns
    -------
    Power

    Raises
    ------
    InputError
        With everything that is wrong.

    Notes
    -----
    Each repetition draws a class with an earlier, a before and an after measure and evaluates it
    as it will be evaluated, placebo included. About 20 ms each.

    Examples
    --------
    >>> found = power_by_simulation("random", n_trained=25, n_untrained=25, effect=0.5,
    ...                             repetitions=60)
    >>> found.power < 0.8 < found.detectable / 0.5, found.n_needed > 50
    (True, True)
    >>> power_by_simulation("random", n_trained=1, n_untrained=25, effect=0.5)
    Traceback (most recent call last):
    competency.errors.InputError: power: 1 problem
      n_trained is 1. Hint: at least 2
    """
    problems = _problems(
        assignment, n_trained, n_untrained, effect=effect, reliability=reliability,
        attrition=attrition, repetitions=repetitions,
    )  # fmt: skip
    if problems:
        raise InputError("power", problems)
    stay = 1 - attrition
    n = max(round(stay * (n_trained + n_untrained)), 4)
    simulate = partial(
        training_world, way=_WAYS[assignment], n=n, share=n_trained / (n_trained + n_untrained),
        reliability=reliability, class_size=class_size, class_sd=class_sd,
    )  # fmt: skip
    (power, false_alarm), half = _found(
        assignment, simulate, (effect, 0.0), repetitions=repetitions, rng=rng
    )
    # NOTE: half of a 95 % interval is 1.96 errors; an effect of 2.80 errors is found 4 in 5 times.
    detectable = half / float(ndtri(0.975)) * float(ndtri(0.975) + ndtri(ENOUGH_POWER))
    needed = n / stay * (detectable / effect) ** 2
    return Power(
        power=power,
        se=float(np.sqrt(max(power * (1 - power), 1 / repetitions) / repetitions)),
        false_alarm=false_alarm,
        half_width=half,
        detectable=detectable,
        n_trained=round(stay * n_trained),
        n_untrained=round(stay * n_untrained),
        n_needed=int(np.ceil(needed)) if needed <= MOST_OFFICERS else 0,
        repetitions=repetitions,
    )


def _found(
    assignment: PlannedAssignment, simulate: Callable[..., pd.DataFrame],
    effects: tuple[float, ...], *, repetitions: int, rng: int,
) -> tuple[list[float], float]:  # fmt: skip
    """Return how often each effect is found, and half of the usual interval."""
    shares, widths = [], []
    for which, effect in enumerate(effects):
        codes = []
        for number in range(repetitions):
            table = simulate(np.random.default_rng([rng, number, which]), effect=effect)
            cluster = "class" if "class" in table.columns else None
            found = evaluate_training(table, assignment=assignment, cluster=cluster)
            codes.append(found.verdict.code)
            widths.append(found.interval[1] - found.interval[0])
        shares.append(codes.count("effective") / repetitions)
    known = [width for width in widths if np.isfinite(width)]
    return shares, float(np.median(known)) / 2 if known else float("nan")


def _problems(
    assignment: str, n_trained: int, n_untrained: int, *,
    effect: float, reliability: float, attrition: float, repetitions: int,
) -> list[Finding]:  # fmt: skip
    found = []
    if assignment not in _WAYS:
        near = nearest_names(assignment, _WAYS)
        hint = "decide how officers will be chosen; an unknown assignment gives a range, no power"
        message = f"assignment {assignment!r} cannot be planned"
        found.append(Finding("unknown-assignment", message, nearest=near, hint=hint))
    rules = (
        ("n_trained", n_trained, n_trained >= 2, "at least 2"),
        ("n_untrained", n_untrained, n_untrained >= 2, "at least 2"),
        ("effect", effect, effect > 0, "above 0"),
        ("reliability", reliability, 0 < reliability <= 1, "above 0, at most 1"),
        ("attrition", attrition, 0 <= attrition < 1, "from 0, below 1"),
        ("repetitions", repetitions, repetitions >= 20, "at least 20"),
    )
    for name, value, right, hint in rules:
        if not right:
            found.append(Finding("illegal-number", f"{name} is {value}", hint=hint))
    return found
