"""No lever is lost: neutral ones change no bit, and every field of every lever changes an output.

A field is tried in a worn town in which all institutions act. A lever that the town's policy names
keeps those values; of another, every field is moved away from neutral first, since a field may act
only together with others of its lever.
"""

import dataclasses
import typing

import annotated_types
import pytest

from tests.builders_worn import DAYS, POLICY, worn_scenario, worn_town
from twin.core.clock import Clock
from twin.institutions import Settings
from twin.model.city_model import CityModel
from twin.policy import levers

FIELDS = [(kind, field) for kind, lever in levers.items() for field in lever.model_fields]
STEP = 0.2
"""Part of the way to a bound that a number is moved."""


@pytest.fixture(scope="module")
def town():
    return worn_town()


def months(town, policy):
    """Yield what a run has put out by the end of each month, as text."""
    model = CityModel(town, worn_scenario(policy), seed=1)
    clock, journal = Clock(model.state.spec.start), model.state.journal
    for day in range(DAYS):
        model.step()
        if clock.is_month_end(day) or day == DAYS - 1:
            result = model.result()
            yield repr(journal.indicator_rows) + result.events.to_csv() + result.homes.to_csv()


@pytest.fixture(scope="module")
def bases():
    """Months of the runs that fields are compared with, by the policy."""
    return {}


def values_beside(field, value, town):
    """Return values that differ from one of a field, by its type and bounds."""
    kind, options = field.annotation, typing.get_args(field.annotation)
    if kind is bool:
        return [not value]
    if kind in (int, float):
        return [_moved(field, value)]
    if typing.get_origin(kind) is typing.Literal:
        return [option for option in options if option != value]
    assert typing.get_origin(kind) is tuple, f"say here how to vary {kind}"
    if options[0] is str:
        table, column = field.json_schema_extra["one_of"].split(".")
        return [[*value, town.table(table)[column].iat[-1]]]
    known = typing.get_args(options[0])
    return [[one for one in value if one != known[0]], list(known[-1:])]


def _moved(field, value):
    """Return a number some way to the farther of its bounds; a whole one step."""
    bounds = {}
    for rule in field.metadata:
        for name, side in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if isinstance(rule, getattr(annotated_types, name.capitalize())):
                bounds[side] = getattr(rule, name)
    low, high = bounds["low"], bounds["high"]
    up = high - value >= value - low
    if field.annotation is int:
        return value + 1 if up else value - 1
    return value + STEP * ((high if up else low) - value)


def turned_up(kind, town):
    """Return a lever's fields as the town's policy has them; of another, all away from neutral."""
    neutral = levers[kind]().model_dump(mode="json")
    if kind in POLICY:
        return {**neutral, **POLICY[kind]}
    fields = levers[kind].model_fields.items()
    return {name: values_beside(field, neutral[name], town)[0] for name, field in fields}


def test_naming_every_lever_with_its_defaults_changes_nothing():
    named = {kind: lever().model_dump(mode="json") for kind, lever in levers.items()}
    assert worn_scenario(named).levers == worn_scenario({}).levers
    assert worn_scenario(named).hash == worn_scenario({}).hash


def test_levers_at_their_defaults_leave_the_neutral_settings(town):
    """What a lever sets without looking at the city is what the settings start with."""
    model = CityModel(town, worn_scenario({}), seed=1)
    found, neutral = model.state.today.settings, Settings()
    depends = {"budget", "renewals", "repairs", "crews", "tariff", "traffic_lights", "detection"}
    for field in dataclasses.fields(Settings):
        if field.name not in depends:
            assert getattr(found, field.name) == getattr(neutral, field.name), field.name


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=[".".join(pair) for pair in FIELDS])
def test_every_field_changes_what_comes_out(kind, field, town, bases):
    base = turned_up(kind, town)
    lived = "the town's" if kind in POLICY else kind
    before = bases.setdefault(lived, []) or list(months(town, {**POLICY, kind: base}))
    bases[lived] = before
    for value in values_beside(levers[kind].model_fields[field], base[field], town):
        after = months(town, {**POLICY, kind: {**base, field: value}})
        assert any(one != other for one, other in zip(before, after, strict=True)), (
            f"levers.{kind}.{field} = {value!r} changes nothing that {base[field]!r} gives: "
            "nobody reads what the lever sets"
        )
