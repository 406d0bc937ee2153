"""The matrix of a network in factors, which all its loads share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.core.errors import SolveError
from twin.flows.electricity.kernels import factorise_complex_into, solve_complex_into
from twin.kernels.ldl import symbolic_ldl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.core.arrays import Float64, Int32
    from twin.flows.electricity.arrays import PowerArrays

    type Complex = NDArray[np.complex128]


class FactorArrays(NamedTuple):
    """Factors as kernels take them; rows are unknown nodes in elimination order."""

    l_start: Int32
    l_row: Int32
    l_re: Float64
    l_im: Float64
    inverse_re: Float64
    inverse_im: Float64
    free_re: Float64
    free_im: Float64


class PowerRows(NamedTuple):
    """Power drawn, per unit, shape (n_unknowns, LANES); the last four have no row without use."""

    p: Float64
    q: Float64
    p_current: Float64
    q_current: Float64
    p_impedance: Float64
    q_impedance: Float64


@final
@dataclass(frozen=True, slots=True)
class Factor:
    """Factors and the row of each node."""

    arrays: FactorArrays
    row_of_node: Int32
    """Row of a node, -1 where its voltage is given or it is dark, shape (n_nodes,)."""
    free: Complex
    """Voltages without load, shape (n_nodes,); 0 where dark."""


def factorised(net: PowerArrays) -> Factor:
    """Factorise the admittances of the nodes that a source reaches and does not hold."""
    held = np.isfinite(net.held)
    unknown = net.live & ~held
    n = int(unknown.sum())
    row = np.full(net.live.size, -1, dtype=np.int32)
    row[unknown] = np.arange(n, dtype=np.int32)
    through = net.ports.y_through
    inside = through != 0.0
    pattern = symbolic_ldl(
        n,
        np.where(inside, row[net.tail], -1).astype(np.int32),
        np.where(inside, row[net.head], -1).astype(np.int32),
    )
    own = net.earth.copy()
    np.add.at(own, net.tail, net.ports.y_from)
    np.add.at(own, net.head, net.ports.y_to)
    bridged = net.tail == net.head  # by closed switches: only what leaks to earth remains
    np.add.at(own, net.tail[bridged], 2.0 * through[bridged])
    off = np.zeros(pattern.a_row.size, dtype=np.complex128)
    slots = pattern.slot_of_link >= 0
    np.add.at(off, pattern.slot_of_link[slots], through[slots])
    l_values = np.zeros(pattern.l_row.size, dtype=np.complex128)
    d_values = np.ones(n, dtype=np.complex128)
    done = factorise_complex_into(pattern, own[unknown], off, l_values, d_values)
    if done < n:
        node = int(np.flatnonzero(unknown)[np.flatnonzero(pattern.position == done)[0]])
        bus = int(np.flatnonzero(net.node_of_bus == node)[0])
        message = (
            f"buses row {bus}: admittances cancel each other (resonance); check shunts and lines"
        )
        raise SolveError(message)
    x = np.zeros(n, dtype=np.complex128)
    _injected_into(net, row, pattern.position, x)
    solve_complex_into(pattern.l_start, pattern.l_row, l_values, d_values, x)
    free = np.where(held, net.held, 0.0)
    free[unknown] = x[pattern.position]
    place = row.copy()
    place[unknown] = pattern.position
    inverse = 1.0 / d_values
    return Factor(
        FactorArrays(
            pattern.l_start,
            pattern.l_row,
            np.ascontiguousarray(l_values.real),
            np.ascontiguousarray(l_values.imag),
            np.ascontiguousarray(inverse.real),
            np.ascontiguousarray(inverse.imag),
            np.ascontiguousarray(x.real),
            np.ascontiguousarray(x.imag),
        ),
        place,
        free,
    )


def _injected_into(net: PowerArrays, row: Int32, position: Int32, out_x: Complex) -> None:
    """Add the currents that held nodes send into unknown ones, in elimination order."""
    for one, other in ((net.tail, net.head), (net.head, net.tail)):
        feeds = (row[one] < 0) & (row[other] >= 0) & np.isfinite(net.held[one])
        current = -net.ports.y_through[feeds] * net.held[one][feeds]
        np.add.at(out_x, position[row[other][feeds]], current)
