"""Draw a random heat network as the rows of its four tables."""

import numpy as np

from tests.fuzz.dice import Dice


def draw_network(seed, number):
    """Return rows by table, the same for the same numbers.

    A plain one has what pandapipes has too: one source, controlled consumers, no valves shut.
    """
    dice = Dice(seed, number)
    plain = dice.chance(0.25)
    count = dice.one_of([2, 4, 8, 16])
    count = dice.whole(2, count + 1)
    height = 0.0 if plain or dice.chance(0.5) else dice.between(1.0, 40.0)
    tables = {"nodes": [], "pipes": [], "consumers": [], "sources": []}
    for i in range(count):
        rise = height * dice.between(0.0, 1.0)
        tables["nodes"] += [{"node": f"{s}{i}", "elevation_m": rise} for s in "sr"]
    _trenches(dice, tables, count, plain=plain)
    _sources(dice, tables, count, plain=plain)
    _consumers(dice, tables, count, plain=plain)
    return tables


def _trenches(dice, tables, count, *, plain):
    """Join nodes by a tree and some loops; each trench has a supply and a return pipe."""
    ends = [(dice.whole(0, i - 1), i) for i in range(1, count)]
    for _ in range(dice.whole(0, count)):
        pair = (dice.whole(0, count - 1), dice.whole(0, count - 1))
        if pair[0] != pair[1]:
            ends.append(pair)
    loss = dice.between(0.0, 4.0) if dice.chance(0.9) else 0.0
    shut = 0.0 if plain else dice.one_of([0.0, 0.08], [3, 1])
    for number, pair in enumerate(ends):
        tail, head = pair if dice.chance(0.5) else pair[::-1]
        for side, name in (("s", "supply"), ("r", "return")):
            if side == "s" or dice.chance(0.2):
                bore = dice.one_of([0.025, 0.05, 0.08, 0.1, 0.15, 0.3])
                length = 10.0 ** dice.between(0.0, 3.0)
            row = {"pipe": f"{side}p{number}", "from_node": f"{side}{tail}",
                   "to_node": f"{side}{head}", "side": name, "length_m": length,
                   "diameter_m": bore, "roughness_m": dice.one_of([1e-5, 2e-4, 1e-3]),
                   "loss_w_m2k": loss,
                   "ambient_c": dice.one_of([0.0, 5.0, 10.0])}  # fmt: skip
            if plain:
                row |= {"roughness_m": 2e-4, "ambient_c": 5.0}
            row["closed"] = dice.chance(shut)
            if not plain and dice.chance(0.02):
                row |= {"pump_lift_pa": dice.between(0.0, 2e5), "pump_fall_pa_kgs2": 100.0}
            tables["pipes"].append(row)


def _sources(dice, tables, count, *, plain):
    number = 1 if plain else dice.one_of([1, 2, 3], [6, 3, 1])
    lift = dice.one_of([2e4, 1e5, 4e5, 8e5]) if not plain else 8e5
    for i in dice.rng.permutation(count)[:number]:
        row = {"source": f"q{i}", "supply_node": f"s{i}", "return_node": f"r{i}",
               "supply_pressure_pa": 1e6, "lift_pa": lift,
               "supply_temp_c": dice.between(60.0, 130.0)}  # fmt: skip
        row["capacity_w"] = 10.0 ** dice.between(3.5, 7.0) if dice.chance(0.3) else np.nan
        if plain:
            row["capacity_w"] = np.nan
        tables["sources"].append(row)


def _consumers(dice, tables, count, *, plain):
    load = 10.0 ** dice.between(-3.0, 0.3) if not plain else 10.0 ** dice.between(-1.0, 0.0)
    idle = dice.one_of([0.0, 0.3, 1.0], [6, 3, 1]) if not plain else 0.0
    for i in range(count):
        if not dice.chance(0.7) and i > 0:
            continue
        heat = 0.0 if dice.chance(idle) else load * 10.0 ** dice.between(3.5, 5.5)
        row = {"consumer": f"c{i}", "supply_node": f"s{i}", "return_node": f"r{i}",
               "heat_w": heat, "return_temp_c": dice.between(25.0, 55.0)}  # fmt: skip
        if plain:
            row["return_temp_c"] = 45.0  # pandapipes mixes unequal ones to some 0.1 K
        else:
            _control(dice, row)
        tables["consumers"].append(row)


def _control(dice, row):
    """Give a consumer another way of control, or a limit, now and then."""
    if dice.chance(0.15):
        row |= {"return_temp_c": np.nan, "drop_k": dice.between(5.0, 60.0)}
    elif dice.chance(0.1):
        row |= {"heat_w": np.nan, "flow_kgs": 10.0 ** dice.between(-3.0, 0.7)}
    if dice.chance(0.15):
        row["bypass_kgs"] = 10.0 ** dice.between(-3.0, -0.5)
    if dice.chance(0.15):
        most = 10.0 ** dice.between(-2.0, 0.7)
        row["max_flow_kgs"] = max(most, row.get("flow_kgs", 0.0))
    if dice.chance(0.2):
        row["min_dp_pa"] = dice.one_of([1e3, 5e4, 2e5])
