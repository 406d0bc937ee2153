"""What leaks in a city: background leakage that grows with wear, and breaks that still flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.water.city import norms
from twin.flows.water.hydraulics.arrays import orifice_coefficient
from twin.flows.water.kernels.workspace import OutletArrays
from twin.flows.water.network.kinds import JUNCTION_KIND

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.water.city.isolation import Stage
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.runs.kernels.periods import HydraulicArrays, RecordArrays


@final
class CityLeaks:
    """Leaks of a network by node: half a pipe's at either end, a connection's at its node."""

    def __init__(self, net: WaterNetwork, connections: Float64) -> None:
        """Take a network and its house connections by node, shape (n_nodes,)."""
        self._net = net
        self._connections = connections
        self._junction = np.flatnonzero(net.node_kind == JUNCTION_KIND)
        self._half_m = np.where(net.is_pump, 0.0, 0.5 * net.length_m)
        self._share = _end_shares(net)

    def outlets(
        self, stage: Stage, wear_phys: Float64, needed_m: Float64
    ) -> tuple[OutletArrays, Float64]:
        """Return three outlets per junction (demand, breaks, background leakage), and units.

        The unit is the coefficient per m3/s of demand, 0 where there is none.
        """
        net, junction = self._net, self._junction
        area = self._at_nodes(stage.break_area_m2)[junction]
        leak = self._background(wear_phys, stage.drained)[junction]
        n = junction.size
        zero, endless = np.zeros(n), np.full(n, np.inf)
        outlets = OutletArrays(
            node=np.tile(junction, 3).astype(np.int32),
            least_head_m=np.tile(net.elevation_m[junction], 3),
            coefficient=np.concatenate([zero, orifice_coefficient(area), leak]),
            exponent=np.repeat([0.5, 0.5, norms.BACKGROUND_EXPONENT], n),
            cap_m3s=np.concatenate([zero, endless, endless]),
            both_ways=np.zeros(3 * n, dtype=np.uint8),
        )
        unit = np.concatenate([needed_m[junction] ** -0.5, zero, zero])
        return outlets, unit

    def burst_share(
        self, hydraulics: HydraulicArrays, record: RecordArrays, period_s: Float64
    ) -> float:
        """Return the share of breaks in what leaked, at the heads of the starts of periods."""
        n, node = self._junction.size, self._junction
        over = np.maximum(record.head_m[:, node] - self._net.elevation_m[node], 0.0)
        pressure_m = over * record.supplied[:, node]
        breaks, leaks = (
            hydraulics.outlets.coefficient[n : 2 * n],
            hydraulics.outlets.coefficient[2 * n :],
        )
        if not breaks.any():
            return 0.0
        burst = float(period_s @ np.sqrt(pressure_m) @ breaks)
        leaked = float(period_s @ pressure_m**norms.BACKGROUND_EXPONENT @ leaks)
        return burst / max(burst + leaked, 1e-30)

    def _at_nodes(self, area_m2: Float64) -> Float64:
        """Return the open area of breaks at every node."""
        net, (at_tail, at_head) = self._net, self._share
        area = np.bincount(net.tail, area_m2 * at_tail, net.n_nodes)
        return area + np.bincount(net.head, area_m2 * at_head, net.n_nodes)

    def _background(self, wear_phys: Float64, drained: Bool) -> Float64:
        """Return the background leakage of every node at 1 m pressure."""
        net, n = self._net, self._net.n_nodes
        factor = norms.condition_factor(wear_phys)
        mains = np.where(drained, 0.0, self._half_m)
        length = np.bincount(net.tail, mains * factor, n) + np.bincount(net.head, mains * factor, n)
        total = np.bincount(net.tail, self._half_m, n) + np.bincount(net.head, self._half_m, n)
        weighed = np.bincount(net.tail, self._half_m * factor, n)
        weighed += np.bincount(net.head, self._half_m * factor, n)
        mean = np.divide(weighed, total, out=np.ones(n), where=total > 0.0)
        return norms.background_coefficient(length, self._connections * mean, np.ones(n))


def _end_shares(net: WaterNetwork) -> tuple[Float64, Float64]:
    """Return the shares of a break at tail and head: half each, all where one is no junction."""
    junction = net.node_kind == JUNCTION_KIND
    at_tail, at_head = junction[net.tail].astype(float), junction[net.head].astype(float)
    both = np.maximum(at_tail + at_head, 1.0)
    return at_tail / both, at_head / both
