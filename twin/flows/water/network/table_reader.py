"""Reading network tables: every column with its bounds, every fault before the first raise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.core.arrays import Bool, Float64, Int32

type Curve = tuple[float, float, float]
"""Shut-off head in m, resistance, exponent."""

_SHOWN_FAULTS = 20
_ONE_POINT = 1
_THREE_POINTS = 3
_STEEPEST_EXPONENT = 20.0
_FULL_PERCENT = 100.0
_OPENING_MEND = "give percent open and percent of full flow, both rising, 0 to 100"
_PUMP_MEND = "give one point (design flow_m3s, head_m) or three: at zero, design, largest"
_THIRD = 1.0 / 3.0


@final
@dataclass(frozen=True, slots=True)
class Quantity:
    """A number column: where it must lie, and what an empty cell means."""

    name: str
    low: float
    high: float
    default: float | None = None
    """None where an empty cell is a fault."""
    above_low: bool = False
    """Whether `low` itself is refused."""
    mend: str = "correct the value; all columns are in SI units"


FILE_MEND = "correct the value, which is shown in SI units here"
_MM = "likely millimetres: divide by 1000"
JUNCTION = (
    Quantity("elevation_m", -450.0, 9000.0),
    Quantity("demand_m3s", -100.0, 100.0, 0.0, mend="likely l/s: divide by 1000"),
    Quantity("leak_area_m2", 0.0, 10.0, 0.0, mend="likely cm2 or mm2: convert to m2"),
    Quantity("leak_coefficient", 0.0, 10.0, 0.0),
    Quantity("leak_exponent", 0.1, 3.0, 0.5),
    Quantity("crack_growth_m", 0.0, 1.0, 0.0, mend="likely mm2 per m: convert to m2 per m"),
    Quantity("least_pressure_m", -10.0, 200.0, 0.0),
    Quantity("full_pressure_m", -9.0, 300.0, 20.0),
    Quantity("demand_exponent", 0.1, 3.0, 0.5),
)
RESERVOIR = (Quantity("head_m", -450.0, 9500.0),)
TANK = (
    Quantity("elevation_m", -450.0, 9000.0),
    Quantity("diameter_m", 0.0, 1000.0, above_low=True),
    Quantity("min_level_m", 0.0, 200.0, 0.0),
    Quantity("max_level_m", 0.0, 200.0, above_low=True),
    Quantity("init_level_m", 0.0, 200.0),
    Quantity("min_volume_m3", 0.0, 1.0e8, 0.0),
)
PIPE = (
    Quantity("length_m", 0.0, 1.0e6, above_low=True),
    Quantity("diameter_m", 0.0, 10.0, above_low=True, mend=_MM),
    Quantity("roughness", 0.0, 1000.0, above_low=True),
    Quantity("minor_loss", 0.0, 1.0e6, 0.0),
)
PUMP = (Quantity("speed", 0.0, 10.0, 1.0),)
POWER = Quantity("power_w", 0.0, 1.0e9, 0.0)
SETTING = Quantity("setting", -1.0e4, 1.0e9, 0.0)


@final
class FrameReader:
    """One table being read; collects faults."""

    def __init__(self, name: str, frame: pd.DataFrame, id_column: str, faults: list[Fault]) -> None:
        self.name = name
        self.frame = frame.reset_index(drop=True)
        self.faults = faults
        rows = [f"{name} row {row}" for row in range(len(frame))]
        self.places = self.frame["place"].tolist() if "place" in self.frame else rows
        """Where each row was read from, a line of a file if it came from one."""
        self.limited = "place" not in self.frame
        """Whether bounds that only catch wrong units hold; not in files, which name theirs."""
        self.ids = self._ids(id_column)

    def fault(self, rows: Sequence[int], what: str, mend: str) -> None:
        """File a fault of some rows, named by table, row and id."""
        for row in rows[:_SHOWN_FAULTS]:
            where = f"{self.places[row]} ({self.ids[row]})"
            self.faults.append(Fault(where=where, what=what, mend=mend, rows=(row,)))
        if len(rows) > _SHOWN_FAULTS:
            more = f"{what} in {len(rows) - _SHOWN_FAULTS} more rows"
            self.faults.append(Fault(where=self.name, what=more, mend=mend, rows=tuple(rows)))

    def _ids(self, column: str) -> tuple[str, ...]:
        if column not in self.frame:
            known = nearest(column, [str(name) for name in self.frame.columns])
            self.faults.append(Fault(self.name, f"has no column {column}", known))
            return tuple(str(row) for row in range(len(self.frame)))
        ids = tuple(str(value) for value in self.frame[column])
        self.ids = ids
        repeated = pd.Series(ids, dtype=object).duplicated().to_numpy()
        self.fault(np.flatnonzero(repeated).tolist(), f"{column} is not unique", "rename one")
        return ids

    def kinds(self, allowed: tuple[str, ...]) -> Int32:
        """Return the position of each row's kind in `allowed`, the first where it is unknown."""
        texts = self.texts("kind", allowed[0])
        known = {kind: code for code, kind in enumerate(allowed)}
        for row, text in enumerate(texts):
            if text not in known:
                what = f"kind is {text!r}, not one of {', '.join(allowed)}"
                self.fault([row], what, "use one of those; other elements are not supported")
        return np.array([known.get(text, 0) for text in texts], dtype=np.int32)

    def texts(self, column: str, default: str) -> list[str]:
        """Return a text column, the default where it is absent or empty."""
        if column not in self.frame:
            return [default] * len(self.frame)
        values = self.frame[column]
        return [default if pd.isna(value) else str(value) for value in values]

    def flags(self, column: str, *, default: bool) -> Bool:
        """Return a yes/no column."""
        if column not in self.frame:
            return np.full(len(self.frame), default)
        values = self.frame[column]
        return np.array([default if pd.isna(value) else bool(value) for value in values])

    def quantity(self, spec: Quantity, needed: Bool, fill: float = math.nan) -> Float64:
        """Return a number column; rows outside `needed` get `fill`."""
        out = np.full(len(self.frame), fill)
        if spec.name in self.frame:
            values = pd.to_numeric(self.frame[spec.name], errors="coerce").to_numpy(dtype=float)
            given = self.frame[spec.name].notna().to_numpy()
            text = needed & given & np.isnan(values)
            self.fault(np.flatnonzero(text).tolist(), f"{spec.name} is not a number", spec.mend)
        else:
            values = np.full(len(self.frame), math.nan)
            text = given = np.zeros(len(self.frame), dtype=bool)
        empty = needed & ~given
        if spec.default is None:
            self.fault(np.flatnonzero(empty).tolist(), f"{spec.name} is missing", "give a value")
        else:
            values = np.where(given, values, spec.default)
        sign = "<" if not spec.above_low else "<="
        least, most = spec.low, spec.high
        if not self.limited:
            least, most = least if least == 0.0 else -math.inf, math.inf
        low = (values <= least) if spec.above_low else (values < least)
        for bad, relation, limit in ((low, sign, least), (values > most, ">", most)):
            for row in np.flatnonzero(bad & needed).tolist():
                what = f"{spec.name} = {values[row]:g} {relation} {limit:g}"
                self.fault([row], what, spec.mend if self.limited else FILE_MEND)
        out[needed] = values[needed]
        return out

    def rows_of(self, column: str, row_by_id: Mapping[str, int]) -> Int32:
        """Return the node row each id of a column names; 0 and a fault where there is none."""
        texts = self.texts(column, "")
        rows = np.zeros(len(texts), dtype=np.int32)
        for row, text in enumerate(texts):
            if text in row_by_id:
                rows[row] = row_by_id[text]
            else:
                what = f"{column} is {text!r}, which is no node"
                self.fault([row], what, "name a node of the nodes table")
        return rows

    def curves(self, pumps: Bool, drops: Bool, openings: Bool) -> tuple[list[Curve], list[Float64]]:
        """Return every pump's power law, (0, 0, 1) for other rows, and points of other curves.

        Points are flow and head loss, as GPVs have them; a pump with other than 1 or 3 points
        has the loss of head from its first line prolonged to no flow, which is its lift. PCVs may
        have points of percent open and percent of full flow.
        """
        given = self.frame["curve"] if "curve" in self.frame else [None] * len(pumps)
        laws: list[Curve] = []
        lines: list[Float64] = []
        for row, points in enumerate(given):
            law, line = (0.0, 0.0, 1.0), np.empty((0, 2))
            fitted: Curve | Float64 | str = law
            mend = ""
            if drops[row]:
                fitted, mend = fit_line(points, falling=False), "give rising flows and losses"
            elif openings[row] and np.ndim(points) > 0:
                fitted, mend = fit_opening(points), _OPENING_MEND
            elif pumps[row]:
                fitted, mend = _fit_pump(points), _PUMP_MEND
            if isinstance(fitted, str):
                self.fault([row], fitted, mend)
            elif isinstance(fitted, tuple):
                law = fitted
            else:
                line = fitted
                if pumps[row]:
                    law = (lift_of_line(points), 0.0, 1.0)
            laws.append(law)
            lines.append(line)
        return laws, lines


def _fit_pump(points: object) -> Curve | Float64 | str:
    """Return a pump's power law, or points of its losses, or the fault."""
    fitted: Curve | Float64 | str = fit_curve(points)
    if isinstance(fitted, str) and is_line(points):
        fitted = fit_line(points, falling=True)
    return fitted


def is_line(points: object) -> bool:
    """Return whether a pump's points are to be joined by lines: 2, over 3, or 3 not from zero."""
    try:
        pairs = np.asarray(points, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        return False
    many = len(pairs) not in (_ONE_POINT, _THREE_POINTS) and len(pairs) > 0
    return many or (len(pairs) == _THREE_POINTS and bool(pairs[0, 0] != 0.0))


def lift_of_line(points: object) -> float:
    """Return the head of a pump's first line prolonged to no flow."""
    (q0, h0), (q1, h1) = np.asarray(points, dtype=float).reshape(-1, 2)[:2]
    with np.errstate(all="ignore"):  # what overflows is refused where lines are fitted
        return float(h0 - (h1 - h0) / (q1 - q0) * q0)


def fit_line(points: object, *, falling: bool) -> Float64 | str:
    """Return points as flow and loss, from a falling pump curve or a rising loss, or the fault."""
    try:
        pairs = np.asarray(points, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        return "curve is not a list of (flow_m3s, head_m) pairs"
    if len(pairs) < 2 or not np.isfinite(pairs).all():  # noqa: PLR2004 - a line has two ends
        return f"curve has {len(pairs)} points, not 2 or more finite ones"
    step = np.diff(pairs, axis=0)
    turns = step[:, 1] > 0.0 if falling else step[:, 1] < 0.0
    if pairs[0, 0] < 0.0 or (step[:, 0] <= 0.0).any() or turns.any():
        return f"curve does not have rising flows and {'falling heads' if falling else 'losses'}"
    if falling:
        pairs = np.stack([pairs[:, 0], lift_of_line(pairs) - pairs[:, 1]], axis=1)
        if not np.isfinite(pairs).all():
            return "curve is too steep to be computed with"
    return np.ascontiguousarray(pairs)


def fit_opening(points: object) -> Float64 | str:
    """Return points of percent open and percent of full flow, or the fault."""
    try:
        pairs = np.asarray(points, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        return "curve is not a list of (percent open, percent of full flow) pairs"
    step = np.diff(pairs, axis=0)
    rises = (step[:, 0] > 0.0).all() and (step[:, 1] >= 0.0).all()
    if not (rises and ((pairs >= 0.0) & (pairs <= _FULL_PERCENT)).all()):
        return "curve does not rise from opening to opening between 0 and 100 %"
    return np.ascontiguousarray(pairs)


def fit_curve(points: object) -> Curve | str:
    """Return (a, b, c) of head = a - b flow^c, or what is wrong with the points.

    One point (q, h) gives a = 4/3 h, c = 2; three give the power law through them (Rossman et al.,
    2020, EPANET 2.2 User Manual, section 3.1.4).
    """
    try:
        pairs = np.asarray(points, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        return "curve is not a list of (flow_m3s, head_m) pairs"
    if len(pairs) not in (_ONE_POINT, _THREE_POINTS) or not np.isfinite(pairs).all():
        return f"curve has {len(pairs)} points, not 1 or 3 finite ones"
    with np.errstate(all="ignore"):  # what overflows is refused below
        law = _parabola(pairs[0]) if len(pairs) == _ONE_POINT else _power_law(pairs)
    if isinstance(law, str):
        return law
    if not 0.0 < law[2] <= _STEEPEST_EXPONENT:
        return f"curve has exponent {law[2]:.3g}, outside 0-20"
    if not np.isfinite(law).all():
        return "curve is too steep to be computed with"
    return law


def _parabola(point: Float64) -> Curve | str:
    """Return the law through one point, with 4/3 of its head at no flow."""
    flow, head = point
    if flow <= 0.0 or head <= 0.0:
        return f"curve point ({flow:g} m3/s, {head:g} m) is not positive"
    return 4.0 * _THIRD * float(head), float(head * _THIRD / flow**2), 2.0


def _power_law(points: Float64) -> Curve | str:
    """Return the law through three points."""
    (q0, h0), (q1, h1), (q2, h2) = points
    if q0 != 0.0 or not (0.0 < q1 < q2 and h0 > h1 > h2 >= 0.0):
        return "curve does not start at zero flow with rising flows and falling heads"
    exponent = math.log((h0 - h2) / (h0 - h1)) / math.log(q2 / q1)
    return float(h0), float((h0 - h1) / q1**exponent), exponent
