"""How well a network stands failures: figures of one run, as WNTR's users know them."""

from twin.flows.water.resilience.energy import PumpEnergy, pump_energy
from twin.flows.water.resilience.indices import (
    demand_asked,
    modified_resilience_index,
    people_by_junction,
    people_impacted,
    service_availability,
    surplus_by_junction,
    todini_index,
)

__all__ = [
    "PumpEnergy",
    "demand_asked",
    "modified_resilience_index",
    "people_by_junction",
    "people_impacted",
    "pump_energy",
    "service_availability",
    "surplus_by_junction",
    "todini_index",
]
