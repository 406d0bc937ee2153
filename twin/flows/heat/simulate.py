"""A heat network hour by hour: thermal fronts, stagnation and freezing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels.dynamics import DONE, SHORT, Scratch, Series, step_into
from twin.flows.heat.kernels.medium import density_and_viscosity, enthalpy_at, heat_capacity_at
from twin.flows.heat.kernels.pressure import hold_into, reach_into
from twin.flows.heat.kernels.transport import History, Parcels, reground_into, stored_j
from twin.flows.heat.many.tables import row_tables
from twin.flows.heat.soil import Soil, WarmGround
from twin.flows.heat.solver import copy_state, new_work, solve_arrays

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.heat.kernels.pressure import HeatInput, HeatState
    from twin.flows.heat.network import HeatNetwork
    from twin.flows.heat.solver import HeatSolution

_SLOTS = 32  # parcels a pipe holds at most
_PIECES = 128  # room for what passes a place in one step
_STILL_KGS = 1e-9
_ALIKE_K = 0.05  # what differs less is joined


@final
@dataclass(frozen=True, slots=True)
class HeatSeries:
    """A heat network in time. Rows are steps by their begin in s, values means over the step."""

    delivered_w: pd.DataFrame
    """By consumer."""
    consumer_flow_kgs: pd.DataFrame
    """By consumer."""
    consumer_temp_c: pd.DataFrame
    """Supply temperature by consumer."""
    source_heat_w: pd.DataFrame
    """By source."""
    source_flow_kgs: pd.DataFrame
    """By source."""
    source_temp_c: pd.DataFrame
    """Supply temperature by source, below its set point where its capacity ran out."""
    return_temp_c: pd.DataFrame
    """By source."""
    loss_w: pd.Series
    """Heat the pipes lose."""
    pipes: pd.DataFrame
    """`pipe, coldest_c` (of its water in any step)`, frozen_s`: begin of the step at whose end
    water in it was below 0 C, NaN if never. Flow goes on all the same: ice is not simulated."""
    status: SolveStatus
    """Not converged if flows of a step did not settle, which `unsettled_steps` counts."""
    unsettled_steps: int
    energy_error: float
    """Source heat - delivered - lost - leaked - stored, relative to source heat."""
    mass_error: float
    """Largest gap of a pipe's water to its content, relative."""


@final
@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked in every step; a table of one row holds for all."""

    heat_w: Float64
    supply_temp_c: Float64
    return_temp_c: Float64
    ground_c: Float64
    closed: np.ndarray
    step_s: float

    def row(self, values: np.ndarray, step: int) -> np.ndarray:
        """Return a step's row."""
        row: np.ndarray = values[step if len(values) > 1 else 0]
        return row

    def steps(self) -> int:
        """Return the number of steps."""
        tables = (self.heat_w, self.supply_temp_c, self.return_temp_c, self.ground_c, self.closed)
        return max(len(table) for table in tables)


def simulate(  # noqa: PLR0913 - one argument per thing that may change in time
    net: HeatNetwork,
    *,
    heat_w: Float64 | None = None,
    supply_temp_c: Float64 | None = None,
    return_temp_c: Float64 | None = None,
    ground_c: Float64 | None = None,
    closed: np.ndarray | None = None,
    step_s: float = 3600.0,
    start: HeatSolution | None = None,
    soil: Soil | None = None,
) -> HeatSeries:
    """Carry a network through time.

    Parameters
    ----------
    net
        Checked network; its pipes' `wall_jmk` delays fronts.
    heat_w
        Heat wanted, shape (n_steps, n_consumers); None is the network's own, here and below.
    supply_temp_c
        Set points, shape (n_steps, n_sources).
    return_temp_c
        What consumers cool water to, shape (n_steps, n_consumers).
    ground_c
        About the pipes, shape (n_steps,) or (n_steps, n_pipes).
    closed
        Pipes shut off, shape (n_steps, n_pipes).
    step_s
        Length of a step in s; within it flows are steady.
    start
        Steady solution the water is in at the start; None solves the first step.
    soil
        Ground that stores heat, as warm at the start as the steady solution leaves it; None is
        ground that stores none.

    Raises
    ------
    CityDataError
        If shapes do not match, or a value is missing: with step and column; if the soil does not
        fit the pipes.

    Notes
    -----
    Water moves by plug flow and cools exactly; each pipe's wall is a mixed volume at its outlet.
    Water is taken to keep the density it has at the start. Consumers draw as in `solve`, and a step
    is taken again until what they draw fits the temperatures it brings; a consumer takes no more
    heat than it wants. A source's capacity holds at the return temperature of the step before.
    Still water cools together with its wall, and with its ground if that stores heat: in a pipe
    of DN 50 by many kelvin less in four hours (decision 050).
    """
    if net.dependent is not None:
        what = "dependent consumers take what temperatures give, which is not carried in time"
        mend = "solve hour by hour with `solve`, or make them controlled"
        raise CityDataError(Fault("consumers.connection", what, mend))
    base = net.base_input
    asked = _check(
        {
            "heat_w": (heat_w, base.heat_w),
            "supply_temp_c": (supply_temp_c, base.supply_temp_c),
            "return_temp_c": (return_temp_c, base.return_temp_c),
            "ground_c": (ground_c, net.arrays.ambient_c),
            "closed": (closed, base.closed),
        },
        step_s,
    )
    given = _input(net, asked, 0)
    state = solve_arrays(net, given).state if start is None else copy_state(start.raw.state)
    about = None if soil is None else WarmGround.of(net, given, state, (soil, asked.step_s))
    given = given._replace(
        column_kgm3=_columns(net, asked), loss_wk=given.loss_wk if about is None else about.loss_wk
    )
    about_c = net.arrays.ambient_c
    parcels = _fill(net, given, state, about_c if about is None else about.near_c(about_c))
    stored = stored_j(parcels)
    series = _room(net, asked)
    code = _run(net, given, asked, series, (parcels, state, about))
    return _result(net, series, parcels, (asked.step_s, stored, code))


def _check(tables: dict[str, tuple[np.ndarray | None, np.ndarray]], step_s: float) -> _Asked:
    """Return what is asked as tables of one length or of one row; raise all faults."""
    faults = []
    if not step_s > 0.0:
        faults.append(Fault("step_s", f"= {step_s:g} s is not above 0", "an hour is 3600"))
    made = row_tables(tables, row_name="step", faults=faults)
    n_steps = max(len(table) for table in made.values())
    if n_steps > len(made["heat_w"]):
        made["heat_w"] = np.repeat(made["heat_w"], n_steps, axis=0)
    return _Asked(**made, step_s=float(step_s))


def _room(net: HeatNetwork, asked: _Asked) -> Series:
    """Make room for what is found."""
    n_steps, n_pipes = asked.steps(), len(net.pipes)
    consumers, sources = (n_steps, len(net.consumers)), (n_steps, len(net.sources))
    set_temp_c = np.repeat(asked.supply_temp_c, n_steps // len(asked.supply_temp_c), axis=0)
    return Series(
        set_temp_c=set_temp_c,
        capacity_w=net.capacity_w,
        delivered_w=np.zeros(consumers),
        consumer_kgs=np.zeros(consumers),
        consumer_temp_c=np.zeros(consumers),
        source_w=np.zeros(sources),
        source_temp_c=np.zeros(sources),
        return_temp_c=np.zeros(sources),
        source_kgs=np.zeros(sources),
        lost_w=np.zeros(n_steps),
        leaked_w=np.zeros(n_steps),
        settled=np.zeros(n_steps, dtype=np.uint8),
        frozen_step=np.full(n_pipes, -1, dtype=np.int32),
        coldest_c=np.full(n_pipes, np.inf),
    )


def _input(net: HeatNetwork, asked: _Asked, step: int) -> HeatInput:
    """Return a step's input."""
    return net.base_input._replace(
        heat_w=asked.row(asked.heat_w, step),
        supply_temp_c=asked.row(asked.supply_temp_c, step),
        return_temp_c=asked.row(asked.return_temp_c, step),
        closed=asked.row(asked.closed, step),
    )


def _columns(net: HeatNetwork, asked: _Asked) -> Float64:
    """Return densities of the water columns of supply and return, shape (2,)."""
    hot_c = float(asked.supply_temp_c.mean())
    back_c = float(asked.return_temp_c.mean()) if asked.return_temp_c.size else hot_c
    return np.array([density_and_viscosity(net.fluid, t)[0] for t in (hot_c, back_c)])


def _fill(net: HeatNetwork, given: HeatInput, state: HeatState, ground_c: Float64) -> Parcels:
    """Fill pipes with the water of a steady state: one parcel each, as old as its way."""
    arrays, n = net.arrays, net.arrays.tail.size
    area_m2 = 0.25 * np.pi * arrays.diameter_m**2
    density = np.array([density_and_viscosity(net.fluid, t)[0] for t in state.mean_temp_c])
    capacity = np.array([heat_capacity_at(net.fluid, t) for t in state.mean_temp_c])
    content_kg = density * area_m2 * arrays.length_m
    wall_kg = net.pipes["wall_jmk"].to_numpy(dtype=np.float64) * arrays.length_m / capacity
    ground = np.array([enthalpy_at(net.fluid, t) for t in ground_c])
    flow = np.abs(state.flow_kgs)
    moves = flow > _STILL_KGS
    to_head = state.flow_kgs > 0
    up = np.where(to_head, arrays.tail, arrays.head)
    entry = np.where(moves, state.enthalpy_jkg[up], ground)
    age = np.zeros(n)
    np.divide(given.loss_wk, flow * capacity, out=age, where=moves)
    wall = ground + (entry - ground) * np.exp(-age)
    slots = (n, _SLOTS)
    parcels = Parcels(
        mass_kg=np.zeros(slots),
        entry_jkg=np.zeros(slots),
        lead=np.zeros(slots),
        trail=np.zeros(slots),
        filled=np.ones(n, dtype=np.int32),
        to_head=to_head.astype(np.uint8),
        clock=np.zeros(n),
        content_kg=content_kg,
        wall_kg=wall_kg,
        wall_jkg=wall,
        ground_jkg=ground,
    )
    parcels.mass_kg[:, 0] = content_kg
    parcels.entry_jkg[:, 0] = entry
    parcels.lead[:, 0] = -age
    return parcels


def _reground(
    net: HeatNetwork, asked: _Asked, step: int, water: tuple[Parcels, WarmGround | None]
) -> None:
    """Give pipes the ground of a step, where it changes."""
    parcels, about = water
    if step > 0 and len(asked.ground_c) == 1 and about is None:
        return
    ground_c = asked.row(asked.ground_c, step)
    if about is not None:
        ground_c = about.near_c(ground_c)
    reground_into(np.array([enthalpy_at(net.fluid, t) for t in ground_c]), parcels)


def _run(
    net: HeatNetwork,
    given: HeatInput,
    asked: _Asked,
    series: Series,
    moving: tuple[Parcels, HeatState, WarmGround | None],
) -> int:
    """Take all steps; return the code of the last."""
    parcels, state, about = moving
    n_nodes = net.arrays.side.size
    history = History(
        np.zeros((n_nodes, _PIECES)), np.zeros((n_nodes, _PIECES)), np.zeros(n_nodes, np.int32)
    )
    scratch = Scratch(
        node_kgs=np.zeros(n_nodes),
        ends=np.zeros(_PIECES),
        values=np.zeros(_PIECES),
        spare_end=np.zeros(_PIECES),
        spare_h=np.zeros(_PIECES),
        pipe_lost_j=np.zeros(net.arrays.tail.size),
    )
    supply_pipes = np.flatnonzero(net.arrays.side[net.arrays.tail] == 0)
    places = (supply_pipes, parcels, Parcels(*(values.copy() for values in parcels)), history)
    alike_jkg = _ALIKE_K * float(net.fluid.heat_capacity_jkgk[0])
    columns, may_open, work = given.column_kgm3, 0, new_work(net, net.pattern)
    for step in range(asked.steps()):
        now = _input(net, asked, step)._replace(column_kgm3=columns, loss_wk=given.loss_wk)
        if step == 0 or len(asked.closed) > 1:
            reach_into(net.arrays, now.closed, state.reached)
            hold_into(net.arrays, now, state)
        _reground(net, asked, step, (parcels, about))
        if step > 0 and len(asked.supply_temp_c) > 1:  # a first guess: it arrives within the step
            hot_jkg = [
                np.mean([enthalpy_at(net.fluid, t) for t in asked.supply_temp_c[row]])
                for row in (step - 1, step)
            ]
            state.enthalpy_jkg[net.arrays.side == 0] += hot_jkg[1] - hot_jkg[0]
        inputs = (net.arrays, now, net.fluid)
        code = SHORT
        if not may_open:
            options = (asked.step_s, alike_jkg, 0, step)
            code = step_into(*inputs, net.pattern, options, series, places, state, work, scratch)
        if code == SHORT:
            if not may_open:
                may_open, work = 1, new_work(net, net.open_pattern)
            options = (asked.step_s, alike_jkg, 1, step)
            code = step_into(
                *inputs, net.open_pattern, options, series, places, state, work, scratch
            )
        if code != DONE:
            return code
        if about is not None:
            about.warm(scratch.pipe_lost_j)
    return DONE


def _result(
    net: HeatNetwork, series: Series, parcels: Parcels, run: tuple[float, float, int]
) -> HeatSeries:
    step_s, stored, code = run
    unsettled = int(np.count_nonzero(series.settled == 0))
    time_s = pd.Index(np.arange(series.lost_w.size) * step_s, name="time_s")
    supplied = float(series.source_w.sum()) * step_s
    spent = float(series.delivered_w.sum() + series.lost_w.sum() + series.leaked_w.sum()) * step_s
    gap = supplied - spent - (stored_j(parcels) - stored)
    held = np.arange(_SLOTS) < parcels.filled[:, np.newaxis]
    water = np.where(held, parcels.mass_kg, 0.0).sum(axis=1)

    def table(values: np.ndarray, names: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(values, index=time_s, columns=pd.Index(names))

    consumers, sources = net.consumers["consumer"], net.sources["source"]
    frozen_s = np.where(series.frozen_step >= 0, series.frozen_step * step_s, np.nan)
    return HeatSeries(
        delivered_w=table(series.delivered_w, consumers),
        consumer_flow_kgs=table(series.consumer_kgs, consumers),
        consumer_temp_c=table(series.consumer_temp_c, consumers),
        source_heat_w=table(series.source_w, sources),
        source_flow_kgs=table(series.source_kgs, sources),
        source_temp_c=table(series.source_temp_c, sources),
        return_temp_c=table(series.return_temp_c, sources),
        loss_w=pd.Series(series.lost_w, index=time_s),
        pipes=pd.DataFrame(
            {"pipe": net.pipes["pipe"], "coldest_c": series.coldest_c, "frozen_s": frozen_s}
        ),
        status=SolveStatus.NOT_CONVERGED if unsettled or code != DONE else SolveStatus.CONVERGED,
        unsettled_steps=unsettled,
        energy_error=gap / max(abs(supplied), abs(stored), 1.0),
        mass_error=float(np.abs(water / parcels.content_kg - 1.0).max(initial=0.0)),
    )
