"""Compiled line search along a Newton step, for solves that full steps do not settle.

With the modes of its valves fixed, a network's flows are those of least content, the sum over links
of the integral of head loss over flow less what given heads supply: the content is convex, as every
law rises, and a Newton step from balanced flows goes down. So the step is shortened to where the
content is least along it, and the method cannot go round in circles.

References
----------
Collins, Cooper, Helgason, Kennington & LeBlanc, 1978, "Solving the pipe network analysis problem
using optimization techniques", Management Science 24(7), 747-760 (the content of a network).
"""

from twin.flows.water.kernels.headloss import (
    BARRIER_SM2,
    BOUND_SM2,
    CONSTANT_POWER,
    DARCY_WEISBACH,
    FIXED_DROP,
    link_loss,
    pipe_loss,
    power_loss,
)
from twin.flows.water.kernels.valves import ACTIVE, HELD
from twin.flows.water.kernels.workspace import BOTH_WAYS
from twin.kernels.jit import borrowing_kernel

_BALANCED_M3S = 1.0e-5  # more missing at a node, and the whole step is taken to balance it first
_HALVINGS = 40
_NEAR = 1.0e-3


@borrowing_kernel
def _loss_m(width, scenario, order, workspace, i, q):
    """Return the head loss of link i of the order at a flow, without its lift."""
    r = i * width + scenario
    if i < order.n_plain:
        minor = workspace.minor[r] * abs(q) * q
        if workspace.scenario.plain_law[scenario] == DARCY_WEISBACH:
            law = pipe_loss(
                workspace.resistance[r], workspace.rough_share[r], workspace.re_per_flow[r], q
            )
        else:
            law = power_loss(
                workspace.resistance[r], workspace.scenario.plain_exponent[scenario], q
            )
        return law[0] + minor
    way, s = workspace.way[r], r - order.n_plain * width
    barred = way == HELD or (way != BOTH_WAYS and way * q <= 0.0)
    kind = workspace.special.law[s]
    if barred and kind != CONSTANT_POWER:
        return BARRIER_SM2 * q + (workspace.special.resistance[s] if kind == FIXED_DROP else 0.0)
    return link_loss(workspace.special, s, q)[0]


@borrowing_kernel
def _slope_m(width, scenario, order, workspace, share):
    """Return the rise of the content along the step, where a share of it is taken."""
    change, head_m = workspace.rhs, workspace.head_m
    total = 0.0
    for i in range(order.link.size):
        r = i * width + scenario
        if workspace.live[r] == 0.0 or workspace.way[r] == ACTIVE:
            continue
        t, h = order.tail[i] * width + scenario, order.head[i] * width + scenario
        more = workspace.step[r] + workspace.conductance[r] * (change[t] - change[h])
        drop = head_m[t] + change[t] - head_m[h] - change[h]
        if i >= order.n_plain:
            drop += workspace.special.lift_m[r - order.n_plain * width]
        q = workspace.flow_m3s[r] + share * more
        total += more * (_loss_m(width, scenario, order, workspace, i, q) - drop)
    outlets = workspace.outlets
    for o in range(outlets.place.size):
        r, at = o * width + scenario, outlets.place[o] * width + scenario
        if outlets.conductance[r] <= 0.0 or outlets.exponent[o] > 1.0:
            continue
        more = outlets.step[r] + outlets.conductance[r] * change[at]
        q = outlets.outflow_m3s[r] + share * more
        drop = head_m[at] + change[at] - outlets.least_head_m[r]
        if q < 0.0 and not outlets.both_ways[o]:
            loss = BOUND_SM2 * q
        else:
            cap = outlets.cap_m3s[r]
            loss = power_loss(outlets.resistance[r], 1.0 / outlets.exponent[o], min(q, cap))[0]
            loss += BOUND_SM2 * max(q - cap, 0.0)
        total += more * (loss - drop)
    return total


@borrowing_kernel
def best_share(width, scenario, order, workspace):
    """Return the share of the step in `rhs` at which the content is least."""
    for i in range(order.n_unknown, order.node.size):
        workspace.rhs[i * width + scenario] = 0.0
    if workspace.scenario.mass_m3s[scenario] > _BALANCED_M3S:
        return 1.0
    if _slope_m(width, scenario, order, workspace, 1.0) <= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _slope_m(width, scenario, order, workspace, middle) > 0.0:
            high = middle
        else:
            low = middle
        if low > 0.0 and high - low <= _NEAR * high:
            break
    return low if low > 0.0 else high


@borrowing_kernel
def lead_heads_into(width, scenario, order, workspace):
    """Give heads the whole step of which flows took a share: the next step depends on these alone.

    Heads that lag far behind would leave the digits of the next flows to their round-off.
    """
    part = 1.0 - workspace.scenario.share[scenario]
    for i in range(order.n_unknown):
        r = i * width + scenario
        workspace.head_m[r] += part * workspace.rhs[r]
