"""An electric network as arrays, as solvers take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.electricity.branches import TwoPorts

    type Complex = NDArray[np.complex128]


@final
@dataclass(frozen=True, slots=True)
class PowerArrays:
    """A network as arrays. Nodes are buses joined by closed switches; voltages are per unit."""

    node_of_bus: Int32
    """Shape (n_buses,)."""
    tail: Int32
    """Node at the from or high-voltage end of lines, then transformers."""
    head: Int32
    ports: TwoPorts
    earth: Complex
    """Admittance of shunts to earth, shape (n_nodes,)."""
    turned_deg: Float64
    """By which the vector groups on the way from a source turn a node's voltage."""
    held: Complex
    """Voltage of nodes with a source, NaN elsewhere; in the frame that turns with the node."""
    live: Bool
    """Whether a node is joined to a source, shape (n_nodes,)."""
