"""One ageing model for every network: hazard, wear, failure, renewal, cost."""

from twin.assets.books import official_wear, violations
from twin.assets.failure import KNOWN_BY, Failure
from twin.assets.hazard import HazardTables, Season, hazard_tables
from twin.assets.past import past_failures
from twin.assets.register import Assets

__all__ = [
    "KNOWN_BY",
    "Assets",
    "Failure",
    "HazardTables",
    "Season",
    "hazard_tables",
    "official_wear",
    "past_failures",
    "violations",
]
