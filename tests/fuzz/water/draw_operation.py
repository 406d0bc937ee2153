"""Draw what happens to links: first status, simple controls, rules."""

RATED = {"PRV": (2.0, 70.0), "PSV": (2.0, 70.0), "PBV": (0.0, 15.0), "FCV": (0.1, 15.0)}
UNITS = {"PRV": "pressure", "PSV": "pressure", "PBV": "pressure", "FCV": "flow"}


def _switched(dice, net):
    """Return the word of a link, its row, and a status or a setting for it."""
    rows = [("PIPE", row) for row in net["PIPES"] if row[-1] != "CV"]
    rows += [("PUMP", row) for row in net["PUMPS"]] * 2 + [("VALVE", row) for row in net["VALVES"]]
    if not rows:
        return None
    word, row = dice.one_of(rows)
    value = dice.one_of(["OPEN", "CLOSED"])
    if word == "PUMP" and "POWER" not in row and dice.chance(0.3):
        value = dice.word(dice.between(0.5, 1.3))
    elif word == "VALVE" and row[4] in {*RATED, "TCV"} and dice.chance(0.6):
        low, high = RATED.get(row[4], (0.0, 100.0))
        value = dice.word(dice.between(low, high), UNITS.get(row[4]))
    return word, row, value


def draw_status(dice, net):
    """Add first statuses."""
    for _ in range(dice.whole(1, 2) if dice.chance(0.2) else 0):
        found = _switched(dice, net)
        if found:
            net["STATUS"].append([found[1][0], found[2]])


def draw_controls(dice, net):
    """Add simple controls."""
    for _ in range(dice.whole(1, 3) if dice.chance(0.35) else 0):
        found = _switched(dice, net)
        if not found:
            return
        row = ["LINK", found[1][0], found[2]]
        if net["TANKS"] and dice.chance(0.6):
            tank = dice.one_of(net["TANKS"])
            row += ["IF", "NODE", tank[0], dice.one_of(["ABOVE", "BELOW"]), _level(dice, tank)]
        elif dice.chance(0.15):
            node = dice.one_of(net["JUNCTIONS"])[0]
            pressure = dice.word(dice.between(0.0, 50.0), "pressure")
            row += ["IF", "NODE", node, dice.one_of(["ABOVE", "BELOW"]), pressure]
        elif dice.chance(0.5):
            row += ["AT", "TIME", _moment(dice)]
        else:
            row += ["AT", "CLOCKTIME", dice.one_of(["1", "7:30", "11:00", "23"])]
        net["CONTROLS"].append(row)


def _moment(dice):
    return dice.one_of(["0", "1", "1:30", "2:00", "3:15", "4", "5:50"])


def _level(dice, tank):
    low, high = float(tank[3]), float(tank[4])
    return dice.word(dice.between(low, high))


def draw_rules(dice, net):
    """Add rules with one or two premises and one or two actions each."""
    for number in range(dice.whole(1, 2) if dice.chance(0.25) else 0):
        then, other = _action(dice, net), _action(dice, net)
        if not then:
            return
        row = ["RULE", f"r{number + 1}", "\n", "IF", *_premise(dice, net)]
        if dice.chance(0.4):
            row += ["\n", dice.one_of(["AND", "OR"]), *_premise(dice, net)]
        row += ["\n", "THEN", *then]
        if dice.chance(0.4):
            row += ["\n", "ELSE", *other]
        if dice.chance(0.4):
            row += ["\n", "PRIORITY", str(dice.whole(1, 5))]
        net["RULES"].append(row)


def _action(dice, net):
    found = _switched(dice, net)
    if not found:
        return None
    word, row, value = found
    what = "STATUS" if value in {"OPEN", "CLOSED"} else "SETTING"
    return [word, row[0], what, "IS", value]


def _premise(dice, net):
    relation = dice.one_of([">=", "<=", ">", "<", "ABOVE", "BELOW"])
    if net["TANKS"] and dice.chance(0.5):
        tank = dice.one_of(net["TANKS"])
        return ["TANK", tank[0], "LEVEL", relation, _level(dice, tank)]
    if dice.chance(0.15):
        node = dice.one_of(net["JUNCTIONS"])[0]
        pressure = dice.word(dice.between(0.0, 50.0), "pressure")
        return ["JUNCTION", node, "PRESSURE", relation, pressure]
    if dice.chance(0.15):
        link = dice.one_of([*net["PIPES"], *net["VALVES"], *net["PUMPS"]])[0]
        word = {"P": "PIPE", "V": "VALVE", "U": "PUMP"}[link[0]]
        return [word, link, "STATUS", "IS", dice.one_of(["OPEN", "CLOSED"])]
    if dice.chance(0.3):
        return ["SYSTEM", "CLOCKTIME", relation, dice.one_of(["6 AM", "9:30 AM", "8 PM"])]
    return ["SYSTEM", "TIME", relation, _moment(dice)]
