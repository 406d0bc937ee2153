"""Bans and penalties of turns, by taking apart only the nodes that have them.

A node with such turns gets one node more for every link that leaves it, and one for every link
whose turns are listed; turns are links between those. Where nothing is listed nothing is added,
so a city with a hundred bans has some hundred links more, not three times as many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.traffic.network import TrafficNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Bool, Float64, Int32
    from twin.flows.traffic.assign import Assignment

TURN_COLUMNS = ("from_link", "to_link", "penalty")
_OF_A_TURN = {
    "fixed_cost": 0.0,
    "toll": 0.0,
    "length": 0.0,
    "linear_from": np.inf,
    "delay": "bpr",
    "banned_classes": "",
}
"""Columns that links may have, for a turn."""
_FREE = 1e9
"""Capacity of a turn, which does not slow down."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class TurnedNetwork:
    """A network whose turns are links of their own, and the way back to the links as given.

    `net` holds the links as given first, in their order, then the turns. Assign `net` like any
    other; `links` and `turns` read a result.
    """

    net: TrafficNetwork
    n_links: int
    """Links as given."""
    given: pd.DataFrame
    """Links as given, with columns `init_node` and `term_node`."""
    from_link: Int32
    """Row of the link a turn leaves, shape (n_turn_links,); -1 where it joins a node's parts."""
    to_link: Int32
    """Row of the link a turn enters, shape (n_turn_links,); -1 where it joins a node's parts."""

    def closed(self, given: Bool) -> Bool:
        """Return a mask of the links as given, shape (n_links,), as a mask for `assign`."""
        return np.concatenate([given, np.zeros(self.from_link.size, dtype=np.bool_)])

    def links(self, found: Assignment) -> pd.DataFrame:
        """Return flow and time of the links as given."""
        first = slice(0, self.n_links)
        return pd.DataFrame(
            {
                "init_node": self.given["init_node"].to_numpy(),
                "term_node": self.given["term_node"].to_numpy(),
                "flow_vehph": found.flow_vehph[first],
                "time": found.time[first],
                "closed": found.closed[first],
            }
        )

    def turns(self, found: Assignment) -> pd.DataFrame:
        """Return flow and penalty of the turns at the nodes taken apart."""
        real = (self.from_link >= 0) & (self.to_link >= 0)
        return pd.DataFrame(
            {
                "from_link": self.from_link[real],
                "to_link": self.to_link[real],
                "flow_vehph": found.flow_vehph[self.n_links :][real],
                "penalty": self.net.free_flow_time[self.n_links :][real],
            }
        )


@final
@dataclass(slots=True)
class _Parts:
    """Links of a network being taken apart."""

    tail: np.ndarray
    head: np.ndarray
    next_node: int
    joints: list[tuple[int, int, float, int, int]] = field(default_factory=list)
    """(from node, to node, time, link it leaves or -1, link it enters or -1)."""
    end_of: dict[int, int] = field(default_factory=dict)
    """Node where trips to a node end now."""

    def new_node(self) -> int:
        """Return the number of a new node."""
        self.next_node += 1
        return self.next_node - 1

    def split(self, node: int, listed: dict[tuple[int, int], float], *, has_arrivals: bool) -> None:
        """Take a node apart by the turns listed at it, (from link, to link) -> penalty."""
        exits = [int(link) for link in np.flatnonzero(self.tail == node)]
        exit_node = {link: self.new_node() for link in exits}
        end = self.new_node() if has_arrivals else -1
        for link in exits:
            self.tail[link] = exit_node[link]
            self.joints.append((node, exit_node[link], 0.0, -1, link))
        if has_arrivals:
            self.end_of[node] = end
            self.joints.append((node, end, 0.0, -1, -1))
        for entry in sorted({pair[0] for pair in listed}):
            entry_node = self.new_node()
            self.head[entry] = entry_node
            for link in exits:
                penalty = listed.get((entry, link), 0.0)
                if np.isfinite(penalty):
                    self.joints.append((entry_node, exit_node[link], penalty, entry, link))
            if has_arrivals:
                self.joints.append((entry_node, end, 0.0, entry, -1))


def expand_turns(
    links: pd.DataFrame,
    trips: pd.DataFrame,
    turns: pd.DataFrame,
    *,
    classes: pd.DataFrame | None = None,
    first_thru_node: int = 1,
    places: tuple[Callable[[int], str], Callable[[int], str]] | None = None,
) -> TurnedNetwork:
    """Build a network in which some turns are forbidden or cost time.

    Parameters
    ----------
    links, trips, classes, first_thru_node, places
        As in `TrafficNetwork.from_frames`.
    turns
        Columns `from_link` and `to_link`, rows of `links` from 0, and `penalty`: time the turn
        takes, in the unit of `free_flow_time`, or infinite where it is forbidden. A turn that is
        not listed is free.

    Raises
    ------
    CityDataError
        With every fault of the turns; then with those of links and trips.
    """
    faults = turn_faults(links, turns, first_thru_node)
    if faults:
        raise CityDataError(faults)
    tail, head = (
        links[name].to_numpy(dtype=np.int64).copy() for name in ("init_node", "term_node")
    )
    start, end = (trips[name].to_numpy(dtype=np.int64) for name in ("origin", "dest"))
    nodes = np.concatenate([tail, head, start, end])
    parts = _Parts(tail, head, next_node=int(nodes.max(initial=first_thru_node)) + 1)
    listed: dict[int, dict[tuple[int, int], float]] = {}
    for one in turns[list(TURN_COLUMNS)].itertuples(index=False):
        pair = (int(one.from_link), int(one.to_link))
        listed.setdefault(int(links["term_node"].iloc[pair[0]]), {})[pair] = float(one.penalty)
    moving = start != end
    arrivals = set(end[moving].tolist())
    for node in sorted(listed):
        parts.split(node, listed[node], has_arrivals=node in arrivals)
    new_end = np.array([parts.end_of.get(node, node) for node in end.tolist()], dtype=np.int64)
    net = TrafficNetwork.from_frames(
        _with_joints(links, parts),
        trips.assign(dest=np.where(moving, new_end, end)),
        classes=classes,
        first_thru_node=first_thru_node,
        places=places,
    )
    return TurnedNetwork(
        net=net,
        n_links=len(links),
        given=links[["init_node", "term_node"]].reset_index(drop=True),
        from_link=np.array([joint[3] for joint in parts.joints], dtype=np.int32),
        to_link=np.array([joint[4] for joint in parts.joints], dtype=np.int32),
    )


def _with_joints(links: pd.DataFrame, parts: _Parts) -> pd.DataFrame:
    """Return the links between their new nodes, then the turns."""
    time: Float64 = np.array([joint[2] for joint in parts.joints], dtype=np.float64)
    joints = pd.DataFrame(
        {
            "init_node": np.array([joint[0] for joint in parts.joints], dtype=np.int64),
            "term_node": np.array([joint[1] for joint in parts.joints], dtype=np.int64),
            "capacity": _FREE,
            "free_flow_time": time,
            "b": 0.0,
            "power": 1.0,
        }
    )
    given = links.assign(init_node=parts.tail, term_node=parts.head)
    for name, value in _OF_A_TURN.items():
        if name in given:
            joints[name] = value
    return pd.concat([given[list(joints)], joints], ignore_index=True)


def turn_faults(links: pd.DataFrame, turns: pd.DataFrame, first_thru_node: int) -> list[Fault]:
    """Return every fault of a table of turns."""
    missing = [name for name in TURN_COLUMNS if name not in turns]
    if missing:
        mend = f"columns: {', '.join(TURN_COLUMNS)}"
        return [Fault(where="turns", what=f"has no column {name}", mend=mend) for name in missing]
    faults: list[Fault] = []
    seen: set[tuple[int, int]] = set()
    tail, head = links["init_node"].to_numpy(), links["term_node"].to_numpy()
    for row, one in enumerate(turns[list(TURN_COLUMNS)].itertuples(index=False)):
        pair = (one.from_link, one.to_link)
        what, mend = _turn_fault(pair, float(one.penalty), (tail, head), first_thru_node)
        if not what and pair in seen:
            what, mend = f"turn {pair[0]} -> {pair[1]} is listed twice", "keep one of them"
        seen.add(pair)
        if what:
            faults.append(Fault(where=f"turns row {row}", what=what, mend=mend, rows=(row,)))
    return faults


def _turn_fault(
    pair: tuple[int, int],
    penalty: float,
    ends: tuple[np.ndarray, np.ndarray],
    first_thru_node: int,
) -> tuple[str, str]:
    """Return what is wrong with one turn and how to mend it; empty where nothing is."""
    tail, head = ends
    for link in pair:
        if not 0 <= link < tail.size or link != int(link):
            return f"link {link} is no row of links", f"rows run from 0 to {tail.size - 1}"
    into, out = head[int(pair[0])], tail[int(pair[1])]
    if into != out:
        what = f"link {pair[0]} ends at node {into}, link {pair[1]} starts at node {out}"
        return what, "name two links that meet"
    if into < first_thru_node:
        what = f"node {into} is a centroid, which no trip passes through"
        return what, "take the turn out"
    if not penalty >= 0.0:
        return f"penalty = {penalty:g} is not 0 or more", "give a time, infinite for a ban"
    return "", ""
