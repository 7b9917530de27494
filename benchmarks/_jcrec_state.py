"""JCRec, one learner at a time: what can be taken now, and what each course would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks._jcrec_task import THRESHOLD, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Score = Callable[[pd.DataFrame], NDArray[np.float64]]

WIDTHS = (0.01, 0.02, 0.04, 0.08, 0.16)
"""Widths, in match, of the soft thresholds by which roles nearly reached count."""
NEAREST = (8, 24)
"""Roles nearest to their threshold whose mean match is looked at."""
_SLACK = 1e-9


class Courses:
    """What courses do to a learner's levels, and to the roles that the learner reaches."""

    def __init__(self, task: Task) -> None:
        self.task = task
        wanted = task.roles > 0
        share = np.where(wanted, 1 / np.maximum(task.roles, 1), 0.0) / wanted.sum(1)[:, None]
        # NOTE: the match is a sum over skill groups, so that it is read from a table by level.
        self._part = np.stack(
            [np.minimum(level, task.roles).T * share.T for level in range(4)], axis=1
        )
        asked = task.required > 0
        self._needed = np.where(asked, 1 / np.maximum(task.required, 1), 0.0)
        self._needed /= np.maximum(asked.sum(1), 1)[:, None]
        self._open = np.asarray(~asked.any(1))

    def matches(self, levels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the match of each row of levels with each role."""
        total = np.zeros((len(levels), len(self.task.roles)))
        for group in range(levels.shape[1]):
            total += self._part[group, levels[:, group]]
        return total

    def reached(self, level: NDArray[np.int64]) -> int:
        """Return the number of roles whose match is at the threshold or above."""
        return int((self.matches(level[None]) >= THRESHOLD - _SLACK).sum())

    def able(self, level: NDArray[np.int64], pool: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the courses of a pool that may be taken and still give something."""
        brought = (np.minimum(level, self.task.required[pool]) * self._needed[pool]).sum(1)
        ready = np.asarray((brought >= THRESHOLD - _SLACK) | self._open[pool])
        gives = np.asarray((self.task.provided[pool] > level).any(1))
        return pool[ready & gives]

    def after(self, level: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the levels after each of some courses."""
        return np.maximum(level, self.task.provided[rows])

    def features(self, level: NDArray[np.int64], rows: NDArray[np.int64]) -> pd.DataFrame:
        """Return what a ranker may look at, one row a course; more is better in every column."""
        before, then = self.matches(level[None])[0], self.matches(self.after(level, rows))
        done = before >= THRESHOLD - _SLACK
        change, nearest = then - before, np.argsort(np.where(done, -1, before))[::-1]
        columns = {"reached": ((then >= THRESHOLD - _SLACK) & ~done).sum(1).astype(float)}
        for width in WIDTHS:
            columns[f"near_{width}"] = ((_soft(then, width) - _soft(before, width)) * ~done).sum(1)
        for count in NEAREST:
            columns[f"nearest_{count}"] = change[:, nearest[:count]].mean(1)
        columns["match"] = change.mean(1)
        columns["lift"] = np.maximum(self.task.provided[rows] - level, 0).sum(1).astype(float)
        return pd.DataFrame(columns)

    def follow(
        self, level: NDArray[np.int64], steps: int, score: Score, pool: NDArray[np.int64]
    ) -> int:
        """Return the roles reached by taking the best course by score, again and again.

        In the last step there is nothing to look ahead to: what counts is what is reached.
        """
        for step in range(steps):
            rows = self.able(level, pool)
            if not len(rows):
                break
            columns = self.features(level, rows)
            by = score if step < steps - 1 else at_once
            level = self.after(level, rows)[int(np.argmax(by(columns)))]
        return self.reached(level)


def at_once(columns: pd.DataFrame) -> NDArray[np.float64]:
    """Greedy: roles reached by this course; equals go to the course that brings more near."""
    return np.asarray(columns["reached"] + 1e-6 * columns["near_0.02"])


def nearly(columns: pd.DataFrame) -> NDArray[np.float64]:
    """Roles nearly reached count in part: what rollouts follow."""
    return columns["near_0.04"].to_numpy()


def _soft(match: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp((THRESHOLD - match) / width)))
