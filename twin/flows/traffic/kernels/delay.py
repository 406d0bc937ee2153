"""The cost of a link at its flow, and how steeply it rises.

References
----------
Bureau of Public Roads, 1964, Traffic Assignment Manual (the power form).
Spiess, 1990, "Conical volume-delay functions", Transportation Science 24(2),
doi 10.1287/trsc.24.2.153, eq. 5 (the conical form, its alpha in `power`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.kernels.jit import inline_kernel, kernel

if TYPE_CHECKING:
    from twin.kernels.paths import Star

FLAT, QUARTIC, POWER, CONICAL = 0, 1, 2, 3  # numbers of the forms in `LinkArrays.form`
_LEAST = 1e-7  # share of capacity at which dcost/dx of powers below 1 is taken, infinite at 0


class LinkArrays(NamedTuple):
    """Links in order of their tail, as the solver sees them."""

    out: Star  # links by tail: `out.link` counts up, `out.node` is the head
    tail: np.ndarray  # (n_links,) int32, node row
    form: np.ndarray  # (n_links,) uint8: FLAT, QUARTIC (BPR with power 4), POWER (BPR), CONICAL
    free: np.ndarray  # (n_links,) time of the empty link; FLAT: at any flow
    factor: np.ndarray  # (n_links,) QUARTIC: free b / capacity^4; POWER: free b
    power: np.ndarray  # (n_links,) exponent; CONICAL: alpha
    capacity: np.ndarray  # (n_links,) > 0
    linear_from: np.ndarray  # (n_links,) flow / capacity from which POWER goes on as its tangent
    fixed: np.ndarray  # (n_classes, n_links) cost that does not depend on flow
    is_open: np.ndarray  # (n_classes, n_links) uint8
    first_thru: int  # nodes below this row are centroids


@kernel
def _power_time(links, link, ratio):
    """Return (time, dtime/dratio) of the power form, along its tangent from `linear_from` on."""
    power = links.power[link]
    bend = min(ratio, links.linear_from[link])
    at = max(bend, _LEAST) if power < 1.0 else bend
    rise = links.factor[link] * power * at ** (power - 1.0)
    return links.free[link] + links.factor[link] * bend**power + rise * (ratio - bend), rise


@kernel
def _conical_time(links, link, ratio):
    """Return (time, dtime/dratio) of the conical form."""
    alpha = links.power[link]
    beta = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0)
    left = alpha * (1.0 - ratio)
    root = np.sqrt(left * left + beta * beta)
    free = links.free[link]
    return free * (2.0 + root - left - beta), free * alpha * (1.0 - left / root)


@inline_kernel
def price_link_into(links, link, total, out_cost, out_slope):
    """Bring cost, shape (n_classes, n_links), and slope of one link up to its total flow."""
    flow = max(total[link], 0.0)
    form = links.form[link]
    time = links.free[link]
    slope = 0.0
    if form == QUARTIC:
        square = flow * flow
        cube = links.factor[link] * square * flow
        time += cube * flow
        slope = 4.0 * cube
    elif form == POWER:
        time, slope = _power_time(links, link, flow / links.capacity[link])
        slope /= links.capacity[link]
    elif form == CONICAL:
        time, slope = _conical_time(links, link, flow / links.capacity[link])
        slope /= links.capacity[link]
    out_slope[link] = slope
    for m in range(out_cost.shape[0]):
        out_cost[m, link] = time + links.fixed[m, link]
