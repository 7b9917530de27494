"""DIRECT, a framework of digital research competencies, run from end to end on this library.

    python -m benchmarks.direct [--quick] [--json FILE] [--out FOLDER]

Skills become competencies under their DIRECT competency, learning resources become trainings,
providers stay providers. DIRECT names no positions, hours or effects; what is assumed in their
place is illustrative and marked so in the tables: each competency domain is a position that
requires its skills at level 2, and a learning resource takes 8 hours and lifts half of those
below level 2 to it. The framework is written as a folder, read back and checked; then a small
simulated cohort is read, ranked and planned.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from benchmarks._rows import Row, Size, needed_folder, parser_for, show
from competency.evidence import read_evidence
from competency.framework import check_framework, load_framework, save_framework
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    Position,
    Provider,
    Requirement,
    ScaleLevel,
    Training,
)
from competency.pipeline import recommend
from competency.simulate import simulate_cohort

SOURCE = "DIRECT competency framework, CC BY 4.0"
REQUIRED_LEVEL = 2
HOURS = 8.0
SUCCESS = 0.5
# Assumptions of this benchmark, not of DIRECT.
AS_OF = "2026-11-01"
OFFICERS: dict[Size, int] = {"full": 500, "quick": 60, "smallest": 10}

_Result = TypeVar("_Result")
Table = list[dict[str, Any]]


def direct_framework(folder: Path) -> Framework:
    """Return DIRECT as a framework.

    Parameters
    ----------
    folder : Path
        The published JSON tables.
    """
    skills, resources = _table(folder, "skill"), _table(folder, "learning_resource")
    groups, domains = _table(folder, "competency"), _table(folder, "competency_domain")
    return Framework(
        framework=(About(id="direct", name="DIRECT", language="en", licence="CC-BY-4.0"),),
        levels=_levels(_table(folder, "skill_level")),
        competencies=(
            *(Competency(id=g["slug"], name=g["name"], source=SOURCE) for g in groups),
            *(
                Competency(
                    id=s["slug"],
                    name=s["name"],
                    parent=s["competency"],
                    definition=s["description"].strip(),
                    source=SOURCE,
                )
                for s in skills
            ),
        ),
        positions=tuple(
            Position(id=d["slug"], name=d["name"], status="illustrative") for d in domains
        ),
        requirements=_requirements(skills, groups),
        providers=tuple(
            Provider(id=p["slug"], name=p["name"], source=SOURCE)
            for p in _table(folder, "provider")
        ),
        trainings=tuple(_training(r) for r in resources),
        develops=_develops(skills),
    )


def run(folder: Path, out: Path, *, n_officers: int) -> list[Row]:
    """Write, load, check, simulate, read and recommend; return the rows to print."""
    rows: list[Row] = []
    made = direct_framework(folder)
    save_framework(made, out / "framework")
    framework = _timed(rows, "load", lambda: load_framework(out / "framework"))
    findings = _timed(rows, "check", lambda: check_framework(framework))
    simulate_cohort(framework, n_officers=n_officers, as_of=AS_OF).write(out)
    evidence = _timed(
        rows, "read evidence", lambda: read_evidence(out / "cohort", framework=framework)
    )
    answer = _timed(rows, "levels to plan", lambda: recommend(framework, evidence, as_of=AS_OF))
    counts = {
        "competencies": len(framework.competencies),
        "trainings": len(framework.trainings),
        "findings of the check": len(findings),
        "rows rejected": len(evidence.rejected),
        "officers": len(evidence.officers),
        "steps planned": len(answer.plan),
    }
    return rows + [Row(name, float(count)) for name, count in counts.items()]


def _timed(rows: list[Row], name: str, step: Callable[[], _Result]) -> _Result:
    start = time.perf_counter()
    result = step()
    rows.append(Row(f"{name}, seconds", time.perf_counter() - start))
    return result


def _levels(table: Table) -> tuple[ScaleLevel, ...]:
    """Return levels 1 to 4; DIRECT's level 0 (none) is implied in every scale."""
    ordered = sorted(table, key=lambda row: int(row["level"]))
    return tuple(
        ScaleLevel(
            level=int(row["level"]),
            name=row["name"],
            description=row["short_description"],
            source=SOURCE,
        )
        for row in ordered
        if int(row["level"])
    )


def _requirements(skills: Table, groups: Table) -> tuple[Requirement, ...]:
    domain = {group["slug"]: group["competency_domain"] for group in groups}
    return tuple(
        Requirement(
            position=domain[skill["competency"]],
            competency=skill["slug"],
            level=REQUIRED_LEVEL,
            status="illustrative",
        )
        for skill in skills
    )


def _training(resource: dict[str, Any]) -> Training:
    return Training(
        id=resource["slug"],
        name=resource["name"],
        form="self_study",
        hours=HOURS,
        provider=resource["provider"],
        source=f"{SOURCE}; hours assumed",
        status="illustrative",
    )


def _develops(skills: Table) -> tuple[Develops, ...]:
    return tuple(
        Develops(
            training=resource,
            competency=skill["slug"],
            target_level=REQUIRED_LEVEL,
            success=SUCCESS,
            source=f"{SOURCE}; target and success assumed",
            status="illustrative",
        )
        for skill in skills
        for resource in skill["learning_resources"].split("|")
        if resource
    )


def _table(folder: Path, name: str) -> Table:
    table: Table = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return table


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print the rows; return the exit code."""
    parser = parser_for(__doc__)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep framework and cohort")
    given = parser.parse_args(arguments)
    folder = needed_folder("frameworks/direct")
    with tempfile.TemporaryDirectory() as made:
        rows = run(folder, given.out or Path(made), n_officers=OFFICERS[given.size])
    show("DIRECT", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
