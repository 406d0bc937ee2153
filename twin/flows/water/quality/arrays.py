"""The arrays of a run of quality: a network, and the water in its pipes and tanks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.water.network.kinds import PIPE_KIND, TANK_KIND
from twin.flows.water.quality.kernels.mixing import TWO_COMPARTMENTS
from twin.flows.water.quality.kernels.plugs import RingArrays
from twin.flows.water.quality.kernels.transport import PlugArrays, QualityArrays

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.quality.inputs import QualityInput

_MOST_PLUGS = 2000
"""A week of steps of 300 s: a tank that does not mix holds a plug for every one, and so does a
long pipe of little flow."""
_LEAST_PLUGS = 200
_PLUGS_IN_ALL = 4_000_000
"""In pipes, 64 MB: a pipe of a larger network holds fewer, and joins the closest."""


def quality_arrays(net: WaterNetwork, given: QualityInput, growth: float) -> QualityArrays:
    """Return a network to carry something through that grows by `growth` per second."""
    first, link = _incidence(net)
    tank = net.node_kind == TANK_KIND
    most = _tank_volumes(net)[1]
    return QualityArrays(
        tail=net.tail,
        head=net.head,
        volume_m3=_pipe_volumes(net),
        first=first,
        link=link,
        kind=net.node_kind,
        ring=np.where(tank, np.cumsum(tank) - 1, -1).astype(np.int32),
        mixing=given.mixing,
        zone_m3=_zones(net, given),
        most_volume_m3=most,
        tank_rate_s=given.tank_s,
        growth=growth,
        source_kind=given.source_kind,
        tolerance=float(given.tolerance),
    )


def water_at_start(net: WaterNetwork, given: QualityInput) -> PlugArrays:
    """Return pipes and tanks with the water they hold first."""
    volume, tanks = _pipe_volumes(net), np.flatnonzero(net.node_kind == TANK_KIND)
    capacity = min(max(_PLUGS_IN_ALL // max(net.n_links, 1), _LEAST_PLUGS), _MOST_PLUGS)
    pipes = _rings(net.n_links, capacity)
    pipes.n_plugs[:] = volume > 0.0
    pipes.volume_m3[:, 0] = volume
    pipes.value[:, 0] = given.initial[net.head]  # EPANET fills a pipe with its end's water
    rings = _rings(tanks.size, _MOST_PLUGS)
    held = _tank_volumes(net)[0][tanks]
    zone = np.minimum(_zones(net, given)[tanks], held)
    parted = given.mixing[tanks] == TWO_COMPARTMENTS
    rings.n_plugs[:] = 1 + parted
    rings.volume_m3[:, 0] = np.where(parted, held - zone, held)
    rings.volume_m3[:, 1] = np.where(parted, zone, 0.0)
    rings.value[:, :2] = given.initial[tanks, None]
    return PlugArrays(
        pipes=pipes,
        turned=np.zeros(net.n_links, dtype=np.uint8),
        tanks=rings,
        node=given.initial.copy(),
        sums=np.zeros(4),
    )


def mass_g(plugs: PlugArrays) -> float:
    """Return the mass in pipes and tanks."""
    return sum(_ring_mass(rings) for rings in (plugs.pipes, plugs.tanks))


def _ring_mass(rings: RingArrays) -> float:
    """Return the mass in all rings."""
    size = rings.value.shape[1]
    place = (rings.start[:, None] + np.arange(size)) % size
    used = np.arange(size) < rings.n_plugs[:, None]
    mass = np.take_along_axis(rings.volume_m3 * rings.value, place, axis=1)[used]
    return float(mass.sum())


def _rings(n_rings: int, n_most: int) -> RingArrays:
    """Return rings without plugs."""
    return RingArrays(
        volume_m3=np.zeros((n_rings, n_most)),
        value=np.zeros((n_rings, n_most)),
        start=np.zeros(n_rings, dtype=np.int32),
        n_plugs=np.zeros(n_rings, dtype=np.int32),
    )


def _pipe_volumes(net: WaterNetwork) -> Float64:
    """Return the volume of pipes, 0 for other links, shape (n_links,)."""
    pipe = net.link_kind == PIPE_KIND
    volume: Float64 = np.where(pipe, 0.25 * np.pi * net.diameter_m**2 * net.length_m, 0.0)
    return volume


def _zones(net: WaterNetwork, given: QualityInput) -> Float64:
    """Return the volume at inlet and outlet of tanks of two compartments, shape (n_nodes,)."""
    tank = net.node_kind == TANK_KIND
    zone: Float64 = given.zone_share * np.where(tank, _tank_volumes(net)[1], 0.0)
    return zone


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
