"""Heavy vehicles on every street, from the town's goods and its buses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.traffic.kernels.tree import load_trees_into
from twin.flows.traffic.town.demand.skims import bus_network
from twin.flows.traffic.town.road.heavy import bus, trucks

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.flows.traffic.town.demand.trips import TownDemand
    from twin.flows.traffic.town.streets import StreetLinks
    from twin.kernels.paths import Star
    from twin.parameters import HeavyVehicleParams

_AT_ONCE = 64


@final
@dataclass(frozen=True, slots=True, eq=False)
class HeavyTraffic:
    """Heavy vehicles of a working day on the new and empty streets."""

    trucks_day: Float64
    """Trucks on every link by kind, shape (2, n_links)."""
    buses_day: Float64
    """Buses on every link, shape (n_links,)."""
    axles_m_per_year: Float64
    """Millions of standard axles a year in the busiest lane, shape (n_street_edges,)."""


def heavy_traffic(
    city: City, streets: StreetLinks, demand: TownDemand, vehicles: HeavyVehicleParams
) -> HeavyTraffic:
    """Send trucks and buses along their quickest ways on empty streets."""
    time_s = streets.new_time_s[streets.edge]
    trucks_day = np.array(
        [loaded(streets.star, time_s, streets.tail, streets.zone_node, t) for t in demand.trucks]
    )
    buses = _buses(city, streets, demand)
    axles_year = vehicles.bus_days_per_year * buses * bus(vehicles).axles
    for kind, vehicle in enumerate(trucks(vehicles)):
        axles_year = axles_year + vehicles.truck_days_per_year * trucks_day[kind] * vehicle.axles
    busiest = np.zeros(streets.n_edges)
    np.maximum.at(busiest, streets.edge, axles_year)
    lanes = city.street_edges["lanes"].to_numpy(dtype=np.float64)
    return HeavyTraffic(trucks_day, buses, busiest / lanes / 1e6)


def _buses(city: City, streets: StreetLinks, demand: TownDemand) -> Float64:
    """Return buses of a day on every link: as many as their passengers fill."""
    bus = bus_network(city, streets, demand.rates)
    growth = np.ones_like(demand.zone_people)
    persons = np.zeros_like(demand.free_car_s)
    day = demand.day_trips(demand.free_car_s, growth)
    for choice, trips in zip(demand.choices, day, strict=True):
        one_way = trips * choice.shares(demand.free_car_s)[1]
        persons += one_way + one_way.T
    flow = loaded(bus.star, bus.time_s, bus.tail, streets.zone_node, persons)
    buses = np.zeros(streets.n_links)
    buses[bus.street_link] = flow[bus.rides] / demand.rates.people_per_bus
    return buses


def loaded(star: Star, time_s: Float64, tail: Int32, zone_node: Int32, trips: Float64) -> Float64:
    """Return the flow of trips between zones on their quickest ways, shape (n_links,)."""
    flow = np.zeros(time_s.size)
    slot_cost = np.ascontiguousarray(time_s[star.link])
    n = star.start.size - 1
    for first in range(0, zone_node.size, _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        to_node = np.zeros((zone_node[rows].size, n))
        np.add.at(to_node.T, zone_node, trips[rows].T)
        load_trees_into(star, slot_cost, tail, zone_node[rows], to_node, 0, flow)
    return flow
