"""District heating as a system of the city: one steady solve a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.segments import assumed_segments, isolate
from twin.core.errors import CityDataError
from twin.flows.base import (
    OUT_OF_SERVICE,
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    SolveStatus,
    flow_systems,
)
from twin.flows.heat.curve import HEATING_BELOW_C, QualityCurve
from twin.flows.heat.kernels.pressure import CONTROLLED
from twin.flows.heat.solver import RawSolution, copy_state, solve_arrays
from twin.flows.heat.town.demand import INDOOR_C, building_loss_wk
from twin.flows.heat.town.makeup import makeup_limit_kgs, part_makeup_kgs, solve_within_makeup
from twin.flows.heat.town.network import city_faults, curve_rows, town_network
from twin.parameters import HeatParams

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32, UInt8
    from twin.core.parameter_set import Parameters
    from twin.flows.heat.kernels.pressure import HeatInput, HeatState
    from twin.flows.heat.network import HeatNetwork

WEAR_LOSS = 1.0  # added to new loss at full wear
DISCHARGE = 0.6  # sharp-edged hole

_LIQUID_KGM3 = 1000.0  # make-up at 5 C
_HOURS = 24.0
_SHORT = 1e-6
_TOTALS = (
    "supplied_mwh",
    "delivered_mwh",
    "lost_mwh",
    "demanded_mwh",
    "makeup_m3",
    "leaked_mwh",
    "drained_m3",
)
_USUAL = HeatParams()
_BASE_OUTDOOR_C = (5.0, -5.0, -15.0, -25.0, -35.0)


@final
@dataclass(frozen=True, slots=True)
class _Base:
    """A state to start from, of the network whole, at one outdoor temperature."""

    outdoor_c: float
    state: HeatState


@final
@flow_systems.register("heat")
class HeatSystem(AbstractFlowSystem):
    """The heat network of a city, supply and return.

    A trench of the city is a supply and a return pipe of the same diameter; a building wants
    its loss at 20 C indoors and the day's mean outdoor temperature, and for nothing when
    that mean is +10 C or more (hot water is not part of this network). The buildings at a node
    are one consumer with the return temperature of the source's quality curve; it passes at most
    1.3 times its design flow. Wear 0-1 raises a pipe's heat loss by a factor of 1 to 2 (worn and
    wet insulation at the end of life, 1.5-2; to be calibrated to measured network losses). A break
    is an orifice (C = 0.6) on the supply side, half at each end of the trench. The soil has 5 C.

    A trench that is shut is drained with its valve segment; where valves stand is not known, so by
    `twin.city.segments.assumed_valves`. Plants feed no more make-up water than
    `twin.flows.heat.town.makeup` allows; a greater leak costs pressure, and so everyone's heat.

    Each day is solved from one of a few states made at construction, never from the day
    before, so a result does not depend on what was solved earlier.
    """

    kind = "heat"
    service_unit = "kg/s"

    def __init__(
        self,
        network: HeatNetwork,
        curves: tuple[QualityCurve, ...],
        building_loss_wk: Float64,
        consumer_of_building: Int32,
        params: HeatParams = _USUAL,
    ) -> None:
        self.network = network
        self._loss_wk = building_loss_wk
        self.curves = curves
        self._consumer = consumer_of_building
        self._connected = consumer_of_building >= 0
        n_consumers = network.arrays.consumer_supply.size
        joined = consumer_of_building[self._connected]
        self._ua_wk = np.bincount(
            joined, weights=building_loss_wk[self._connected], minlength=n_consumers
        )
        self._n_edges = network.arrays.tail.size // 2
        self._curve_of_consumer = curve_rows(network)
        self._makeup_limit_kgs = makeup_limit_kgs(network, network.base_input.heat_w, params)
        self._absent: Bool = np.zeros(self._n_edges, dtype=np.bool_)
        self._cut_valves()
        base_wear = np.full(self._n_edges, 0.5)
        self._bases = tuple(self._base(outdoor_c, base_wear) for outdoor_c in _BASE_OUTDOOR_C)

    @classmethod
    def from_city(cls, city: City, params: Parameters | None = None) -> HeatSystem:
        """Compile the heat network of a city; raise `CityDataError` with all faults."""
        nodes = city.util_nodes[city.util_nodes["network"] == "heat"]
        edges = city.network_edges("heat")
        sources = nodes[nodes["kind"] == "source"]
        faults = city_faults(edges, sources)
        if faults:
            raise CityDataError(faults)
        buildings = city.buildings
        loss_wk = building_loss_wk(
            buildings["floor_area_m2"].to_numpy(dtype=np.float64),
            buildings["built_year"].to_numpy(),
            buildings["use"].to_numpy(),
        )
        heat_node = buildings["heat_node"].to_numpy()
        served = np.unique(heat_node[heat_node >= 0])
        consumer = np.full(len(buildings), -1, dtype=np.int32)
        consumer[heat_node >= 0] = np.searchsorted(served, heat_node[heat_node >= 0])
        curves = tuple(
            QualityCurve(
                supply_c=float(row["design_supply_c"]),
                return_c=float(row["design_return_c"]),
                design_outdoor_c=float(row["design_outdoor_c"]),
            )
            for _, row in sources.iterrows()
        )
        ua_wk = np.bincount(
            consumer[consumer >= 0], weights=loss_wk[consumer >= 0], minlength=served.size
        )
        network = town_network(nodes, edges, sources, served, ua_wk)
        heat = params.group(HeatParams) if params else HeatParams()
        return cls(network, curves, loss_wk, consumer, heat)

    def _cut_valves(self) -> None:
        """Find the segments between valves, of trenches: the supply side stands for both.

        Those out of service are left out.
        """
        net, n = self.network.arrays, self._n_edges
        tail, head = net.tail[:n], net.head[:n]
        n_nodes = net.side.size // 2
        sources, width_m = net.source_supply, net.diameter_m[:n]
        self._segments = assumed_segments(tail, head, n_nodes, width_m, sources, self._absent)
        self._trench_m3 = 2.0 * 0.25 * np.pi * net.diameter_m[:n] ** 2 * net.length_m[:n]

    def _drained(self, closed: UInt8) -> tuple[Bool, Bool]:
        """Return what carries nothing and what is empty when some trenches are shut, (n_edges,)."""
        shut, absent = closed != 0, closed == OUT_OF_SERVICE
        if not np.array_equal(absent, self._absent):
            self._absent = absent
            self._cut_valves()
        rows = np.flatnonzero(shut & ~absent).astype(np.int32)
        if not rows.size:
            return shut, np.zeros_like(shut)
        done = isolate(self._segments, rows, self.network.arrays.source_supply)
        return shut | done.closed_edges, done.drained_edges

    def solve(self, state: NetworkState) -> FlowService:
        """Solve one day at its mean outdoor temperature."""
        outdoor_c = float(state.outdoor_temp_c.mean())
        if outdoor_c >= HEATING_BELOW_C or self._consumer.max(initial=-1) < 0:
            return self._idle()
        given = self._input(outdoor_c, state.wear_phys)
        net = self.network.arrays
        dead, empty = self._drained(state.closed)
        leak = np.zeros(net.side.size)
        if np.any(state.break_area_m2 > 0.0):
            half = 0.5 * DISCHARGE * state.break_area_m2 * ~dead
            n = self._n_edges
            leak += np.bincount(net.tail[:n], weights=half, minlength=leak.size)
            leak += np.bincount(net.head[:n], weights=half, minlength=leak.size)
        closed = np.concatenate([dead, dead]).astype(np.uint8)
        given = given._replace(closed=closed, leak_area_m2=leak)
        start = min(self._bases, key=lambda base: abs(base.outdoor_c - outdoor_c))
        found, given, left = solve_within_makeup(
            self.network,
            given,
            self._makeup_limit_kgs,
            start=start.state,
            capacity_share=state.source_share,
        )
        drained_m3 = float(self._trench_m3[empty].sum())
        return self._service(given, found, left, drained_m3, self.demand_w(outdoor_c))

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return what the day's heat depends on; days without heating are all alike."""
        outdoor_c = float(state.outdoor_temp_c.mean())
        if outdoor_c >= HEATING_BELOW_C:
            return ("no heating",)
        return (
            outdoor_c,
            state.closed,
            state.break_area_m2,
            state.wear_phys,
            float(state.source_share),
        )

    def demand_w(self, outdoor_mean_c: float) -> Float64:
        """Return the heat each building wants, shape (n_buildings,)."""
        if outdoor_mean_c >= HEATING_BELOW_C:
            return np.zeros(self._loss_wk.size)
        return self._loss_wk * (INDOOR_C - outdoor_mean_c)

    def _input(self, outdoor_c: float, wear_phys: Float64) -> HeatInput:
        base = self.network.base_input
        temps = [curve.temperatures(outdoor_c) for curve in self.curves]
        supply_c = np.array([float(supply) for supply, _, _ in temps])
        return_c = np.array([float(back) for _, _, back in temps])
        worn = 1.0 + WEAR_LOSS * np.asarray(wear_phys, dtype=np.float64)
        return base._replace(
            heat_w=self._ua_wk * (INDOOR_C - outdoor_c),
            return_temp_c=return_c[self._curve_of_consumer],
            loss_wk=base.loss_wk * np.concatenate([worn, worn]),
            supply_temp_c=supply_c,
        )

    def _base(self, outdoor_c: float, wear_phys: Float64) -> _Base:
        found = solve_arrays(
            self.network,
            self._input(outdoor_c, wear_phys),
            capacity_share=np.inf,
        )
        state = copy_state(found.state)
        state.valve[:] = CONTROLLED
        return _Base(outdoor_c, state)

    def _idle(self) -> FlowService:
        n_sources = self.network.arrays.source_supply.size
        return FlowService(
            service=np.where(self._connected, 1.0, np.nan),
            imbalance=0.0,
            status=SolveStatus.CONVERGED,
            edge_flow=np.zeros(self._n_edges),
            totals=dict.fromkeys(_TOTALS, 0.0),
            details={
                "source_heat_w": np.zeros(n_sources),
                "source_temp_c": np.full(n_sources, np.nan),
                "source_makeup_kgs": np.zeros(n_sources),
                "source_pressure_share": np.ones(n_sources),
                "edge_pressure_share": np.ones(self._n_edges),
            },
            used=np.zeros(self._consumer.size),
        )

    def _service(
        self,
        given: HeatInput,
        found: RawSolution,
        left: Float64,
        drained_m3: float,
        wanted_w: Float64,
    ) -> FlowService:
        state = found.state
        share = np.ones(given.heat_w.size)
        short = state.delivered_w < (1.0 - _SHORT) * given.heat_w  # what is whole is exactly 1
        np.divide(state.delivered_w, given.heat_w, out=share, where=short)
        service = np.full(self._consumer.size, np.nan)
        service[self._connected] = np.clip(share, 0.0, 1.0)[self._consumer[self._connected]]
        mwh = _HOURS / 1e6
        used = np.where(self._connected, wanted_w * np.nan_to_num(service) * mwh, 0.0)
        part = self.network.arrays.source_part
        of_edge = self.network.node_part[self.network.arrays.tail[: self._n_edges]]
        totals = (
            float(state.source_heat_w.sum()) * mwh,
            float(state.delivered_w.sum()) * mwh,
            (float(state.loss_w.sum()) + found.leaked_w) * mwh,
            float(given.heat_w.sum()) * mwh,
            max(found.makeup_kgs, 0.0) * 3600.0 * _HOURS / _LIQUID_KGM3,
            found.leaked_w * mwh,
            drained_m3,
        )
        return FlowService(
            service=service,
            imbalance=max(abs(found.energy_error), found.mass_error),
            status=found.status,
            edge_flow=state.flow_kgs[: self._n_edges].copy(),
            totals=dict(zip(_TOTALS, totals, strict=True)),
            details={
                "source_heat_w": state.source_heat_w.copy(),
                "source_temp_c": found.supply_temp_c.copy(),
                "source_makeup_kgs": part_makeup_kgs(self.network, state)[part]
                * self.network.arrays.source_share,
                "source_pressure_share": left[part],
                "edge_pressure_share": np.where(of_edge >= 0, left[of_edge], 1.0),
            },
            used=used,
        )
