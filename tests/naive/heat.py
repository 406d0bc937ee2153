"""A slow and obvious heat network solver, and builders of small networks and towns."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq, root

from twin.city.bundle import City
from twin.kernels.rng import uniforms_for

G = 9.80665


def density(t):
    return (
        999.79684 + 0.068317355 * t - 0.010740248 * t**2 + 0.00082140905 * t**2.5
        - 2.3030988e-5 * t**3
    )  # fmt: skip


def viscosity(t):
    return 1.0 / (557.82468 + 19.408782 * t + 0.1360459 * t**2 - 3.1160832e-4 * t**3)


def capacity(t):
    return 1e3 * (
        4.2174356 - 0.0056181625 * t + 0.0012992528 * t**1.5 - 0.00011535353 * t**2
        + 4.14964e-6 * t**2.5
    )  # fmt: skip


def enthalpy(t):
    return 1e3 * (
        4.2174356 * t - 0.0056181625 * t**2 / 2 + 0.0012992528 * t**2.5 / 2.5
        - 0.00011535353 * t**3 / 3 + 4.14964e-6 * t**3.5 / 3.5
    )  # fmt: skip


def friction_factor(re, k, d):
    def swamee_jain(x):
        return 0.25 / math.log10(k / (3.7 * d) + 5.74 / x**0.9) ** 2

    if re < 2000:
        return 64 / re
    if re > 4000:
        return swamee_jain(re)
    slope = (swamee_jain(4000.01) - swamee_jain(3999.99)) / 0.02
    spline = CubicHermiteSpline([2000, 4000], [0.032, swamee_jain(4000)], [-0.032 / 2000, slope])
    return float(spline(re))


def pressure_loss(m, pipe, t):
    if m == 0:
        return 0.0
    area = math.pi * pipe.diameter_m**2 / 4
    re = abs(m) * pipe.diameter_m / (viscosity(t) * area)
    factor = friction_factor(re, pipe.roughness_m, pipe.diameter_m)
    v = m / (density(t) * area)
    return factor * pipe.length_m / pipe.diameter_m * density(t) / 2 * v * abs(v)


def side_flows(nodes, pipes, fixed, held_pa, draw, mean_t, column_t):
    """Find flows of one side: root of node balances over pressures, pipes inverted one by one."""
    elevation = nodes.set_index("node").elevation_m
    free = [n for n in dict.fromkeys([*pipes.from_node, *pipes.to_node]) if n != fixed]

    def flows(p):
        out = []
        for pipe, t in zip(pipes.itertuples(), mean_t, strict=True):
            rise = density(column_t) * G * (elevation[pipe.to_node] - elevation[pipe.from_node])
            gap = p[pipe.from_node] - p[pipe.to_node] - rise
            out.append(brentq(lambda m, a=pipe, b=gap, c=t: pressure_loss(m, a, c) - b, -1e3, 1e3,
                              xtol=1e-14, rtol=1e-14))  # fmt: skip
        return np.array(out)

    def pressures(x):
        return {fixed: held_pa, **dict(zip(free, held_pa + x * 1e3, strict=True))}

    def gaps(x):
        m = flows(pressures(x))
        balance = {n: -draw.get(n, 0.0) for n in free}
        for pipe, flow in zip(pipes.itertuples(), m, strict=True):
            if pipe.from_node != fixed:
                balance[pipe.from_node] -= flow
            if pipe.to_node != fixed:
                balance[pipe.to_node] += flow
        return np.array([balance[n] for n in free])

    sign = -1.0 if sum(draw.values()) > 0 else 1.0
    found = root(gaps, np.full(len(free), sign) * np.arange(1, len(free) + 1), tol=1e-13)
    p = pressures(found.x)
    return flows(p), p


def spread(pipes, flows, enters, temps):
    """Carry heat along flows; `enters` maps nodes to (mass, temperature) that come in."""
    means = np.zeros(len(pipes))
    losses = np.zeros(len(pipes))
    for _ in range(8):
        for node in temps:
            mass, heat = enters.get(node, (0.0, 0.0))
            heat = mass * enthalpy(heat)
            for i, pipe in enumerate(pipes.itertuples()):
                up, down = (pipe.from_node, pipe.to_node)
                if flows[i] < 0:
                    up, down = down, up
                if down != node:
                    continue
                m = abs(flows[i])
                over = temps[up] - pipe.ambient_c
                area = math.pi * pipe.diameter_m * pipe.length_m
                t = temps[up]
                for _ in range(4):
                    cp = capacity((temps[up] + t) / 2)
                    t = pipe.ambient_c + over * math.exp(-pipe.loss_w_m2k * area / (m * cp))
                means[i] = (temps[up] + t) / 2
                losses[i] = m * (enthalpy(temps[up]) - enthalpy(t))
                mass += m
                heat += m * enthalpy(t)
            temps[node] = brentq(lambda x, h=heat / mass: enthalpy(x) - h, 0.0, 150.0, xtol=1e-13)
    return means, losses


def solve(nodes, pipes, consumers, sources):
    """Solve with one source and enough of everything: alternate flows, heat and demands."""
    source = sources.iloc[0]
    temps = {}
    draw = {}
    found = {}
    back = consumers.return_temp_c.mean()
    sides = {side: pipes[pipes.side == side] for side in ("supply", "return")}
    mean_t = {"supply": np.full(len(sides["supply"]), source.supply_temp_c),
              "return": np.full(len(sides["return"]), back)}  # fmt: skip
    supply_t = np.full(len(consumers), source.supply_temp_c)
    for _ in range(6):
        m = consumers.heat_w / (enthalpy(supply_t) - enthalpy(consumers.return_temp_c))
        for side, sign in (("supply", 1.0), ("return", -1.0)):
            fixed = source[f"{side}_node"]
            held = source.supply_pressure_pa - (source.lift_pa if side == "return" else 0.0)
            draw = {}
            for node, flow in zip(consumers[f"{side}_node"], m, strict=True):
                draw[node] = draw.get(node, 0.0) + sign * flow
            flows, p = side_flows(
                nodes, sides[side], fixed, held, draw, mean_t[side],
                source.supply_temp_c if side == "supply" else back,
            )  # fmt: skip
            enters = {fixed: (m.sum(), source.supply_temp_c)}
            if side == "return":
                enters = {n: (-q, back) for n, q in draw.items()}
            temps = dict.fromkeys(p, source.supply_temp_c if side == "supply" else back)
            mean_t[side], losses = spread(sides[side], flows, enters, temps)
            if side == "supply":
                supply_t = np.array([temps[n] for n in consumers.supply_node])
            found[side] = (flows, p, dict(temps), losses)
    return m, found


def grid(nx, ny, seed, *, heat_w=60_000.0, lift_pa=6e5):
    """Return the tables of a meshed supply and return grid with consumers at two thirds of it."""
    ids = np.arange(4 * nx * ny)
    u = uniforms_for(seed, 999, ids, 0, 0)
    at = lambda side, i, j: f"{side[0]}{i}_{j}"  # noqa: E731 - a short name
    cells = [(i, j) for j in range(ny) for i in range(nx)]
    rows = []
    for n, (i, j) in enumerate(cells):
        for di, dj, k in ((1, 0, 0), (0, 1, 1)):
            if i + di < nx and j + dj < ny:
                for side in ("supply", "return"):
                    rows.append({
                        "pipe": f"{side[0]}{len(rows)}", "from_node": at(side, i, j),
                        "to_node": at(side, i + di, j + dj), "side": side,
                        "length_m": 60 + 80 * u[2 * n + k], "diameter_m": 0.065,
                        "roughness_m": 2e-4, "loss_w_m2k": 0.8, "ambient_c": 5.0,
                    })  # fmt: skip
    consumers = [
        {"consumer": n, "supply_node": at("supply", i, j), "return_node": at("return", i, j),
         "heat_w": heat_w * (0.5 + u[n]), "return_temp_c": 50.0}
        for n, (i, j) in enumerate(cells) if n % 3
    ]  # fmt: skip
    return {
        "nodes": pd.DataFrame(
            {"node": at(s, i, j), "elevation_m": 10.0 * u[-1 - n]}
            for s in ("supply", "return")
            for n, (i, j) in enumerate(cells)
        ),
        "pipes": pd.DataFrame(rows),
        "consumers": pd.DataFrame(consumers),
        "sources": pd.DataFrame([{
            "source": "plant", "supply_node": at("supply", 0, 0),
            "return_node": at("return", 0, 0), "supply_pressure_pa": 9e5,
            "lift_pa": lift_pa, "supply_temp_c": 95.0,
        }]),
    }  # fmt: skip


def town(n_trenches=400, seed=1, *, area_m2=1500.0, capacity_factor=1.3):
    """Return a city with heat tables only: a random tree of trenches, sized by flow."""
    u = uniforms_for(seed, 998, np.arange(2 * n_trenches + 2), 0, 0)
    parent = np.array(
        [max(0, i - 1 - int(8 * u[i] ** 2 * min(i, 12) / 8)) for i in range(n_trenches)]
    )
    head = np.arange(1, n_trenches + 1)
    floor = area_m2 * (0.3 + 1.4 * u[-n_trenches:])
    below = np.zeros(n_trenches + 1)
    below[1:] = floor
    for i in range(n_trenches - 1, -1, -1):
        below[parent[i]] += below[i + 1]
    heat_w = 1.95 * below[1:] * 51.0
    flow = heat_w / (4190 * 60)
    sizes = np.array([0.05, 0.065, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6])
    exact = np.sqrt(flow / 960 / 0.7 / (math.pi / 4))
    diameter = sizes[np.minimum(np.searchsorted(sizes, exact), sizes.size - 1)]
    nodes = pd.DataFrame({
        "util_node_id": np.arange(n_trenches + 1), "network": "heat", "kind": "junction",
        "elevation_m": 300.0, "capacity_w": np.nan, "supply_pressure_pa": np.nan,
        "lift_pa": np.nan, "design_supply_c": np.nan, "design_return_c": np.nan,
        "design_outdoor_c": np.nan,
    })  # fmt: skip
    nodes.loc[0, ["kind", "capacity_w", "supply_pressure_pa", "lift_pa"]] = [
        "source", capacity_factor * heat_w[parent == 0].sum(), 9e5, 7e5]  # fmt: skip
    nodes.loc[0, ["design_supply_c", "design_return_c", "design_outdoor_c"]] = [130.0, 70.0, -31.0]
    edges = pd.DataFrame({
        "util_edge_id": np.arange(n_trenches), "network": "heat", "kind": "pipe", "tail": parent,
        "head": head, "length_m": 40 + 60 * u[:n_trenches], "diameter_m": diameter,
        "roughness_m": 5e-4, "loss_w_m2k": 0.35 / (math.pi * diameter) ** 0.6,
    })  # fmt: skip
    buildings = pd.DataFrame({
        "floor_area_m2": np.append(floor, 100.0), "built_year": 1975, "use": "apartment",
        "heat_node": np.append(head, -1),
    })  # fmt: skip
    empty = gpd.GeoDataFrame()
    return City(
        name="town", crs="EPSG:32642", seed=seed, street_nodes=empty, street_edges=empty,
        zones=empty, buildings=buildings, facilities=empty, util_nodes=nodes, util_edges=edges,
        households=empty, persons=empty, weather=empty,
    )  # fmt: skip
