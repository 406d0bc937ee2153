"""What a recipe file may say, and its faults with file, line and column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - pydantic reads annotations
from typing import TYPE_CHECKING, Annotated, Any, Self, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

Text = Annotated[str, Field(coerce_numbers_to_str=True)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SHARES_OFF = 0.005
"""How far rounded shares may add from 1; they are scaled to it."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SheetForm(_Form):
    """A spreadsheet (`.csv`, `.xlsx`, `.ods`) that gives more of a layer's features."""

    file: Path
    sheet: str | None = None
    """Sheet of a workbook; the first where not given."""
    encoding: str | None = None
    """Of a `.csv` file; UTF-8 where not given."""
    key: str
    """Column of the spreadsheet that holds the name of a feature."""
    of: str
    """Column of the layer that holds the same name."""
    columns: dict[str, str]
    """Our tag: column of the spreadsheet."""


class LayerForm(_Form):
    """One file of streets, buildings or land use."""

    file: Path
    layer: str | None = None
    crs: str | None = None
    """Only where the file does not say its own."""
    encoding: str | None = None
    """Of the text of a shapefile that does not state it."""
    columns: dict[str, str] = {}
    """Our tag: column of the file, such as `levels: FLOORS`."""
    constant: dict[str, Text] = {}
    """Tags that all features have, such as `building: "yes"`."""
    values: dict[str, dict[Text, Text]] = {}
    """Per tag: value of the file: value of OpenStreetMap."""
    units: dict[str, str] = {}
    """Per tag: unit of the file's column."""
    sheets: tuple[SheetForm, ...] = ()


class TotalsForm(_Form):
    """What is known of the whole town."""

    people: Annotated[int, Field(ge=1)] | None = None
    floor_area_m2: Annotated[float, Field(gt=0)] | None = None
    """Of all homes."""


class GridForm(_Form):
    """Population by cell: a table of middles, or a layer of cells."""

    file: Path
    people: str
    """Column of residents."""
    encoding: str | None = None
    x: str | None = None
    y: str | None = None
    crs: str | None = None
    cell_m: Annotated[float, Field(gt=0)] = 500.0
    """Side of a cell."""


class AgeForm(_Form):
    """Residents by age and sex."""

    file: Path
    encoding: str | None = None
    age_from: str
    """Column of the first age of each group."""
    men: str
    women: str


class HouseholdForm(_Form):
    """Households by size."""

    file: Path
    encoding: str | None = None
    size: str
    """Column of persons in a household, 1 to 8; 8 means eight and more."""
    households: str


class _AbstractSharesForm(_Form):
    """Shares of one whole, by name; published ones are rounded, so they may add to a little off."""

    @model_validator(mode="after")
    def _adds_to_one(self) -> Self:
        total = sum(self.__dict__.values())
        if abs(total - 1.0) > SHARES_OFF:
            what = "shares add to {total}, not to 1"
            raise PydanticCustomError("shares_total", what, {"total": f"{total:.4g}"})
        return self

    def shares(self) -> tuple[float, ...]:
        """Return the shares in their order, adding to 1 exactly."""
        total = sum(self.__dict__.values())
        return tuple(float(share / total) for share in self.__dict__.values())


class EducationForm(_AbstractSharesForm):
    """People of 16 and over by what they have learnt."""

    below_school: Share = 0.0
    school: Share = 0.0
    vocational: Share = 0.0
    higher: Share = 0.0


class ActivityForm(_AbstractSharesForm):
    """People of 16 and over by what they do, in the order of `margins.ACTIVITIES`."""

    pupil: Share = 0.0
    student: Share = 0.0
    employed: Share = 0.0
    unemployed: Share = 0.0
    home: Share = 0.0
    retired: Share = 0.0


class CensusForm(_Form):
    """What is known of the people in sum; where an entry is left out, that of a northern town."""

    age_sex: AgeForm | None = None
    households: HouseholdForm | None = None
    education: EducationForm | None = None
    activity: ActivityForm | None = None
    digital_share: Share | None = None
    """Of people of 14 and over who use the internet for services."""
    wage_kzt_month: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Mean take-home pay of those who work."""


class RegisterForm(_Form):
    """Year and material of pipes, from a spreadsheet."""

    file: Path
    sheet: str | None = None
    encoding: str | None = None
    key: str
    """Column that holds the name of a pipe."""
    built_year: str | None = None
    material: str | None = None
    materials: dict[Text, str] = {}
    """Value of the file: our material."""


class _AbstractNetworkForm(_Form):
    crs: str
    """CRS of the coordinates, which such files do not give."""
    snap_m: Annotated[float, Field(ge=0, le=100)] = 10.0
    """A place this near to a street junction moves onto it."""
    connect_m: Annotated[float, Field(gt=0, le=1000)] = 150.0
    """Farthest a building may be from the pipe that serves it."""
    register_: Annotated[RegisterForm | None, Field(alias="register")] = None


class InpForm(_AbstractNetworkForm):
    """A water network as an EPANET file."""

    inp: Path


class PandapipesForm(_AbstractNetworkForm):
    """A heat network as a file of pandapipes; each consumer serves the building nearest to it."""

    connect_m: Annotated[float, Field(gt=0, le=1000)] = 50.0
    pandapipes: Path


class RecipeForm(_Form):
    """A whole recipe; files stand relative to it."""

    name: str | None = None
    crs: str | None = None
    """Metric CRS of the city; the UTM zone of its buildings where not given."""
    seed: Annotated[int, Field(ge=0)] = 1
    climate: str = "akmola"
    streets: Annotated[tuple[LayerForm, ...], Field(min_length=1)]
    buildings: Annotated[tuple[LayerForm, ...], Field(min_length=1)]
    landuse: tuple[LayerForm, ...] = ()
    facilities: tuple[LayerForm, ...] = ()
    """Points or areas with `amenity`: hospital, clinic, fire_station, police, townhall, school."""
    totals: TotalsForm = TotalsForm()
    population_grid: GridForm | None = None
    census: CensusForm | None = None
    water: InpForm | None = None
    """The town's own water network; laid out along the streets where not given."""
    heat: PandapipesForm | None = None
    weather: Path | None = None
    """`.epw`, or `.csv` with month, day, hour, t_c."""
    leave_out_repairs: tuple[str, ...] = ()
    """Codes of `gis.clean.repairs.REPAIRS` that are not made."""
    licence: str = "as the town's own"
    attribution: str = ""


def read_recipe(path: Path) -> RecipeForm:
    """Read a recipe.

    Raises
    ------
    CityDataError
        With every fault at once, each at its line and column.
    """
    help_ = FormHelp("--recipe", "`streets:` and `buildings:`, each with a list of files")
    return read_form(path, RecipeForm, help_)


@final
@dataclass(frozen=True, slots=True)
class FormHelp:
    """What messages about a form advise."""

    option: str
    """Option of the command that names the file."""
    first: str
    """What a file has to hold."""
    page: str = "docs/recipes.md"
    """Page that lists all entries."""


def read_form[T: BaseModel](path: Path, form: type[T], help_: FormHelp) -> T:
    """Read a YAML file into a form.

    Raises
    ------
    CityDataError
        With every fault at once, each at its line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        mend = f"name a YAML file in UTF-8 with {help_.option}"
        what = f"cannot be read: {error}"
        raise CityDataError(Fault(str(path), what, mend, "E-UNREADABLE")) from error
    try:
        raw = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        mend = "mend the YAML; entries of one level start in the same column"
        what = f"is not YAML: {error.problem}"
        raise CityDataError(Fault(where, what, mend, "E-UNREADABLE")) from error
    if not isinstance(raw, CommentedMap):
        mend = f"write {help_.first}"
        raise CityDataError(Fault(str(path), "is no map of entries", mend, "E-RECIPE"))
    try:
        return form.model_validate(raw)
    except ValidationError as error:
        faults = [
            Fault(
                where=f"{path}{_place(raw, one['loc'])}",
                what=f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
                f"{_value(one['input'])}",
                mend=_cure(one["type"], help_.page),
                code="E-MARGIN-TOTAL" if one["type"] == "shares_total" else "E-RECIPE",
            )
            for one in error.errors()
        ]
        raise CityDataError(faults) from error


def _cure(kind: str, page: str) -> str:
    """Return what to do about a kind of fault of pydantic's."""
    if kind == "extra_forbidden":
        return f"remove the entry, or mend its name; {page} lists all"
    if kind == "missing":
        return f"add the entry; {page} shows it"
    if kind == "shares_total":
        return "give shares from 0 to 1 (not percent) that add to 1; what is left out is 0"
    return f"mend the value; {page} shows it"


def _value(given: object) -> str:
    """Return the value of an entry as the end of a message; nothing where it is no single one."""
    return f" (it is {given!r})" if isinstance(given, int | float | str) else ""


def _place(raw: CommentedMap, way: Sequence[int | str]) -> str:
    """Return `:line:column` of an entry, or of the last part of the way to it that is there."""
    node: Any = raw
    found: tuple[int, int] | None = None
    for part in way:
        if isinstance(node, CommentedMap) and part in node:
            found = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            found = node.lc.item(part)
        else:
            break
        node = node[part]
    return f":{found[0] + 1}:{found[1] + 1}" if found else ""
