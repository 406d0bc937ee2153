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
from twin.core.errors import ScenarioError
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
            tables = result.events, result.homes, result.works
            yield repr(journal.indicator_rows) + "".join(one.to_csv() for one in tables)


@pytest.fixture(scope="module")
def bases():
    """Months of the runs that fields are compared with, by the policy."""
    return {}


def values_beside(field, value, town):
    """Return groups of values that differ from one of a field, by its type and bounds.

    One of each group must act: a number is moved up and down, of words every other is tried.
    """
    kind, options = field.annotation, typing.get_args(field.annotation)
    if kind is bool:
        return [[not value]]
    if kind in (int, float):
        return [_moved(field, value)]
    if typing.get_origin(kind) is typing.Literal:
        return [[option] for option in options if option != value]
    assert typing.get_origin(kind) is tuple, f"say here how to vary {kind}"
    if options[0] is str:
        table, column = field.json_schema_extra["one_of"].split(".")
        return [[[*value, town.table(table)[column].iat[-1]]]]
    known = typing.get_args(options[0])
    return [[[one for one in value if one != known[0]]], [list(known[-1:])]]


def _moved(field, value):
    """Return numbers some way to the farther and the nearer bound; whole ones by one too."""
    bounds = {}
    for rule in field.metadata:
        for name, side in (("ge", "low"), ("gt", "low"), ("le", "high"), ("lt", "high")):
            if isinstance(rule, getattr(annotated_types, name.capitalize())):
                bounds[side] = getattr(rule, name)
    low, high = bounds["low"], bounds["high"]
    ends = sorted((low, high), key=lambda end: -abs(end - value))
    if field.annotation is int:
        sides = [(end, 1 if end > value else -1) for end in ends if end != value]
        near = [value + side for _, side in sides]
        return near + [value + round(STEP * (end - value)) for end, _ in sides]
    return [value + STEP * (end - value) for end in ends if end != value]


def turned_up(kind, town, end=0):
    """Return a lever's fields as the town's policy has them; of another, all away from neutral.

    `end` 0 moves numbers towards the farther of their bounds, -1 towards the nearer.
    """
    neutral = levers[kind]().model_dump(mode="json")
    if kind in POLICY:
        return {**neutral, **POLICY[kind]}
    fields = levers[kind].model_fields.items()
    return {name: values_beside(field, neutral[name], town)[0][end] for name, field in fields}


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
            one, other = getattr(found, field.name), getattr(neutral, field.name)
            assert repr(one) == repr(other), field.name


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=[".".join(pair) for pair in FIELDS])
def test_every_field_changes_what_comes_out(kind, field, town, bases):

    def before(end):
        lived = "the town's" if kind in POLICY else (kind, end)
        if lived not in bases:
            bases[lived] = list(months(town, {**POLICY, kind: turned_up(kind, town, end)}))
        return bases[lived]

    def acts(value, end):
        policy = {**POLICY, kind: {**turned_up(kind, town, end), field: value}}
        try:
            worn_scenario(policy)
        except ScenarioError:  # a value that contradicts the others is not silent
            return True
        after = months(town, policy)
        return any(one != other for one, other in zip(before(end), after, strict=True))

    ends = (0,) if kind in POLICY else (0, -1)
    fact = levers[kind].model_fields[field]
    tried = [values_beside(fact, turned_up(kind, town, end)[field], town) for end in ends]
    for groups in zip(*tried, strict=True):
        values = [(value, end) for end, group in zip(ends, groups, strict=True) for value in group]
        assert any(acts(value, end) for value, end in values), (
            f"levers.{kind}.{field} of {[value for value, _ in values]} changes no output: "
            "nobody reads what the lever sets, or the worn town never comes near it: then set it "
            "in POLICY of tests/builders_worn.py"
        )
