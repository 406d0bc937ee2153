"""One ageing model for every network: hazard, wear, failure, renewal, cost."""

from twin.assets.hazard import HazardTables, hazard_tables
from twin.assets.register import KNOWN_BY, Assets, Failure

__all__ = ["KNOWN_BY", "Assets", "Failure", "HazardTables", "hazard_tables"]
