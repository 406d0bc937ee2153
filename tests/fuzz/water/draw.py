"""Draw a random water network of 2 to 30 elements as rows of an input file."""

import numpy as np

from tests.fuzz.dice import Dice
from tests.fuzz.water.draw_links import draw_link
from tests.fuzz.water.draw_operation import draw_controls, draw_rules, draw_status

GPM_LPS, FOOT_M, INCH_MM, HP_KW = 3.785411784 / 60.0, 0.3048, 25.4, 0.7457
PSI_M = FOOT_M / 0.4333
METRIC = {"flow": 1.0, "length": 1.0, "diameter": 1.0, "pressure": 1.0, "power": 1.0}
US = {"flow": GPM_LPS, "length": FOOT_M, "diameter": INCH_MM, "pressure": PSI_M, "power": HP_KW}


class WaterDice(Dice):
    """Draws in the units and words of an input file."""

    def __init__(self, seed, number):
        super().__init__(seed, number)
        us = self.chance(0.1)
        self.units = US if us else METRIC
        self.flow_unit = "GPM" if us else "LPS"

    def word(self, value, unit=None):
        """Return a number in the file's unit, with 6 digits."""
        return f"{value / self.units[unit] if unit else value:.6g}"


def draw_network(seed, number):
    """Return one network, the same for the same numbers."""
    dice = WaterDice(seed, number)
    net = {name: [] for name in ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES")}
    net |= {name: [] for name in ("EMITTERS", "LEAKAGE", "DEMANDS", "CURVES", "PATTERNS")}
    net |= {name: [] for name in ("STATUS", "CONTROLS", "RULES", "TIMES", "OPTIONS")}
    steady = dice.chance(0.3)
    patterns = _patterns(dice, net, steady)
    sources = _sources(dice, net, patterns, steady)
    junctions = _junctions(dice, net, patterns)
    _links(dice, net, sources, junctions)
    draw_status(dice, net)
    if not steady:
        draw_controls(dice, net)
        draw_rules(dice, net)
    net.pop("mix", None)
    _options(dice, net)
    _times(dice, net, steady)
    return net


def _patterns(dice, net, steady):
    names = ["A", "B", "1"][: dice.whole(0, 3)] if not steady or dice.chance(0.3) else []
    for name in names:
        factors = [dice.between(0.0, 2.0) for _ in range(dice.whole(1, 8))]
        factors = [0.0 if dice.chance(0.15) else factor for factor in factors]
        net["PATTERNS"].append([name, *(dice.word(factor) for factor in factors)])
    return names


def _sources(dice, net, patterns, steady):
    names = []
    for i in range(dice.whole(1, 2) if dice.chance(0.4) else 1):
        row = [f"R{i + 1}", dice.word(dice.between(5.0, 100.0), "length")]
        if patterns and dice.chance(0.1):
            row.append(dice.one_of(patterns))
        net["RESERVOIRS"].append(row)
        names.append(row[0])
    for i in range(dice.one_of([0, 1, 2, 3], [60, 25, 10, 5] if steady else [30, 40, 20, 10])):
        net["TANKS"].append(_tank(dice, net, f"T{i + 1}"))
        names.append(f"T{i + 1}")
    return names


def _tank(dice, net, name):
    floor, high = dice.between(10.0, 80.0), dice.between(1.0, 12.0)
    low = 0.0 if dice.chance(0.6) else dice.between(0.0, 0.5 * high)
    first = dice.one_of([low, high, dice.between(low, high)], [1, 1, 6])
    size = dice.between(1.0, 6.0) if dice.chance(0.4) else dice.between(5.0, 30.0)
    row = [name, *(dice.word(x, "length") for x in (floor, first, low, high, size)), "0"]
    if dice.chance(0.15):
        curve = f"V{name}"
        volume, rows = 0.0, dice.whole(2, 5)
        for level in np.linspace(0.0, 1.02 * high, rows):
            cubed = dice.units["length"] ** 3
            net["CURVES"].append([curve, dice.word(level, "length"), dice.word(volume / cubed)])
            volume += 1.02 * high / (rows - 1) * 0.7854 * size**2 * dice.between(0.3, 1.0)
        row.append(curve)
    if dice.chance(0.2):
        row += ["*"] * (8 - len(row)) + ["YES"]
    return row


def _junctions(dice, net, patterns):
    names = []
    most = dice.one_of([2, 4, 8, 15], [2, 3, 3, 2])
    negative = 0.15 if dice.chance(0.25) else 0.0
    for i in range(dice.whole(1, most)):
        name = f"J{i + 1}"
        demand = 0.0 if dice.chance(0.35) else 10.0 ** dice.between(-1.5, 1.2)
        demand *= -1.0 if dice.chance(negative) else 1.0
        row = [name, dice.word(dice.between(0.0, 35.0), "length"), dice.word(demand, "flow")]
        if patterns and dice.chance(0.6):
            row.append(dice.one_of(patterns))
        net["JUNCTIONS"].append(row)
        names.append(name)
        if dice.chance(0.05):
            for _ in range(dice.whole(1, 2)):
                more = dice.word(dice.between(0.1, 3.0), "flow")
                net["DEMANDS"].append([name, more, *([dice.one_of(patterns)] if patterns else [])])
        if dice.chance(0.08):
            coefficient = dice.between(0.02, 2.0) * dice.units["pressure"] ** 0.5
            net["EMITTERS"].append([name, dice.word(coefficient, "flow")])
    return names


def _links(dice, net, sources, junctions):
    """Join all nodes by a tree, then add links that close loops or stand beside another."""
    reached, order = [sources[0]], [*sources[1:], *junctions]
    dice.rng.shuffle(order)
    ends = []
    for node in order:
        ends.append((dice.one_of(reached), node))
        reached.append(node)
    more = range(dice.whole(0, 1 + len(junctions) // 2))
    ends += [(dice.one_of(reached), dice.one_of(reached)) for _ in more]
    for tail, head in ends:
        if tail != head:
            pair = (head, tail) if dice.chance(0.3) else (tail, head)
            draw_link(dice, net, *pair)
    if dice.chance(0.08):
        for row in net["PIPES"]:
            if dice.chance(0.5):
                area, growth = dice.between(0.1, 50.0), dice.between(0.0, 5.0)
                net["LEAKAGE"].append([row[0], dice.word(area), dice.word(growth)])


def _options(dice, net):
    rows = net["OPTIONS"]
    rows.append(["UNITS", dice.flow_unit])
    rows.append(["HEADLOSS", net.pop("headloss", "H-W")])
    if dice.chance(0.15):
        rows.append(["DEMAND", "MULTIPLIER", dice.word(dice.between(0.0, 3.0))])
    if dice.chance(0.1):
        rows.append(["EMITTER", "EXPONENT", dice.word(dice.between(0.4, 1.5))])
    if dice.chance(0.35):
        rows.append(["DEMAND", "MODEL", "PDA"])
        least = 0.0 if dice.chance(0.6) else dice.between(0.0, 10.0)
        rows.append(["MINIMUM", "PRESSURE", dice.word(least, "pressure")])
        full = dice.word(least + dice.between(1.0, 30.0), "pressure")
        rows.append(["REQUIRED", "PRESSURE", full])
        if dice.chance(0.3):
            rows.append(["PRESSURE", "EXPONENT", dice.word(dice.between(0.4, 1.2))])


def _times(dice, net, steady):
    rows = net["TIMES"]
    hours = 0 if steady else dice.one_of([1, 3, 6, 12, 24], [1, 2, 2, 1, 1])
    rows.append(["DURATION", f"{hours}:00"])
    step = dice.one_of(["1:00", "0:30", "0:10"], [8, 2, 1])
    rows.append(["HYDRAULIC", "TIMESTEP", step])
    rows.append(["REPORT", "TIMESTEP", step])
    rows.append(["PATTERN", "TIMESTEP", dice.one_of(["1:00", "2:00", "0:30"], [6, 2, 1])])
    if dice.chance(0.1):
        rows.append(["PATTERN", "START", "1:00"])
    if dice.chance(0.2):
        rows.append(["START", "CLOCKTIME", dice.one_of(["6 AM", "11 PM", "2 PM"])])
