import pickle
from dataclasses import dataclass, field

import numpy as np
import pytest

import twin.parameters  # noqa: F401 - registers its groups
from twin.core.errors import ScenarioError
from twin.core.parameter_set import Parameters, nested
from twin.core.parameters import (
    Grade,
    Number,
    numbers,
    parameter_group,
    with_floats,
    with_values,
)


@dataclass(frozen=True, slots=True)
class Law:
    level: float = Number(0.02, "1/(km a)", 0, 4, Grade.GUESS, "a first guess")
    growth: float = Number(0.07, "1/a", 0, 1, Grade.LITERATURE, "Shamir & Howard 1979")


@dataclass(frozen=True, slots=True)
class Network:
    name: str = "water"
    life_years: float = Number(30, "years", 1, 200, Grade.LITERATURE, "norms")
    laws: dict = field(default_factory=lambda: {"steel": Law(), "pvc": Law()})


def test_a_number_calculates_as_a_float_and_keeps_its_facts_through_pickling():
    number = Network().life_years
    assert number / 2 == 15.0
    assert np.array([number]).dtype == np.float64
    again = pickle.loads(pickle.dumps(number))  # noqa: S301 - our own
    assert again == 30.0
    assert again.facts == number.facts


def test_numbers_of_a_group_have_dotted_paths_in_the_order_of_declaration():
    assert [path for path, _ in numbers(Network())] == [
        "life_years",
        "laws.steel.level",
        "laws.steel.growth",
        "laws.pvc.level",
        "laws.pvc.growth",
    ]


def test_values_change_what_they_name_and_nothing_else():
    group = Network()
    other = with_values(group, {"laws": {"steel": {"level": 0.3}}, "life_years": 40})
    assert (other.life_years, other.laws["steel"].level) == (40.0, 0.3)
    assert other.laws["pvc"] == group.laws["pvc"]
    assert other.laws["steel"].level.facts == group.laws["steel"].level.facts
    assert group.life_years == 30.0
    assert with_values(group, {}) is group


def test_values_outside_their_bounds_and_unknown_names_are_refused():
    with pytest.raises(ValueError, match="outside 1 to 200 years"):
        with_values(Network(), {"life_years": 0})
    with pytest.raises(KeyError, match="name"):
        with_values(Network(), {"name": 1.0})


@parameter_group()
class Season:
    start_day: float = Number(121, "day", 0, 364, Grade.GUESS, "frozen ground before")
    end_day: float = Number(273, "day", 0, 365, Grade.GUESS, "first of October")

    def __post_init__(self):
        if self.start_day >= self.end_day:
            message = "a season ends before it starts"
            raise ScenarioError(message)


@parameter_group()
class Works:
    season: Season = Season()
    price: float = Number(0.5, "share", 0, 1, Grade.GUESS, "half")


def test_a_group_takes_plain_numbers_and_gives_them_its_facts():
    works = Works(price=0.25)
    assert works.price.facts == Works().price.facts
    assert works == Works(price=0.25) != Works()
    assert pickle.loads(pickle.dumps(works)) == works  # noqa: S301 - our own
    assert [path for path, _ in numbers(works)] == ["season.start_day", "season.end_day", "price"]


def test_a_group_refuses_all_numbers_out_of_bounds_at_once():
    with pytest.raises(ScenarioError, match="start_day: E-VALUE is -1, outside 0 to 364") as caught:
        Season(start_day=-1, end_day=float("nan"))
    assert len(caught.value.faults) == 2


def test_a_group_may_demand_something_of_all_its_numbers():
    with pytest.raises(ScenarioError, match="ends before it starts"):
        Season(start_day=300)
    with pytest.raises(ScenarioError, match="ends before it starts"):
        with_values(Works(), {"season": {"start_day": 300}})


def test_a_number_knows_its_default_must_lie_within_its_bounds():
    with pytest.raises(ValueError, match="default 2 is outside 0 to 1 share"):
        Number(2, "share", 0, 1, Grade.GUESS, "too much")


def test_loops_get_plain_floats():
    plain = with_floats(with_values(Works(), {"season": {"end_day": 300}}))
    assert plain.season.end_day == 300.0
    assert {type(plain.price), type(plain.season.end_day)} == {float}
    laws = with_floats(Network()).laws
    assert type(laws["pvc"].growth) is float
    assert type(Network().laws["pvc"].growth) is Number


def test_dotted_names_are_nested_and_none_continues_another():
    assert nested({"a.b": 1, "a.c.d": 2, "e": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}
    with pytest.raises(ValueError, match=r"'a\.b' stands below"):
        nested({"a": 1, "a.b": 2})
    with pytest.raises(ValueError, match="'a' stands above"):
        nested({"a.b": 1, "a": 2})


def test_the_set_of_all_parameters_refuses_what_it_does_not_have():
    with pytest.raises(ScenarioError, match=r"Did you mean weather\.cold_below_c") as caught:
        Parameters.of({"weather.cold_below": 0.1, "weather.cold_below_c": 70.0})
    assert len(caught.value.faults) == 2
    with pytest.raises(KeyError, match="0 parameter groups are Works"):
        Parameters.of({}).group(Works)


def test_the_set_of_all_parameters_shows_what_differs_from_the_defaults():
    found = Parameters.of({"weather.cold_below_c": 0.1})
    assert found.changed() == {"weather.cold_below_c": 0.1}
    assert found.plain()["weather"]["cold_below_c"] == 0.1
    assert Parameters.of({}).changed() == {}
