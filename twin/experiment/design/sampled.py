"""Designs that sample ranges: Latin hypercube, Sobol sequence, Morris and Sobol-index designs.

Every design is a function of its arguments and of `seed`, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import qmc

from twin.core.arguments import as_int, require
from twin.core.errors import ArgumentError, Fault, ScenarioError
from twin.experiment.design.base import Design, design_of

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.scenario.spec import Scenario

    type Ranges = Mapping[str, tuple[float, float]]
    """Dotted path -> least and largest value."""

_MOST_POINTS = 1_000_000


def latin_hypercube(scenario: Scenario, ranges: Ranges, n: int, *, seed: int = 0) -> Design:
    """Return `n` points of which each n-th part of every range holds exactly one.

    Parameters
    ----------
    scenario
        What the paths belong to; whole numbers of it stay whole.
    ranges
        Dotted path -> least and largest value.
    n
        Number of points.
    seed
        Of the design; not of the runs.

    References
    ----------
    McKay, Beckman & Conover, 1979, Technometrics 21(2), doi 10.1080/00401706.1979.10489755.
    """
    low, high, whole = _bounds(scenario, ranges)
    n = as_int("points", n, low=1, high=_MOST_POINTS)
    unit = qmc.LatinHypercube(len(low), rng=as_int("seed", seed)).random(n)
    return _scaled("Latin hypercube", ranges, unit, (low, high, whole), {"n": n, "seed": seed})


def sobol(scenario: Scenario, ranges: Ranges, n: int, *, seed: int = 0) -> Design:
    """Return `n` points of a scrambled Sobol sequence, n a power of two; as `latin_hypercube`.

    References
    ----------
    Owen, 1998, J. Complexity 14(4), doi 10.1006/jcom.1998.0487.
    """
    low, high, whole = _bounds(scenario, ranges)
    n = as_int("points", n, low=1, high=_MOST_POINTS)
    if n & (n - 1):
        near = 1 << n.bit_length()
        raise ArgumentError(
            Fault(
                "points",
                f"= {n} is no power of 2",
                f"use {near // 2} or {near}: the sequence is even then",
            )
        )
    unit = qmc.Sobol(len(low), rng=as_int("seed", seed)).random_base2(n.bit_length() - 1)
    return _scaled("Sobol sequence", ranges, unit, (low, high, whole), {"n": n, "seed": seed})


def morris(scenario: Scenario, ranges: Ranges, n: int, *, levels: int = 4, seed: int = 0) -> Design:
    """Return `n` trajectories for the elementary effects of Morris: n (k + 1) points.

    Needs the extra `research` (SALib), whose `SALib.analyze.morris` takes the rows of the sweep.

    References
    ----------
    Morris, 1991, Technometrics 33(2), doi 10.1080/00401706.1991.10484804.
    """
    from SALib.sample import morris as sampler  # noqa: PLC0415 - optional extra

    low, high, whole = _bounds(scenario, ranges)
    n = as_int("trajectories", n, low=2, high=_MOST_POINTS)
    levels = as_int("levels", levels, low=2, high=1000)
    unit = sampler.sample(unit_problem(ranges), n, num_levels=levels, seed=as_int("seed", seed))
    facts = {"n": n, "levels": levels, "seed": seed}
    return _scaled("Morris", ranges, unit, (low, high, whole), facts)


def sobol_indices(scenario: Scenario, ranges: Ranges, n: int, *, seed: int = 0) -> Design:
    """Return Saltelli's design for first and total Sobol indices: n (k + 2) points, n 2^m.

    Needs the extra `research` (SALib), whose `SALib.analyze.sobol` takes the rows of the sweep.

    References
    ----------
    Saltelli et al., 2010, Comput. Phys. Commun. 181(2), doi 10.1016/j.cpc.2009.09.018.
    """
    from SALib.sample import sobol as sampler  # noqa: PLC0415 - optional extra

    low, high, whole = _bounds(scenario, ranges)
    n = as_int("points", n, low=2, high=_MOST_POINTS)
    if n & (n - 1):
        raise ArgumentError(Fault("points", f"= {n} is no power of 2", "use 64, 128, 256, ..."))
    unit = sampler.sample(
        unit_problem(ranges), n, calc_second_order=False, seed=as_int("seed", seed)
    )
    return _scaled("Sobol indices", ranges, unit, (low, high, whole), {"n": n, "seed": seed})


def unit_problem(ranges: Mapping[str, Any]) -> dict[str, Any]:
    """Return SALib's description of a design over the unit cube."""
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [[0.0, 1.0]] * len(ranges)}


def _bounds(scenario: Scenario, ranges: Ranges) -> tuple[Float64, Float64, list[bool]]:
    """Return lower and upper bounds, and which settings are whole numbers in the scenario."""
    require("ranges", ranges, Mapping, "map dotted paths to (low, high)")
    faults: list[Fault] = []
    bounds: list[tuple[float, float]] = []
    for path, pair in ranges.items():
        try:
            low, high = (float(end) for end in pair)
        except (TypeError, ValueError):
            faults.append(Fault(str(path), f"has {pair!r}", "give (low, high), two numbers"))
            continue
        if not low < high or not np.isfinite([low, high]).all():
            faults.append(Fault(str(path), f"runs from {low:g} to {high:g}", "give low < high"))
        bounds.append((low, high))
    if not ranges:
        faults.append(Fault("ranges", "has no path", "give KEY=LOW..HIGH at least once"))
    if faults:
        raise ScenarioError(faults)
    whole = [isinstance(_present(scenario, path), int) for path in ranges]
    return np.array([b[0] for b in bounds]), np.array([b[1] for b in bounds]), whole


def _present(scenario: Scenario, path: str) -> object:
    """Return what the scenario has at a path, None where there is nothing."""
    place: object = scenario.resolved()
    for part in path.split("."):
        place = place.get(part) if isinstance(place, dict) else None
    return None if isinstance(place, bool) else place


def _scaled(
    kind: str,
    ranges: Ranges,
    unit: Float64,
    bounds: tuple[Float64, Float64, list[bool]],
    facts: dict[str, Any],
) -> Design:
    """Return the design of points of the unit cube; each whole number gets an equal part."""
    low, high, whole = bounds
    points = []
    for row in unit:
        values: list[float | int] = []
        for u, least, most, is_whole in zip(row, low, high, whole, strict=True):
            if is_whole:
                values.append(int(min(np.floor(least + u * (most - least + 1)), most)))
            else:
                values.append(float(least + u * (most - least)))
        points.append(dict(zip(ranges, values, strict=True)))
    kept = {path: [float(end) for end in pair] for path, pair in ranges.items()}
    return design_of(kind, points, {"ranges": kept, **facts})
