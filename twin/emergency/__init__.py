"""Emergency response: who is reached how soon over the streets as they are, with units busy."""

from twin.emergency.calls import CallLog, log_of_day
from twin.emergency.services import EmergencyServices
from twin.emergency.stations import Answers, Readiness, Stations
from twin.emergency.times import LIMITS_S, Reach, reach
from twin.emergency.units import Coverage, coverage

__all__ = [
    "LIMITS_S",
    "Answers",
    "CallLog",
    "Coverage",
    "EmergencyServices",
    "Reach",
    "Readiness",
    "Stations",
    "coverage",
    "log_of_day",
    "reach",
]
