"""Traffic assignment: a library of its own, and a system of the city."""

from twin.flows.traffic.assign import Assignment, assign
from twin.flows.traffic.evaluate import Evaluation, evaluate
from twin.flows.traffic.files.gmns import GmnsTables, read_gmns, read_gmns_tables
from twin.flows.traffic.files.tntp import read_tntp
from twin.flows.traffic.loading import (
    Drivers,
    Incident,
    IncidentDays,
    Loading,
    LoadingSpan,
    Routes,
    StreetSpace,
    incident_days,
    load,
    routes_of,
)
from twin.flows.traffic.network import TrafficNetwork
from twin.flows.traffic.skim import skim
from twin.flows.traffic.system import TrafficSystem, from_city
from twin.flows.traffic.town.streets import StreetLinks
from twin.flows.traffic.turns import TurnedNetwork, expand_turns

__all__ = [
    "Assignment",
    "Drivers",
    "Evaluation",
    "GmnsTables",
    "Incident",
    "IncidentDays",
    "Loading",
    "LoadingSpan",
    "Routes",
    "StreetLinks",
    "StreetSpace",
    "TrafficNetwork",
    "TrafficSystem",
    "TurnedNetwork",
    "assign",
    "evaluate",
    "expand_turns",
    "from_city",
    "incident_days",
    "load",
    "read_gmns",
    "read_gmns_tables",
    "read_tntp",
    "routes_of",
    "skim",
]
