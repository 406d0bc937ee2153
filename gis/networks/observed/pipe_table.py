"""What all observed networks share: their CRS, and the pipes' year and material from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.networks.pipe_register import NORM_YEARS
from gis.read.layers import read_table, require_columns
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.read.recipe import RegisterForm
    from twin.core.arrays import Float64

_YEARS = (1900, 2100)


def known_crs(text: str, file: Path, faults: list[Fault]) -> CRS | None:
    """Return a CRS by its name, or None after adding a fault."""
    try:
        return CRS.from_user_input(text)
    except CRSError:
        mend = "name the one its coordinates are in, such as EPSG:32642"
        faults.append(Fault(str(file), f"crs {text!r} is not known", mend, "E-CRS-MISSING"))
        return None


def told_register(
    form: RegisterForm | None, folder: Path, names: tuple[str, ...], faults: list[Fault]
) -> tuple[Float64, NDArray[np.object_]]:
    """Return year (NaN not told) and material ('' not told) of each pipe, shape (n,)."""
    year = np.full(len(names), np.nan)
    material = np.full(len(names), "", dtype=object)
    if form is None:
        return year, material
    file = folder / form.file
    try:
        table = read_table(file, form.sheet)
    except CityDataError as error:
        faults += error.faults
        return year, material
    wanted = [form.key, *(name for name in (form.built_year, form.material) if name)]
    lacking = require_columns(file, table, wanted)
    if lacking:
        faults += lacking
        return year, material
    row_of = {str(name).strip(): row for row, name in enumerate(table[form.key])}
    at = np.array([row_of.get(name, -1) for name in names])
    if not (at >= 0).any():
        what = f"has no {form.key} that is a pipe of the network"
        faults.append(Fault(str(file), what, "check `key`", "E-DANGLING"))
        return year, material
    if form.built_year:
        number = pd.to_numeric(table[form.built_year], errors="coerce").to_numpy(dtype=np.float64)
        number[~((number >= _YEARS[0]) & (number <= _YEARS[1]))] = np.nan
        year = np.where(at >= 0, number[at], np.nan)
    if form.material:
        material = _materials(form, table, at, file, faults)
    return year, material


def _materials(
    form: RegisterForm, table: pd.DataFrame, at: NDArray[np.int64], file: Path, faults: list[Fault]
) -> NDArray[np.object_]:
    """Return materials in our words, after adding a fault for each word that is none."""
    text = table[form.material].astype(str).str.strip()
    ours = np.array([form.materials.get(word, word) for word in text], dtype=object)
    pipes = set(NORM_YEARS) - {"pump"}
    unknown = sorted({one for one in ours if one and one not in pipes})
    faults += [
        Fault(
            where=f"{file} {form.material}",
            what=f"{one!r} is no material that is known",
            mend=f"tell it: `materials: {{{one}: ...}}`, of {', '.join(sorted(pipes))}",
            code="E-RECIPE",
        )
        for one in unknown
    ]
    return np.where(at >= 0, ours[at], "").astype(object)
