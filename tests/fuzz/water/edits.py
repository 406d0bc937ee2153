"""Ways to make a water network smaller or plainer."""

import copy
import math

from tests.fuzz.water.text import option, seconds

NODES, LINKS = ("JUNCTIONS", "RESERVOIRS", "TANKS"), ("PIPES", "PUMPS", "VALVES")
PLAIN = ["100", "100", "100", "0", "OPEN"]


def edits(net):
    """Yield smaller networks, the boldest first."""
    for section in NODES:
        for row in net.get(section, []):
            yield tidy(without_node(net, row[0]))
    for section in LINKS:
        for row in net.get(section, []):
            yield tidy(without_link(net, row[0]))
    for section in ("RULES", "CONTROLS", "STATUS", "EMITTERS", "LEAKAGE", "DEMANDS"):
        for row in net.get(section, []):
            yield tidy(_without(net, section, row))
    yield from _shorter(net)
    for section in ("OPTIONS", "TIMES"):
        for row in net.get(section, []):
            if row[0] not in {"UNITS", "HEADLOSS", "DURATION"}:
                yield _without(net, section, row)
    yield from _plainer(net)


def _without(net, section, row):
    return net | {section: [other for other in net[section] if other is not row]}


def without_link(net, name):
    """Return a network without a link and what is done to it."""
    found = {section: [row for row in net.get(section, []) if row[0] != name]
             for section in (*LINKS, "STATUS", "LEAKAGE")}  # fmt: skip
    found["CONTROLS"] = [row for row in net.get("CONTROLS", []) if row[1] != name]
    found["RULES"] = [row for row in net.get("RULES", []) if name not in row]
    return net | found


def without_node(net, name):
    """Return a network without a node, its links and what depends on it."""
    found = dict(net)
    for section in LINKS:
        for row in net.get(section, []):
            if name in row[1:3]:
                found = without_link(found, row[0])
    for section in (*NODES, "EMITTERS", "DEMANDS"):
        found[section] = [row for row in found.get(section, []) if row[0] != name]
    for section in ("CONTROLS", "RULES"):
        found[section] = [row for row in found.get(section, []) if name not in row]
    return found


def tidy(net):
    """Return a network without curves and patterns that nothing uses."""
    used = {word for section, rows in net.items() if section not in {"CURVES", "PATTERNS"}
            for row in rows for word in row}  # fmt: skip
    found = {name: [row for row in net.get(name, []) if row[0] in used]
             for name in ("CURVES", "PATTERNS")}  # fmt: skip
    if any(row[0] == "1" for row in net.get("PATTERNS", [])):
        found["PATTERNS"] = [row for row in net["PATTERNS"] if row[0] in {*used, "1"}]
    return net | found


def _shorter(net):
    now = seconds(option(net, "DURATION", default="0"))
    for hours in (0, 1, 2, 3, 4, 6, 8, 12):
        if 3600 * hours < now:
            rows = [row for row in net["TIMES"] if row[0] != "DURATION"]
            yield net | {"TIMES": [["DURATION", f"{hours}:00"], *rows]}


def _changed(net, section, at, row):
    found = copy.deepcopy(net)
    found[section][at] = row
    return tidy(found)


def _plainer(net):
    """Yield networks with one element of a plainer kind, or with fewer or rounder words."""
    for at, row in enumerate(net.get("TANKS", [])):
        head = float(row[1]) + float(row[2])
        found = without_level(_without(net, "TANKS", row), row[0])
        yield tidy(found | {"RESERVOIRS": [*net.get("RESERVOIRS", []), [row[0], f"{head:.6g}"]]})
        if len(row) > 7:
            yield _changed(net, "TANKS", at, row[:7])
    for section in ("VALVES", "PUMPS"):
        for row in net.get(section, []):
            found = without_link(net, row[0])
            yield tidy(found | {"PIPES": [*found["PIPES"], [*row[:3], *PLAIN]]})
    for at, row in enumerate(net.get("PIPES", [])):
        for plain in ([*row[:-1], "OPEN"], [*row[:-2], "0", row[-1]]):
            yield _changed(net, "PIPES", at, plain)
    for at, row in enumerate(net.get("JUNCTIONS", [])):
        for plain in ([*row[:2], "0"], row[:3], [row[0], "0", *row[2:]]):
            yield _changed(net, "JUNCTIONS", at, plain)
    yield from _rounder(net)


def without_level(net, name):
    """Return a network without what depends on the level of a tank."""
    return net | {section: [row for row in net.get(section, []) if name not in row]
                  for section in ("CONTROLS", "RULES")}  # fmt: skip


def _rounder(net):
    for section in (*NODES, *LINKS, "EMITTERS", "CURVES", "PATTERNS"):
        for at, row in enumerate(net.get(section, [])):
            for digits in (1, 2, 3):
                yield _changed(net, section, at, [row[0], *(_round(w, digits) for w in row[1:])])


def _round(word, digits):
    try:
        value = float(word)
    except ValueError:
        return word
    if value == 0.0 or not math.isfinite(value):
        return word
    return f"{float(f'{value:.{digits}g}'):g}"


def kinds_of(net):
    """Return the kinds of elements in a network, in words."""
    found = {row[-1] if row[-1] == "CV" else "" for row in net.get("PIPES", [])}
    found |= {row[4] for row in net.get("VALVES", [])}
    found |= {"power pump" if "POWER" in row else "pump" for row in net.get("PUMPS", [])}
    found |= {"tank" if net.get("TANKS") else "", "emitter" if net.get("EMITTERS") else ""}
    found |= {"leak" if net.get("LEAKAGE") else "", "control" if net.get("CONTROLS") else ""}
    found |= {"rule" if net.get("RULES") else "", "status" if net.get("STATUS") else ""}
    if any(float(row[2]) < 0.0 for row in net.get("JUNCTIONS", []) if len(row) > 2):
        found.add("inflow")
    if option(net, "DEMAND", "MODEL") == "PDA":
        found.add("pressure-driven")
    return ", ".join(sorted(found - {""})) or "pipes"
