"""What a recipe knows of people: census tables as margins, a grid as weights of homes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from scipy.spatial import cKDTree

from gis.people.margins import KAZAKH_TOWN, SIZES, Margins
from gis.recipe.layers import read_table, require_columns
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from gis.recipe.form import AgeForm, CensusForm, GridForm, HouseholdForm
    from twin.core.arrays import Float64

TOTAL_SHARE = 0.05
"""How far two counts of the same people may lie apart."""
_TABLES = (".csv", ".xlsx", ".ods")
_DIAGONAL = float(np.sqrt(0.5))


def census_margins(
    form: CensusForm, folder: Path, people: int | None
) -> tuple[Margins, int | None]:
    """Return the margins a census tells, and how many people its tables count.

    What is not told is that of `KAZAKH_TOWN`; without tables nobody is counted.

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
    source = ", ".join((*counted, "the recipe")) + f"; what they do not tell: {KAZAKH_TOWN.name}"
    margins = replace(KAZAKH_TOWN, name="census", source=source, **known)
    return margins, round(next(iter(counted.values()))) if counted else None


def _age_sex(form: AgeForm, folder: Path) -> tuple[dict[str, Any], float]:
    """Return the margins of a table of age and sex, and how many people it counts."""
    ages = _numbers(folder / form.file, (form.age_from, form.men, form.women))
    low, men, women = ages[np.argsort(ages[:, 0], kind="stable")].T
    if low[0] != 0:
        what = f"starts at age {low[0]:g} and tells nobody of age 0"
        mend = "let the first group start at 0"
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
    homes = _numbers(folder / form.file, (form.size, form.households))
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


def _numbers(file: Path, names: tuple[str, ...]) -> Float64:
    """Return columns of a table as numbers, shape (n_rows, n_columns)."""
    frame = read_table(file)
    faults = require_columns(file, frame, list(names))
    if faults:
        raise CityDataError(faults)
    values: Float64 = (
        frame[list(names)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    )
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)).all(axis=1))
    if bad.size or not values.size or values[:, 1:].sum() <= 0:
        where = f"{file}:{bad[0] + 2}" if bad.size else str(file)
        mend = "give whole numbers of 0 and more in every line"
        raise CityDataError(Fault(where, "is no count of people", mend, "E-MARGIN"))
    return values


def home_weights(
    form: GridForm, folder: Path, buildings: gpd.GeoDataFrame
) -> tuple[Float64, int, str]:
    """Return how many people of a grid each building houses.

    People of a cell are spread over its dwellings; cells without dwellings are left out and told.

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
    away, cell = cKDTree(at).query(points)
    inside = away <= form.cell_m * _DIAGONAL
    in_cell = np.bincount(cell[inside], homes[inside], len(at))
    each = np.divide(count, in_cell, out=np.zeros(len(at)), where=in_cell > 0)
    weight = np.where(inside, homes * each[cell], 0.0)
    lived = float(count[in_cell > 0].sum())
    if lived <= 0.0:
        mend = "check `x`, `y` and `crs` of the grid"
        fault = Fault(str(form.file), "has nobody where the homes are", mend, "E-EMPTY")
        raise CityDataError(fault)
    note = (
        f"{form.file.name}: {lived:,.0f} people in {int((in_cell > 0).sum())} cells with homes; "
        f"{float(count.sum()) - lived:,.0f} in cells without homes were left out."
    )
    return weight, round(lived), note


def _cells(form: GridForm, folder: Path, crs: object) -> tuple[Float64, Float64]:
    """Return the middles of cells in the city's CRS, (n, 2), and their people, (n,)."""
    file = folder / form.file
    if file.suffix.lower() not in _TABLES:
        frame = pyogrio.read_dataframe(file) if file.suffix != ".parquet" else _parquet(file)
        faults = require_columns(file, frame, [form.people])
        if faults:
            raise CityDataError(faults)
        if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
            mend = "save it with its CRS, or give a table with `x`, `y` and `crs`"
            raise CityDataError(Fault(str(file), "does not say its CRS", mend, "E-CRS-MISSING"))
        placed = frame.to_crs(crs).geometry.centroid
        at: Float64 = np.column_stack([placed.x, placed.y])
        return at, frame[form.people].to_numpy(dtype=np.float64)
    if form.x is None or form.y is None or form.crs is None:
        mend = "name the columns `x` and `y`, and the `crs` they are in"
        raise CityDataError(Fault(str(file), "is a table of points", mend, "E-CRS-MISSING"))
    values = _numbers_of_any_sign(file, [form.x, form.y, form.people])
    try:
        turn = Transformer.from_crs(form.crs, CRS.from_user_input(crs), always_xy=True)
    except CRSError as error:
        mend = "name one, such as EPSG:4326"
        raise CityDataError(
            Fault(str(file), f"crs {form.crs!r} is not known", mend, "E-CRS-MISSING")
        ) from error
    x, y = turn.transform(values[:, 0], values[:, 1])
    return np.column_stack([x, y]), values[:, 2]


def _parquet(file: Path) -> pd.DataFrame:
    return gpd.read_parquet(file)


def _numbers_of_any_sign(file: Path, names: list[str]) -> Float64:
    frame = read_table(file)
    faults = require_columns(file, frame, names)
    if faults:
        raise CityDataError(faults)
    values: Float64 = frame[names].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    return values[np.isfinite(values).all(axis=1) & (values[:, -1] >= 0)]
