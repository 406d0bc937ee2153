"""Voltages, loading and losses of an electric network, for one set of loads or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault, SolveError
from twin.flows.electricity.factor import PowerRows
from twin.flows.electricity.kernels import LANES, iterate_into
from twin.flows.electricity.results import PowerSolution, solution_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Float64, Int32
    from twin.flows.electricity.network import PowerNetwork

    type Complex = NDArray[np.complex128]


@final
@dataclass(frozen=True, slots=True)
class Tolerance:
    """When a power flow is done."""

    step: float = 1e-11
    """No voltage moves by more in an iteration, per unit."""
    most_rounds: int = 500
    """Iterations at most; ordinary grids need 5 to 15, one near collapse hundreds."""


@final
@dataclass(frozen=True, slots=True)
class PowerRuns:
    """Results of many sets of loads."""

    voltage: Complex
    """Voltage of nodes per unit, each in its turned frame, shape (n_scenarios, n_nodes)."""
    rounds: Int32
    """Iterations, -1 where no voltage satisfies the loads, shape (n_scenarios,)."""

    def bus_voltage_share(self, net: PowerNetwork) -> Float64:
        """Return the size of the voltage at buses, shape (n_scenarios, n_buses)."""
        size: Float64 = np.abs(self.voltage)[:, net.arrays.node_of_bus]
        return size


def solve(
    net: PowerNetwork,
    *,
    p_w: Float64 | None = None,
    q_var: Float64 | None = None,
    tolerance: Tolerance | None = None,
) -> PowerSolution:
    """Find voltages by iterating currents on factorised admittances.

    Parameters
    ----------
    p_w, q_var
        Power of the loads at nominal voltage, shape (n_loads,); None is that of the table.

    Raises
    ------
    SolveError
        If no voltage satisfies the loads: the network would collapse.
    CityDataError
        If powers have the wrong shape or are not finite.
    """
    runs = solve_many(
        net,
        p_w=None if p_w is None else np.atleast_2d(p_w),
        q_var=None if q_var is None else np.atleast_2d(q_var),
        tolerance=tolerance,
    )
    if runs.rounds[0] < 0:
        message = (
            "loads: no voltage satisfies them, the network would collapse; "
            "lower them, add a source or strengthen the lines to the buses furthest away"
        )
        raise SolveError(message)
    powers = loads_of(net, p_w, q_var)
    return solution_of(net, runs.voltage[0], powers[0][0], powers[1][0], int(runs.rounds[0]))


def solve_many(
    net: PowerNetwork,
    *,
    p_w: Float64 | None = None,
    q_var: Float64 | None = None,
    tolerance: Tolerance | None = None,
) -> PowerRuns:
    """Find voltages for many sets of loads, each the same bits as alone.

    Parameters
    ----------
    p_w, q_var
        Power of the loads at nominal voltage, shape (n_scenarios, n_loads); None is that of the
        table. A scenario that no voltage satisfies has `rounds` -1 and NaN.
    """
    tolerance = tolerance or Tolerance()
    p_all, q_all = loads_of(net, p_w, q_var)
    count = p_all.shape[0]
    unknown = np.flatnonzero(net.factor.row_of_node >= 0)
    place = net.factor.row_of_node[unknown]
    voltage = np.tile(net.factor.free, (count, 1))
    rounds = np.zeros(count, dtype=np.int32)
    re, im = np.empty((place.size, LANES)), np.empty((place.size, LANES))
    done = np.empty(LANES, dtype=np.int32)
    for begin in range(0, count, LANES):
        chosen = np.minimum(np.arange(begin, begin + LANES), count - 1)
        re[:] = net.factor.arrays.free_re[:, None]
        im[:] = net.factor.arrays.free_im[:, None]
        power = _rows(net, p_all[chosen], q_all[chosen])
        iterate_into(net.factor.arrays, power, tolerance.step, tolerance.most_rounds, re, im, done)
        used = min(LANES, count - begin)
        found = (re[place] + 1j * im[place])[:, :used].T
        voltage[begin : begin + used, unknown] = np.where(done[:used, None] < 0, np.nan, found)
        rounds[begin : begin + used] = done[:used]
    return PowerRuns(voltage, rounds)


def loads_of(
    net: PowerNetwork, p_w: Float64 | None, q_var: Float64 | None
) -> tuple[Float64, Float64]:
    """Return checked powers of loads, shape (n_scenarios, n_loads) each."""
    loads = net.frames["loads"]
    given = [
        np.atleast_2d(np.asarray(loads[name] if value is None else value, dtype=np.float64))
        for name, value in (("p_w", p_w), ("q_var", q_var))
    ]
    faults = []
    for name, value in zip(("p_w", "q_var"), given, strict=True):
        if value.shape[1] != len(loads):
            what = f"has {value.shape[1]} columns, the network has {len(loads)} loads"
            faults.append(Fault(name, what, "give one column for each row of loads"))
        elif not np.isfinite(value).all():
            row, column = np.argwhere(~np.isfinite(value))[0]
            what = f"of load {loads['load'].iloc[int(column)]!r} is not a finite number"
            faults.append(Fault(f"{name}[{row}, {column}]", what, "fill it in"))
    if not faults and len({given[0].shape[0], given[1].shape[0], 1}) > 2:  # noqa: PLR2004 - a pair
        what = f"has {given[0].shape[0]} scenarios, q_var {given[1].shape[0]}"
        faults.append(Fault("p_w", what, "give both the same number, or one of them one row"))
    if faults:
        raise CityDataError(faults)
    count = max(given[0].shape[0], given[1].shape[0])
    p_all, q_all = (np.broadcast_to(value, (count, len(loads))) for value in given)
    return p_all, q_all


def _rows(net: PowerNetwork, p_w: Float64, q_var: Float64) -> PowerRows:
    """Return power drawn at unknown nodes, per unit, from rows of scenarios."""
    parts = []
    for value, part in ((p_w, "p"), (q_var, "q")):
        current, impedance = net.shares[f"current_{part}"], net.shares[f"impedance_{part}"]
        if net.varied:
            fixed = net.gather @ (value * (1.0 - current - impedance)).T
            extra = [net.gather @ (value * share).T for share in (current, impedance)]
        else:
            fixed = net.gather @ value.T
            extra = [np.empty((0, LANES)), np.empty((0, LANES))]
        parts.append((fixed - net.fed[part][:, None], *extra))
    (p, p_current, p_impedance), (q, q_current, q_impedance) = parts
    return PowerRows(p, q, p_current, q_current, p_impedance, q_impedance)
