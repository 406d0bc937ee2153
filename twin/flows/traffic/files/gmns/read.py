"""Reading a network and its trips from GMNS tables.

Reference: General Modeling Network Specification 0.95, Zephyr Foundation (node, link, movement and
config tables). Trips are in a table of their own with `o_zone_id`, `d_zone_id` and `volume`, as the
tools around GMNS write it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.traffic.files.fields import number
from twin.flows.traffic.files.gmns.csv_table import CsvTable
from twin.flows.traffic.files.gmns.nodes import GmnsNodes
from twin.flows.traffic.files.gmns.uses import barred_to_cars
from twin.flows.traffic.set_aside import NOTHING, SetAside, loops
from twin.flows.traffic.turns import TurnedNetwork, expand_turns

if TYPE_CHECKING:
    from collections.abc import Collection

    from twin.core.arrays import Bool, Int32
    from twin.flows.traffic.network import TrafficNetwork

_LENGTH_M = {
    "m": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "km": 1000.0,
    "kilometer": 1000.0,
    "kilometers": 1000.0,
    "foot": 0.3048,
    "feet": 0.3048,
    "ft": 0.3048,
    "mile": 1609.344,
    "miles": 1609.344,
}
_SPEED_MS = {
    "kilometers_per_hour": 1.0 / 3.6,
    "kph": 1.0 / 3.6,
    "km/h": 1.0 / 3.6,
    "kmh": 1.0 / 3.6,
    "mph": 0.44704,
    "miles_per_hour": 0.44704,
    "m/s": 1.0,
}
_NO = frozenset({"0", "false", "f", "no"})
_B, _POWER = 0.15, 4.0
_CONNECTOR_VEHPH = 1e9


@final
@dataclass(frozen=True, slots=True, eq=False)
class GmnsTables:
    """Tables of a GMNS folder, links as the solver takes them.

    Nodes keep their `node_id`; the centroid of a zone is node `-1 - zone_id`, joined to the nodes
    of its zone by links without time. Where ids are not whole numbers of 0 or more, rows of
    `node.csv`, and zones in the order they are first named, are counted from 0 instead.
    """

    links: pd.DataFrame
    """`link_id` (empty for a connector), `init_node`, `term_node`, `capacity` (veh/h),
    `free_flow_time` (s), `b`, `power`, `fixed_cost` (s), `length_m`, `banned_classes` ("car" where
    cars may not go); an undirected link is two. Links barred to cars need no values of cars: where
    the file has none, theirs are 1 for capacity, lanes and speed and 0 for length, and unused."""
    trips: pd.DataFrame
    """`origin`, `dest`, `demand`."""
    turns: pd.DataFrame
    """`from_link`, `to_link`, `penalty` (s; infinite: forbidden), as `expand_turns` takes them."""
    places: tuple[CsvTable, CsvTable]
    """Files of links and trips, for messages."""
    file_row: Int32
    """Row of `link.csv` of each link, shape (n_links,); -1 for a connector."""
    set_aside: SetAside
    """Rows of `link.csv` and of the trips that were left out on request."""

    def network(self) -> TurnedNetwork:
        """Build the network, turns and all."""
        return expand_turns(
            self.links,
            self.trips,
            self.turns,
            first_thru_node=0,
            places=(self._link_place, self.places[1].place),
        )

    def _link_place(self, row: int) -> str:
        """Name a link in a message."""
        if row < self.file_row.size and self.file_row[row] >= 0:
            return self.places[0].place(int(self.file_row[row]))
        return "node.csv: connector or turn"


def read_gmns(  # noqa: PLR0913 - one option per thing a folder may leave open
    folder: str | Path,
    *,
    demand: str | None = "demand.csv",
    length_unit: str | None = None,
    speed_unit: str | None = None,
    toll_factor: float = 0.0,
    car_uses: Collection[str] | None = None,
    set_aside: bool = False,
) -> TrafficNetwork:
    """Read a network in seconds and its trips from a GMNS folder.

    Links of `a.links` are those of `link.csv` in its order (an undirected link counts twice, its
    way back right after it), then connectors of zones, then turns; `read_gmns_tables` names them.

    Parameters
    ----------
    folder
        Holds `node.csv`, `link.csv`, and perhaps `movement.csv` and `config.csv`. A link's turns
        are restricted to those of `movement.csv` only if that lists any turn from it.
    demand
        File of trips in the folder; None: no trips.
    length_unit, speed_unit
        Units of `length` and `free_speed`, such as `km` and `mph`; by default those of
        `config.csv`.
    toll_factor
        Seconds that one unit of toll is worth to the traveller.
    car_uses
        Words of the links' `allowed_uses` that let cars pass; by default `CAR_USES`. A link that
        names others alone is kept and barred to cars.
    set_aside
        Leave out, and report, links from a node to itself and trips of zones that no node belongs
        to; by default they are faults.

    Raises
    ------
    CityDataError
        With every fault of all files as `file:line`.
    """
    tables = read_gmns_tables(
        folder,
        demand=demand,
        length_unit=length_unit,
        speed_unit=speed_unit,
        toll_factor=toll_factor,
        car_uses=car_uses,
        set_aside=set_aside,
    )
    return tables.network().net


def read_gmns_tables(  # noqa: PLR0913 - as `read_gmns`
    folder: str | Path,
    *,
    demand: str | None = "demand.csv",
    length_unit: str | None = None,
    speed_unit: str | None = None,
    toll_factor: float = 0.0,
    car_uses: Collection[str] | None = None,
    set_aside: bool = False,
) -> GmnsTables:
    """Read the tables of a GMNS folder, for those who want its link ids; see `read_gmns`."""
    folder = Path(folder)
    faults: list[Fault] = []
    metre, ms = _units(folder, length_unit, speed_unit, faults)
    node_file = CsvTable.read(folder / "node.csv", ("node_id",), faults)
    needed = ("link_id", "from_node_id", "to_node_id", "length", "free_speed", "capacity")
    link_file = CsvTable.read(folder / "link.csv", needed, faults)
    nodes = GmnsNodes.of(node_file)
    barred = barred_to_cars(link_file, car_uses)
    links, file_row = _links(link_file, nodes, (metre, ms, toll_factor), barred)
    trip_file = CsvTable(name="demand", faults=faults)
    if demand is not None:
        columns = ("o_zone_id", "d_zone_id", "volume")
        trip_file = CsvTable.read(folder / demand, columns, faults)
    rows = np.ones(len(trip_file.rows), dtype=np.bool_)
    left_out = NOTHING
    if set_aside:
        links, file_row, rows, left_out = _set_aside(links, file_row, (trip_file, nodes))
    trips = _trips(trip_file, nodes, rows)
    turns = _turns(folder / "movement.csv", links, nodes, faults)
    if faults:
        raise CityDataError(faults)
    links, file_row = _with_connectors(links, file_row, nodes)
    return GmnsTables(links, trips, turns, (link_file, trip_file), file_row, left_out)


def _units(
    folder: Path, length_unit: str | None, speed_unit: str | None, faults: list[Fault]
) -> tuple[float, float]:
    """Return metres per unit of length and metres per second per unit of speed."""
    stated = {"long_length": length_unit or "", "speed": speed_unit or ""}
    if not all(stated.values()) and (folder / "config.csv").is_file():
        config = CsvTable.read(folder / "config.csv", (), faults)
        for name, unit in stated.items():
            stated[name] = unit or next(iter(config.text(name)), "")
    factors = []
    for name, known in (("long_length", _LENGTH_M), ("speed", _SPEED_MS)):
        unit = stated[name].lower()
        if unit not in known:
            what = f"{name} = {unit!r} is no unit" if unit else f"states no unit of {name}"
            option = "length_unit" if name == "long_length" else "speed_unit"
            mend = f"give one of {', '.join(known)} there, or as {option}="
            faults.append(Fault(where="config.csv", what=what, mend=mend))
        factors.append(known.get(unit, math.nan))
    return factors[0], factors[1]


def _links(
    file: CsvTable, nodes: GmnsNodes, units: tuple[float, float, float], barred: Bool
) -> tuple[pd.DataFrame, Int32]:
    """Return (links, row of the file of each)."""
    metre, ms, toll_factor = units
    zero, one = (barred, 0.0), (barred, 1.0)
    ends_of = [nodes.numbers(file, name) for name in ("from_node_id", "to_node_id")]
    lanes = file.numbers("lanes", above=True, default=1.0, unused=one)
    capacity_vehph = lanes * file.numbers("capacity", above=True, unused=one)
    length_m = metre * file.numbers("length", unused=zero)
    speed_ms = ms * file.numbers("free_speed", above=True, unused=one)
    with np.errstate(over="ignore", divide="ignore"):
        time_s = length_m / speed_ms
    frame = pd.DataFrame(
        {
            "link_id": file.ids("link_id"),
            "init_node": ends_of[0],
            "term_node": ends_of[1],
            "capacity": capacity_vehph,
            "free_flow_time": time_s,
            "b": file.numbers("vdf_alpha", default=_B, unused=zero),
            "power": file.numbers("vdf_beta", default=_POWER, unused=one),
            "fixed_cost": toll_factor * file.numbers("toll", default=0.0, unused=zero),
            "length_m": length_m,
            "banned_classes": np.where(barred, "car", ""),
        }
    )
    _same_id_faults(file, "link_id")
    both = np.array([text.lower() in _NO for text in file.text("directed")], dtype=np.bool_)
    rows = np.repeat(np.arange(len(frame)), np.where(both, 2, 1))
    back = np.zeros(rows.size, dtype=np.bool_)
    back[1:] = rows[1:] == rows[:-1]
    frame = frame.iloc[rows].reset_index(drop=True)
    ends = frame[["init_node", "term_node"]].to_numpy()
    frame["init_node"] = np.where(back, ends[:, 1], ends[:, 0])
    frame["term_node"] = np.where(back, ends[:, 0], ends[:, 1])
    return frame, rows.astype(np.int32)


def _same_id_faults(file: CsvTable, column: str) -> None:
    """Note rows whose id another row has."""
    first: dict[str, int] = {}
    for row, text in enumerate(file.ids(column)):
        if text in first:
            what = f"{column} {text} is that of line {file.lines[first[text]]} too"
            file.fault(row, what, "give every row an id of its own")
        first.setdefault(text, row)


def _trips(file: CsvTable, nodes: GmnsNodes, used: Bool) -> pd.DataFrame:
    """Return trips between centroids; rows that are not `used` as trips of none within a zone."""
    return pd.DataFrame(
        {
            "origin": nodes.centroids(file, "o_zone_id", used),
            "dest": nodes.centroids(file, "d_zone_id", used),
            "demand": np.where(used, file.numbers("volume", unused=(~used, 0.0)), 0.0),
        }
    )


def _set_aside(
    links: pd.DataFrame, file_row: Int32, trips: tuple[CsvTable, GmnsNodes]
) -> tuple[pd.DataFrame, Int32, Bool, SetAside]:
    """Return (links, their rows of the file, trips that can be used, what is left out)."""
    loop = loops(links)
    file, nodes = trips
    zones = zip(file.ids("o_zone_id"), file.ids("d_zone_id"), strict=True)
    used = np.array([all(zone in nodes.centroid for zone in pair) for pair in zones], np.bool_)
    volume = [number(text) for text in file.text("volume")]
    found = SetAside(
        links=np.unique(file_row[loop]).astype(np.int64),
        trips=np.flatnonzero(~used).astype(np.int64),
        zones=np.zeros(0, dtype=np.int64),
        demand=float(np.nansum(np.where(used, 0.0, volume))),
    )
    found.report()
    return links[~loop].reset_index(drop=True), file_row[~loop], used, found


def _with_connectors(
    links: pd.DataFrame, file_row: Int32, nodes: GmnsNodes
) -> tuple[pd.DataFrame, Int32]:
    """Join every zone's centroid to its nodes, both ways."""
    pairs = nodes.joints
    ends = [*pairs, *((node, centroid) for centroid, node in pairs)]
    extra = pd.DataFrame(
        {
            "link_id": "",
            "init_node": np.array([end[0] for end in ends], dtype=np.int64),
            "term_node": np.array([end[1] for end in ends], dtype=np.int64),
            "capacity": _CONNECTOR_VEHPH,
            "free_flow_time": 0.0,
            "b": 0.0,
            "power": 1.0,
            "fixed_cost": 0.0,
            "length_m": 0.0,
            "banned_classes": "",
        }
    )
    rows = np.concatenate([file_row, np.full(len(ends), -1, dtype=np.int32)])
    return pd.concat([links, extra], ignore_index=True), rows


def _turns(path: Path, links: pd.DataFrame, nodes: GmnsNodes, faults: list[Fault]) -> pd.DataFrame:
    """Return the turns a movement table forbids or makes cost time."""
    penalties: dict[tuple[int, int], float] = {}
    if path.is_file():
        file = CsvTable.read(path, ("node_id", "ib_link_id", "ob_link_id"), faults)
        node = nodes.numbers(file, "node_id")
        penalty_s = file.numbers("penalty", default=0.0)
        into = _row_by(links, "term_node")
        out = _row_by(links, "init_node")
        for row, (from_id, to_id) in enumerate(
            zip(file.ids("ib_link_id"), file.ids("ob_link_id"), strict=True)
        ):
            pair = (into.get((from_id, int(node[row])), -1), out.get((to_id, int(node[row])), -1))
            for link, text, says in zip(pair, (from_id, to_id), ("enters", "leaves"), strict=True):
                if link < 0:
                    what = f"no link {text} {says} node {file.rows[row]['node_id']}"
                    file.fault(row, what, "mend the link or the node")
            penalties[pair] = min(penalties.get(pair, math.inf), float(penalty_s[row]))
    exits: dict[int, list[int]] = {}
    for link, tail in enumerate(links["init_node"].tolist()):
        exits.setdefault(tail, []).append(link)
    listed = []
    for entry in sorted({pair[0] for pair in penalties if pair[0] >= 0}):
        for link in exits.get(int(links["term_node"].iloc[entry]), []):
            penalty = penalties.get((entry, link), math.inf)
            listed.append((entry, link, penalty))
    return pd.DataFrame(listed, columns=["from_link", "to_link", "penalty"])


def _row_by(links: pd.DataFrame, end: str) -> dict[tuple[str, int], int]:
    """Return the row of every link by its id and the node at one end."""
    keys = zip(links["link_id"], links[end].tolist(), strict=True)
    return {key: row for row, key in enumerate(keys)}
