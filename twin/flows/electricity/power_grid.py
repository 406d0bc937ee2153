"""The same power flow by power-grid-model, where a user has it installed and chooses it.

Every two-port of a compiled network is symmetric, so it is a line with a series impedance and a
shunt at each end, all at one voltage: power-grid-model solves the same equations, not a likeness.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from twin.core.errors import SolveError
from twin.flows.electricity.branches import BASE_VA
from twin.flows.electricity.solver import PowerRuns, loads_of

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from twin.core.arrays import Float64, Int32
    from twin.flows.electricity.network import PowerNetwork

    type Complex = NDArray[np.complex128]

_VOLT = 1000.0
_OHM = _VOLT**2 / BASE_VA
_STIFF_VA = 1e18
"""Short-circuit power of a source: it has an impedance there, ours has none."""


def solve_by_power_grid_model(
    net: PowerNetwork,
    *,
    p_w: Float64 | None = None,
    q_var: Float64 | None = None,
    method: Literal["newton_raphson", "iterative_current"] = "newton_raphson",
    tolerance: float = 1e-11,
) -> PowerRuns:
    """Find voltages for many sets of loads by power-grid-model; its iterations are not counted.

    Parameters
    ----------
    p_w, q_var
        As `solve_many`.
    method
        Of power-grid-model.
    tolerance
        Of a voltage, per unit.

    Raises
    ------
    SolveError
        If the package is not installed, or does not solve one of the scenarios.
    """
    try:
        pgm: Any = importlib.import_module("power_grid_model")
    except ModuleNotFoundError as error:
        message = "power_grid_model is not installed; install power-grid-model, or use solve_many"
        raise SolveError(message) from error
    p_all, q_all = loads_of(net, p_w, q_var)
    model, live, first = _model(pgm, net)
    update = _update(pgm, net, p_all, q_all, first)
    try:
        result = model.calculate_power_flow(
            update_data=update,
            calculation_method=getattr(pgm.CalculationMethod, method),
            error_tolerance=tolerance,
            max_iterations=1000,
            output_component_types=["node"],
        )
    except (pgm.errors.PowerGridBatchError, pgm.errors.PowerGridError) as error:
        message = f"loads: power-grid-model finds no voltage that satisfies them: {error}"
        raise SolveError(message) from error
    nodes = result["node"]
    voltage = np.zeros((p_all.shape[0], live.size), dtype=np.complex128)
    found = nodes["u_pu"] * np.exp(1j * nodes["u_angle"])
    voltage[:, live] = found.reshape(p_all.shape[0], -1)
    return PowerRuns(voltage, np.zeros(p_all.shape[0], dtype=np.int32))


def _model(pgm: ModuleType, net: PowerNetwork) -> tuple[Any, NDArray[np.bool_], int]:
    """Return the model, the live nodes, and the id of the first load."""
    arrays, ports = net.arrays, net.arrays.ports
    live = arrays.live
    apart = arrays.tail != arrays.head
    joined = np.flatnonzero((ports.y_through != 0.0) & live[arrays.tail] & apart)
    held = np.flatnonzero(np.isfinite(arrays.held))
    count = live.size
    node = _table(pgm, "node", np.flatnonzero(live))
    node["u_rated"] = _VOLT
    line = _table(pgm, "line", count + np.arange(joined.size))
    line["from_node"], line["to_node"] = arrays.tail[joined], arrays.head[joined]
    line["from_status"] = line["to_status"] = 1
    impedance = -_OHM / ports.y_through[joined]
    line["r1"], line["x1"], line["c1"], line["tan1"] = impedance.real, impedance.imag, 0.0, 0.0
    earth = arrays.earth.copy()
    np.add.at(earth, arrays.tail, ports.y_from + ports.y_through)
    np.add.at(earth, arrays.head, ports.y_to + ports.y_through)
    leaks = np.flatnonzero(live & (earth != 0.0))
    shunt = _table(pgm, "shunt", count + joined.size + np.arange(leaks.size))
    shunt["node"], shunt["status"] = leaks, 1
    shunt["g1"], shunt["b1"] = earth[leaks].real / _OHM, earth[leaks].imag / _OHM
    begin = count + joined.size + leaks.size
    source = _table(pgm, "source", begin + np.arange(held.size))
    source["node"], source["status"], source["sk"] = held, 1, _STIFF_VA
    source["u_ref"] = np.abs(arrays.held[held])
    source["u_ref_angle"] = np.angle(arrays.held[held])
    first = begin + held.size
    load = _loads(pgm, net, first)
    tables = {"node": node, "line": line, "shunt": shunt, "source": source, "sym_load": load}
    return pgm.PowerGridModel(tables), live, first


def _table(pgm: ModuleType, kind: str, ids: NDArray[np.integer[Any]]) -> NDArray[Any]:
    table: NDArray[Any] = pgm.initialize_array("input", kind, ids.size)
    table["id"] = ids
    return table


def _parts(net: PowerNetwork) -> list[tuple[str, Int32, Float64, Float64]]:
    """Return (law, rows of loads that have it, share of p, share of q)."""
    shares = net.shares
    current = shares["current_p"], shares["current_q"]
    impedance = shares["impedance_p"], shares["impedance_q"]
    fixed = tuple(1.0 - a - b for a, b in zip(current, impedance, strict=True))
    live = net.arrays.live[net.load_node]
    laws = (("const_power", fixed), ("const_current", current), ("const_impedance", impedance))
    return [
        (law, np.flatnonzero(live & ((p != 0.0) | (q != 0.0))).astype(np.int32), p, q)
        for law, (p, q) in laws
    ]


def _loads(pgm: ModuleType, net: PowerNetwork, first: int) -> NDArray[Any]:
    """Return loads by law, then generators as loads that give."""
    frame, made = net.frames["loads"], net.frames["generators"]
    live = np.flatnonzero(net.arrays.live[net.generator_node])
    node, law, p_w, q_var = [], [], [], []
    for name, rows, share_p, share_q in _parts(net):
        node.append(net.load_node[rows])
        law.append(np.full(rows.size, int(getattr(pgm.LoadGenType, name))))
        p_w.append(frame["p_w"].to_numpy()[rows] * share_p[rows])
        q_var.append(frame["q_var"].to_numpy()[rows] * share_q[rows])
    node.append(net.generator_node[live])
    law.append(np.full(live.size, int(pgm.LoadGenType.const_power)))
    p_w.append(-made["p_w"].to_numpy()[live])
    q_var.append(-made["q_var"].to_numpy()[live])
    load = _table(pgm, "sym_load", first + np.arange(sum(part.size for part in node)))
    load["node"], load["status"] = np.concatenate(node), 1
    load["type"] = np.concatenate(law)
    load["p_specified"], load["q_specified"] = np.concatenate(p_w), np.concatenate(q_var)
    return load


def _update(
    pgm: ModuleType, net: PowerNetwork, p_w: Float64, q_var: Float64, first: int
) -> dict[str, NDArray[Any]]:
    """Return the loads of every scenario."""
    parts = _parts(net)
    many = sum(rows.size for _, rows, _, _ in parts)
    update = pgm.initialize_array("update", "sym_load", (p_w.shape[0], many))
    update["id"] = first + np.arange(many)
    at = 0
    for _, rows, share_p, share_q in parts:
        update["p_specified"][:, at : at + rows.size] = p_w[:, rows] * share_p[rows]
        update["q_specified"][:, at : at + rows.size] = q_var[:, rows] * share_q[rows]
        at += rows.size
    return {"sym_load": update}
