"""What was repaired in a map, what it looked like before and after, and which repairs to leave out.

A repair is undone by building again without it: the source stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

REPAIRS = {
    "W-NEAR-MISS": "street ends within a metre of another street are joined to it",
    "W-CROSS-NO-NODE": "streets of one level that cross without a node get one",
    "W-PARALLEL": "a street drawn twice is kept once",
    "W-ROUNDABOUT": "a small roundabout becomes one junction",
    "W-DUAL-CARRIAGEWAY": "two carriageways of one street become one two-way street",
    "W-COMPONENTS": "streets not joined to the town are linked, or left out where nobody lives",
    "W-STUB": "service ways that lead to no building and no other street are left out",
    "E-ONEWAY-TRAP": "one-way streets that let nobody in or out are opened both ways",
}
"""Repairs of streets by code, in the order they are made; each can be left out."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """One kind of repair as it was made on a map."""

    code: str
    note: str
    """What was done, one sentence."""
    before: NDArray[np.object_]
    """(n_before,) lines as they were, those that changed or went"""
    before_origin: NDArray[np.object_]
    """(n_before,) their ids in the source"""
    after: NDArray[np.object_]
    """(n_after,) shapes that came in their place"""
    after_origin: NDArray[np.object_]
    """(n_after,)"""


@final
class RepairLog:
    """Collects repairs while streets are cleaned, and knows which are not wanted.

    Parameters
    ----------
    leave_out
        Codes of `REPAIRS` that are not made.

    Raises
    ------
    CityDataError
        For each code that is none.
    """

    def __init__(self, leave_out: Iterable[str] = ()) -> None:
        self.leave_out: tuple[str, ...] = ()
        self.made: list[Repair] = []
        self.notes: list[str] = []
        self.skip(leave_out)

    def skip(self, codes: Iterable[str]) -> None:
        """Leave out more repairs; faults as on construction."""
        codes = tuple(codes)
        faults = [
            Fault(
                where="repairs",
                what=f"{code!r} is no repair that can be left out",
                mend=f"use of {', '.join(REPAIRS)}",
                code="E-RECIPE",
            )
            for code in codes
            if code not in REPAIRS
        ]
        if faults:
            raise CityDataError(faults)
        self.leave_out += codes
        if codes:
            self.notes.append(f"Repairs left out on demand: {', '.join(codes)}.")

    def wants(self, code: str) -> bool:
        """Return whether a repair is to be made."""
        return code not in self.leave_out

    def tell(self, note: str) -> None:
        """Keep a sentence that is no repair."""
        self.notes.append(note)

    def add(
        self,
        code: str,
        note: str,
        *,
        before: tuple[NDArray[np.object_], NDArray[np.object_]] | None = None,
        after: tuple[NDArray[np.object_], NDArray[np.object_]] | None = None,
    ) -> None:
        """Keep a repair: what was done, shapes and ids before, shapes and ids after."""
        nothing = (np.zeros(0, dtype=object), np.zeros(0, dtype=object))
        self.notes.append(f"{note} ({code})" if code not in note else note)
        self.made.append(Repair(code, note, *(before or nothing), *(after or nothing)))
