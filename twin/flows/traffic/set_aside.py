"""What a network cannot use: links from a node to itself, trips of zones that no link joins."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Bool, Int64

_log = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True, eq=False)
class SetAside:
    """Rows of the tables that a network was built without."""

    links: Int64
    """Rows of links that lead from a node to itself."""
    trips: Int64
    """Rows of trips that start at a zone without an exit or end at one without an entry."""
    zones: Int64
    """Those zones."""
    demand: float
    """Trips of those rows together."""

    def report(self) -> None:
        """Write a warning of what is set aside, if anything is."""
        if self.links.size:
            _log.warning("links from a node to itself, set aside: %d", self.links.size)
        if self.trips.size:
            _log.warning(
                "rows of trips of zones without a link, set aside: %d, with %g trips%s",
                self.trips.size,
                self.demand,
                f": zones {', '.join(map(str, self.zones[:10]))}" if self.zones.size else "",
            )


_NONE = np.zeros(0, dtype=np.int64)
NOTHING = SetAside(_NONE, _NONE, _NONE, 0.0)


def loops(links: pd.DataFrame) -> Bool:
    """Return where a link leads from a node to itself, shape (n_links,)."""
    return np.asarray(links["init_node"].to_numpy() == links["term_node"].to_numpy(), np.bool_)


def isolated(links: pd.DataFrame, trips: pd.DataFrame) -> tuple[Bool, Bool]:
    """Return trips whose start has no exit, and those whose end has no entry, (n_trips,) each.

    Trips within a zone and rows without trips need neither.
    """
    start, end = trips["origin"].to_numpy(), trips["dest"].to_numpy()
    moving = (start != end) & (trips["demand"].to_numpy(dtype=np.float64) > 0.0)
    used = links[~loops(links)]
    no_exit = moving & ~np.isin(start, used["init_node"].to_numpy())
    no_entry = moving & ~np.isin(end, used["term_node"].to_numpy())
    return no_exit, no_entry


def set_aside(
    links: pd.DataFrame, trips: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, SetAside]:
    """Return links and trips without the rows that cannot be used, and which those are."""
    loop = loops(links)
    no_exit, no_entry = isolated(links, trips)
    lost = no_exit | no_entry
    zones = np.unique(
        np.concatenate([trips["origin"].to_numpy()[no_exit], trips["dest"].to_numpy()[no_entry]])
    )
    found = SetAside(
        links=np.flatnonzero(loop).astype(np.int64),
        trips=np.flatnonzero(lost).astype(np.int64),
        zones=zones.astype(np.int64),
        demand=float(trips["demand"].to_numpy(dtype=np.float64)[lost].sum()),
    )
    found.report()
    return links[~loop], trips[~lost], found
