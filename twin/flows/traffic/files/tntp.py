"""Reading the text files of the Transportation Networks for Research collection (TNTP)."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.traffic.files.fields import number, shown, whole
from twin.flows.traffic.network import TrafficNetwork

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

_COLUMNS = (
    "init_node",
    "term_node",
    "capacity",
    "length",
    "free_flow_time",
    "b",
    "power",
    "speed",
    "toll",
    "link_type",
)
_NEEDED = 9
"""Columns a link line must have; the type is not used."""
_TOTAL_CLOSE = 1e-3
"""Share by which the trips of a file may differ from the total its head states, unreported."""


@final
@dataclass(slots=True)
class _File:
    """A file being read: its lines, what its head states, and what is wrong with it."""

    path: Path
    faults: list[Fault]
    head: dict[str, str] = field(default_factory=dict)
    body: list[tuple[int, str]] = field(default_factory=list)
    """(line number, text) without comments and blank lines."""
    comments: list[str] = field(default_factory=list)

    def fault(self, line: int, what: str, mend: str) -> None:
        """Note what is wrong with a line."""
        self.faults.append(Fault(where=f"{self.path.name}:{line}", what=what, mend=mend))

    def number(self, key: str, default: int) -> int:
        """Return a whole number of the head."""
        text = self.head.get(key, str(default))
        value = whole(text)
        if value is not None and value >= 0:
            return value
        mend = f"write <{key}> followed by a whole number"
        self.faults.append(Fault(where=self.path.name, what=f"<{key}> {shown(text)!r}", mend=mend))
        return default


def read_tntp(
    net_file: str | Path,
    trips_file: str | Path,
    toll_factor: float = 0.0,
    distance_factor: float = 0.0,
    *,
    set_aside: bool = False,
) -> TrafficNetwork:
    """Read a network and its trips; times and costs stay in the file's own unit.

    Nodes and zones may have any whole numbers. A zone is a number up to `<NUMBER OF ZONES>`, or a
    node that a link joins.

    Parameters
    ----------
    net_file, trips_file
        Paths of the `_net.tntp` and `_trips.tntp` files.
    toll_factor, distance_factor
        Time that one unit of toll, and of length, is worth to the traveller:
        `fixed_cost = toll_factor * toll + distance_factor * length`.
    set_aside
        Leave out, and report, links from a node to itself and trips of zones that no link joins;
        by default they are faults.

    Raises
    ------
    CityDataError
        With every fault of both files as `file:line`.

    Notes
    -----
    Some data sets of the collection were made with delays that depend on the flow of other links
    too (asymmetric costs), which the files cannot carry: those are reported by a warning. Their
    published flows are not the equilibrium of these files.

    References
    ----------
    Transportation Networks for Research Core Team, "Transportation Networks for Research",
    https://github.com/bstabler/TransportationNetworks (format description).
    """
    faults: list[Fault] = []
    net = _open(Path(net_file), faults)
    links, link_lines = _links(net)
    _check_counts(net, links, link_lines)
    demand = _open(Path(trips_file), faults)
    zones = net.number("NUMBER OF ZONES", 0)
    trips, trip_lines = _trips(demand, zones, set(links["init_node"]) | set(links["term_node"]))
    first_thru_node = net.number("FIRST THRU NODE", 1)
    if faults:
        raise CityDataError(faults)
    _warn(net, demand, trips)
    links["fixed_cost"] = toll_factor * links["toll"] + distance_factor * links["length"]
    return TrafficNetwork.from_frames(
        links,
        trips,
        first_thru_node=first_thru_node,
        set_aside=set_aside,
        places=(
            lambda row: f"{net.path.name}:{link_lines[row]}",
            lambda row: f"{demand.path.name}:{trip_lines[row]}",
        ),
    )


def _check_counts(net: _File, links: pd.DataFrame, lines: list[int]) -> None:
    """Note nodes beyond the number the head states, and links that lack or are too many.

    Where all lines are read and join no more nodes than the head states, nodes have numbers of
    their own, and how large they are means nothing.
    """
    nodes = net.number("NUMBER OF NODES", 0)
    joined = np.unique(links[["init_node", "term_node"]].to_numpy())
    if nodes and (net.faults or joined.size > nodes):
        mend = "mend the node or <NUMBER OF NODES>"
        for name in ("init_node", "term_node"):
            for row in np.flatnonzero((links[name] < 1) | (links[name] > nodes)):
                what = f"{name} = {links[name].iloc[row]:g} is not between 1 and {nodes}"
                net.fault(lines[row], what, mend)
    stated = net.number("NUMBER OF LINKS", len(links))
    if stated != len(links) and not net.faults:
        what = f"has {len(links)} links, <NUMBER OF LINKS> states {stated}"
        net.faults.append(Fault(net.path.name, what, "mend the count, or add lines"))


def _warn(net: _File, demand: _File, trips: pd.DataFrame) -> None:
    """Report what the files cannot carry, and totals that do not agree."""
    words = (net.path.name, *net.comments, *net.head.values())
    if any("asym" in word.lower() for word in words):
        _log.warning(
            "%s: the data set's costs are asymmetric (delay depends on the flow of other links"
            " too), which TNTP files cannot carry; links are read with costs of their own flow",
            net.path.name,
        )
    stated, found = number(demand.head.get("TOTAL OD FLOW", "")), float(trips["demand"].sum())
    if math.isfinite(stated) and abs(found - stated) > _TOTAL_CLOSE * max(stated, 1.0):
        _log.warning(
            "%s: trips add up to %g, <TOTAL OD FLOW> states %g", demand.path.name, found, stated
        )


def _open(path: Path, faults: list[Fault]) -> _File:
    """Split a file into head and body."""
    file = _File(path, faults)
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        faults.append(Fault(where=str(path), what=what, mend="check the path"))
        return file
    in_head = True
    for line_i, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if in_head and line.startswith("<"):
            key, _, value = line[1:].partition(">")
            in_head = key.strip().upper() != "END OF METADATA"
            file.head[key.strip().upper()] = value.partition("~")[0].strip()
        elif line.startswith("~"):
            file.comments.append(line)
        elif line:
            file.body.append((line_i, line))
    if in_head:
        what, mend = "has no <END OF METADATA>", "is it a TNTP file? Its head ends so"
        faults.append(Fault(where=path.name, what=what, mend=mend))
        file.body.clear()
    return file


def _links(file: _File) -> tuple[pd.DataFrame, list[int]]:
    """Return (links, line number of each)."""
    rows: list[list[float]] = []
    lines: list[int] = []
    for line_i, line in file.body:
        fields = line.partition("~")[0].replace(";", " ").split()
        if len(fields) < _NEEDED:
            what = f"has {len(fields)} fields, {_NEEDED} are needed"
            file.fault(line_i, what, f"columns: {' '.join(_COLUMNS)}")
            continue
        values = [number(text) for text in fields[:_NEEDED]]
        bad = [text for text, value in zip(fields, values, strict=False) if math.isnan(value)]
        if bad:
            file.fault(line_i, f"{shown(bad[0])!r} is not a number", "give numbers")
            continue
        rows.append(values)
        lines.append(line_i)
    values_of = np.array(rows, dtype=np.float64).reshape(-1, _NEEDED)
    return pd.DataFrame(values_of, columns=list(_COLUMNS[:_NEEDED])), lines


def _trips(file: _File, zones: int, joined: Iterable[float]) -> tuple[pd.DataFrame, list[int]]:
    """Return (trips, line number of each); `joined` are the nodes that links join."""
    rows: list[tuple[float, float, float]] = []
    lines: list[int] = []
    nodes = frozenset(joined)
    origin: int | None = None
    begun = False
    for line_i, line in file.body:
        text = line.partition("~")[0].strip()
        if text[: len("origin")].lower() == "origin":
            name = text[len("origin") :].split(";")[0].strip()
            origin, begun = whole(name), True
            if origin is None or not _is_zone(origin, zones, nodes):
                mend = f"zones run from 1 to {zones}, or are nodes that a link joins"
                file.fault(line_i, f"{shown(line)!r} names no zone", mend)
            continue
        if not begun:
            file.fault(line_i, "stands before any `Origin`", "write `Origin 1` before its trips")
            continue
        for pair in filter(str.strip, text.split(";")):
            zone, _, value = pair.partition(":")
            dest, trips = whole(zone), number(value)
            if dest is None or math.isnan(trips):
                mend = "write the zone, a colon, its trips, a semicolon"
                file.fault(line_i, f"{shown(pair.strip())!r} is not `zone : trips`", mend)
                continue
            if not _is_zone(dest, zones, nodes):
                mend = f"zones run from 1 to {zones}, or are nodes that a link joins"
                file.fault(line_i, f"zone {dest} is unknown", mend)
            rows.append((math.nan if origin is None else origin, dest, trips))
            lines.append(line_i)
    return pd.DataFrame(rows, columns=["origin", "dest", "demand"], dtype=np.float64), lines


def _is_zone(zone: int, zones: int, nodes: frozenset[float]) -> bool:
    """Return whether a zone is one of those counted, or a node that a link joins."""
    return not zones or 1 <= zone <= zones or zone in nodes
