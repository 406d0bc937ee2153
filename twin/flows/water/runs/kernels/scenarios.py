"""Compiled views of a run: what all scenarios share, what each has of its own."""

from typing import NamedTuple

import numpy as np

from twin.flows.water.kernels.headloss import LinkArrays
from twin.flows.water.kernels.valves import ValveArrays
from twin.flows.water.kernels.workspace import OutletArrays, StateArrays
from twin.flows.water.runs.kernels.controls import ControlArrays, RuleArrays, SwitchArrays
from twin.flows.water.runs.kernels.periods import DemandArrays, HydraulicArrays
from twin.kernels.jit import borrowing_kernel

NOW, NEXT_REPORT, ROW, SINCE, SOLVES, ALIVE, SWITCHES, OFF = range(8)  # columns of `counts`
N_COUNTS = 8


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
    stiff_m2s: np.ndarray  # conductance by row of `at_given` beyond which tanks swing
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


class OwnArrays(NamedTuple):
    """What each scenario has of its own; the first axis is the scenario."""

    law: np.ndarray  # (n_scenarios, n_links) uint8
    resistance: np.ndarray  # (n_scenarios, n_links)
    minor: np.ndarray
    lift_m: np.ndarray
    rough_share: np.ndarray
    point: np.ndarray  # (n_scenarios, n_points, 2)
    way: np.ndarray  # (n_scenarios, n_links) int8
    set_head_m: np.ndarray  # (n_scenarios, n_valves)
    governed: np.ndarray  # (n_scenarios, n_valves) uint8
    cap_m3s: np.ndarray  # (n_scenarios, n_outlets)
    coefficient: np.ndarray
    base_m3s: np.ndarray  # (n_scenarios, n_nodes)
    more_m3s: np.ndarray  # (n_scenarios, n_more)
    is_open: np.ndarray  # (n_scenarios, n_links) uint8
    shut: np.ndarray  # (n_scenarios, n_links) uint8
    acts: np.ndarray  # (n_scenarios, n_links) uint8
    setting: np.ndarray  # (n_scenarios, n_links)
    locked: np.ndarray  # (n_scenarios, n_links) uint8
    full_resistance: np.ndarray  # (n_scenarios, n_links) of pumps at full speed
    full_lift_m: np.ndarray
    full_point: np.ndarray  # (n_scenarios, n_points, 2)
    head_m: np.ndarray  # (n_scenarios, n_nodes)
    flow_m3s: np.ndarray  # (n_scenarios, n_links)
    outflow_m3s: np.ndarray  # (n_scenarios, n_outlets)
    supplied: np.ndarray  # (n_scenarios, n_nodes) uint8
    demand_m3s: np.ndarray  # (n_scenarios, n_nodes)
    net_inflow_m3s: np.ndarray  # (n_scenarios, n_nodes) of nodes of given head
    last_inflow_m3s: np.ndarray  # (n_scenarios, n_tanks) of the solve before
    turns: np.ndarray  # (n_scenarios, n_tanks) int64, of a tank's inflow at solves in a row
    solve_way: np.ndarray  # (n_scenarios, n_links) int8
    counts: np.ndarray  # (n_scenarios, N_COUNTS) int64


@borrowing_kernel
def hydraulics_of(hydraulics, own, scenario):
    """Return the network as one scenario has it."""
    links, outlets = hydraulics.links, hydraulics.outlets
    valves, demands = hydraulics.valves, hydraulics.demands
    return HydraulicArrays(
        LinkArrays(
            links.tail,
            links.head,
            own.law[scenario],
            own.resistance[scenario],
            links.exponent,
            own.minor[scenario],
            own.lift_m[scenario],
            own.rough_share[scenario],
            links.re_per_flow,
            links.curve,
            own.point[scenario],
        ),
        hydraulics.nodes,
        OutletArrays(
            outlets.node,
            outlets.least_head_m,
            own.coefficient[scenario],
            outlets.exponent,
            own.cap_m3s[scenario],
            outlets.both_ways,
        ),
        ValveArrays(
            valves.link,
            valves.sustains,
            valves.pin,
            valves.other,
            valves.near,
            valves.near_outlet,
            own.set_head_m[scenario],
            own.governed[scenario],
            valves.step,
            valves.row_of_link,
        ),
        hydraulics.tanks,
        DemandArrays(
            own.base_m3s[scenario],
            demands.factor,
            demands.pattern,
            demands.outlet,
            demands.unit_coefficient,
            demands.reservoir,
            demands.reservoir_head_m,
        ),
        own.way[scenario],
        hydraulics.start_flow_m3s,
    )


@borrowing_kernel
def state_of(own, scenario):
    """Return the state of one scenario."""
    return StateArrays(
        own.head_m[scenario],
        own.flow_m3s[scenario],
        own.outflow_m3s[scenario],
        own.supplied[scenario],
    )


@borrowing_kernel
def switches_of(switches, own, scenario):
    """Return the switches of one scenario."""
    return SwitchArrays(
        own.is_open[scenario],
        own.shut[scenario],
        own.acts[scenario],
        own.setting[scenario],
        switches.kind,
        switches.one_way,
        own.full_resistance[scenario],
        own.full_lift_m[scenario],
        own.full_point[scenario],
        switches.minor,
        switches.unit_minor,
        switches.speed_pattern,
        own.locked[scenario],
    )
