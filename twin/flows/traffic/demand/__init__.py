"""Demand of a town: trips by purpose and hour, by car, bus and on foot, and its trucks."""

from twin.flows.traffic.demand.luck import trip_factor
from twin.flows.traffic.demand.rates import PERIOD_HOURS, PERIODS, Purpose, TripRates, TruckRates
from twin.flows.traffic.demand.settle import Settled, settle
from twin.flows.traffic.demand.town import HourTrips, TownDemand, town_demand

__all__ = [
    "PERIODS",
    "PERIOD_HOURS",
    "HourTrips",
    "Purpose",
    "Settled",
    "TownDemand",
    "TripRates",
    "TruckRates",
    "settle",
    "town_demand",
    "trip_factor",
]
