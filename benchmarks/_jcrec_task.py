"""The JCRec task, and the same task as a framework and evidence.

Learners, courses and roles of JCRec (SIGIR 2024): levels 0 to 3 in 46 skill groups. A course may
be taken when the match to what it requires is at least .8; it lifts levels to what it provides.
The rules of preparation are those of the task: means by skill group, rounded; levels not stated
count 1 (learner), 2 (course) and 3 (role); learners with more than 15 skills are dropped; the
official subset is a draw with seed 42.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.framework.model import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
    Training,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

THRESHOLD = 0.8
"""Match from which a role is reached and a course may be taken (JCRec)."""
NOT_STATED = {"learner": 1, "course": 2, "role": 3}
MOST_SKILLS = 15
OFFICIAL = 100
SEED = 42
DAY = "2026-10-31"


@dataclass(frozen=True)
class Task:
    """Learners, roles and courses; the last axis of every array is the 46 skill groups."""

    learner_ids: list[str]
    learners: NDArray[np.int64]
    role_ids: list[str]
    roles: NDArray[np.int64]
    course_ids: list[str]
    required: NDArray[np.int64]
    provided: NDArray[np.int64]
    target_role: dict[str, str]
    groups: list[str]


def load_task(folder: Path, *, courses: str, roles: str) -> Task:
    """Read the data; `courses` and `roles` are ``"official"`` (100) or ``"all"``."""
    vectors = _Vectors(folder)
    learners = vectors.of("resumes.json", "learner")
    learners = {name: v for name, v in learners.items() if (v > 0).sum() <= MOST_SKILLS}
    role_rows = list(vectors.of("roles.json", "role").items())
    raw = {n: c for n, c in _read(folder, "courses.json").items() if "to_acquire" in c}
    course_rows = list(raw)
    drawn = random.Random(SEED)  # noqa: S311 (the task's own draw, not a secret)
    if roles == "official":
        role_rows = [role_rows[i] for i in drawn.sample(range(len(role_rows)), OFFICIAL)]
    if courses == "official":
        course_rows = [course_rows[i] for i in drawn.sample(range(len(course_rows)), OFFICIAL)]
    required = np.array([vectors.one(raw[n].get("required", []), "course") for n in course_rows])
    provided = np.array([vectors.one(raw[n]["to_acquire"], "course") for n in course_rows])
    return Task(
        list(learners),
        np.array(list(learners.values())),
        [name for name, _ in role_rows],
        np.array([v for _, v in role_rows]),
        course_rows,
        np.where((provided > 0) & (provided <= required), provided - 1, required),
        provided,
        _read(folder, "rolefit_targets.json"),
        vectors.groups,
    )


def match(levels: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean over wanted skill groups of min(level, wanted) / wanted."""
    share = np.minimum(levels, wanted) / np.maximum(wanted, 1)
    return np.asarray(share.sum(-1) / np.maximum((wanted > 0).sum(-1), 1))


def as_framework(task: Task) -> Framework:
    """Return the task as a framework.

    Skill groups are competencies, roles are positions, courses are trainings of one hour that
    always succeed. A requirement of level r among n weighs 1 / (r n), so that the weighted gap
    of a position is 1 minus the match. A course that provides nothing is left out: it cannot be
    taken.
    """
    names = [f"G{i:02d}" for i in range(1, len(task.groups) + 1)]
    useful = np.flatnonzero(task.provided.any(1))
    courses = [task.course_ids[i] for i in useful]
    return Framework(
        framework=(About(id="jcrec", name="JCRec"),),
        levels=tuple(ScaleLevel(level=k, name=f"level {k}") for k in (1, 2, 3)),
        competencies=tuple(
            Competency(id=i, name=n) for i, n in zip(names, task.groups, strict=True)
        ),
        positions=tuple(Position(id=name, name=name) for name in task.role_ids),
        requirements=_requirements(task, names),
        trainings=tuple(
            Training(id=name, name=name, hours=1.0, entry_match=THRESHOLD) for name in courses
        ),
        develops=tuple(
            Develops(training=t, competency=c, target_level=level, success=1.0)
            for t, c, level in _pairs(courses, names, task.provided[useful])
        ),
        entry_requirements=tuple(
            EntryRequirement(training=t, competency=c, level=level)
            for t, c, level in _pairs(courses, names, task.required[useful])
        ),
    )


def write_evidence(task: Task, folder: Path, *, with_position: bool) -> None:
    """Write officers.csv and assessments.csv: every level is a record, level 0 included."""
    count, size = task.learners.shape
    position = [task.target_role[i] if with_position else "" for i in task.learner_ids]
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"officer": task.learner_ids, "position": position}).to_csv(
        folder / "officers.csv", index=False
    )
    pd.DataFrame(
        {
            "officer": np.repeat(task.learner_ids, size),
            "competency": np.tile([f"G{i:02d}" for i in range(1, size + 1)], count),
            "source": "record",
            "assessor": "",
            "value": task.learners.ravel(),
            "date": DAY,
        }
    ).to_csv(folder / "assessments.csv", index=False)


def _requirements(task: Task, names: list[str]) -> tuple[Requirement, ...]:
    count = dict(zip(task.role_ids, (task.roles > 0).sum(1).tolist(), strict=True))
    return tuple(
        Requirement(position=p, competency=c, level=level, weight=1 / (level * count[p]))
        for p, c, level in _pairs(task.role_ids, names, task.roles)
    )


def _pairs(
    owners: Sequence[str], names: Sequence[str], table: NDArray[np.int64]
) -> list[tuple[str, str, int]]:
    rows, columns = np.nonzero(table)
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(owners[i], names[j], int(table[i, j])) for i, j in cells]


class _Vectors:
    """Lists of (skill, level) as levels of skill groups."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mastery = _read(folder, "mastery_levels.json")
        with (folder / "taxonomy.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        self.groups = list(dict.fromkeys(row["Type Level 3"] for row in rows))
        number = {name: i for i, name in enumerate(self.groups)}
        self._group = {int(row["unique_id"]): number[row["Type Level 3"]] for row in rows}

    def of(self, file: str, kind: str) -> dict[str, NDArray[np.int64]]:
        return {name: self.one(pairs, kind) for name, pairs in _read(self._folder, file).items()}

    def one(self, pairs: list[Any], kind: str) -> NDArray[np.int64]:
        found: dict[int, list[int]] = defaultdict(list)
        for skill, level in pairs:
            if isinstance(level, str) and level in self._mastery:
                value = self._mastery[level]
                found[self._group[skill]].append(NOT_STATED[kind] if value == -1 else value)
        levels = np.zeros(len(self.groups), np.int64)
        for group, values in found.items():
            levels[group] = round(sum(values) / len(values))
        return levels


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))
