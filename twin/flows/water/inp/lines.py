"""An EPANET input file as rows of words by section, and the faults found in them."""

from __future__ import annotations

import codecs
import difflib
import itertools
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.core.errors import CityDataError, Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

HYDRAULIC = (
    "TITLE",
    "JUNCTIONS",
    "RESERVOIRS",
    "TANKS",
    "PIPES",
    "PUMPS",
    "VALVES",
    "EMITTERS",
    "LEAKAGE",
    "CURVES",
    "PATTERNS",
    "ENERGY",
    "STATUS",
    "CONTROLS",
    "RULES",
    "DEMANDS",
    "TIMES",
    "OPTIONS",
)
KEPT = (
    "QUALITY",
    "REACTIONS",
    "SOURCES",
    "MIXING",
    "REPORT",
    "COORDINATES",
    "VERTICES",
    "LABELS",
    "BACKDROP",
    "TAGS",
)
"""Sections without hydraulics: their lines are kept as they are and written back."""
_KNOWN = {name[:5].upper(): name for name in (*HYDRAULIC, *KEPT, "END")}
_MOST_BYTES = 200_000_000
_MOST_FAULTS = 1000
_FEW_NAMES, _MOST_COMPARED, _MOST_HINTS = 30, 5000, 10
_WORDS = re.compile(r'"[^"]*"|\S+')


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One line that is neither empty nor all comment."""

    section: str
    line: int
    words: tuple[str, ...]
    text: str

    def word(self, at: int, default: str = "") -> str:
        """Return a word, or the default where the line is shorter."""
        return self.words[at] if at < len(self.words) else default


@final
@dataclass(slots=True)
class InpText:
    """Rows by section, and what is wrong with them."""

    name: str
    rows: dict[str, list[Row]]
    faults: list[Fault] = field(default_factory=list)
    hints: int = 0
    """How often a name was searched among many."""
    places: tuple[str, ...] = ()
    """Where each line of a text stands that was put together from others."""

    def place(self, row: Row) -> str:
        """Return where a row stands."""
        if self.places:
            return f"{self.places[row.line - 1]}: [{row.section}]"
        return f"{self.name}:{row.line}: [{row.section}]"

    def fault(self, row: Row, what: str, mend: str) -> None:
        """File a fault of a row."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(self.place(row), what, mend))

    def number(self, row: Row, at: int, name: str, default: float | None = None) -> float:
        """Return a number of a row; the default where there is none, NaN and a fault if wrong."""
        text = row.word(at)
        if not text or text == "*":
            if default is None:
                self.fault(row, f"has no {name}", f"give {name} as word {at + 1} of the line")
                return math.nan
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.fault(row, f"{name} is {text!r}, not a number", f"give {name} as a plain number")
        return value

    def known(self, row: Row, text: str, what: str, names: Iterable[str]) -> bool:
        """Return whether a name is defined, and file a fault if it is not."""
        names = names if isinstance(names, (dict, set)) else set(names)
        if text in names:
            return True
        if not text:
            self.fault(row, f"names no {what}", f"give the name of a {what}")
            return False
        self.fault(row, f"{what} {text!r} is not defined", self._near(text, names))
        return False

    def _near(self, text: str, names: Collection[str]) -> str:
        """Return a hint; names are compared for the first faults alone, for that is slow."""
        if not names:
            return "none is defined in this file"
        few = len(names) <= _FEW_NAMES
        self.hints += not few
        some = list(itertools.islice(names, _MOST_COMPARED))
        if not few and self.hints > _MOST_HINTS:
            return f"{len(names)} are defined, such as {', '.join(some[:3])}."
        same = [name for name in some if name.upper() == text.upper()]
        if same:
            return f"write {same[0]}: capitals and small letters differ"
        if few:
            return nearest(text, some)
        close = difflib.get_close_matches(text, some, n=1)
        if close:
            return f"Did you mean {close[0]}? {len(names)} are defined."
        return f"{len(names)} are defined, such as {', '.join(some[:3])}."


def read_text(path: Path) -> InpText:
    """Split a file into sections.

    Raises
    ------
    CityDataError
        If the file cannot be read at all.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CityDataError(
                Fault(str(path), f"is over {_MOST_BYTES} bytes", "split the network")
            )
        data = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise CityDataError(Fault(str(path), what, "name an EPANET .inp file")) from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return split_text(data.decode("utf-16", errors="replace"), path.name)
    if b"\x00" in data:
        what = "is no text: it has bytes of zero"
        raise CityDataError(Fault(str(path), what, "export the network as a .inp text file"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return split_text(text, path.name)


def split_text(text: str, name: str, places: tuple[str, ...] = ()) -> InpText:
    """Return the rows of a text by section."""
    inp = InpText(name, {section: [] for section in (*HYDRAULIC, *KEPT)}, places=places)
    section: str | None = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.split(";", 1)[0].strip()
        if not bare:
            continue
        if bare.startswith("["):
            section = _section(inp, Row("", number, (), bare), bare)
            if section == "END":
                break
            continue
        row = Row(section or "?", number, _words(bare), line.rstrip("\r"))
        if section:
            inp.rows[section].append(row)
        elif section == "":
            inp.fault(
                row,
                f"{bare[:40]!r} stands before any section",
                "open a section such as [JUNCTIONS]",
            )
            section = None
    return inp


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a line; one in quotes may hold blanks."""
    if '"' not in text:
        return tuple(text.split())
    return tuple(word.strip('"') for word in _WORDS.findall(text))


def _section(inp: InpText, row: Row, text: str) -> str | None:
    """Return the section a heading opens; None, with a fault, for one that is not known."""
    title = text.strip("[]").upper()
    for start in (title[:5], title[:4]):
        for key, name in _KNOWN.items():
            if start and (key == start or (len(start) == 4 and key.startswith(start))):  # noqa: PLR2004 - EPANET takes short headings
                return name
    if title == "END":
        return "END"
    row = Row(title, row.line, (), text)
    inp.fault(row, f"section {text} is not known", nearest(title, [*HYDRAULIC, *KEPT]))
    return None
