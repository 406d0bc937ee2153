"""Streets as a system of the city: the morning peak hour of every changed day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, final

import numpy as np
import pandas as pd

from twin.flows.base import (
    AbstractFlowSystem,
    FlowService,
    NetworkState,
    flow_systems,
    state_key,
)
from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.demand import PeakTrips, TripRates, peak_trips
from twin.flows.traffic.pavement import speed_share
from twin.flows.traffic.response.times import emergency_time_s
from twin.flows.traffic.streets import CONNECTOR_VEHPH, StreetLinks
from twin.kernels.paths import shortest_labels, shortest_tree

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.network import TrafficNetwork

RELATIVE_GAP = 1e-6
_SECONDS_PER_HOUR = 3600.0


@final
@flow_systems.register("street")
class TrafficSystem(AbstractFlowSystem):
    """Street traffic of a city in user equilibrium.

    Links are those of `StreetLinks`: every zone is a centroid joined to its street node both ways,
    times are in seconds.

    A day with closures starts from the equilibrium of the open city with the same wear and people,
    which starts from nothing: so a day's result does not depend on the days before.
    """

    kind = "street"
    service_unit = "vehph"

    def __init__(self, city: City, rates: TripRates) -> None:
        self._trips: PeakTrips = peak_trips(city, rates)
        self._streets = StreetLinks(city)
        self._net = self._streets.network(_between_zones(self._trips))
        free = self._net.with_values(demand=np.zeros(self._trips.vehph.size))
        self._free_s: Float64 = assign(free, RELATIVE_GAP).trip_cost
        self._open: tuple[bytes, Assignment] | None = None
        self._ranked: Int32 | None = None

    @classmethod
    def from_city(cls, city: City) -> Self:
        """Compile the streets of a city; raise `CityDataError` with all faults."""
        return cls(city, TripRates())

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return what traffic depends on: closures, lanes, wear and where people live."""
        growth = self._trips.growth(state.people)
        return (state.closed, state.capacity_share, state.wear_phys, growth)

    def solve(self, state: NetworkState) -> FlowService:
        """Solve the morning peak hour of one day."""
        growth = self._trips.growth(state.people)
        whole = self._open_city(state, growth)
        shut = (state.closed != 0) | (state.capacity_share <= 0.0)
        if not shut.any() and bool((state.capacity_share >= 1.0).all()):
            return self._service(whole, growth)
        streets = self._streets
        capacity_vehph = streets.capacity_vehph * np.where(shut, 1.0, state.capacity_share)
        net = whole.net.with_values(capacity=streets.on_links(capacity_vehph, CONNECTOR_VEHPH))
        found = assign(net, RELATIVE_GAP, start=whole, closed=streets.shut(shut))
        return self._service(found, growth)

    def _open_city(self, state: NetworkState, growth: Float64) -> Assignment:
        """Return the equilibrium without closures, found anew when wear or people changed."""
        key = state_key((state.wear_phys, growth))
        if self._open is None or self._open[0] != key:
            time_s = self._streets.new_time_s / speed_share(state.wear_phys)
            net = self._net.with_values(
                free_flow_time=self._streets.on_links(time_s, 0.0),
                demand=self._trips.vehph * growth[self._trips.origin_zone],
            )
            self._open = (key, assign(net, RELATIVE_GAP))
        return self._open[1]

    def _service(self, found: Assignment, growth: Float64) -> FlowService:
        """Turn an equilibrium into what the city sees."""
        demand = found.net.demand
        served = np.isfinite(found.trip_cost)
        carried = np.where(served, demand, 0.0)
        vehicles = float(carried.sum())
        free_s = np.where(served, self._free_s, 0.0)
        return FlowService(
            service=self._zone_service(found, served)[self._trips.building_zone],
            imbalance=found.imbalance_vehph / vehicles if vehicles > 0.0 else 0.0,
            status=found.status,
            edge_flow=self._streets.on_edges(found.flow_vehph),
            totals={
                "travel_time_vehh": found.total_travel_time / _SECONDS_PER_HOUR,
                "free_flow_vehh": float((carried * free_s).sum()) / _SECONDS_PER_HOUR,
                "vehicles": vehicles,
                "unserved_trips": found.unserved,
                "intrazonal_trips": float((self._trips.intrazonal_vehph * growth).sum()),
                "relative_gap": found.relative_gap,
            },
            details={
                "link_time_s": found.time[: self._streets.n_links],
                "link_free_s": found.net.free_flow_time[: self._streets.n_links],
            },
        )

    def _zone_service(self, found: Assignment, served: Bool) -> Float64:
        """Return, per zone, free-flow over present time of its trips, an unserved trip counting 0.

        A zone whose people go nowhere else has 1; shape (n_zones,).
        """
        demand = found.net.demand
        zone = self._trips.origin_zone
        n_zones = self._trips.zone_people.size
        quick = demand * np.where(served, self._free_s, 0.0)
        slow = demand * np.where(served, found.trip_cost, 0.0)
        sums = [
            np.bincount(zone, weights=values, minlength=n_zones)
            for values in (quick, slow, np.where(served, demand, 0.0), demand)
        ]
        free_s, present_s, carried, wanted = sums
        speed = np.where(present_s > 0.0, free_s / np.where(present_s > 0.0, present_s, 1.0), 1.0)
        reached = np.where(wanted > 0.0, carried / np.where(wanted > 0.0, wanted, 1.0), 1.0)
        return np.asarray(np.minimum(speed, 1.0) * reached)

    def travel_times_s(self, from_street_node: int, service: FlowService) -> Float64:
        """Return the time to drive from a street node to all others in a day's traffic.

        Parameters
        ----------
        from_street_node
            Row of `street_nodes`.
        service
            What `solve` returned for that day.

        Returns
        -------
        ndarray
            Shape (n_street_nodes,), s; infinite where closures leave no way.
        """
        slot_cost = service.details["link_time_s"][self._streets.star.link]
        label, _ = shortest_tree(self._streets.star, slot_cost, from_street_node, 0)
        times_s: Float64 = label
        return times_s

    def emergency_times_s(
        self,
        from_street_nodes: Int32,
        service: FlowService,
        *,
        delay_share: float,
        may_pass: Bool | None = None,
    ) -> Float64:
        """Return the time of units with sirens from some street nodes to all.

        Parameters
        ----------
        from_street_nodes
            Rows of `street_nodes`, shape (n_from,).
        service
            What `solve` returned for that day.
        delay_share
            Share of drivers' delay that is left to them, 0-1.
        may_pass
            True where they may drive though the street is closed, shape (n_street_edges,).

        Returns
        -------
        ndarray
            Shape (n_from, n_street_nodes), s; infinite where there is no way.
        """
        link_s = emergency_time_s(
            service.details["link_free_s"],
            service.details["link_time_s"],
            delay_share,
            None if may_pass is None else may_pass[self._streets.edge],
        )
        slot_cost = np.ascontiguousarray(link_s[self._streets.star.link])
        times_s: Float64 = shortest_labels(self._streets.star, slot_cost, from_street_nodes, 0)
        return times_s

    def busiest_edges(self) -> Int32:
        """Return rows of `street_edges` by their traffic when the city is new, busiest first."""
        if self._ranked is None:
            edge_flow = self._streets.on_edges(assign(self._net, RELATIVE_GAP).flow_vehph)
            self._ranked = np.argsort(-edge_flow, kind="stable").astype(np.int32)
        return self._ranked


def from_city(city: City) -> TrafficNetwork:
    """Return the streets of a city with the cars of its morning peak hour, times in seconds.

    Zones are nodes 0 to n_zones - 1, street nodes follow; links are those of `StreetLinks`.

    Raises
    ------
    CityDataError
        With every fault of the streets, by row of `street_edges`.
    """
    return StreetLinks(city).network(_between_zones(peak_trips(city, TripRates())))


def _between_zones(trips: PeakTrips) -> pd.DataFrame:
    """Return trips as a table."""
    return pd.DataFrame(
        {"origin": trips.origin_zone, "dest": trips.dest_zone, "demand": trips.vehph}
    )
