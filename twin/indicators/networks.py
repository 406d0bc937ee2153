"""Wear, failure and renewal of the networks."""

from __future__ import annotations

from twin.city.networks import STREET, UTILITIES, UTILITY_NAMES
from twin.city.pavement import iri_mpkm
from twin.indicators.base import Period, indicator, ratio


@indicator("breaks_per_km_year", unit="1/(km a)", better="-")
def breaks_per_km_year(period: Period) -> float:
    """Failures of mains of all networks per kilometre and year."""
    count = sum(float(period.sums.failures[kind.code]) for kind in UTILITIES)
    return ratio(count, period.length_km(*UTILITY_NAMES) * period.years)


@indicator("wear_phys_mean", unit="share", better="-")
def wear_phys_mean(period: Period) -> float:
    """Physical wear of mains of all networks at the end, weighted by length."""
    return period.mean(period.assets.wear_phys, *UTILITY_NAMES)


@indicator("street_wear_phys_mean", unit="share", better="-")
def street_wear_phys_mean(period: Period) -> float:
    """Physical wear of streets at the end, weighted by length."""
    return period.mean(period.assets.wear_phys, STREET.name)


@indicator(
    "road_roughness_iri",
    unit="m/km",
    better="-",
    source="International Roughness Index, ASTM E1926",
)
def road_roughness_iri(period: Period) -> float:
    """Roughness of streets (IRI) at the end, weighted by length: 2.08 when new, 10 at wear 1."""
    return period.mean(iri_mpkm(period.assets.wear_phys), STREET.name)


@indicator("wear_book_mean", unit="share", better="-")
def wear_book_mean(period: Period) -> float:
    """Wear of mains of all networks in the register at the end, weighted by length."""
    return period.mean(period.assets.wear_book, *UTILITY_NAMES)


@indicator("wear_official_mean", unit="share", better="-")
def wear_official_mean(period: Period) -> float:
    """Wear of mains as reported to the state: the books, diluted by mains of new estates."""
    return period.wear_official


@indicator("reported_violations_per_km_year", unit="1/(km a)", better="-")
def reported_violations_per_km_year(period: Period) -> float:
    """Severe failures of mains, as far as reported to the state, per kilometre and year."""
    count = sum(float(period.sums.violations[kind.code]) for kind in UTILITIES)
    return ratio(count, period.length_km(*UTILITY_NAMES) * period.years)


@indicator("renewed_km", unit="km", better="+")
def renewed_km(period: Period) -> float:
    """Kilometres of mains of all networks laid new."""
    return sum(float(period.sums.renewed_m[kind.code]) for kind in UTILITIES) / 1000.0


@indicator("repaved_km", unit="km", better="+")
def repaved_km(period: Period) -> float:
    """Kilometres of street paved anew."""
    return float(period.sums.renewed_m[STREET.code]) / 1000.0


@indicator("waiting_failures", unit="failures", better="-")
def waiting_failures(period: Period) -> float:
    """Known failures that wait for money or a crew, mean over the days."""
    return ratio(float(period.sums.waiting_failure_days.sum()), period.sums.days)


@indicator("days_to_mended", unit="days", better="-")
def days_to_mended(period: Period) -> float:
    """Days from failure to the end of its repair, mean over repairs."""
    return ratio(period.sums.days_to_mended, float(period.sums.repairs.sum()))


@indicator("days_to_known", unit="days", better="-")
def days_to_known(period: Period) -> float:
    """Days from failure to the day somebody knows, mean over failures that became known."""
    return ratio(period.sums.days_to_known, period.sums.known_failures)
