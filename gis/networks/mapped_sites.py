"""Works that a map shows, as places of the networks that are laid: the nearest node of a street."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from gis.read.places.utility_sites import HEAT_SOURCE, UNCLEAR, WATER_SOURCE, WATER_TOWER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from gis.networks.network_tools import TrenchGraph
    from twin.core.arrays import Bool, Float64, Int64

_log = logging.getLogger(__name__)

FARTHEST_M = 1500.0
"""Works farther from every street lie outside the town of the map."""
_TITLES = {
    WATER_SOURCE: "water works or pumping station",
    WATER_TOWER: "water tower or reservoir",
    HEAT_SOURCE: "heating plant",
}
_MOST_NAMED = 5


@final
@dataclass(frozen=True, slots=True, eq=False)
class MappedSites:
    """Works of one kind near the streets of a town, and the notes on those that are not."""

    kind: str
    xy_m: Float64
    """(n_sites, 2)"""
    place: Int64
    """(n_sites,) nearest street node of the trench graph, -1 outside the town"""
    name: tuple[str, ...]

    def nearest(self, xy_m: Float64, around: Bool) -> int | None:
        """Return the row nearest to a point whose street is among places `around`, or None."""
        near = (self.place >= 0) & around[self.place]
        if not near.any():
            return None
        away = np.hypot(*(self.xy_m - xy_m).T)
        return int(np.where(near, away, np.inf).argmin())

    def notes(self, used: Sequence[int]) -> list[str]:
        """Return which works are used, and warnings on those that are not."""
        rows = range(len(self.name))
        notes = []
        if used:
            title = f"{len(used)} {_TITLES[self.kind]}(s)"
            notes.append(f"Used as mapped: {title}: {self._named(used)}.")
        outside = [row for row in rows if self.place[row] < 0]
        if outside:
            notes.append(
                f"W-SITE-OUTSIDE: {len(outside)} mapped {_TITLES[self.kind]}(s) over "
                f"{FARTHEST_M / 1000.0:g} km from every street of the map are not used: "
                f"{self._named(outside)}. Take a larger extract, or the drawn place holds."
            )
        spare = [row for row in rows if self.place[row] >= 0 and row not in used]
        if spare:
            notes.append(
                f"W-SITE-SPARE: {len(spare)} more mapped {_TITLES[self.kind]}(s) are not used, as "
                f"each drawn network has one: {self._named(spare)}."
            )
        for note in notes[1 if used else 0 :]:
            _log.warning("%s", note)
        return notes

    def _named(self, rows: Sequence[int]) -> str:
        """Return works by name, or by place where they have none, the first few."""
        shown = [
            self.name[row] or f"x {self.xy_m[row, 0]:.0f} y {self.xy_m[row, 1]:.0f}"
            for row in rows[:_MOST_NAMED]
        ]
        more = [f"{len(rows) - _MOST_NAMED} more"] if len(rows) > _MOST_NAMED else []
        return ", ".join([*shown, *more])


def sites_near(graph: TrenchGraph, sites: gpd.GeoDataFrame | None, kind: str) -> MappedSites:
    """Return the mapped works of a kind at the streets of a town.

    Parameters
    ----------
    graph
        Streets of the town.
    sites
        Points in the CRS of the graph with `kind` and `name`; None: nothing is mapped.
    kind
        Of `gis.read.places.utility_sites`.
    """
    if sites is None or not (sites["kind"] == kind).any():
        return MappedSites(kind, np.zeros((0, 2)), np.zeros(0, dtype=np.int64), ())
    rows = sites[sites["kind"] == kind]
    xy = np.column_stack([rows.geometry.x, rows.geometry.y])
    street = np.flatnonzero(graph.street_node >= 0)
    away = np.hypot(*(graph.xy_m[street][:, np.newaxis] - xy[np.newaxis]).transpose(2, 0, 1))
    nearest = away.argmin(axis=0)
    far = away[nearest, np.arange(len(xy))] > FARTHEST_M
    place = np.where(far, -1, street[nearest]).astype(np.int64)
    return MappedSites(kind, xy, place, tuple(rows["name"].astype(str)))


def unclear_notes(sites: gpd.GeoDataFrame | None) -> list[str]:
    """Return a note on pumping stations and tanks whose content the map does not give."""
    count = 0 if sites is None else int((sites["kind"] == UNCLEAR).sum())
    if not count:
        return []
    note = (
        f"W-SITE-UNCLEAR: {count} mapped pumping stations or tanks give no `substance` or "
        "`content`, so they are not taken for drinking water."
    )
    _log.warning("%s", note)
    return [note]
