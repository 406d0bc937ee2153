"""Emergency response: who is reached how soon over the streets as they are, with units busy."""

from twin.flows.traffic.response.stations import Readiness, Stations
from twin.flows.traffic.response.times import LIMITS_S, Reach, emergency_time_s
from twin.flows.traffic.response.units import Coverage, coverage

__all__ = [
    "LIMITS_S",
    "Coverage",
    "Reach",
    "Readiness",
    "Stations",
    "coverage",
    "emergency_time_s",
]
