"""Two-ports of lines and transformers: the currents at their ends by the voltages there.

[I_from, I_to] = [[y_from, y_through], [y_through, y_to]] [V_from, V_to], per unit of `BASE_VA` and
of each bus's nominal voltage. A transformer's turning of the voltage by its vector group is not in
it: it is the same for everything behind it (`network.angles`), so every two-port is symmetric.

References
----------
Kundur, 1994, "Power System Stability and Control", sections 6.1 and 6.2. Taps on the low-voltage
side change the impedance as in pandapower (Thurner et al., 2018, doi 10.1109/TPWRS.2018.2829021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64

    type Complex = NDArray[np.complex128]

BASE_VA = 1e6
"""Power of one per unit."""


@final
@dataclass(frozen=True, slots=True)
class TwoPorts:
    """Admittances of branches, shape (n_branches,) each, per unit."""

    y_from: Complex
    y_through: Complex
    y_to: Complex


def line_ports(lines: pd.DataFrame, nominal_v: Float64, frequency_hz: float) -> TwoPorts:
    """Return the pi-circuits of lines; half of what leaks to earth stands at each end."""
    base_ohm = nominal_v**2 / BASE_VA
    length_m = lines["length_m"].to_numpy()
    systems = lines["parallel"].to_numpy(dtype=np.float64)
    r_ohm = lines["r_ohm_per_m"].to_numpy() * length_m / systems
    x_ohm = lines["x_ohm_per_m"].to_numpy() * length_m / systems
    series = base_ohm / (r_ohm + 1j * x_ohm)
    susceptance = 2.0 * np.pi * frequency_hz * lines["c_f_per_m"].to_numpy()
    earth_s = (lines["g_s_per_m"].to_numpy() + 1j * susceptance) * length_m * systems
    end = series + 0.5 * earth_s * base_ohm
    return TwoPorts(end, -series, end.copy())


def transformer_ports(
    transformers: pd.DataFrame, hv_nominal_v: Float64, lv_nominal_v: Float64
) -> TwoPorts:
    """Return the T-circuits of transformers: half of the impedance on each side of the core."""
    hv_v, lv_v = _tapped(transformers)
    count = transformers["parallel"].to_numpy(dtype=np.float64)
    rated_va = transformers["rated_va"].to_numpy() * count
    size = transformers["short_circuit_share"].to_numpy()
    resistive = transformers["copper_share"].to_numpy()
    own = (lv_v / lv_nominal_v) ** 2 * (BASE_VA / rated_va)
    impedance = (resistive + 1j * np.sqrt(size**2 - resistive**2)) * own
    core = _core(transformers) * (count / BASE_VA) * (lv_nominal_v / lv_v) ** 2
    # star of two halves of z and the core y between them; the inner point is eliminated
    ratio = (hv_v / lv_v) / (hv_nominal_v / lv_nominal_v)
    half = 2.0 / impedance
    centre = 2.0 * half + core
    through = half * half / centre
    end = half - through
    return TwoPorts(end / ratio**2, -through / ratio, end)


def _core(transformers: pd.DataFrame) -> Complex:
    """Return power of the core at rated voltage, W - j var, one transformer each."""
    loss_w = transformers["iron_loss_w"].to_numpy()
    all_va = transformers["no_load_share"].to_numpy() * transformers["rated_va"].to_numpy()
    power: Complex = loss_w - 1j * np.sqrt(np.maximum(all_va**2 - loss_w**2, 0.0))
    return power


def _tapped(transformers: pd.DataFrame) -> tuple[Float64, Float64]:
    """Return the rated voltages of both windings at the present tap."""
    change = 1.0 + (transformers["tap_steps"] * transformers["tap_step_share"]).to_numpy()
    side = transformers["tap_side"].to_numpy(dtype=object)
    hv_v = transformers["hv_v"].to_numpy() * np.where(side == "hv", change, 1.0)
    lv_v = transformers["lv_v"].to_numpy() * np.where(side == "lv", change, 1.0)
    return hv_v, lv_v


def with_open_ends(ports: TwoPorts, open_from: Bool, open_to: Bool) -> TwoPorts:
    """Return the two-ports of branches of which ends are open: what is left hangs on the other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hangs_from = ports.y_from - ports.y_through**2 / ports.y_to
        hangs_to = ports.y_to - ports.y_through**2 / ports.y_from
    nothing = np.zeros_like(ports.y_from)
    either = open_from | open_to
    return TwoPorts(
        np.where(open_from, nothing, np.where(open_to, hangs_from, ports.y_from)),
        np.where(either, nothing, ports.y_through),
        np.where(open_to, nothing, np.where(open_from, hangs_to, ports.y_to)),
    )
