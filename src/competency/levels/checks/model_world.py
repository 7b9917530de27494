"""Simulation-based calibration of the level model on officers and ratings drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from competency.arrays import Floats, Ints, frozen
from competency.config import LevelConfig
from competency.errors import Finding
from competency.evidence.table import REJECTED_COLUMNS, Evidence
from competency.framework.model import About, Competency, Framework, Position, ScaleLevel
from competency.levels.beliefs import LevelBeliefs
from competency.levels.checks.arguments import refuse, whole_number
from competency.levels.checks.ranks import RANK_BINS, SimulationCheck, pit, uniformity
from competency.levels.fitting.given import given_parameters
from competency.levels.model import LevelModel
from competency.levels.posterior.likelihood import CERTAIN
from competency.levels.posterior.problem import LevelProblem
from competency.stats import Rng

if TYPE_CHECKING:
    from competency.levels.posterior.parameters import Parameters

DAY = date(2000, 1, 1)
"""Day of every rating and of the beliefs, so that nothing ages (any day does)."""

TOP = 5
"""Highest level of the scale."""

RATINGS = 4
"""Most ratings of one cell by default: a cell has 0 to 4, equally often."""

_TEXTS = ("officer", "competency", "source", "assessor", "scale")


@dataclass(frozen=True, eq=False)
class ModelWorld:
    """A truth drawn from the model itself, and the beliefs of the model about it.

    Parameters
    ----------
    beliefs : LevelBeliefs
        After the ratings.
    theta : float64, shape (n_officers, n_competencies)
        Latent truth, in levels.
    level : int64, shape (n_officers, n_competencies)
        The level that it lies in.
    """

    beliefs: LevelBeliefs
    theta: Floats
    level: Ints

    def __repr__(self) -> str:
        return f"ModelWorld({self.beliefs!r})"


def draw_model_world(
    config: LevelConfig | None = None,
    *,
    n_officers: int = 1000,
    n_competencies: int = 3,
    max_ratings: int = RATINGS,
    scored_with: LevelConfig | None = None,
    learn: bool = False,
    rng: Rng = 0,
) -> ModelWorld:
    """Return officers and ratings as `LevelModel` assumes them, and its beliefs.

    The prior is that of the settings, with a known mean; each rating comes from a source of the
    settings at random, by an assessor who rates once, so that severities (with halo) are
    independent. Beliefs come from what ``LevelModel.predict`` calls.

    Parameters
    ----------
    config : LevelConfig or None
        Settings of the world; None stands for the defaults.
    n_officers, n_competencies : int
        At least 1.
    max_ratings : int
        A cell has 0 to this many ratings, equally often.
    scored_with : LevelConfig or None
        Settings of the model that is checked in this world; None stands for `config`. Others show
        what wrong settings would cost.
    learn : bool
        Whether the model is fitted on the ratings, means included. False scores with the prior
        that truths were drawn from.
    rng : int, Generator or None

    Returns
    -------
    ModelWorld

    Raises
    ------
    InputError
        If a number is below its least value, or no source but records has settings.

    Notes
    -----
    Records state levels for certain, and the lack of a certificate is no evidence: neither is
    drawn. Time and memory are linear in ratings.

    Examples
    --------
    >>> world = draw_model_world(n_officers=50, n_competencies=2, rng=1)
    >>> world.theta.shape, int(world.level.min()) >= 0, int(world.level.max()) <= 5
    ((50, 2), True, True)
    >>> bool((draw_model_world(n_officers=3, max_ratings=0).beliefs.n_observations == 0).all())
    True
    """
    whole_number("n_officers", n_officers, 1)
    whole_number("n_competencies", n_competencies, 1)
    whole_number("max_ratings", max_ratings, 0)
    settings, generator = config or LevelConfig(), np.random.default_rng(rng)
    framework = _framework(settings, n_competencies)
    none = _ratings(np.zeros((n_officers, n_competencies)), settings, 0, np.random.default_rng(0))
    nothing = _evidence(framework, n_officers, none)
    theta = _truth(given_parameters(LevelProblem.of(nothing, settings)), n_officers, generator)
    rated = _evidence(framework, n_officers, _ratings(theta, settings, max_ratings, generator))
    level = np.clip(np.floor(theta + 0.5), 0, TOP).astype(np.int64)
    beliefs = _beliefs(rated, scored_with or settings, learn=learn)
    return ModelWorld(beliefs, frozen(theta), frozen(level))


def level_model_sbc(
    config: LevelConfig | None = None,
    *,
    by: Literal["level", "latent"] = "level",
    n_officers: int = 1000,
    n_competencies: int = 3,
    max_ratings: int = RATINGS,
    scored_with: LevelConfig | None = None,
    learn: bool = False,
    n_bins: int = RANK_BINS,
    rng: Rng = 0,
) -> SimulationCheck:
    """Return the simulation-based calibration of `LevelModel`, one test for each competency.

    Every officer is one simulation: a truth drawn from the model's prior, ratings drawn from
    its likelihood, and the rank of the truth in the belief.

    Parameters
    ----------
    config, n_competencies, max_ratings, scored_with, rng
        As in `draw_model_world`.
    by : str
        ``"level"`` ranks the true level by the probabilities of levels, which is exact;
        ``"latent"`` ranks the latent truth by a normal with the mean and sd of the belief,
        which also tests how near to normal beliefs are.
    n_officers : int
        Simulations; for a verdict at least 1,000.
    learn : bool
        Whether the model is fitted on the ratings too. Learned means are point estimates, whose
        uncertainty is not in the beliefs: with few officers that shows.
    n_bins : int
        Bins of the chi-square tests, at least 2.

    Returns
    -------
    SimulationCheck

    Raises
    ------
    InputError
        If `by` is neither, or as in `draw_model_world`.

    Notes
    -----
    Competencies of an officer are correlated and are therefore tested apart, never pooled.
    Time is linear in officers: about a second for 10,000 with three competencies.

    Examples
    --------
    >>> level_model_sbc(n_officers=400, n_competencies=1, n_bins=10).passed
    True

    A model that takes officers for more alike than they are fails:

    >>> level_model_sbc(n_officers=400, n_competencies=1, n_bins=10,
    ...                 scored_with=LevelConfig(prior_sd=0.6)).passed
    False
    """
    if by not in ("level", "latent"):
        hint = "rank by 'level' or by 'latent'"
        refuse([Finding("illegal-setting", f"by is {by!r}", hint=hint)])
    generator = np.random.default_rng(rng)
    world = draw_model_world(
        config,
        n_officers=n_officers,
        n_competencies=n_competencies,
        max_ratings=max_ratings,
        scored_with=scored_with,
        learn=learn,
        rng=generator,
    )
    ranks = level_ranks(world, rng=generator) if by == "level" else latent_ranks(world)
    names = world.beliefs.framework.index.competency_ids
    checks = (
        uniformity(column, bins=n_bins, name=name)
        for name, column in zip(names, ranks.T, strict=True)
    )
    return SimulationCheck(tuple(checks))


def level_ranks(world: ModelWorld, *, rng: Rng = 0) -> Floats:
    """Return the randomised rank of each true level in its belief, in [0, 1]."""
    check = pit(world.beliefs.probs, world.level, rng=rng)
    return check.ranks.reshape(world.level.shape)


def latent_ranks(world: ModelWorld) -> Floats:
    """Return the rank in [0, 1] of each latent truth in a normal with the moments of its belief."""
    beliefs = world.beliefs
    return np.asarray(ndtr((world.theta - beliefs.mean) / beliefs.sd), np.float64)


def _beliefs(evidence: Evidence, config: LevelConfig, *, learn: bool) -> LevelBeliefs:
    if learn:
        return LevelModel(config).fit(evidence, as_of=DAY).predict(as_of=DAY)
    # NOTE: a model that was fitted on nothing would not know the mean of the position; here it
    # is given, as it was when truths were drawn.
    problem = LevelProblem.of(evidence, config)
    return problem.beliefs(given_parameters(problem), DAY)


def _truth(given: Parameters, n_officers: int, rng: np.random.Generator) -> Floats:
    """Return a draw from what is given of officers of whom nothing is known."""
    root = np.linalg.cholesky(given.covariance)
    own = rng.standard_normal((n_officers, len(root))) @ root.T
    return np.asarray(given.means.group[0] + own)


def _ratings(
    theta: Floats, config: LevelConfig, max_ratings: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return ratings with ``P(Y >= k) = sigmoid(a (theta - s - (k - 1/2)))``, s drawn for each."""
    names = sorted(set(config.sources) - {CERTAIN})
    if not names:
        hint = "name a source such as 'supervisor' under levels.sources"
        refuse([Finding("no-source", "there is no source to draw ratings from", hint=hint)])
    count = rng.integers(0, max_ratings + 1, theta.size)
    cell = np.repeat(np.arange(theta.size), count)
    which = rng.integers(0, len(names), len(cell))
    slope, mean, spread = _columns(config, names)
    severity = mean[which] + spread[which] * rng.standard_normal(len(cell))
    rated_as = theta.ravel()[cell] - severity + rng.logistic(size=len(cell)) / slope[which]
    officer, competency = np.divmod(cell, theta.shape[1])
    level = np.clip(np.floor(rated_as + 0.5), 0, TOP)
    return pd.DataFrame(
        {
            "officer": _ids("", officer, len(theta)),
            "competency": _ids("C", competency, theta.shape[1]),
            "source": np.array(names, object)[which],
            "assessor": _ids("A", np.arange(len(cell)), len(cell)),
            "value": level,
            "scale": "main",
            "level": level,
        }
    ).astype(dict.fromkeys(_TEXTS, "str"))


def _columns(config: LevelConfig, names: list[str]) -> tuple[Floats, Floats, Floats]:
    sources = [config.sources[name] for name in names]
    rows = [(s.discrimination, s.severity, np.hypot(s.severity_sd, s.halo_sd)) for s in sources]
    slope, mean, spread = np.array(rows, np.float64).T
    return slope, mean, spread


def _evidence(framework: Framework, n_officers: int, ratings: pd.DataFrame) -> Evidence:
    ids = _ids("", np.arange(n_officers), n_officers)
    officers = pd.DataFrame({"officer": ids}, dtype="str").assign(
        name="", position="P", next_position="", unit="", region=""
    )
    day = np.datetime64(DAY, "s")
    dates = {"issued": "datetime64[s]", "expires": "datetime64[s]", "level": "int64"}
    certificates = pd.DataFrame(columns=["officer", "competency", *dates, "issuer"]).astype(dates)
    history = pd.DataFrame(
        columns=["officer", "training", "session", "status", "start", "end"]
    ).astype({"start": "datetime64[s]", "end": "datetime64[s]"})
    kept = pd.DataFrame(columns=["table", "file", "sheet", "row"])
    rejected = pd.DataFrame(columns=list(REJECTED_COLUMNS))
    rated = ratings.assign(date=np.full(len(ratings), day))
    return Evidence(framework, officers, rated, certificates, history, kept, rejected)


def _framework(config: LevelConfig, n_competencies: int) -> Framework:
    kind = min(config.half_life_years, default="")
    if not kind:
        hint = "name a kind of competency under levels.half_life_years"
        refuse([Finding("no-half-life", "there is no kind with a half-life", hint=hint)])
    return Framework(
        framework=(About(id="model-world", name="Model world"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, TOP + 1)),
        competencies=tuple(
            Competency(id=name, name=name, kind=kind)  # type: ignore[arg-type]
            for name in _ids("C", np.arange(n_competencies), n_competencies)
        ),
        positions=(Position(id="P", name="P"),),
    )


def _ids(prefix: str, numbers: Ints, size: int) -> list[str]:
    # Wide enough that the order of texts is the order of numbers.
    width = len(str(size))
    return [f"{prefix}{number + 1:0{width}d}" for number in numbers.tolist()]
