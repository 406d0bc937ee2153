"""Spreadsheets as towns keep them: the same rows with every dirt seen in the wild."""

import csv
import io
from dataclasses import dataclass, field

import numpy as np

SEPARATORS = (",", ";", "\t")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1251", "utf-16")


@dataclass(frozen=True)
class Dirt:
    """What is wrong with a table, and how much of it."""

    separator: str = ","
    encoding: str = "utf-8"
    blank_rows: int = 0
    total_rows: int = 0
    title_rows: int = 0
    float_ids: bool = False
    decimal_comma: bool = False
    spaces: bool = False
    strange_cells: tuple[str, ...] = ()
    """Put into the last column of the first rows."""
    stranger_ids: tuple[str, ...] = ()
    """Rows of things that are not in the layer."""
    repeated: int = 0
    """Rows at the start that stand again at the end."""
    empty_cells: int = 0
    extra: dict = field(default_factory=dict)


def written(path, header, rows, dirt, rng):
    """Write a table with its dirt; return the path."""
    lines = [list(row) for row in rows]
    lines += [list(row) for row in rows[: dirt.repeated]]
    for at, cell in enumerate(dirt.strange_cells):
        lines[at][-1] = cell
    for at in range(dirt.empty_cells):
        lines[len(dirt.strange_cells) + at][-1] = ""
    lines += [[name, *row[1:]] for name, row in zip(dirt.stranger_ids, rows, strict=False)]
    cells = [[_cell(one, dirt, is_id=at == 0) for at, one in enumerate(row)] for row in lines]
    for _ in range(dirt.blank_rows):
        cells.insert(int(rng.integers(0, len(cells) + 1)), [""] * len(header))
    cells += [["Итого", *["9999"] * (len(header) - 1)]] * dirt.total_rows
    title = [["Реестр домов", *[""] * (len(header) - 1)]] * dirt.title_rows
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dirt.separator)
    writer.writerows([*title, list(header), *cells])
    path.write_bytes(text.getvalue().encode(dirt.encoding))
    return path


def _cell(value, dirt, *, is_id):
    if is_id and dirt.float_ids and isinstance(value, int | np.integer):
        return f"{value}.0"
    text = str(value)
    if isinstance(value, float) and dirt.decimal_comma:
        text = text.replace(".", ",")
    return f"  {text}\u00a0" if dirt.spaces else text
