"""Builders of small water networks for tests."""

import numpy as np
import pandas as pd

from twin.flows import water


def network(nodes, links, **options):
    """Return a network from lists of rows."""
    return water.WaterNetwork.from_frames(pd.DataFrame(nodes), pd.DataFrame(links), **options)


def reservoir(name="R", head_m=100.0):
    return {"node": name, "kind": "reservoir", "head_m": head_m}


def junction(name, elevation_m=10.0, demand_m3s=0.0, **more):
    row = {"node": name, "kind": "junction", "elevation_m": elevation_m}
    return row | {"demand_m3s": demand_m3s} | more


def tank(name="T", **more):
    levels = {"min_level_m": 1.0, "max_level_m": 5.0, "init_level_m": 3.0}
    return {"node": name, "kind": "tank", "elevation_m": 60.0, "diameter_m": 10.0} | levels | more


def pipe(name, tail, head, **more):
    size = {"length_m": 1000.0, "diameter_m": 0.3, "roughness": 100.0}
    return {"link": name, "from_node": tail, "to_node": head} | size | more


def pump(name, tail, head, *points, **more):
    row = {"link": name, "kind": "pump", "from_node": tail, "to_node": head}
    return row | {"curve": list(points)} | more


def grid(side=4, *, seed_shift=0.0, **options):
    """Return a looped grid fed by one reservoir, with unequal pipes and demands."""
    nodes = [reservoir(head_m=60.0)]
    links = []
    for i in range(side * side):
        wave = np.sin(1.7 * i + seed_shift)
        demand_m3s = 0.002 * (1.0 + wave)
        nodes.append(junction(f"J{i}", 10.0 + 5.0 * wave, demand_m3s, full_pressure_m=25.0))
        if i % side:
            links.append(pipe(f"h{i}", f"J{i - 1}", f"J{i}", diameter_m=0.1 + 0.05 * (i % 3)))
        if i >= side:
            links.append(pipe(f"v{i}", f"J{i - side}", f"J{i}", diameter_m=0.15, length_m=400.0))
    links.append(pipe("feed", "R", "J0", diameter_m=0.25, length_m=300.0))
    return network(nodes, links, **options)
