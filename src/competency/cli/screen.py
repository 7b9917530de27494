"""What a person sees in the terminal: findings, progress, and errors without a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from competency.errors import CompetencyError, Finding, InputError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}
SHOWN = 12
"""Findings printed by a run before the rest is counted; `check` prints all."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def stops_on_bad_input(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn the errors of this library, and of files, into a message and exit code 2."""

    @functools.wraps(command)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except InputError as error:
            show_findings(error.findings, to=errors)
            errors.print(f"[bold red]Stopped[/]: {escape(error.subject)} cannot be used.")
        except CompetencyError as error:
            errors.print(f"[bold red]error[/] {escape(str(error))}", soft_wrap=True)
        except OSError as error:
            what = f"{error.strerror}: {error.filename}" if error.filename else str(error)
            errors.print(f"[bold red]error[/] {escape(what)}", soft_wrap=True)
        raise typer.Exit(2)

    return guarded


def show_findings(
    findings: Sequence[Finding],
    *,
    limit: int | None = SHOWN,
    title: str = "Findings",
    to: Console = console,
) -> None:
    """Print findings, gravest first, and a line that counts them."""
    order = {severity: rank for rank, severity in enumerate(COLOURS)}
    ranked = sorted(findings, key=lambda item: order[item.severity])
    for item in ranked[:limit]:
        colour = COLOURS[item.severity]
        to.print(f"[{colour}]{item.severity:<7}[/] {escape(str(item))}", soft_wrap=True)
    if limit is not None and len(ranked) > limit:
        to.print(f"... and {len(ranked) - limit} more")
    counts = {name: sum(f.severity == name for f in findings) for name in COLOURS}
    said = ", ".join(f"{n} {name}{'s' if n != 1 else ''}" for name, n in counts.items() if n)
    to.print(f"{title}: {said or 'none'}")


class Steps:
    """A progress bar over named steps; call it with the name of the step that begins."""

    def __init__(self, names: Sequence[str]) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=32),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
        )
        self._names = tuple(names)
        self._task = self._progress.add_task(self._names[0], total=len(self._names))

    def __call__(self, name: str) -> None:
        """Show that the step `name` begins."""
        done = self._names.index(name)
        self._progress.update(self._task, description=name, completed=done)

    def __enter__(self) -> Steps:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
