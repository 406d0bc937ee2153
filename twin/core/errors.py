"""The error tree. A message says where, what (value and limit with unit) and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, field


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


class TwinError(Exception):
    """Anything this project refuses, with every fault found at once."""

    def __init__(self, faults: str | Fault | list[Fault]) -> None:
        self.faults: tuple[Fault, ...] = ()
        if isinstance(faults, str):
            super().__init__(faults)
            return
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ScenarioError(TwinError, ValueError):
    """A scenario file or a lever value is wrong."""


class CityDataError(TwinError, ValueError):
    """City data, or the network tables of a solver, are wrong."""


class SolveError(TwinError, RuntimeError):
    """A solver cannot give a trustworthy answer."""


class StoreError(TwinError, RuntimeError):
    """A run folder, sweep or cache cannot be read or written."""
