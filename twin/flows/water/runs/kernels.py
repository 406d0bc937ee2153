"""Compiled views of a run: what all lanes share, what each has of its own."""

from typing import NamedTuple

import numpy as np

from twin.flows.water.controls.kernels import ControlArrays, RuleArrays, SwitchArrays
from twin.flows.water.headloss.kernels import LinkArrays
from twin.flows.water.lanes.kernels import OutletArrays, StateArrays
from twin.flows.water.periods.kernels import DemandArrays, PlantArrays
from twin.flows.water.valves.kernels import ValveArrays
from twin.kernels.jit import borrowing_kernel

NOW, NEXT_REPORT, ROW, SINCE, SOLVES, ALIVE, SWITCHES = range(7)  # columns of `counts`
N_COUNTS = 7


class ClockArrays(NamedTuple):
    """Times in whole seconds, and patterns one after the other."""

    duration_s: int
    step_s: int
    pattern_step_s: int
    pattern_start_s: int
    report_step_s: int
    report_start_s: int
    rule_step_s: int
    start_clock_s: int
    report_last: int  # 1 if the last state is reported whenever it falls
    report_all: int  # 1 if every solve is reported
    pattern_first: np.ndarray  # (n_patterns + 1,) int32
    pattern_value: np.ndarray  # (n_values,)
    more_node: np.ndarray  # (n_more,) int32, demands beyond a node's first
    more_m3s: np.ndarray  # (n_more,)
    more_pattern: np.ndarray  # (n_more,) int32


class ScheduleArrays(NamedTuple):
    """What changes links during a run."""

    clock: ClockArrays
    switches: SwitchArrays
    controls: ControlArrays
    rules: RuleArrays


class ReportArrays(NamedTuple):
    """States at the reported times; the first axis is the lane."""

    time_s: np.ndarray  # (n_lanes, n_rows) int64
    head_m: np.ndarray  # (n_lanes, n_rows, n_nodes)
    flow_m3s: np.ndarray  # (n_lanes, n_rows, n_links)
    delivered_m3s: np.ndarray  # (n_lanes, n_rows, n_nodes)
    leak_m3s: np.ndarray  # (n_lanes, n_rows, n_nodes)
    supplied: np.ndarray  # (n_lanes, n_rows, n_nodes) uint8
    iterations: np.ndarray  # (n_lanes, n_rows) int32, of all solves since the row before


class OwnArrays(NamedTuple):
    """What each lane has of its own; the first axis is the lane."""

    law: np.ndarray  # (n_lanes, n_links) uint8
    resistance: np.ndarray  # (n_lanes, n_links)
    minor: np.ndarray
    lift_m: np.ndarray
    rough_share: np.ndarray
    point: np.ndarray  # (n_lanes, n_points, 2)
    way: np.ndarray  # (n_lanes, n_links) int8
    set_head_m: np.ndarray  # (n_lanes, n_valves)
    governed: np.ndarray  # (n_lanes, n_valves) uint8
    cap_m3s: np.ndarray  # (n_lanes, n_outlets)
    coefficient: np.ndarray
    base_m3s: np.ndarray  # (n_lanes, n_nodes)
    more_m3s: np.ndarray  # (n_lanes, n_more)
    is_open: np.ndarray  # (n_lanes, n_links) uint8
    setting: np.ndarray  # (n_lanes, n_links)
    locked: np.ndarray  # (n_lanes, n_links) uint8
    full_resistance: np.ndarray  # (n_lanes, n_links) of pumps at full speed
    full_lift_m: np.ndarray
    full_point: np.ndarray  # (n_lanes, n_points, 2)
    head_m: np.ndarray  # (n_lanes, n_nodes)
    flow_m3s: np.ndarray  # (n_lanes, n_links)
    outflow_m3s: np.ndarray  # (n_lanes, n_outlets)
    supplied: np.ndarray  # (n_lanes, n_nodes) uint8
    demand_m3s: np.ndarray  # (n_lanes, n_nodes)
    net_inflow_m3s: np.ndarray  # (n_lanes, n_nodes) of nodes of given head
    solve_way: np.ndarray  # (n_lanes, n_links) int8
    counts: np.ndarray  # (n_lanes, N_COUNTS) int64


@borrowing_kernel
def plant_of(plant, own, lane):
    """Return the network as one lane has it."""
    links, outlets = plant.links, plant.outlets
    valves, demands = plant.valves, plant.demands
    return PlantArrays(
        LinkArrays(
            links.tail,
            links.head,
            own.law[lane],
            own.resistance[lane],
            links.exponent,
            own.minor[lane],
            own.lift_m[lane],
            own.rough_share[lane],
            links.re_per_flow,
            links.curve,
            own.point[lane],
        ),
        plant.nodes,
        OutletArrays(
            outlets.node,
            outlets.least_head_m,
            own.coefficient[lane],
            outlets.exponent,
            own.cap_m3s[lane],
        ),
        ValveArrays(
            valves.link,
            valves.sustains,
            valves.pin,
            valves.other,
            valves.near,
            valves.near_outlet,
            own.set_head_m[lane],
            own.governed[lane],
            valves.step,
            valves.row_of_link,
        ),
        plant.tanks,
        DemandArrays(
            own.base_m3s[lane],
            demands.factor,
            demands.pattern,
            demands.outlet,
            demands.unit_coefficient,
            demands.reservoir,
            demands.reservoir_head_m,
        ),
        own.way[lane],
    )


@borrowing_kernel
def state_of(own, lane):
    """Return the state of one lane."""
    return StateArrays(
        own.head_m[lane], own.flow_m3s[lane], own.outflow_m3s[lane], own.supplied[lane]
    )


@borrowing_kernel
def switches_of(switches, own, lane):
    """Return the switches of one lane."""
    return SwitchArrays(
        own.is_open[lane],
        own.setting[lane],
        switches.kind,
        switches.one_way,
        own.full_resistance[lane],
        own.full_lift_m[lane],
        own.full_point[lane],
        switches.minor,
        switches.unit_minor,
        switches.speed_pattern,
        own.locked[lane],
    )
