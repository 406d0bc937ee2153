"""A file and its chain of parents, merged: maps merge, lists and single values replace."""

from __future__ import annotations

from pathlib import Path

from twin.core.errors import Fault, ScenarioError
from twin.scenario.source import Entry, Mark, Node, read_source

MAX_PARENTS = 8
_ONE_OF = ("city",)
_PACKAGE = Path(__file__).resolve().parents[1]


def scenario_root() -> Path:
    """Return the folder of the scenarios that ship, in a checkout or an installed package."""
    bundled = _PACKAGE / "_bundled" / "scenarios"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "scenarios"


def read_chain(path: Path) -> Node:
    """Read a scenario file and its parents as one tree.

    `extends` names one parent, relative to the file's folder, to the `scenarios` folder the file
    lies in, or to the scenarios that ship. At most 8 parents; a parent stays inside that folder.

    Raises
    ------
    ScenarioError
        If a file of the chain is broken, missing or outside, or the chain is a circle.
    """
    node, origin = read_source(path, shown_path(path)), path.resolve()
    tree, chain = expand_arms(node), [origin]
    roots = (_root_of(origin), scenario_root().resolve())
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
        node = read_source(origin, shown_path(origin))
        tree = merge(expand_arms(node), tree)
    return tree


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

    A map of alternatives (`city`) merges only where both choose the same one.
    """
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    if one_of and set(parent.value) != set(child.value):
        return child
    merged = dict(parent.value)
    for key, entry in child.value.items():
        old = merged.get(key)
        node = merge(old.node, entry.node, one_of=key in _ONE_OF) if old else entry.node
        merged[key] = Entry(entry.key_mark, node)
    return Node(child.mark, merged)


def expand_arms(tree: Node) -> Node:
    """Return the tree with dotted keys inside `arms` written as nested maps.

    Raises
    ------
    ScenarioError
        If an arm sets one thing twice, once dotted and once nested; all such faults at once.
    """
    arms = tree.child("arms")
    if arms is None or not isinstance(arms.value, dict):
        return tree
    faults: list[Fault] = []
    expanded = {
        name: Entry(entry.key_mark, _expand(entry.node, faults))
        for name, entry in arms.value.items()
    }
    if faults:
        raise ScenarioError(faults)
    key_mark = tree.value["arms"].key_mark if isinstance(tree.value, dict) else tree.mark
    return tree.with_entry("arms", Node(arms.mark, expanded), key_mark)


def _expand(node: Node, faults: list[Fault]) -> Node:
    """Return a map with its dotted keys nested, adding what is set twice to `faults`."""
    if not isinstance(node.value, dict):
        return node
    out = Node(node.mark, {})
    for key, entry in node.value.items():
        value = _expand(entry.node, faults)
        for part in reversed(key.split(".")[1:]):
            value = Node(entry.key_mark, {part: Entry(entry.key_mark, value)})
        first = key.split(".", maxsplit=1)[0]
        out = _join(out, first, Entry(entry.key_mark, value), faults)
    return out


def _join(base: Node, key: str, entry: Entry, faults: list[Fault]) -> Node:
    """Return a map with one more entry, joined with an equal key already there."""
    old = base.child(key)
    if old is None:
        return base.with_entry(key, entry.node, entry.key_mark)
    if not isinstance(old.value, dict) or not isinstance(entry.node.value, dict):
        faults.append(
            Fault(
                str(entry.key_mark),
                f"sets {key} again; it is set on line {old.mark.line}",
                "keep one of the two",
            )
        )
        return base
    joined = old
    for name, inner in entry.node.value.items():
        joined = _join(joined, name, inner, faults)
    return base.with_entry(key, joined, entry.key_mark)


def override_node(tree: Node, dotted: str, value: Node, mark: Mark) -> Node:
    """Return the tree with the value at a dotted path replaced."""
    key, _, rest = dotted.partition(".")
    if not rest:
        return tree.with_entry(key, value, mark)
    below = tree.child(key) or Node(mark, {})
    return tree.with_entry(key, override_node(below, rest, value, mark), mark)
