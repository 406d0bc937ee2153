"""Water hydraulics the slow way: dense damped Newton on flows and heads together."""

import math

import numpy as np

from twin.flows.water import Headloss

GRAVITY = 32.2 * 0.3048


def darcy_factor(reynolds, rough):
    """Return the friction factor; `rough` is roughness over diameter."""
    if reynolds <= 2000.0:
        return 64.0 / max(reynolds, 1e-12)
    if reynolds >= 4000.0:
        return 0.25 / math.log10(rough / 3.7 + 5.74 / reynolds**0.9) ** 2
    y2 = rough / 3.7 + 5.74 / 4000.0**0.9
    y3 = -0.86859 * math.log(y2)
    fa = y3**-2
    fb = fa * (2.0 - 0.00514215 / (y2 * y3))
    r = reynolds / 2000.0
    x2 = 0.128 - 17.0 * fa + 2.5 * fb
    x3 = -0.128 + 13.0 * fa - 2.0 * fb
    return 7.0 * fa - fb + r * (x2 + r * (x3 + r * (0.032 - 3.0 * fa + 0.5 * fb)))


def link_loss_m(net, k, flow):
    """Return head at the tail minus head at the head of link k."""
    size = abs(flow)
    if net.is_pump[k]:
        speed, c = net.pump_speed[k], net.pump_exponent[k]
        lift = speed**2 * net.pump_lift_m[k]
        return -lift + net.pump_resistance[k] * speed ** (2.0 - c) * size ** (c - 1.0) * flow
    length, d, rough = net.length_m[k], net.diameter_m[k], net.roughness[k]
    area = math.pi * d**2 / 4.0
    if net.headloss is Headloss.HAZEN_WILLIAMS:
        loss = 10.6668 * length * size**0.852 * flow / (rough**1.852 * d**4.871)
    elif net.headloss is Headloss.DARCY_WEISBACH:
        reynolds = size * d / (area * net.viscosity_m2s)
        factor = darcy_factor(reynolds, rough / d)
        loss = factor * length / d * size * flow / (2.0 * GRAVITY * area**2)
    else:
        # Manning in SI: v = R^(2/3) S^(1/2) / n
        loss = length * (rough / (area * (d / 4.0) ** (2.0 / 3.0))) ** 2 * size * flow
    return loss + net.minor_loss[k] * size * flow / (2.0 * GRAVITY * area**2)


def outflow_m3s(net, i, head, demand, *, pressure_driven):
    """Return (delivered, leaked) of junction i at some head."""
    pressure = head - net.elevation_m[i]
    delivered = demand
    if pressure_driven and demand > 0.0:
        span = net.full_pressure_m[i] - net.least_pressure_m[i]
        share = min(max((pressure - net.least_pressure_m[i]) / span, 0.0), 1.0)
        delivered = demand * share ** net.demand_exponent[i]
    over = max(pressure, 0.0)
    leaked = 0.6 * net.leak_area_m2[i] * math.sqrt(2.0 * GRAVITY * over)
    leaked += 0.6 * net.crack_growth_m[i] * over * math.sqrt(2.0 * GRAVITY * over)
    return delivered, leaked + net.leak_coefficient[i] * over ** net.leak_exponent[i]


def solve(net, demand, *, pressure_driven=False, iterations=300):
    """Return (heads, flows) by Newton with a numeric Jacobian and a backtracking line search."""
    n, m = net.n_nodes, net.n_links
    free = np.flatnonzero(net.node_kind == 0)
    given = np.where(net.node_kind == 2, net.elevation_m + net.tank_init_m, net.head_m)

    def residual(x):
        head = given.copy()
        head[free] = x[m:]
        out = np.empty(m + free.size)
        balance = np.zeros(n)
        for k in range(m):
            t, h = net.tail[k], net.head[k]
            out[k] = head[t] - head[h] - link_loss_m(net, k, x[k])
            balance[t] -= x[k]
            balance[h] += x[k]
        for row, i in enumerate(free):
            flows = outflow_m3s(net, i, head[i], demand[i], pressure_driven=pressure_driven)
            out[m + row] = 1000.0 * (balance[i] - sum(flows))
        return out

    x = np.concatenate([np.full(m, 0.01), np.full(free.size, np.nanmax(given))])
    for _ in range(iterations):
        r = residual(x)
        if np.abs(r).max() < 1e-9:
            break
        jacobian = np.empty((x.size, x.size))
        for j in range(x.size):
            step = np.zeros(x.size)
            step[j] = 1e-7 if j < m else 1e-6
            jacobian[:, j] = (residual(x + step) - residual(x - step)) / (2.0 * step[j])
        move = np.linalg.solve(jacobian, -r)
        share = 1.0
        while share > 1e-3 and np.linalg.norm(residual(x + share * move)) > np.linalg.norm(r):
            share *= 0.5
        x = x + share * move
    assert np.abs(residual(x)).max() < 1e-6, "the naive solver did not converge"
    head = given.copy()
    head[free] = x[m:]
    return head, x[:m]
