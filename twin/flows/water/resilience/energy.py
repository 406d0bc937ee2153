"""Energy and cost of pumps over a run, with the tariffs of an EPANET file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError
from twin.core.registry import nearest
from twin.flows.water.inp.kept import kept_text
from twin.flows.water.inp.options import read_options
from twin.flows.water.resilience.indices import pump_lift

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.simulate import WaterResult

_WEIGHT_NM3 = 1000.0 * 9.81
_JOULES_PER_KWH = 3.6e6
_EFFICIENCY_PERCENT = 75.0
"""Of a file that gives none, as in EPANET."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PumpEnergy:
    """What pumps used; one row per reported time, one column per pump."""

    power_w: pd.DataFrame
    """Electric power at reported times."""
    energy_kwh: pd.DataFrame
    """Used from a reported time to the next; 0 after the last."""
    cost: pd.DataFrame
    """Of that energy, in the currency of the file's prices."""
    peak_charge: float
    """Charge for the highest power of all pumps together."""


@final
@dataclass(frozen=True, slots=True)
class _Tariff:
    """What holds for one pump."""

    percent: Float64
    """Points of flow in m3/s and efficiency, shape (n_points, 2); one where it is constant."""
    price: float = 0.0
    """Per kWh."""
    pattern: str = ""
    """Of the price; empty where it is constant."""


def pump_energy(net: WaterNetwork, result: WaterResult) -> PumpEnergy:
    """Return power, energy and cost of pumps.

    Efficiencies, prices and their patterns are those of the ENERGY section the network was read
    with; without one, 75 % and no price.

    Raises
    ------
    CityDataError
        If that section is wrong.

    References
    ----------
    Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 3.1.4 and appendix C.
    """
    tariffs, charge_per_kw = _read_tariffs(net)
    names = [net.link_id[row] for row in np.flatnonzero(net.is_pump)]
    flow = result.flow_m3s[names].to_numpy()
    share = np.empty_like(flow)
    for at, tariff in enumerate(tariffs):
        share[:, at] = np.interp(flow[:, at], *tariff.percent.T) / 100.0
    power = _WEIGHT_NM3 * pump_lift(net, result) * flow / share
    time_s = result.flow_m3s.index.to_numpy(dtype=float)
    energy = power * np.diff(time_s, append=time_s[-1:])[:, None] / _JOULES_PER_KWH
    price = _prices(net, tariffs, time_s)
    index = result.flow_m3s.index

    def frame(values: Float64) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=names)

    peak_kw = float(power.sum(axis=1).max(initial=0.0)) / 1000.0
    return PumpEnergy(
        power_w=frame(power),
        energy_kwh=frame(energy),
        cost=frame(energy * price),
        peak_charge=charge_per_kw * peak_kw,
    )


def _prices(net: WaterNetwork, tariffs: list[_Tariff], time_s: Float64) -> Float64:
    """Return the price of a kWh by time and pump."""
    start = net.times.pattern_start_s if net.times is not None else 0
    factors = net.factors(time_s + start)
    rows = [net.pattern_id.index(tariff.pattern) for tariff in tariffs]
    prices: Float64 = factors[:, rows] * np.array([tariff.price for tariff in tariffs])
    return prices


def _read_tariffs(net: WaterNetwork) -> tuple[list[_Tariff], float]:
    """Return the tariff of every pump, and the charge per kW of the highest power."""
    inp = kept_text(net, ("OPTIONS", "CURVES", "ENERGY"))
    whole = _Tariff(np.array([[0.0, _EFFICIENCY_PERCENT]]))
    charge = 0.0
    pumps = {net.link_id[row]: at for at, row in enumerate(np.flatnonzero(net.is_pump))}
    own: list[tuple[int, Row]] = []
    for row in inp.rows["ENERGY"]:
        subject = row.words[0].upper()
        if subject == "DEMAND":
            charge = inp.number(row, 2, "charge")
        elif subject == "GLOBAL":
            whole = _changed(net, inp, row, 1, whole)
        elif subject != "PUMP":
            hint = nearest(subject, ["GLOBAL", "PUMP", "DEMAND"])
            inp.fault(row, f"{row.words[0]!r} opens no line of ENERGY", hint)
        elif inp.known(row, row.word(1), "pump", pumps):
            own.append((pumps[row.word(1)], row))
    tariffs = [whole] * len(pumps)
    for at, row in own:
        tariffs[at] = _changed(net, inp, row, 2, tariffs[at])
    if inp.faults:
        raise CityDataError(inp.faults)
    return tariffs, charge


def _changed(net: WaterNetwork, inp: InpText, row: Row, at: int, tariff: _Tariff) -> _Tariff:
    """Return a tariff with what one line says from a word on."""
    word = row.word(at).upper()[:4]
    if word == "PRIC":
        return replace(tariff, price=inp.number(row, at + 1, "price"))
    if word == "PATT":
        known = inp.known(row, row.word(at + 1), "pattern", set(net.pattern_id[1:]))
        return replace(tariff, pattern=row.word(at + 1)) if known else tariff
    if word != "EFFI":
        inp.fault(
            row, f"{row.word(at)!r} is not known", nearest(word, ["EFFIC", "PRICE", "PATTERN"])
        )
        return tariff
    points = _efficiency(inp, row, at + 1)
    if not len(points) or not (points[:, 1] > 0.0).all():
        inp.fault(row, "efficiency is not above 0 %", "give percent, or name a curve of percent")
        return tariff
    return replace(tariff, percent=points)


def _efficiency(inp: InpText, row: Row, at: int) -> Float64:
    """Return points of flow in m3/s and percent, of a number or of a pump's curve."""
    if row.words[0].upper() == "GLOBAL":
        return np.array([[0.0, inp.number(row, at, "efficiency")]])
    flow_m3s = read_options(inp).units.flow_m3s
    points: list[tuple[float, float]] = []
    for line in inp.rows["CURVES"]:
        if line.words[0] == row.word(at):
            values = [float(word) for word in line.words[1:]]
            points += zip(values[::2], values[1::2], strict=True)
    return np.array(points).reshape(-1, 2) * (flow_m3s, 1.0)
