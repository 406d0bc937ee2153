"""Taxes: what the city's own part of the plan brings, by jobs at work and by residents."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.city.bundle import City
    from twin.core.arrays import Float64
    from twin.economy.billing import Payers
    from twin.parameters import TaxParams


class Taxes(NamedTuple):
    """What taxes of a year bring, over the city's own part of the plan."""

    firms: float
    households: float


WHOLE = Taxes(0.0, 1.0)
"""The own part of the plan to the last tenge, from residents."""


@final
class TaxBase:
    """Jobs and residents that taxes follow, and the service that firms had since the last opening.

    Attributes
    ----------
    jobs
        Of firms by building, 0 elsewhere, shape (n_buildings,).
    people, employed
        Residents and those of them who work, at the start.
    lost_days
        Days of service that each building missed, of its worst network, shape (n_buildings,).
    """

    def __init__(self, city: City, payers: Payers, params: TaxParams) -> None:
        firms = payers.other_building[~payers.is_public]
        self.jobs: Float64 = np.zeros(len(city.buildings))
        self.jobs[firms] = city.buildings["jobs"].to_numpy(dtype=np.float64)[firms]
        self.people = float(payers.people.sum())
        self.employed = float((city.persons["occupation"] == "employed").sum())
        self.params = params
        self.lost_days: Float64 = np.zeros(self.jobs.size)
        self.days = 0

    def note_day(self, services: Iterable[Float64]) -> None:
        """Add a day; each network gives the service of every building, NaN where not connected."""
        worst = np.ones(self.jobs.size)
        for service in services:
            np.fmin(worst, service, out=worst)
        self.lost_days += 1.0 - worst
        self.days += 1

    def taxes(self, people: float, employed: float) -> Taxes:
        """Return what the coming year's taxes bring, and begin to count anew.

        Firms are taxed on the last year's work: it follows the number who are `employed`, and a day
        without service takes `lost_output_share` of it. Residents are taxed by their number,
        `people`.
        """
        whole = float(self.jobs.sum())
        part = self.params.firms_share if whole else 0.0
        lost = float(self.jobs @ self.lost_days) / (whole * self.days) if whole and self.days else 0
        self.lost_days[:] = 0.0
        self.days = 0
        residents = people / self.people if self.people else 1.0
        at_work = employed / self.employed if self.employed else 1.0
        firms = part * at_work * (1.0 - self.params.lost_output_share * lost)
        return Taxes(firms, (1.0 - part) * residents)
