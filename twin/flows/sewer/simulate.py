"""Levels and flows of a sewer over time, or at rest under steady inflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault, SolveError
from twin.flows.sewer.arrays import State
from twin.flows.sewer.kernels.step import advance, volumes_into

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.sewer.network import SewerNetwork

_LEAST_S = 1e-4
_FIRST_S, _MOST_S = 10.0, 600.0


@final
@dataclass(frozen=True, slots=True)
class SewerRun:
    """Results of a run; links are conduits, then orifices, weirs, pumps (`net.link_names`)."""

    time_s: Float64
    """End of each step, shape (n_steps,)."""
    level_m: Float64
    """Level at nodes, shape (n_steps, n_nodes)."""
    flow_m3s: Float64
    """Flow of links, shape (n_steps, n_links)."""
    spilled_m3: Float64
    """Water that left over the rim of each node, whole run, shape (n_nodes,)."""
    inflow_m3: float
    outflow_m3: float
    stored_m3: float
    """In the network at the end less at the start."""

    @property
    def imbalance(self) -> float:
        """Return in less out, spilled and stored, share of what came in or stood there."""
        gap = self.inflow_m3 - self.outflow_m3 - float(self.spilled_m3.sum()) - self.stored_m3
        return abs(gap) / max(self.inflow_m3, abs(self.stored_m3), self.outflow_m3, 1e-9)


def initial_state(net: SewerNetwork) -> State:
    """Return the state at the start: the initial depths, still water."""
    n, m = net.nodes.bottom_m.size, net.links.tail.size
    level = net.nodes.bottom_m + net.frames["nodes"]["initial_m"].to_numpy(dtype=np.float64)
    kept = np.minimum(level, net.nodes.rim_m)
    state = State(
        level_m=kept,
        volume_m3=np.zeros(n),
        spilled_m3=np.zeros(n),
        at_m3=np.zeros(n),
        at_m2=np.zeros(n),
        flow_m3s=np.zeros(m),
        by_tail=np.zeros(m),
        by_head=np.zeros(m),
        area_m2=np.zeros(m),
        area_old_m2=np.zeros(m),
        inertia=np.zeros(m),
        weight=np.full(m, 0.5),
        free_m=np.zeros(m),
        normal_m=np.zeros(m),
        last_s=np.zeros(1),
        totals_m3=np.zeros(3),
    )
    volumes_into(net.nodes, net.links, state.level_m, state.volume_m3, state.at_m2)
    return state


def simulate(net: SewerNetwork, inflow_m3s: Float64, *, step_s: float) -> SewerRun:
    """Carry inflows through the network by the dynamic wave.

    Parameters
    ----------
    inflow_m3s
        Mean inflow of each step, shape (n_steps, n_nodes).
    step_s
        Length of a step; one that does not converge is halved.

    Raises
    ------
    SolveError
        If no step is short enough.
    CityDataError
        If inflows have the wrong shape, are negative or not finite.
    """
    _check(net, inflow_m3s, step_s)
    state = initial_state(net)
    begin_m3 = float(state.volume_m3[net.nodes.unknown >= 0].sum())
    steps = inflow_m3s.shape[0]
    level = np.empty((steps, state.level_m.size))
    flow = np.empty((steps, state.flow_m3s.size))
    for t in range(steps):
        _advance(net, state, np.ascontiguousarray(inflow_m3s[t]), step_s, t * step_s)
        level[t], flow[t] = state.level_m, state.flow_m3s
    return _run(net, state, begin_m3, (np.arange(1, steps + 1) * step_s, level, flow))


def solve_steady(
    net: SewerNetwork, inflow_m3s: Float64, *, tolerance_m: float = 1e-9, most_steps: int = 20_000
) -> SewerRun:
    """Find levels and flows that steady inflows settle at; the run has one step.

    Parameters
    ----------
    inflow_m3s
        Shape (n_nodes,).
    tolerance_m
        No level moves by more in a step, the longest being 600 s.

    Raises
    ------
    SolveError
        If levels do not settle: a pump that starts and stops, a basin that fills for ever.
    """
    inflow = np.asarray(inflow_m3s, dtype=np.float64)
    _check(net, inflow[None, :], _FIRST_S)
    state = initial_state(net)
    begin_m3 = float(state.volume_m3[net.nodes.unknown >= 0].sum())
    step_s, time_s = _FIRST_S, 0.0
    for _ in range(most_steps):
        before = state.level_m.copy()
        _advance(net, state, inflow, step_s, time_s)
        time_s += step_s
        moved = float(np.abs(state.level_m - before).max())
        if moved < tolerance_m:
            figures = (np.array([time_s]), state.level_m[None, :], state.flow_m3s[None, :])
            return _run(net, state, begin_m3, figures)
        step_s = min(step_s * 1.05, _MOST_S)
    message = f"levels still move by {moved:.2g} m a step; use simulate to see what they do"
    raise SolveError(message)


def _advance(
    net: SewerNetwork, state: State, inflow_m3s: Float64, step_s: float, time_s: float
) -> None:
    """Carry the state over a step."""
    taken = advance(net.nodes, net.links, net.pattern, state, inflow_m3s, step_s, _LEAST_S)
    if taken < 0:
        message = (
            f"at {time_s:g} s no step down to {_LEAST_S:g} s converges; "
            "look for very short conduits and for storages of almost no area"
        )
        raise SolveError(message)


def _run(
    net: SewerNetwork, state: State, begin_m3: float, figures: tuple[Float64, Float64, Float64]
) -> SewerRun:
    inside = net.nodes.unknown >= 0
    return SewerRun(
        time_s=figures[0],
        level_m=figures[1],
        flow_m3s=figures[2],
        spilled_m3=state.spilled_m3.copy(),
        inflow_m3=float(state.totals_m3[0]),
        outflow_m3=float(state.totals_m3[1]),
        stored_m3=float(state.volume_m3[inside].sum()) - begin_m3,
    )


def _check(net: SewerNetwork, inflow_m3s: Float64, step_s: float) -> None:
    """Raise `CityDataError` with what is wrong with inflows or step."""
    faults = []
    n = net.nodes.bottom_m.size
    if inflow_m3s.ndim != 2 or inflow_m3s.shape[1] != n:  # noqa: PLR2004 - steps and nodes
        what = f"has shape {inflow_m3s.shape}, the network has {n} nodes"
        faults.append(Fault("inflow_m3s", what, "give one column for each node"))
    elif not (np.isfinite(inflow_m3s) & (inflow_m3s >= 0.0)).all():
        row, node = np.argwhere(~(np.isfinite(inflow_m3s) & (inflow_m3s >= 0.0)))[0]
        what = f"= {inflow_m3s[row, node]} m3/s is negative or no number"
        faults.append(Fault(f"inflow_m3s[{row}, {node}]", what, "give 0 or more"))
    if not 0.0 < step_s <= 86_400.0:  # noqa: PLR2004 - a day
        faults.append(Fault("step_s", f"= {step_s:g} s", "give seconds above 0, up to a day"))
    if faults:
        raise CityDataError(faults)
