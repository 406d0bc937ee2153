import pickle
from dataclasses import dataclass, field

import numpy as np
import pytest

from twin.core.parameters import Grade, Number, numbers, with_values


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
