"""One ageing model for every network: hazard, wear, failure, renewal, cost."""

from twin.assets.cost import CostRates
from twin.assets.hazard import HazardTables, hazard_tables
from twin.assets.register import Assets, Failure

__all__ = ["Assets", "CostRates", "Failure", "HazardTables", "hazard_tables"]
