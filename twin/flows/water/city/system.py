"""Water as a system of the city: a day in six periods, pressure-driven, with breaks and wear."""

from __future__ import annotations

import math
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
from twin.flows.water.city import norms
from twin.flows.water.city.isolation import IsolationPlan, joined
from twin.flows.water.city.leakage import CityLeaks
from twin.flows.water.hydraulics.arrays import (
    GRAVITY_MS2,
    hazen_williams_resistance,
    hydraulic_arrays,
)
from twin.flows.water.hydraulics.workspace import empty_workspace
from twin.flows.water.kernels.newton import CONVERGED
from twin.flows.water.kernels.workspace import CLOSED, StateArrays
from twin.flows.water.network.kinds import JUNCTION_KIND, RESERVOIR_KIND
from twin.flows.water.network.tables import WaterNetwork
from twin.flows.water.solve import SolveOptions, fresh_state, run_record

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.core.parameter_set import Parameters
    from twin.flows.water.city.isolation import Stage
    from twin.flows.water.runs.kernels.periods import HydraulicArrays, RecordArrays

_PERIOD_S = norms.DAY_S / len(norms.PERIOD_FACTORS)
_WATER_DENSITY_KGM3 = 1000.0
_JOULES_PER_KWH = 3.6e6
_DAY_OPTIONS = SolveOptions(energy_m=1.0e-4, mass_m3s=1.0e-13, flow_change_share=1.0e-3)
"""The mass limit is tight because a day's volumes must balance to 1e-9."""
_NODE_COLUMNS = {
    "util_node_id": "node",
    "tank_diameter_m": "diameter_m",
    "tank_min_m": "min_level_m",
    "tank_max_m": "max_level_m",
    "tank_init_m": "init_level_m",
}
_EDGE_COLUMNS = {
    "util_edge_id": "link",
    "tail": "from_node",
    "head": "to_node",
    "hazen_williams_c": "roughness",
}


@flow_systems.register("water")
@final
class WaterSystem(AbstractFlowSystem):
    """Water of a city.

    A building's demand stands at its node with that of its neighbours; a node is fully served from
    the demand-weighted mean of the pressures its buildings need. A break is an orifice, half of its
    area at either end of its pipe, until its valves are shut; then its whole segment is empty, and
    what lies behind it without another source is cut off. Background leakage is half a pipe's at
    either end, and the connections' at their node. Pumps take their speed from `capacity_share` and
    `source_share`; with a source share of 0 the reservoirs are shut. Every day starts at the tanks'
    stored level of midnight and at the solved state of an undisturbed day.
    """

    kind = "water"
    service_unit = "m3/s"

    def __init__(self, net: WaterNetwork, edges: pd.DataFrame, buildings: pd.DataFrame) -> None:
        """Take a network, its edge rows and all buildings (`water_node` as row of the network)."""
        self.net = net
        self._pipe = ~net.is_pump
        self._grown_m = norms.grown_roughness_m(edges["material"].tolist())
        self._junction = np.flatnonzero(net.node_kind == JUNCTION_KIND)
        node = buildings["water_node"].to_numpy(dtype=np.int32)
        self._connected = np.flatnonzero(node >= 0)
        self._building_node = node[self._connected]
        self._n_buildings = node.size
        connections = np.bincount(self._building_node, minlength=net.n_nodes).astype(float)
        self._leaks = CityLeaks(net, connections)
        self._other_m3s = norms.other_demand_m3s(
            buildings["use"].tolist(), buildings["floor_area_m2"].to_numpy(dtype=float)
        )
        floors = buildings["floors"].to_numpy(dtype=np.int32)
        self._needed_m = norms.needed_pressure_m(floors)[self._connected]
        factor = np.ascontiguousarray(
            np.stack([np.ones(len(norms.PERIOD_FACTORS)), norms.PERIOD_FACTORS], axis=1)
        )
        self._valves = IsolationPlan(net)
        self._hydraulics = hydraulic_arrays(net, factor, pressure_driven=True)
        self._start = self._undisturbed(buildings["people"].to_numpy(dtype=np.int32), edges)

    @classmethod
    def from_city(cls, city: City, params: Parameters | None = None) -> WaterSystem:
        """Compile the water network of a city."""
        del params
        nodes = city.util_nodes[city.util_nodes["network"] == "water"]
        edges = city.network_edges("water").sort_values("util_edge_id")
        if not len(edges):
            fault = Fault(
                "util_edges", "has no water network", "lay one out when building the city"
            )
            raise CityDataError(fault)
        net = WaterNetwork.from_frames(
            _node_frame(nodes), _edge_frame(edges), patterns={"day": norms.PERIOD_FACTORS}
        )
        row_of_id = {int(name): row for row, name in enumerate(net.node_id)}
        buildings = city.buildings[["use", "floors", "floor_area_m2", "people"]].copy()
        served = city.buildings["water_node"].to_numpy()
        buildings["water_node"] = [row_of_id.get(int(node), -1) for node in served]
        _check_served(net, served, buildings["water_node"].to_numpy())
        return cls(net, edges, buildings)

    def solve(self, state: NetworkState) -> FlowService:
        """Solve one day."""
        tanks, start = self._hydraulics.tanks, self._start
        used = StateArrays(
            start.head_m.copy(),
            start.flow_m3s.copy(),
            start.outflow_m3s.copy(),
            start.supplied.copy(),
        )
        first_head_m = start.head_m[tanks.node].copy()
        day = _Day([], [], 0.0, np.zeros(self.net.n_nodes))
        for stage in self._valves.stages(state):
            hydraulics = self._stage_hydraulics(state, stage)
            row, period_s = stage.periods(_PERIOD_S, len(norms.PERIOD_FACTORS))
            factor = np.ascontiguousarray(hydraulics.demands.factor[row])
            hydraulics = hydraulics._replace(demands=hydraulics.demands._replace(factor=factor))
            record = run_record(hydraulics, period_s, used, _DAY_OPTIONS, self._workspace)
            day.records.append(record)
            day.period_s.append(period_s)
            burst = self._leaks.burst_share(hydraulics, record, period_s)
            day.burst_m3 += burst * float(record.leaked_m3.sum())
            day.out_s += (stage.end_s - stage.start_s) * stage.nodes_out
        stored_m3 = float(tanks.area_m2 @ (used.head_m[tanks.node] - first_head_m))
        return self._service(state, hydraulics, day, stored_m3)

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return closures, breaks, wear, residents, what they want, and capacities."""
        pumps = state.capacity_share[self.net.is_pump]
        closed, hours = state.closed != 0, state.break_hours
        flowing = ~closed if hours is None else ~closed | (hours > 0.0)
        hours = None if hours is None or not (hours * closed).any() else hours * closed
        area = np.where(flowing, state.break_area_m2, 0.0)
        parts = state.closed, area, hours, state.wear_phys, state.people
        return (*parts, pumps, state.source_share, state.resident_use)

    def _undisturbed(self, people: Int32, edges: pd.DataFrame) -> StateArrays:
        """Return the solved state at midnight of a day without disturbance."""
        n_edges = self.net.n_links
        state = NetworkState(
            day=0,
            outdoor_temp_c=np.zeros(24),
            closed=np.zeros(n_edges, dtype=np.uint8),
            break_area_m2=np.zeros(n_edges),
            capacity_share=np.ones(n_edges),
            wear_phys=edges["wear_book"].to_numpy(dtype=float),
            people=people,
        )
        hydraulics = self._stage_hydraulics(state, self._valves.stages(state)[0])
        solved = fresh_state(self.net, hydraulics)
        self._workspace = empty_workspace(hydraulics)
        run_record(hydraulics, np.zeros(1), solved, _DAY_OPTIONS, self._workspace)
        if not all(np.isfinite(part).all() for part in (solved.head_m, solved.flow_m3s)):
            return fresh_state(self.net, hydraulics)
        return solved

    def _stage_hydraulics(self, state: NetworkState, stage: Stage) -> HydraulicArrays:
        """Return the network as wear, breaks, closures and residents leave it."""
        net, base = self.net, self._hydraulics
        demand, needed = self._node_demand(state.people, state.resident_use)
        c = norms.worn_hazen_williams_c(
            net.roughness, net.diameter_m, self._grown_m, state.wear_phys
        )
        speed = np.clip(state.capacity_share * state.source_share, 0.0, 1.0)
        turning = np.where(speed > 0.0, speed, 1.0)
        worn = hazen_williams_resistance(net.length_m, net.diameter_m, c)
        slowed = base.links.resistance * turning ** (2.0 - base.links.exponent)
        links = base.links._replace(
            resistance=np.where(self._pipe, worn, slowed),
            lift_m=base.links.lift_m * turning**2,
        )
        shut = stage.closed | (net.is_pump & (speed <= 0.0))
        if state.source_share <= 0.0:
            given = net.node_kind == RESERVOIR_KIND
            shut = shut | given[net.tail] | given[net.head]
        outlets, unit = self._leaks.outlets(stage, state.wear_phys, needed)
        demands = base.demands._replace(
            base_m3s=demand, pattern=self._pattern(), unit_coefficient=unit
        )
        way = np.where(shut, CLOSED, base.way).astype(np.int8)
        return base._replace(links=links, outlets=outlets, demands=demands, way=way)

    def _pattern(self) -> Int32:
        """Return the daily pattern at junctions, the constant one elsewhere."""
        return np.where(self.net.node_kind == JUNCTION_KIND, 1, 0).astype(np.int32)

    def _node_demand(self, people: Int32, resident_use: float) -> tuple[Float64, Float64]:
        """Return demand and fully serving pressure of every node."""
        n = self.net.n_nodes
        every = norms.building_demand_m3s(people, self._other_m3s, resident_use=resident_use)
        wanted = every[self._connected]
        demand = np.bincount(self._building_node, wanted, n)
        weighted = np.bincount(self._building_node, wanted * self._needed_m, n)
        needed = np.full(n, norms.FIRST_FLOOR_PRESSURE_M)
        np.divide(weighted, demand, out=needed, where=demand > 0.0)
        return demand, needed

    def _service(
        self, state: NetworkState, hydraulics: HydraulicArrays, day: _Day, stored_m3: float
    ) -> FlowService:
        """Return what a run means to the city."""
        net, record = self.net, joined(day.records)
        reservoirs = hydraulics.demands.reservoir
        produced = -float(record.inflow_m3[reservoirs].sum())
        delivered = float(record.delivered_m3.sum())
        demanded = float(record.demanded_m3.sum())
        leaked = float(record.leaked_m3.sum())
        lift = record.lift_m4[net.is_pump].clip(min=0.0).sum()
        joules = _WATER_DENSITY_KGM3 * GRAVITY_MS2 * float(lift) / norms.PUMP_EFFICIENCY
        through = max(abs(produced), abs(stored_m3), delivered + leaked, 1e-9)
        service = np.full(self._n_buildings, math.nan)
        share = self._node_service(hydraulics, record, np.concatenate(day.period_s))
        service[self._connected] = share[self._building_node]
        out, deficit = np.zeros(self._n_buildings), np.zeros(self._n_buildings)
        out[self._connected] = (day.out_s / norms.DAY_S)[self._building_node]
        every = norms.building_demand_m3s(
            state.people, self._other_m3s, resident_use=state.resident_use
        )
        wanted, used = every[self._connected], np.zeros(self._n_buildings)
        deficit[self._connected] = norms.DAY_S * wanted * (1.0 - service[self._connected])
        used[self._connected] = norms.DAY_S * wanted * service[self._connected]
        status = SolveStatus.CONVERGED
        if (record.status != CONVERGED).any():
            status = SolveStatus.NOT_CONVERGED
        elif not record.supplied.any() or delivered + leaked <= 0.0 < demanded:
            status = SolveStatus.NO_SOURCE
        return FlowService(
            service=service,
            imbalance=abs(produced - delivered - leaked - stored_m3) / through,
            status=status,
            edge_flow=record.volume_m3 / norms.DAY_S,
            totals={
                "produced_m3": produced,
                "delivered_m3": delivered,
                "leaked_m3": leaked,
                "demanded_m3": demanded,
                "unserved_m3": demanded - delivered,
                "stored_m3": stored_m3,
                "pump_kwh": joules / _JOULES_PER_KWH,
                "burst_m3": day.burst_m3,
                "cut_off_person_days": float(state.people @ out),
            },
            details={"cut_off_share": out, "deficit_m3": deficit},
            used=used,
        )

    def _node_service(
        self, hydraulics: HydraulicArrays, record: RecordArrays, period_s: Float64
    ) -> Float64:
        """Return the share of its demand each node got; without demand, what it would have got."""
        net = self.net
        unit = np.zeros(net.n_nodes)
        unit[self._junction] = hydraulics.demands.unit_coefficient[: self._junction.size]
        pressure = np.maximum(record.head_m - net.elevation_m, 0.0)
        offered = np.minimum(unit * np.sqrt(pressure), 1.0) * record.supplied
        asked = record.demanded_m3 > 0.0
        out = period_s @ offered / period_s.sum()
        np.divide(record.delivered_m3, record.demanded_m3, out=out, where=asked)
        share: Float64 = np.clip(out, 0.0, 1.0)
        return share


@final
@dataclass(slots=True)
class _Day:
    """A day being run, stage by stage."""

    records: list[RecordArrays]
    period_s: list[Float64]
    burst_m3: float
    out_s: Float64
    """Seconds every node is shut off."""


def _node_frame(nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the bundle's water nodes as a nodes table."""
    frame = pd.DataFrame(nodes.drop(columns="geometry", errors="ignore"))
    return frame.rename(columns=_NODE_COLUMNS).drop(columns="uid", errors="ignore")


def _edge_frame(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the bundle's water edges as a links table."""
    frame = pd.DataFrame(edges.drop(columns="geometry", errors="ignore"))
    frame = frame.rename(columns=_EDGE_COLUMNS)
    points = zip(edges["pump_flow_m3s"], edges["pump_head_m"], strict=True)
    frame["curve"] = [[point] for point in points]
    return frame


def _check_served(net: WaterNetwork, named: Int32, rows: Int32) -> None:
    """Refuse buildings whose `water_node` is no junction of the water network."""
    wrong = np.flatnonzero((named >= 0) & (rows < 0))
    known = rows >= 0
    given = np.zeros(rows.size, dtype=bool)
    given[known] = net.node_kind[rows[known]] != JUNCTION_KIND
    faults = [
        Fault(
            where=f"buildings row {row}",
            what=f"water_node = {named[row]} is no junction of the water network",
            mend="name a junction, or -1 for a building without piped water",
            rows=(int(row),),
        )
        for row in (*wrong.tolist(), *np.flatnonzero(given).tolist())
    ]
    if faults:
        raise CityDataError(faults)
