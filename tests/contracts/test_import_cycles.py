"""No circle between files: imports of modules, at the top and inside functions, run one way."""

from __future__ import annotations

import ast
from pathlib import Path

import networkx as nx
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "competency"
OPEN = {"competency.effects.model", "competency.framework.model", "competency.levels.model"}
"""A file of each circle that is known and not yet opened: methods that save and load."""


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.Module, known: set[str]) -> set[str]:
    """Modules of the package that a module runs; what only a type checker reads is left out."""
    skipped = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in node.body
        for child in ast.walk(part)
    }
    found = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= inner or {node.module}
    return found & known


def import_graph(sources: dict[str, str]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(sources)
    for name, source in sources.items():
        graph.add_edges_from((name, other) for other in imports_of(ast.parse(source), set(sources)))
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def circles(graph: nx.DiGraph) -> list[list[str]]:
    return sorted(sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1)


def test_no_files_import_each_other() -> None:
    sources = {module_of(path): path.read_text("utf-8") for path in SOURCE.rglob("*.py")}
    found = [circle for circle in circles(import_graph(sources)) if not OPEN.intersection(circle)]
    assert found == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"a": "import b", "b": "import c", "c": ""}, []),
        ({"a": "import b", "b": "import c", "c": "import a"}, [["a", "b", "c"]]),
        ({"a": "from b import x", "b": "def f():\n    import a"}, [["a", "b"]]),
        ({"a": "import b", "b": "if TYPE_CHECKING:\n    import a"}, []),
        ({"p": "from p.q import x", "p.q": "from p import r", "p.r": ""}, []),
        ({"p": "from p.q import x", "p.q": "from p import x"}, [["p", "p.q"]]),
    ],
)
def test_the_search_bites(sources: dict[str, str], expected: list[list[str]]) -> None:
    assert circles(import_graph(sources)) == expected
