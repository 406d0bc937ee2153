"""Where the money goes."""

from __future__ import annotations

from twin.economy.ledger import SPENDING
from twin.indicators.base import Period, indicator, ratio


@indicator("emergency_share", unit="share", better="-")
def emergency_share(period: Period) -> float:
    """Spending on repairs over spending on repairs and renewal."""
    sums = period.sums
    return ratio(sums.repair_kzt, sums.repair_kzt + sums.renewal_kzt)


@indicator("budget_kzt_per_person_year", unit="KZT/(person a)", better="")
def budget_kzt_per_person_year(period: Period) -> float:
    """Money for repairs, renewal and loops with which the years open, per resident and year."""
    return ratio(period.sums.received_kzt * 365.25, period.sums.person_days)


@indicator("repair_kzt_per_person_year", unit="KZT/(person a)", better="-")
def repair_kzt_per_person_year(period: Period) -> float:
    """Spending on repairs, per resident and year."""
    return ratio(period.sums.repair_kzt * 365.25, period.sums.person_days)


@indicator("renewal_kzt_per_person_year", unit="KZT/(person a)", better="")
def renewal_kzt_per_person_year(period: Period) -> float:
    """Spending on renewal, per resident and year."""
    return ratio(period.sums.renewal_kzt * 365.25, period.sums.person_days)


@indicator("collection_rate", unit="share", better="+", source="collection ratio, IBNET")
def collection_rate(period: Period) -> float:
    """Bills paid over bills sent."""
    return ratio(period.sums.paid_kzt, period.sums.billed_kzt)


_COSTS = ("fuel", "treatment", "electricity", "staff", "overhead", "interest")


def _moved(period: Period, *purposes: str) -> float:
    """Return the money that moved for some purposes, in KZT."""
    return sum(period.sums.money.get(purpose, 0.0) for purpose in purposes)


def _per_person_year(period: Period, *purposes: str) -> float:
    """Return the money that moved for some purposes, per resident and year."""
    return ratio(_moved(period, *purposes) * 365.25, period.sums.person_days)


@indicator("spending_million_kzt_year", unit="M KZT/a", better="")
def spending_million_kzt_year(period: Period) -> float:
    """All cash that leaves operators and municipality: running costs, works, programmes, aid."""
    return ratio(_moved(period, SPENDING), 1e6 * period.years)


@indicator("programmes_kzt_per_person_year", unit="KZT/(person a)", better="")
def programmes_kzt_per_person_year(period: Period) -> float:
    """Cost of the policy to the municipality beyond standing budgets, per resident and year."""
    return ratio(period.sums.programmes_kzt * 365.25, period.sums.person_days)


@indicator("heat_loops_kzt_per_person_year", unit="KZT/(person a)", better="")
def heat_loops_kzt_per_person_year(period: Period) -> float:
    """Payments for heat loops laid on credit, per resident and year."""
    return _per_person_year(period, "heat loops")


@indicator("state_grant_kzt_per_person_year", unit="KZT/(person a)", better="")
def state_grant_kzt_per_person_year(period: Period) -> float:
    """Money for renewal out of the state's fund for towns, per resident and year."""
    return _per_person_year(period, "state grant")


@indicator("investment_kzt_per_person_year", unit="KZT/(person a)", better="")
def investment_kzt_per_person_year(period: Period) -> float:
    """Capital of investors in works, per resident and year."""
    return _per_person_year(period, "investment") - _per_person_year(period, "not needed")


@indicator("investor_return_kzt_per_person_year", unit="KZT/(person a)", better="-")
def investor_return_kzt_per_person_year(period: Period) -> float:
    """Return on capital paid to investors, without capital itself, per resident and year."""
    return _per_person_year(period, "return on capital")


@indicator("cost_recovery", unit="ratio", better="+", source="operating cost coverage, IBNET")
def cost_recovery(period: Period) -> float:
    """Bills paid to operators over what running the networks costs them."""
    return ratio(_moved(period, "bills paid"), _moved(period, *_COSTS))


@indicator("tariff_surplus_kzt_per_person_year", unit="KZT/(person a)", better="+")
def tariff_surplus_kzt_per_person_year(period: Period) -> float:
    """Money that operators have left for works, less subsidies, per resident and year."""
    surplus = _per_person_year(period, "tariff surplus")
    return surplus - _per_person_year(period, "subsidy")


@indicator("housing_aid_kzt_per_person_year", unit="KZT/(person a)", better="")
def housing_aid_kzt_per_person_year(period: Period) -> float:
    """Aid to households whose bills weigh too much, per resident and year."""
    return _per_person_year(period, "housing aid")


@indicator("reinvestment_share", unit="share", better="+")
def reinvestment_share(period: Period) -> float:
    """Spending on renewal over what networks lose in book value."""
    return ratio(period.sums.renewal_kzt, _moved(period, "depreciation"))


@indicator("arrears_months", unit="months", better="-")
def arrears_months(period: Period) -> float:
    """Bills not paid yet at the end, over the mean bills of a month, households and firms."""
    return ratio(period.arrears_kzt * period.years * 12.0, _moved(period, "bills"))


@indicator("debt_kzt_per_person", unit="KZT/person", better="-")
def debt_kzt_per_person(period: Period) -> float:
    """Loans of operators and municipality at the end, per resident."""
    return ratio(period.debt_kzt, period.people)


@indicator("overrun_share", unit="share", better="-")
def overrun_share(period: Period) -> float:
    """Price of contracts over the fair one, over spending on repairs, renewal and purchases."""
    sums = period.sums
    bought = _moved(period, "sensors", "adaptive lights", "meters")
    return ratio(sums.overrun_kzt, sums.repair_kzt + sums.renewal_kzt + bought)


@indicator("refused_costs_kzt_per_person_year", unit="KZT/(person a)", better="-")
def refused_costs_kzt_per_person_year(period: Period) -> float:
    """Costs that operators and municipality could not pay at their lending limits."""
    return ratio(period.sums.refused_costs_kzt * 365.25, period.sums.person_days)


@indicator("failed_works_share", unit="share", better="-")
def failed_works_share(period: Period) -> float:
    """Share of renewals that were abandoned or laid badly, over those that are paid and over."""
    return ratio(period.sums.failed_works, period.sums.works)


@indicator("refused_repair_days", unit="days/a", better="-")
def refused_repair_days(period: Period) -> float:
    """Days a year on which a purse cannot pay a repair that a crew could begin, over all purses."""
    return ratio(period.sums.refused_repairs, period.years)
