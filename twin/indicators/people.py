"""What people feel and do."""

from __future__ import annotations

from twin.indicators.base import Period, indicator, ratio


@indicator("trust_mean", unit="share", better="+")
def trust_mean(period: Period) -> float:
    """Trust of residents in the city's services at the end."""
    return period.trust_mean


@indicator("satisfaction_mean", unit="share", better="+")
def satisfaction_mean(period: Period) -> float:
    """Satisfaction of residents with services at the end."""
    return period.satisfaction_mean


@indicator("participation_rate", unit="share", better="+")
def participation_rate(period: Period) -> float:
    """Share of adults who reported at least once in the last 365 days."""
    return period.participation_rate


@indicator("reports_per_person_year", unit="1/(person a)", better="")
def reports_per_person_year(period: Period) -> float:
    """Count of reports about networks to 109, per resident and year."""
    return ratio(float(period.sums.reports.sum()) * 365.25, period.sums.person_days)


@indicator("digital_report_share", unit="share", better="")
def digital_report_share(period: Period) -> float:
    """Share of reports that came by app."""
    return ratio(period.sums.reports_digital, float(period.sums.reports.sum()))


@indicator("vote_turnout", unit="share", better="+")
def vote_turnout(period: Period) -> float:
    """Adults who vote in the participatory budget, mean over its rounds."""
    return ratio(period.sums.votes, period.sums.vote_adults)


@indicator("vote_lost_share", unit="share", better="-", source="exclusion ratio, as in Pabulib")
def vote_lost_share(period: Period) -> float:
    """Ballots none of whose projects was chosen."""
    return ratio(period.sums.votes_lost, period.sums.votes)


@indicator("voted_built_share", unit="share", better="+")
def voted_built_share(period: Period) -> float:
    """Projects chosen by votes that were built within their year."""
    return ratio(period.sums.projects_built, period.sums.projects_chosen)
