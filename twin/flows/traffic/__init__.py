"""Traffic assignment: a library of its own, and a system of the city."""

from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.evaluate import Evaluation, evaluate
from twin.flows.traffic.network import TrafficNetwork
from twin.flows.traffic.system import TrafficSystem
from twin.flows.traffic.tntp import read_tntp

__all__ = [
    "Assignment",
    "Evaluation",
    "TrafficNetwork",
    "TrafficSystem",
    "assign",
    "evaluate",
    "read_tntp",
]
