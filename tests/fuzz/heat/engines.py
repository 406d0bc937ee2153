"""One drawn network solved by us, and by pandapipes where it has the same elements."""

import math
import warnings

import numpy as np
import pandas as pd

PEER_BAR, PEER_K = 3e-4, 5e-3
"""Beyond what the laws by which pandapipes mixes and cools change where our flows are kept."""


def frames(tables):
    """Return the tables as frames; a column that some rows lack is NaN there."""
    columns = {"nodes": ["node", "elevation_m"], "pipes": [], "sources": [],
               "consumers": ["consumer", "supply_node", "return_node", "heat_w",
                             "return_temp_c"]}  # fmt: skip
    found = {name: pd.DataFrame(rows, columns=None if rows else columns[name])
             for name, rows in tables.items()}  # fmt: skip
    for name, column in (("consumers", "bypass_kgs"), ("pipes", "pump_lift_pa"),
                         ("pipes", "pump_fall_pa_kgs2")):  # fmt: skip
        if column in found[name]:
            found[name][column] = found[name][column].fillna(0.0)
    return found


def _plain(rows):
    """Return records without types of numpy."""
    return [{key: value.item() if hasattr(value, "item") else value for key, value in row.items()}
            for row in rows]  # fmt: skip


def run_ours(tables):
    """Return (status, rows by table) or the faults of refused tables."""
    from twin.core.errors import CityDataError
    from twin.flows import heat

    try:
        net = heat.HeatNetwork(**frames(tables))
    except CityDataError as error:
        return [f"{fault.where}: {fault.what}" for fault in error.faults]
    found = heat.solve(net)
    named = {name: _plain(getattr(found, name).to_dict("records"))
             for name in ("nodes", "pipes", "consumers", "sources")}  # fmt: skip
    return found.status.name, named


def is_plain(tables):
    """Return whether pandapipes has all that stands in the tables."""
    consumers, sources = tables["consumers"], tables["sources"]
    controlled = all(row["heat_w"] > 0.0 and not math.isnan(row["return_temp_c"])
                     and len(row) == 5 for row in consumers)  # fmt: skip
    one = len(sources) == 1 and math.isnan(sources[0]["capacity_w"])
    level = len({row["elevation_m"] for row in tables["nodes"]}) == 1
    pipes = all(not row["closed"] and "pump_lift_pa" not in row for row in tables["pipes"])
    return bool(consumers) and controlled and one and level and pipes


def run_peer(tables):
    """Return the largest differences of pressure in bar and temperature in K, or None.

    None where pandapipes does not converge tightly or a consumer gets less than it wants.
    """

    from benchmarks.heat import peer_nodes, to_pandapipes
    from twin.flows import heat

    given = frames(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapipes

        peer, run = to_pandapipes(given, tolerance=1e-9, use_numba=False)
        try:
            run()
        except (pandapipes.PipeflowNotConverged, ValueError, ArithmeticError):
            return None
        fluid, capacity, enthalpy = _fluid(heat, pandapipes.call_lib("water"))
    peer_bar, peer_k = peer_nodes(peer)
    row = {name: i for i, name in enumerate(given["nodes"]["node"])}
    hot = peer_k[[row[name] for name in given["consumers"]["supply_node"]]] - 273.15
    cold = given["consumers"]["return_temp_c"].to_numpy()
    if not np.isfinite(peer_bar).all() or (hot <= cold + 1.0).any():
        return None
    # theirs is the heat at the mean of the capacities at both ends
    mean = 0.5 * (capacity(hot) + capacity(cold)) * (hot - cold)
    given["consumers"]["heat_w"] *= (enthalpy(hot) - enthalpy(cold)) / mean
    net = heat.HeatNetwork(**given, fluid=fluid, friction_blend_re=(100.0, 200.0))
    found = heat.solve(net)
    if (found.consumers["status"] != "ok").any():
        return None
    flow = np.abs(found.pipes["mass_flow_kgs"].to_numpy())
    area_m2 = np.pi * given["pipes"]["diameter_m"] * given["pipes"]["length_m"]
    lost = given["pipes"]["loss_w_m2k"] * area_m2 > 0.3 * flow * 4200.0  # means part
    if (lost & (flow > 1e-9)).any():
        return None
    still = flow <= 1e-4 * flow.max()
    touched = {row[n] for k in np.flatnonzero(still) for n in
               (given["pipes"]["from_node"][k], given["pipes"]["to_node"][k])}  # fmt: skip
    moving = [i for i in range(len(row)) if i not in touched]
    mixed_c = _mixed_as_theirs(given, found, row, capacity)
    bar = np.abs(found.nodes["pressure_pa"].to_numpy() / 1e5 - peer_bar)
    ours_c = found.nodes["temp_c"].to_numpy()
    of_laws = np.abs(mixed_c - ours_c)[moving].max(initial=0.0)
    kelvin = np.maximum(np.abs(ours_c + 273.15 - peer_k)[moving] - of_laws, 0.0)
    # cooler water is more water, and twice its share of pressure
    bar = bar.max() - 2.0 * of_laws / (hot - cold).min() * np.ptp(peer_bar)
    return float(bar), float(kelvin.max(initial=0.0)), float(np.ptp(peer_bar))


def _mixed_as_theirs(given, found, row, capacity):
    """Return the temperatures of nodes if our flows mixed as in pandapipes.

    It balances flow x capacity(T) x T with T in kelvins, which is not the enthalpy of the water,
    and lets a pipe lose heat by the mean of the temperatures at its ends.
    """
    grid_c = np.linspace(0.0, 150.0, 150_001)
    content = capacity(grid_c) * (grid_c + 273.15)
    temp_c = found.nodes["temp_c"].to_numpy().copy()
    fixed = {row[given["sources"]["supply_node"][0]]: given["sources"]["supply_temp_c"][0]}
    ways = []
    for k, pipe in given["pipes"].iterrows():
        flow = float(found.pipes["mass_flow_kgs"].iloc[k])
        tail, head = row[pipe["from_node"]], row[pipe["to_node"]]
        wall = np.pi * pipe["diameter_m"] * pipe["length_m"] * pipe["loss_w_m2k"]
        ways.append((*((tail, head) if flow > 0.0 else (head, tail)), abs(flow), wall,
                     pipe["ambient_c"]))  # fmt: skip
    back = [(row[one["return_node"]], float(found.consumers["mass_flow_kgs"].iloc[c]),
             one["return_temp_c"]) for c, one in given["consumers"].iterrows()]  # fmt: skip
    for _ in range(200):
        mass, total = np.zeros(len(row)), np.zeros(len(row))
        for up, down, flow, wall, ground_c in ways:
            if flow < 1e-9:
                continue
            leaves_c = temp_c[up]
            for _ in range(3):
                mean = capacity(0.5 * (temp_c[up] + leaves_c))
                half = 0.5 * wall / (flow * mean)
                leaves_c = ground_c + (temp_c[up] - ground_c) * (1.0 - half) / (1.0 + half)
            mass[down] += flow
            total[down] += flow * np.interp(leaves_c, grid_c, content)
        for node, flow, leaves_c in back:
            mass[node] += flow
            total[node] += flow * np.interp(leaves_c, grid_c, content)
        mixed_c = np.interp(total / np.maximum(mass, 1e-300), content, grid_c)
        new_c = np.where(mass > 0.0, mixed_c, temp_c)
        for node, held_c in fixed.items():
            new_c[node] = held_c
        moved, temp_c = np.abs(new_c - temp_c).max(), new_c
        if moved < 1e-6:
            break
    return temp_c


def _fluid(heat, water):
    """Return their water as a fluid of ours, and its heat capacity and enthalpy by temperature."""
    kelvin = np.arange(275.0, 420.0, 2.5)
    celsius, joules = kelvin - 273.15, water.get_heat_capacity(kelvin)
    steps = 0.5 * (joules[1:] + joules[:-1]) * np.diff(celsius)
    fine = np.linspace(celsius[0], celsius[-1], 100_001)
    capacity = np.interp(fine, celsius, joules)
    whole = np.concatenate([[0.0], np.cumsum(0.5 * (capacity[1:] + capacity[:-1]) * np.diff(fine))])
    assert np.isclose(whole[-1], steps.sum(), rtol=1e-6)
    made = heat.fluid_from_table(
        celsius, water.get_density(kelvin), water.get_viscosity(kelvin), joules
    )
    return made, lambda t: np.interp(t, celsius, joules), lambda t: np.interp(t, fine, whole)
