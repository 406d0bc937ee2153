"""From a network in the user's words to the arrays the kernels run on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.flows.water.kernels.headloss import (
    CONSTANT_POWER,
    DARCY_WEISBACH,
    FIXED_DROP,
    FLOW_LIMIT,
    LEAST_SHARE,
    PIECEWISE,
    POWER_LAW,
    QUADRATIC,
    LinkArrays,
    opening_share,
)
from twin.flows.water.kernels.valves import ValveArrays
from twin.flows.water.kernels.workspace import BOTH_WAYS, CLOSED, OutletArrays
from twin.flows.water.network.kinds import (
    FCV_KIND,
    GPV_KIND,
    JUNCTION_KIND,
    PBV_KIND,
    PCV_KIND,
    PIPE_KIND,
    PSV_KIND,
    RESERVOIR_KIND,
    TANK_KIND,
    TCV_KIND,
)
from twin.flows.water.network.parts import holding_valves
from twin.flows.water.network.tables import Headloss
from twin.flows.water.runs.kernels.periods import DemandArrays, HydraulicArrays, RecordArrays
from twin.flows.water.runs.kernels.tanks import TankArrays

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64, Int32, Int64, UInt8
    from twin.flows.water.network.tables import WaterNetwork

_FOOT_M = 0.3048
GRAVITY_MS2 = 32.2 * _FOOT_M
"""As in EPANET, so that its heads can be met to the centimetre."""
ORIFICE_COEFFICIENT = 0.6
"""Discharge coefficient of a hole in a pipe (van Zyl & Clayton, 2007, Proc. ICE Water Management
160(2), 109-114, doi 10.1680/wama.2007.160.2.109)."""
_HW_EXPONENT = 1.852
POWER_TO_GAIN = 550.0 / 62.4 / 745.7 * _FOOT_M**4
"""Gain in m times flow in m3/s of a watt, with EPANET's foot-pounds and weight of water."""
_FIRST_POWERED_M3S = _FOOT_M**3


def hazen_williams_resistance(length_m: Float64, diameter_m: Float64, c: Float64) -> Float64:
    """Return r of loss = r q^1.852 in SI, EPANET's 4.727 L / (C^1.852 d^4.871) in feet."""
    factor = 4.727 * _FOOT_M ** (4.871 - 3.0 * _HW_EXPONENT)
    resistance: Float64 = factor * length_m / (c**_HW_EXPONENT * diameter_m**4.871)
    return resistance


def chezy_manning_resistance(length_m: Float64, diameter_m: Float64, n: Float64) -> Float64:
    """Return r of loss = r q^2 in SI, from Manning's law in feet with its factor 1.49."""
    feet = diameter_m / _FOOT_M
    in_feet = (4.0 * n / (1.49 * math.pi * feet**2)) ** 2 * (feet / 4.0) ** -1.333
    return in_feet * (length_m / _FOOT_M) * _FOOT_M**-5


def orifice_coefficient(area_m2: Float64) -> Float64:
    """Return the outflow of a hole at 1 m pressure, m3/s: Cd A sqrt(2 g)."""
    return ORIFICE_COEFFICIENT * area_m2 * math.sqrt(2.0 * GRAVITY_MS2)


def link_arrays(net: WaterNetwork) -> LinkArrays:
    """Return the head loss laws of all links."""
    law = np.full(net.n_links, POWER_LAW, dtype=np.uint8)
    exponent = np.full(net.n_links, _HW_EXPONENT)
    rough_share = np.zeros(net.n_links)
    re_per_flow = np.zeros(net.n_links)
    if net.headloss is Headloss.HAZEN_WILLIAMS:
        resistance = hazen_williams_resistance(net.length_m, net.diameter_m, net.roughness)
    elif net.headloss is Headloss.CHEZY_MANNING:
        resistance = chezy_manning_resistance(net.length_m, net.diameter_m, net.roughness)
        law[:] = QUADRATIC
        exponent[:] = 2.0
    else:
        resistance = 8.0 * net.length_m / (GRAVITY_MS2 * math.pi**2 * net.diameter_m**5)
        law[:] = DARCY_WEISBACH
        rough_share = net.roughness / (3.7 * net.diameter_m)
        re_per_flow = 4.0 / (math.pi * net.diameter_m * net.viscosity_m2s)
    minor = 8.0 * net.minor_loss / (GRAVITY_MS2 * math.pi**2 * net.diameter_m**4)
    pump, speed = net.is_pump, np.where(net.pump_speed > 0.0, net.pump_speed, 1.0)
    law[net.link_kind != PIPE_KIND] = POWER_LAW
    exponent[net.link_kind != PIPE_KIND] = 2.0
    full, pump_exponent = pump_laws(net)
    # affinity laws: head with speed^2, flow with speed
    resistance = np.where(pump, full * speed ** (2.0 - pump_exponent), resistance)
    curve, point = _curve_points(net, speed)
    _special_laws(net, law, resistance, minor)
    return LinkArrays(
        tail=net.tail,
        head=net.head,
        law=law,
        resistance=resistance,
        exponent=np.where(pump, pump_exponent, exponent),
        # the curve of a GPV is its whole loss, as in EPANET
        minor=np.where(pump | (net.link_kind == GPV_KIND), 0.0, minor),
        lift_m=np.where(pump, net.pump_lift_m * speed**2, 0.0),
        rough_share=rough_share,
        re_per_flow=re_per_flow,
        curve=curve,
        point=point,
    )


def curve_sizes(net: WaterNetwork) -> Int64:
    """Return the number of points of every link's curve; pipes have none."""
    sizes = np.zeros(net.n_links, dtype=np.int64)
    for k in np.flatnonzero(net.link_kind != PIPE_KIND).tolist():
        sizes[k] = len(net.curve[k])
    return sizes


def joined_points(net: WaterNetwork) -> Float64:
    """Return the points of all curves, one link after the other, shape (n_points, 2)."""
    curved = np.flatnonzero(curve_sizes(net)).tolist()
    return np.ascontiguousarray(np.concatenate([np.empty((0, 2)), *(net.curve[k] for k in curved)]))


def _curve_points(net: WaterNetwork, speed: Float64) -> tuple[Int32, Float64]:
    """Return the rows of every link's curve, and all points, those of pumps at their speed."""
    end = np.append(0, curve_sizes(net).cumsum())
    curve = np.ascontiguousarray(np.stack([end[:-1], end[1:]], axis=1), dtype=np.int32)
    scaled = [
        net.curve[k] * (speed[k], speed[k] * speed[k])
        for k in np.flatnonzero(np.diff(end)).tolist()
    ]
    return curve, np.ascontiguousarray(np.concatenate([np.empty((0, 2)), *scaled]))


def pump_laws(net: WaterNetwork) -> tuple[Float64, Float64]:
    """Return resistance at full speed and exponent of pumps, shape (n_links,) each.

    A pump of constant power gains resistance / flow, an exponent of -1: by the affinity laws its
    power falls with speed^3, as in EPANET 2.2.
    """
    powered = net.pump_power_w > 0.0
    full: Float64 = np.where(powered, POWER_TO_GAIN * net.pump_power_w, net.pump_resistance)
    exponent: Float64 = np.where(powered, -1.0, net.pump_exponent)
    return full, exponent


def _special_laws(net: WaterNetwork, law: UInt8, resistance: Float64, minor: Float64) -> None:
    """Set laws of valves and of pumps without a power law, in place."""
    kind = net.link_kind
    resistance[~net.is_pump & (kind != PIPE_KIND)] = 0.0
    curved = curve_sizes(net) > 0
    law[curved & (kind != PCV_KIND)] = PIECEWISE
    law[net.pump_power_w > 0.0] = CONSTANT_POWER
    governed = ~net.fixed
    for valve, special in ((FCV_KIND, FLOW_LIMIT), (PBV_KIND, FIXED_DROP)):
        law[governed & (kind == valve)] = special
        resistance[governed & (kind == valve)] = net.setting[governed & (kind == valve)]
    minor /= np.maximum(opening_shares(net), LEAST_SHARE) ** 2
    throttled = governed & (kind == TCV_KIND)
    minor[throttled] = unit_minor(net.diameter_m[throttled]) * net.setting[throttled]


def opening_shares(net: WaterNetwork) -> Float64:
    """Return which share of its full flow each PCV passes as it is set, 1 for other links."""
    share = np.ones(net.n_links)
    for k in np.flatnonzero(~net.fixed & (net.link_kind == PCV_KIND)).tolist():
        share[k] = opening_share(net.curve[k], net.setting[k])
    return share


def unit_minor(diameter_m: Float64) -> Float64:
    """Return head lost per (m3/s)^2 by a minor loss coefficient of 1."""
    loss: Float64 = 8.0 / (GRAVITY_MS2 * math.pi**2 * diameter_m**4)
    return loss


def valve_arrays(net: WaterNetwork, outlets: OutletArrays) -> ValveArrays:
    """Return the valves that hold a pressure, all open at first."""
    link = np.flatnonzero(holding_valves(net.link_kind)).astype(np.int32)
    sustains = net.link_kind[link] == PSV_KIND
    pin = np.where(sustains, net.tail[link], net.head[link]).astype(np.int32)
    row_of_link = np.full(net.n_links, -1, dtype=np.int32)
    row_of_link[link] = np.arange(link.size, dtype=np.int32)
    near, near_outlet = [], []
    for v, node in enumerate(pin.tolist()):
        touching = np.flatnonzero((net.tail == node) | (net.head == node))
        near += [(v, k) for k in touching.tolist() if k != link[v]]
        near_outlet += [(v, o) for o in np.flatnonzero(outlets.node == node).tolist()]
    return ValveArrays(
        link=link,
        sustains=sustains.astype(np.uint8),
        pin=pin,
        other=np.where(sustains, net.head[link], net.tail[link]).astype(np.int32),
        near=np.array(near, dtype=np.int32).reshape(-1, 2),
        near_outlet=np.array(near_outlet, dtype=np.int32).reshape(-1, 2),
        set_head_m=net.elevation_m[pin] + net.setting[link],
        governed=(~net.fixed[link] & net.is_open[link]).astype(np.uint8),
        step=np.zeros(link.size),
        row_of_link=row_of_link,
    )


def starting_flow(net: WaterNetwork) -> Float64:
    """Return a first guess: 0.3 m/s in pipes, the flow of half the lift in pumps."""
    pipe = 0.3 * math.pi / 4.0 * net.diameter_m**2
    half = 0.5 * net.pump_lift_m / np.maximum(net.pump_resistance, 1e-12)
    pump = half ** (1.0 / net.pump_exponent) * net.pump_speed
    pump = np.where(net.pump_power_w > 0.0, _FIRST_POWERED_M3S, pump)
    for k in np.flatnonzero(net.is_pump):
        if len(net.curve[k]):
            pump[k] = 0.5 * (net.curve[k][0, 0] + net.curve[k][-1, 0]) * net.pump_speed[k]
    flow = np.where(net.is_pump, pump, pipe)
    limited = (net.link_kind == FCV_KIND) & ~net.fixed
    return np.where(limited, net.setting, flow)


def outlet_arrays(net: WaterNetwork, *, pressure_driven: bool) -> tuple[OutletArrays, Float64]:
    """Return all outlets, demands first, and their coefficients per m3/s of demand."""
    junction = net.node_kind == JUNCTION_KIND
    asking = np.flatnonzero(junction) if pressure_driven else np.empty(0, dtype=int)
    holes = np.flatnonzero(junction & (net.leak_area_m2 > 0.0))
    leaks = np.flatnonzero(junction & (net.leak_coefficient > 0.0))
    cracks = np.flatnonzero(junction & (net.crack_growth_m > 0.0))
    span = (net.full_pressure_m - net.least_pressure_m)[asking]
    none = np.zeros(asking.size)
    hole_exponent, crack_exponent = np.full(holes.size, 0.5), np.full(cracks.size, 1.5)
    node = np.concatenate([asking, holes, leaks, cracks]).astype(np.int32)
    both_ways = np.zeros(node.size, dtype=np.uint8)
    emitting = slice(asking.size + holes.size, asking.size + holes.size + leaks.size)
    both_ways[emitting] = net.emitter_backflow[leaks]
    least = np.zeros(node.size)
    least[: asking.size] = net.least_pressure_m[asking]
    outlets = OutletArrays(
        node=node,
        least_head_m=net.elevation_m[node] + least,
        coefficient=np.concatenate(
            [
                none,
                orifice_coefficient(net.leak_area_m2[holes]),
                net.leak_coefficient[leaks],
                orifice_coefficient(net.crack_growth_m[cracks]),
            ]
        ),
        exponent=np.concatenate(
            [net.demand_exponent[asking], hole_exponent, net.leak_exponent[leaks], crack_exponent]
        ),
        cap_m3s=np.concatenate([none, np.full(node.size - asking.size, np.inf)]),
        both_ways=both_ways,
    )
    unit = np.zeros(node.size)
    unit[: asking.size] = span ** -net.demand_exponent[asking]
    return outlets, unit


def base_demand(net: WaterNetwork) -> Float64:
    """Return demand of all categories at junctions, 0 elsewhere."""
    demand = np.where(net.node_kind == JUNCTION_KIND, net.demand_m3s, 0.0)
    np.add.at(demand, net.more_node, net.more_m3s)
    return demand


def hydraulic_arrays(
    net: WaterNetwork, factor: Float64, *, pressure_driven: bool, closed: Bool | None = None
) -> HydraulicArrays:
    """Return all that stays the same during a run; `factor` is (n_periods, n_patterns)."""
    outlets, unit = outlet_arrays(net, pressure_driven=pressure_driven)
    outlet = np.full(net.n_nodes, -1, dtype=np.int32)
    if pressure_driven:
        asking = np.flatnonzero(net.node_kind == JUNCTION_KIND)
        outlet[asking] = np.arange(asking.size, dtype=np.int32)
    reservoir = np.flatnonzero(net.node_kind == RESERVOIR_KIND).astype(np.int32)
    shut = ~net.is_open | (opening_shares(net) <= 0.0) | (net.is_pump & (net.pump_speed <= 0.0))
    if closed is not None:
        shut = shut | np.asarray(closed, dtype=bool)
    one_way = net.check_valve | (holding_valves(net.link_kind) & ~net.fixed)
    way = np.where(one_way, 1, BOTH_WAYS)
    return HydraulicArrays(
        links=link_arrays(net),
        nodes=net.nodes,
        outlets=outlets,
        valves=valve_arrays(net, outlets),
        tanks=_tank_arrays(net),
        demands=DemandArrays(
            base_m3s=np.where(net.node_kind == JUNCTION_KIND, net.demand_m3s, 0.0),
            factor=factor,
            pattern=net.pattern,
            outlet=outlet,
            unit_coefficient=unit,
            reservoir=reservoir,
            reservoir_head_m=net.head_m[reservoir],
        ),
        way=np.where(shut, CLOSED, way).astype(np.int8),
        start_flow_m3s=starting_flow(net),
    )


def first_heads(net: WaterNetwork) -> Float64:
    """Return given heads, and the highest of them where the head is unknown."""
    given = np.where(net.node_kind == TANK_KIND, net.elevation_m + net.tank_init_m, net.head_m)
    known = net.node_kind != JUNCTION_KIND
    return np.where(known, given, given[known].max())


def _tank_arrays(net: WaterNetwork) -> TankArrays:
    """Return the tanks, their curves over heads."""
    tank = np.flatnonzero(net.node_kind == TANK_KIND).astype(np.int32)
    floor = net.elevation_m[tank]
    curves = [net.tank_curve[node] + (net.elevation_m[node], 0.0) for node in tank]
    end = np.cumsum([0, *(len(points) for points in curves)])
    return TankArrays(
        node=tank,
        area_m2=net.tank_area_m2[tank],
        least_head_m=floor + net.tank_min_m[tank],
        most_head_m=floor + net.tank_max_m[tank],
        overflows=net.tank_overflows[tank].astype(np.uint8),
        curve=np.ascontiguousarray(np.stack([end[:-1], end[1:]], axis=1), dtype=np.int32),
        point=np.ascontiguousarray(np.concatenate([np.empty((0, 2)), *curves])),
    )


def empty_record(n_rows: int, n_nodes: int, n_links: int) -> RecordArrays:
    """Return a record of zeros for a run of `n_rows` periods."""
    return RecordArrays(
        head_m=np.zeros((n_rows, n_nodes)),
        flow_m3s=np.zeros((n_rows, n_links)),
        delivered_m3s=np.zeros((n_rows, n_nodes)),
        leak_m3s=np.zeros((n_rows, n_nodes)),
        supplied=np.zeros((n_rows, n_nodes), dtype=np.uint8),
        iterations=np.zeros(n_rows, dtype=np.int32),
        status=np.zeros(n_rows, dtype=np.uint8),
        energy_m=np.zeros(n_rows),
        mass_m3s=np.zeros(n_rows),
        still_pumps=np.zeros(n_rows, dtype=np.int32),
        demanded_m3=np.zeros(n_nodes),
        delivered_m3=np.zeros(n_nodes),
        leaked_m3=np.zeros(n_nodes),
        inflow_m3=np.zeros(n_nodes),
        volume_m3=np.zeros(n_links),
        lift_m4=np.zeros(n_links),
    )
