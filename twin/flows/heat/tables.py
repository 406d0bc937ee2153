"""The four tables of a heat network and everything that can be wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.core.columns import Column, Table, table_faults
from twin.core.errors import Fault
from twin.flows.heat.dependent import elevator_dp_pa, mixing_ratio

if TYPE_CHECKING:
    from collections.abc import Hashable

SIDES = ("supply", "return")
CONNECTIONS = ("controlled", "dependent")

NODES = Table(
    "nodes",
    "Ends and joints of supply pipes or of return pipes",
    (
        Column("node", "str", "name"),
        Column("elevation_m", "float64", "height of the pipe", "m", -450, 6000),
    ),
)
PIPES = Table(
    "pipes",
    "Pipes of one side",
    (
        Column("pipe", "str", "name"),
        Column("from_node", "str", "node that flow is positive out of"),
        Column("to_node", "str", "node that flow is positive into"),
        Column("side", "str", "side it belongs to", choices=SIDES),
        Column("length_m", "float64", "length", "m", 1e-3, 200_000),
        Column("diameter_m", "float64", "inner diameter", "m", 1e-3, 3.0),
        Column("roughness_m", "float64", "sand roughness", "m", 0, 0.05),
        Column("loss_w_m2k", "float64", "heat loss per inner wall area", "W/(m2 K)", 0, 500),
        Column("ambient_c", "float64", "ground or channel", "C", -70, 60),
        Column("closed", "bool", "whether it is shut off"),
        Column("wall_jmk", "float64", "heat capacity of the wall per length", "J/(m K)", 0, 1e7),
        Column("pump_lift_pa", "float64", "lift of a booster pump at no flow", "Pa", -1e7, 1e7),
        Column("pump_fall_pa_kgs2", "float64", "its fall by flow squared", "Pa s2/kg2", 0, 1e9),
    ),
)
CONSUMERS = Table(
    "consumers",
    "Substations that cool water to a return temperature",
    (
        Column("consumer", "str", "name"),
        Column("supply_node", "str", "node it draws from"),
        Column("return_node", "str", "node it gives back to"),
        Column("heat_w", "float64", "heat wanted", "W", 0, 1e10, nullable=True),
        Column("return_temp_c", "float64", "temperature it returns", "C", 0, 150, nullable=True),
        Column("drop_k", "float64", "by how much it cools water", "K", 0.01, 150, nullable=True),
        Column("flow_kgs", "float64", "flow it draws", "kg/s", 1e-9, nullable=True),
        Column("max_flow_kgs", "float64", "most its valve passes", "kg/s", 0, nullable=True),
        Column("min_dp_pa", "float64", "pressure difference for full flow", "Pa", 1, 1e7),
        Column("bypass_kgs", "float64", "least flow, which keeps an idle branch warm", "kg/s", 0),
        Column("connection", "str", "whether it controls its flow", choices=CONNECTIONS),
        Column(
            "design_supply_c", "float64", "dependent: at design cold", "C", 30, 180, nullable=True
        ),
        Column(
            "house_temp_c", "float64", "dependent: into its radiators", "C", 30, 180, nullable=True
        ),
        Column("indoor_c", "float64", "dependent: of its rooms", "C", 0, 40),
    ),
)
SOURCES = Table(
    "sources",
    "Boilers or plants with their pump",
    (
        Column("source", "str", "name"),
        Column("supply_node", "str", "node it feeds"),
        Column("return_node", "str", "node it takes back from"),
        Column("supply_pressure_pa", "float64", "over atmosphere", "Pa", 1, 1e8),
        Column("lift_pa", "float64", "supply over return pressure", "Pa", 1, 1e8),
        Column("supply_temp_c", "float64", "temperature it gives", "C", 1, 180),
        Column("capacity_w", "float64", "most heat it gives", "W", 0, nullable=True),
    ),
)
_DEFAULTS: dict[str, dict[str, object]] = {
    "nodes": {},
    "pipes": {"closed": False, "wall_jmk": 0.0, "pump_lift_pa": 0.0, "pump_fall_pa_kgs2": 0.0},
    "consumers": {
        "heat_w": np.nan,
        "return_temp_c": np.nan,
        "drop_k": np.nan,
        "flow_kgs": np.nan,
        "max_flow_kgs": np.nan,
        "min_dp_pa": np.nan,
        "bypass_kgs": 0.0,
        "connection": "controlled",
        "design_supply_c": np.nan,
        "house_temp_c": np.nan,
        "indoor_c": 20.0,
    },
    "sources": {"capacity_w": np.nan},
}
_DESIGN_TEMPS = ("design_supply_c", "house_temp_c", "return_temp_c")
_VALVE_DP_PA = 20_000.0
_LEAST_LOSS_WMK = 0.01  # no insulation does better: a tenth of a thick pre-insulated DN20


def with_defaults(table: Table, given: pd.DataFrame) -> pd.DataFrame:
    """Return a copy with the optional columns filled in and a fresh row index."""
    frame = pd.DataFrame(given).reset_index(drop=True)
    if frame.empty:  # columns without a value have no type of their own
        own = {column.name: column.dtype for column in table.columns}
        frame = frame.astype({name: own[name] for name in frame.columns if name in own})
    for name, value in _DEFAULTS[table.name].items():
        frame[name] = frame.get(name, value)
    if "min_dp_pa" in frame and "min_dp_pa" not in given:
        temps = [frame.get(name, np.nan) for name in _DESIGN_TEMPS]
        needed_pa = elevator_dp_pa(mixing_ratio(*temps))
        elevator = (frame["connection"] == "dependent") & np.isfinite(needed_pa)
        frame["min_dp_pa"] = np.where(elevator, needed_pa, _VALVE_DP_PA)
    return frame


def value_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return missing columns, values out of bounds and names given twice."""
    faults: list[Fault] = []
    for table in (NODES, PIPES, CONSUMERS, SOURCES):
        frame = frames[table.name]
        faults += table_faults(table, frame)
        name = table.columns[0].name
        if name in frame:
            rows = np.flatnonzero(frame[name].duplicated().to_numpy())
            if rows.size:
                what = f"{frame[name].iloc[int(rows[0])]!r} is given twice; {rows.size} such"
                faults.append(_fault(f"{table.name}.{name}", rows, what, "give each its own name"))
    if frames["sources"].empty:
        faults.append(
            Fault("sources", "there is no source", "add a row with pressure, lift, temperature")
        )
    return faults


def _fault(place: str, rows: np.ndarray, what: str, mend: str) -> Fault:
    """Return a fault at the first of some rows."""
    listed = tuple(int(row) for row in rows[:1000])
    return Fault(f"{place} row {listed[0]}", what, mend, rows=listed)


def reference_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return references to unknown nodes, and nodes that nothing touches."""
    faults: list[Fault] = []
    known = frames["nodes"]["node"]
    touched: set[Hashable] = set()
    for table, columns in (
        ("pipes", ("from_node", "to_node")),
        ("consumers", ("supply_node", "return_node")),
        ("sources", ("supply_node", "return_node")),
    ):
        for column in columns:
            values = frames[table][column]
            touched.update(values)
            rows = np.flatnonzero(~values.isin(known).to_numpy())
            if rows.size:
                what = f"{values.iloc[int(rows[0])]!r} is not in nodes; {rows.size} such"
                faults.append(_fault(f"{table}.{column}", rows, what, "add the node, or rename it"))
    loose = np.flatnonzero(~known.isin(touched).to_numpy())
    if loose.size:
        what = f"{known.iloc[int(loose[0])]!r} is dangling: nothing touches it; {loose.size} such"
        faults.append(_fault("nodes.node", loose, what, "join it by a pipe, or remove it"))
    same = np.flatnonzero((frames["pipes"]["from_node"] == frames["pipes"]["to_node"]).to_numpy())
    if same.size:
        mend = "give it two different ends, or remove it"
        faults.append(_fault("pipes.to_node", same, "the pipe ends where it begins", mend))
    return faults


def side_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return nodes that are used as supply in one row and as return in another."""
    pipes = frames["pipes"]
    used: dict[str, set[Hashable]] = {}
    for side in SIDES:
        own = pipes[pipes["side"] == side]
        used[side] = {
            *own["from_node"],
            *own["to_node"],
            *frames["consumers"][f"{side}_node"],
            *frames["sources"][f"{side}_node"],
        }
    both = used["supply"] & used["return"]
    rows = np.flatnonzero(frames["nodes"]["node"].isin(both).to_numpy())
    if not rows.size:
        return []
    name = frames["nodes"]["node"].iloc[int(rows[0])]
    what = f"{name!r} is on the supply and on the return side; {rows.size} such"
    mend = "split it into a supply node and a return node"
    return [_fault("nodes.node", rows, what, mend)]


def control_faults(consumers: pd.DataFrame) -> list[Fault]:
    """Return consumers whose water is not given by exactly two of its four figures."""
    names = ["heat_w", "return_temp_c", "drop_k", "flow_kgs"]
    given = consumers[names].notna()
    both = given["return_temp_c"] & given["drop_k"]
    rows = np.flatnonzero(((given.sum(axis=1) != 2) | both).to_numpy())  # noqa: PLR2004 - see above
    if not rows.size:
        return []
    found = [name for name in names if given[name].iloc[int(rows[0])]]
    what = f"is given by {' and '.join(found) or 'nothing'}; {rows.size} such"
    mend = "give two of heat_w, flow_kgs and one of return_temp_c, drop_k"
    return [_fault("consumers", rows, what, mend)]


def physics_faults(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return values that are lawful alone but not together."""
    faults: list[Fault] = []
    sources, consumers, pipes = frames["sources"], frames["consumers"], frames["pipes"]
    hottest = float(sources["supply_temp_c"].max())
    asks = consumers["connection"] == "controlled"  # of the others it is the one at design
    rows = np.flatnonzero((asks & (consumers["return_temp_c"] >= hottest)).to_numpy())
    if rows.size:
        value = consumers["return_temp_c"].iloc[int(rows[0])]
        what = f"= {value:g} C is not below the supply temperature {hottest:g} C"
        mend = "lower the return temperature, or raise supply_temp_c of the source"
        faults.append(_fault("consumers.return_temp_c", rows, what, mend))
    rows = np.flatnonzero((consumers["bypass_kgs"] > consumers["max_flow_kgs"]).to_numpy())
    if rows.size:
        value = consumers["bypass_kgs"].iloc[int(rows[0])]
        what = f"= {value:g} kg/s is over max_flow_kgs"
        faults.append(_fault("consumers.bypass_kgs", rows, what, "lower it, or raise max_flow_kgs"))
    rows = np.flatnonzero((consumers["flow_kgs"] > consumers["max_flow_kgs"]).to_numpy())
    if rows.size:
        value = consumers["flow_kgs"].iloc[int(rows[0])]
        what = f"= {value:g} kg/s is over max_flow_kgs"
        faults.append(_fault("consumers.flow_kgs", rows, what, "lower it, or raise max_flow_kgs"))
    rows = np.flatnonzero((sources["lift_pa"] > sources["supply_pressure_pa"]).to_numpy())
    if rows.size:
        value = sources["lift_pa"].iloc[int(rows[0])]
        what = f"= {value:g} Pa is over supply_pressure_pa: the return side would boil or draw air"
        faults.append(_fault("sources.lift_pa", rows, what, "raise supply_pressure_pa"))
    rows = np.flatnonzero((pipes["roughness_m"] > 0.1 * pipes["diameter_m"]).to_numpy())
    if rows.size:
        value = pipes["roughness_m"].iloc[int(rows[0])]
        what = f"= {value:g} m is over a tenth of the diameter"
        faults.append(_fault("pipes.roughness_m", rows, what, "check the unit: metres"))
    return faults + _dependent_faults(consumers) + _loss_unit_faults(pipes)


def _dependent_faults(consumers: pd.DataFrame) -> list[Fault]:
    """Return dependent consumers whose design temperatures are not in falling order."""
    own = consumers[consumers["connection"] == "dependent"]
    supply, house, back = (own[name].to_numpy(dtype=np.float64) for name in _DESIGN_TEMPS)
    with np.errstate(invalid="ignore"):
        ordered = (supply >= house) & (house > back) & (back > own["indoor_c"].to_numpy())
    rows = own.index[~ordered].to_numpy()
    if not rows.size:
        return []
    at = own.loc[rows[0]]
    what = (
        f"is dependent, and design_supply_c {at['design_supply_c']:g}, house_temp_c "
        f"{at['house_temp_c']:g}, return_temp_c {at['return_temp_c']:g}, indoor_c "
        f"{at['indoor_c']:g} do not fall in this order; {rows.size} such"
    )
    mend = "give its curve, for instance 130, 95, 70 and 20"
    return [_fault("consumers.connection", rows, what, mend)]


def _loss_unit_faults(pipes: pd.DataFrame) -> list[Fault]:
    """Suspect W/(m K): per metre losses grow with diameter, per area losses of alike pipes fall."""
    lossy = pipes[pipes["loss_w_m2k"] > 0]
    median = lossy.groupby("diameter_m")["loss_w_m2k"].median().sort_index()
    diameters, losses = median.index.to_numpy(dtype=np.float64), median.to_numpy()
    if diameters.size < 3 or diameters[-1] < 2.0 * diameters[0]:  # noqa: PLR2004 - too few to judge
        return []
    if np.all(np.diff(losses) > 0) and losses[-1] > 1.5 * losses[0]:
        what = (
            f"rises with diameter from {losses[0]:g} at {diameters[0]:g} m to {losses[-1]:g} at "
            f"{diameters[-1]:g} m, as W/(m K) does and W/(m2 K) does not"
        )
        mend = "divide values per metre by pi * diameter_m"
        return [_fault("pipes.loss_w_m2k", lossy.index.to_numpy(), what, mend)]
    return []


def loss_notes(pipes: pd.DataFrame) -> list[Fault]:
    """Return losses no insulation reaches: lawful, and likely values per metre."""
    per_metre = np.pi * pipes["loss_w_m2k"] * pipes["diameter_m"]
    rows = np.flatnonzero(((per_metre > 0) & (per_metre < _LEAST_LOSS_WMK)).to_numpy())
    if not rows.size:
        return []
    what = f"is {per_metre.iloc[int(rows[0])]:.2g} W/(m K) of pipe, below any insulation"
    mend = "if the values are W/(m K), divide them by pi * diameter_m"
    return [_fault("pipes.loss_w_m2k", rows, what, mend)]
