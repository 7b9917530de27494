"""Course sequences for the learners of JCRec, planned by the public functions of this library.

    python -m benchmarks.jcrec [--quick] [--json FILE] [--out FILE]
        [--courses official|all] [--roles official|all|target] [--k 2]

The task becomes a framework folder and evidence files, which are read, scored, ranked and
planned like any other. With ``--roles target`` the position held is the learner's target role
and the plan closes its gap. With other roles the roles are the aims and the objective is the
number of positions reached; the stated bound is that of the planner itself.
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
from benchmarks._rows import Row, needed_folder, parser_for, show
from competency.config import GapConfig, PlanningConfig
from competency.evidence import read_evidence
from competency.files import write_text
from competency.framework import load_framework, save_framework
from competency.gaps import score_gaps
from competency.levels import LevelModel
from competency.planning import OfficerProof, plan_officers
from competency.ranking import rank_trainings

if TYPE_CHECKING:
    from competency.planning import Plan
    from competency.ranking import Ranking

AS_OF = "2026-11-01"
BEAM = {"official": 64, "all": 300, "target": 512}
"""Width of the planner's beam by roles: the narrowest that reaches the goals (measured)."""
QUICK = 64
"""Widest beam with ``--quick``."""

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
SKETCH = {("all", "all"): {3: 42.63}, ("all", "target"): {3: 0.7719}}
"""Mean score that a sketch reached where no optimum is known."""
SECONDS = {"official": dict.fromkeys((1, 2, 3), 0.1), "all": {2: 1.0, 3: 2.0}}
"""Seconds that planning for one learner may take, by courses and k; others are measured only."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Sequences by learner, their mean score, its bound, and seconds a learner in planning."""

    sequences: dict[str, list[str]]
    mean: float
    bound: float
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


def plan_task(task: Task, ranking: Ranking, *, k: int, width: int, target: bool) -> Outcome:
    """Return the best sequences of `k` courses that were found."""
    config = PlanningConfig(
        hours=k,
        max_steps=k,
        accredited_only=False,
        beam_width=width,
        minimum_gain=1e-6,
        objective="gap" if target else "positions",
        position_match=THRESHOLD,
    )
    plan_officers(ranking.take(np.array([0])), config=config)  # compiles outside the clock
    start = time.perf_counter()
    plan = plan_officers(ranking, config=config)
    seconds = (time.perf_counter() - start) / len(task.learner_ids)
    sequences = _sequences(plan, task)
    scores = _scores(task, sequences, target=target)
    assert isinstance(plan.proof, OfficerProof)
    missing = float((plan.proof.bound - plan.proof.value).mean())
    mean = float(np.mean(scores))
    return Outcome(sequences, mean, mean + missing, seconds)


def _sequences(plan: Plan, task: Task) -> dict[str, list[str]]:
    frame = plan.to_frame()
    taken = frame.groupby("officer")["training"].agg(list).to_dict()
    return {name: taken.get(name, []) for name in task.learner_ids}


def _scores(task: Task, sequences: dict[str, list[str]], *, target: bool) -> list[float]:
    """Return the match to the target role, or the number of roles reached, of each learner."""
    course = {name: i for i, name in enumerate(task.course_ids)}
    role = {name: i for i, name in enumerate(task.role_ids)}
    scores = []
    for name, levels in zip(task.learner_ids, task.learners, strict=True):
        taken = [course[step] for step in sequences[name]]
        after = np.maximum(levels, task.provided[taken].max(0, initial=0))
        if target:
            scores.append(float(match(after, task.roles[role[task.target_role[name]]])))
        else:
            scores.append(float((match(after, task.roles) >= THRESHOLD - 1e-9).sum()))
    return scores


def rows_of(outcome: Outcome, *, courses: str, roles: str, k: int) -> list[Row]:
    """Return the rows to print: score against greedy and optimum, and seconds a learner."""
    greedy = GREEDY.get((courses, roles), {}).get(k)
    optimum = OPTIMUM.get((courses, roles), {}).get(k)
    what = "mean match" if roles == "target" else "mean roles reached"
    goal = optimum or SKETCH.get((courses, roles), {}).get(k) or greedy
    return [
        Row(f"{what}, k={k}; peer: greedy", outcome.mean, peer=greedy, goal=goal),
        Row("the same at most, by the planner's bound", outcome.bound),
        Row(
            "seconds a learner, planning",
            outcome.seconds,
            goal=SECONDS[courses].get(k),
            smaller_is_better=True,
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Plan, write the sequences, print the rows; return the exit code."""
    parser = parser_for(__doc__)
    parser.add_argument("--courses", choices=["official", "all"], default="official")
    parser.add_argument("--roles", choices=["official", "all", "target"], default="official")
    parser.add_argument("--k", type=int, default=2, help="courses a learner may take")
    parser.add_argument("--out", type=Path, metavar="FILE", help="sequences by learner, as JSON")
    given = parser.parse_args(arguments)
    target = given.roles == "target"
    subset = "official" if given.roles == "official" else "all"
    task = load_task(needed_folder("jcrec"), courses=given.courses, roles=subset)
    with tempfile.TemporaryDirectory() as folder:
        ranking = read_ranking(task, Path(folder), target=target)
    width = BEAM[given.roles] if given.size == "full" else min(BEAM[given.roles], QUICK)
    outcome = plan_task(task, ranking, k=given.k, width=width, target=target)
    if given.out:
        write_text(given.out, json.dumps(outcome.sequences, indent=1) + "\n")
    rows = rows_of(outcome, courses=given.courses, roles=given.roles, k=given.k)
    show(f"JCRec: {given.courses} courses, {given.roles} roles", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
