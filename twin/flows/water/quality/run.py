"""Age and chlorine over a run of the hydraulics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.network.times import Times
from twin.flows.water.quality.arrays import mass_g, quality_arrays, water_at_start
from twin.flows.water.quality.inputs import QualityInput, is_of_age
from twin.flows.water.quality.kernels.transport import STILL_M3S, run_quality_into
from twin.flows.water.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Bool, Float64
    from twin.flows.water.network.tables import WaterNetwork

_HOUR_S = 3600.0
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
    net: WaterNetwork,
    duration_s: float | None = None,
    *,
    mixing: Mapping[str, str] | None = None,
    step_s: float | None = None,
) -> QualityResult:
    """Return the age of water in hours; new in reservoirs and in negative demands.

    Parameters
    ----------
    net
        The network. Its water is new at the start, unless it was read from a file with the option
        QUALITY AGE: then its QUALITY lines are first ages in hours, which reservoirs keep. Tanks
        mix as its MIXING lines say.
    duration_s
        Length of the run; None takes the network's own.
    mixing
        How tanks mix, by name: MIXED, FIFO, LIFO, or 2COMP and a share of the full tank, such as
        "2COMP 0.3"; None takes what the file says.
    step_s
        Longest step of transport; None takes the file's, or a tenth of the hydraulic step.

    Raises
    ------
    CityDataError
        With all faults of how tanks mix, and of the sections the network was read with.

    Examples
    --------
    >>> from twin.flows import water
    >>> net = water.read_inp("Net3.inp")  # doctest: +SKIP
    >>> water.quality.water_age(net, mixing={"1": "FIFO"}).value["15"].max()  # doctest: +SKIP

    References
    ----------
    Rossman & Boulos, 1996, J. Water Resour. Plann. Manage. 122(2), 137-146.
    """
    others = ("SOURCES", "REACTIONS") if is_of_age(net) else ("QUALITY", "SOURCES", "REACTIONS")
    given = QualityInput.of(replace(net, kept=_without(net, *others)), mixing)
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
        First values, sources, rates and mixing in tanks; None takes those the network was read
        with.
    step_s
        Longest step of transport; None takes that of `given`.

    Raises
    ------
    CityDataError
        With all faults of the sections the network was read with.

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
    arrays, plugs = quality_arrays(net, given, growth), water_at_start(net, given)
    before = mass_g(plugs)
    factors = net.factors(start_s + own.pattern_start_s)
    strength = np.ascontiguousarray(given.source * factors[:, given.source_pattern])
    out = np.zeros((start_s.size, net.n_nodes))
    rates = np.ascontiguousarray(_rates_s(net, given, flow)[row])
    outflow = _outflow(net, flow)
    outflow[(outflow < 0.0) & ~feeds] = 0.0
    periods = np.ascontiguousarray(flow[row]), np.ascontiguousarray(outflow[row])
    run_quality_into(arrays, period_s, periods, rates, strength, given.step_s, plugs, out)
    stored = mass_g(plugs) - before
    at = np.searchsorted(np.append(start_s[1:], duration), report_s[1:])
    values = np.vstack([given.initial, out[at]])
    came, went, reacted, unbalanced = plugs.sums.tolist()
    index = pd.Index(report_s, name="time_s")
    frame = pd.DataFrame(values, index=index, columns=list(net.node_id))
    return QualityResult(frame, came, went, reacted, unbalanced, before, stored)


def _flows(net: WaterNetwork, own: Times, duration_s: float) -> tuple[Float64, Float64, Bool]:
    """Return time and flows of every solve of a run, and which nodes feed water in.

    A first run counts the solves. What stands still is set to 0, and so small a flow counts as
    standing.
    """
    solves = simulate(net, duration_s).solves
    every = replace(own, duration_s=round(duration_s), most_rows=solves)
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
