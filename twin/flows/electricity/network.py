"""An electric network compiled from tables: nodes, admittances, islands, matrix pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, final

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from twin.core.errors import CityDataError, Fault
from twin.flows.electricity.arrays import PowerArrays
from twin.flows.electricity.branches import (
    BASE_VA,
    TwoPorts,
    line_ports,
    transformer_ports,
    with_open_ends,
)
from twin.flows.electricity.factor import Factor, factorised
from twin.flows.electricity.tables import checked, fault_at

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from twin.core.arrays import Bool, Float64, Int32

    type Complex = NDArray[np.complex128]

_SAME_ANGLE_DEG = 1e-6
_PARTS = {"p": "p_w", "q": "q_var"}


@final
class PowerNetwork:
    """An electric network of three balanced phases, checked and compiled.

    Parameters
    ----------
    buses, lines, transformers, loads, generators, shunts, sources, switches
        Tables; `twin.flows.electricity.tables` has their columns, units and defaults. Only buses
        and sources are needed.
    frequency_hz
        Of the capacitances of lines.
    islands
        What to do with loads that are joined to no source: "refuse" raises, "dark" gives them
        nothing and names them in `notes`.

    Raises
    ------
    CityDataError
        With every fault found: place, value, cure.
    """

    def __init__(  # noqa: PLR0913 - eight tables and what they are read by
        self,
        *,
        buses: pd.DataFrame,
        sources: pd.DataFrame,
        lines: pd.DataFrame | None = None,
        transformers: pd.DataFrame | None = None,
        loads: pd.DataFrame | None = None,
        generators: pd.DataFrame | None = None,
        shunts: pd.DataFrame | None = None,
        switches: pd.DataFrame | None = None,
        frequency_hz: float = 50.0,
        islands: Literal["refuse", "dark"] = "refuse",
    ) -> None:
        frames, faults = checked(
            {
                "buses": buses,
                "sources": sources,
                "lines": lines,
                "transformers": transformers,
                "loads": loads,
                "generators": generators,
                "shunts": shunts,
                "switches": switches,
            }
        )
        if not 1.0 <= frequency_hz <= 400.0:  # noqa: PLR2004 - from railways to aircraft
            what, mend = f"= {frequency_hz:g} Hz is no frequency of a grid", "give 50 or 60 Hz"
            faults.append(Fault("frequency_hz", what, mend))
        if faults:
            raise CityDataError(faults)
        self.frames = frames
        self.frequency_hz = frequency_hz
        self.arrays, faults = _compiled(frames, frequency_hz)
        dark, self.notes = _islands(frames, self.arrays)
        if faults or (dark and islands == "refuse"):
            raise CityDataError(faults + (dark if islands == "refuse" else []))
        self.factor: Factor = factorised(self.arrays)
        self.load_node = self.nodes_of("loads")
        self.generator_node = self.nodes_of("generators")
        self.gather = self._gathering(self.load_node)
        """Sums loads at unknown nodes, per unit; shape (n_unknowns, n_loads)."""
        made = self._gathering(self.generator_node)
        makers, drawn = frames["generators"], frames["loads"]
        self.fed = {part: made @ makers[name].to_numpy() for part, name in _PARTS.items()}
        """What generators feed into unknown nodes, per unit."""
        self.shares = {
            f"{kind}_{part}": drawn[f"{kind}_share_{part}"].to_numpy()
            for kind in ("current", "impedance")
            for part in _PARTS
        }
        self.varied = any(bool(share.any()) for share in self.shares.values())
        """Whether any load depends on its voltage."""

    def _gathering(self, node: Int32) -> csr_array:
        """Return the matrix that sums elements at the unknown nodes, per unit."""
        row = self.factor.row_of_node[node]
        inside = np.flatnonzero(row >= 0)
        values = np.full(inside.size, 1.0 / BASE_VA)
        shape = (self.factor.arrays.free_re.size, node.size)
        return csr_array((values, (row[inside], inside)), shape=shape)

    def nodes_of(self, table: str, column: str = "bus") -> Int32:
        """Return the node of each row of a table."""
        return _nodes(self.frames, self.arrays.node_of_bus, table, column)


def _nodes(
    frames: dict[str, pd.DataFrame], node_of_bus: Int32, table: str, column: str = "bus"
) -> Int32:
    """Return the node of each row's bus."""
    row_of = {bus: row for row, bus in enumerate(frames["buses"]["bus"])}
    rows = np.array([row_of[bus] for bus in frames[table][column]], dtype=np.int64)
    nodes: Int32 = node_of_bus[rows].astype(np.int32) if rows.size else np.empty(0, dtype=np.int32)
    return nodes


def _compiled(
    frames: dict[str, pd.DataFrame], frequency_hz: float
) -> tuple[PowerArrays, list[Fault]]:
    """Return the arrays, and faults that only show when parts are put together."""
    n_buses = len(frames["buses"])
    every = np.arange(n_buses, dtype=np.int32)
    closed = frames["switches"]["closed"].to_numpy(dtype=bool)
    one, other = (
        _nodes(frames, every, "switches", name)[closed] for name in ("from_bus", "to_bus")
    )
    joined = coo_array((np.ones(one.size), (one, other)), shape=(n_buses, n_buses))
    n_nodes, node_of_bus = connected_components(joined, directed=False)
    node_of_bus = node_of_bus.astype(np.int32)
    bus_v = frames["buses"]["nominal_v"].to_numpy(dtype=np.float64)
    nominal_v = np.empty(n_nodes)
    nominal_v[node_of_bus] = bus_v
    faults = _voltage_faults(frames, bus_v, nominal_v[node_of_bus], node_of_bus)
    ends = {
        name: _nodes(frames, node_of_bus, name.split(".")[0], name.split(".")[1])
        for name in ("lines.from_bus", "lines.to_bus", "transformers.hv_bus", "transformers.lv_bus")
    }
    tail = np.concatenate([ends["lines.from_bus"], ends["transformers.hv_bus"]])
    head = np.concatenate([ends["lines.to_bus"], ends["transformers.lv_bus"]])
    ports = _ports(frames, nominal_v, ends, frequency_hz)
    conducts = ports.y_through != 0.0
    shift = np.concatenate(
        [np.zeros(ends["lines.to_bus"].size), frames["transformers"]["shift_deg"].to_numpy()]
    )
    source_node = _nodes(frames, node_of_bus, "sources")
    live, turned, turning = _reached(source_node, tail, head, conducts, shift, n_nodes)
    faults += turning
    held = np.full(n_nodes, np.nan, dtype=np.complex128)
    held[source_node] = frames["sources"]["voltage_share"].to_numpy() * np.exp(
        1j * np.radians(frames["sources"]["angle_deg"].to_numpy() + turned[source_node])
    )
    rows = np.flatnonzero(_held_twice(source_node, frames["sources"]))
    if rows.size:
        mend = "give one of them, or the same voltage"
        faults.append(fault_at("sources.bus", rows, "another source holds it differently", mend))
    shunt_va = (frames["shunts"]["p_w"] - 1j * frames["shunts"]["q_var"]).to_numpy(complex)
    earth = np.zeros(n_nodes, dtype=np.complex128)
    np.add.at(earth, _nodes(frames, node_of_bus, "shunts"), shunt_va / BASE_VA)
    return PowerArrays(node_of_bus, tail, head, ports, earth, turned, held, live), faults


def _ports(
    frames: dict[str, pd.DataFrame],
    nominal_v: Float64,
    ends: dict[str, Int32],
    frequency_hz: float,
) -> TwoPorts:
    """Return two-ports of lines, then transformers, with their open ends."""
    lines = line_ports(frames["lines"], nominal_v[ends["lines.from_bus"]], frequency_hz)
    hv_v, lv_v = (nominal_v[ends[f"transformers.{side}_bus"]] for side in ("hv", "lv"))
    trafos = transformer_ports(frames["transformers"], hv_v, lv_v)
    open_from, open_to = (
        np.concatenate(
            [
                (frames["lines"][line_end] == "open").to_numpy(dtype=bool),
                (frames["transformers"][trafo_end] == "open").to_numpy(dtype=bool),
            ]
        )
        for line_end, trafo_end in (("from_end", "hv_end"), ("to_end", "lv_end"))
    )
    whole = TwoPorts(
        np.concatenate([lines.y_from, trafos.y_from]),
        np.concatenate([lines.y_through, trafos.y_through]),
        np.concatenate([lines.y_to, trafos.y_to]),
    )
    return with_open_ends(whole, open_from, open_to)


def _held_twice(node: Int32, sources: pd.DataFrame) -> Bool:
    """Return sources on a node that another one holds at another voltage."""
    first: dict[int, tuple[float, float]] = {}
    volts = list(zip(sources["voltage_share"], sources["angle_deg"], strict=True))
    wrong = [first.setdefault(int(n), value) != value for n, value in zip(node, volts, strict=True)]
    return np.array(wrong, dtype=bool)


def _voltage_faults(
    frames: dict[str, pd.DataFrame], bus_v: Float64, node_v: Float64, node_of_bus: Int32
) -> list[Fault]:
    """Return switches and lines that join buses of different nominal voltage."""
    faults = []
    mend = "correct nominal_v of a bus, or put a transformer between them"
    rows = np.flatnonzero(bus_v != node_v)
    if rows.size:
        what = f"= {bus_v[rows[0]]:g} V is joined by switches to a bus of {node_v[rows[0]]:g} V"
        faults.append(fault_at("buses.nominal_v", rows, what, mend))
    one, other = (
        node_v[_nodes(frames, np.arange(node_of_bus.size, dtype=np.int32), "lines", name)]
        for name in ("from_bus", "to_bus")
    )
    rows = np.flatnonzero(one != other)
    if rows.size:
        what = f"joins a bus of {one[rows[0]]:g} V to one of {other[rows[0]]:g} V"
        faults.append(fault_at("lines.to_bus", rows, what, mend))
    return faults


def _reached(
    source_node: Int32, tail: Int32, head: Int32, conducts: Bool, shift: Float64, n_nodes: int
) -> tuple[Bool, Float64, list[Fault]]:
    """Return nodes that sources reach, by what their voltage is turned, and loops that disagree."""
    one, other, by = tail[conducts], head[conducts], shift[conducts]
    graph = coo_array((np.ones(one.size), (one, other)), shape=(n_nodes, n_nodes)).tocsr()
    graph = (graph + graph.T).tocsr()
    turn_of = {}
    for a, b, angle in zip(one.tolist(), other.tolist(), by.tolist(), strict=True):
        turn_of[a, b], turn_of[b, a] = angle, -angle
    live = np.zeros(n_nodes, dtype=bool)
    turned = np.zeros(n_nodes)
    for source in source_node.tolist():
        if live[source]:
            continue
        order, before = breadth_first_order(graph, source, directed=False)
        live[order] = True
        for node in order[1:].tolist():
            up = int(before[node])
            turned[node] = turned[up] + turn_of[up, node]
    wrong = turned[tail] + shift - turned[head]
    wrong = np.abs((wrong + 180.0) % 360.0 - 180.0)
    rows = np.flatnonzero(conducts & live[tail] & (wrong > _SAME_ANGLE_DEG))
    if not rows.size:
        return live, turned, []
    row = int(rows[0])  # of lines, then transformers
    what = f"branch {row}: a loop through it turns the voltage by {wrong[rows[0]]:g} degrees"
    mend = "give transformers side by side the same shift_deg, or open one of them"
    return live, turned, [Fault("transformers.shift_deg", what, mend, code="E-LOOP-ANGLE")]


def _islands(
    frames: dict[str, pd.DataFrame], arrays: PowerArrays
) -> tuple[list[Fault], tuple[str, ...]]:
    """Return loads and generators without a source as faults, and as notes."""
    faults = []
    for table in ("loads", "generators"):
        node = _nodes(frames, arrays.node_of_bus, table)
        rows = np.flatnonzero(~arrays.live[node])
        if rows.size:
            name = frames[table]["bus"].iloc[int(rows[0])]
            what = f"bus {name!r} is on an island: no closed way leads to a source"
            mend = 'close a switch, add a line or a source, or set islands="dark"'
            faults.append(fault_at(f"{table}.bus", rows, what, mend, "E-ISLAND"))
    return faults, tuple(str(fault) for fault in faults)
