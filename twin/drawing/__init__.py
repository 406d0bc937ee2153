"""Pictures of tables for notebooks: cards, charts, still maps and maps to explore.

Knows frames and geometries, and nothing of cities or runs: those hand over their tables.
"""

from twin.drawing.card import card
from twin.drawing.charts import plot_effects, plot_histogram, plot_series
from twin.drawing.explore import Page, explore_lines
from twin.drawing.maps import map_lines, map_points
from twin.drawing.picture import Picture

__all__ = [
    "Page",
    "Picture",
    "card",
    "explore_lines",
    "map_lines",
    "map_points",
    "plot_effects",
    "plot_histogram",
    "plot_series",
]
