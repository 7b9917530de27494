"""What every benchmark prints: rows of ours, the peer's, their ratio, the goal, and whether met."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table

from competency.files import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
NO_DATA = 2
"""Exit code when the outside data is absent."""

Size = Literal["full", "quick", "smallest"]
"""How much a benchmark measures. The figures of the smallest say nothing: it is run in tests."""


@dataclass(frozen=True)
class Row:
    """One line of a benchmark.

    Parameters
    ----------
    name : str
        What was measured, with its unit.
    ours : float
    peer : float or None
        The figure to compare with; None = nothing comparable.
    goal : float or None
        The figure to reach; None = measured only.
    smaller_is_better : bool
        Direction of the goal.
    """

    name: str
    ours: float
    peer: float | None = None
    goal: float | None = None
    smaller_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours by the peer's."""
        return float(self.ours / self.peer) if self.peer else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, to four decimals; None without a goal."""
        if self.goal is None:
            return None
        ours, goal = round(self.ours, 4), round(self.goal, 4)
        return bool(ours <= goal if self.smaller_is_better else ours >= goal)

    def as_json(self) -> dict[str, str | float | bool | None]:
        """Return the row as it is written: plain numbers, and None where there is none."""
        figures = {"ours": self.ours, "peer": self.peer, "ratio": self.ratio, "goal": self.goal}
        plain = {
            name: None if value is None or not math.isfinite(value) else float(value)
            for name, value in figures.items()
        }
        return {"name": self.name} | plain | {"met": self.met}


def parser_for(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(size="full")
    for size, use in (("quick", "a first look"), ("smallest", "tests; its figures say nothing")):
        parser.add_argument(
            f"--{size}", dest="size", action="store_const", const=size, help=f"for {use}"
        )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON too")
    return parser


def outside_folder(name: str) -> Path | None:
    """Return a folder of outside data; say so and return None when it is absent."""
    folder = SHARED_DATA / name
    if folder.is_dir():
        return folder
    sys.stderr.write(
        f"no outside data: ../shared/data/{name} is not there (relative to the repository)\n"
    )
    return None


def needed_folder(name: str) -> Path:
    """Return a folder of outside data; leave with code 2 when it is absent."""
    folder = outside_folder(name)
    if folder is None:
        raise SystemExit(NO_DATA)
    return folder


def show(title: str, rows: Sequence[Row], json_file: Path | None = None) -> None:
    """Print the rows as a table, and write them to `json_file` when one is given."""
    table = Table(title=title)
    table.add_column("what")
    for name in ("ours", "peer", "ratio", "goal", "met"):
        table.add_column(name, justify="right")
    for row in rows:
        bound = "<= " if row.smaller_is_better else ">= "
        table.add_row(
            row.name,
            _text(row.ours),
            _text(row.peer),
            _text(row.ratio),
            "-" if row.goal is None else bound + _text(row.goal),
            {None: "-", True: "yes", False: "no"}[row.met],
        )
    Console().print(table)
    if json_file:
        content = [row.as_json() for row in rows]
        write_text(json_file, json.dumps(content, indent=1, allow_nan=False) + "\n")


def _text(number: float | None) -> str:
    return "-" if number is None else f"{number:.4g}"
