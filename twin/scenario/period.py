"""What a file takes over from its parents that does not fit it: left out, each with a notice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from twin.scenario.source import Entry, Node
from twin.scenario.spec import anniversary

if TYPE_CHECKING:
    from collections.abc import Callable

_YEARS = 10


def fitted(tree: Node, shown: str, left_out: list[str]) -> Node:
    """Return the tree without parents' shocks, expectations and searches that do not fit the file.

    What the file itself states stays, and is a fault where it does not fit.

    Parameters
    ----------
    tree
        Merged tree.
    shown
        The file; whatever has another mark comes from a parent.
    left_out
        Takes what is left out, in words.
    """
    start, end = _period(tree)
    known = _known_arms(tree)

    def shock_fits(shock: Node) -> bool:
        date = _date(shock.child("date"))
        return start is None or date is None or start <= date <= end

    def read(one: Node) -> bool:
        years = one.child("after_years")
        after = years.value if years is not None and isinstance(years.value, int) else 0
        arm = one.child("arm")
        asked = arm.value if arm is not None else None
        return asked in known and (start is None or anniversary(start, after) <= end)

    tree = _kept(tree, "shocks", shown, shock_fits, left_out)
    tree = _kept(tree, "expect", shown, read, left_out)
    return _without_tipping(tree, shown, left_out)


def _known_arms(tree: Node) -> set[str]:
    """Return the names of the arms."""
    arms = tree.child("arms")
    return set(arms.value) if arms is not None and isinstance(arms.value, dict) else set()


def _period(tree: Node) -> tuple[dt.date | None, dt.date]:
    """Return first and last simulated day; None where the file does not state them rightly."""
    start = _date(tree.child("start"))
    years, days = (_whole(tree.child(key)) for key in ("years", "days"))
    if start is None:
        return None, dt.date.max
    try:
        if days:
            return start, start + dt.timedelta(days=days - 1)
        return start, anniversary(start, years or _YEARS) - dt.timedelta(days=1)
    except (OverflowError, ValueError):
        return None, dt.date.max


def _whole(node: Node | None) -> int:
    """Return a positive whole number, 0 for anything else."""
    value = node.value if node is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _date(node: Node | None) -> dt.date | None:
    value = node.value if node is not None else None
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _kept(
    tree: Node, key: str, shown: str, fits: Callable[[Node], bool], left_out: list[str]
) -> Node:
    """Return the tree without a list's inherited items that do not fit."""
    items = tree.child(key)
    if items is None or not isinstance(items.value, tuple):
        return tree
    kept = []
    for item in items.value:
        if item.mark.file == shown or not isinstance(item.value, dict) or fits(item):
            kept.append(item)
        else:
            left_out.append(_in_words(key, item))
    return tree.with_entry(key, Node(items.mark, tuple(kept)), items.mark)


def _in_words(key: str, item: Node) -> str:
    """Return what an item is, and where it is written."""
    names = ("kind", "date") if key == "shocks" else ("indicator", "arm", "after_years")
    told = [str(part.plain()) for name in names if (part := item.child(name)) is not None]
    return f"{'shock' if key == 'shocks' else 'expectation'} {' '.join(told)} ({item.mark})"


def _without_tipping(tree: Node, shown: str, left_out: list[str]) -> Node:
    """Return the tree without an inherited search that needs more years than there are."""
    search = tree.child("tipping")
    if search is None or search.mark.file == shown or not isinstance(tree.value, dict):
        return tree
    window = _whole(search.child("window_years")) or 3
    if _whole(tree.child("days")) == 0 and 2 * window <= (_whole(tree.child("years")) or _YEARS):
        return tree
    left_out.append(f"search for a tipping value ({search.mark})")
    rest: dict[str, Entry] = {key: e for key, e in tree.value.items() if key != "tipping"}
    return Node(tree.mark, rest)
