"""The framework as a graph, for those who want to walk it or draw it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx

    from competency.framework.model import Framework

_VERTICES = (
    ("competencies", "competency"),
    ("tiers", "tier"),
    ("positions", "position"),
    ("providers", "provider"),
    ("trainings", "training"),
    ("sessions", "session"),
)

_EDGES = (
    ("competencies", "parent", "competency:id", "competency:parent"),
    ("competencies", "measured_on", "competency:id", "scale:scale"),
    ("positions", "in_tier", "position:id", "tier:tier"),
    ("ladder", "next", "position:position", "position:next_position"),
    ("requirements", "requires", "position:position", "competency:competency"),
    ("prerequisites", "prerequisite_of", "competency:requires_competency", "competency:competency"),
    ("trainings", "offered_by", "training:id", "provider:provider"),
    ("develops", "develops", "training:training", "competency:competency"),
    ("entry_requirements", "entry", "training:training", "competency:competency"),
    ("training_prerequisites", "prerequisite_of", "training:requires_training",
     "training:training"),
    ("mandatory_trainings", "mandatory", "position:position", "training:training"),
    ("sessions", "session_of", "session:id", "training:training"),
)  # fmt: skip
"""Table, relation, and the two ends of the edge as kind and column."""

_EDGE_DATA = {
    "ladder": ("usual",),
    "requirements": ("level", "weight", "ceiling", "mandatory"),
    "prerequisites": ("level", "requires_level"),
    "develops": ("entry_level", "target_level", "success"),
    "entry_requirements": ("level",),
}


def build_graph(framework: Framework) -> nx.MultiDiGraph[str]:
    """Return a networkx view of the framework.

    Parameters
    ----------
    framework : Framework

    Returns
    -------
    networkx.MultiDiGraph
        A vertex is named ``kind:id``, for example ``"competency:M.01"``, and has the attributes
        ``kind`` (competency, scale, tier, position, provider, training, session), ``label`` and
        ``row`` (the framework's row; None for a scale). An edge has the attribute ``relation``
        (requires, next, develops, entry, prerequisite_of, mandatory, offered_by, session_of,
        in_tier, measured_on, parent) and the numbers of its row, such as ``level``. An edge
        ``prerequisite_of`` runs from what comes first to what needs it.

    Notes
    -----
    A view for people: the library itself works on `Framework.index`. Vertices and edges come in
    the order of their ids. Cost is linear in the rows.

    Examples
    --------
    >>> from competency.framework.model import (
    ...     About, Competency, Framework, Position, Requirement, ScaleLevel)
    >>> framework = Framework(
    ...     framework=(About(id="f", name="F"),), levels=(ScaleLevel(level=1, name="A"),),
    ...     competencies=(Competency(id="M.01", name="Integritas"),),
    ...     positions=(Position(id="P", name="Penyuluh"),),
    ...     requirements=(Requirement(position="P", competency="M.01", level=1),))
    >>> graph = build_graph(framework)
    >>> sorted(graph)
    ['competency:M.01', 'position:P', 'scale:main']
    >>> graph.nodes["competency:M.01"]["label"]
    'Integritas'
    >>> list(graph.edges("position:P", data="relation"))
    [('position:P', 'competency:M.01', 'requires')]
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for scale in sorted({row.scale for row in framework.levels}):
        graph.add_node(f"scale:{scale}", kind="scale", label=scale, row=None)
    for table, kind in _VERTICES:
        for row in sorted(getattr(framework, table), key=lambda row: str(row.id)):
            label = getattr(row, "name", row.id)
            graph.add_node(f"{kind}:{row.id}", kind=kind, label=label, row=row)
    for start, end, data in sorted(_edges(framework), key=str):
        graph.add_edge(start, end, **data)
    return graph


def _edges(framework: Framework) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for table, relation, tail, head in _EDGES:
        (tail_kind, tail_column), (head_kind, head_column) = tail.split(":"), head.split(":")
        for row in getattr(framework, table):
            start, end = getattr(row, tail_column), getattr(row, head_column)
            if start and end:
                data = {name: getattr(row, name) for name in _EDGE_DATA.get(table, ())}
                yield (
                    f"{tail_kind}:{start}",
                    f"{head_kind}:{end}",
                    {"relation": relation, **data},
                )
