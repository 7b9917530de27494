"""Seconds and memory of every step of the demonstration, and the cost of the import.

    python -m benchmarks.pipeline [--quick] [--json FILE]

Memory is the highest resident size of the process up to the end of the step.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks._cohort import cohort_folder
from benchmarks._rows import Row, Size, parser_for, show

IMPORT_GOAL = 1.5
"""`import competency` may take this many times `import numpy`."""
AS_OF = "2026-11-01"
HOURS = 40.0
REPEATS: dict[Size, int] = {"full": 9, "quick": 3, "smallest": 1}

_Result = TypeVar("_Result")


class Clock:
    """Rows of seconds and memory, step by step."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def step(self, name: str, work: Callable[[], _Result]) -> _Result:
        """Do `work` and note what it took."""
        start = time.perf_counter()
        result = work()
        self.rows.append(Row(f"{name}, seconds", time.perf_counter() - start))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.rows.append(Row(f"{name}, peak MB", peak))
        return result


def import_seconds(module: str, repeats: int) -> float:
    """Return the median seconds of an import in a fresh interpreter."""
    code = (
        "import time; start = time.perf_counter(); "
        f"import {module}; print(time.perf_counter() - start)"
    )
    taken = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(repeats)
    ]
    return statistics.median(taken)


def import_row(repeats: int) -> Row:
    """Return the row that compares the two imports."""
    ours, peer = import_seconds("competency", repeats), import_seconds("numpy", repeats)
    return Row(
        "import competency / import numpy", ours / peer, goal=IMPORT_GOAL, smaller_is_better=True
    )


def demo_rows(cohort: Path) -> list[Row]:
    """Return seconds and memory of every step on the reference pack and a cohort."""
    import competency as cp

    clock = Clock()
    framework = clock.step("load framework", lambda: cp.load_framework(cp.pack_path()))
    evidence = clock.step("read evidence", lambda: cp.read_evidence(cohort, framework=framework))
    model = clock.step("fit levels", lambda: cp.LevelModel().fit(evidence))
    levels = clock.step("predict levels", lambda: model.predict(as_of=AS_OF))
    gaps = clock.step("score gaps", lambda: cp.score_gaps(levels, framework))
    ranker = clock.step("load ranker", lambda: cp.load_ranker(cp.model_path()))
    ranking = clock.step("rank", lambda: ranker.rank(gaps, history=evidence.history))
    plan = clock.step(
        "plan (kernel compiled or loaded)", lambda: cp.plan_cohort(ranking, hours=HOURS)
    )
    clock.step("plan again", lambda: cp.plan_cohort(ranking, hours=HOURS))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        clock.step("report", lambda: cp.render_report(plan, page, locale="id"))
    return clock.rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    rows = [import_row(REPEATS[given.size])]
    with tempfile.TemporaryDirectory() as folder:
        rows += demo_rows(cohort_folder(given.size, Path(folder)) / "cohort")
    show("Pipeline on the reference pack", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
