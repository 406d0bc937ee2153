"""What a recipe knows of people: census tables as margins, a grid as weights of homes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from scipy.spatial import cKDTree

from gis.generate.people.margins import KAZAKH_TOWN, SIZES, Margins
from gis.read.tables import is_total, lacking_columns, numbers, read_table
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from gis.read.recipe import AgeForm, CensusForm, GridForm, HouseholdForm
    from twin.core.arrays import Bool, Float64, Int64

_OLDEST = 110
TOTAL_SHARE = 0.05
"""How far two counts of the same people may lie apart."""
_TABLES = (".csv", ".xlsx", ".ods")
_MOST_TOLD = 20
"""Bad lines of a table that are reported one by one."""
_GROUP = re.compile(r"(\d+)(?:\s*[-\u2013\u2014]\s*\d+|\s*\+|\s+\D.*)")
_DIAGONAL = float(np.sqrt(0.5))


def census_margins(
    form: CensusForm, folder: Path, people: int | None
) -> tuple[Margins, int | None]:
    """Return the margins of a census, and how many people its tables count.

    What is not given is that of `KAZAKH_TOWN`; without tables nobody is counted.

    Raises
    ------
    CityDataError
        If tables cannot be used, or count other people than each other or than `people`.
    """
    faults: list[Fault] = []
    told: dict[str, Any] = {
        "education_share": form.education and form.education.shares(),
        "activity_share": form.activity and form.activity.shares(),
        "digital_share": form.digital_share,
        "wage_kzt_month": form.wage_kzt_month,
    }
    counted: dict[str, float] = {}
    try:
        if form.age_sex is not None:
            shares, counted[str(form.age_sex.file)] = _age_sex(form.age_sex, folder)
            told |= shares
    except CityDataError as error:
        faults += error.faults
    try:
        if form.households is not None:
            living = _people_by_size(form.households, folder)
            told["size_share"], counted[str(form.households.file)] = _shares(living), living.sum()
    except CityDataError as error:
        faults += error.faults
    faults += _other_people(counted, people)
    if faults:
        raise CityDataError(faults)
    known = {name: value for name, value in told.items() if value is not None}
    source = ", ".join((*counted, "the recipe")) + f"; what they do not give: {KAZAKH_TOWN.name}"
    margins = replace(KAZAKH_TOWN, name="census", source=source, **known)
    return margins, round(next(iter(counted.values()))) if counted else None


def _age_sex(form: AgeForm, folder: Path) -> tuple[dict[str, Any], float]:
    """Return the margins of a table of age and sex, and how many people it counts."""
    ages = _numbers(folder / form.file, (form.age_from, form.men, form.women), form.encoding)
    low, men, women = ages[np.argsort(ages[:, 0], kind="stable")].T
    if low[0] != 0:
        what = f"starts at age {low[0]:g} and gives nobody of age 0"
        mend = "let the first group start at 0"
        raise CityDataError(Fault(str(folder / form.file), what, mend, "E-MARGIN"))
    if low[-1] > _OLDEST:
        what = f"has a group that starts at age {low[-1]:g}"
        mend = f"give first ages of 0 to {_OLDEST} years"
        raise CityDataError(Fault(str(folder / form.file), what, mend, "E-MARGIN"))
    both = men + women
    shares: dict[str, Any] = {
        "age_low": tuple(int(age) for age in low),
        "age_share": _shares(both),
        "female_share": tuple((women / np.maximum(both, 1e-9)).tolist()),
    }
    return shares, float(both.sum())


def _people_by_size(form: HouseholdForm, folder: Path) -> Float64:
    """Return how many people live in households of 1, 2, ... 8 persons, shape (8,)."""
    homes = _numbers(folder / form.file, (form.size, form.households), form.encoding)
    empty = homes[(homes[:, 0] < SIZES[0]) & (homes[:, 1] > 0), 1].sum()
    if empty > 0:
        what = f"has {empty:,.0f} households of size 0"
        mend = "leave out homes where nobody lives"
        raise CityDataError(Fault(str(folder / form.file), what, mend, "E-MARGIN"))
    size = np.clip(homes[:, 0], SIZES[0], SIZES[-1]).astype(np.int64)
    living: Float64 = np.bincount(size, homes[:, 0] * homes[:, 1], SIZES[-1] + 1)[1:]
    return living


def _other_people(counted: dict[str, float], people: int | None) -> list[Fault]:
    """Return a fault for each count that is not of the same people as the first."""
    if not counted:
        return []
    first, wanted = next(iter(counted.items()))
    told = counted if people is None else {**counted, "totals.people": float(people)}
    return [
        Fault(
            where=where,
            what=f"has {other:,.0f} people, {first} has {wanted:,.0f}",
            mend="give tables of the same people; institutions count as households or not at all",
            code="E-MARGIN-TOTAL",
        )
        for where, other in told.items()
        if abs(other - wanted) > TOTAL_SHARE * wanted
    ]


def _shares(counts: Float64) -> tuple[float, ...]:
    return tuple((counts / counts.sum()).tolist())


def _numbers(file: Path, names: tuple[str, ...], encoding: str | None) -> Float64:
    """Return columns of a table as numbers, shape (n_rows, n_columns); rows of totals left out."""
    table = read_table(file, wanted=names, encoding=encoding)
    table = table.keep(~np.array([is_total(one) for one in table.column(names[0])], dtype=np.bool_))
    first = np.array([_first_age(one) for one in table.column(names[0])], dtype=object)
    values = np.column_stack(
        [numbers(first)[0], *(numbers(table.column(name))[0] for name in names[1:])]
    )
    bad = ~(np.isfinite(values) & (values >= 0))
    bad[:, 0] |= values[:, 0] % 1 != 0
    mend = "give numbers of 0 and more in every row; a row of totals starts with `total`"
    faults = []
    if bad.any():
        what = "is no count of people"
        faults = _bad_rows(
            f"{file}:", table.row, table.cells[list(names)], bad, (what, mend, "E-MARGIN")
        )
    again = np.flatnonzero(pd.Series(values[:, 0]).duplicated().to_numpy() & ~bad[:, 0])
    faults += [
        Fault(table.place(at), f"{names[0]} = {values[at, 0]:g} occurs twice", mend, "E-DUP-ID")
        for at in again[:_MOST_TOLD].tolist()
    ]
    if not faults and values[:, 1:].sum() <= 0:
        faults = [Fault(str(file), "counts nobody", mend, "E-MARGIN")]
    if faults:
        raise CityDataError(faults)
    return values


def _first_age(text: str) -> str:
    """Return the first number of a group such as `0-4`, `80+` or `80 and over`; others as is."""
    found = _GROUP.fullmatch(text)
    return found[1] if found else text


def _bad_rows(
    place: str, number: Int64, given: pd.DataFrame, bad: Bool, fault: tuple[str, str, str]
) -> list[Fault]:
    """Return a fault for each row with bad cells, and one for the rest of many.

    Parameters
    ----------
    place, number
        How a row is named: this text, and the number of each row, shape (n_rows,).
    given
        The columns that were looked at, as the file has them.
    bad
        Which cells are, shape (n_rows, n_columns).
    fault
        What they are, how to mend it, and the code.
    """
    what, mend, code = fault
    rows = np.flatnonzero(bad.any(axis=1))
    faults = []
    for row in rows[:_MOST_TOLD].tolist():
        cells = given.iloc[row][bad[row]]
        cells = cells.map(lambda value: repr(value) if isinstance(value, str) else str(value))
        said = ", ".join(f"{name} = {value}" for name, value in cells.items())
        faults.append(Fault(f"{place}{number[row]}", f"{said} {what}", mend, code, (row,)))
    if rows.size > _MOST_TOLD:
        rest = rows[_MOST_TOLD:].tolist()
        more = f"and {len(rest)} more rows: {what}"
        faults.append(Fault(f"{place}{number[rest[0]]}", more, mend, code, tuple(rest)))
    return faults


def home_weights(
    form: GridForm, folder: Path, buildings: gpd.GeoDataFrame
) -> tuple[Float64, int, str]:
    """Return how many people of a grid each building houses.

    People of a cell are spread over its dwellings; cells without dwellings are left out and
    reported.

    Returns
    -------
    weight
        People of each building, shape (n_buildings,).
    people
        Sum over the cells that have dwellings.
    note
        What was left out.
    """
    at, count = _cells(form, folder, buildings.crs)
    homes = buildings["dwellings"].to_numpy(dtype=np.float64)
    points = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry.values)))
    nobody = Fault(
        where=str(folder / form.file),
        what="has nobody where the homes are",
        mend="check `x`, `y` and `crs` of the grid",
        code="E-EMPTY",
    )
    if not len(at):
        raise CityDataError(nobody)
    away, cell = cKDTree(at).query(points)
    inside = away <= form.cell_m * _DIAGONAL
    in_cell = np.bincount(cell[inside], homes[inside], len(at))
    each = np.divide(count, in_cell, out=np.zeros(len(at)), where=in_cell > 0)
    weight = np.where(inside, homes * each[cell], 0.0)
    lived = float(count[in_cell > 0].sum())
    if lived <= 0.0:
        raise CityDataError(nobody)
    note = (
        f"{form.file.name}: {lived:,.0f} people in {int((in_cell > 0).sum())} cells with homes; "
        f"{float(count.sum()) - lived:,.0f} in cells without homes were left out."
    )
    return weight, round(lived), note


def _cells(form: GridForm, folder: Path, crs: object) -> tuple[Float64, Float64]:
    """Return the middles of cells in the city's CRS, (n, 2), and their people, (n,)."""
    file = folder / form.file
    if file.suffix.lower() not in _TABLES:
        return _cells_of_layer(form, file, crs)
    if form.x is None or form.y is None or form.crs is None:
        mend = "name the columns `x` and `y`, and the `crs` they are in"
        raise CityDataError(Fault(str(file), "is a table of points", mend, "E-CRS-MISSING"))
    names = [form.x, form.y, form.people]
    table = read_table(file, wanted=names, encoding=form.encoding)
    totals = np.array(
        [any(is_total(cell) for cell in cells) for cells in table.cells.to_numpy()], dtype=np.bool_
    )
    table = table.keep(~totals)
    values = _cell_values(f"{file}:", table.row, table.cells[names])
    try:
        turn = Transformer.from_crs(form.crs, CRS.from_user_input(crs), always_xy=True)
    except CRSError as error:
        mend = "name one, such as EPSG:4326"
        raise CityDataError(
            Fault(str(file), f"crs {form.crs!r} is not known", mend, "E-CRS-MISSING")
        ) from error
    at: Float64 = np.column_stack(turn.transform(values[:, 0], values[:, 1]))
    outside = ~np.isfinite(at)
    if outside.any():
        fault = (f"lies outside {form.crs}", "mend the place, or name another `crs`", "E-CRS-AREA")
        raise CityDataError(
            _bad_rows(f"{file}:", table.row, table.cells[names[:2]], outside, fault)
        )
    return at, values[:, 2]


def _cells_of_layer(form: GridForm, file: Path, crs: object) -> tuple[Float64, Float64]:
    """Return the middles and people of the cells of a layer, as `_cells` does."""
    try:
        read = gpd.read_parquet if file.suffix == ".parquet" else pyogrio.read_dataframe
        frame = read(file)
    except (OSError, ValueError, DataSourceError, DataLayerError) as error:
        mend = "name a layer file that is there, or a .csv, .xlsx or .ods table"
        raise CityDataError(
            Fault(str(file), f"cannot be read as a layer: {error}", mend, "E-UNREADABLE")
        ) from error
    faults = lacking_columns(file, frame.columns, [form.people])
    if faults:
        raise CityDataError(faults)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        mend = "save it with its CRS, or give a table with `x`, `y` and `crs`"
        raise CityDataError(Fault(str(file), "does not say its CRS", mend, "E-CRS-MISSING"))
    placed = frame.to_crs(crs).geometry.centroid
    cells = pd.DataFrame({"middle x": placed.x, "middle y": placed.y})
    number = np.arange(len(cells))
    values = _cell_values(f"{file} row ", number, cells.assign(**{form.people: frame[form.people]}))
    return values[:, :2], values[:, 2]


def _cell_values(place: str, number: Int64, frame: pd.DataFrame) -> Float64:
    """Return x, y and people of the cells of a grid as numbers, shape (n_cells, 3).

    `place` and `number` are as of `_bad_rows`.
    """
    values = np.column_stack(
        [
            numbers(frame[name].astype(object).where(frame[name].notna(), "").to_numpy())[0]
            for name in frame
        ]
    )
    bad = ~np.isfinite(values)
    bad[:, -1] |= values[:, -1] < 0
    if bad.any():
        mend = "give a place and a number of 0 and more; leave out cells without data"
        fault = ("is no cell with a count of people", mend, "E-VALUE")
        raise CityDataError(_bad_rows(place, number, frame, bad, fault))
    return values
