"""A file and its chain of parents, merged: maps merge, lists and single values replace."""

from __future__ import annotations

from pathlib import Path

from twin.core.errors import Fault, ScenarioError
from twin.scenario.schedule import is_schedule
from twin.scenario.source import Entry, Mark, Node, read_source, set_again

MAX_PARENTS = 8
_ONE_OF = ("city",)
_PACKAGE = Path(__file__).resolve().parents[1]


def scenario_root() -> Path:
    """Return the folder of the scenarios that ship, in a checkout or an installed package."""
    bundled = _PACKAGE / "_bundled" / "scenarios"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "scenarios"


def read_chain(path: Path, faults: list[Fault]) -> Node:
    """Read a scenario file and its parents as one tree; see `read_source` on `faults`.

    `extends` names one parent, relative to the file's folder, to the `scenarios` folder the file
    lies in, or to the scenarios that ship. At most 8 parents; a parent stays inside that folder.

    Raises
    ------
    ScenarioError
        If a file of the chain is no YAML, missing or outside, or the chain is a circle; with the
        faults found before.
    """
    try:
        return _read_chain(path, faults)
    except ScenarioError as error:
        raise ScenarioError([*faults, *error.faults]) from error


def _read_chain(path: Path, faults: list[Fault]) -> Node:
    """Do what `read_chain` states; a fault that ends it comes alone."""
    node, origin = read_source(path, shown_path(path), faults), path.resolve()
    tree, chain = expand_dotted(node, faults), [origin]
    roots = (_root_of(origin), scenario_root().resolve())
    inherited: set[str] = set()
    while (parent := node.child("extends")) is not None:
        origin = _parent_path(origin, parent, roots)
        if origin in chain:
            names = " -> ".join(shown_path(file) for file in [*chain, origin])
            raise ScenarioError(
                Fault(str(parent.mark), f"extends goes in a circle: {names}", "break the circle")
            )
        chain.append(origin)
        if len(chain) > MAX_PARENTS + 1:
            raise ScenarioError(
                Fault(
                    str(parent.mark),
                    f"extends goes over {MAX_PARENTS} parents deep",
                    "merge some of the parents",
                )
            )
        node = read_source(origin, shown_path(origin), faults)
        older = expand_dotted(node, faults)
        arms = older.child("arms")
        inherited |= set(arms.value) if arms is not None and isinstance(arms.value, dict) else set()
        tree = merge(_without_old_period(older, tree), tree)
    return _without_dropped_arms(tree, inherited)


def _without_dropped_arms(tree: Node, inherited: set[str]) -> Node:
    """Return the tree without arms of parents that a child sets to null."""
    arms = tree.child("arms")
    if arms is None or not isinstance(arms.value, dict):
        return tree
    kept = {
        name: entry
        for name, entry in arms.value.items()
        if entry.node.value is not None or name not in inherited
    }
    return tree.with_entry("arms", Node(arms.mark, kept), arms.mark)


def _without_old_period(parent: Node, child: Node) -> Node:
    """Return the parent without its `days` where the child counts in years."""
    if child.child("years") is None or not isinstance(parent.value, dict):
        return parent
    return Node(parent.mark, {key: e for key, e in parent.value.items() if key != "days"})


def shown_path(path: Path) -> str:
    """Return a path as messages name it: relative to the working folder where it can be."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _parent_path(child: Path, parent: Node, roots: tuple[Path, ...]) -> Path:
    """Return the file a parent's name means, inside the tree the child lies in."""
    name = parent.value
    mend = "name a file such as `_base/town.yaml`, relative to this file or to `scenarios`"
    if not isinstance(name, str) or not name:
        raise ScenarioError(Fault(str(parent.mark), "extends is not the name of a file", mend))
    relative = Path(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
        raise ScenarioError(
            Fault(str(parent.mark), f"extends: {name!r} leaves the scenario folder", mend)
        )
    for folder in (child.parent, *roots):
        found = (folder / relative).resolve()
        if found.is_file():
            if not any(found.is_relative_to(root) for root in roots):
                raise ScenarioError(
                    Fault(str(parent.mark), f"extends: {name!r} leaves the scenario folder", mend)
                )
            return found
    raise ScenarioError(Fault(str(parent.mark), f"extends: {name!r} is not a file", mend))


def _root_of(path: Path) -> Path:
    """Return the nearest folder called `scenarios` above a file, or the file's own folder."""
    for folder in path.parents:
        if folder.name == "scenarios":
            return folder
    return path.parent


def merge(parent: Node, child: Node, *, one_of: bool = False) -> Node:
    """Return the child over the parent: maps merge key by key, everything else replaces.

    A map of alternatives (`city`) merges only where both choose the same one. Values by year
    replace each other whole.
    """
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    if is_schedule(parent) or is_schedule(child):
        return child
    if one_of and set(parent.value) != set(child.value):
        return child
    merged = dict(parent.value)
    for key, entry in child.value.items():
        old = merged.get(key)
        node = merge(old.node, entry.node, one_of=key in _ONE_OF) if old else entry.node
        merged[key] = Entry(entry.key_mark, node)
    return Node(child.mark, merged)


def expand_dotted(node: Node, faults: list[Fault], path: tuple[str, ...] = ()) -> Node:
    """Return a tree with dotted keys such as `levers.renewal.order` written as nested maps.

    What is set twice, once dotted and once nested, is added to `faults`. Names of arms stay whole.
    """
    if not isinstance(node.value, dict):
        return node
    out = Node(node.mark, {})
    for key, entry in node.value.items():
        parts = (key,) if path == ("arms",) else tuple(key.split("."))
        value = expand_dotted(entry.node, faults, (*path, *parts))
        for part in reversed(parts[1:]):
            value = Node(entry.key_mark, {part: Entry(entry.key_mark, value)})
        out = _join(out, (*path, parts[0]), Entry(entry.key_mark, value), faults)
    return out


def _join(base: Node, path: tuple[str, ...], entry: Entry, faults: list[Fault]) -> Node:
    """Return a map with one more entry, joined with an equal key already there."""
    key = path[-1]
    old = base.child(key)
    if old is None:
        return base.with_entry(key, entry.node, entry.key_mark)
    if not isinstance(old.value, dict) or not isinstance(entry.node.value, dict):
        faults.append(set_again(path, entry.key_mark, old.mark))
        return base
    joined = old
    for name, inner in entry.node.value.items():
        joined = _join(joined, (*path, name), inner, faults)
    return base.with_entry(key, joined, entry.key_mark)


def override_node(tree: Node, dotted: str, value: Node, mark: Mark) -> Node:
    """Return the tree with the value at a dotted path replaced."""
    key, _, rest = dotted.partition(".")
    if not rest:
        return tree.with_entry(key, value, mark)
    below = tree.child(key) or Node(mark, {})
    return tree.with_entry(key, override_node(below, rest, value, mark), mark)
