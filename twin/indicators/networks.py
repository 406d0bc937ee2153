"""Wear, failure and renewal of the networks."""

from __future__ import annotations

from twin.city.pavement import iri_mpkm
from twin.city.view import NETWORK_KINDS
from twin.indicators.base import Period, indicator, ratio

_STREET, _WATER, _HEAT = (NETWORK_KINDS.index(kind) for kind in ("street", "water", "heat"))


def _breaks(period: Period, network: str) -> float:
    count = float(period.sums.failures[NETWORK_KINDS.index(network)])
    return ratio(count, period.length_km(network) * period.years)


@indicator("breaks_per_km_year", unit="1/(km a)", better="-")
def breaks_per_km_year(period: Period) -> float:
    """Failures of water and heat mains per kilometre and year."""
    count = float(period.sums.failures[_WATER] + period.sums.failures[_HEAT])
    length_km = period.length_km("water", "heat")
    return ratio(count, length_km * period.years)


@indicator("water_breaks_per_km_year", unit="1/(km a)", better="-")
def water_breaks_per_km_year(period: Period) -> float:
    """Failures of water mains per kilometre and year."""
    return _breaks(period, "water")


@indicator("heat_breaks_per_km_year", unit="1/(km a)", better="-")
def heat_breaks_per_km_year(period: Period) -> float:
    """Failures of heat mains per kilometre and year."""
    return _breaks(period, "heat")


@indicator("street_defects_per_km_year", unit="1/(km a)", better="-")
def street_defects_per_km_year(period: Period) -> float:
    """Street defects that arise per kilometre and year."""
    return _breaks(period, "street")


@indicator("wear_phys_mean", unit="share", better="-")
def wear_phys_mean(period: Period) -> float:
    """Physical wear of water and heat mains at the end, weighted by length."""
    return period.mean(period.assets.wear_phys, "water", "heat")


@indicator("street_wear_phys_mean", unit="share", better="-")
def street_wear_phys_mean(period: Period) -> float:
    """Physical wear of streets at the end, weighted by length."""
    return period.mean(period.assets.wear_phys, "street")


@indicator("road_roughness_iri", unit="m/km", better="-")
def road_roughness_iri(period: Period) -> float:
    """Roughness of streets (IRI) at the end, weighted by length: 2 when new, 10 when broken."""
    return period.mean(iri_mpkm(period.assets.wear_phys), "street")


@indicator("wear_book_mean", unit="share", better="-")
def wear_book_mean(period: Period) -> float:
    """Wear of water and heat mains in the register at the end, weighted by length."""
    return period.mean(period.assets.wear_book, "water", "heat")


@indicator("renewed_km", unit="km", better="+")
def renewed_km(period: Period) -> float:
    """Kilometres of water and heat mains laid new."""
    return float(period.sums.renewed_m[_WATER] + period.sums.renewed_m[_HEAT]) / 1000.0


@indicator("repaved_km", unit="km", better="+")
def repaved_km(period: Period) -> float:
    """Kilometres of street paved anew."""
    return float(period.sums.renewed_m[_STREET]) / 1000.0


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
