"""A ranker that learned from plans, against greedy, on JCRec: all courses, all roles.

    python -m benchmarks.distil [--quick] [--json FILE]

Half of the learners teach. Their states are those along the planner's sequences; each plausible
course of a state is labelled by the roles reached in the end, by the plan where the plan takes it,
else by a rollout. `RankingEstimator` learns from these lists. The other half of the learners take
the best course by its score, step by step, at greedy's cost; five ways to halve them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from benchmarks._jcrec_state import Courses, at_once, nearly
from benchmarks._jcrec_task import Task, load_task
from benchmarks._rows import Row, Size, needed_folder, parser_for, show
from benchmarks.jcrec import QUICK, plan_task, read_ranking
from competency.ranking import RankingEstimator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks._jcrec_state import Score

SPLITS: dict[Size, int] = {"full": 5, "quick": 2, "smallest": 1}
"""Ways to halve the learners."""
PLAUSIBLE, OTHERS, POOL = 15, 60, 250
"""Courses labelled by rollouts (best by each feature), courses drawn beside them as they are, and
courses that a rollout may go on with."""


@dataclass(frozen=True)
class Lessons:
    """Labelled courses; `owner` is the learner, `state` the list that each belongs to."""

    columns: pd.DataFrame
    label: NDArray[np.float64]
    state: NDArray[np.int64]
    owner: NDArray[np.int64]


def lessons_of(task: Task, courses: Courses, plans: dict[str, list[str]], k: int) -> Lessons:
    """Return the lessons of all learners."""
    number = {name: row for row, name in enumerate(task.course_ids)}
    drawn, parts = np.random.default_rng(0), []
    for owner, name in enumerate(task.learner_ids):
        plan = np.array([number[course] for course in plans[name]], np.int64)
        level = task.learners[owner]
        whole = courses.reached(np.maximum(level, task.provided[plan].max(0, initial=0)))
        for step in range(k - 1):
            lesson = _lesson(courses, level, plan[step:], whole, (k - step - 1, drawn))
            if lesson is None:
                break
            columns, label = lesson
            parts.append((columns, label, np.full(len(label), owner * k + step), owner))
            level = courses.after(level, plan[step : step + 1])[0] if step < len(plan) else level
    return Lessons(
        pd.concat([part[0] for part in parts], ignore_index=True),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
        np.concatenate([np.full(len(part[1]), part[3]) for part in parts]),
    )


def _lesson(
    courses: Courses, level: NDArray[np.int64], plan: NDArray[np.int64], whole: int,
    rest: tuple[int, np.random.Generator],
) -> tuple[pd.DataFrame, NDArray[np.float64]] | None:  # fmt: skip
    left, drawn = rest
    rows = courses.able(level, np.arange(len(courses.task.course_ids)))
    if not len(rows):
        return None
    columns = courses.features(level, rows)
    order = {
        name: np.argsort(-columns[name].to_numpy(), kind="stable") for name in map(str, columns)
    }
    plausible = {int(row) for best in order.values() for row in best[:PLAUSIBLE]}
    pool = np.union1d(rows[order["near_0.08"][:POOL]], plan)
    others = drawn.choice(len(rows), min(OTHERS, len(rows)), replace=False).tolist()
    chosen = sorted(plausible | set(np.flatnonzero(np.isin(rows, plan)).tolist()) | set(others))
    label = np.zeros(len(chosen))
    for place, row in enumerate(chosen):
        after = courses.after(level, rows[row : row + 1])[0]
        steps = left if row in plausible else 0
        label[place] = courses.follow(after, steps, nearly, pool)
        if rows[row] in plan:
            label[place] = max(label[place], whole)
    return columns.iloc[chosen], label - label.min()


def held_out(
    task: Task, courses: Courses, lessons: Lessons, *, k: int, splits: int
) -> NDArray[np.float64]:
    """Return roles reached on the other half by the ranker and by greedy, a row for each split."""
    everything, found = np.arange(len(task.course_ids)), []
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(task.learner_ids))
        teach, test = np.array_split(order, 2)
        mine = np.isin(lessons.owner, teach)
        ranker = RankingEstimator(
            monotone=dict.fromkeys(map(str, lessons.columns), 1), gain="linear", at=1, min_rows=10
        ).fit(lessons.columns[mine], lessons.label[mine], groups=lessons.state[mine])
        ours, greedy = (
            [courses.follow(task.learners[row], k, score, everything) for row in test]
            for score in (cast("Score", ranker.predict), at_once)
        )
        found.append((np.mean(ours), np.mean(greedy)))
    return np.array(found)


def main(arguments: list[str] | None = None) -> int:
    """Teach, test, print the rows; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    task = load_task(needed_folder("jcrec"), courses="all", roles="all")
    courses, rows = Courses(task), []
    with tempfile.TemporaryDirectory() as folder:
        ranking = read_ranking(task, Path(folder), target=False)
    for k in (2, 3) if given.size == "full" else (2,):
        start = time.perf_counter()
        plans = plan_task(task, ranking, k=k, width=QUICK, target=False).sequences
        lessons = lessons_of(task, courses, plans, k)
        means = held_out(task, courses, lessons, k=k, splits=SPLITS[given.size])
        seconds = time.perf_counter() - start
        ours, greedy = map(float, means.mean(0))
        better = int((means[:, 0] > means[:, 1]).sum())
        what = f"roles reached by learners held out, k={k}; peer: greedy"
        rows += [
            Row(f"{what} ({better} of {len(means)} halves better)", ours, peer=greedy, goal=greedy),
            Row(f"seconds to plan, label and learn, k={k}", seconds),
        ]
    show("Distilled ranker on JCRec: all courses, all roles", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
