"""Several towns under a state that divides a fund among them every year."""

from twin.towns.allocation import RULES, TownReport, allocated
from twin.towns.country import Country, live_together

__all__ = ["RULES", "Country", "TownReport", "allocated", "live_together"]
