"""Indicators: one registered function each. Importing this package registers all."""

from twin.indicators import (
    by_network,
    demography,
    money,
    networks,
    people,
    services,
    traffic,
    views,
)
from twin.indicators.base import Indicator, Period, Sums, indicator, indicators, together

__all__ = [
    "Indicator",
    "Period",
    "Sums",
    "by_network",
    "demography",
    "indicator",
    "indicators",
    "money",
    "networks",
    "people",
    "services",
    "together",
    "traffic",
    "views",
]
