"""Demand of a town: trips by purpose and hour, by car, bus and on foot, and its trucks."""

from twin.flows.traffic.town.demand.day_to_day import trip_factor
from twin.flows.traffic.town.demand.equilibrium import DemandEquilibrium, find_equilibrium
from twin.flows.traffic.town.demand.periods import PERIOD_HOURS, PERIODS
from twin.flows.traffic.town.demand.trips import HourTrips, TownDemand, town_demand
from twin.parameters import Purpose, TripRates, TruckRates

__all__ = [
    "PERIODS",
    "PERIOD_HOURS",
    "DemandEquilibrium",
    "HourTrips",
    "Purpose",
    "TownDemand",
    "TripRates",
    "TruckRates",
    "find_equilibrium",
    "town_demand",
    "trip_factor",
]
