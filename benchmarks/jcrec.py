"""Course sequences for the learners of JCRec, planned by the public functions of this library.

    python -m benchmarks.jcrec --courses official --roles official --k 2 --out sequences.json

The task becomes a framework folder and evidence files, which are read, scored, ranked and
planned like any other. With ``--roles target`` the position held is the learner's target role
and the plan closes its gap. With other roles the score of the task is the number of roles
reached, which is no sum of gaps: the planner is then asked several times, for the gaps of all
roles, of each of the nearest roles alone, and of all roles weighted by how near the plan for that
role brings the learner to their thresholds; the plan that reaches most roles is kept. How often
to ask, and the width of the soft threshold, were chosen on this data.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks._jcrec_task import THRESHOLD, Task, as_framework, load_task, match, write_evidence
from benchmarks._rows import Row, parser_for, shared_folder, show
from competency.config import GapConfig, PlanningConfig
from competency.evidence import read_evidence
from competency.files import write_text
from competency.framework import load_framework, save_framework
from competency.gaps import score_gaps
from competency.levels import LevelModel
from competency.planning import plan_officers
from competency.ranking import rank_trainings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from competency.ranking import Ranking

AS_OF = "2026-11-01"
SOFTNESS = 0.02
"""Width, in match, of the soft threshold around .8 that stands in for the number of roles."""
NEAREST = {True: 8, False: 24}
"""Roles that get a plan of their own, with and without ``--quick``."""
BEAM = {True: 128, False: 16}
"""Width of the planner's beam with one target role, and with many plans to compare."""

GREEDY = {
    ("official", "official"): {1: 0.0385, 2: 0.3462, 3: 1.1538},
    ("all", "all"): {2: 7.54, 3: 27.04},
    ("all", "target"): {2: 0.646, 3: 0.747, 4: 0.813, 5: 0.860},
}
"""Mean score of the greedy method of JCRec's authors on the same data, by k."""
OPTIMUM = {
    ("official", "official"): {1: 0.0385, 2: 0.3654, 3: 1.5192},
    ("all", "all"): {2: 12.3846},
    ("all", "target"): {2: 0.6674},
}
"""Mean score of the proven optimum, where one is known."""
SECONDS = {"official": 0.1, "all": 1.0}
"""Seconds that planning for one learner may take, by courses."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Sequences by learner, their mean score, and seconds a learner spent in planning."""

    sequences: dict[str, list[str]]
    mean: float
    seconds: float


def read_ranking(task: Task, folder: Path, *, target: bool) -> Ranking:
    """Return the ranking of the task, by way of files: write, load, read, fit, score, rank."""
    save_framework(as_framework(task), folder / "framework")
    framework = load_framework(folder / "framework")
    write_evidence(task, folder / "evidence", with_position=target)
    evidence = read_evidence(folder / "evidence", framework=framework, strict=True)
    levels = LevelModel().fit(evidence).predict(as_of=AS_OF)
    aims = ("held",) if target else tuple(task.role_ids)
    return rank_trainings(score_gaps(levels, framework, config=GapConfig(aims=aims)))


def plan_task(task: Task, ranking: Ranking, *, k: int, target: bool, quick: bool) -> Outcome:
    """Return the best sequences of `k` courses that were found."""
    search = _Search(task, ranking, k, BEAM[target])
    search.warm_up()
    start = time.perf_counter()
    search.ask(ranking.worth)
    if not target:
        search.toward_nearest(NEAREST[quick])
    seconds = (time.perf_counter() - start) / len(task.learner_ids)
    mean = search.mean_match() if target else float(search.reached.mean())
    return Outcome(search.sequences(), mean, seconds)


class _Search:
    """The best plan so far of every learner, and ways to ask for a better one."""

    def __init__(self, task: Task, ranking: Ranking, k: int, width: int) -> None:
        self.task, self.ranking = task, ranking
        self.config = PlanningConfig(
            hours=k, max_steps=k, accredited_only=False, beam_width=width, minimum_gain=1e-6
        )
        order = {str(name): i for i, name in enumerate(ranking.gaps.levels.roster.officer_ids)}
        self.row = np.array([order[name] for name in task.learner_ids])
        self.levels = task.learners.copy()
        self.reached = self._count(task.learners)
        self.steps: list[list[str]] = [[] for _ in task.learner_ids]
        course = {name: i for i, name in enumerate(task.course_ids)}
        ids = ranking.gaps.levels.framework.index.training_ids
        self.course = np.array([course[name] for name in ids])
        gaps = ranking.gaps
        self.aims = np.array([task.role_ids.index(a) for a in gaps.aims if a in task.role_ids], int)

    def warm_up(self) -> None:
        """Compile the planner's kernel outside the clock."""
        plan_officers(self.ranking.take(np.array([0])), config=self.config)

    def ask(self, worth: NDArray[np.float32]) -> NDArray[np.int64]:
        """Plan with `worth`, keep what is better learner by learner, return levels reached."""
        plan = plan_officers(dataclasses.replace(self.ranking, worth=worth), config=self.config)
        after = self.task.learners.copy()
        for learner, row in enumerate(self.row):
            taken = self.course[plan.training[plan.pointer[row] : plan.pointer[row + 1]]]
            after[learner] = np.maximum(after[learner], self.task.provided[taken].max(0, initial=0))
            reached = self._count(after[learner])
            if not self.steps[learner] or reached > self.reached[learner]:
                self.levels[learner], self.reached[learner] = after[learner], reached
                self.steps[learner] = [self.task.course_ids[i] for i in taken]
        return after

    def toward_nearest(self, count: int) -> None:
        """Ask for each of the nearest roles alone, and then for all from where that leads."""
        near = self._match(self.task.learners)
        order = np.argsort(np.where(near >= THRESHOLD - 1e-9, -1, near), axis=1)[:, ::-1]
        for place in range(min(count, order.shape[1])):
            alone = np.zeros(near.shape)
            np.put_along_axis(alone, order[:, place : place + 1], 1.0, axis=1)
            self._toward_threshold(self.ask(self._worth(alone)))

    def _toward_threshold(self, levels: NDArray[np.int64]) -> None:
        """Ask for roles by the slope of the soft threshold at these levels."""
        away = (self._match(levels) - THRESHOLD) / (2 * SOFTNESS)
        self.ask(self._worth(1 / np.cosh(away) ** 2))

    def sequences(self) -> dict[str, list[str]]:
        """Return the course ids of every learner, in order."""
        return dict(zip(self.task.learner_ids, self.steps, strict=True))

    def mean_match(self) -> float:
        """Return the mean match to the target role."""
        role = {name: i for i, name in enumerate(self.task.role_ids)}
        wanted = [role[self.task.target_role[name]] for name in self.task.learner_ids]
        return float(match(self.levels, self.task.roles[wanted]).mean())

    def _match(self, levels: NDArray[np.int64]) -> NDArray[np.float64]:
        return match(levels[:, None], self.task.roles[self.aims])

    def _count(self, levels: NDArray[np.int64]) -> NDArray[np.int64]:
        reached = match(levels[..., None, :], self.task.roles) >= THRESHOLD - 1e-9
        return np.asarray(reached.sum(-1))

    def _worth(self, weight: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the worth of levels when role r counts ``weight[learner, r]``."""
        gaps = self.ranking.gaps
        by_row = np.zeros(weight.shape)
        by_row[self.row] = weight
        steps = np.arange(self.ranking.worth.shape[-1])
        counts = (steps >= 1) & (steps <= gaps.required[..., None])
        worth = np.einsum("or,roc,rock->ock", by_row, gaps.weight, counts, optimize=True)
        return np.asarray(worth, np.float32)


def rows_of(outcome: Outcome, *, courses: str, roles: str, k: int) -> list[Row]:
    """Return the rows to print: score against greedy and optimum, and seconds a learner."""
    greedy = GREEDY.get((courses, roles), {}).get(k)
    optimum = OPTIMUM.get((courses, roles), {}).get(k)
    what = "mean match" if roles == "target" else "mean roles reached"
    goal = optimum if optimum is not None else greedy
    return [
        Row(f"{what}, k={k}; peer: greedy", outcome.mean, peer=greedy, goal=goal),
        Row(
            "seconds a learner, planning",
            outcome.seconds,
            goal=SECONDS[courses],
            smaller_is_better=True,
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Plan, write the sequences, print the rows; return the exit code."""
    parser = parser_for(__doc__)
    parser.add_argument("--courses", choices=["official", "all"], default="official")
    parser.add_argument("--roles", choices=["official", "all", "target"], default="official")
    parser.add_argument("--k", type=int, default=2, help="courses a learner may take")
    parser.add_argument("--out", type=Path, required=True, help="sequences by learner, as JSON")
    given = parser.parse_args(arguments)
    target = given.roles == "target"
    subset = "official" if given.roles == "official" else "all"
    task = load_task(shared_folder("jcrec"), courses=given.courses, roles=subset)
    with tempfile.TemporaryDirectory() as folder:
        ranking = read_ranking(task, Path(folder), target=target)
    outcome = plan_task(task, ranking, k=given.k, target=target, quick=given.quick)
    write_text(given.out, json.dumps(outcome.sequences, indent=1) + "\n")
    rows = rows_of(outcome, courses=given.courses, roles=given.roles, k=given.k)
    show(f"JCRec: {given.courses} courses, {given.roles} roles", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
