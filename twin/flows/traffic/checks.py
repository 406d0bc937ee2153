"""What can be wrong with a table of links or trips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    type Place = Callable[[int], str]

LINK_COLUMNS = ("init_node", "term_node", "capacity", "free_flow_time", "b", "power")
TRIP_COLUMNS = ("origin", "dest", "demand")
_NODES = frozenset({"init_node", "term_node", "origin", "dest"})
_MENDS = {
    "capacity": "give the link a capacity, or close it: assign(net, closed=mask)",
    "free_flow_time": "give a time of 0 or more",
    "b": "give 0 for a link that does not slow down",
    "power": "give 0 with b = 0 for a link that does not slow down",
    "fixed_cost": "take tolls off the demand side; costs below 0 invite endless circles",
    "demand": "give 0 or more trips",
}


def table_faults(
    links: pd.DataFrame, trips: pd.DataFrame, link_place: Place, trip_place: Place
) -> list[Fault]:
    """Return every fault of both tables, rows named by `link_place` and `trip_place`."""
    faults = [
        *_missing(links, LINK_COLUMNS, "links"),
        *_missing(trips, TRIP_COLUMNS, "trips"),
    ]
    if faults:
        return faults
    optional = ("fixed_cost",) if "fixed_cost" in links else ()
    for name in (*LINK_COLUMNS, *optional):
        faults += _column_faults(links, name, link_place)
    for name in TRIP_COLUMNS:
        faults += _column_faults(trips, name, trip_place)
    if not faults:
        faults += _loop_faults(links, link_place) + _end_faults(links, trips, trip_place)
    return faults


def _missing(frame: pd.DataFrame, names: tuple[str, ...], table: str) -> list[Fault]:
    """Return a fault for every column that is not there."""
    return [
        Fault(where=table, what=f"has no column {name}", mend=f"columns: {', '.join(names)}")
        for name in names
        if name not in frame
    ]


def _column_faults(frame: pd.DataFrame, name: str, place: Place) -> list[Fault]:
    """Return a fault for every value of a column that is out of bounds."""
    try:
        values = frame[name].to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        return [Fault(where=name, what="holds values that are no numbers", mend="give numbers")]
    if name in _NODES:
        bad = ~np.isfinite(values) | (values != np.round(values))
        limit, mend = "is no node number", "number nodes by whole numbers"
    else:
        low_is_bad = name == "capacity"
        bad = ~np.isfinite(values) | (values <= 0.0 if low_is_bad else values < 0.0)
        limit = "is not a number over 0" if low_is_bad else "is not a number of 0 or more"
        mend = _MENDS[name]
    return [
        Fault(
            where=place(int(row)),
            what=f"{name} = {values[row]:g} {limit}",
            mend=mend,
            rows=(int(row),),
        )
        for row in np.flatnonzero(bad)
    ]


def _loop_faults(links: pd.DataFrame, place: Place) -> list[Fault]:
    """Return a fault for every link from a node to itself."""
    tail, head = links["init_node"].to_numpy(), links["term_node"].to_numpy()
    return [
        Fault(
            where=place(int(row)),
            what=f"link leads from node {tail[row]} to itself",
            mend="take it out: no trip gains by it",
            rows=(int(row),),
        )
        for row in np.flatnonzero(tail == head)
    ]


def _end_faults(links: pd.DataFrame, trips: pd.DataFrame, place: Place) -> list[Fault]:
    """Return a fault for every trip whose ends have no link to leave or enter by."""
    start, end = trips["origin"].to_numpy(), trips["dest"].to_numpy()
    moving = (start != end) & (trips["demand"].to_numpy(dtype=np.float64) > 0.0)
    no_exit = moving & ~np.isin(start, links["init_node"].to_numpy())
    no_entry = moving & ~np.isin(end, links["term_node"].to_numpy())
    faults = []
    for bad, zone, what in (
        (no_exit, start, "without an exit"),
        (no_entry, end, "without an entry"),
    ):
        for row in np.flatnonzero(bad):
            ends = f"trips {start[row]} -> {end[row]}"
            faults.append(
                Fault(
                    where=place(int(row)),
                    what=f"{ends}: zone {zone[row]} is {what}",
                    mend="add a link there, or take these trips out",
                    rows=(int(row),),
                )
            )
    return faults
