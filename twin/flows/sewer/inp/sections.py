"""SWMM files as sections of lines, and what this library refuses of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

READ = frozenset(
    [
        "OPTIONS",
        "JUNCTIONS",
        "OUTFALLS",
        "STORAGE",
        "CONDUITS",
        "ORIFICES",
        "WEIRS",
        "PUMPS",
        "XSECTIONS",
        "CURVES",
        "TIMESERIES",
        "INFLOWS",
        "DWF",
    ]
)
_ASIDE = frozenset(
    [
        "TITLE",
        "REPORT",
        "MAP",
        "COORDINATES",
        "VERTICES",
        "LABELS",
        "POLYGONS",
        "SYMBOLS",
        "BACKDROP",
        "TAGS",
        "PROFILES",
        "EVAPORATION",
        "TEMPERATURE",
    ]
)
"""Sections that do not change levels and flows of a network without rain."""


@final
@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it stands and its words."""

    where: str
    words: tuple[str, ...]


def sections_of(path: Path) -> tuple[dict[str, list[Line]], list[Fault]]:
    """Return the lines of each section that is read, and a fault for the first of any other."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError as error:
        mend = "give the path of a SWMM input file"
        raise CityDataError(Fault(str(path), f"is not read: {error}", mend)) from error
    found: dict[str, list[Line]] = {}
    faults: list[Fault] = []
    name = ""
    refused: set[str] = set()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition(";")[0].strip()
        where = f"{path.name}:{number}"
        if not line:
            continue
        if line.startswith("["):
            name = line.strip("[] ").upper()
        elif name in READ:
            found.setdefault(name, []).append(Line(where, tuple(line.split())))
        elif name not in _ASIDE and name not in refused:
            refused.add(name)
            what = f"section [{name}] is not known here"
            mend = f"remove it; inflows come from [INFLOWS]; read are {', '.join(sorted(READ))}"
            faults.append(Fault(where, what, mend, code="E-SECTION"))
    if not found:
        faults.append(Fault(str(path), "has no section", "give a SWMM input file"))
    return found, faults
