"""Valves the slow way: every combination of states is solved, those without fault are returned."""

import itertools

import numpy as np

from tests.naive.water import link_loss_m
from twin.flows.water.network.kinds import FCV_KIND, PRV_KIND, PSV_KIND

OPEN, ACTIVE, SHUT = "open", "active", "shut"


def solve(net, demand):
    """Return (heads, flows, states) of every combination of states without fault.

    A state is at fault if a reducing valve that is open delivers more than it should, if one that
    is active runs backwards or lacks pressure before it, or if one that is shut could flow; and in
    the same way for valves that sustain a pressure or limit a flow.
    """
    valves = np.flatnonzero(np.isin(net.link_kind, (PRV_KIND, PSV_KIND, FCV_KIND)))
    found = []
    for states in itertools.product((ACTIVE, OPEN, SHUT), repeat=valves.size):
        state = dict(zip(valves.tolist(), states, strict=True))
        if any(s == SHUT and net.link_kind[k] == FCV_KIND for k, s in state.items()):
            continue
        answer = _newton(net, demand, state)
        if answer is not None and all(_right(net, k, s, *answer) for k, s in state.items()):
            found.append((*answer, state))
    return found


def _pin(net, k):
    """Return the node whose head valve k sets, and that head."""
    node = net.head[k] if net.link_kind[k] == PRV_KIND else net.tail[k]
    return node, net.elevation_m[node] + net.setting[k]


def _right(net, k, state, head, flow, tolerance=1e-6):
    kind = net.link_kind[k]
    before, behind = head[net.tail[k]], head[net.head[k]]
    if kind == FCV_KIND:
        passes = flow[k] <= net.setting[k] + tolerance
        return passes if state == OPEN else before >= behind - tolerance
    _, held = _pin(net, k)
    if state == SHUT:
        could = behind < held and before > behind
        if kind == PSV_KIND:
            could = before > held and before > behind
        return not could
    forward = flow[k] >= -tolerance
    if state == ACTIVE:
        spare = before >= held - tolerance if kind == PRV_KIND else behind <= held + tolerance
        return forward and spare
    good = behind <= held + tolerance if kind == PRV_KIND else before >= held - tolerance
    return forward and good


def _newton(net, demand, state):  # noqa: C901 - all equations in one place
    """Return (heads, flows) for given states, or None where there are none."""
    m = net.n_links
    free = np.flatnonzero(net.node_kind == 0)
    head = net.head_m.copy()

    def residual(x):
        head[free] = x[m:]
        out, balance = np.empty(x.size), -np.asarray(demand, dtype=float)
        for k in range(m):
            t, h = net.tail[k], net.head[k]
            balance[t] -= x[k]
            balance[h] += x[k]
            how = state.get(k, OPEN)
            if how == SHUT:
                out[k] = 1000.0 * x[k]
            elif how == OPEN:
                out[k] = head[t] - head[h] - link_loss_m(net, k, x[k])
                if k in state:  # an open valve without loss: a hair of resistance
                    out[k] = head[t] - head[h] - 1e-6 * x[k] - _minor_m(net, k, x[k])
            elif net.link_kind[k] == FCV_KIND:
                out[k] = 1000.0 * (x[k] - net.setting[k])
            else:
                node, held = _pin(net, k)
                out[k] = head[node] - held
        out[m:] = 1000.0 * balance[free]
        return out

    x = np.concatenate([np.full(m, 0.01), np.full(free.size, np.nanmax(net.head_m))])
    for _ in range(100):
        r = residual(x)
        if np.abs(r).max() < 1e-9:
            head[free] = x[m:]
            return head.copy(), x[:m].copy()
        jacobian = np.empty((x.size, x.size))
        for j in range(x.size):
            step = np.zeros(x.size)
            step[j] = 1e-7 if j < m else 1e-6
            jacobian[:, j] = (residual(x + step) - residual(x - step)) / (2.0 * step[j])
        if np.linalg.matrix_rank(jacobian) < x.size:
            return None
        move = np.linalg.solve(jacobian, -r)
        share = 1.0
        while share > 1e-4 and np.linalg.norm(residual(x + share * move)) > np.linalg.norm(r):
            share *= 0.5
        x = x + share * move
    return None


def _minor_m(net, k, flow):
    area = np.pi * net.diameter_m[k] ** 2 / 4.0
    return net.minor_loss[k] * abs(flow) * flow / (2.0 * 32.2 * 0.3048 * area**2)
