"""Laws of heat networks, recomputed from result tables alone: each gives (law, name, amount)."""

import math

from tests.naive.heat import G, capacity, density, enthalpy, pressure_loss

FLOW_SHARE = 1e-6
"""Of the largest flow: what a balance may miss."""
PRESSURE_PA, PRESSURE_SHARE = 5.0, 2e-4
TEMP_K = 5e-3
"""Of mixing and of pipes."""
HEAT_SHARE = 1e-4
SETTLED_K = 1e-3
"""What temperatures may still move."""
STILL_KGS = 1e-7


def faults(tables, found):
    """Return the faults of a solution: `found` maps table names to rows by name."""
    nodes = {row["node"]: row for row in found["nodes"]}
    numbers = [v for rows in found.values() for row in rows for v in row.values()
               if isinstance(v, float)]  # fmt: skip
    if not all(math.isfinite(value) for value in numbers):
        return [("not finite", "", math.inf)]
    pipes = [given | got for given, got in zip(tables["pipes"], found["pipes"], strict=True)]
    consumers = _joined(tables, found, "consumers")
    sources = _joined(tables, found, "sources")
    broken = []
    broken += _mass(nodes, pipes, consumers, sources)
    broken += _pipes(tables, nodes, pipes, sources)
    broken += _mixing(nodes, pipes, consumers, sources)
    broken += _consumers(consumers)
    broken += _sources(sources)
    broken += _energy(pipes, consumers, sources)
    return broken


def _joined(tables, found, name):
    return [{**given, **{f"got_{key}": value for key, value in got.items()}}
            for given, got in zip(tables[name], found[name], strict=True)]  # fmt: skip


def _inflows(pipes, consumers, sources):
    """Yield (node, mass, name) of everything, mass positive into the node."""
    for pipe in pipes:
        yield pipe["from_node"], -pipe["mass_flow_kgs"]
        yield pipe["to_node"], pipe["mass_flow_kgs"]
    for one in consumers:
        yield one["supply_node"], -one["got_mass_flow_kgs"]
        yield one["return_node"], one["got_mass_flow_kgs"]
    for one in sources:
        yield one["supply_node"], one["got_mass_flow_kgs"]
        yield one["return_node"], -one["got_mass_flow_kgs"]


def _mass(nodes, pipes, consumers, sources):
    net, largest = dict.fromkeys(nodes, 0.0), 0.0
    for node, mass in _inflows(pipes, consumers, sources):
        net[node] += mass
        largest = max(largest, abs(mass))
    for name, gap in net.items():
        if abs(gap) > FLOW_SHARE * largest + 1e-9:
            yield "mass", name, abs(gap)
    for pipe in pipes:
        if pipe["closed"] and pipe["mass_flow_kgs"] != 0.0:
            yield "flow through a shut pipe", pipe["pipe"], abs(pipe["mass_flow_kgs"])


def _outlet(pipe, inlet_c):
    """Return the temperature at which water leaves a pipe.

    One heat capacity, at the mean temperature along the pipe, stands for all its water: that misses
    the integral with the capacity of each place by 0.13 K at most (`test_fuzz_heat_laws.py`).
    """
    mass = abs(pipe["mass_flow_kgs"])
    area = math.pi * pipe["diameter_m"] * pipe["length_m"]
    over, leaves = inlet_c - pipe["ambient_c"], inlet_c
    for _ in range(30):
        mean = max(pipe["ambient_c"] + _mean(over, leaves - pipe["ambient_c"]), 0.0)
        share = pipe["loss_w_m2k"] * area / (mass * capacity(mean))
        leaves = pipe["ambient_c"] + over * math.exp(-share)
    return leaves


def _mean(first_k, last_k):
    """Return the mean along a pipe of an excess that decays exponentially."""
    if abs(last_k) < 1e-300 or abs(first_k - last_k) < 1e-6 * abs(first_k):
        return (first_k + last_k) / 2.0 if abs(first_k - last_k) < 1e-6 * abs(first_k) else last_k
    return (first_k - last_k) / math.log(first_k / last_k)


def _ends(pipe):
    ends = pipe["from_node"], pipe["to_node"]
    return ends if pipe["mass_flow_kgs"] >= 0.0 else ends[::-1]


def _pipes(tables, nodes, pipes, sources):
    """Check pressure along each pipe that is open, and the heat it loses."""
    height = {row["node"]: row["elevation_m"] for row in tables["nodes"]}
    back = [row["return_temp_c"] for row in tables["consumers"]]
    back_c = sum(0.0 if math.isnan(t) else t for t in back) / len(back) if back else 50.0
    hot_c = sum(row["supply_temp_c"] for row in sources) / len(sources)  # set points, as stated
    column = {"supply": density(hot_c), "return": density(back_c)}
    for pipe in pipes:
        tail, head = (nodes[pipe[end]] for end in ("from_node", "to_node"))
        if pipe["closed"] or not (tail["supplied"] and head["supplied"]):
            continue
        mass = pipe["mass_flow_kgs"]
        inlet_c = nodes[_ends(pipe)[0]]["temp_c"]
        mean = inlet_c
        if abs(mass) > STILL_KGS:
            leaves = _outlet(pipe, inlet_c)
            mean = _mean(inlet_c - pipe["ambient_c"], leaves - pipe["ambient_c"])
            mean += pipe["ambient_c"]
            lost = abs(mass) * (_h(inlet_c) - _h(leaves))
            slack = abs(mass) * 4200.0 * TEMP_K + HEAT_SHARE * abs(lost) + 0.1
            if abs(pipe["loss_w"] - lost) > slack:
                yield "heat loss", pipe["pipe"], abs(pipe["loss_w"] - lost)
        rise = column[pipe["side"]] * G * (height[head["node"]] - height[tail["node"]])
        lift = pipe.get("pump_lift_pa", 0.0) - pipe.get("pump_fall_pa_kgs2", 0.0) * mass * abs(mass)
        if math.isnan(lift):
            lift = 0.0
        loss = pressure_loss(mass, _Row(pipe), max(mean, 0.1)) if abs(mass) > STILL_KGS else 0.0
        gap = tail["pressure_pa"] - head["pressure_pa"] - rise + lift - loss
        if abs(gap) > PRESSURE_PA + PRESSURE_SHARE * (abs(loss) + abs(rise)):
            yield "pressure", pipe["pipe"], abs(gap)


class _Row:
    def __init__(self, row):
        self.__dict__.update(row)


def _h(temp_c):
    """Return enthalpy; below 0 C with the capacity at 0 C, as tables of water begin there."""
    return enthalpy(temp_c) if temp_c >= 0.0 else capacity(0.0) * temp_c


def _mixing(nodes, pipes, consumers, sources):
    """Check that water leaves each node as warm as what enters it, mixed."""
    mass, heat = dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0.0)
    largest = 0.0
    for pipe in pipes:
        flow = abs(pipe["mass_flow_kgs"])
        largest = max(largest, flow)
        if flow > STILL_KGS:
            up, down = _ends(pipe)
            mass[down] += flow
            heat[down] += flow * _h(_outlet(pipe, nodes[up]["temp_c"]))
    enters = [(one["return_node"], one["got_mass_flow_kgs"], one["got_return_temp_c"])
              for one in consumers]  # fmt: skip
    enters += [(one["supply_node"], one["got_mass_flow_kgs"], one["got_supply_temp_c"])
               for one in sources]  # fmt: skip
    for node, flow, temp_c in enters:
        if flow > 0.0:
            mass[node] += flow
            heat[node] += flow * _h(temp_c)
    for name, inflow in mass.items():
        if inflow <= max(1e-5 * largest, 10 * STILL_KGS):
            continue
        gap = abs(heat[name] / inflow - _h(nodes[name]["temp_c"])) / 4200.0
        if gap > TEMP_K:
            yield "mixing", name, gap


def _consumers(consumers):
    for one in consumers:
        name, flow = one["consumer"], one["got_mass_flow_kgs"]
        status, delivered = one["got_status"], one["got_delivered_w"]
        wanted = 0.0 if math.isnan(one["heat_w"]) else one["heat_w"]
        enough = HEAT_SHARE * wanted + 4200.0 * abs(flow) * SETTLED_K + 1e-3
        hot, cold = one["got_supply_temp_c"], one["got_return_temp_c"]
        carried = flow * (_h(hot) - _h(cold))
        if status == "cut off":
            if abs(flow) > STILL_KGS or abs(delivered) > enough:
                yield "cut off yet served", name, abs(delivered)
            continue
        if abs(carried - delivered) > 4200.0 * flow * TEMP_K + enough:
            yield "consumer heat", name, abs(carried - delivered)
        if flow < -STILL_KGS:
            yield "consumer backwards", name, -flow
        if wanted and delivered > wanted + enough:
            yield "delivered over wanted", name, delivered - wanted
        if status in {"ok", "bypass"} and delivered < wanted - enough:
            yield "ok yet short", name, wanted - delivered
        yield from _limits(one, name, flow)
        cooled = status == "ok" and flow > STILL_KGS and wanted
        missed = abs(cold - one["return_temp_c"])
        if cooled and not one.get("bypass_kgs", 0.0) > 0.0 and missed > TEMP_K:
            yield "return temperature", name, missed


def _limits(one, name, flow):
    dp, least = one["got_dp_pa"], one.get("min_dp_pa", math.nan)
    least = 20_000.0 if math.isnan(least) else least
    most, bypass = one.get("max_flow_kgs", math.nan), one.get("bypass_kgs", 0.0)
    if math.isfinite(most) and flow > max(most, 0.0 if math.isnan(bypass) else bypass) * (1 + 1e-5):
        yield "flow over its limit", name, flow - most
    if dp < least * (1.0 - 1e-4) and flow > STILL_KGS and one["got_status"] == "ok":
        want = one["heat_w"]
        if not (math.isnan(want) or want == 0.0):
            yield "ok with low pressure", name, least - dp
    if dp < -1.0 and flow > STILL_KGS:
        yield "flow against pressure", name, -dp


def _sources(sources):
    for one in sources:
        flow, heat = one["got_mass_flow_kgs"], one["got_heat_w"]
        carried = flow * (_h(one["got_supply_temp_c"]) - _h(one["got_return_temp_c"]))
        if abs(carried - heat) > 4200.0 * abs(flow) * TEMP_K + HEAT_SHARE * abs(heat) + 1.0:
            yield "source heat", one["source"], abs(carried - heat)
        if one["got_supply_temp_c"] > one["supply_temp_c"] + 1e-6:
            yield "source over its set point", one["source"], one["got_supply_temp_c"]
        cold = one["got_supply_temp_c"] < one["supply_temp_c"] - 1e-6
        if cold and not one["got_limited"]:
            yield "source colder in silence", one["source"], one["got_supply_temp_c"]


def _energy(pipes, consumers, sources):
    given = sum(one["got_heat_w"] for one in sources)
    taken = sum(one["got_delivered_w"] for one in consumers) + sum(p["loss_w"] for p in pipes)
    size = sum(abs(one["got_heat_w"]) for one in sources) + abs(taken)
    if abs(given - taken) > 1e-6 * size + 1.0:
        yield "energy", "", abs(given - taken)
    parts = {one["source"]: one["capacity_w"] for one in sources}
    if all(math.isfinite(value) for value in parts.values()):
        most = sum(parts.values())
        if given > most * (1.0 + 1e-4) + 1.0:
            yield "heat over capacity", "", given - most
