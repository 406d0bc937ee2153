"""Second ways of supply: what a further link brings, and what taking a main out costs others."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.assets.exposure import is_fed, left_without
from twin.city.networks import STREET, UTILITIES
from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.assets.register import Assets
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

_TRIED_PER_NETWORK = 8
"""Mains looked at for decommissioning in a year: those with most failures per metre."""


@final
class Redundancy:
    """Who loses supply when a main is shut, now and with one main more or fewer."""

    def __init__(self, assets: Assets, city: City) -> None:
        self._assets, self._city = assets, city
        self._people: Float64 = city.buildings["people"].to_numpy(dtype=np.float64)
        self._changed: dict[int, Float64 | None] = {}
        self.people_served: Float64 = assets.people_served
        """Of each asset, shape (n_assets,)."""
        if assets.is_absent.any():
            self.note_change()

    def note_people(self, people: Float64) -> None:
        """Look again at who depends on which asset, after people moved; people by building."""
        self._people = people
        edge = self._city.buildings["street_edge_id"].to_numpy()
        along = np.bincount(edge, weights=people, minlength=len(self._city.street_edges))
        rows = self._assets.rows(STREET.name)
        self.people_served = self.people_served.copy()
        self.people_served[rows] = along[self._assets.street_edge[rows]]
        self.note_change()

    def note_change(self) -> None:
        """Look again at who depends on which main, after one was laid or taken out."""
        self._changed.clear()
        served = self.people_served.copy()
        for network in UTILITIES:
            rows = self._assets.rows(network.name)
            absent = self._assets.is_absent[rows]
            served[rows] = left_without(self._city, network, self._people, absent)
        self.people_served = self._assets.people_served = served

    def choices(self, failures_per_year: Float64) -> Iterator[tuple[WorkOption, int, Float64]]:
        """Iterate over links that can be laid and mains that can be taken out.

        Parameters
        ----------
        failures_per_year
            Of each asset as it is, shape (n_assets,).

        Yields
        ------
        Option, row, and residents by whom `people_served` of each other asset would fall, shape
        (n_assets,); below 0 where it would rise. Each option is weighed alone, but all mains to
        take out can go in one season without cutting anybody off.
        """
        assets = self._assets
        for network in UTILITIES:
            rows = assets.rows(network.name)
            links = rows.start + np.flatnonzero(assets.can_be_laid[rows])
            tried = [(WorkOption.LOOP, int(row)) for row in links]
            worst = self._worst(rows, failures_per_year)
            spare = self._spare_together(network, worst)
            tried += [(WorkOption.DECOMMISSION, row) for row in spare]
            for option, row in tried:
                spared = self._spared(network, row)
                if spared is not None:
                    yield option, row, spared

    def _spare_together(self, network: NetworkKind, tried: list[int]) -> list[int]:
        """Return those mains, in order, that can all be taken out and leave everybody supplied."""
        rows = self._assets.rows(network.name)
        absent = self._assets.is_absent[rows].copy()
        spare = []
        for row in tried:
            absent[row - rows.start] = True
            if is_fed(self._city, network, self._people, absent):
                spare.append(row)
            else:
                absent[row - rows.start] = False
        return spare

    def _worst(self, rows: slice, failures_per_year: Float64) -> list[int]:
        """Return the mains of a network with most failures per metre."""
        assets = self._assets
        rate = failures_per_year[rows] / assets.arrays.length_m[rows]
        rate[assets.is_pump[rows] | assets.is_absent[rows]] = 0.0
        order = np.argsort(-rate, kind="stable")[:_TRIED_PER_NETWORK]
        return [rows.start + int(one) for one in order if rate[one] > 0.0]

    def _spared(self, network: NetworkKind, row: int) -> Float64 | None:
        """Return what `choices` yields for a main; None if somebody would lose supply for good."""
        if row not in self._changed:
            rows = self._assets.rows(network.name)
            absent = self._assets.is_absent[rows].copy()
            absent[row - rows.start] = not absent[row - rows.start]
            self._changed[row] = None
            if is_fed(self._city, network, self._people, absent):
                spared = np.zeros(len(self._assets))
                served = left_without(self._city, network, self._people, absent)
                spared[rows] = self.people_served[rows] - served
                spared[row] = 0.0
                self._changed[row] = spared
        return self._changed[row]
