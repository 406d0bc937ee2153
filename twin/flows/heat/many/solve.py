"""Hours of a season one after another, and scenarios of one network side by side."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels.guess import combine
from twin.flows.heat.kernels.many import (
    Found,
    Guesses,
    Rows,
    scenarios_into,
    series_into,
)
from twin.flows.heat.kernels.pressure import CONTROLLED
from twin.flows.heat.many.tables import row_tables
from twin.flows.heat.many.weights import features, outward
from twin.flows.heat.solver import (
    DEFAULT_TOLERANCE,
    RawSolution,
    Tolerance,
    copy_state,
    new_state,
    new_work,
    solve_arrays,
)

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.heat.kernels.pressure import HeatArrays, HeatInput, HeatState
    from twin.flows.heat.network import HeatNetwork

_TEMP_K = 50.0  # temperature that weighs as much as all heat
_CLOSE = 1e-3  # what a guess may miss, in those units, to be taken for close


@final
@dataclass(frozen=True, slots=True)
class HeatRows:
    """Steady solutions of one network; arrays lead with the row (hour or scenario)."""

    delivered_w: Float64
    """(n_rows, n_consumers), as the next three."""
    consumer_flow_kgs: Float64
    consumer_temp_c: Float64
    """Supply temperature at the consumer."""
    dp_pa: Float64
    """Supply over return pressure at the consumer."""
    source_heat_w: Float64
    """(n_rows, n_sources), as the next three."""
    source_flow_kgs: Float64
    source_temp_c: Float64
    """Supply temperature, below its set point where capacity ran out."""
    return_temp_c: Float64
    pipe_flow_kgs: Float64
    """(n_rows, n_pipes) for scenarios, (0, n_pipes) for hours."""
    loss_w: Float64
    """(n_rows,) heat the pipes lose."""
    energy_error: Float64
    """(n_rows,) source heat - delivered - lost - leaked, relative to source heat."""
    iterations: np.ndarray
    """(n_rows,)."""
    converged: Bool
    """(n_rows,)."""
    net: HeatNetwork

    @property
    def status(self) -> SolveStatus:
        """Converged if every row did."""
        return SolveStatus.CONVERGED if self.converged.all() else SolveStatus.NOT_CONVERGED

    def sources(self) -> pd.DataFrame:
        """Return sources as a table `row, source, supply_temp_c, mass_flow_kgs, heat_w`."""
        names = self.net.sources["source"].to_numpy()
        n_rows = self.loss_w.size
        return pd.DataFrame(
            {
                "row": np.repeat(np.arange(n_rows), names.size),
                "source": np.tile(names, n_rows),
                "supply_temp_c": self.source_temp_c.ravel(),
                "mass_flow_kgs": self.source_flow_kgs.ravel(),
                "heat_w": self.source_heat_w.ravel(),
            }
        )


def solve_series(  # noqa: PLR0913 - one argument per thing that may change by the hour
    net: HeatNetwork,
    *,
    heat_w: Float64 | None = None,
    supply_temp_c: Float64 | None = None,
    return_temp_c: Float64 | None = None,
    ground_c: Float64 | None = None,
    closed: np.ndarray | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
) -> HeatRows:
    """Solve hours one after another, each steady and started from the one before.

    Parameters
    ----------
    net
        Checked network.
    heat_w, return_temp_c
        Shape (n_hours, n_consumers); None is the network's own, here and below.
    supply_temp_c
        Shape (n_hours, n_sources), or (n_hours,) for all sources alike.
    ground_c, closed
        Shape (n_hours, n_pipes), or (n_hours,) for all pipes alike.
    tolerance
        When an hour counts as solved.

    Raises
    ------
    CityDataError
        If shapes do not match or a value is missing, with place.
    """
    _refuse_dependent(net)
    base = net.base_input
    asked = row_tables(
        {
            "heat_w": (heat_w, base.heat_w),
            "supply_temp_c": (supply_temp_c, base.supply_temp_c),
            "return_temp_c": (return_temp_c, base.return_temp_c),
            "ground_c": (ground_c, net.arrays.ambient_c),
            "closed": (closed, base.closed),
        },
        row_name="hour",
    )
    rows = _rows(net, asked, base.loss_wk[np.newaxis, :])
    n_rows = max(len(table) for table in asked.values())
    found = _room(net, n_rows, n_flows=0)
    own = _own(net)
    given = _first(net, rows)
    state, work = new_state(own, given), new_work(net, net.pattern)
    options = (tolerance.flow, tolerance.temp_k, float(tolerance.iterations), 0.0, 0.0)
    row = 0
    while row < n_rows:
        if not np.any(state.valve != CONTROLLED):
            row = series_into(
                own.arrays, given, net.fluid, net.pattern, options, rows, row, state, work, found
            )
        if row < n_rows:  # short of pressure or capacity: the whole solve, from this state
            raw = _whole(net, rows, row, tolerance, state)
            _put_into(net, raw, row, found)
            state = copy_state(raw.state)
            row += 1
    return _result(net, found)


def solve_ensemble(  # noqa: PLR0913 - one argument per thing that scenarios may differ in
    net: HeatNetwork,
    *,
    heat_multiplier: Float64 | None = None,
    supply_temp_c: Float64 | None = None,
    return_temp_c: Float64 | None = None,
    ground_c: Float64 | None = None,
    closed: np.ndarray | None = None,
    loss_factor: Float64 | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
) -> HeatRows:
    """Solve scenarios of one network, spread over numba's threads.

    Parameters
    ----------
    net
        Checked network, whose own figures are the base that every scenario starts from.
    heat_multiplier
        Of the consumers' heat, shape (n_scenarios,) or (n_scenarios, n_consumers); None is 1.
    supply_temp_c, return_temp_c
        Shape (n_scenarios,), or with a column per source, per consumer; None is the network's own.
    ground_c, closed
        Shape (n_scenarios,) or (n_scenarios, n_pipes).
    loss_factor
        Of the pipes' heat loss, shape (n_scenarios,) or (n_scenarios, n_pipes); None is 1.
    tolerance
        When a scenario counts as solved.

    Raises
    ------
    CityDataError
        If shapes do not match or a value is missing, with place.

    Notes
    -----
    One symbolic factorisation serves all. Scenarios are put in the order of their heat, the middle
    one is solved first, and in blocks outward from it each starts from the combination of up to
    four before it that wants the same as it does (`twin.flows.heat.many.guess`). So its last
    digits, within `tolerance`, may depend on the others, but not on the number of threads. Those
    short of pressure or capacity are solved one by one.
    """
    _refuse_dependent(net)
    base = net.base_input
    asked = row_tables(
        {
            "heat_w": (heat_multiplier, np.ones(base.heat_w.size)),
            "supply_temp_c": (supply_temp_c, base.supply_temp_c),
            "return_temp_c": (return_temp_c, base.return_temp_c),
            "ground_c": (ground_c, net.arrays.ambient_c),
            "closed": (closed, base.closed),
            "loss_factor": (loss_factor, np.ones(base.loss_wk.size)),
        },
        row_name="scenario",
    )
    asked["heat_w"] = asked["heat_w"] * base.heat_w
    n_rows = max(len(table) for table in asked.values())
    order = outward(asked["heat_w"].sum(axis=1), n_rows)
    asked = {name: table[order] if len(table) > 1 else table for name, table in asked.items()}
    rows = _rows(net, asked, asked["loss_factor"] * base.loss_wk)
    found = _room(net, n_rows, n_flows=n_rows)
    given = _first(net, rows)
    start = copy_state(solve_arrays(net, given, tolerance=tolerance, capacity_share=np.inf).state)
    start.valve[:] = CONTROLLED
    work = new_work(net, net.pattern)
    options = (tolerance.flow, tolerance.temp_k, float(tolerance.iterations), 0.0)
    scenarios_into(
        net.arrays,
        given,
        net.fluid,
        net.pattern,
        options,
        rows,
        _guesses(net, asked),
        start,
        work,
        found,
    )
    for row in np.flatnonzero(found.code > 0):
        _put_into(net, _whole(net, rows, int(row), tolerance, None), int(row), found)
    as_asked = np.argsort(order)
    return _result(net, Found(*(values[as_asked] for values in found)))


def _guesses(net: HeatNetwork, asked: dict[str, np.ndarray]) -> Guesses:
    """Return how to combine scenarios, whose first row is the start of every block."""
    base = net.base_input
    units = {
        "heat_w": float(np.mean(base.heat_w)) or 1.0,
        "supply_temp_c": _TEMP_K,
        "return_temp_c": _TEMP_K,
        "ground_c": _TEMP_K,
        "closed": 1.0,
        "loss_factor": 1.0,
    }
    away = features([(asked[name], unit) for name, unit in units.items()], 0)
    weight, missed = combine(away, away[0])
    is_made = np.any(weight != 0.0, axis=1)
    is_close = is_made & (missed <= _CLOSE)
    closed = asked["closed"]
    if len(closed) > 1:  # the matrix at hand is that of the row before
        is_close[1:] &= np.all(closed[1:] == closed[:-1], axis=1)
    return Guesses(weight, is_made.astype(np.uint8), is_close.astype(np.uint8))


def _refuse_dependent(net: HeatNetwork) -> None:
    """Refuse consumers whose heat is found by solves of their own."""
    if net.dependent is not None:
        what = "dependent consumers take what temperatures give, which rows of solves do not carry"
        mend = "solve one by one with `solve`, or make them controlled"
        raise CityDataError(Fault("consumers.connection", what, mend))


def _rows(net: HeatNetwork, asked: dict[str, np.ndarray], loss_wk: Float64) -> Rows:
    """Return what is asked as the kernels take it."""
    return Rows(
        heat_w=asked["heat_w"],
        return_temp_c=asked["return_temp_c"],
        supply_temp_c=asked["supply_temp_c"],
        ground_c=asked["ground_c"],
        loss_wk=np.ascontiguousarray(loss_wk),
        closed=asked["closed"],
        capacity_w=np.bincount(net.arrays.source_part, weights=net.capacity_w),
    )


def _room(net: HeatNetwork, n_rows: int, *, n_flows: int) -> Found:
    """Make room for what is found."""
    n_consumers, n_sources = len(net.consumers), len(net.sources)
    consumers, sources = (n_rows, n_consumers), (n_rows, n_sources)
    return Found(
        delivered_w=np.zeros(consumers),
        consumer_kgs=np.zeros(consumers),
        consumer_temp_c=np.zeros(consumers),
        dp_pa=np.zeros(consumers),
        source_w=np.zeros(sources),
        source_kgs=np.zeros(sources),
        source_temp_c=np.zeros(sources),
        return_temp_c=np.zeros(sources),
        flow_kgs=np.zeros((n_flows, len(net.pipes))),
        loss_w=np.zeros(n_rows),
        energy_error=np.zeros(n_rows),
        iterations=np.zeros(n_rows, dtype=np.int32),
        code=np.zeros(n_rows, dtype=np.uint8),
    )


def _own(net: HeatNetwork) -> HeatNetwork:
    """Return the network with ambient temperatures that may be overwritten."""
    own = copy.copy(net)
    own.arrays = net.arrays._replace(
        ambient_c=net.arrays.ambient_c.copy(), node_ambient_c=net.arrays.node_ambient_c.copy()
    )
    return own


def _first(net: HeatNetwork, rows: Rows) -> HeatInput:
    """Return the first row's input, in arrays of its own."""
    return net.base_input._replace(
        heat_w=rows.heat_w[0].copy(),
        return_temp_c=rows.return_temp_c[0].copy(),
        supply_temp_c=rows.supply_temp_c[0].copy(),
        loss_wk=rows.loss_wk[0].copy(),
        closed=rows.closed[0].copy(),
        column_kgm3=net.base_input.column_kgm3.copy(),
    )


def _whole(
    net: HeatNetwork, rows: Rows, row: int, tolerance: Tolerance, start: HeatState | None
) -> RawSolution:
    """Solve a row with open valves and limited sources."""

    def of(table: np.ndarray) -> np.ndarray:
        values: np.ndarray = table[row if len(table) > 1 else 0]
        return values

    given = net.base_input._replace(
        heat_w=of(rows.heat_w),
        return_temp_c=of(rows.return_temp_c),
        supply_temp_c=of(rows.supply_temp_c),
        loss_wk=of(rows.loss_wk),
        closed=of(rows.closed),
    )
    own = net
    if len(rows.ground_c) > 1:
        own = _own(net)
        own.arrays = _with_ground(net.arrays, rows.ground_c[row])
    return solve_arrays(own, given, start=start, tolerance=tolerance)


def _with_ground(arrays: HeatArrays, ground_c: Float64) -> HeatArrays:
    """Return a network in other ground."""
    n_nodes = arrays.side.size
    ends = np.concatenate([arrays.tail, arrays.head])
    total = np.bincount(ends, weights=np.concatenate([ground_c, ground_c]), minlength=n_nodes)
    count = np.diff(arrays.pipe_start)
    mean = np.where(count > 0, total / np.maximum(count, 1), arrays.node_ambient_c)
    return arrays._replace(ambient_c=np.ascontiguousarray(ground_c), node_ambient_c=mean)


def _put_into(net: HeatNetwork, raw: RawSolution, row: int, out_found: Found) -> None:
    """Write down a row that was solved by itself."""
    state, arrays = raw.state, net.arrays
    out_found.delivered_w[row] = state.delivered_w
    out_found.consumer_kgs[row] = state.consumer_kgs
    out_found.consumer_temp_c[row] = state.temp_c[arrays.consumer_supply]
    out_found.dp_pa[row] = (
        state.pressure_pa[arrays.consumer_supply] - state.pressure_pa[arrays.consumer_return]
    )
    out_found.source_w[row] = state.source_heat_w
    out_found.source_kgs[row] = state.source_supply_kgs
    out_found.source_temp_c[row] = raw.supply_temp_c
    out_found.return_temp_c[row] = state.temp_c[arrays.source_return]
    if len(out_found.flow_kgs):
        out_found.flow_kgs[row] = state.flow_kgs
    out_found.loss_w[row] = state.loss_w.sum()
    out_found.energy_error[row] = raw.energy_error
    out_found.iterations[row] = raw.iterations
    out_found.code[row] = 0 if raw.status is SolveStatus.CONVERGED else 1


def _result(net: HeatNetwork, found: Found) -> HeatRows:
    return HeatRows(
        delivered_w=found.delivered_w,
        consumer_flow_kgs=found.consumer_kgs,
        consumer_temp_c=found.consumer_temp_c,
        dp_pa=found.dp_pa,
        source_heat_w=found.source_w,
        source_flow_kgs=found.source_kgs,
        source_temp_c=found.source_temp_c,
        return_temp_c=found.return_temp_c,
        pipe_flow_kgs=found.flow_kgs,
        loss_w=found.loss_w,
        energy_error=found.energy_error,
        iterations=found.iterations,
        converged=found.code == 0,
        net=net,
    )
