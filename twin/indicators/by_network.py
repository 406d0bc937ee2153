"""Indicators that every network has: service, outages and failures, from its declaration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twin.city.networks import NETWORKS
from twin.indicators.base import Indicator, Period, indicators, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.city.network_kind import NetworkKind


def service_share(period: Period, *, code: int) -> float:
    """Return service over what is wanted, mean over residents of connected buildings and days."""
    sums = period.sums
    return ratio(float(sums.service_person_days[code]), float(sums.connected_person_days[code]))


def outage_days(period: Period, *, code: int) -> float:
    """Return days a year with less than half the service, per resident of connected buildings."""
    sums = period.sums
    outage = float(sums.outage_person_days[code])
    return ratio(outage * 365.25, float(sums.connected_person_days[code]))


def failures_per_km_year(period: Period, *, kind: NetworkKind) -> float:
    """Return failures of one network per kilometre and year."""
    count = float(period.sums.failures[kind.code])
    return ratio(count, period.length_km(kind.name) * period.years)


def _register(kind: NetworkKind) -> None:
    """Register the indicators of one network."""

    def file(
        name: str, unit: str, better: str, meaning: str, function: Callable[[Period], float]
    ) -> None:
        indicators.register(name)(Indicator(name, unit, better, meaning, function))

    code = kind.code
    file(
        f"{kind.name}_service_share",
        "share",
        "+",
        kind.service_meaning,
        partial(service_share, code=code),
    )
    if kind.outage_meaning:
        file(
            f"{kind.name}_outage_days",
            "days/(person a)",
            "-",
            kind.outage_meaning,
            partial(outage_days, code=code),
        )
    file(
        f"{kind.name}_{kind.failures_name}_per_km_year",
        "1/(km a)",
        "-",
        kind.failures_meaning,
        partial(failures_per_km_year, kind=kind),
    )


for _kind in NETWORKS:
    _register(_kind)
