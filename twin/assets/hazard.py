"""Failure rates and wear by age and season: one table row per (network, material)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.city.hazard_laws import Covariates
from twin.city.networks import NETWORKS
from twin.city.pavement import roughness_mpkm, wear_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

OLDEST_YEARS = 150
_WEAR_RUN_KM = 1.0
"""Wear of a main is that of a run of this length (decision 083)."""
_STEPS_PER_YEAR = 20


class Season(NamedTuple):
    """What a day's weather does to mains."""

    cold_k: float
    """Degrees below `weather.cold_below_c`, of the air damped by the cover."""
    cooling_k: float
    """Degrees by which the air is colder than the ground."""


@final
@dataclass(frozen=True, slots=True)
class HazardTables:
    """Rates and their integrals by class and whole year of age."""

    classes: tuple[tuple[str, str], ...]
    """(network, material) of each class."""
    rate: Float64
    """Failures per km and year, shape (n_classes, OLDEST_YEARS + 1)."""
    total: Float64
    """Failures per km from laying to that age, same shape."""
    wear: Float64
    """Physical wear at that age, same shape. Of a main the chance that a run of 1 km has failed by
    then, 1 - exp(-1 km * integral of the rate); of a street its roughness
    (`twin.city.pavement`)."""

    covariates: tuple[Covariates, ...]
    """What else changes the rate, by class."""

    def season_factor(self, today: Season, usual: Season) -> Float64:
        """Return the factor on rates by class, shape (n_classes,).

        `usual` is the mean over the typical year, in which the factor is 1 on average.
        """
        cold = np.array([law.cold_per_k for law in self.covariates])
        cooling = np.array([law.cooling_per_k for law in self.covariates])
        now = 1.0 + cold * today.cold_k + cooling * today.cooling_k
        factor: Float64 = now / (1.0 + cold * usual.cold_k + cooling * usual.cooling_k)
        return factor

    def class_of(self, network: NetworkKind, material: str) -> int:
        """Return a class's row; a material without a law counts as the network's default."""
        name = material if material in network.hazards else network.default_material
        return self.classes.index((network.name, name))


def hazard_tables(networks: Sequence[NetworkKind] = NETWORKS) -> HazardTables:
    """Tabulate the laws of all networks and materials by whole years of age."""
    ages = np.arange(OLDEST_YEARS + 1, dtype=np.float64)
    fine = np.linspace(0.0, OLDEST_YEARS, _STEPS_PER_YEAR * OLDEST_YEARS + 1)
    classes: list[tuple[str, str]] = []
    rates: list[Float64] = []
    totals: list[Float64] = []
    wears: list[Float64] = []
    covariates: list[Covariates] = []
    for network in networks:
        most = network.most_failures_per_km_year
        for material, law in network.hazards.items():
            classes.append((network.name, material))
            covariates.append(network.covariates.get(material, Covariates()))
            rates.append(np.minimum(law.rate(ages), most))
            totals.append(_integral(np.minimum(law.rate(fine), most), fine))
            if network.pavement is None:
                wears.append(1.0 - np.exp(-_WEAR_RUN_KM * totals[-1]))
            else:
                nothing, climate = np.zeros_like(ages), network.pavement.climate_per_year
                rough = roughness_mpkm(ages, nothing, nothing, climate_per_year=climate)
                wears.append(wear_share(rough))
    return HazardTables(
        tuple(classes), np.array(rates), np.array(totals), np.array(wears), tuple(covariates)
    )


def _integral(rate: Float64, age_years: Float64) -> Float64:
    """Return the integral of a rate from 0, by whole years of age."""
    steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(age_years)
    total = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(total[::_STEPS_PER_YEAR])
