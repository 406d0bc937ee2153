"""Indicators: one registered function each. Importing this package registers all."""

from twin.indicators import money, networks, people, services, traffic
from twin.indicators.base import Indicator, Period, Sums, indicator, indicators

__all__ = [
    "Indicator",
    "Period",
    "Sums",
    "indicator",
    "indicators",
    "money",
    "networks",
    "people",
    "services",
    "traffic",
]
