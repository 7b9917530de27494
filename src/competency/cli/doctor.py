"""What is installed, how large it is, and whether it works here."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from pathlib import Path

from rich.table import Table

from competency.cli.screen import console
from competency.packs import model_path, pack_path

LIMIT_MB = 800
"""Goal for the installed core: the library and everything it needs, in megabytes.

Bytecode is not counted: pip writes it for every module, uv for none.
"""
LARGEST = 10
"""Parts that are listed one by one."""


def examine() -> int:
    """Print the state of this installation; return 0 when all is well, else 1."""
    names = core_distributions()
    sizes = {name: distribution_size(name) for name in names}
    total = sum(sizes.values()) / 1e6
    table = Table(title="competency doctor", title_justify="left")
    table.add_column("part")
    table.add_column("state")
    table.add_column("MB", justify="right")
    table.add_row("python", platform.python_version(), "")
    ranked = sorted(names, key=lambda item: (-sizes[item], item))
    for name in ranked[:LARGEST]:
        table.add_row(name, version(name), f"{sizes[name] / 1e6:.0f}")
    rest = ranked[LARGEST:]
    table.add_row(f"{len(rest)} more", "", f"{sum(sizes[name] for name in rest) / 1e6:.0f}")
    table.add_row(
        "[bold]installed core", f"goal: under {LIMIT_MB}, bytecode apart", f"[bold]{total:.0f}"
    )
    table.add_row("cores", str(os.cpu_count()), "")
    healthy = total < LIMIT_MB
    for label, path in (("reference pack", pack_path()), ("reference model", model_path())):
        present = path.is_dir() and any(path.iterdir())
        healthy &= present
        table.add_row(label, "present" if present else "[red]missing[/]", "")
    seconds = time_to_plan()
    table.add_row("first plan of this process", f"{seconds:.1f} s, kernel compiled or loaded", "")
    console.print(table)
    console.print("All is well." if healthy else "[red]Something needs attention.[/]")
    return 0 if healthy else 1


def time_to_plan() -> float:
    """Return the seconds from a framework and one officer to a plan.

    The first time after an installation this compiles the planner's kernel and keeps it on disk.
    """
    import pandas as pd

    from competency.evidence import evidence_from_tables
    from competency.framework import load_framework
    from competency.pipeline import recommend

    start = time.perf_counter()
    framework = load_framework(pack_path())
    officer = pd.DataFrame({"officer": ["9900"], "position": [framework.positions[0].id]})
    evidence = evidence_from_tables({"officers": officer}, framework=framework)
    recommend(framework, evidence, as_of="2026-11-01")
    return time.perf_counter() - start


def core_distributions() -> list[str]:
    """Return the names of the library and of all it needs without extras."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = ["competency"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        found.add(name)
        for text in needed:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name.lower().replace("_", "-"))
    return sorted(found)


def distribution_size(name: str) -> int:
    """Return the bytes on disk of an installed distribution's files, without bytecode."""
    files = [file for file in distribution(name).files or [] if file.suffix != ".pyc"]
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())
