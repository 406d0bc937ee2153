"""The recipe of a folder of records: which files, which columns, which units."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads annotations
from pathlib import Path  # noqa: TC003 - pydantic reads annotations
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gis.read.recipe import FormHelp, read_form

RECIPE_FILE = "records.yaml"
Text = Annotated[str, Field(coerce_numbers_to_str=True)]
DateOrder = Literal["day_first", "month_first"]
LengthUnit = Literal["mm", "cm", "m", "km", "in", "ft"]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _AbstractFileForm(_Form):
    """One file of records."""

    file: Path
    sheet: str | None = None
    encoding: str | None = None
    """Of a `.csv` file; UTF-8 where not given."""
    dates: DateOrder | None = None
    """How 03/04/2012 reads; without it such a date is not used."""


class PipeColumns(_Form):
    """Columns of the inventory."""

    pipe_id: str
    material: str
    length: str
    diameter: str | None = None
    laid: str | None = None
    """Year or day of laying."""
    removed: str | None = None
    """Day on which the pipe was removed, lined or replaced."""
    district: str | None = None


class PipeUnits(_Form):
    """Units of the numbers of the inventory."""

    diameter: LengthUnit = "mm"
    length: LengthUnit = "m"


class PipesForm(_AbstractFileForm):
    """The inventory of pipes."""

    columns: PipeColumns
    units: PipeUnits = PipeUnits()
    materials: dict[Text, str] = {}
    """Value of the file: our material."""
    listed_on: dt.date
    """Day of the inventory."""
    only_in_service: bool = True
    """Whether pipes that were removed before that day are lacking in it."""


class BreakColumns(_Form):
    """Columns of the register of breaks."""

    date: str
    pipe_id: str | None = None
    material: str | None = None
    x: str | None = None
    y: str | None = None
    district: str | None = None
    cause: str | None = None


class BreaksForm(_AbstractFileForm):
    """The register of breaks."""

    columns: BreakColumns
    materials: dict[Text, str] = {}
    first_day: dt.date
    """First day on which breaks were recorded."""
    last_day: dt.date
    """Last day on which breaks were recorded."""
    crs: str | None = None
    """Of x and y."""
    snap_m: Annotated[float, Field(gt=0, le=500)] = 25.0
    """A break this near to a main is of that main."""


class ReportColumns(_Form):
    """Columns of the log of the contact centre."""

    date: str
    incident: str
    """Number that all reports of one incident share."""
    kind: str | None = None
    district: str | None = None
    closed: str | None = None
    """Day on which the incident was inspected or closed."""


class ReportsForm(_AbstractFileForm):
    """The log of the contact centre (109, 311), one row per report."""

    columns: ReportColumns
    last_day: dt.date
    most_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days after the first report in which further reports of an incident are counted."""


class ValveColumns(_Form):
    """Columns of the list of valves."""

    pipe_id: str
    state: str


class ValvesForm(_AbstractFileForm):
    """Valves, and whether they are open."""

    columns: ValveColumns
    closed: Annotated[tuple[Text, ...], Field(min_length=1)] = ("closed",)
    """Values of the state that mean closed; all others must be in `open`."""
    open: tuple[Text, ...] = ("open",)


class RecordsForm(_Form):
    """All records of a town; files stand relative to the recipe."""

    network: str = "water"
    """Network of the pipes."""
    pipes: PipesForm | None = None
    """The city's own edges where not given."""
    breaks: BreaksForm | None = None
    reports: ReportsForm | None = None
    valves: ValvesForm | None = None


def read_records_recipe(folder: Path) -> RecordsForm:
    """Read the recipe of a folder of records.

    Raises
    ------
    CityDataError
        With every fault at once, each at its line and column.
    """
    help_ = FormHelp("--records", "`pipes:`, `breaks:` or `reports:`", "docs/calibration.md")
    return read_form(folder / RECIPE_FILE, RecordsForm, help_)
