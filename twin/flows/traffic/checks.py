"""What can be wrong with the tables of links, trips and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import Fault
from twin.flows.traffic.set_aside import isolated, loops

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    type Place = Callable[[int], str]

LINK_COLUMNS = ("init_node", "term_node", "capacity", "free_flow_time", "b", "power")
TRIP_COLUMNS = ("origin", "dest", "demand")
CLASS_COLUMNS = ("vehicle_class", "pce")
_EXTRA_LINK = ("fixed_cost", "toll", "length", "linear_from")
_EXTRA_CLASS = ("toll_factor", "distance_factor")
BPR, CONICAL = "bpr", "conical"
_DELAYS = (BPR, CONICAL)
"""What the column `delay` may say."""
_LARGEST_ID = 2.0**53
"""Ids beyond are no exact numbers in a table of floats."""
_NODES = frozenset({"init_node", "term_node", "origin", "dest"})
_OVER_0 = frozenset({"capacity", "pce", "linear_from"})
_MENDS = {
    "capacity": "give the link a capacity, or close it: assign(net, closed=mask)",
    "free_flow_time": "give a time of 0 or more",
    "b": "give 0 for a link that does not slow down",
    "power": "give 0 with b = 0 for a link that does not slow down",
    "fixed_cost": "take tolls off the demand side; costs below 0 invite endless circles",
    "toll": "give 0 or more; costs below 0 invite endless circles",
    "length": "give 0 or more",
    "linear_from": "give flow over capacity, 1 or more; infinite where delay has no bound",
    "demand": "give 0 or more trips",
    "pce": "give the passenger cars one vehicle takes the room of",
    "toll_factor": "give the time a unit of toll is worth",
    "distance_factor": "give the time a unit of length is worth",
}


def table_faults(
    links: pd.DataFrame,
    trips: pd.DataFrame,
    classes: pd.DataFrame | None,
    places: tuple[Place, Place],
    *,
    aside: bool = False,
) -> list[Fault]:
    """Return every fault of the tables, rows of links and trips named by the two places.

    Links from a node to itself and trips of zones without a link are none if they are set `aside`.
    """
    link_place, trip_place = places
    trip_columns = TRIP_COLUMNS if classes is None else (*TRIP_COLUMNS, "vehicle_class")
    faults = [
        *_missing(links, LINK_COLUMNS, "links"),
        *_missing(trips, trip_columns, "trips"),
        *([] if classes is None else _missing(classes, CLASS_COLUMNS, "classes")),
    ]
    if faults:
        return faults
    for name in (*LINK_COLUMNS, *(name for name in _EXTRA_LINK if name in links)):
        faults += _column_faults(links, name, link_place)
    for name in TRIP_COLUMNS:
        faults += _column_faults(trips, name, trip_place)
    if classes is not None:
        faults += _class_faults(classes, trips, trip_place)
    elif "vehicle_class" in trips:
        what, mend = "has a column vehicle_class, but no classes are given", "give their table"
        faults.append(Fault(where="trips", what=what, mend=mend))
    if not faults:
        faults += _delay_faults(links, link_place) + _ban_faults(links, classes, link_place)
        if not aside:
            faults += _loop_faults(links, link_place) + _end_faults(links, trips, trip_place)
    return faults


def _class_faults(classes: pd.DataFrame, trips: pd.DataFrame, place: Place) -> list[Fault]:
    """Return every fault of the table of classes, and of classes trips name."""
    faults: list[Fault] = []
    for name in ("pce", *(name for name in _EXTRA_CLASS if name in classes)):
        faults += _column_faults(classes, name, lambda row: f"classes row {row}")
    names = list(classes["vehicle_class"])
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        what, mend = f"vehicle_class {name!r} stands twice", "give every class one row"
        faults.append(Fault(where="classes", what=what, mend=mend))
    used = trips["vehicle_class"]
    carried = set(used[trips["demand"] > 0.0])
    for name in names:
        if name not in carried:
            what = f"vehicle_class {name!r} has no trips"
            faults.append(Fault("classes", what, "give it trips, or take its row out"))
    for row in np.flatnonzero(~used.isin(names)):
        what = f"vehicle_class {used.iloc[row]!r} is not in the table of classes"
        mend = f"classes: {', '.join(map(str, names))}"
        faults.append(Fault(place(int(row)), what, mend, rows=(int(row),)))
    return faults


def _delay_faults(links: pd.DataFrame, place: Place) -> list[Fault]:
    """Return every fault of the forms of delay."""
    if "delay" not in links:
        return []
    delay = links["delay"]
    power = links["power"].to_numpy(dtype=np.float64)
    faults: list[Fault] = []
    for row in np.flatnonzero(~delay.isin(_DELAYS)):
        what = f"delay = {delay.iloc[row]!r} is unknown"
        faults.append(Fault(place(int(row)), what, f"give one of {', '.join(_DELAYS)}"))
    for row in np.flatnonzero((delay == CONICAL).to_numpy() & (power <= 1.0)):
        what = f"power = {power[row]:g} is no alpha of a conical delay"
        faults.append(Fault(place(int(row)), what, "give a number over 1; 4 is usual"))
    return faults


def banned_classes(links: pd.DataFrame) -> list[list[str]]:
    """Return the names of classes that may not use each link; blank cells ban none."""
    if "banned_classes" not in links:
        return []
    cells = links["banned_classes"].fillna("").astype(str).tolist()
    return [[name.strip() for name in cell.split(";") if name.strip()] for cell in cells]


def _ban_faults(links: pd.DataFrame, classes: pd.DataFrame | None, place: Place) -> list[Fault]:
    """Return a fault for every banned class that is none."""
    names = ["car"] if classes is None else [str(name) for name in classes["vehicle_class"]]
    return [
        Fault(
            where=place(row),
            what=f"banned_classes names {name!r}, which is not in the table of classes",
            mend=f"classes: {', '.join(names)}; part several by `;`",
            rows=(row,),
        )
        for row, banned in enumerate(banned_classes(links))
        for name in banned
        if name not in names
    ]


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
        bad = ~np.isfinite(values) | (values != np.round(values)) | (np.abs(values) > _LARGEST_ID)
        limit, mend = "is no node number", "number nodes by whole numbers below 2^53"
    else:
        low_is_bad = name in _OVER_0
        wrong = np.isnan(values) if name == "linear_from" else ~np.isfinite(values)
        bad = wrong | (values <= 0.0 if low_is_bad else values < 0.0)
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
    tail = links["init_node"].to_numpy()
    return [
        Fault(
            where=place(int(row)),
            what=f"link leads from node {tail[row]:.0f} to itself",
            mend="take it out, as no trip gains by it, or set set_aside=True",
            rows=(int(row),),
        )
        for row in np.flatnonzero(loops(links))
    ]


def _end_faults(links: pd.DataFrame, trips: pd.DataFrame, place: Place) -> list[Fault]:
    """Return a fault for every trip whose ends have no link to leave or enter by."""
    no_exit, no_entry = isolated(links, trips)
    start, end = trips["origin"].to_numpy(), trips["dest"].to_numpy()
    faults = []
    for bad, zone, what in (
        (no_exit, start, "without an exit"),
        (no_entry, end, "without an entry"),
    ):
        for row in np.flatnonzero(bad):
            ends = f"trips {start[row]:.0f} -> {end[row]:.0f}"
            faults.append(
                Fault(
                    where=place(int(row)),
                    what=f"{ends}: zone {zone[row]:.0f} is {what}",
                    mend="add a link there, take these trips out, or set set_aside=True",
                    rows=(int(row),),
                )
            )
    return faults
