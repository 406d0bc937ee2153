"""Nodes and zones of a GMNS folder, and the numbers the solver knows them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.traffic.files.fields import shown, whole

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Int64
    from twin.flows.traffic.files.gmns.csv_table import CsvTable


_LARGEST = 2**52
"""Ids beyond are counted anew: tables of floats hold no such numbers exactly."""


@final
@dataclass(frozen=True, slots=True)
class GmnsNodes:
    """Numbers of nodes and zones by the ids of the files."""

    number: dict[str, int]
    """Number of a node; the centroid's of its zone for a node of type centroid."""
    centroid: dict[str, int]
    """Number of a zone's centroid."""
    joints: tuple[tuple[int, int], ...]
    """(centroid, node) to be joined."""

    @classmethod
    def of(cls, file: CsvTable) -> GmnsNodes:
        """Return numbers for the nodes of `node.csv` and the zones they belong to."""
        ids, zones = file.ids("node_id"), file.ids("zone_id")
        types = file.text("node_type")
        seen: set[str] = set()
        for row, text in enumerate(ids):
            if text in seen:
                what = f"node_id {text} is that of another row too"
                file.fault(row, what, "give every node an id of its own")
            seen.add(text)
        node_number = _numbers_of(ids)
        zone_number = _numbers_of([zone for zone in zones if zone])
        centroid = {zone: -1 - number for zone, number in zone_number.items()}
        number = {}
        joints = []
        for text, zone, kind in zip(ids, zones, types, strict=True):
            if zone and kind.lower() == "centroid":
                number[text] = centroid[zone]
                continue
            number[text] = node_number[text]
            if zone:
                joints.append((centroid[zone], number[text]))
        return cls(number, centroid, tuple(joints))

    def numbers(self, file: CsvTable, column: str) -> Int64:
        """Return the node numbers of a column; unknown nodes are faults."""
        mend = "add the node to node.csv, or mend the id"
        return _looked_up(file, column, self.number, ("is no node", mend))

    def centroids(self, file: CsvTable, column: str, used: Bool) -> Int64:
        """Return the centroids of a column of zones; zones of `used` rows need a node."""
        mend = "give a node of node.csv this zone_id, take these trips out, or set set_aside=True"
        fault = ("is the zone of no node", mend)
        return _looked_up(file, column, self.centroid, fault, used)


def _numbers_of(texts: list[str]) -> dict[str, int]:
    """Return ids as numbers, or in the order they are first named where some are none."""
    unique = list(dict.fromkeys(texts))
    numbers = [whole(text) for text in unique]
    given = {number for number in numbers if number is not None and 0 <= number <= _LARGEST}
    if len(given) == len(unique):
        return {text: int(text) for text in unique}
    return {text: row for row, text in enumerate(unique)}


def _looked_up(
    file: CsvTable,
    column: str,
    known: dict[str, int],
    fault: tuple[str, str],
    used: Bool | None = None,
) -> Int64:
    """Return the numbers of a column of ids, 0 for unknown ones, which are faults if `used`."""
    numbers = np.zeros(len(file.rows), dtype=np.int64)
    for row, text in enumerate(file.ids(column)):
        if text in known:
            numbers[row] = known[text]
        elif used is None or used[row]:
            found = shown(text) if text else "nothing"
            file.fault(row, f"{column} = {found} {fault[0]}", fault[1])
    return numbers
