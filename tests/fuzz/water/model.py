"""What a file states, in SI, read in the plainest way: nothing of our reader is used."""

from dataclasses import dataclass, field

from tests.fuzz.water.draw import FOOT_M, GPM_LPS, HP_KW, INCH_MM, PSI_M
from tests.fuzz.water.text import option, seconds

OPEN, CLOSED, ACTIVE = "OPEN", "CLOSED", "ACTIVE"


@dataclass
class Node:
    name: str
    kind: str
    elevation: float
    demands: list = field(default_factory=list)  # (m3/s, pattern)
    emitter: float = 0.0
    area: float = 0.0
    growth: float = 0.0
    pattern: str = ""
    tank: tuple = ()  # (min, max, diameter) in m
    volumes: list = field(default_factory=list)  # (level, volume)
    overflows: bool = False


@dataclass
class Link:
    name: str
    kind: str
    tail: str
    head: str
    length: float = 0.0
    diameter: float = 0.0
    rough: float = 0.0
    minor: float = 0.0
    power: float = 0.0
    curve: list = field(default_factory=list)
    pattern: str = ""
    first: list = field(default_factory=list)  # (status, setting) it may be in before rules act
    states: list = field(default_factory=list)  # (status, setting) it may be in later


@dataclass
class Model:
    nodes: dict
    links: dict
    law: str
    driven: bool
    pressures: tuple  # least, full, exponent
    emitter_exponent: float
    backflow: bool
    multiplier: float
    patterns: dict
    pattern_step_s: int
    pattern_start_s: int
    read: set  # junctions that controls and rules read
    orders: list  # (link, is open, node, sign, pressure) of controls of GPVs by pressure

    def factor(self, name, now):
        """Return the factor of a pattern at some time, 1 where there is no pattern."""
        row = self.patterns.get(name)
        if not row:
            return 1.0
        return row[int((now + self.pattern_start_s) // self.pattern_step_s) % len(row)]


def read_model(net):
    us = option(net, "UNITS") == "GPM"
    scale = {
        "flow": 1e-3 * (GPM_LPS if us else 1.0),
        "length": FOOT_M if us else 1.0,
        "diameter": 1e-3 * (INCH_MM if us else 1.0),
        "pressure": PSI_M if us else 1.0,
        "power": 1e3 * (HP_KW if us else 1.0),
    }
    curves, patterns = {}, {}
    for name, x, y in net.get("CURVES", []):
        curves.setdefault(name, []).append((float(x), float(y)))
    for name, *factors in net.get("PATTERNS", []):
        patterns.setdefault(name, []).extend(float(factor) for factor in factors)
    nodes = _nodes(net, scale, curves)
    links = _links(net, scale, curves)
    _leaks(net, scale, nodes, links)
    for name in links:
        links[name].first = list(dict.fromkeys(_first_states(net, scale, links[name])))
        ruled = _ruled_states(net, scale, links[name])
        links[name].states = list(dict.fromkeys([*links[name].first, *ruled]))
    pressure = scale["pressure"]
    least = pressure * float(option(net, "MINIMUM", "PRESSURE", default=0.0))
    full = pressure * float(option(net, "REQUIRED", "PRESSURE", default=0.1))
    exponent = float(option(net, "PRESSURE", "EXPONENT", default=0.5))
    return Model(
        nodes=nodes,
        links=links,
        law=option(net, "HEADLOSS", default="H-W"),
        driven=option(net, "DEMAND", "MODEL", default="DDA") == "PDA",
        pressures=(least, full, exponent),
        emitter_exponent=float(option(net, "EMITTER", "EXPONENT", default=0.5)),
        backflow=option(net, "EMITTER", "BACKFLOW", default="YES") != "NO",
        multiplier=float(option(net, "DEMAND", "MULTIPLIER", default=1.0)),
        patterns=patterns,
        pattern_step_s=seconds(option(net, "PATTERN", "TIMESTEP", default="1:00")),
        pattern_start_s=seconds(option(net, "PATTERN", "START", default="0")),
        read={name for name in _read(net) if nodes[name].kind == "junction"},
        orders=list(_orders(net, scale, nodes, links)),
    )


def _read(net):
    for row in net.get("CONTROLS", []):
        if row[4:5] == ["NODE"]:
            yield row[5]
    for row in net.get("RULES", []):
        for line in " ".join(row).split("\n"):
            words = line.split()
            if words[1:2] == ["JUNCTION"] and words[0] in {"IF", "AND", "OR"}:
                yield words[2]


def _orders(net, scale, nodes, links):
    for row in net.get("CONTROLS", []):
        if links[row[1]].kind == "GPV" and row[4:5] == ["NODE"] and row[2] in {OPEN, CLOSED}:
            sign = 1.0 if row[6] == "ABOVE" else -1.0
            if nodes[row[5]].kind == "junction":
                yield row[1], row[2] == OPEN, row[5], sign, scale["pressure"] * float(row[7])


def _nodes(net, scale, curves):
    nodes, length, flow = {}, scale["length"], scale["flow"]
    for name, elevation, demand, *pattern in net.get("JUNCTIONS", []):
        node = Node(name, "junction", length * float(elevation))
        node.demands.append((flow * float(demand), "".join(pattern) or "1"))
        nodes[name] = node
    for name, head, *pattern in net.get("RESERVOIRS", []):
        nodes[name] = Node(name, "reservoir", length * float(head), pattern="".join(pattern))
    for row in net.get("TANKS", []):
        floor, _, low, high, size = (length * float(word) for word in row[1:6])
        node = Node(row[0], "tank", floor, tank=(low, high, size))
        if len(row) > 7 and row[7] != "*":
            node.volumes = [(length * x, length**3 * y) for x, y in curves[row[7]]]
        node.overflows = row[8:9] == ["YES"]
        nodes[row[0]] = node
    more = {}
    for name, demand, *pattern in net.get("DEMANDS", []):
        more.setdefault(name, []).append((flow * float(demand), "".join(pattern) or "1"))
    for name, demands in more.items():
        nodes[name].demands = demands
    exponent = float(option(net, "EMITTER", "EXPONENT", default=0.5))
    for name, coefficient in net.get("EMITTERS", []):
        nodes[name].emitter = flow * float(coefficient) / scale["pressure"] ** exponent
    return nodes


def _links(net, scale, curves):
    links, length, flow = {}, scale["length"], scale["flow"]
    rough = 1e-3 * length if option(net, "HEADLOSS") == "D-W" else 1.0
    for name, tail, head, long, wide, coarse, minor, status in net.get("PIPES", []):
        link = Link(name, "cv" if status == "CV" else "pipe", tail, head)
        link.length, link.diameter = length * float(long), scale["diameter"] * float(wide)
        link.rough, link.minor = rough * float(coarse), float(minor)
        link.states = [(CLOSED if status == "CLOSED" else OPEN, 1.0)]
        links[name] = link
    for row in net.get("PUMPS", []):
        link = Link(row[0], "pump", row[1], row[2])
        given = dict(zip(row[3::2], row[4::2], strict=True))
        link.power = scale["power"] * float(given.get("POWER", 0.0))
        link.curve = [(flow * q, length * h) for q, h in curves.get(given.get("HEAD"), [])]
        link.pattern = given.get("PATTERN", "")
        link.states = [(OPEN, float(given.get("SPEED", 1.0)))]
        links[row[0]] = link
    for name, tail, head, wide, kind, setting, minor, *curve in net.get("VALVES", []):
        link = Link(name, kind, tail, head)
        link.diameter, link.minor = scale["diameter"] * float(wide), float(minor)
        if kind == "GPV":
            link.curve = [(flow * q, length * h) for q, h in curves[setting]]
        elif kind == "PCV" and curve:
            link.curve = curves[curve[0]]
        value = 0.0 if kind == "GPV" else float(setting)
        link.states = [(ACTIVE, _scaled(scale, kind, value))]
        links[name] = link
    return links


def _scaled(scale, kind, value):
    if kind in {"PRV", "PSV", "PBV"}:
        return scale["pressure"] * value
    return scale["flow"] * value if kind == "FCV" else value


def _leaks(net, scale, nodes, links):
    for name, area, growth in net.get("LEAKAGE", []):
        link = links[name]
        ends = [nodes[end] for end in (link.tail, link.head) if nodes[end].kind == "junction"]
        hundreds = link.length / scale["length"] / 100.0
        for end in ends:
            end.area += 1e-6 * float(area) * hundreds / len(ends)
            end.growth += 1e-6 * float(growth) * hundreds / len(ends)


def _start(net, scale, link):
    """Return the state a link begins in."""
    state = link.states[0]
    for name, word in net.get("STATUS", []):
        if name == link.name:
            state = _switched(scale, link, state, word)
    return state


def _first_states(net, scale, link):
    """Yield the state a link begins in, then each that a control may give it."""
    state = _start(net, scale, link)
    yield state
    setting = state[1]
    for row in net.get("CONTROLS", []):
        if row[1] == link.name:
            yield from _after(scale, link, setting, row[2])


def _ruled_states(net, scale, link):
    """Yield the states that rules may give a link."""
    setting = _start(net, scale, link)[1]
    for row in net.get("RULES", []):
        for line in " ".join(row).split("\n"):
            words = line.split()
            if len(words) == 6 and words[2] == link.name and words[0] in {"THEN", "ELSE", "AND"}:
                yield from _after(scale, link, setting, words[5])


def _after(scale, link, setting, word):
    yield _switched(scale, link, (ACTIVE, setting), word)
    if word in {OPEN, CLOSED} and link.kind == "pump":
        yield (word, setting)


def _switched(scale, link, state, word):
    """Return the state of a link after a status or a setting."""
    if word in {OPEN, CLOSED}:
        return (word, 1.0 if link.kind == "pump" else state[1])
    value = float(word)
    if link.kind == "pump":
        return (CLOSED, 0.0) if value == 0.0 else (OPEN, value)
    if link.kind in {"pipe", "cv"}:
        return (CLOSED if value == 0.0 else OPEN, 1.0)
    return (ACTIVE, _scaled(scale, link.kind, value))
