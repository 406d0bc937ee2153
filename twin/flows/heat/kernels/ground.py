"""Compiled heat conduction in the ground about buried pipes: rings that store heat.

Each pipe has the ground between its casing and the radius at which the steady resistance of a
buried pipe is reached, 2 x depth, as nodes at logarithmic radii. Between two nodes the resistance
is ln(r2/r1) / (2 pi k), so the steady state is exact; each half of an annulus stores heat at its
node. A step is implicit in the ground.
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel


class Ground(NamedTuple):
    """Nodes from the casing outwards; beyond the last the ground is undisturbed."""

    over_k: np.ndarray  # (n_pipes, n_nodes) temperature over the undisturbed ground
    out_wmk: np.ndarray  # (n_pipes, n_nodes) conductance to the next node outwards
    store_jmk: np.ndarray  # (n_pipes, n_nodes) heat capacity per metre of pipe


@kernel
def warm_into(into_wm, step_s, ground, ratio, rest):
    """Let each pipe give `into_wm`, shape (n_pipes,), to its casing's node for one step.

    `ratio` and `rest` are scratch of shape (n_nodes,). Thomas' algorithm on
    C (T' - T) / dt = q + sum of conductance x difference, T' at the end of the step.
    """
    n_pipes, n = ground.over_k.shape
    for p in range(n_pipes):
        for k in range(n):
            inner = ground.out_wmk[p, k - 1] if k > 0 else 0.0
            store = ground.store_jmk[p, k] / step_s
            given = store * ground.over_k[p, k]
            if k == 0:
                given += into_wm[p]
            pivot = store + inner + ground.out_wmk[p, k]
            if k > 0:
                pivot -= inner * ratio[k - 1]
                given += inner * rest[k - 1]
            ratio[k] = ground.out_wmk[p, k] / pivot
            rest[k] = given / pivot
        beyond = 0.0
        for k in range(n - 1, -1, -1):
            outer = ratio[k] * beyond if k < n - 1 else 0.0
            beyond = rest[k] + outer
            ground.over_k[p, k] = beyond
