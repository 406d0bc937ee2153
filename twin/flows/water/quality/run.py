"""Age and chlorine over a run of the hydraulics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.kinds import PIPE_KIND, TANK_KIND
from twin.flows.water.quality.inputs import QualityInput
from twin.flows.water.quality.kernels import STILL_M3S, PlugArrays, QualityArrays, run_quality_into
from twin.flows.water.simulate import simulate
from twin.flows.water.times import Times

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.water.network import WaterNetwork

_HOUR_S = 3600.0
_MOST_PLUGS = 200
_LAMINAR, _TURBULENT = 1.0, 2300.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class QualityResult:
    """A run: one row per reported time, one column per node."""

    value: pd.DataFrame
    """Age in hours, or concentration in mg/l."""
    came_in: float
    """Mass that sources and inflows brought, g; all masses of an age mean nothing."""
    went_out: float
    """Mass delivered, leaked, spilt or sent into reservoirs, g."""
    reacted: float
    """Mass that reactions added, g; negative for decay."""
    unbalanced: float
    """Mass that flows made which balance only to the limits of the hydraulics, g."""
    held: float
    """Mass in pipes and tanks at the start, g."""
    stored: float
    """Mass in pipes and tanks at the end less that at the start, g."""

    @property
    def imbalance(self) -> float:
        """Return the mass that is lost or made, over the largest of the other masses."""
        through = max(self.held, *map(abs, (self.came_in, self.went_out, self.reacted)))
        error = self.came_in + self.reacted + self.unbalanced - self.went_out - self.stored
        return abs(error) / through if through > 0.0 else 0.0


def water_age(
    net: WaterNetwork, duration_s: float | None = None, *, step_s: float | None = None
) -> QualityResult:
    """Return the age of water in hours; new in reservoirs and in negative demands.

    Parameters
    ----------
    net
        The network; its tanks and pipes hold water of age 0 at the start.
    duration_s
        Length of the run; None takes the network's own.
    step_s
        Longest step of transport; None takes the file's, or 300 s.

    References
    ----------
    Rossman & Boulos, 1996, J. Water Resour. Plann. Manage. 122(2), 137-146.
    """
    given = QualityInput.of(replace(net, kept=_without(net, "QUALITY", "SOURCES", "REACTIONS")))
    return _run(net, duration_s, _stepped(given, step_s), growth=1.0 / _HOUR_S)


def chlorine(
    net: WaterNetwork,
    duration_s: float | None = None,
    *,
    given: QualityInput | None = None,
    step_s: float | None = None,
) -> QualityResult:
    """Return the concentration of a substance that decays by first order, in mg/l.

    In a pipe it decays in the water, and at the wall as fast as the wall takes it and the flow
    carries it there.

    Parameters
    ----------
    net
        The network.
    duration_s
        Length of the run; None takes the network's own.
    given
        First values, sources and rates; None takes those the network was read with.
    step_s
        Longest step of transport; None takes that of `given`.

    References
    ----------
    Rossman, Clark & Grayman, 1994, "Modeling chlorine residuals in drinking-water distribution
    systems", J. Environ. Eng. 120(4), 803-820, doi 10.1061/(ASCE)0733-9372(1994)120:4(803).
    """
    return _run(net, duration_s, _stepped(given or QualityInput.of(net), step_s), growth=0.0)


def _without(net: WaterNetwork, *names: str) -> dict[str, tuple[str, ...]]:
    """Return the kept lines of a network but for some sections."""
    return {name: lines for name, lines in net.kept.items() if name not in names}


def _stepped(given: QualityInput, step_s: float | None) -> QualityInput:
    """Return inputs with another step."""
    step = given.step_s if step_s is None else float(step_s)
    if not step > 0.0:
        raise CityDataError(Fault("step_s", f"= {step:g} is not above 0 s", "300 is usual"))
    return replace(given, step_s=step)


def _run(
    net: WaterNetwork, duration_s: float | None, given: QualityInput, *, growth: float
) -> QualityResult:
    """Run the hydraulics, then carry something with the water."""
    own = net.times or Times(pattern_step_s=round(net.pattern_step_s))
    duration = float(own.duration_s if duration_s is None else duration_s)
    time_s, flow, feeds = _flows(net, own, duration)
    report_s = np.arange(0.0, duration + 1.0, float(own.report_step_s))
    start_s = np.union1d(time_s[time_s < duration], report_s[report_s < duration])
    row = np.searchsorted(time_s, start_s, side="right") - 1
    period_s = np.diff(start_s, append=duration)
    arrays, plugs = _arrays(net, given, growth)
    before = _mass(net, plugs)
    factors = net.factors(start_s + own.pattern_start_s)
    strength = np.ascontiguousarray(given.source * factors[:, given.source_pattern])
    out = np.zeros((start_s.size, net.n_nodes))
    rates = np.ascontiguousarray(_rates_s(net, given, flow)[row])
    outflow = _outflow(net, flow)
    outflow[(outflow < 0.0) & ~feeds] = 0.0
    periods = np.ascontiguousarray(flow[row]), np.ascontiguousarray(outflow[row])
    run_quality_into(arrays, period_s, periods, rates, strength, given.step_s, plugs, out)
    stored = _mass(net, plugs) - before
    at = np.searchsorted(np.append(start_s[1:], duration), report_s[1:])
    values = np.vstack([given.initial, out[at]])
    came, went, reacted, unbalanced = plugs.sums.tolist()
    index = pd.Index(report_s, name="time_s")
    frame = pd.DataFrame(values, index=index, columns=list(net.node_id))
    return QualityResult(frame, came, went, reacted, unbalanced, before, stored)


def _flows(net: WaterNetwork, own: Times, duration_s: float) -> tuple[Float64, Float64, Bool]:
    """Return time and flows of every solve of a run, and which nodes feed water in.

    What stands still is set to 0, and so small a flow counts as standing.
    """
    solves = simulate(net, duration_s).solves
    every = replace(
        own, duration_s=round(duration_s), report_step_s=0, report_start_s=0, most_rows=solves + 1
    )
    result = simulate(replace(net, times=every))
    time_s = result.flow_m3s.index.to_numpy(dtype=float)
    n_rows = int(np.argmax(time_s)) + 1
    flow = result.flow_m3s.to_numpy()[:n_rows].copy()
    flow[np.abs(flow) <= STILL_M3S] = 0.0
    feeds = result.demand_m3s.to_numpy()[:n_rows] < -STILL_M3S
    return time_s[:n_rows], np.ascontiguousarray(flow), feeds


def _outflow(net: WaterNetwork, flow_m3s: Float64) -> Float64:
    """Return what leaves the network at every node by its links' balance, by time and node."""
    out = np.zeros((net.n_nodes, flow_m3s.shape[0]))
    np.add.at(out, net.head, flow_m3s.T)
    np.subtract.at(out, net.tail, flow_m3s.T)
    return np.ascontiguousarray(out.T)


def _rates_s(net: WaterNetwork, given: QualityInput, flow_m3s: Float64) -> Float64:
    """Return the first-order rate in every pipe, bulk and wall together, by time and link.

    The wall takes 4 kw kf / (d (|kw| + kf)), with kf = Sh D / d from the Sherwood number of
    laminar or turbulent flow (Rossman, Clark & Grayman, 1994, eq. 10-13).
    """
    d, wall = net.diameter_m, given.wall_ms
    if not wall.any():
        return np.broadcast_to(given.bulk_s, flow_m3s.shape)
    speed = np.abs(flow_m3s) / (0.25 * np.pi * d**2)
    reynolds = speed * d / net.viscosity_m2s
    schmidt = net.viscosity_m2s / given.diffusivity_m2s
    graetz = d / net.length_m * reynolds * schmidt
    laminar = 3.65 + 0.0668 * graetz / (1.0 + 0.04 * graetz ** (2.0 / 3.0))
    turbulent = 0.0149 * reynolds**0.88 * schmidt ** (1.0 / 3.0)
    sherwood = np.where(reynolds >= _TURBULENT, turbulent, laminar)
    sherwood = np.where(reynolds < _LAMINAR, 2.0, sherwood)
    reach_ms = sherwood * given.diffusivity_m2s / d
    return given.bulk_s + 4.0 * wall * reach_ms / (d * (np.abs(wall) + reach_ms))


def _arrays(
    net: WaterNetwork, given: QualityInput, growth: float
) -> tuple[QualityArrays, PlugArrays]:
    """Return a network and the water in it at the start."""
    pipe = net.link_kind == PIPE_KIND
    volume = np.where(pipe, 0.25 * np.pi * net.diameter_m**2 * net.length_m, 0.0)
    first, link = _incidence(net)
    held, most = _tank_volumes(net)
    arrays = QualityArrays(
        tail=net.tail,
        head=net.head,
        volume_m3=volume,
        first=first,
        link=link,
        kind=net.node_kind,
        most_volume_m3=most,
        tank_rate_s=given.tank_s,
        growth=growth,
        source_kind=given.source_kind,
        tolerance=float(given.tolerance),
    )
    plugs = PlugArrays(
        volume_m3=np.zeros((net.n_links, _MOST_PLUGS)),
        value=np.zeros((net.n_links, _MOST_PLUGS)),
        start=np.zeros(net.n_links, dtype=np.int32),
        n_plugs=(volume > 0.0).astype(np.int32),
        turned=np.zeros(net.n_links, dtype=np.uint8),
        node=given.initial.copy(),
        tank_m3=held,
        sums=np.zeros(4),
    )
    plugs.volume_m3[:, 0] = volume
    plugs.value[:, 0] = given.initial[net.head]  # EPANET fills a pipe with its end's water
    return arrays, plugs


def _incidence(net: WaterNetwork) -> tuple[Int32, Int32]:
    """Return where the links of each node begin in the list of links, and that list."""
    node = np.concatenate([net.tail, net.head])
    order = np.argsort(node, kind="stable")
    link = np.tile(np.arange(net.n_links), 2)[order].astype(np.int32)
    first = np.searchsorted(node[order], np.arange(net.n_nodes + 1)).astype(np.int32)
    return first, link


def _tank_volumes(net: WaterNetwork) -> tuple[Float64, Float64]:
    """Return the water in tanks at the start, and the most they hold."""
    dead = np.where(net.tank_min_m3 > 0.0, net.tank_min_m3, net.tank_area_m2 * net.tank_min_m)
    held = dead + net.tank_area_m2 * (net.tank_init_m - net.tank_min_m)
    most = dead + net.tank_area_m2 * (net.tank_max_m - net.tank_min_m)
    tank = net.node_kind == TANK_KIND
    held, most = np.where(tank, held, 0.0), np.where(tank, most, np.inf)
    for row in np.flatnonzero(tank).tolist():
        curve = net.tank_curve[row]
        if len(curve):
            held[row], most[row] = np.interp(
                [net.tank_init_m[row], net.tank_max_m[row]], curve[:, 0], curve[:, 1]
            )
    return held, most


def _mass(net: WaterNetwork, plugs: PlugArrays) -> float:
    """Return the mass in pipes and tanks, g."""
    size = plugs.value.shape[1]
    place = (plugs.start[:, None] + np.arange(size)) % size
    used = np.arange(size) < plugs.n_plugs[:, None]
    mass = np.take_along_axis(plugs.volume_m3 * plugs.value, place, axis=1)[used].sum()
    tank = net.node_kind == TANK_KIND
    return float(mass + (plugs.tank_m3 * plugs.node)[tank].sum())
