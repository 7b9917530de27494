"""Three years of a made-up service: assessments, then trainings, year after year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Floats, Ints, stable_seed
from competency.simulate import attendance
from competency.simulate.assessors import Panel, make_panels
from competency.simulate.world import World, develop, expand, level_of, rate

if TYPE_CHECKING:
    from competency.framework.model import Framework
    from competency.simulate.config import SimulationConfig
    from competency.simulate.people import People

YEARS = 3
YEAR_DAYS = 365
STATUSES = ("completed", "failed", "withdrawn")

LAG_DAYS = {"self": 0, "peer": 3, "supervisor": 7, "test": 10, "assessment_centre": 20}
"""Days between the start of a unit's round and the rating, by source."""

KINDS_SEEN = {"assessment_centre": ("managerial", "sociocultural"), "test": ("technical",)}
"""Sources that see some kinds of competencies only."""


class Streams:
    """Independent random generators, one for each purpose, from one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, *purpose: object) -> np.random.Generator:
        """Return a fresh generator for `purpose`; the same one for the same words."""
        return np.random.default_rng(stable_seed(self._seed, *purpose))


@dataclass
class Records:
    """Columns of events as they happen, one list of arrays for each column."""

    columns: dict[str, list[Ints]] = field(default_factory=dict)

    def add(self, **columns: Ints | int) -> None:
        """Append events; numbers are repeated to the length of the arrays beside them."""
        whole = np.broadcast_arrays(*columns.values())
        for name, values in zip(columns, whole, strict=True):
            self.columns.setdefault(name, []).append(values)

    def column(self, name: str) -> Ints:
        """Return one column of all events."""
        parts = self.columns.get(name)
        return np.concatenate(parts) if parts else np.zeros(0, int)


class Timeline:
    """The state of the made-up service while the years go by.

    Parameters
    ----------
    framework : Framework
    people : People
    world : World
        The truth on the first day; `theta` here is a copy that moves.
    config : SimulationConfig
    streams : Streams
    """

    def __init__(
        self, framework: Framework, people: People, world: World, *, config: SimulationConfig,
        streams: Streams,
    ) -> None:  # fmt: skip
        index = framework.index
        self.framework, self.index, self.people, self.world = framework, index, people, world
        self.config, self.streams = config, streams
        self.theta = world.theta.copy()
        self.panels = make_panels(people, YEARS, config, streams.of("assessors"))
        regions = {str(name): i for i, name in enumerate(np.unique(people.regions.astype(str)))}
        self.region = np.array([regions[str(name)] for name in people.regions], int)
        self.catalogue = attendance.make_catalogue(index, regions, YEARS, streams.of("classes"))
        self.appointed = YEARS * YEAR_DAYS - people.joined
        self.passed = np.zeros((len(people), len(index.training_ids)), bool)
        self.seen_sum = np.zeros(self.theta.shape)
        self.seen_count = np.zeros(self.theta.shape)
        self.ratings, self.attended, self.certified = Records(), Records(), Records()
        kind = {row.id: row.kind for row in framework.competencies}
        self.kind = np.array([kind[name] for name in index.competency_ids], object)
        types = {row.id: row.type for row in framework.trainings}
        self.certifies = np.array(
            [types[name] in config.certify_types for name in index.training_ids], bool
        )

    def run(self) -> None:
        """Let all years go by."""
        for year in range(YEARS):
            self._assess(year)
            self._train(year)

    def _assess(self, year: int) -> None:
        rng = self.streams.of("rounds", year)
        round_start = rng.integers(10, 100, self.people.unit.max() + 1)[self.people.unit]
        tilt = self.config.coverage_unit * self.world.strength
        for source, panel in self.panels.items():
            rng = self.streams.of("ratings", source, year)
            day = year * YEAR_DAYS + round_start + LAG_DAYS.get(source, 0)
            chance = _tilted(self.config.participation.get(source, 0.0), tilt)
            takes_part = (rng.random(len(day)) < chance) & (self.appointed <= day)
            kinds = KINDS_SEEN.get(source)
            seen = np.ones(len(self.kind), bool) if kinds is None else np.isin(self.kind, kinds)
            cells = self.world.covered & seen & takes_part[:, None]
            self._rate(source, panel, year, np.nonzero(cells), day, rng)

    def _rate(
        self, source: str, panel: Panel, year: int, cells: tuple[Ints, ...], day: Ints,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        officer, competency = cells
        assessor = panel.assigned[year, officer]
        value = rate(
            self.theta[cells],
            panel.severity[assessor] + panel.halo[year, officer],
            self.config.sources[source].discrimination,
            self.index.max_level[competency].astype(int),
            rng,
        )
        self.ratings.add(
            officer=officer, competency=competency, source=sorted(self.panels).index(source),
            assessor=assessor, value=value, day=day[officer],
        )  # fmt: skip
        np.add.at(self.seen_sum, cells, value)
        np.add.at(self.seen_count, cells, 1)

    def _train(self, year: int) -> None:
        opinion = np.where(
            self.seen_count > 0, self.seen_sum / np.maximum(self.seen_count, 1), self.world.typical
        )
        need = attendance.seen_need(self.index, opinion, self.world.required)
        rng = self.streams.of("attendance", year)
        wanted = attendance.how_many(need, self.config, rng)
        tried = self.passed.copy()
        for slot in range(attendance.SLOTS):
            allowed = attendance.may_enter(self.index, opinion, self.passed) & ~tried
            first = year * YEAR_DAYS + self.catalogue.first_day[year, slot]
            allowed &= (self.appointed[:, None] <= first) & (wanted > slot)[:, None]
            pick = self._pick(need, allowed, rng)
            rows = np.flatnonzero(pick >= 0)
            tried[rows, pick[rows]] = True
            self._attend(rows, pick[rows], first, rng, year=year)

    def _pick(self, need: Floats, allowed: Bools, rng: np.random.Generator) -> Ints:
        return attendance.choose(
            self.catalogue,
            need,
            allowed,
            mandatory=attendance.mandatory_for(self.index, self.people.position),
            region=self.region,
            slope=self.config.score_slope,
            rng=rng,
        )

    def _attend(
        self, rows: Ints, trainings: Ints, first: Ints, rng: np.random.Generator, *, year: int
    ) -> None:
        ends = np.cumsum([self.config.completed, self.config.failed])
        status = np.searchsorted(ends, rng.random(len(rows)), side="right")
        start = first[trainings]
        end = start + self.catalogue.days[trainings] - 1
        self.attended.add(officer=rows, training=trainings, status=status, start=start, end=end)
        done = status == STATUSES.index("completed")
        rows, trainings, end = rows[done], trainings[done], end[done]
        self.passed[rows, trainings] = True
        develop(self.theta, rows, trainings, self.index, rng)
        self._post_test(rows, trainings, end, rng, year=year)
        self._certify(rows, trainings, end, rng)

    def _post_test(
        self, rows: Ints, trainings: Ints, end: Ints, rng: np.random.Generator, *, year: int
    ) -> None:
        tested = rng.random(len(rows)) < self.config.post_test
        if "test" not in self.panels or not tested.any():
            return
        member, cell = expand(self.index.develops, trainings[tested])
        officer = rows[tested][member]
        day = np.zeros(len(self.people), int)
        day[rows] = end
        cells = officer, self.index.develops.competency[cell]
        wanted = self.world.required[cells] > 0
        cells = cells[0][wanted], cells[1][wanted]
        self._rate("test", self.panels["test"], year, cells, day, rng)

    def _certify(self, rows: Ints, trainings: Ints, end: Ints, rng: np.random.Generator) -> None:
        chosen = self.certifies[trainings]
        rows, trainings, end = rows[chosen], trainings[chosen], end[chosen]
        develops = self.index.develops
        member, cell = expand(develops, trainings)
        officer, competency = rows[member], develops.competency[cell]
        held = level_of(self.theta[officer, competency], self.index.max_level[competency])
        able = held >= develops.target_level[cell]
        passes = rng.random(len(cell)) < np.where(able, 1 - self.config.slip, self.config.guess)
        self.certified.add(
            officer=officer[passes], competency=competency[passes],
            level=develops.target_level[cell][passes].astype(int),
            day=end[member][passes] + 14,
        )  # fmt: skip


def _tilted(chance: float, tilt: Floats) -> Floats:
    """Return `chance` with `tilt` added to its logit; 0 and 1 stay what they are."""
    if chance in (0.0, 1.0):
        return np.full(len(tilt), chance)
    odds = chance / (1 - chance) * np.exp(tilt)
    return odds / (1 + odds)
