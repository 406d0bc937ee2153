"""Full factorial designs: every combination of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from twin.core.arguments import plain, require
from twin.core.errors import Fault, ScenarioError
from twin.experiment.design.base import Design, design_of


def full_factorial(grid: Mapping[str, Iterable[Any]]) -> Design:
    """Return every combination of values, the last path varying fastest.

    Parameters
    ----------
    grid
        Dotted path -> values, such as `{"levers.renewal.ring_fence_share": [0, 0.3, 0.5]}`.

    Raises
    ------
    ScenarioError
        If a path has no values.
    """
    require("grid", grid, Mapping, "map dotted paths to lists of values")
    values: dict[str, list[Any]] = {}
    faults = []
    for path, given in grid.items():
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            faults.append(Fault(str(path), f"has {given!r}, which is no list", "give [value, ...]"))
            continue
        values[str(path)] = [plain(value) for value in given]
        if not values[str(path)]:
            faults.append(Fault(str(path), "has no values", "give at least one"))
    if faults:
        raise ScenarioError(faults)
    points = [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]
    return design_of("full factorial", points, {"values": values})
