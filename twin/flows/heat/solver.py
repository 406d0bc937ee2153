"""Steady solve of a heat network: the loop about the kernels, and results as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.base import SolveStatus
from twin.flows.heat.kernels.friction import FrictionWork
from twin.flows.heat.kernels.medium import density_and_viscosity, enthalpy_at
from twin.flows.heat.kernels.pressure import (
    CONTROLLED,
    OPEN,
    SHUT,
    HeatState,
    HeatWork,
)
from twin.flows.heat.kernels.steady import CONVERGED, solve_heat_into

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.heat.kernels.pressure import HeatInput
    from twin.flows.heat.network import HeatNetwork
    from twin.kernels.ldl import LdlPattern

_CAPACITY_TOLERANCE = 1e-5  # share of capacity by which a limited part may miss it
_CAPACITY_STEPS = 60
_ANSWERS = 30
_ANSWERED = 1e-7  # change of a dependent consumer's heat, over its design heat
_SHORT = 1e-6  # share of wanted heat whose absence counts as a shortage
_STILL_KGS = 1e-9
_BALANCED = 1e-6  # share of the largest flow that a node may lack
_WILD_KGS = 1e7  # more is no flow of water in pipes
_START_KGSM2 = 300.0  # first guess of every pipe's flow per area
_NO_WAY = 2  # of water in no pipe, so that the first solve orders the nodes
_BACK_C = 50.0  # first guess of return temperature without consumers

OK = "ok"
LOW_PRESSURE = "low pressure"
LOW_TEMPERATURE = "low temperature"
SOURCE_LIMIT = "source limit"
CUT_OFF = "cut off"
BYPASS = "bypass"
AS_SUPPLIED = "as supplied"


@final
@dataclass(frozen=True, slots=True)
class Tolerance:
    """When a solve counts as converged."""

    flow: float = 1e-8
    """Largest change of flow in the last iteration, as a share of the largest flow."""
    temp_k: float = 1e-6
    """Largest change of a node's temperature in the last iteration, where next to nothing flows
    in proportion less."""
    iterations: int = 200


DEFAULT_TOLERANCE = Tolerance()


@final
@dataclass(frozen=True, slots=True)
class RawSolution:
    """What a solve found, as arrays in the network's rows."""

    state: HeatState
    supply_temp_c: Float64
    """Temperature each source gave, below its set point where its capacity ran out."""
    limited: Bool
    """Per source: whether its part ran out of capacity."""
    status: SolveStatus
    iterations: int
    energy_error: float
    """Source heat - delivered - lost, relative to source heat (or 0.1 % of wanted heat)."""
    mass_error: float
    """Largest node imbalance, relative to the flow of the sources."""
    makeup_kgs: float
    """Water that replaces leaks."""
    leaked_w: float
    """Heat that leaves with leaks, over make-up water."""


def new_state(net: HeatNetwork, given: HeatInput) -> HeatState:
    """Return a state to start from: source temperature and slow flow everywhere."""
    n_pipes, n_nodes = net.arrays.tail.size, net.arrays.side.size
    n_consumers, n_sources = net.arrays.consumer_supply.size, net.arrays.source_supply.size
    state = HeatState(
        flow_kgs=np.zeros(n_pipes),
        mean_temp_c=np.zeros(n_pipes),
        loss_w=np.zeros(n_pipes),
        pressure_pa=np.zeros(n_nodes),
        temp_c=np.zeros(n_nodes),
        enthalpy_jkg=np.zeros(n_nodes),
        sensitivity_k=np.zeros(n_nodes),
        reached=np.zeros(n_nodes, dtype=np.uint8),
        leak_kgs=np.zeros(n_nodes),
        want_kgs=np.zeros(n_consumers),
        consumer_kgs=np.zeros(n_consumers),
        valve=np.zeros(n_consumers, dtype=np.uint8),
        delivered_w=np.zeros(n_consumers),
        return_out_c=np.zeros(n_consumers),
        source_supply_kgs=np.zeros(n_sources),
        source_return_kgs=np.zeros(n_sources),
        source_heat_w=np.zeros(n_sources),
    )
    _cold_start_into(net, given, state)
    return state


def _cold_start_into(net: HeatNetwork, given: HeatInput, out_state: HeatState) -> None:
    """Fill a state with a first guess."""
    arrays, supply = net.arrays, net.arrays.side == 0
    k = int(np.argmax(arrays.source_holds))
    back_c = float(given.return_temp_c.mean()) if given.return_temp_c.size else _BACK_C
    out_state.temp_c[:] = np.where(supply, given.supply_temp_c[k], back_c)
    out_state.pressure_pa[:] = np.where(
        supply, given.supply_pressure_pa[k], given.return_pressure_pa[k]
    )
    out_state.enthalpy_jkg[:] = _enthalpy(net, out_state.temp_c)
    out_state.mean_temp_c[:] = out_state.temp_c[arrays.tail]
    out_state.flow_kgs[:] = _START_KGSM2 * 0.25 * np.pi * arrays.diameter_m**2


def _column_kgm3(net: HeatNetwork, given: HeatInput) -> Float64:
    """Return the densities at mean source and mean return temperature, shape (2,)."""
    back_c = float(given.return_temp_c.mean()) if given.return_temp_c.size else _BACK_C
    hot_c = float(given.supply_temp_c.mean())
    return np.array([density_and_viscosity(net.fluid, t)[0] for t in (hot_c, back_c)])


def _enthalpy(net: HeatNetwork, temp_c: Float64) -> Float64:
    """Return enthalpy at temperatures of the fluid's grid, linear between."""
    grid = net.fluid.start_c + net.fluid.step_k * np.arange(net.fluid.enthalpy_jkg.size)
    enthalpy: Float64 = np.interp(temp_c, grid, net.fluid.enthalpy_jkg)
    return enthalpy


def copy_state(state: HeatState) -> HeatState:
    """Return a state that shares no memory with the given one."""
    return HeatState(*(values.copy() for values in state))


def new_work(net: HeatNetwork, pattern: LdlPattern) -> HeatWork:
    """Return scratch for a network and a matrix pattern."""
    n_nodes, n = net.arrays.side.size, pattern.position.size
    n_links = net.arrays.tail.size + net.arrays.consumer_supply.size
    return HeatWork(
        diagonal=np.empty(n),
        off_diagonal=np.empty(pattern.a_slot.size),
        rhs=np.empty(n),
        change=np.empty(n),
        factor_l=np.empty(pattern.l_row.size),
        factor_d=np.empty(n),
        conductance=np.empty(n_links),
        trial=np.empty(n_links),
        draw_kgs=np.empty(n_nodes),
        leak_slope=np.empty(n_nodes),
        moved_pa=np.empty(n_nodes),
        inject_kgs=np.empty(n_nodes),
        inject_w=np.empty(n_nodes),
        order=np.empty(n_nodes, dtype=np.int32),
        missing=np.empty(n_nodes, dtype=np.int32),
        along=np.full(net.arrays.tail.size, _NO_WAY, dtype=np.int8),
        mean_before_c=np.zeros(net.arrays.tail.size),
        mean_step_k=np.zeros(net.arrays.tail.size),
        mean_after_c=np.zeros(net.arrays.tail.size),
        want_after_kgs=np.zeros(net.arrays.consumer_supply.size),
        friction=FrictionWork(*np.empty((9, net.arrays.tail.size))),
    )


def _iterate(
    net: HeatNetwork, given: HeatInput, tolerance: Tolerance, state: HeatState
) -> tuple[int, int, HeatWork]:
    """Solve at given source temperatures, with open valves only if pressure runs short."""
    arrays = net.arrays
    options = (tolerance.flow, tolerance.temp_k, float(tolerance.iterations))
    code, iterations = CONVERGED, 0
    work = None
    if not np.any(state.valve != CONTROLLED):
        work = new_work(net, net.pattern)
        code, iterations = solve_heat_into(
            arrays, given, net.fluid, net.pattern, (*options, 0.0, 0.0), state, work
        )
        dp = state.pressure_pa[arrays.consumer_supply] - state.pressure_pa[arrays.consumer_return]
        if not np.any((dp < given.min_dp_pa * (1 - 1e-9)) & (state.want_kgs > 0)):
            return code, iterations, work
    work = new_work(net, net.open_pattern)
    code, more = solve_heat_into(
        arrays, given, net.fluid, net.open_pattern, (*options, 1.0, 0.0), state, work
    )
    return code, iterations + more, work


def _part_heat_w(net: HeatNetwork, state: HeatState) -> Float64:
    """Return the heat the sources of each part give together, shape (n_parts,)."""
    return np.bincount(net.arrays.source_part, weights=state.source_heat_w)


def _limit_sources(
    net: HeatNetwork,
    given: HeatInput,
    capacity: Float64,
    tolerance: Tolerance,
    state: HeatState,
) -> tuple[HeatInput, Bool, int, int, HeatWork]:
    """Lower the supply temperature of overloaded parts until they give their capacity.

    A root of heat(T) - capacity per part by the Illinois rule (Dowell & Jarratt, 1971, BIT 11,
    168-174, doi 10.1007/BF01934364), all parts at once; at ambient temperature heat is nil.
    """
    part = net.arrays.source_part
    set_point = given.supply_temp_c
    excess = _part_heat_w(net, state) - capacity
    over = excess > _CAPACITY_TOLERANCE * capacity
    high = np.full(capacity.size, -np.inf)
    np.maximum.at(high, part, set_point)
    low = np.full(capacity.size, min(net.arrays.ambient_c.min(initial=np.inf), high.min()))
    below, above = -capacity.copy(), excess.copy()
    trial_c, iterations = high.copy(), 0
    last = np.zeros(capacity.size, dtype=np.int8)
    coarse = Tolerance(flow=1e-6, temp_k=1e-4, iterations=tolerance.iterations)
    for _ in range(_CAPACITY_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            fraction = np.where(above > below, -below / (above - below), 0.5)
        trial_c = np.where(over, low + np.clip(fraction, 0.02, 0.98) * (high - low), high)
        now = given._replace(supply_temp_c=np.minimum(set_point, trial_c[part]))
        _, count, _ = _iterate(net, now, coarse, state)
        iterations += count
        gap = np.where(over, _part_heat_w(net, state) - capacity, 0.0)
        done = (np.abs(gap) <= _CAPACITY_TOLERANCE * capacity) | (high - low < 1e-9)  # noqa: PLR2004 - 1e-9 K
        if bool(np.all(done | ~over)):
            break
        hot = gap > 0
        high, above = np.where(hot, trial_c, high), np.where(hot, gap, above)
        low, below = np.where(hot, low, trial_c), np.where(hot, below, gap)
        below = np.where(hot & (last > 0), 0.5 * below, below)
        above = np.where(~hot & (last < 0), 0.5 * above, above)
        last = np.where(hot, 1, -1).astype(np.int8)
    now = given._replace(supply_temp_c=np.minimum(set_point, trial_c[part]))
    code, count, work = _iterate(net, now, tolerance, state)
    return now, over[part], code, iterations + count, work


def solve_arrays(
    net: HeatNetwork,
    given: HeatInput,
    *,
    start: HeatState | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
    capacity_share: float = 1.0,
) -> RawSolution:
    """Solve a network for inputs given as arrays.

    `start` is left as it is; `capacity_share` derates every source (infinite: no limit). Dependent
    consumers are answered in turn with the network until neither changes the other.
    """
    if net.dependent is None:
        return _solve_once(net, given, start, tolerance, capacity_share)
    given = net.dependent.fixed(given)
    found = _solve_once(net, given, start, tolerance, capacity_share)
    for _ in range(_ANSWERS):
        given, moved = net.dependent.answer(
            given, found.state, net.fluid, net.arrays.consumer_supply
        )
        found = _solve_once(net, given, found.state, tolerance, capacity_share)
        if moved <= _ANSWERED:
            break
    return found


def _solve_once(
    net: HeatNetwork,
    given: HeatInput,
    start: HeatState | None,
    tolerance: Tolerance,
    capacity_share: float,
) -> RawSolution:
    """Solve with every consumer's wanted heat given."""
    given = given._replace(column_kgm3=_column_kgm3(net, given))
    state = new_state(net, given) if start is None else copy_state(start)
    code, iterations, work = _iterate(net, given, tolerance, state)
    limited = np.zeros(net.arrays.source_supply.size, dtype=np.bool_)
    capacity = np.full(int(net.arrays.source_part.max(initial=0)) + 1, np.inf)
    if np.isfinite(capacity_share):
        capacity = np.bincount(net.arrays.source_part, weights=net.capacity_w * capacity_share)
    if np.any(_part_heat_w(net, state) > (1 + _CAPACITY_TOLERANCE) * capacity):
        given, limited, code, more, work = _limit_sources(net, given, capacity, tolerance, state)
        iterations += more
    supplied = float(state.source_supply_kgs.sum())
    leaked_w = _leaked_w(net, given, state)
    given_w = float(state.source_heat_w.sum())
    gap = given_w - float(state.delivered_w.sum()) - float(state.loss_w.sum()) - leaked_w
    missing_kgs = _mass_error_kgs(net, state, work)
    done = code == CONVERGED and _is_sound(state, missing_kgs)
    return RawSolution(
        state=state,
        supply_temp_c=given.supply_temp_c,
        limited=limited,
        status=SolveStatus.CONVERGED if done else SolveStatus.NOT_CONVERGED,
        iterations=iterations,
        energy_error=gap / max(abs(given_w), 1e-3 * float(given.heat_w.sum()), 1.0),
        mass_error=missing_kgs / max(supplied, 1e-9),
        makeup_kgs=supplied - float(state.source_return_kgs.sum()),
        leaked_w=leaked_w,
    )


def _is_sound(state: HeatState, missing_kgs: float) -> bool:
    """Return whether flows balance and are finite: one that runs away stands still beside itself.

    What counts as no change is a share of the largest flow, whatever that is.
    """
    largest = float(np.abs(state.flow_kgs).max(initial=0.0))
    return largest < _WILD_KGS and missing_kgs <= _BALANCED * largest + _STILL_KGS


def _leaked_w(net: HeatNetwork, given: HeatInput, state: HeatState) -> float:
    """Return the heat that leaves with leaks, over water at the temperature of make-up."""
    if not np.any(state.leak_kgs):
        return 0.0
    makeup = enthalpy_at(net.fluid, given.makeup_temp_c)
    return float(np.sum(state.leak_kgs * (state.enthalpy_jkg - makeup)))


def _mass_error_kgs(net: HeatNetwork, state: HeatState, work: HeatWork) -> float:
    """Return the largest gap of a node's water balance, held nodes apart."""
    arrays, n = net.arrays, net.arrays.side.size
    leaves = np.bincount(arrays.tail, weights=state.flow_kgs, minlength=n)
    enters = np.bincount(arrays.head, weights=state.flow_kgs, minlength=n)
    gap = np.abs(leaves - enters + work.draw_kgs)
    return float(gap.max(initial=0.0, where=arrays.unknown >= 0))


@final
@dataclass(frozen=True, slots=True)
class HeatSolution:
    """A solved heat network as tables, rows as in the network's own."""

    nodes: pd.DataFrame
    """`node, pressure_pa` (over atmosphere)`, temp_c, supplied`; where not supplied, pressure is
    0 and temperature that of the ground."""
    pipes: pd.DataFrame
    """`pipe, mass_flow_kgs` (negative against from -> to)`, loss_w, status`: open, still, closed,
    or cut off."""
    consumers: pd.DataFrame
    """`consumer, mass_flow_kgs, delivered_w, supply_temp_c, return_temp_c, dp_pa, status`: ok,
    bypass (all is delivered, and the least flow is more than that takes), low pressure, low
    temperature, source limit, or cut off; a dependent one as supplied, low pressure, or cut off."""
    sources: pd.DataFrame
    """`source, supply_temp_c, mass_flow_kgs, return_temp_c, heat_w, limited`."""
    status: SolveStatus
    raw: RawSolution
    """Arrays; the start of another solve with `solve(net, start=...)`."""


def solve(
    net: HeatNetwork,
    *,
    start: HeatSolution | None = None,
    tolerance: Tolerance = DEFAULT_TOLERANCE,
) -> HeatSolution:
    """Find flows, pressures and temperatures of supply and return together.

    Parameters
    ----------
    net
        Checked network; what no source reaches is reported, not solved.
    start
        Solution of a network with the same rows, from which to start; None starts cold.
    tolerance
        When to stop.

    Notes
    -----
    Consumers draw m = heat / (h_supply - h_return), at least `bypass_kgs` (what is drawn beyond
    need goes back warmer), at most `max_flow_kgs`, and where the pressure
    difference is below `min_dp_pa` only m sqrt(dp / min_dp). Water colder than the return
    temperature passes unchanged. When a part's sources cannot give the heat its consumers
    draw, their supply temperature falls (each at most to its set point) until they give exactly
    their capacity. Shortages show in `consumers.delivered_w` and `status`; nothing raises.
    """
    raw = solve_arrays(
        net,
        net.base_input,
        start=None if start is None else start.raw.state,
        tolerance=tolerance,
    )
    return _as_tables(net, raw)


def consumer_status(net: HeatNetwork, given: HeatInput, raw: RawSolution) -> np.ndarray:
    """Return one word per consumer, shape (n_consumers,)."""
    arrays, state = net.arrays, raw.state
    joined = state.reached[arrays.consumer_supply] & state.reached[arrays.consumer_return]
    short = state.delivered_w < given.heat_w * (1.0 - _SHORT)
    short |= state.consumer_kgs < given.given_kgs * (1.0 - _SHORT)
    bypassed = (given.bypass_kgs > 0) & (state.consumer_kgs <= given.bypass_kgs * (1.0 + _SHORT))
    part_limited = np.zeros(int(arrays.consumer_part.max(initial=-1)) + 2, dtype=np.bool_)
    for k in np.flatnonzero(raw.limited):
        if arrays.source_part[k] < part_limited.size - 1:
            part_limited[arrays.source_part[k]] = True
    free = np.zeros(short.size, dtype=np.bool_)
    if net.dependent is not None:
        free[net.dependent.rows] = True
    return np.select(
        [
            joined == 0,
            free & (state.valve == CONTROLLED),
            free,
            ~short & bypassed,
            ~short,
            (state.valve == OPEN) | (state.valve == SHUT),
            part_limited[arrays.consumer_part],
        ],
        [CUT_OFF, AS_SUPPLIED, LOW_PRESSURE, BYPASS, OK, LOW_PRESSURE, SOURCE_LIMIT],
        default=LOW_TEMPERATURE,
    )


def _pipe_status(net: HeatNetwork, given: HeatInput, state: HeatState) -> np.ndarray:
    """Return one word per pipe, shape (n_pipes,)."""
    return np.select(
        [
            given.closed == 1,
            state.reached[net.arrays.tail] == 0,
            np.abs(state.flow_kgs) <= _STILL_KGS,
        ],
        ["closed", CUT_OFF, "still"],
        default="open",
    )


def _as_tables(net: HeatNetwork, raw: RawSolution) -> HeatSolution:
    state, arrays = raw.state, net.arrays
    supply, back = arrays.consumer_supply, arrays.consumer_return
    return HeatSolution(
        nodes=pd.DataFrame(
            {
                "node": net.nodes["node"],
                "pressure_pa": state.pressure_pa,
                "temp_c": state.temp_c,
                "supplied": state.reached.astype(bool),
            }
        ),
        pipes=pd.DataFrame(
            {
                "pipe": net.pipes["pipe"],
                "mass_flow_kgs": state.flow_kgs,
                "loss_w": state.loss_w,
                "status": _pipe_status(net, net.base_input, state),
            }
        ),
        consumers=pd.DataFrame(
            {
                "consumer": net.consumers["consumer"],
                "mass_flow_kgs": state.consumer_kgs,
                "delivered_w": state.delivered_w,
                "supply_temp_c": state.temp_c[supply],
                "return_temp_c": state.return_out_c,
                "dp_pa": state.pressure_pa[supply] - state.pressure_pa[back],
                "status": consumer_status(net, net.base_input, raw),
            }
        ),
        sources=pd.DataFrame(
            {
                "source": net.sources["source"],
                "supply_temp_c": raw.supply_temp_c,
                "mass_flow_kgs": state.source_supply_kgs,
                "return_temp_c": state.temp_c[arrays.source_return],
                "heat_w": state.source_heat_w,
                "limited": raw.limited,
            }
        ),
        status=raw.status,
        raw=raw,
    )
