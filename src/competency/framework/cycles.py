"""What needs itself: cycles of prerequisites, trainings, positions and parents, as they run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from competency.errors import Where
from competency.framework.model import (
    Competency,
    LadderStep,
    Named,
    Position,
    Prerequisite,
    Training,
    TrainingPrerequisite,
)

if TYPE_CHECKING:
    from competency.framework.reading import Reading

Vertex = tuple[str, int]
"""An id and a level; the level is 0 where there are none."""

Arrows = dict[tuple[Vertex, Vertex], Where]
"""Arrows of a graph, and the row that each stands in; no place for an implied one."""


_STARTS = 100
# Vertices of one knot from which a shortest cycle is sought; it bounds the cost of huge knots.


def short_cycles(arrows: Iterable[tuple[Vertex, Vertex]]) -> list[list[Vertex]]:
    """Return one short cycle of every knot of a directed graph, sorted.

    Parameters
    ----------
    arrows : iterable of pairs
        From, to. A knot is a strongly connected component with at least one arrow.

    Returns
    -------
    list of list
        The shortest through any of the knot's first hundred vertices. Each starts at its
        smallest vertex and does not repeat it at the end.

    Examples
    --------
    >>> a, b, c, d = (("a", 0), ("b", 0), ("c", 0), ("d", 0))
    >>> short_cycles([(b, c), (c, b), (a, b), (d, d)])
    [[('b', 0), ('c', 0)], [('d', 0)]]
    >>> short_cycles([(a, b)])
    []
    """
    import networkx as nx

    nexts: dict[Vertex, list[Vertex]] = {}
    for start, end in sorted(set(arrows)):
        nexts.setdefault(start, []).append(end)
    graph: nx.DiGraph[Vertex] = nx.DiGraph()
    graph.add_edges_from((start, end) for start, ends in nexts.items() for end in ends)
    knots = (sorted(knot) for knot in nx.strongly_connected_components(graph))
    rings = (_shortest_ring(nexts, knot) for knot in knots)
    return sorted(ring for ring in rings if ring)


def _shortest_ring(nexts: Mapping[Vertex, list[Vertex]], knot: list[Vertex]) -> list[Vertex]:
    best: list[Vertex] = []
    for start in knot[:_STARTS]:
        ring = _ring(nexts, start)
        if ring and (not best or len(ring) < len(best)):
            best = ring
        if 0 < len(best) <= 2:
            break
    first = best.index(min(best)) if best else 0
    return best[first:] + best[:first]


def _ring(nexts: Mapping[Vertex, list[Vertex]], start: Vertex) -> list[Vertex]:
    came: dict[Vertex, Vertex] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in nexts.get(here, []):
            if there == start:
                return _path(came, start, here)
            if there not in came:
                came[there] = here
                queue.append(there)
    return []


def _path(came: Mapping[Vertex, Vertex], start: Vertex, last: Vertex) -> list[Vertex]:
    path = [last]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]


def check_cycles(reading: Reading) -> None:
    """Add a finding for every knot of each of the four relations that must not run in a cycle."""
    _level_cycles(reading)
    named = _labels(reading, Training)
    arrows = {
        ((row.training, 0), (row.requires_training, 0)): where
        for row, where in reading.of(TrainingPrerequisite)
    }
    _report(reading, "training_prerequisites", "training", arrows, "needs", named)
    named = _labels(reading, Position)
    arrows = {
        ((row.position, 0), (row.next_position, 0)): where for row, where in reading.of(LadderStep)
    }
    _report(reading, "ladder", "position", arrows, "leads to", named)
    named = _labels(reading, Competency)
    arrows = {
        ((row.id, 0), (row.parent, 0)): where for row, where in reading.of(Competency) if row.parent
    }
    _report(reading, "competencies", "parent", arrows, "is under", named)


def _level_cycles(reading: Reading) -> None:
    named = _labels(reading, Competency)
    rows = {
        ((row.competency, row.level), (row.requires_competency, row.requires_level)): where
        for row, where in reading.of(Prerequisite)
    }
    _selves(reading, rows, named)
    arrows = {pair: where for pair, where in rows.items() if not _is_self(pair)}
    top: dict[str, int] = {}
    for name, level in (vertex for pair in arrows for vertex in pair):
        top[name] = max(top.get(name, 0), level)
    for name, highest in top.items():
        for level in range(2, highest + 1):
            arrows.setdefault(((name, level), (name, level - 1)), Where())
    _report(reading, "prerequisites", "prerequisite", arrows, "needs", named)


def _is_self(pair: tuple[Vertex, Vertex]) -> bool:
    (name, level), (other, needed) = pair
    return name == other and needed >= level


def _selves(
    reading: Reading,
    steps: Arrows,
    named: Callable[[Vertex], str],
) -> None:
    for pair, where in steps.items():
        if _is_self(pair):
            (name, level), (_, needed) = pair
            message = f"{named((name, level))} needs its own level {needed}"
            reading.add("prerequisites", "needs-itself", message, where=where, hint="remove it")


def _report(
    reading: Reading,
    table: str,
    word: str,
    steps: Arrows,
    verb: str,
    named: Callable[[Vertex], str],
) -> None:
    rings: list[list[Vertex]] = short_cycles(list(steps))
    for ring in rings:
        arrows = list(zip(ring, [*ring[1:], ring[0]], strict=True))
        where = min(steps[arrow] for arrow in arrows if steps[arrow].row)
        if len(ring) == 1:
            message, code = f"{named(ring[0])} {verb} itself", "needs-itself"
        else:
            message, code = _cycle(arrows, steps, verb, named), f"{word}-cycle"
        reading.add(table, code, message, where=where, hint="remove one of these rows")


def _cycle(
    arrows: list[tuple[Vertex, Vertex]], steps: Arrows, verb: str, named: Callable[[Vertex], str]
) -> str:
    stops = []
    for arrow in arrows:
        row = steps[arrow].row
        stops.append(f"{named(arrow[1])} ({f'row {row}' if row else 'the level below'})")
    return f"a cycle: {named(arrows[0][0])} {verb} {f', which {verb} '.join(stops)}"


def _labels(reading: Reading, kind: type[Named]) -> Callable[[Vertex], str]:
    names = {row.id: row.name for row, _ in reading.of(kind)}

    def named(vertex: Vertex) -> str:
        name, level = vertex
        label = f"{name!r} {names[name]}" if names.get(name) else repr(name)
        return f"{label} level {level}" if level else label

    return named
