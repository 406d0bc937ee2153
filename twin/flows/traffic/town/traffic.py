"""All that traffic in a town needs to know once: streets, demand, signals, heavy vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.town.demand import PERIOD_HOURS, town_demand
from twin.flows.traffic.town.demand.trips import car_pairs
from twin.flows.traffic.town.road.day import LinkFacts
from twin.flows.traffic.town.road.loads import heavy_traffic, loaded
from twin.flows.traffic.town.road.traffic_lights import TrafficLights
from twin.flows.traffic.town.streets import StreetLinks
from twin.kernels.paths import shortest_labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int64
    from twin.flows.traffic.network import TrafficNetwork
    from twin.flows.traffic.town.demand import DemandEquilibrium
    from twin.parameters import TrafficParams


@final
class TownTraffic:
    """A town as traffic sees it, made once and never changed."""

    def __init__(self, city: City, params: TrafficParams) -> None:
        self.params = params.streets
        self.streets = StreetLinks(city, params.streets)
        self.streets.network(
            _trips(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        )  # checks
        time_s = self.streets.new_time_s[self.streets.edge]
        slot_s = np.ascontiguousarray(time_s[self.streets.star.link])
        zones = self.streets.zone_node
        free_s = shortest_labels(self.streets.star, slot_s, zones, 0)[:, zones]
        self.demand = town_demand(city, self.streets, free_s, params.demand)
        self.pairs = car_pairs(self.demand)
        """(from zone, to zone) of every row of trips."""
        self.free_pair_s: Float64 = free_s[self.pairs]
        """Time of every row of trips on empty new streets without a red light, (n_pairs,)."""
        self.heavy = heavy_traffic(city, self.streets, self.demand, params.heavy_vehicles)
        self.speed_ms: Float64 = city.street_edges["speed_ms"].to_numpy(dtype=np.float64)
        self._length_m: Float64 = city.street_edges["length_m"].to_numpy(dtype=np.float64)
        growth = np.ones_like(self.demand.zone_people)
        cars = self.demand.hour_trips(self.demand.free_car_s, growth).cars[0]
        flow = loaded(self.streets.star, time_s, self.streets.tail, zones, cars)
        self.signals = TrafficLights(city, self.streets, flow)

    def network(self) -> TrafficNetwork:
        """Return the streets, new and empty, with one trip for every pair of zones."""
        return self.streets.network(_trips(*self.pairs))

    def link_facts(self, wear_phys: Float64) -> LinkFacts:
        """Return what the sums of traffic need, at the wear of edges, shape (n_edges,)."""
        edge = self.streets.edge
        rates = self.demand.rates
        return LinkFacts(
            self._length_m[edge],
            wear_phys[edge],
            self.heavy,
            rates.trucks.hours.shares(),
            rates.bus_hours.shares(),
            self.params,
        )

    def cars_of(self, found: Assignment, cars: Float64) -> Float64:
        """Return the cars of link flows that hold trucks as cars, shape (n_links,).

        `cars` are those of the hour between zones, shape (n_zones, n_zones).
        """
        whole = float(found.net.demand.sum())
        share = float(cars[self.pairs].sum()) / whole if whole > 0.0 else 0.0
        return share * found.flow_vehph[: self.streets.n_links]

    def periods(
        self, settled: DemandEquilibrium, relative_gap: float
    ) -> Iterator[tuple[Float64, Assignment]]:
        """Yield (cars on links, equilibrium) of an hour of every period of the open city.

        The morning peak is that of `settled`; the others start from it.
        """
        trucks = self.demand.rates.trucks.cars_per_truck * self.demand.truck_hours()
        found = settled.found
        for period, cars in enumerate(settled.hours.cars):
            if period > 0:
                wanted = np.ascontiguousarray((cars + trucks[period])[self.pairs])
                net = settled.found.net.with_values(demand=wanted)
                found = assign(net, relative_gap, start=settled.found)
            yield self.cars_of(found, cars), found

    def in_a_day(self, hours: Float64) -> float:
        """Add up hours of every period, shape (n_periods, ...), over a day."""
        by_period = hours.reshape(len(PERIOD_HOURS), -1).sum(axis=1)
        return float(by_period @ np.array(PERIOD_HOURS))


def _trips(origin: Int64, dest: Int64) -> pd.DataFrame:
    """Return a table of one trip between each pair; real ones are put in their place."""
    return pd.DataFrame({"origin": origin, "dest": dest, "demand": np.ones(origin.size)})
