"""No file imports what imports it, not even for types alone or inside a function."""

import ast
import textwrap
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("twin", "gis", "benchmarks")


def modules(root, packages):
    """Return the files of some packages by dotted name."""
    found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree, known):
    """Return which of the known modules a file imports, wherever the import stands in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in known else node.module)
    return names & known.keys()


def circles(root, packages=PACKAGES):
    """Return every group of files that import each other in a ring, by name."""
    known = modules(root, packages)
    graph = nx.DiGraph()
    for name, path in known.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        graph.add_edges_from((name, other) for other in imported(tree, known))
    rings = [sorted(ring) for ring in nx.strongly_connected_components(graph) if len(ring) > 1]
    return sorted([*rings, *([name] for name in nx.nodes_with_selfloops(graph))])


def test_no_files_import_each_other_in_a_ring():
    assert circles(ROOT) == []


def test_rings_are_found_wherever_an_import_stands(tmp_path):
    files = {
        "a/__init__.py": "from a.over import top",
        "a/over.py": "from a import under",
        "a/under.py": """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from a.over import top
        """,
        "a/one.py": "def later():\n    import a.other",
        "a/other.py": "import a.one",
        "a/alone.py": "from a.one import later",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    assert circles(tmp_path, ("a",)) == [["a.one", "a.other"], ["a.over", "a.under"]]
