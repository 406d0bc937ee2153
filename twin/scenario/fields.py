"""The form of a scenario file: what `twin schema` describes and every file is checked against."""

import datetime as dt
from functools import lru_cache
from operator import or_
from typing import Annotated, Any, Literal, Self, cast, final

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model, model_validator

from twin.indicators import indicators
from twin.policy import AbstractLever, levers
from twin.scenario.parameters import parameters_form
from twin.scenario.shocks import AbstractShock, shocks

_NAME = r"^[a-z0-9][a-z0-9_]*$"
_Named = Annotated[str, Field(pattern=_NAME, max_length=60)]


class _Part(BaseModel):
    """A part of a scenario file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )


@final
class Synthesise(_Part):
    """A deterministic synthetic town."""

    people: Annotated[int, Field(ge=2_000, le=300_000)] = 14_000
    """[people] residents; 14,000 is a town of Akkol's class."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    """Seed of the town, apart from the seed of a run."""
    condition: Literal["sound", "national", "red_zone"] = "national"
    """Condition of its mains: wear in the books of 40 % (sound), as in the country, or of 66-73 %
    as in its most worn towns."""


@final
class CityChoice(_Part):
    """Which city: one of `synthesise` and `bundle`."""

    synthesise: Synthesise | None = None
    """A synthetic town, built once and cached."""
    bundle: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """Folder of a city bundle, relative to the working folder, as `twin city build` writes it."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.synthesise is None) == (self.bundle is None):
            message = "name exactly one of synthesise and bundle"
            raise ValueError(message)
        return self


@final
class DemographyChoice(_Part):
    """How the people of a city move on at each turn of a year; equal in every arm."""

    projection: Literal["none", "low", "medium", "high"] = "medium"
    """Projection of births and basic jobs: 24.0 (low), 26.5 (medium) or 27.5 (high) million people
    in the country in 2050; `none` leaves everybody as they are, for all years."""


@final
class Expectation(_Part):
    """What the author expects an arm to do to an indicator, and why; it may turn out wrong."""

    indicator: str
    """Kind of the indicator."""
    arm: str
    """Arm compared with the base."""
    sign: Literal["+", "-", "0"]
    """Direction of arm minus base; 0 for no change."""
    after_years: Annotated[int, Field(ge=0, le=100)] = 0
    """[years] whole years from the start that are left out before the sign is read."""
    until_years: Annotated[int, Field(ge=0, le=100)] = 0
    """[years] whole years from the start after which nothing is read; 0: to the end."""
    because: Annotated[str, Field(min_length=1)]
    """The mechanism behind it."""


@final
class Start(_Part):
    """A city to start from in a search for a tipping value."""

    name: Annotated[str, Field(pattern=_NAME, max_length=60)]
    """Name: lower case letters, digits and underscores."""
    city: CityChoice
    """The city."""


@final
class Tipping(_Part):
    """A search for the least value of a lever's number at which an indicator stops growing.

    For the base and every arm that does not set the number itself, for every start and seed, by
    bisection on a geometric grid: `twin compare` reports the value with its interval.
    """

    set: Annotated[str, Field(pattern=r"^levers\.[a-z0-9_]+\.[a-z0-9_]+$")]
    """Number that is searched, as `levers.<kind>.<field>`."""
    low: Annotated[float, Field(gt=0)]
    """Least value tried, in the unit of the field."""
    high: Annotated[float, Field(gt=0)]
    """Largest value tried."""
    indicator: str
    """Indicator that must not grow: its mean of the last years over that of the first."""
    window_years: Annotated[int, Field(ge=1, le=30)] = 3
    """[years] length of the first and of the last years that are compared."""
    most_growth: Annotated[float, Field(ge=-0.9, le=10)] = 0.0
    """[share] growth that still counts as none."""
    steps: Annotated[int, Field(ge=2, le=12)] = 5
    """[1] bisections: the grid has 2^steps intervals."""
    starts: tuple[Start, ...] = ()
    """Other cities to start from, such as the same town less worn."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.low >= self.high:
            message = f"low {self.low:g} is not below high {self.high:g}"
            raise ValueError(message)
        return self


@final
class Fitted(_Part):
    """A parameter that was fitted to records, with the middle nine tenths of what these allow."""

    parameter: Annotated[str, Field(min_length=1, max_length=200)]
    """Its path, such as `networks.water.hazards.steel.growth_per_year`."""
    low: float
    """Lower end, in the unit of the parameter."""
    high: float
    """Upper end."""


class TownChoice(_Part):
    """One of several towns under a state, without levers, parameters and shocks as in a file."""

    city: CityChoice
    """The city."""
    lobbying_weight: Annotated[float, Field(ge=0, le=1_000)] = 1.0
    """[ratio] weight of a resident where the state's fund goes by `lobbying`."""
    overstated_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of its sound book value that the town reports to the state as worn."""


@final
class StateFund(_Part):
    """Money for renewal that the state divides among towns every year, by what they report."""

    rule: Literal["formula", "wear_zone", "lobbying", "cost_benefit"]
    """Per resident; red zones of reported wear first; per resident times `lobbying_weight`; or
    where most expected failures are avoided per tenge."""
    kzt_per_person_year: Annotated[float, Field(ge=0, le=1_000_000)]
    """[KZT/person/year] the fund of a year over the residents of all towns."""
    growth_share_per_year: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    """[share/year] real growth of the fund."""


class ScenarioForm(_Part):
    """A scenario file without levers, parameters and shocks, which follow from registries."""

    scenario: Annotated[str, Field(pattern=_NAME, max_length=60)]
    """Name: lower case letters, digits and underscores."""
    question: Annotated[str, Field(min_length=1, max_length=1000)]
    """The question this file answers."""
    label: str | dict[Literal["en", "kk", "ru"], str] | None = None
    """Name of the base for readers, in any script: a text, or one by language."""
    extends: str | None = None
    """Parent file whose settings hold where this one is silent."""
    city: CityChoice | None = None
    """The city; not where `towns` are named."""
    state_fund: StateFund | None = None
    """What the state gives to the towns each year."""
    demography: DemographyChoice = DemographyChoice()
    """How its people move on."""
    start: dt.date
    """First simulated day."""
    years: Annotated[int, Field(ge=1, le=100)] = 10
    """[years] simulated years."""
    days: Annotated[int, Field(ge=1, le=36_600)] | None = None
    """[days] simulated days, instead of whole years."""
    seeds: Annotated[int, Field(ge=1, le=100_000)] = 8
    """Replications for a comparison; the same shocks in every arm."""
    fitted: tuple[Fitted, ...] = ()
    """Parameters that were fitted to records by `twin calibrate`; it changes no result."""
    arms: dict[Annotated[str, Field(pattern=_NAME, max_length=60)], dict[str, Any]] = Field(
        default_factory=dict
    )
    """Policies to compare with the base: what each changes, as `levers.<kind>.<field>: value`, and
    its `label` for readers. A value by year, `{2026: 3000, 2029: 6000}`, changes with time; under
    `ramp` it moves evenly between the years. Null drops an arm of a parent file."""
    indicators: tuple[str, ...] = ()
    """Indicators to show first."""
    matters: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Least change of an indicator that matters, in its unit: less is not called better or worse.
    Half a percentage point for shares and 1 % of the base for others, where it is not set."""
    expect: tuple[Expectation, ...] = ()
    """Expected directions and why."""
    tipping: Tipping | None = None
    """Search for a tipping value."""


def levers_form() -> type[BaseModel]:
    """Return the form of `levers`: one optional part per registered lever."""
    return _levers_form(tuple(levers.items()))


@lru_cache(maxsize=8)
def _levers_form(known: tuple[tuple[str, type[AbstractLever]], ...]) -> type[BaseModel]:
    parts: dict[str, Any] = {
        kind: (
            lever,
            Field(default_factory=lever, description=(lever.__doc__ or "").split("\n")[0]),
        )
        for kind, lever in known
    }
    made = create_model("Levers", __base__=_Part, __doc__="Settings of every lever.", **parts)
    return cast("type[BaseModel]", made)


def scenario_form() -> type[ScenarioForm]:
    """Return the whole form, levers, parameters and shocks as registered now."""
    kinds = tuple(kind for _, kind in shocks.items())
    return _scenario_form(levers_form(), parameters_form(), kinds)


@lru_cache(maxsize=8)
def _scenario_form(
    levers_part: type[BaseModel],
    parameters_part: type[BaseModel],
    kinds: tuple[type[AbstractShock], ...],
) -> type[ScenarioForm]:
    union: Any = kinds[0]
    for kind in kinds[1:]:
        union = or_(union, kind)
    shock = Annotated[union, Field(discriminator="kind")]
    town = _town_form(levers_part, parameters_part, shock)
    towns = Annotated[dict[_Named, town], Field(min_length=1, max_length=100)]  # type: ignore[valid-type]
    parts: dict[str, Any] = {
        "towns": (
            towns | None,
            Field(
                default=None,
                description="Several towns by name, in place of `city`; each runs under `levers` "
                "and `parameters` of the file with its own changes.",
            ),
        ),
        "levers": (
            levers_part,
            Field(default_factory=levers_part, description="Policy of the base."),
        ),
        "parameters": (
            parameters_part,
            Field(
                default_factory=parameters_part,
                description="Numbers that are assumed, in every arm that does not change them.",
            ),
        ),
        "shocks": (
            tuple[shock, ...],
            Field(default=(), description="What happens in every arm alike."),
        ),
    }
    made = create_model(
        "Scenario", __base__=ScenarioForm, __doc__="A scenario file is one question.", **parts
    )
    return cast("type[ScenarioForm]", made)


def _town_form(
    levers_part: type[BaseModel],
    parameters_part: type[BaseModel],
    shock: Any,  # noqa: ANN401 - a union of forms
) -> type[TownChoice]:
    """Return the form of one of several towns."""
    parts: dict[str, Any] = {
        "levers": (
            levers_part,
            Field(default_factory=levers_part, description="Levers that differ in this town."),
        ),
        "parameters": (
            parameters_part,
            Field(default_factory=parameters_part, description="Numbers that differ in this town."),
        ),
        "shocks": (
            tuple[shock, ...],
            Field(default=(), description="What happens in this town beside what happens in all."),
        ),
    }
    made = create_model(
        "Town", __base__=TownChoice, __doc__="One of several towns under a state.", **parts
    )
    return cast("type[TownChoice]", made)


def towns_form() -> type[BaseModel]:
    """Return the form of `towns` alone."""
    field = scenario_form().model_fields["towns"]
    towns: Any = RootModel[field.annotation]  # type: ignore[name-defined]
    return cast("type[BaseModel]", towns)


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of scenario files."""
    schema = scenario_form().model_json_schema()
    names = {"type": "string", "enum": list(indicators)}
    of_town = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9_]*\.[a-z0-9_]+$"}
    named = {"anyOf": [names, of_town]}
    schema["properties"]["indicators"]["items"] = named
    for part, allowed in (("Expectation", named), ("Tipping", names)):
        schema["$defs"][part]["properties"]["indicator"].pop("type")
        schema["$defs"][part]["properties"]["indicator"] |= allowed
    schema["oneOf"] = [{"required": ["city"]}, {"required": ["towns"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
