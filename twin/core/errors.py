"""The error tree. A message says where, what (value and limit with unit) and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, field

_ALL = 40
"""Faults that a message lists one by one."""
_KINDS, _OF_A_KIND = 20, 3
"""Kinds of fault that a longer message shows, and faults of each."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input."""

    where: str
    """Place: `file:line:column`, or table and row."""
    what: str
    """Value found and limit, with unit."""
    mend: str
    """What the user can do about it."""
    code: str = ""
    """Short stable code such as `E-CRS-MISSING`; empty where none is defined."""
    rows: tuple[int, ...] = field(default=())
    """Offending rows, for a map layer of offenders."""

    def __str__(self) -> str:
        """Write the fault as two lines."""
        code = f"{self.code} " if self.code else ""
        return f"{self.where}: {code}{self.what}\n  {self.mend}"


def _listed(faults: tuple[Fault, ...]) -> str:
    """Return faults as text; of many, the first of each kind and how many more there are."""
    if len(faults) <= _ALL:
        return "\n".join(str(fault) for fault in faults)
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.code, fault.mend), []).append(fault)
    lines = [f"{len(faults)} faults of {len(kinds)} kinds; the first of each kind:"]
    for alike in list(kinds.values())[:_KINDS]:
        lines += [str(fault) for fault in alike[:_OF_A_KIND]]
        if len(alike) > _OF_A_KIND:
            lines.append(f"  ... and {len(alike) - _OF_A_KIND} more of this kind")
    if len(kinds) > _KINDS:
        more = sum(len(alike) for alike in list(kinds.values())[_KINDS:])
        lines.append(f"... and {more} faults of {len(kinds) - _KINDS} other kinds")
    return "\n".join(lines)


class TwinError(Exception):
    """Anything this project refuses, with every fault found at once.

    The message lists them all up to 40; beyond that the first of each kind, with counts by kind.
    """

    def __init__(self, faults: str | Fault | list[Fault]) -> None:
        self.faults: tuple[Fault, ...] = ()
        if isinstance(faults, str):
            super().__init__(faults)
            return
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(_listed(self.faults))


class ArgumentError(TwinError, ValueError):
    """An argument of a public function has a wrong type or value."""


class ScenarioError(TwinError, ValueError):
    """A scenario file or a lever value is wrong."""


class CityDataError(TwinError, ValueError):
    """City data, or the network tables of a solver, are wrong."""


class ElectionError(TwinError, ValueError):
    """An election, a file of ballots or a voting rule is wrong."""


class SolveError(TwinError, RuntimeError):
    """A solver cannot give a trustworthy answer."""


class StoreError(TwinError, RuntimeError):
    """A run folder, sweep or cache cannot be read or written."""


class ClusterError(TwinError, RuntimeError):
    """The processes or the cluster of a sweep do not start, or do not answer any more."""
