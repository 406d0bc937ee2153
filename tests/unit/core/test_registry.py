"""Registries refuse doubles and name what is near."""

import pytest

from twin.core.errors import ScenarioError
from twin.core.registry import Registry


def test_unknown_kind_names_the_nearest():
    things = Registry("lever")
    things.register("renewal")(1)
    with pytest.raises(
        ScenarioError, match=r"'renewall' is not a known lever. Did you mean renewal"
    ):
        things["renewall"]


def test_second_registration_is_refused():
    things = Registry("lever")
    things.register("renewal")(1)
    with pytest.raises(ScenarioError, match="registered twice"):
        things.register("renewal")(2)


def test_kinds_come_in_alphabetical_order():
    things = Registry("lever")
    for kind in ("c", "a", "b"):
        things.register(kind)(kind)
    assert list(things) == ["a", "b", "c"]
    assert dict(things.items()) == {"a": "a", "b": "b", "c": "c"}
    assert len(things) == 3
    assert "a" in things
