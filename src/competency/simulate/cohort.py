"""A cohort of officers whose true levels are known, as tables that the library reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Floats, Ints, frozen
from competency.errors import ConfigError, Finding
from competency.files import write_text
from competency.simulate.config import SimulationConfig
from competency.simulate.people import make_people
from competency.simulate.timeline import STATUSES, YEAR_DAYS, YEARS, Streams, Timeline
from competency.simulate.world import level_of, make_world

if TYPE_CHECKING:
    from competency.framework.model import Framework
    from competency.simulate.assessors import Panel

CERTIFICATE_YEARS = 2
"""Half of the certificates end after this many years, the others never (chosen by the project)."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """Officers with known truth, and what was seen of them.

    Parameters
    ----------
    framework : Framework
        What the officers were simulated for.
    config : SimulationConfig
        The made-up world.
    as_of : date
        The day after the last day of the simulated years.
    officers, assessments, certificates, history : DataFrame
        Evidence tables with the columns that :func:`competency.read_evidence` reads.
    true_levels : DataFrame
        Columns officer, competency, theta (latent, in levels) and level, on the day `as_of`.
    true_assessors : DataFrame
        Columns assessor, source and severity (in levels).
    theta : float64, shape (n_officers, n_competencies)
        The latent levels as an array; officers and competencies sorted by id.
    level : int64, shape (n_officers, n_competencies)
        The true levels.
    """

    framework: Framework
    config: SimulationConfig
    as_of: date
    officers: pd.DataFrame
    assessments: pd.DataFrame
    certificates: pd.DataFrame
    history: pd.DataFrame
    true_levels: pd.DataFrame
    true_assessors: pd.DataFrame
    theta: Floats
    level: Ints

    def write(self, folder: str | Path) -> tuple[Path, ...]:
        """Write ``cohort/`` (what was seen) and ``truth/`` (what is true) and return the files.

        Parameters
        ----------
        folder : str or Path
            Made when it does not exist; files of the same names are replaced.

        Returns
        -------
        tuple of Path

        Notes
        -----
        The truth lies outside ``cohort/``, so that reading the cohort never sees it.
        """
        tables = {
            "cohort/officers.csv": self.officers,
            "cohort/assessments.csv": self.assessments,
            "cohort/certificates.csv": self.certificates,
            "cohort/history.csv": self.history,
            "truth/levels.csv": self.true_levels,
            "truth/assessors.csv": self.true_assessors,
        }
        return tuple(
            write_text(Path(folder) / name, table.to_csv(index=False, lineterminator="\n"))
            for name, table in tables.items()
        )

    def __repr__(self) -> str:
        return (
            f"Simulation({len(self.officers)} officers, {len(self.assessments)} assessments, "
            f"{len(self.history)} trainings taken, {len(self.certificates)} certificates)"
        )


def simulate_cohort(
    framework: Framework,
    *,
    n_officers: int = 1162,
    as_of: date | str = "2026-11-01",
    rng: int | np.random.Generator | None = 0,
    config: SimulationConfig | None = None,
) -> Simulation:
    """Officers of a made-up service with known levels, and three years of evidence about them.

    Latent levels are Gaussian around a mean near the requirement, correlated over competencies;
    assessments are ``P(Y >= k) = sigmoid(a (theta - severity - halo - (k - 1/2)))``; low scorers
    are sent to trainings more often; a completed training lifts levels with the chances of the
    catalogue.

    Parameters
    ----------
    framework : Framework
        Gives positions, requirements and trainings.
    n_officers : int
        At least 1; the default is the number of Pengantar Kerja in July 2023.
    as_of : date or str
        The day after the last simulated day; ISO text is read.
    rng : int, Generator or None
        Seed; a Generator gives its next integer; None stands for 0, so that no call is random.
    config : SimulationConfig, optional
        The made-up world.

    Returns
    -------
    Simulation

    Raises
    ------
    ConfigError
        When `n_officers` is below 1 or `as_of` is not a date.

    Notes
    -----
    The same arguments give the same tables. Memory grows with officers x (competencies +
    trainings); a thousand officers take about a second.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.simulate import simulate_cohort
    >>> framework = cp.load_framework(cp.pack_path())
    >>> made = simulate_cohort(framework, n_officers=50)
    >>> made.level.shape
    (50, 20)
    >>> simulate_cohort(framework, n_officers=1).officers["officer"].tolist()
    ['990000000000000001']
    """
    day, seed = _checked(n_officers, as_of), _seed(rng)
    config = config or SimulationConfig()
    streams = Streams(seed)
    people = make_people(framework, n_officers, config, streams.of("people"))
    world = make_world(framework.index, people, config, streams.of("world"))
    timeline = Timeline(framework, people, world, config=config, streams=streams)
    timeline.run()
    return _tables(timeline, day)


def _checked(n_officers: int, as_of: date | str) -> date:
    findings = []
    if n_officers < 1:
        findings.append(Finding("illegal-setting", f"n_officers is {n_officers}, at least 1"))
    try:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    except ValueError:
        findings.append(Finding("illegal-setting", "as_of is not an ISO date like 2026-11-01"))
    if findings:
        raise ConfigError("simulation", findings)
    return day


def _seed(rng: int | np.random.Generator | None) -> int:
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    return 0 if rng is None else rng


def _tables(timeline: Timeline, as_of: date) -> Simulation:
    first = as_of - timedelta(days=YEARS * YEAR_DAYS)
    theta, index = timeline.theta, timeline.index
    level = level_of(theta, index.max_level)
    return Simulation(
        timeline.framework,
        timeline.config,
        as_of,
        _officers(timeline),
        _assessments(timeline, first),
        _certificates(timeline, first, as_of),
        _history(timeline, first),
        _true_levels(timeline, level),
        _true_assessors(timeline.panels),
        frozen(theta),
        frozen(level),
    )


def _officers(timeline: Timeline) -> pd.DataFrame:
    people = timeline.people
    positions = np.array([*timeline.index.position_ids, ""], object)
    return pd.DataFrame(
        {
            "officer": people.ids,
            "name": people.names,
            "position": positions[people.position],
            "unit": people.unit_names,
            "region": people.regions,
        }
    )


def _assessments(timeline: Timeline, first: date) -> pd.DataFrame:
    rows, names = timeline.ratings, sorted(timeline.panels)
    source = rows.column("source")
    longest = max((len(panel.ids) for panel in timeline.panels.values()), default=0)
    ids = np.full((len(names) + 1, longest + 1), "", object)
    for number, name in enumerate(names):
        ids[number, : len(timeline.panels[name].ids)] = timeline.panels[name].ids
    frame = pd.DataFrame(
        {
            "officer": timeline.people.ids[rows.column("officer")],
            "competency": _texts(timeline.index.competency_ids)[rows.column("competency")],
            "source": _texts(names)[source],
            "assessor": ids[source, rows.column("assessor")],
            "value": rows.column("value"),
            "date": _dates(first, rows.column("day")),
        }
    )
    return _sorted(frame, ["officer", "date", "source", "competency"])


def _history(timeline: Timeline, first: date) -> pd.DataFrame:
    rows = timeline.attended
    frame = pd.DataFrame(
        {
            "officer": timeline.people.ids[rows.column("officer")],
            "training": _texts(timeline.index.training_ids)[rows.column("training")],
            "session": "",
            "status": _texts(STATUSES)[rows.column("status")],
            "start": _dates(first, rows.column("start")),
            "end": _dates(first, rows.column("end")),
        }
    )
    return _sorted(frame, ["officer", "start", "training"])


def _certificates(timeline: Timeline, first: date, as_of: date) -> pd.DataFrame:
    rows = timeline.certified
    issued = _dates(first, rows.column("day"))
    expires = issued + np.timedelta64(CERTIFICATE_YEARS * YEAR_DAYS, "D")
    expires[rows.column("officer") % 2 == 1] = np.datetime64("NaT")
    frame = pd.DataFrame(
        {
            "officer": timeline.people.ids[rows.column("officer")],
            "competency": _texts(timeline.index.competency_ids)[rows.column("competency")],
            "level": rows.column("level"),
            "issued": issued,
            "expires": expires,
        }
    )
    return _sorted(
        frame[frame["issued"] < pd.Timestamp(as_of)], ["officer", "issued", "competency"]
    )


def _true_levels(timeline: Timeline, level: Ints) -> pd.DataFrame:
    n_officers, n_competencies = level.shape
    return pd.DataFrame(
        {
            "officer": np.repeat(timeline.people.ids, n_competencies),
            "competency": np.tile(_texts(timeline.index.competency_ids), n_officers),
            "theta": np.round(timeline.theta, 2).ravel(),
            "level": level.ravel(),
        }
    )


def _true_assessors(panels: dict[str, Panel]) -> pd.DataFrame:
    named = {name: panel for name, panel in panels.items() if panel.ids[0]}
    count = [len(panel.ids) for panel in named.values()]
    frame = pd.DataFrame(
        {
            "assessor": np.concatenate([_texts(()), *(p.ids for p in named.values())]),
            "source": np.repeat(_texts(tuple(named)), count),
            "severity": np.concatenate(
                [np.zeros(0), *(np.round(p.severity, 3) for p in named.values())]
            ),
        }
    )
    return _sorted(frame, ["source", "assessor"])


def _dates(first: date, day: Ints) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.datetime64(first, "s") + day.astype("timedelta64[D]")


def _sorted(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _texts(values: tuple[str, ...] | list[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array(values, object)
