"""A water network as arrays, read from two tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.core.registry import nearest
from twin.flows.water.hydraulics.workspace import node_arrays
from twin.flows.water.network.kinds import (
    GPV_KIND,
    JUNCTION_KIND,
    LINK_KINDS,
    NODE_KINDS,
    PCV_KIND,
    PIPE_KIND,
    PUMP_KIND,
)
from twin.flows.water.network.parts import check_valves, read_demands, read_tank_curves
from twin.flows.water.network.table_reader import (
    JUNCTION,
    PIPE,
    POWER,
    PUMP,
    RESERVOIR,
    SETTING,
    TANK,
    FrameReader,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.water.kernels.workspace import NodeArrays
    from twin.flows.water.network.control_rules import Control, Rule
    from twin.flows.water.network.times import Times

WATER_VISCOSITY_M2S = 1.1e-5 * 0.3048**2
"""Kinematic viscosity at 20 C as EPANET takes it (1.1e-5 ft2/s)."""


class Headloss(Enum):
    """Friction law of all pipes, and so the meaning of `roughness`."""

    HAZEN_WILLIAMS = "Hazen-Williams"
    """Roughness is the coefficient C."""
    DARCY_WEISBACH = "Darcy-Weisbach"
    """Roughness is the sand roughness in m."""
    CHEZY_MANNING = "Chezy-Manning"
    """Roughness is Manning's n."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterNetwork:
    """Junctions, reservoirs and tanks joined by pipes and pumps.

    Made by `from_frames`. Node columns have shape (n_nodes,), NaN or 0 where a kind has none; link
    columns (n_links,). Flow is positive from tail to head, demand positive out of the network.
    """

    node_id: tuple[str, ...]
    node_kind: Int32
    """Row in `NODE_KINDS`."""
    elevation_m: Float64
    """Ground of a junction, floor of a tank, water level of a reservoir."""
    demand_m3s: Float64
    """Base demand of a junction; negative feeds in."""
    pattern: Int32
    """Row in `patterns`, of demand or of a reservoir's head."""
    leak_area_m2: Float64
    """Open area of a hole, an orifice."""
    leak_coefficient: Float64
    """Outflow at 1 m pressure in m3/s: emitters and background leakage."""
    leak_exponent: Float64
    emitter_backflow: Bool
    """True where water flows in through `leak_coefficient` while pressure is negative."""
    crack_growth_m: Float64
    """Open area that each metre of pressure adds, m2 per m, beside `leak_area_m2` (FAVAD)."""
    least_pressure_m: Float64
    """Pressure under which a junction gets nothing, when pressure-driven."""
    full_pressure_m: Float64
    """Pressure from which a junction gets all its demand."""
    demand_exponent: Float64
    head_m: Float64
    """Head of a reservoir."""
    tank_area_m2: Float64
    tank_min_m: Float64
    """Lowest level over the floor."""
    tank_max_m: Float64
    tank_init_m: Float64
    tank_min_m3: Float64
    """Volume of a cylinder at its lowest level, where it is not that of a flat floor; 0 else."""
    tank_overflows: Bool
    """True where a full tank spills what flows in."""
    tank_curve: tuple[Float64, ...]
    """Level in m and volume in m3 by node, shape (n_points, 2); none for a cylinder."""
    more_node: Int32
    """Node of each demand beyond a junction's first."""
    more_m3s: Float64
    more_pattern: Int32
    link_id: tuple[str, ...]
    tail: Int32
    head: Int32
    link_kind: Int32
    """Row in `LINK_KINDS`."""
    is_pump: Bool
    length_m: Float64
    diameter_m: Float64
    roughness: Float64
    minor_loss: Float64
    check_valve: Bool
    """True where water may only flow from tail to head; always so in a pump."""
    is_open: Bool
    pump_lift_m: Float64
    """Head at no flow and full speed."""
    pump_resistance: Float64
    pump_exponent: Float64
    pump_speed: Float64
    pump_power_w: Float64
    """Of a pump of constant power, which has no curve; 0 else."""
    speed_pattern: Int32
    """Row in `patterns` of a pump's speed, -1 where it is constant."""
    setting: Float64
    """Of a valve: pressure in m (PRV, PSV, PBV), flow in m3/s (FCV), coefficient (TCV),
    percent open (PCV)."""
    fixed: Bool
    """True where a valve is fixed open or closed, whatever its setting."""
    curve: tuple[Float64, ...]
    """Flow and head loss by link, shape (n_points, 2), of GPVs and pumps with such a curve.
    Of PCVs percent open and percent of the flow when fully open, if they have a curve."""
    headloss: Headloss
    viscosity_m2s: float
    patterns: tuple[Float64, ...]
    """Factors by pattern step, repeated without end; row 0 is constant 1."""
    pattern_step_s: float
    nodes: NodeArrays
    """Order of elimination, found once and shared by all solves."""
    times: Times | None
    """Clock of a run, where the network came with one."""
    pressure_driven: bool
    """Whether a run is pressure-driven unless specified otherwise."""
    pattern_id: tuple[str, ...]
    controls: tuple[Control, ...]
    rules: tuple[Rule, ...]
    kept: Mapping[str, tuple[str, ...]]
    """Lines of an input file that hold no hydraulics, by section."""
    kept_places: Mapping[str, tuple[str, ...]]
    """File and number of these lines."""

    @classmethod
    def from_frames(  # noqa: PLR0913 - options by name, all with defaults
        cls,
        nodes: pd.DataFrame,
        links: pd.DataFrame,
        *,
        patterns: Mapping[str, Sequence[float]] | None = None,
        pattern_step_s: float = 3600.0,
        headloss: Headloss = Headloss.HAZEN_WILLIAMS,
        viscosity_m2s: float = WATER_VISCOSITY_M2S,
        times: Times | None = None,
        pressure_driven: bool = False,
        controls: Sequence[Control] = (),
        rules: Sequence[Rule] = (),
        kept: Mapping[str, tuple[str, ...]] | None = None,
        kept_places: Mapping[str, tuple[str, ...]] | None = None,
    ) -> WaterNetwork:
        """Read a network.

        Parameters
        ----------
        nodes
            `node`, `kind` (junction, reservoir, tank; default junction), `pattern` (name or
            empty). Junctions: `elevation_m`, `demand_m3s`, `leak_area_m2`, `leak_coefficient`
            (m3/s at 1 m), `leak_exponent`, `emitter_backflow`, `crack_growth_m`,
            `least_pressure_m`, `full_pressure_m`, `demand_exponent`, and `demands` in the place of
            `demand_m3s` and `pattern`: pairs of demand and pattern. Reservoirs: `head_m`. Tanks:
            `elevation_m`, `diameter_m`, `min_level_m`, `max_level_m`, `init_level_m`,
            `min_volume_m3`, `volume_curve` (pairs of level_m and volume_m3), `overflow`. Other
            columns are not read.
        links
            `link`, `from_node`, `to_node`, `kind` (one of `LINK_KINDS`; default pipe), `is_open`.
            Pipes: `length_m`, `diameter_m`, `roughness`, `minor_loss`, `check_valve`. Pumps:
            `curve` (pairs of flow_m3s, head_m: one or three make a power law, others are joined
            by lines) or `power_w`, `speed`, `speed_pattern`. Valves: `diameter_m`, `minor_loss`,
            `setting`, `fixed` (true: open or closed whatever the setting), GPVs `curve`,
            PCVs `curve` (pairs of percent open and percent of full flow) or none.
        patterns
            Factors by name.
        pattern_step_s
            Length of one factor.
        headloss
            Friction law, which gives `roughness` its meaning.
        viscosity_m2s
            Kinematic, for Darcy-Weisbach.
        times, pressure_driven
            How a run goes unless specified otherwise.
        controls, rules
            What opens, shuts and sets links during a run.
        kept, kept_places
            Lines of an input file to be written back, and where they stand.

        Raises
        ------
        CityDataError
            With every fault found.
        """
        faults: list[Fault] = []
        node_reader = FrameReader("nodes", nodes, "node", faults)
        link_reader = FrameReader("links", links, "link", faults)
        rows, factors = _patterns(patterns or {}, pattern_step_s, faults)
        node_columns = _node_columns(node_reader, rows)
        tanks = read_tank_curves(node_reader, node_columns)
        more = read_demands(node_reader, node_columns, rows)
        link_columns = _link_columns(link_reader, node_reader, rows)
        curve = link_columns.pop("curve")
        check_valves(link_reader, node_columns, link_columns)
        if not (node_columns["node_kind"] != JUNCTION_KIND).any():
            what = "has no reservoir and no tank, so no head is known"
            faults.append(Fault("nodes", what, "add a reservoir or a tank"))
        if not viscosity_m2s > 0.0:
            what = f"viscosity_m2s = {viscosity_m2s:g} <= 0"
            faults.append(Fault("network", what, "water has about 1e-6 m2/s"))
        if faults:
            raise CityDataError(faults)
        return cls(
            node_id=node_reader.ids,
            link_id=link_reader.ids,
            headloss=headloss,
            viscosity_m2s=viscosity_m2s,
            patterns=factors,
            pattern_step_s=float(pattern_step_s),
            nodes=node_arrays(node_columns, link_columns),
            times=times,
            pressure_driven=pressure_driven,
            pattern_id=tuple(rows),
            controls=tuple(controls),
            rules=tuple(rules),
            kept=dict(kept or {}),
            kept_places=dict(kept_places or {}),
            tank_curve=tanks,
            curve=tuple(curve),
            **more,
            **node_columns,
            **link_columns,
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_id)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return len(self.link_id)

    def factors(self, time_s: Float64) -> Float64:
        """Return pattern factors at some times, shape (n_times, n_patterns)."""
        step = np.floor(np.asarray(time_s) / self.pattern_step_s + 1e-9).astype(int)
        columns = [pattern[step % pattern.size] for pattern in self.patterns]
        return np.ascontiguousarray(np.stack(columns, axis=1))


def _patterns(
    patterns: Mapping[str, Sequence[float]], step_s: float, faults: list[Fault]
) -> tuple[dict[str, int], tuple[Float64, ...]]:
    """Return pattern rows by name, and the factors."""
    if not step_s > 0.0:
        what = f"pattern_step_s = {step_s:g} <= 0"
        faults.append(Fault("patterns", what, "give the seconds one factor lasts"))
    rows = {"": 0}
    factors = [np.ones(1)]
    for name, values in patterns.items():
        array = np.array(values, dtype=float).ravel()
        if not array.size or not np.isfinite(array).all():
            what = f"{name!r} has no factors or one that is not finite"
            faults.append(Fault("patterns", what, "give one finite factor per pattern step"))
            array = np.ones(1)
        rows[str(name)] = len(factors)
        factors.append(array)
    return rows, tuple(factors)


def _node_columns(reader: FrameReader, pattern_rows: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return the node columns of a network."""
    kind = reader.kinds(NODE_KINDS)
    columns: dict[str, np.ndarray] = {"node_kind": kind}
    junction, reservoir, tank = (kind == code for code in range(len(NODE_KINDS)))
    for spec in JUNCTION[1:]:
        columns[spec.name] = reader.quantity(spec, junction, spec.default or 0.0)
    columns["elevation_m"] = reader.quantity(JUNCTION[0], junction | tank)
    columns["head_m"] = reader.quantity(RESERVOIR[0], reservoir)
    columns["elevation_m"][reservoir] = columns["head_m"][reservoir]
    diameter, least, most, initial, dead = (reader.quantity(spec, tank) for spec in TANK[1:])
    columns["emitter_backflow"] = junction & reader.flags("emitter_backflow", default=False)
    columns["tank_area_m2"] = np.pi / 4.0 * diameter**2
    columns["tank_overflows"] = tank & reader.flags("overflow", default=False)
    columns["tank_min_m"], columns["tank_max_m"], columns["tank_init_m"] = least, most, initial
    columns["tank_min_m3"] = np.where(tank, dead, 0.0)
    wrong = np.flatnonzero(tank & ~((least <= initial) & (initial <= most) & (least < most)))
    what = "does not have min_level_m <= init_level_m <= max_level_m with a gap between"
    reader.fault(wrong.tolist(), what, "correct the levels, which count from the tank's floor")
    tight = np.flatnonzero(columns["full_pressure_m"] <= columns["least_pressure_m"])
    what = "full_pressure_m is not above least_pressure_m"
    reader.fault(tight.tolist(), what, "raise full_pressure_m; 0.1 m apart is enough")
    names = reader.texts("pattern", "")
    for row, name in enumerate(names):
        if name not in pattern_rows:
            what = f"pattern {name!r} is not given"
            reader.fault([row], what, nearest(name, [key for key in pattern_rows if key]))
    columns["pattern"] = np.array([pattern_rows.get(name, 0) for name in names], dtype=np.int32)
    return columns


def _link_columns(
    reader: FrameReader, nodes: FrameReader, pattern_rows: Mapping[str, int]
) -> dict[str, Any]:
    """Return the link columns of a network."""
    row_by_id = {name: row for row, name in enumerate(nodes.ids)}
    kind = reader.kinds(LINK_KINDS)
    pump, pipe = kind == PUMP_KIND, kind == PIPE_KIND
    columns: dict[str, Any] = {
        "link_kind": kind,
        "tail": reader.rows_of("from_node", row_by_id),
        "head": reader.rows_of("to_node", row_by_id),
        "is_pump": pump,
        "is_open": reader.flags("is_open", default=True),
        "check_valve": reader.flags("check_valve", default=False) | pump,
    }
    known = [name in row_by_id for name in reader.texts("from_node", "")]
    loops = (columns["tail"] == columns["head"]) & np.array(known, dtype=bool)
    reader.fault(np.flatnonzero(loops).tolist(), "joins a node to itself", "remove the link")
    for spec in PIPE:
        needed = ~pump if spec.name in {"diameter_m", "minor_loss"} else pipe
        columns[spec.name] = reader.quantity(spec, needed, 1.0 if spec.default is None else 0.0)
    columns["pump_speed"] = reader.quantity(PUMP[0], pump, 1.0)
    columns["pump_power_w"] = reader.quantity(POWER, pump, 0.0)
    columns["setting"] = reader.quantity(SETTING, ~pump & ~pipe & (kind != GPV_KIND), 0.0)
    columns["fixed"] = reader.flags("fixed", default=False)
    names = reader.texts("speed_pattern", "")
    columns["speed_pattern"] = np.array(
        [pattern_rows.get(name, 0) if name else -1 for name in names], dtype=np.int32
    )
    curved = pump & (columns["pump_power_w"] == 0.0)
    laws, columns["curve"] = reader.curves(curved, kind == GPV_KIND, kind == PCV_KIND)
    curves = np.array(laws, dtype=float).reshape(-1, 3)
    columns["pump_lift_m"] = curves[:, 0].copy()
    columns["pump_resistance"] = curves[:, 1].copy()
    columns["pump_exponent"] = curves[:, 2].copy()
    return columns
