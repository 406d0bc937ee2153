"""Curves of a file to be written: those it was read with keep their names, others get new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from twin.flows.water.inp.lines import InpText, split_text
from twin.flows.water.inp.numbers import scaled_text
from twin.flows.water.network.kinds import PCV_KIND
from twin.flows.water.network.table_reader import (
    fit_curve,
    fit_line,
    fit_opening,
    is_line,
    lift_of_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from twin.core.arrays import Float64
    from twin.flows.water.inp.units import Units
    from twin.flows.water.network.table_reader import Curve
    from twin.flows.water.network.tables import WaterNetwork

type Points = list[tuple[float, float]]


@final
class CurveBook:
    """Curves by name, searched by what they give when read."""

    def __init__(self, net: WaterNetwork, units: Units) -> None:
        self._net = net
        self._units = units
        self.lines = list(net.kept.get("CURVES", ()))
        self._points = _points_of(self.lines)
        self._scale = {"flow": (units.flow_m3s, units.length_m)}
        self._scale["opening"] = (1.0, 1.0)
        self._scale["volume"] = (units.length_m, units.volume_m3)
        self._read = {name: self._readings(points) for name, points in self._points.items()}

    def of_tank(self, node: int) -> str:
        """Return the name of a tank's volume curve."""
        line = self._net.tank_curve[node]
        for name, readings in self._read.items():
            if _same(readings["volume"], line):
                return name
        return self._new("volume", line.tolist())

    def of_link(self, link: int) -> str:
        """Return the name of the curve of a pump, a GPV or a PCV."""
        net, line = self._net, self._net.curve[link]
        if net.link_kind[link] == PCV_KIND:
            return self._found("opening", line) or self._new("opening", line.tolist())
        if not net.is_pump[link]:
            return self._found("drop", line) or self._new("flow", line.tolist())
        lift = float(net.pump_lift_m[link])
        if len(line):
            heads = [(q, lift - loss) for q, loss in line.tolist()]
            return self._found("fall", line, lift) or self._new("flow", heads)
        law = lift, float(net.pump_resistance[link]), float(net.pump_exponent[link])
        for name, readings in self._read.items():
            if readings["law"] == law:
                return name
        return self._new("flow", _points_on(law))

    def _found(self, kind: str, line: Float64, lift_m: float = 0.0) -> str:
        """Return the curve that reads as a line, or no name."""
        for name, readings in self._read.items():
            if _same(readings[kind], line) and lift_m in (0.0, readings["lift"]):
                return name
        return ""

    def _readings(self, points: Points) -> dict[str, object]:
        """Return what points mean as volumes, openings, losses, a pump's line and its law."""
        scales = (self._scale[kind] for kind in ("flow", "volume"))
        flow, volume = ([(x * a, y * b) for x, y in points] for a, b in scales)
        law: Curve | str = fit_curve(flow)
        falls = isinstance(law, str) and is_line(flow)
        return {
            "volume": fit_line(volume, falling=False),
            "opening": fit_opening(points),
            "drop": fit_line(flow, falling=False),
            "fall": fit_line(flow, falling=True) if falls else "",
            "law": law,
            "lift": lift_of_line(flow) if falls else 0.0,
        }

    def _new(self, kind: str, points_si: Sequence[Sequence[float]]) -> str:
        """Add a curve and return its name."""
        taken = {name.upper() for name in self._points}
        name = next(n for n in (f"curve{k}" for k in range(1, 10**6)) if n.upper() not in taken)
        x_scale, y_scale = self._scale[kind]
        rows = [(scaled_text(x, x_scale), scaled_text(y, y_scale)) for x, y in points_si]
        self.lines += [f"{name} {x} {y}" for x, y in rows]
        self._points[name] = [(float(x), float(y)) for x, y in rows]
        self._read[name] = self._readings(self._points[name])
        return name


def _points_of(lines: Sequence[str]) -> dict[str, Points]:
    """Return the points of curves by name, from lines that were read before."""
    inp: InpText = split_text("\n".join(["[CURVES]", *lines]), "curves")
    found: dict[str, Points] = {}
    for row in inp.rows["CURVES"]:
        values = [float(word) for word in row.words[1:]]
        found.setdefault(row.words[0], []).extend(zip(values[::2], values[1::2], strict=True))
    return found


def _points_on(law: Curve) -> Points:
    """Return one point of a parabola, three of another power law; heads at 1, 2/3, 1/3 lift."""
    lift, resistance, exponent = law
    if exponent == 2.0:  # noqa: PLR2004 - EPANET lays a parabola through one point
        head = 0.75 * lift
        return [((head / (3.0 * resistance)) ** 0.5, head)]
    shares = (0.0, 1.0 / 3.0, 2.0 / 3.0)
    flows = [(share * lift / resistance) ** (1.0 / exponent) for share in shares]
    return [(q, lift - resistance * q**exponent) for q in flows]


def _same(one: object, other: np.ndarray) -> bool:
    """Return whether a reading is a line with the very same points."""
    return not isinstance(one, str) and one.tobytes() == other.tobytes()  # type: ignore[attr-defined]
