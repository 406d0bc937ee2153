"""District heating as a system of the city: one steady solve a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.base import (
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    SolveStatus,
    flow_systems,
)
from twin.flows.heat.buildings import INDOOR_C, BuildingsParams, building_params
from twin.flows.heat.curve import HEATING_BELOW_C, QualityCurve
from twin.flows.heat.network import HeatNetwork
from twin.flows.heat.pressure.kernels import CONTROLLED
from twin.flows.heat.solver import RawSolution, copy_state, solve_arrays

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.flows.heat.pressure.kernels import HeatInput, HeatState

SOIL_C = 5.0
WEAR_LOSS = 1.0  # added to new loss at full wear
FLOW_RESERVE = 1.3  # most a substation passes, over its design flow
MIN_DP_PA = 20_000.0
DISCHARGE = 0.6  # sharp-edged hole

_LIQUID_KGM3 = 1000.0  # make-up at 5 C
_CP_JKGK = 4190.0  # for design flows only
_HOURS = 24.0
_SHORT = 1e-6
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

    A trench of the city is a supply and a return pipe of the same diameter; a building asks for
    its loss at 20 C indoors and the day's mean outdoor temperature, and for nothing when
    that mean is +10 C or more (hot water is not part of this network). The buildings at a node
    are one consumer with the return temperature of the source's quality curve; it passes at most
    1.3 times its design flow. Wear 0-1 raises a pipe's heat loss by a factor of 1 to 2 (worn and
    wet insulation at the end of life, 1.5-2; to be calibrated to measured network losses). A break
    is an orifice (C = 0.6) on the supply side, half at each end of the trench. The soil has 5 C.

    Each day is solved from one of a few states made at construction, never from the day
    before, so a result does not depend on what was solved earlier.
    """

    kind = "heat"
    service_unit = "kg/s"

    def __init__(
        self,
        network: HeatNetwork,
        curves: tuple[QualityCurve, ...],
        params: BuildingsParams,
        consumer_of_building: Int32,
    ) -> None:
        self.network = network
        self.params = params
        self.curves = curves
        self._consumer = consumer_of_building
        self._connected = consumer_of_building >= 0
        n_consumers = network.arrays.consumer_supply.size
        joined = consumer_of_building[self._connected]
        self._ua_wk = np.bincount(
            joined, weights=params.ua_wk[self._connected], minlength=n_consumers
        )
        self._n_edges = network.arrays.tail.size // 2
        self._curve_of_consumer = _curve_rows(network)
        base_wear = np.full(self._n_edges, 0.5)
        self._bases = tuple(self._base(outdoor_c, base_wear) for outdoor_c in _BASE_OUTDOOR_C)

    @classmethod
    def from_city(cls, city: City) -> HeatSystem:
        """Compile the heat network of a city; raise `CityDataError` with all faults."""
        nodes = city.util_nodes[city.util_nodes["network"] == "heat"]
        edges = city.network_edges("heat")
        sources = nodes[nodes["kind"] == "source"]
        faults = _city_faults(edges, sources)
        if faults:
            raise CityDataError(faults)
        buildings = city.buildings
        params = building_params(
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
            consumer[consumer >= 0], weights=params.ua_wk[consumer >= 0], minlength=served.size
        )
        network = _network(nodes, edges, sources, served, ua_wk)
        return cls(network, curves, params, consumer)

    def solve(self, state: NetworkState) -> FlowService:
        """Solve one day at its mean outdoor temperature."""
        outdoor_c = float(state.outdoor_temp_c.mean())
        if outdoor_c >= HEATING_BELOW_C or self._consumer.max(initial=-1) < 0:
            return self._idle()
        given = self._input(outdoor_c, state.wear_phys)
        net = self.network.arrays
        closed = np.ascontiguousarray(state.closed, dtype=np.uint8)
        leak = np.zeros(net.side.size)
        if np.any(state.break_area_m2 > 0.0):
            half = 0.5 * DISCHARGE * state.break_area_m2 * (closed == 0)
            n = self._n_edges
            leak += np.bincount(net.tail[:n], weights=half, minlength=leak.size)
            leak += np.bincount(net.head[:n], weights=half, minlength=leak.size)
        given = given._replace(closed=np.concatenate([closed, closed]), leak_area_m2=leak)
        start = min(self._bases, key=lambda base: abs(base.outdoor_c - outdoor_c))
        found = solve_arrays(
            self.network,
            given,
            start=start.state,
            capacity_share=state.source_share,
        )
        return self._service(given, found)

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
            return np.zeros(self.params.ua_wk.size)
        return self.params.ua_wk * (INDOOR_C - outdoor_mean_c)

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
        names = ("supplied_mwh", "delivered_mwh", "lost_mwh", "demanded_mwh", "makeup_m3")
        return FlowService(
            service=np.where(self._connected, 1.0, np.nan),
            imbalance=0.0,
            status=SolveStatus.CONVERGED,
            edge_flow=np.zeros(self._n_edges),
            totals=dict.fromkeys(names, 0.0),
        )

    def _service(self, given: HeatInput, found: RawSolution) -> FlowService:
        state = found.state
        share = np.ones(given.heat_w.size)
        short = state.delivered_w < (1.0 - _SHORT) * given.heat_w  # what is whole is exactly 1
        np.divide(state.delivered_w, given.heat_w, out=share, where=short)
        service = np.full(self._consumer.size, np.nan)
        service[self._connected] = np.clip(share, 0.0, 1.0)[self._consumer[self._connected]]
        mwh = _HOURS / 1e6
        return FlowService(
            service=service,
            imbalance=max(abs(found.energy_error), found.mass_error),
            status=found.status,
            edge_flow=state.flow_kgs[: self._n_edges].copy(),
            totals={
                "supplied_mwh": float(state.source_heat_w.sum()) * mwh,
                "delivered_mwh": float(state.delivered_w.sum()) * mwh,
                "lost_mwh": (float(state.loss_w.sum()) + found.leaked_w) * mwh,
                "demanded_mwh": float(given.heat_w.sum()) * mwh,
                "makeup_m3": max(found.makeup_kgs, 0.0) * 3600.0 * _HOURS / _LIQUID_KGM3,
            },
        )


def _curve_rows(network: HeatNetwork) -> Int32:
    """Return the source whose curve each consumer follows: its part's pressure holder."""
    net = network.arrays
    holder = np.zeros(int(net.source_part.max(initial=0)) + 1, dtype=np.int32)
    for k in np.flatnonzero(net.source_holds):
        holder[net.source_part[k]] = k
    rows: Int32 = holder[np.maximum(net.consumer_part, 0)]
    return rows


def _city_faults(edges: pd.DataFrame, sources: pd.DataFrame) -> list[Fault]:
    """Return what keeps a city's heat network from being compiled."""
    faults: list[Fault] = []
    if sources.empty:
        mend = "add a util node of kind source, or leave out the heat network"
        faults.append(Fault("util_nodes", "network heat has no source", mend))
    for column in (
        "supply_pressure_pa",
        "lift_pa",
        "design_supply_c",
        "design_return_c",
        "design_outdoor_c",
    ):
        rows = sources.index[sources[column].isna()]
        if len(rows):
            mend = f"give every heat source its {column}"
            faults.append(Fault(f"util_nodes.{column} row {rows[0]}", "is not given", mend))
    for column in ("roughness_m", "loss_w_m2k"):
        rows = edges.index[edges[column].isna()]
        if len(rows):
            mend = f"give every heat edge its {column}"
            faults.append(Fault(f"util_edges.{column} row {rows[0]}", "is not given", mend))
    rows = edges.index[edges["kind"] != "pipe"]
    if len(rows):
        mend = "heat edges are pipes; a source brings its own pump"
        faults.append(Fault(f"util_edges.kind row {rows[0]}", "is not pipe", mend))
    return faults


def _network(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    sources: pd.DataFrame,
    served: np.ndarray,
    ua_wk: Float64,
) -> HeatNetwork:
    """Double every trench into a supply and a return pipe, and size the substations."""
    sides = ("supply", "return")
    curve_span_k = float((sources["design_supply_c"] - sources["design_return_c"]).iloc[0])
    design_w = ua_wk * (INDOOR_C - float(sources["design_outdoor_c"].iloc[0]))
    return HeatNetwork(
        nodes=pd.concat(
            pd.DataFrame(
                {
                    "node": side[0] + nodes["util_node_id"].astype(str),
                    "elevation_m": nodes["elevation_m"],
                }
            )
            for side in sides
        ),
        pipes=pd.concat(
            pd.DataFrame(
                {
                    "pipe": side[0] + edges["util_edge_id"].astype(str),
                    "from_node": side[0] + edges["tail"].astype(str),
                    "to_node": side[0] + edges["head"].astype(str),
                    "side": side,
                    "length_m": edges["length_m"],
                    "diameter_m": edges["diameter_m"],
                    "roughness_m": edges["roughness_m"],
                    "loss_w_m2k": edges["loss_w_m2k"],
                    "ambient_c": SOIL_C,
                }
            )
            for side in sides
        ),
        consumers=pd.DataFrame(
            {
                "consumer": served.astype(str),
                "supply_node": [f"s{node}" for node in served],
                "return_node": [f"r{node}" for node in served],
                "heat_w": design_w,
                "return_temp_c": float(sources["design_return_c"].iloc[0]),
                "max_flow_kgs": FLOW_RESERVE * design_w / (_CP_JKGK * curve_span_k),
                "min_dp_pa": MIN_DP_PA,
            }
        ),
        sources=pd.DataFrame(
            {
                "source": sources["util_node_id"].astype(str),
                "supply_node": "s" + sources["util_node_id"].astype(str),
                "return_node": "r" + sources["util_node_id"].astype(str),
                "supply_pressure_pa": sources["supply_pressure_pa"],
                "lift_pa": sources["lift_pa"],
                "supply_temp_c": sources["design_supply_c"],
                "capacity_w": sources["capacity_w"],
            }
        ),
    )
