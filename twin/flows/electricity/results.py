"""What follows from voltages: currents, loading, losses, and the balance of power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.flows.electricity.branches import BASE_VA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Float64
    from twin.flows.electricity.network import PowerNetwork

    type Complex = NDArray[np.complex128]


@final
@dataclass(frozen=True, slots=True)
class PowerSolution:
    """Steady state of a network; tables have the rows of those it was made from."""

    buses: pd.DataFrame
    """`bus, voltage_share, angle_deg, voltage_v`; NaN where dark."""
    lines: pd.DataFrame
    """`line, p_from_w, q_from_var, p_to_w, q_to_var, current_a, loading, loss_w`: power into each
    end; loading is the share of `max_current_a`, NaN without one."""
    transformers: pd.DataFrame
    """`transformer, p_hv_w, q_hv_var, p_lv_w, q_lv_var, loading, loss_w`; loading is the share of
    the rated current, of the winding that has more of it."""
    loads: pd.DataFrame
    """`load, p_w, q_var` drawn at the voltage found; 0 where dark."""
    sources: pd.DataFrame
    """`source, p_w, q_var` fed in; sources of one node share equally."""
    loss_w: float
    """Of lines, transformers and shunts."""
    imbalance: float
    """Fed in less drawn less lost, share of all power fed in."""
    mismatch_va: float
    """Largest difference at a bus between the power of branches and of loads."""
    rounds: int
    """Iterations."""


def solution_of(
    net: PowerNetwork, node_voltage: Complex, p_w: Float64, q_var: Float64, rounds: int
) -> PowerSolution:
    """Return tables of results from the voltages of nodes."""
    arrays = net.arrays
    lights: Complex = np.where(arrays.live, node_voltage, 0.0).astype(np.complex128)
    at_tail, at_head = lights[arrays.tail], lights[arrays.head]
    ports = arrays.ports
    i_tail = ports.y_from * at_tail + ports.y_through * at_head
    i_head = ports.y_through * at_tail + ports.y_to * at_head
    s_tail, s_head = BASE_VA * at_tail * np.conj(i_tail), BASE_VA * at_head * np.conj(i_head)
    earth = BASE_VA * np.abs(lights) ** 2 * np.conj(arrays.earth)
    drawn = _drawn(net, lights, p_w, q_var)
    made = net.frames["generators"]
    fed = np.where(arrays.live[net.generator_node], made["p_w"] + 1j * made["q_var"], 0.0)
    into: Complex = earth.astype(np.complex128)
    np.add.at(into, arrays.tail, s_tail)
    np.add.at(into, arrays.head, s_head)
    np.add.at(into, net.load_node, drawn)
    np.add.at(into, net.generator_node, -fed)
    held = np.isfinite(arrays.held)
    lost = float((s_tail + s_head).real.sum() + earth.real.sum())
    supplied = float(into[held].real.sum() + fed.real.sum())
    whole = max(float(np.abs(into[held]).sum() + np.abs(fed).sum()), 1e-9)
    lines, transformers = _branch_tables(net, (s_tail, s_head), (i_tail, i_head))
    loads = pd.DataFrame(
        {"load": net.frames["loads"]["load"], "p_w": drawn.real, "q_var": drawn.imag}
    )
    return PowerSolution(
        buses=_bus_table(net, np.where(arrays.live, node_voltage, np.nan)),
        lines=lines,
        transformers=transformers,
        loads=loads,
        sources=_source_table(net, into),
        loss_w=lost,
        imbalance=abs(supplied - float(drawn.real.sum()) - lost) / whole,
        mismatch_va=float(np.abs(into[~held]).max(initial=0.0)),
        rounds=rounds,
    )


def _drawn(net: PowerNetwork, voltage: Complex, p_w: Float64, q_var: Float64) -> Complex:
    """Return the power loads draw at a voltage, shape (n_loads,)."""
    loads = net.frames["loads"]
    size = np.abs(voltage)[net.load_node]
    parts = []
    for value, part in ((p_w, "p"), (q_var, "q")):
        current = loads[f"current_share_{part}"].to_numpy()
        impedance = loads[f"impedance_share_{part}"].to_numpy()
        parts.append(value * (1.0 - current - impedance + current * size + impedance * size**2))
    drawn: Complex = np.where(net.arrays.live[net.load_node], parts[0] + 1j * parts[1], 0.0)
    return drawn


def _bus_table(net: PowerNetwork, voltage: Complex) -> pd.DataFrame:
    """Return the voltage of buses, turned back into the frame of the sources."""
    at = net.arrays.node_of_bus
    size = np.abs(voltage)[at]
    angle = np.degrees(np.angle(voltage)) - net.arrays.turned_deg
    buses = net.frames["buses"]
    return pd.DataFrame(
        {
            "bus": buses["bus"],
            "voltage_share": size,
            "angle_deg": ((angle + 180.0) % 360.0 - 180.0)[at],
            "voltage_v": size * buses["nominal_v"].to_numpy(),
        }
    )


def _branch_tables(
    net: PowerNetwork, power: tuple[Complex, Complex], current: tuple[Complex, Complex]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return results of lines and of transformers."""
    lines, trafos = net.frames["lines"], net.frames["transformers"]
    n = len(lines)
    row_of = dict(zip(net.frames["buses"]["bus"], net.frames["buses"]["nominal_v"], strict=True))
    volts = np.array([row_of[bus] for bus in lines["from_bus"]], dtype=np.float64)
    ampere = BASE_VA / (np.sqrt(3.0) * volts)
    most = np.maximum(np.abs(current[0][:n]), np.abs(current[1][:n])) * ampere
    rating = lines["max_current_a"].to_numpy() * lines["parallel"].to_numpy()
    hv_v, lv_v = (
        np.array([row_of[bus] for bus in trafos[f"{side}_bus"]], dtype=np.float64)
        for side in ("hv", "lv")
    )
    rated = trafos["rated_va"].to_numpy() * trafos["parallel"].to_numpy() / BASE_VA
    shares = [
        np.abs(value[n:]) * own.to_numpy() / nominal / rated
        for value, own, nominal in (
            (current[0], trafos["hv_v"], hv_v),
            (current[1], trafos["lv_v"], lv_v),
        )
    ]
    one, other = power
    return (
        pd.DataFrame(
            {
                "line": lines["line"],
                "p_from_w": one[:n].real,
                "q_from_var": one[:n].imag,
                "p_to_w": other[:n].real,
                "q_to_var": other[:n].imag,
                "current_a": most,
                "loading": most / rating,
                "loss_w": (one[:n] + other[:n]).real,
            }
        ),
        pd.DataFrame(
            {
                "transformer": trafos["transformer"],
                "p_hv_w": one[n:].real,
                "q_hv_var": one[n:].imag,
                "p_lv_w": other[n:].real,
                "q_lv_var": other[n:].imag,
                "loading": np.maximum(shares[0], shares[1]),
                "loss_w": (one[n:] + other[n:]).real,
            }
        ),
    )


def _source_table(net: PowerNetwork, into: Complex) -> pd.DataFrame:
    """Return what sources feed in."""
    node = net.nodes_of("sources")
    share = into[node] / np.bincount(node, minlength=into.size)[node]
    return pd.DataFrame(
        {"source": net.frames["sources"]["source"], "p_w": share.real, "q_var": share.imag}
    )
