"""Emergency response: who is reached how soon over the streets as they are, with units busy."""

from twin.flows.traffic.response.calls import CallLog, log_of_day
from twin.flows.traffic.response.stations import Answers, Readiness, Stations
from twin.flows.traffic.response.times import LIMITS_S, Reach, emergency_time_s
from twin.flows.traffic.response.units import Coverage, coverage

__all__ = [
    "LIMITS_S",
    "Answers",
    "CallLog",
    "Coverage",
    "Reach",
    "Readiness",
    "Stations",
    "coverage",
    "emergency_time_s",
    "log_of_day",
]
