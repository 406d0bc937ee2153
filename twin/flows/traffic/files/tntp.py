"""Reading the text files of the Transportation Networks for Research collection (TNTP)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.traffic.network import TrafficNetwork

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


@final
@dataclass(slots=True)
class _File:
    """A file being read: its lines, what its head says, and what is wrong with it."""

    path: Path
    faults: list[Fault]
    head: dict[str, str] = field(default_factory=dict)
    body: list[tuple[int, str]] = field(default_factory=list)
    """(line number, text) without comments and blank lines."""

    def fault(self, line: int, what: str, mend: str) -> None:
        """Note what is wrong with a line."""
        self.faults.append(Fault(where=f"{self.path.name}:{line}", what=what, mend=mend))

    def number(self, key: str, default: int) -> int:
        """Return a whole number of the head."""
        text = self.head.get(key, str(default))
        if text.isdigit():
            return int(text)
        mend = f"write <{key}> followed by a whole number"
        self.faults.append(Fault(where=self.path.name, what=f"<{key}> {text!r}", mend=mend))
        return default


def read_tntp(
    net_file: str | Path,
    trips_file: str | Path,
    toll_factor: float = 0.0,
    distance_factor: float = 0.0,
) -> TrafficNetwork:
    """Read a network and its trips; times and costs stay in the file's own unit.

    Parameters
    ----------
    net_file, trips_file
        Paths of the `_net.tntp` and `_trips.tntp` files.
    toll_factor, distance_factor
        Time that one unit of toll, and of length, is worth to the traveller:
        `fixed_cost = toll_factor * toll + distance_factor * length`.

    Raises
    ------
    CityDataError
        With every fault of both files as `file:line`.

    References
    ----------
    Transportation Networks for Research Core Team, "Transportation Networks for Research",
    https://github.com/bstabler/TransportationNetworks (format description).
    """
    faults: list[Fault] = []
    net = _open(Path(net_file), faults)
    demand = _open(Path(trips_file), faults)
    links, link_lines = _links(net)
    nodes = net.number("NUMBER OF NODES", 0)
    zones = net.number("NUMBER OF ZONES", 0)
    trips, trip_lines = _trips(demand, zones)
    for name in ("init_node", "term_node"):
        for row in np.flatnonzero((links[name] < 1) | (links[name] > nodes)) if nodes else ():
            what = f"{name} = {links[name].iloc[row]:g} is not between 1 and {nodes}"
            net.fault(link_lines[row], what, "mend the node or <NUMBER OF NODES>")
    said = net.number("NUMBER OF LINKS", len(links))
    if said != len(links) and not faults:
        what = f"has {len(links)} links, <NUMBER OF LINKS> says {said}"
        faults.append(Fault(where=net.path.name, what=what, mend="mend the count, or add lines"))
    if faults:
        raise CityDataError(faults)
    links["fixed_cost"] = toll_factor * links["toll"] + distance_factor * links["length"]
    return TrafficNetwork.from_frames(
        links,
        trips,
        first_thru_node=net.number("FIRST THRU NODE", 1),
        places=(
            lambda row: f"{net.path.name}:{link_lines[row]}",
            lambda row: f"{demand.path.name}:{trip_lines[row]}",
        ),
    )


def _open(path: Path, faults: list[Fault]) -> _File:
    """Split a file into head and body."""
    file = _File(path, faults)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        faults.append(Fault(where=str(path), what=what, mend="check the path"))
        return file
    in_head = True
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if in_head and line.startswith("<"):
            key, _, value = line[1:].partition(">")
            in_head = key.strip().upper() != "END OF METADATA"
            file.head[key.strip().upper()] = value.strip()
        elif line and not line.startswith("~"):
            file.body.append((number, line))
    if in_head:
        what, mend = "has no <END OF METADATA>", "is it a TNTP file? Its head ends so"
        faults.append(Fault(where=path.name, what=what, mend=mend))
        file.body.clear()
    return file


def _links(file: _File) -> tuple[pd.DataFrame, list[int]]:
    """Return (links, line number of each)."""
    rows: list[list[float]] = []
    lines: list[int] = []
    for number, line in file.body:
        fields = line.replace(";", " ").split()
        if len(fields) < _NEEDED:
            what = f"has {len(fields)} fields, {_NEEDED} are wanted"
            file.fault(number, what, f"columns: {' '.join(_COLUMNS)}")
            continue
        try:
            rows.append([float(text) for text in fields[:_NEEDED]])
        except ValueError:
            file.fault(number, f"{line!r} holds a field that is no number", "give numbers")
            continue
        lines.append(number)
    values = np.array(rows, dtype=np.float64).reshape(-1, _NEEDED)
    return pd.DataFrame(values, columns=list(_COLUMNS[:_NEEDED])), lines


def _trips(file: _File, zones: int) -> tuple[pd.DataFrame, list[int]]:
    """Return (trips, line number of each)."""
    rows: list[tuple[float, float, float]] = []
    lines: list[int] = []
    origin = 0
    for number, line in file.body:
        if line.lower().startswith("origin"):
            text = line[len("origin") :].strip()
            origin = int(text) if text.isdigit() else 0
            if not 1 <= origin <= max(zones, 1 if zones else origin):
                file.fault(number, f"{line!r} names no zone", f"zones run from 1 to {zones}")
            continue
        for pair in filter(str.strip, line.split(";")):
            zone, _, value = pair.partition(":")
            try:
                rows.append((origin, int(zone), float(value)))
            except ValueError:
                file.fault(number, f"{pair.strip()!r} is not `zone : trips`", "give two numbers")
                continue
            lines.append(number)
            if zones and not 1 <= int(zone) <= zones:
                file.fault(number, f"zone {int(zone)} is unknown", f"zones run from 1 to {zones}")
    return pd.DataFrame(rows, columns=["origin", "dest", "demand"]), lines
