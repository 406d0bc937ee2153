"""Dynamic loading for days that are not like others: queues, spillback, drivers who learn."""

from twin.flows.traffic.loading.incident import (
    Drivers,
    IncidentDays,
    incident_days,
)
from twin.flows.traffic.loading.load import Incident, Loading, LoadingSpan, StreetSpace, load
from twin.flows.traffic.loading.routes import Routes, routes_of

__all__ = [
    "Drivers",
    "Incident",
    "IncidentDays",
    "Loading",
    "LoadingSpan",
    "Routes",
    "StreetSpace",
    "incident_days",
    "load",
    "routes_of",
]
