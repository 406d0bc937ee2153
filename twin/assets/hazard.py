"""How often assets fail at what age: one table row per (network, material)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.pavement import roughness_mpkm, wear_share
from twin.city.view import NETWORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Float64

OLDEST_YEARS = 150
_RUN_IN_YEARS = 3.0
_USEFUL_YEARS = 17.0
_CAP_PER_KM_YEAR = 4.0  # above this an asset would be given up; an assumption
_HEAT_CAP_PER_KM_YEAR = 1.5  # the law of the schemes was not fitted beyond 37 years, 0.87 per km
_WEAR_RUN_KM = 0.25  # wear is told for a run of this length, about one between two valves

type Rate = Callable[[Float64], Float64]


def exponential_rate(at_zero: float, growth: float) -> Rate:
    """Return rate(age) = at_zero exp(growth age) in failures per km and year.

    References
    ----------
    Shamir & Howard, 1979, J. AWWA 71(5), "An analytic approach to scheduling pipe replacement".
    """
    return lambda age_years: at_zero * np.exp(growth * age_years)


def heat_main_rate(base: float) -> Rate:
    """Return the rate of the Russian heat-supply schemes, base (0.1 age)^(a - 1).

    a = 0.8 up to 3 years, 1 up to 17 years, then 0.5 exp(age / 20); `base` 0.05 per km and year.
    Order 212/2019 of the Ministry of Energy; the coefficients are second-hand, so an assumption.
    """

    def rate(age_years: Float64) -> Float64:
        age = np.clip(age_years, 0.25, 60.0)  # the powers diverge at zero and overflow far out
        worn = np.where(age <= _USEFUL_YEARS, 1.0, 0.5 * np.exp(age / 20.0))
        power = np.where(age <= _RUN_IN_YEARS, 0.8, worn)
        value: Float64 = base * (0.1 * age) ** (power - 1.0)
        return np.minimum(value, _HEAT_CAP_PER_KM_YEAR)

    return rate


# Levels follow North American surveys by material (Folkman 2018) scaled to networks of the CIS
# class; growth 0.05-0.15 per year (Shamir & Howard 1979), 0.10 seen in Kazakh plant statistics.
# All are assumptions to be calibrated on a town's own failure list.
_RATES: dict[tuple[str, str], Rate] = {
    ("water", "steel"): exponential_rate(0.020, 0.075),
    ("water", "cast_iron"): exponential_rate(0.015, 0.070),
    ("water", "asbestos_cement"): exponential_rate(0.012, 0.070),
    ("water", "ductile_iron"): exponential_rate(0.006, 0.060),
    ("water", "pvc"): exponential_rate(0.005, 0.050),
    ("water", "pe"): exponential_rate(0.005, 0.050),
    ("water", "preinsulated"): exponential_rate(0.010, 0.060),
    ("water", "pump"): exponential_rate(0.0, 0.0),
    ("heat", "steel"): heat_main_rate(0.05),
    ("heat", "preinsulated"): heat_main_rate(0.02),
    ("street", "asphalt"): exponential_rate(0.05, 0.075),
}

NORM_YEARS = {"street": 18.0, "water": 30.0, "heat": 25.0}
"""Normative service life in the register; straight-line book wear reaches 1 there."""


@final
@dataclass(frozen=True, slots=True)
class HazardTables:
    """Rates and their integrals by class and whole year of age."""

    classes: tuple[tuple[str, str], ...]
    """(network, material) of each class."""
    rate: Float64
    """Failures per km and year, shape (n_classes, OLDEST_YEARS + 1)."""
    wear: Float64
    """Physical wear at that age, same shape. Of a pipe the chance that a run of 250 m has failed by
    then, 1 - exp(-0.25 km * integral of the rate); of a street its roughness
    (`twin.city.pavement`)."""

    def class_of(self, network: str, material: str) -> int:
        """Return a class's row; an unlisted material counts as its network's steel or asphalt."""
        for name in (material, "steel", "asphalt"):
            if (network, name) in self.classes:
                return self.classes.index((network, name))
        message = f"no hazard class for network {network!r}; known: {NETWORK_KINDS}"
        raise KeyError(message)


def hazard_tables() -> HazardTables:
    """Tabulate all classes by whole years of age."""
    ages = np.arange(OLDEST_YEARS + 1, dtype=np.float64)
    fine = np.linspace(0.0, OLDEST_YEARS, 20 * OLDEST_YEARS + 1)
    rate = np.empty((len(_RATES), ages.size))
    wear = np.empty_like(rate)
    for row, law in enumerate(_RATES.values()):
        rate[row] = np.minimum(law(ages), _CAP_PER_KM_YEAR)
        values = np.minimum(law(fine), _CAP_PER_KM_YEAR)
        steps = 0.5 * (values[1:] + values[:-1]) * np.diff(fine)
        total = np.concatenate([[0.0], np.cumsum(steps)])
        wear[row] = 1.0 - np.exp(-_WEAR_RUN_KM * total[::20])
    for row, (network, _) in enumerate(_RATES):
        if network == "street":
            nothing = np.zeros_like(ages)
            wear[row] = wear_share(roughness_mpkm(ages, nothing, nothing))
    return HazardTables(tuple(_RATES), rate, wear)
