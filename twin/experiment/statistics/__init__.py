"""Statistics of replications: intervals whose coverage was tried, best arms, factors, regret."""

from twin.experiment.statistics.best import best, best_table
from twin.experiment.statistics.factors import factor_effects
from twin.experiment.statistics.intervals import Interval, mean_interval
from twin.experiment.statistics.points import point_effects
from twin.experiment.statistics.precision import seeds_needed
from twin.experiment.statistics.regret import regret

__all__ = [
    "Interval",
    "best",
    "best_table",
    "factor_effects",
    "mean_interval",
    "point_effects",
    "regret",
    "seeds_needed",
]
