"""Where the money goes."""

from __future__ import annotations

from twin.indicators.base import Period, indicator, ratio


@indicator("emergency_share", unit="share", better="-")
def emergency_share(period: Period) -> float:
    """Spending on repairs over spending on repairs and renewal."""
    sums = period.sums
    return ratio(sums.repair_kzt, sums.repair_kzt + sums.renewal_kzt)


@indicator("budget_kzt_per_person_year", unit="KZT/(person a)", better="")
def budget_kzt_per_person_year(period: Period) -> float:
    """Money received for networks, per resident and year."""
    return ratio(period.sums.received_kzt * 365.25, period.sums.person_days)


@indicator("repair_kzt_per_person_year", unit="KZT/(person a)", better="-")
def repair_kzt_per_person_year(period: Period) -> float:
    """Spending on repairs, per resident and year."""
    return ratio(period.sums.repair_kzt * 365.25, period.sums.person_days)


@indicator("renewal_kzt_per_person_year", unit="KZT/(person a)", better="")
def renewal_kzt_per_person_year(period: Period) -> float:
    """Spending on renewal, per resident and year."""
    return ratio(period.sums.renewal_kzt * 365.25, period.sums.person_days)


@indicator("collection_rate", unit="share", better="+")
def collection_rate(period: Period) -> float:
    """Bills paid over bills sent."""
    return ratio(period.sums.paid_kzt, period.sums.billed_kzt)
