"""Levers that change with time: `field: {2026: 3000, 2029: 6000}`, or a `ramp` between years.

A value by year holds from the first year's opening decision until the next year named. A ramp
moves in equal yearly steps from each value to the next.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from twin.core.errors import Fault
from twin.scenario.source import Entry, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

RAMP = "ramp"
_YEAR = re.compile(r"\d{4}")


def is_schedule(node: Node) -> bool:
    """Return whether a value is a map by year, or a ramp."""
    if not isinstance(node.value, dict) or not node.value:
        return False
    inner = node.child(RAMP)
    if inner is not None and len(node.value) == 1:
        return isinstance(inner.value, dict)
    return all(_YEAR.fullmatch(key) for key in node.value)


def first_year(tree: Node) -> int:
    """Return the year in which a scenario starts; 0 where its start is no date."""
    start = tree.child("start")
    value = start.value if start is not None else None
    if isinstance(value, dt.date):
        return value.year
    try:
        return dt.date.fromisoformat(str(value)).year
    except ValueError:
        return 0


def levers_by_year(levers: Node, start: int, faults: list[Fault]) -> dict[int, Node]:
    """Return the section `levers` as it stands from each year on, the first year at least.

    Parameters
    ----------
    levers
        The section, with maps by year where a lever changes.
    start
        First simulated year.
    faults
        Takes what is wrong with a schedule.
    """
    found: dict[tuple[str, str], tuple[Node, dict[int, Node]]] = {}
    for kind, lever in _maps(levers):
        for name, entry in _maps(lever.node):
            if is_schedule(entry.node):
                path = f"levers.{kind}.{name}"
                found[kind, name] = (entry.node, _steps(entry.node, path, start, faults))
    years = {start, *(y for _, steps in found.values() for y in steps if y > start)}
    sections = {}
    for year in sorted(years):
        section = levers
        for (kind, name), (_, steps) in found.items():
            value = steps[max((y for y in steps if y <= year), default=min(steps))]
            section = _with(section, kind, name, value)
        sections[year] = section
    return sections


def founding_faults(levers: Node, form: Mapping[str, type[BaseModel]]) -> list[Fault]:
    """Return a fault for every schedule of a lever that acts once, before the first day."""
    return [
        Fault(
            str(entry.key_mark),
            f"levers.{kind}.{name} changes with time, but {kind} acts once, before the first day",
            "give one value",
        )
        for kind, lever in _maps(levers)
        if kind in form
        for name, entry in _maps(lever.node)
        if is_schedule(entry.node)
    ]


def _maps(node: Node) -> list[tuple[str, Entry]]:
    return list(node.value.items()) if isinstance(node.value, dict) else []


def _with(section: Node, kind: str, name: str, value: Node) -> Node:
    """Return the section with one field set."""
    lever = section.child(kind) or Node(section.mark, {})
    old = lever.value[name].key_mark if isinstance(lever.value, dict) else value.mark
    return section.with_entry(kind, lever.with_entry(name, value, old), section.mark)


def _steps(node: Node, path: str, start: int, faults: list[Fault]) -> dict[int, Node]:
    """Return the value from each year on."""
    ramp = node.child(RAMP)
    entries = _maps(ramp or node)
    wrong = [(key, entry) for key, entry in entries if not _YEAR.fullmatch(key)]
    for key, entry in wrong:
        what = f"{path} has {key!r} where a year is meant"
        faults.append(Fault(str(entry.key_mark), what, "write years, such as 2026: 3000"))
    steps = {int(key): entry.node for key, entry in entries if _YEAR.fullmatch(key)}
    if not steps:
        return {start: Node(node.mark, None)}
    if start and min(steps) > start:
        faults.append(
            Fault(
                str(node.mark),
                f"{path} has no value for {start}, the first simulated year",
                f"add `{start}: ...`",
            )
        )
    steps = dict(sorted(steps.items()))
    return _ramped(steps, path, faults) if ramp is not None else steps


def _ramped(steps: dict[int, Node], path: str, faults: list[Fault]) -> dict[int, Node]:
    """Return a value for every year between the first and the last, on straight lines."""
    numbers = {year: node.value for year, node in steps.items()}
    for year, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            what = f"{path}: {RAMP} needs numbers, and {year} has {value!r}"
            mend = "write numbers, or leave `ramp` out: the value then changes at once"
            faults.append(Fault(str(steps[year].mark), what, mend))
            return steps
    known = list(steps)
    out = dict(steps)
    for year, then in pairwise(known):
        low, high = float(str(numbers[year])), float(str(numbers[then]))
        for between in range(year + 1, then):
            value = low + (high - low) * (between - year) / (then - year)
            out[between] = Node(steps[year].mark, value)
    return dict(sorted(out.items()))
