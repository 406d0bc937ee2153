"""Travelling heat the slow and obvious way: follow water back to when it entered."""

import numpy as np


def outlet(inlet_c, flow_kgs, content_kg, ground_c, tau_s, before_c):
    """Return a pipe's outlet temperature as a function of time, from that of its inlet.

    Flow is constant; water that was in the pipe at time 0 had `before_c(age)`, by the time since
    it entered.
    """
    stay_s = content_kg / flow_kgs

    def at(t):
        entered = t - stay_s
        there = inlet_c(entered) if entered >= 0 else before_c(entered)
        return ground_c + (there - ground_c) * np.exp(-stay_s / tau_s)

    return at


def mean_over(function, begin, end, points=400):
    """Return the mean of a function of time over an interval by the midpoint rule."""
    t = begin + (end - begin) * (np.arange(points) + 0.5) / points
    return np.mean([function(x) for x in t])


def pipe_with_varying_flow(flows_kgs, inlets_c, content_kg, ground_c, tau_s, step_s, first_c):
    """Return mean outlet temperatures per step of a pipe first full of fresh water of one warmth.

    Flow and inlet are constant within steps. What leaves at t entered when a pipe's content less
    had flowed in; it is found on the curve of mass that has entered.
    """
    n = len(flows_kgs)
    edges_s = step_s * np.arange(n + 1)
    mass_kg = np.concatenate([[0.0], np.cumsum(np.asarray(flows_kgs) * step_s)])

    def at(t):
        gone = np.interp(t, edges_s, mass_kg) - content_kg
        if gone < 0:
            return ground_c + (first_c - ground_c) * np.exp(-t / tau_s)
        entered = np.interp(gone, mass_kg, edges_s)
        warm = inlets_c[min(int(entered / step_s), n - 1)]
        return ground_c + (warm - ground_c) * np.exp(-(t - entered) / tau_s)

    return np.array([mean_over(at, edges_s[k], edges_s[k + 1]) for k in range(n)])


def two_consumers(pipes, flows, inlet_c, drop_k, before_c):
    """Return temperatures in time of a trunk that feeds a near and a far consumer.

    `pipes` are (content_kg, ground_c, tau_s) of trunk, branch, return branch, return trunk. The
    near consumer stands at the end of the trunk. Result: functions (near, far, plant return).
    """
    near_kgs, far_kgs = flows
    both = near_kgs + far_kgs
    steady = {}

    def settled(t):  # noqa: ARG001 - nothing moved before time 0
        return before_c

    near = outlet(inlet_c, both, *pipes[0], settled)
    steady["near"] = pipes[0][1] + (before_c - pipes[0][1]) * np.exp(
        -pipes[0][0] / both / pipes[0][2]
    )
    far = outlet(near, far_kgs, *pipes[1], lambda _: steady["near"])
    steady["far"] = pipes[1][1] + (steady["near"] - pipes[1][1]) * np.exp(
        -pipes[1][0] / far_kgs / pipes[1][2]
    )
    back = outlet(lambda t: far(t) - drop_k, far_kgs, *pipes[2], lambda _: steady["far"] - drop_k)
    steady["back"] = pipes[2][1] + (steady["far"] - drop_k - pipes[2][1]) * np.exp(
        -pipes[2][0] / far_kgs / pipes[2][2]
    )

    def joint(t):
        return (far_kgs * back(t) + near_kgs * (near(t) - drop_k)) / both

    before = (far_kgs * steady["back"] + near_kgs * (steady["near"] - drop_k)) / both
    return near, far, outlet(joint, both, *pipes[3], lambda _: before)
