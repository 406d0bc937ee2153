"""Who lives in the town, and how that changes."""

from __future__ import annotations

from twin.indicators.base import Period, indicator, ratio


@indicator("population", unit="persons", better="")
def population(period: Period) -> float:
    """Residents at the end."""
    return float(period.people)


@indicator("births", unit="persons", better="")
def births(period: Period) -> float:
    """Children born to residents."""
    return period.sums.births


@indicator("deaths", unit="persons", better="")
def deaths(period: Period) -> float:
    """Residents who died."""
    return period.sums.deaths


@indicator("moved_in", unit="persons", better="+")
def moved_in(period: Period) -> float:
    """People who came to live in the town."""
    return period.sums.moved_in


@indicator("moved_out", unit="persons", better="-")
def moved_out(period: Period) -> float:
    """Residents who left the town."""
    return period.sums.moved_out


@indicator("moved_within", unit="households", better="")
def moved_within(period: Period) -> float:
    """Households that moved to another home in the town."""
    return period.sums.moved_within


@indicator(
    "unemployment_rate", unit="share", better="-", source="ISO 37120, city's unemployment rate"
)
def unemployment_rate(period: Period) -> float:
    """Residents out of work over those who work or seek work, at the end."""
    return ratio(float(period.idle), float(period.labour_force))


@indicator("paying_households", unit="households", better="")
def paying_households(period: Period) -> float:
    """Households in homes that a network serves, which get its bills, at the end."""
    return float(period.payers)
