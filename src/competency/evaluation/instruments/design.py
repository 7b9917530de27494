"""Whether an instrument can answer what it is meant to: asked before the class runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from competency.config import NonNegative, Positive, Probability, Settings
from competency.errors import Finding, Severity
from competency.evaluation.instruments.forms import Occasion
from competency.evaluation.instruments.power import ENOUGH_POWER, Power, power_by_simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

Question = Literal["reaction", "learning", "behaviour", "results", "effect"]
"""What is asked: were they content; do they know more; do they work otherwise; does the unit
deliver more; and, of the last three, was it the training."""

LEAST_MONTHS = 3.0
"""Months after the training below which behaviour at work cannot have changed for good (chosen by
the project; 6 to 12 are proposed, and no regulation that says when could be read)."""

LEAST_RELIABILITY = 0.7
"""Reliability below which a measure of a group is called coarse (usual)."""

_SOURCES_OF = {
    2: ("test", "assessment_centre"),
    3: ("supervisor", "peer", "subordinate", "assessment_centre"),
}
# Who can observe learning, and who can observe behaviour at work.


class InstrumentDesign(Settings):
    """How a training will be measured.

    Parameters
    ----------
    level : {1, 2, 3, 4}
        Of Kirkpatrick.
    question : {"reaction", "learning", "behaviour", "results", "effect"}
        What is to be answered.
    occasions : tuple of str
        Of earlier, before, after, follow_up.
    scale_before, scale_after : str
        Names of the scales; empty = the framework's levels.
    same_form : bool
        Whether the very same questions are asked before and after.
    sources_before, sources_after : tuple of str
        Who rates: self, peer, subordinate, supervisor, assessment_centre, test.
    assessors : int
        Assessors of each officer and occasion.
    assessors_know : bool
        Whether assessors know who was trained.
    assignment : {"random", "by_score", "by_nomination", "unknown"}
        How officers are chosen.
    n_trained, n_untrained : int
        Officers who will be trained, and compared with them; 0 = none.
    class_size : int
        Officers in a class; 0 = all in one, or not known.
    class_sd : float
        Spread between classes, in standard deviations of the level.
    effect : float
        Smallest effect worth finding, in standard deviations of the level.
    reliability : float
        Of the measure, in (0, 1].
    months_after : float
        From the end of the training to the last occasion.
    attrition : float
        Share expected without an outcome.
    steps : int
        Different values that the measure can take.
    """

    level: Literal[1, 2, 3, 4]
    question: Question
    occasions: tuple[Occasion, ...]
    scale_before: str = ""
    scale_after: str = ""
    same_form: bool = False
    sources_before: tuple[str, ...] = ()
    sources_after: tuple[str, ...] = ()
    assessors: Annotated[int, Field(ge=0)] = 1
    assessors_know: bool = False
    assignment: Literal["random", "by_score", "by_nomination", "unknown"] = "unknown"
    n_trained: Annotated[int, Field(ge=0)] = 0
    n_untrained: Annotated[int, Field(ge=0)] = 0
    class_size: Annotated[int, Field(ge=0)] = 0
    class_sd: NonNegative = 0.0
    effect: Positive = 0.5
    reliability: Annotated[float, Field(gt=0, le=1)] = 0.7
    months_after: NonNegative = 0.0
    attrition: Annotated[Probability, Field(lt=1)] = 0.0
    steps: Annotated[int, Field(ge=2)] = 5


def check_instrument(
    design: InstrumentDesign, *, repetitions: int = 200, rng: int = 0
) -> tuple[Finding, ...]:
    """Return why an instrument cannot answer what it is meant to, and how it could.

    Parameters
    ----------
    design : InstrumentDesign
    repetitions : int
        Simulated classes for the power; 0 = do not simulate.
    rng : int
        Seed of the simulation.

    Returns
    -------
    tuple of Finding
        An error means that the question cannot be answered; a warning that the answer will be
        doubted; a note is worth knowing. Each with the next step. Empty = go ahead.

    Notes
    -----
    A few seconds for the simulation; see :func:`power_by_simulation`.

    Examples
    --------
    >>> smiles = InstrumentDesign(level=1, question="learning", occasions=("after",))
    >>> [finding.code for finding in check_instrument(smiles)]
    ['level-cannot-answer']
    >>> fair = InstrumentDesign(
    ...     level=2, question="effect", occasions=("earlier", "before", "after"),
    ...     sources_before=("test",), sources_after=("test",), assignment="random",
    ...     n_trained=120, n_untrained=120, reliability=0.8)
    >>> check_instrument(fair, repetitions=40)
    ()
    """
    if design.question == "reaction" or (design.level == 1):
        return tuple(_of_reactions(design))
    found = [*_of_level(design), *_of_occasions(design), *_of_scale(design)]
    if design.level in _SOURCES_OF:
        found += _of_sources(design)
    if design.question == "effect":
        found += _of_comparison(design)
        possible = design.assignment != "unknown" and min(design.n_trained, design.n_untrained) >= 2
        if repetitions and possible:
            found += _of_power(design, planned_power(design, repetitions=repetitions, rng=rng))
    return tuple(found)


def planned_power(design: InstrumentDesign, *, repetitions: int = 200, rng: int = 0) -> Power:
    """Return what a `design` can show, by `repetitions` simulated classes from the seed `rng`.

    Raises `InputError` if the assignment is unknown or a group is missing.
    """
    return power_by_simulation(
        design.assignment,  # type: ignore[arg-type]  # "unknown" is refused there, in words
        n_trained=design.n_trained, n_untrained=design.n_untrained, effect=design.effect,
        reliability=design.reliability, class_size=design.class_size, class_sd=design.class_sd,
        attrition=design.attrition, repetitions=repetitions, rng=rng,
    )  # fmt: skip


def _of_reactions(design: InstrumentDesign) -> Iterator[Finding]:
    if design.question != "reaction":
        message = f"what participants say of a training cannot answer {design.question!r}"
        hint = "measure learning (level 2) or behaviour (level 3) before and after"
        yield Finding("level-cannot-answer", message, hint=hint)
    elif design.level != 1:
        message = f"level {design.level} is more than the question needs"
        yield Finding("other-level", message, "note", hint="a form of level 1 answers it")
    elif "after" not in design.occasions:
        message, hint = "nobody is asked after the training", "ask on its last day"
        yield Finding("no-after", message, hint=hint)


def _of_level(design: InstrumentDesign) -> Iterator[Finding]:
    needed = {"learning": 2, "behaviour": 3, "results": 4}.get(design.question)
    if needed is not None and needed != design.level:
        message = f"a form of level {design.level} cannot answer {design.question!r}"
        hint = f"use the form of level {needed}"
        yield Finding("level-cannot-answer", message, hint=hint)
    if design.level == 4:
        message = "results of a unit have many causes, and reach no ranking"
        hint = "compare units with and without trained officers over several periods"
        yield Finding("results-have-many-causes", message, "note", hint=hint)


def _of_occasions(design: InstrumentDesign) -> Iterator[Finding]:
    asked = set(design.occasions)
    if "before" not in asked:
        message = "nothing is measured before the training"
        hint = "measure on the scale and by the assessors of the measure after it"
        drawn = design.question == "effect" and design.assignment == "random"
        severity: Severity = "warning" if drawn else "error"
        yield Finding("no-before", message, severity, hint=hint)
    if not asked & {"after", "follow_up"}:
        hint = "measure after the training too, both groups on the same days"
        yield Finding("no-after", "nothing is measured after the training", hint=hint)
    if design.question == "effect" and "earlier" not in asked and design.assignment != "random":
        message = "without an earlier period there is no placebo"
        strict = design.assignment in {"by_nomination", "unknown"}
        hint = "measure once more, a period before; past assessments will do"
        yield Finding("no-earlier", message, "error" if strict else "warning", hint=hint)
    if design.level == 3 and design.months_after < LEAST_MONTHS:
        message = f"behaviour is looked at {design.months_after:g} months after the training"
        hint = f"wait {LEAST_MONTHS:g} months or more; 6 to 12 are usual"
        yield Finding("too-soon", message, "warning", hint=hint)
    if design.level == 2 and "follow_up" not in asked:
        message = "nothing is measured months later: what fades will not be noticed"
        hint = "repeat the measure 6 to 12 months after the training"
        if design.question != "effect":
            yield Finding("no-follow-up", message, "note", hint=hint)


def _of_scale(design: InstrumentDesign) -> Iterator[Finding]:
    if design.scale_before != design.scale_after:
        message = f"scales differ: {design.scale_before!r} before, {design.scale_after!r} after"
        hint = "use one scale, or declare maps to levels in evidence.scales"
        yield Finding("other-scale", message, hint=hint)
    if design.same_form:
        message = "the same questions twice: some gain is having seen them"
        hint = "use parallel forms; the comparison group must see both as well"
        yield Finding("retest", message, "note", hint=hint)
    if design.reliability < LEAST_RELIABILITY:
        message = f"reliability is {design.reliability:g}: gains will mostly be noise"
        hint = "more questions or a second assessor: two assessors of .5 make .67"
        yield Finding("coarse-measure", message, "warning", hint=hint)
    if design.steps < 4:
        message = f"the measure has {design.steps} steps: many will be at the top before"
        hint = "use four steps or more, with room above the best of the officers"
        yield Finding("few-steps", message, "warning", hint=hint)


def _of_sources(design: InstrumentDesign) -> Iterator[Finding]:
    before, after = set(design.sources_before), set(design.sources_after)
    rated = {"before": before} if "before" in design.occasions else {}
    for name, sources in (rated | {"after": after}).items():
        if sources <= {"self"}:
            what = "only officers rate themselves" if sources else "nobody is named who rates"
            hint = "self-ratings are kept apart: training changes how officers rate themselves too"
            yield Finding("self-only", f"{what} {name} the training", hint=hint)
    fitting = _SOURCES_OF[design.level]
    if after - {"self"} and not after & set(fitting):
        message = f"none of {sorted(after)} can see what level {design.level} asks for"
        hint = f"let one of {', '.join(fitting)} rate"
        yield Finding("blind-source", message, "warning", hint=hint)
    if rated and (before ^ after) - {"self"}:
        message = f"others rate before than after: {sorted(before)}, {sorted(after)}"
        hint = "a stricter source looks like a loss; let the same rate both times"
        yield Finding("other-sources", message, "warning", hint=hint)
    if design.assessors_know and (after & {"supervisor", "peer", "subordinate"}):
        message = "assessors know who was trained, and may see what they expect"
        hint = "add a test, or assessors who do not know"
        yield Finding("assessors-know", message, "warning", hint=hint)
    if design.assessors == 1 and after & {"supervisor", "peer", "subordinate"}:
        message = "one assessor for each officer: severity and level cannot be told apart"
        hint = "let two rate some of the officers"
        yield Finding("one-assessor", message, "note", hint=hint)


def _of_comparison(design: InstrumentDesign) -> Iterator[Finding]:
    if design.n_untrained == 0:
        message = "there is nobody to compare with: a gain is not an effect"
        hint = "measure those on the waiting list on the same days; draw who goes first by lot"
        yield Finding("no-comparison", message, hint=hint)
    elif design.n_trained == 0:
        yield Finding("no-trained", "no number of officers to train", hint="give n_trained")
    if design.assignment == "unknown":
        message = "nobody has said how officers are chosen: the answer will be a range"
        hint = "draw by lot among those who fit equally well, or send by score and keep the scores"
        yield Finding("unknown-assignment", message, "warning", hint=hint)


def _of_power(design: InstrumentDesign, power: Power) -> Iterator[Finding]:
    if power.power + power.se < ENOUGH_POWER:
        many = f"about {power.n_needed:,}" if power.n_needed else "more than can be had"
        message = (
            f"an effect of {design.effect:g} sd would be found with a chance of {power.power:.0%} "
            f"(n = {power.n_trained} and {power.n_untrained})"
        )
        hint = (
            f"{many} officers in all are needed, or an effect of {power.detectable:.2g} sd; "
            "a better measure helps as much"
        )
        yield Finding("low-power", message, "warning", hint=hint)
