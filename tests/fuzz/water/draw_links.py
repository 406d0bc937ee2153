"""Draw one link between two nodes: pipes, pumps of all curves, valves of all kinds."""

KINDS = ("pipe", "cv", "pump", "valve")
VALVES = ("PRV", "PSV", "FCV", "TCV", "PBV", "GPV", "PCV")
RANGES = {
    "PRV": (2.0, 70.0, "pressure"),
    "PSV": (2.0, 70.0, "pressure"),
    "PBV": (0.0, 15.0, "pressure"),
    "TCV": (0.0, 200.0, None),
}
ROUGHNESS = {"H-W": (60.0, 145.0), "D-W": (0.01, 2.0), "C-M": (0.009, 0.02)}


def draw_link(dice, net, tail, head):
    """Add one link; the first one decides the friction law."""
    law = net.setdefault("headloss", dice.one_of([*ROUGHNESS], [6, 2, 1]))
    weights = net.setdefault("mix", _mix(dice))
    kind = dice.one_of(KINDS, weights)
    fixed = {row[0] for row in [*net["RESERVOIRS"], *net["TANKS"]]}
    if {tail, head} <= fixed and kind == "valve":
        kind = "pipe"  # a valve without a loss between two given heads has no flow that is right
    if kind == "pump":
        _pump(dice, net, tail, head)
    elif kind == "valve":
        _valve(dice, net, tail, head)
    else:
        _pipe(dice, net, (tail, head), law, check=kind == "cv")


def _mix(dice):
    """Return how often each kind is drawn in this network: some have many valves or pumps."""
    return dice.one_of([(70, 6, 8, 16), (40, 5, 10, 45), (55, 5, 35, 5), (90, 4, 3, 3)])


def _pipe(dice, net, ends, law, *, check):
    low, high = ROUGHNESS[law]
    rough = dice.between(low, high)
    if law == "D-W":
        rough /= dice.units["length"]
    length = 10.0 ** dice.between(0.5, 3.3)
    size = dice.one_of([50, 80, 100, 150, 200, 300])
    minor = dice.between(0.0, 20.0) if dice.chance(0.15) else 0.0
    status = "CV" if check else dice.one_of(["OPEN", "CLOSED"], [95, 5])
    words = [dice.word(length, "length"), dice.word(size, "diameter"), dice.word(rough)]
    name = f"P{len(net['PIPES']) + 1}"
    net["PIPES"].append([name, *ends, *words, dice.word(minor), status])


def _pump(dice, net, tail, head):
    name = f"U{len(net['PUMPS']) + 1}"
    row = [name, tail, head]
    shape = dice.one_of(["one", "three", "many", "power"], [4, 3, 3, 3])
    if shape == "power":
        row += ["POWER", dice.word(10.0 ** dice.between(-1.0, 1.3), "power")]
    else:
        row += ["HEAD", f"C{name}"]
        for flow, lift in _pump_curve(dice, shape):
            words = dice.word(flow, "flow"), dice.word(lift, "length")
            net["CURVES"].append([f"C{name}", *words])
    if dice.chance(0.2) and shape != "power":
        row += ["SPEED", dice.word(dice.between(0.6, 1.3))]
    if net["PATTERNS"] and dice.chance(0.1) and shape != "power":
        row += ["PATTERN", dice.one_of(net["PATTERNS"])[0]]
    net["PUMPS"].append(row)


def _pump_curve(dice, shape):
    """Return points of flow in l/s and lift in m."""
    flow, lift = 10.0 ** dice.between(0.0, 1.7), dice.between(5.0, 80.0)
    if shape == "one":
        return [(flow, lift)]
    if shape == "three":
        drop, bend = dice.between(0.1, 0.35), dice.between(1.2, 2.5)
        return [(0.0, lift), (flow, lift * (1 - drop)), (1.5 * flow, lift * (1 - drop * 1.5**bend))]
    points, at, now = [], 0.0, lift
    for _ in range(dice.one_of([2, 4, 5])):
        points.append((at, now))
        at += flow * dice.between(0.2, 0.8)
        now -= lift * dice.between(0.02, 0.25)
    return points


def _valve(dice, net, tail, head):
    fixed = {row[0] for row in [*net["RESERVOIRS"], *net["TANKS"]]}
    kind = dice.one_of(VALVES, [5, 5, 4, 2, 2, 2, 1])
    if {tail, head} & fixed and kind in {"PRV", "PSV", "FCV"}:
        kind = dice.one_of(["TCV", "PBV", "GPV"])
    name, size = f"V{len(net['VALVES']) + 1}", dice.one_of([50, 80, 100, 150, 200])
    setting, more = _setting(dice, net, kind, name)
    lossy = kind == "PCV" or dice.chance(0.02 if kind == "GPV" else 0.3)
    minor = dice.between(0.0, 15.0) if lossy else 0.0
    row = [name, tail, head, dice.word(size, "diameter"), kind, setting, dice.word(minor), *more]
    net["VALVES"].append(row)


def _setting(dice, net, kind, name):
    """Return the setting of a valve, and the curve of a positional one."""
    if kind == "GPV":
        _losses(dice, net, name)
        return f"C{name}", []
    if kind == "PCV":
        return dice.word(dice.between(5.0, 100.0)), _openings(dice, net, name)
    if kind == "FCV":
        return dice.word(10.0 ** dice.between(-1.0, 1.2), "flow"), []
    low, high, unit = RANGES[kind]
    return dice.word(dice.between(low, high), unit), []


def _losses(dice, net, name):
    """Add the curve of a general valve: flow and head loss."""
    rise, at = 0.0, 0.0
    for _ in range(dice.whole(2, 4)):
        net["CURVES"].append([f"C{name}", dice.word(at, "flow"), dice.word(rise, "length")])
        at += dice.between(1.0, 10.0)
        rise += dice.between(0.1, 8.0)


def _openings(dice, net, name):
    """Add the curve of a positional valve, or none: percent open and percent of full flow."""
    if dice.chance(0.5):
        return []
    rise = 0.0
    for share in (0, 30, 60, 100)[-dice.whole(2, 4) :]:
        net["CURVES"].append([f"C{name}", str(share), dice.word(min(100.0, share * 0.9 + rise))])
        rise += dice.between(0.0, 4.0)
    return [f"C{name}"]
