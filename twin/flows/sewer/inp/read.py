"""Sewers read from SWMM input files, with refusals by line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.sewer.inp.sections import Line, sections_of
from twin.flows.sewer.inp.units import FLOW_M3S, length_m
from twin.flows.sewer.network import SewerNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Float64

_SHAPES = {
    "CIRCULAR": "circular",
    "RECT_CLOSED": "rect_closed",
    "RECT_OPEN": "rect_open",
    "TRAPEZOIDAL": "trapezoidal",
    "EGG": "egg",
}
_DEEP_M = 1000.0
_AREA_FT2 = 12.566
"""Least area of a node where a file gives none, as SWMM has it."""


@final
@dataclass(frozen=True, slots=True)
class SewerFile:
    """What a SWMM file holds."""

    network: SewerNetwork
    step_s: float
    """Routing step."""
    report_s: float
    duration_s: float
    series: dict[str, tuple[Float64, Float64]]
    """Inflow of nodes: times in s and m3/s, linear between."""

    def inflow_m3s(self, step_s: float | None = None) -> Float64:
        """Return the mean inflow of each step, shape (n_steps, n_nodes)."""
        step = self.step_s if step_s is None else step_s
        edges = np.arange(round(self.duration_s / step) + 1) * step
        out = np.zeros((edges.size - 1, len(self.network.row_of)))
        for name, (times, values) in self.series.items():
            inside = np.interp(edges, times, values, right=0.0)
            middle = np.interp(0.5 * (edges[1:] + edges[:-1]), times, values, right=0.0)
            mean = (inside[:-1] + 4.0 * middle + inside[1:]) / 6.0
            out[:, self.network.row_of[name]] = mean
        return out


@final
class _Reader:
    """Lines turned into rows; every fault is kept with its line."""

    def __init__(self, path: Path) -> None:
        self.lines, self.faults = sections_of(path)
        words = {row.words[0].upper(): row for row in self.lines.get("OPTIONS", [])}
        self.options = {key: row.words[-1].upper() for key, row in words.items()}
        unit = self.options.get("FLOW_UNITS", "CFS")
        if unit not in FLOW_M3S:
            self.refuse(words["FLOW_UNITS"], f"flow unit {unit} is not known", "use CFS or CMS")
            unit = "CFS"
        self.m, self.m3s = length_m(unit), FLOW_M3S[unit]
        for key, wanted in (("LINK_OFFSETS", "DEPTH"), ("ALLOW_PONDING", "NO")):
            if self.options.get(key, wanted) != wanted:
                self.refuse(words[key], f"{key} {self.options[key]} is not known", f"use {wanted}")

    def refuse(self, row: Line, what: str, mend: str) -> None:
        """Keep a fault."""
        self.faults.append(Fault(row.where, what, mend, code="E-INP"))

    def rows[T](self, section: str, make: Callable[[Line], T | None]) -> list[T]:
        """Return what a function makes of the lines of a section."""
        made = []
        for row in self.lines.get(section, []):
            try:
                value = make(row)
            except (IndexError, ValueError) as error:
                self.refuse(row, f"[{section}] is not read: {error}", "see the manual of SWMM")
                continue
            if value is not None:
                made.append(value)
        return made

    def seconds(self, key: str, default: float) -> float:
        """Return a duration of the options."""
        text = self.options.get(key, "")
        if not text:
            return default
        return _clock_s(text) if ":" in text else float(text)  # a plain number is in seconds


def _clock_s(text: str) -> float:
    """Return seconds of h:m:s, or of decimal hours."""
    parts = [float(part) for part in text.split(":")]
    if len(parts) == 1:
        return 3600.0 * parts[0]
    return sum(part * unit for part, unit in zip(parts, (3600.0, 60.0, 1.0), strict=False))


def read_inp(path: Path | str) -> SewerFile:
    """Return the sewer of a SWMM input file.

    Raises
    ------
    CityDataError
        With every line that has no counterpart here: sections, shapes, pumps by volume, patterns,
        controls, rain.

    Notes
    -----
    A node has the area MIN_SURFAREA, besides what stands in its pipes; what rises above its rim
    is lost. Surcharge depths raise the rim.
    """
    reader = _Reader(Path(path))
    curves: dict[str, tuple[str, list[tuple[float, float]]]] = {}
    reader.rows("CURVES", lambda row: _curve(row, curves))
    nodes, storages = _node_rows(reader, curves)
    sections = {row.words[0]: row for row in reader.lines.get("XSECTIONS", [])}
    tables = {
        "conduits": reader.rows("CONDUITS", lambda row: _conduit(reader, row, sections)),
        "orifices": reader.rows("ORIFICES", lambda row: _orifice(reader, row, sections)),
        "weirs": reader.rows("WEIRS", lambda row: _weir(reader, row, sections)),
        "pumps": [
            row
            for curve in reader.rows("PUMPS", lambda row: _pump(reader, row, curves))
            for row in curve
        ],
        "storages": storages,
    }
    series = _inflows(reader)
    if reader.faults:
        raise CityDataError(reader.faults)
    frames = {name: pd.DataFrame(rows) if rows else None for name, rows in tables.items()}
    return SewerFile(
        network=SewerNetwork(nodes=pd.DataFrame(nodes), **frames),
        step_s=reader.seconds("ROUTING_STEP", 20.0),
        report_s=reader.seconds("REPORT_STEP", 900.0),
        duration_s=_duration_s(reader.options),
        series=series,
    )


def _duration_s(options: dict[str, str]) -> float:
    """Return the length of the run."""
    begin, end = (
        pd.Timestamp(f"{options.get(f'{key}_DATE', '01/01/2000')}")
        + pd.Timedelta(seconds=_clock_s(options.get(f"{key}_TIME", "0:00")))
        for key in ("START", "END")
    )
    return float((end - begin).total_seconds())


def _curve(row: Line, curves: dict[str, tuple[str, list[tuple[float, float]]]]) -> None:
    """Add the points of a line to its curve; the kind stands on its first line."""
    name, words = row.words[0], list(row.words[1:])
    kind = curves[name][0] if name in curves else words[0].upper()
    if words and not words[0].lstrip("-+.").replace(".", "").isdigit():
        words = words[1:]
    numbers = [float(word) for word in words]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    curves.setdefault(name, (kind, []))[1].extend(points)


def _node_rows(
    reader: _Reader, curves: dict[str, tuple[str, list[tuple[float, float]]]]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return rows of nodes and of storages."""
    m = reader.m
    least = float(reader.options.get("MIN_SURFAREA", "0"))
    area_m2 = (least or _AREA_FT2 * (1.0 if m != 1.0 else 0.3048**2)) * m * m
    storages: list[dict[str, object]] = []

    def depth(words: tuple[str, ...], at: int) -> float:
        value = (float(words[at]) if len(words) > at else 0.0) * m
        over = (float(words[at + 2]) if len(words) > at + 2 else 0.0) * m
        return value + over if value > 0.0 else _DEEP_M

    def junction(row: Line) -> dict[str, object]:
        w = row.words
        start = float(w[3]) * m if len(w) > 3 else 0.0  # noqa: PLR2004 - columns of SWMM
        return _node(w[0], float(w[1]) * m, depth(w, 2), area_m2, start)

    def outfall(row: Line) -> dict[str, object] | None:
        w = row.words
        kind = w[2].lower()
        if kind not in {"free", "normal", "fixed"}:
            reader.refuse(row, f"outfall {kind} is not known", "use FREE, NORMAL or FIXED")
            return None
        stage = float(w[3]) * m if kind == "fixed" else np.nan
        node = _node(w[0], float(w[1]) * m, _DEEP_M, area_m2, 0.0)
        return node | {"outfall": kind, "stage_m": stage}

    def storage(row: Line) -> dict[str, object] | None:
        w = row.words
        full = float(w[2]) * m
        if w[4].upper() == "TABULAR":
            if w[5] not in curves:
                reader.refuse(row, f"curve {w[5]} is not in [CURVES]", "add it")
                return None
            points = [(x * m, y * m * m) for x, y in curves[w[5]][1]]
        elif w[4].upper() == "FUNCTIONAL":
            a, b, c = (float(word) for word in w[5:8])
            points = [(y * m, (a * y**b + c) * m * m) for y in np.linspace(0.0, full / m, 41)]
        else:
            reader.refuse(row, f"storage {w[4]} is not known", "use TABULAR or FUNCTIONAL")
            return None
        storages.extend({"node": w[0], "depth_m": x, "area_m2": max(y, 0.01)} for x, y in points)
        return _node(w[0], float(w[1]) * m, full, area_m2, float(w[3]) * m)

    made = reader.rows("JUNCTIONS", junction) + reader.rows("OUTFALLS", outfall)
    return made + reader.rows("STORAGE", storage), storages


def _node(
    name: str, bottom_m: float, depth_m: float, area_m2: float, initial_m: float
) -> dict[str, object]:
    return {
        "node": name,
        "bottom_m": bottom_m,
        "depth_m": depth_m,
        "area_m2": area_m2,
        "initial_m": initial_m,
        "outfall": "",
        "stage_m": np.nan,
    }


def _section(
    reader: _Reader, row: Line, sections: dict[str, Line], known: dict[str, str]
) -> tuple[str, list[float]] | None:
    """Return the shape and four sizes of a link."""
    own = sections.get(row.words[0])
    if own is None:
        reader.refuse(row, f"{row.words[0]} has no line in [XSECTIONS]", "add it")
        return None
    shape = own.words[1].upper()
    if shape not in known:
        mend = f"known are {', '.join(known)}"
        reader.refuse(own, f"section {shape} is not known here", mend)
        return None
    sizes = [float(word) for word in own.words[2:6]]
    if len(own.words) > 6 and float(own.words[6]) > 1:  # noqa: PLR2004 - the column of barrels
        reader.refuse(own, "more than one barrel is not known here", "give one conduit for each")
        return None
    return known[shape], sizes + [0.0] * (4 - len(sizes))


def _conduit(reader: _Reader, row: Line, sections: dict[str, Line]) -> dict[str, object] | None:
    found = _section(reader, row, sections, _SHAPES)
    if found is None:
        return None
    shape, sizes = found
    w, m = row.words, reader.m
    return {
        "conduit": w[0],
        "from_node": w[1],
        "to_node": w[2],
        "length_m": float(w[3]) * m,
        "roughness": float(w[4]),
        "from_offset_m": float(w[5]) * m,
        "to_offset_m": float(w[6]) * m,
        "shape": shape,
        "height_m": sizes[0] * m,
        "width_m": sizes[1] * m,
        "side_slope": 0.5 * (sizes[2] + sizes[3]) if shape == "trapezoidal" else 0.0,
    }


def _orifice(reader: _Reader, row: Line, sections: dict[str, Line]) -> dict[str, object] | None:
    found = _section(reader, row, sections, {"CIRCULAR": "circular", "RECT_CLOSED": "rect"})
    if found is None:
        return None
    shape, sizes = found
    w, m = row.words, reader.m
    round_m2 = 0.25 * np.pi * sizes[0] ** 2
    return {
        "orifice": w[0],
        "from_node": w[1],
        "to_node": w[2],
        "kind": w[3].lower(),
        "crest_m": float(w[4]) * m,
        "coefficient": float(w[5]),
        "one_way": len(w) > 6 and w[6].upper() == "YES",  # noqa: PLR2004 - the column of flaps
        "height_m": sizes[0] * m,
        "area_m2": (round_m2 if shape == "circular" else sizes[0] * sizes[1]) * m * m,
    }


def _weir(reader: _Reader, row: Line, sections: dict[str, Line]) -> dict[str, object] | None:
    w, m = row.words, reader.m
    if w[3].upper() != "TRANSVERSE":
        reader.refuse(row, f"weir {w[3]} is not known here", "use TRANSVERSE")
        return None
    found = _section(reader, row, sections, {"RECT_OPEN": "rect"})
    if found is None:
        return None
    return {
        "weir": w[0],
        "from_node": w[1],
        "to_node": w[2],
        "crest_m": float(w[4]) * m,
        "coefficient": float(w[5]) * m**0.5,
        "one_way": len(w) > 6 and w[6].upper() == "YES",  # noqa: PLR2004 - the column of flaps
        "height_m": found[1][0] * m,
        "width_m": found[1][1] * m,
    }


def _pump(
    reader: _Reader, row: Line, curves: dict[str, tuple[str, list[tuple[float, float]]]]
) -> list[dict[str, object]] | None:
    w = row.words
    kind, points = curves.get(w[3], ("", []))
    by = {"PUMP3": "head", "PUMP4": "depth"}.get(kind)
    if by is None:
        reader.refuse(
            row, f"pump curve {w[3]} of kind {kind or 'none'} is not known", "use PUMP3 or PUMP4"
        )
        return None
    ends = {"pump": w[0], "from_node": w[1], "to_node": w[2], "by": by}
    return [ends | {"x_m": x * reader.m, "flow_m3s": y * reader.m3s} for x, y in points]


def _inflows(reader: _Reader) -> dict[str, tuple[Float64, Float64]]:
    """Return inflows of nodes by time."""
    table: dict[str, list[tuple[float, float]]] = {}

    def point(row: Line) -> None:
        words = list(row.words[1:])
        if words[0].upper() == "FILE" or "/" in words[0]:
            message = "series of files and of dates are not known here"
            raise ValueError(message)
        times = [_clock_s(word) for word in words[::2]]
        values = [float(word) for word in words[1::2]]
        table.setdefault(row.words[0], []).extend(zip(times, values, strict=True))

    reader.rows("TIMESERIES", point)
    out: dict[str, tuple[Float64, Float64]] = {}

    def inflow(row: Line) -> None:
        w = [word.strip('"') for word in row.words]
        if w[1].upper() != "FLOW" or (len(w) > 7 and w[7]):  # noqa: PLR2004 - the column of patterns
            message = "only FLOW without a pattern is known here"
            raise ValueError(message)
        if w[2] not in table:
            message = f"series {w[2]} is not in [TIMESERIES]"
            raise ValueError(message)
        scale = float(w[5]) if len(w) > 5 else 1.0  # noqa: PLR2004 - columns of SWMM
        base = float(w[6]) if len(w) > 6 else 0.0  # noqa: PLR2004
        points = np.array(table[w[2]])
        out[w[0]] = points[:, 0], (points[:, 1] * scale + base) * reader.m3s

    def dry(row: Line) -> None:
        w = [word.strip('"') for word in row.words]
        if w[1].upper() != "FLOW" or any(w[3:]):
            message = "only FLOW without a pattern is known here"
            raise ValueError(message)
        steady = float(w[2]) * reader.m3s
        times, values = out.get(w[0], (np.array([0.0, 1e12]), np.zeros(2)))
        out[w[0]] = times, values + steady

    reader.rows("INFLOWS", inflow)
    reader.rows("DWF", dry)
    return out
