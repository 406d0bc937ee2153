"""The text of a `.pb` file: its three sections, and the two small ones as tables.

References
----------
Pabulib, "The .pb file format", https://pabulib.org/format; Stolicki, Szufa & Talmon, 2020,
"Pabulib: a participatory budgeting library", arXiv 2012.06539.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, final

from twin.core.errors import ElectionError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECTIONS = ("META", "PROJECTS", "VOTES")
_TITLE = re.compile(rb'^[ \t]*"?(META|PROJECTS|VOTES)"?[ \t;]*\r?$', re.IGNORECASE | re.MULTILINE)
_BLANKS = re.compile(r"[\s_\u00a0\u202f]")
_UTF8_MARK = b"\xef\xbb\xbf"


@final
@dataclass(slots=True)
class Reading:
    """A file while it is read: its sections, and the faults found so far."""

    path: Path
    faults: list[Fault] = field(default_factory=list)
    body: dict[str, bytes] = field(default_factory=dict)
    """Text of each section, from its line of column names."""
    line: dict[str, int] = field(default_factory=dict)
    """Line of the file on which each body begins, from 1."""

    def fault(self, line: int, what: str, mend: str) -> None:
        """Note a fault of a line."""
        self.faults.append(Fault(f"{self.path}:{line}", what, mend))

    def rows(self, section: str) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) of a section, blank lines left out."""
        text = self.body[section].decode("utf-8")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
        before = 0
        for cells in reader:
            line = self.line[section] + before
            before = reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]


def split(path: Path, content: bytes) -> Reading:
    """Return the sections of a file; raise if they cannot be found."""
    reading = Reading(path)
    content = content.removeprefix(_UTF8_MARK)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"byte {content[error.start]:#04x} is not UTF-8"
        raise ElectionError(
            Fault(f"{path}:{line}", message, "Save the file in the encoding UTF-8.")
        ) from None
    titles: dict[str, re.Match[bytes]] = {}
    wanted = list(SECTIONS)
    for match in _TITLE.finditer(content):
        name = match[1].decode().upper()
        if wanted and name == wanted[0]:
            titles[wanted.pop(0)] = match
        if not wanted:
            break
    missing = [name for name in SECTIONS if name not in titles]
    if missing:
        raise ElectionError(
            Fault(
                f"{path}:{content.count(b'\n') + 1}",
                f"the file ends without section {missing[0]}",
                "A .pb file has the sections META, PROJECTS and VOTES in this order, each after a "
                "line with its name; the file may be cut short.",
            )
        )
    ends = [titles[name].start() for name in SECTIONS[1:]] + [len(content)]
    for name, end in zip(SECTIONS, ends, strict=True):
        start = content.find(b"\n", titles[name].end())
        start = len(content) if start < 0 else start + 1
        reading.body[name] = content[start:end]
        reading.line[name] = content.count(b"\n", 0, start) + 1
    return reading


def read_meta(reading: Reading) -> dict[str, tuple[int, str]]:
    """Return META as (line, value) by key."""
    meta: dict[str, tuple[int, str]] = {}
    for line, cells in reading.rows("META"):
        key, value = cells[0], ";".join(cells[1:]).strip()
        if (key.lower(), value.lower()) == ("key", "value"):
            continue
        if key in meta:
            reading.fault(line, f"{key} is given twice in META", f"Keep one line with {key}.")
        meta[key] = (line, value)
    return meta


def read_table(reading: Reading, section: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return column names and (line, cells) of rows; a row of another length is a fault."""
    rows = reading.rows(section)
    line, header = next(rows, (reading.line[section], []))
    header = [name.lower() for name in header]
    while header and not header[-1]:
        header.pop()  # a semicolon at the end of the line
    doubles = sorted({name for name in header if header.count(name) > 1})
    if doubles:
        reading.fault(line, f"column {doubles[0]} stands twice in {section}", "Rename one.")
    kept = []
    for at, cells in rows:
        short = len(header) - len(cells)
        if short > 0 or any(cells[len(header) :]):
            reading.fault(
                at,
                f"{len(cells)} cells; {section} has {len(header)} columns: {', '.join(header)}",
                'Put cells that contain a semicolon between double quotes ("); '
                "the line may be cut short.",
            )
        kept.append((at, [*cells[: len(header)], *[""] * max(short, 0)]))
    return header, kept


def decimal_of(text: str) -> Decimal | None:
    """Return a number written with a point or a comma, with or without blanks; None: no number."""
    try:
        value = Decimal(_BLANKS.sub("", text).replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
