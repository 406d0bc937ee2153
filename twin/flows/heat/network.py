"""A heat network compiled from tables: rows instead of names, parts, matrix pattern."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.core.errors import CityDataError, Fault
from twin.flows.heat import tables
from twin.flows.heat.dependent import dependents
from twin.flows.heat.fluid import water
from twin.flows.heat.kernels.friction import COLEBROOK, NIKURADSE, SWAMEE_JAIN, Bores
from twin.flows.heat.kernels.pressure import HeatArrays, HeatInput
from twin.kernels.ldl import LdlPattern, symbolic_ldl

if TYPE_CHECKING:
    import pandas as pd

    from twin.core.arrays import Float64, Int32
    from twin.flows.heat.kernels.medium import Fluid

_LEAST_DROP_K = 5.0  # a valve without max_flow_kgs passes the flow that needs no less than this
_HEAT_CAPACITY_JKGK = 4190.0  # for that bound only
_MAKEUP_C = 5.0
LAWS = {"swamee-jain": SWAMEE_JAIN, "colebrook": COLEBROOK, "nikuradse": NIKURADSE}
_WATER_KGM3 = 970.0  # replaced in each solve by the densities at its temperatures


@final
class HeatNetwork:
    """A heat network, checked and compiled.

    Parameters
    ----------
    nodes
        `node, elevation_m`; a node belongs to one side.
    pipes
        `pipe, from_node, to_node, side` (supply or return)`, length_m, diameter_m, roughness_m,
        loss_w_m2k` (on the inner wall)`, ambient_c`, and optionally `closed`,
        `wall_jmk` (default 0), the heat capacity of the wall, which only `simulate` uses, and of a
        booster pump in the pipe `pump_lift_pa` (at no flow, positive from -> to, default 0) and
        `pump_fall_pa_kgs2` (default 0): lift = pump_lift_pa - pump_fall_pa_kgs2 * flow^2.
    consumers
        `consumer, supply_node, return_node`, two of `heat_w`, `flow_kgs` and one of
        `return_temp_c`, `drop_k` (by how much it cools the water), and optionally
        `max_flow_kgs` (default: the flow that carries `heat_w` at 5 K), `min_dp_pa` (default
        20 kPa), the pressure difference below which the wanted flow no longer passes, and
        `bypass_kgs` (default 0), the least flow. One with `connection` dependent (default
        controlled) has an elevator or none, and no control: its flow is that of `heat_w` at
        `design_supply_c` and `return_temp_c`, and it receives what the supply temperature gives to
        radiators of `house_temp_c` at design, in rooms of `indoor_c` (default 20); `min_dp_pa` is
        by default what its elevator needs.
    sources
        `source, supply_node, return_node, supply_pressure_pa, lift_pa, supply_temp_c`, and
        optionally `capacity_w`. In a part with several sources the one of largest capacity (the
        first of equals) holds the pressures; the others give a share of the part's flow, in
        proportion to capacity, or equal shares where a capacity is not given.
    fluid
        Properties of the carrier; None is water.
    friction
        Law of turbulent friction: "swamee-jain", "colebrook", or "nikuradse" (fully rough, plus
        the laminar law at all flows).
    friction_blend_re
        Reynolds numbers below which friction is laminar and above which it is turbulent, for the
        first two laws.

    Raises
    ------
    CityDataError
        With every fault found. What is lawful but suspicious is in `notes`: a part of the
        network without a source, a heat loss no insulation reaches.
    """

    def __init__(  # noqa: PLR0913 - four tables and what they are read by
        self,
        *,
        nodes: pd.DataFrame,
        pipes: pd.DataFrame,
        consumers: pd.DataFrame,
        sources: pd.DataFrame,
        fluid: Fluid | None = None,
        friction: str = "swamee-jain",
        friction_blend_re: tuple[float, float] = (2000.0, 4000.0),
    ) -> None:
        frames = {
            table.name: tables.with_defaults(table, given)
            for table, given in (
                (tables.NODES, nodes),
                (tables.PIPES, pipes),
                (tables.CONSUMERS, consumers),
                (tables.SOURCES, sources),
            )
        }
        faults = tables.value_faults(frames)
        if all(fault.code != "E-COLUMN-MISSING" for fault in faults):
            faults += tables.reference_faults(frames)
        if not faults:
            faults = tables.side_faults(frames)
            faults += tables.physics_faults(frames) + tables.control_faults(frames["consumers"])
        law = LAWS.get(friction)
        if law is None:
            mend = "one of " + ", ".join(LAWS)
            faults.append(Fault("friction", f"{friction!r} is not a law of friction", mend))
        if law is None or faults:
            raise CityDataError(faults)
        self.nodes = frames["nodes"]
        self.pipes = frames["pipes"]
        self.consumers = frames["consumers"]
        self.sources = frames["sources"]
        self.fluid = water() if fluid is None else fluid
        rows = _rows(frames)
        part = _parts(rows, len(self.nodes))
        split = _split_faults(rows, part)
        if split:
            raise CityDataError(split)
        self.node_part = part
        self.arrays = _compile(frames, rows, part, _bores(frames["pipes"], law, friction_blend_re))
        self.notes = (*tables.loss_notes(self.pipes), *_part_notes(self.nodes, part))
        self.capacity_w: Float64 = _numbers(self.sources, "capacity_w", np.inf)
        self.base_input = _base_input(frames, self.arrays)
        self.dependent = dependents(self.consumers, self.fluid)

    @cached_property
    def pattern(self) -> LdlPattern:
        """Matrix pattern while every consumer has the pressure it needs: two apart sides."""
        return self._pattern(open_valves=False)

    @cached_property
    def open_pattern(self) -> LdlPattern:
        """Matrix pattern when consumers may join the sides through open valves."""
        return self._pattern(open_valves=True)

    def _pattern(self, *, open_valves: bool) -> LdlPattern:
        net = self.arrays
        through = (net.consumer_supply, net.consumer_return)
        if not open_valves:
            nowhere = np.full(net.consumer_supply.size, -1, dtype=np.int32)
            tail = np.concatenate([net.unknown[net.tail], nowhere])
            head = np.concatenate([net.unknown[net.head], nowhere])
        else:
            tail = net.unknown[np.concatenate([net.tail, through[0]])]
            head = net.unknown[np.concatenate([net.head, through[1]])]
        return symbolic_ldl(int(net.unknown.max(initial=-1)) + 1, tail, head)


def _numbers(frame: pd.DataFrame, name: str, missing: float = np.nan) -> Float64:
    """Return a column as float64, with a value for what is not given."""
    values = frame[name].to_numpy(dtype=np.float64, copy=True)
    values[np.isnan(values)] = missing
    return np.ascontiguousarray(values)


def _rows(frames: dict[str, pd.DataFrame]) -> dict[str, Int32]:
    """Return node rows of all references, by table and column."""
    row_of = {name: i for i, name in enumerate(frames["nodes"]["node"])}
    found: dict[str, Int32] = {}
    for table, columns in (
        ("pipes", ("from_node", "to_node")),
        ("consumers", ("supply_node", "return_node")),
        ("sources", ("supply_node", "return_node")),
    ):
        for column in columns:
            values = frames[table][column].map(row_of)
            found[f"{table}.{column}"] = values.to_numpy(dtype=np.int32)
    return found


def _parts(rows: dict[str, Int32], n_nodes: int) -> Int32:
    """Return each node's part: nodes joined by pipes or sources; -1 for parts without a source."""
    ends = ("pipes.from_node", "sources.supply_node"), ("pipes.to_node", "sources.return_node")
    tail, head = (np.concatenate([rows[name] for name in names]) for names in ends)
    graph = coo_array((np.ones(tail.size), (tail, head)), shape=(n_nodes, n_nodes))
    _, label = connected_components(graph, directed=False)
    fed = np.unique(label[rows["sources.supply_node"]])
    part = np.full(n_nodes, -1, dtype=np.int32)
    inside = np.isin(label, fed)
    part[inside] = np.searchsorted(fed, label[inside])
    return part


def _split_faults(rows: dict[str, Int32], part: Int32) -> list[Fault]:
    """Return consumers whose supply and return belong to different sources."""
    supply = part[rows["consumers.supply_node"]]
    back = part[rows["consumers.return_node"]]
    bad = np.flatnonzero((supply != back) & (supply >= 0) & (back >= 0))
    if not bad.size:
        return []
    what = "draws from the part of one source and gives back to that of another"
    mend = "join the two parts by a pipe, or move the return node"
    return [Fault(f"consumers row {bad[0]}", what, mend, rows=tuple(int(i) for i in bad))]


def _part_notes(nodes: pd.DataFrame, part: Int32) -> tuple[Fault, ...]:
    """Report the nodes no source feeds."""
    rows = np.flatnonzero(part < 0)
    if not rows.size:
        return ()
    what = f"{nodes['node'].iloc[int(rows[0])]!r} has no source; {rows.size} such nodes, cut off"
    mend = "join the part by a pipe, or give it a source"
    return (Fault(f"nodes row {rows[0]}", what, mend, rows=tuple(int(i) for i in rows)),)


def _hold_and_share(part: Int32, capacity_w: Float64) -> tuple[np.ndarray, Float64]:
    """Choose each part's pressure holder, and the shares of flow of its sources."""
    holds = np.zeros(part.size, dtype=np.uint8)
    share = np.zeros(part.size)
    for number in np.unique(part):
        own = np.flatnonzero(part == number)
        capacity = capacity_w[own]
        holds[own[int(np.argmax(capacity))]] = 1
        even = not np.all(np.isfinite(capacity)) or capacity.sum() <= 0
        share[own] = 1.0 / own.size if even else capacity / capacity.sum()
    return holds, share


def _bores(pipes: pd.DataFrame, law: int, blend_re: tuple[float, float]) -> Bores:
    """Return what friction depends on."""
    diameter_m = _numbers(pipes, "diameter_m")
    area_m2 = 0.25 * np.pi * diameter_m**2
    return Bores(
        per_flow_m=diameter_m / area_m2,
        per_flow_squared=_numbers(pipes, "length_m") / (2.0 * diameter_m * area_m2**2),
        roughness=_numbers(pipes, "roughness_m") / (3.7 * diameter_m),
        law=law,
        laminar_re=float(blend_re[0]),
        turbulent_re=float(blend_re[1]),
    )


def _compile(
    frames: dict[str, pd.DataFrame], rows: dict[str, Int32], part: Int32, bores: Bores
) -> HeatArrays:
    pipes, n_nodes = frames["pipes"], len(part)
    tail, head = rows["pipes.from_node"], rows["pipes.to_node"]
    ends = np.concatenate([tail, head])
    pipe_start = np.zeros(n_nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(ends, minlength=n_nodes), out=pipe_start[1:])
    node_pipes = np.argsort(ends, kind="stable") % max(len(pipes), 1)
    ambient = _numbers(pipes, "ambient_c")
    count = np.diff(pipe_start)
    total = np.bincount(ends, weights=np.concatenate([ambient, ambient]), minlength=n_nodes)
    default = float(ambient.mean()) if ambient.size else _MAKEUP_C
    node_ambient = np.where(count > 0, total / np.maximum(count, 1), default)
    side = np.zeros(n_nodes, dtype=np.uint8)
    on_return = (pipes["side"] == "return").to_numpy(dtype=bool)
    for back in (tail[on_return], head[on_return]):
        side[back] = 1
    side[rows["consumers.return_node"]] = 1
    side[rows["sources.return_node"]] = 1
    source_part = part[rows["sources.supply_node"]]
    holds, share = _hold_and_share(source_part, _numbers(frames["sources"], "capacity_w", np.inf))
    unknown = np.zeros(n_nodes, dtype=np.int32)
    for held in ("sources.supply_node", "sources.return_node"):
        unknown[rows[held][holds == 1]] = -1
    unknown[unknown == 0] = np.arange(np.count_nonzero(unknown == 0), dtype=np.int32)
    return HeatArrays(
        tail=tail,
        head=head,
        length_m=_numbers(pipes, "length_m"),
        diameter_m=_numbers(pipes, "diameter_m"),
        lift_pa=_numbers(pipes, "pump_lift_pa"),
        lift_fall=_numbers(pipes, "pump_fall_pa_kgs2"),
        ambient_c=ambient,
        elevation_m=_numbers(frames["nodes"], "elevation_m"),
        node_ambient_c=np.ascontiguousarray(node_ambient),
        side=side,
        unknown=unknown,
        pipe_start=pipe_start,
        node_pipes=np.ascontiguousarray(node_pipes, dtype=np.int32),
        consumer_supply=rows["consumers.supply_node"],
        consumer_return=rows["consumers.return_node"],
        consumer_part=part[rows["consumers.supply_node"]],
        source_supply=rows["sources.supply_node"],
        source_return=rows["sources.return_node"],
        source_part=source_part,
        source_share=share,
        source_holds=holds,
        bores=bores,
    )


def _base_input(frames: dict[str, pd.DataFrame], net: HeatArrays) -> HeatInput:
    pipes, consumers, sources = frames["pipes"], frames["consumers"], frames["sources"]
    heat_w = _numbers(consumers, "heat_w", 0.0)
    flow_kgs = _numbers(consumers, "flow_kgs", 0.0)
    widest = np.maximum(heat_w, 1e-9) / (_HEAT_CAPACITY_JKGK * _LEAST_DROP_K)
    given = _numbers(consumers, "max_flow_kgs")
    given[flow_kgs > 0] = flow_kgs[flow_kgs > 0]
    # a flow and a heat: what passes is fixed, and goes back as warm as the heat leaves it
    as_bypass = (flow_kgs > 0) & (heat_w > 0)
    bypass_kgs = np.where(as_bypass, flow_kgs, _numbers(consumers, "bypass_kgs"))
    pressure = _numbers(sources, "supply_pressure_pa")
    area_m2 = np.pi * net.diameter_m * net.length_m
    return HeatInput(
        heat_w=heat_w,
        return_temp_c=_numbers(consumers, "return_temp_c", 0.0),
        max_flow_kgs=np.where(np.isnan(given), np.maximum(widest, bypass_kgs), given),
        min_dp_pa=_numbers(consumers, "min_dp_pa"),
        bypass_kgs=bypass_kgs,
        drop_k=_numbers(consumers, "drop_k", 0.0),
        given_kgs=np.where(as_bypass, 0.0, flow_kgs),
        loss_wk=_numbers(pipes, "loss_w_m2k") * area_m2,
        closed=pipes["closed"].to_numpy(dtype=np.uint8),
        leak_area_m2=np.zeros(net.side.size),
        supply_temp_c=_numbers(sources, "supply_temp_c"),
        supply_pressure_pa=pressure,
        return_pressure_pa=pressure - _numbers(sources, "lift_pa"),
        column_kgm3=np.full(2, _WATER_KGM3),
        makeup_temp_c=_MAKEUP_C,
    )
