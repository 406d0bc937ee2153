"""What every registered lever must do; no exceptions listed."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from pydantic import ValidationError

from twin.city.networks import NETWORKS
from twin.city.view import AssetView, CityView, WorksView
from twin.city.work_options import WorkOption
from twin.institutions.settings import Settings, adopted
from twin.policy import AbstractLever, Cadence, levers, sees_truth


def city_view(n_assets=6, n_waiting=3, year_index=0):
    rows = np.arange(n_assets)
    options = np.linspace(1.0, 0.2, len(WorkOption))[:, None]
    cost = np.array([0.0, 0.5, 1.0, np.inf, 0.03])[:, None] * np.full(n_assets, 5e6)
    cost[0] = 0.0
    assets = AssetView(
        network=(rows % len(NETWORKS)).astype(np.uint8),
        length_m=100.0 + 10.0 * rows,
        age_years=5.0 + 10.0 * rows,
        year_is_recorded=rows % 2 == 0,
        material_is_recorded=rows % 3 == 0,
        wear_book=np.linspace(0, 1, n_assets),
        failures_so_far=rows.astype(np.int32),
        recorded_years=np.full(n_assets, 5.0),
        found_poor=np.full(n_assets, -1, dtype=np.int32),
        failures_per_year=0.01 * (rows + 1.0),
        failures_deviation=0.01 * np.sqrt(rows + 1.0),
        repair_cost_kzt=np.full(n_assets, 1e6),
        renewal_cost_kzt=np.full(n_assets, 5e6),
        people_served=50.0 * rows,
        harm_kzt=1e6 + 1e4 * rows,
        option_cost_kzt=cost,
        option_failures_per_year=options * 0.01 * (rows + 1.0),
        option_elsewhere_kzt=np.zeros((len(WorkOption), n_assets)),
        lot=(rows * 0.37) % 1.0,
    )
    waiting = np.arange(n_waiting)
    works = WorksView(
        asset=waiting.astype(np.int32),
        network=(waiting % len(NETWORKS)).astype(np.uint8),
        severity=np.linspace(0.1, 0.9, n_waiting),
        known_day=(10 - waiting).astype(np.int32),
        reports=(waiting**2).astype(np.int32),
        people_affected=100.0 * waiting,
    )
    date = dt.date(2026 + year_index, 1, 1)
    return CityView(365 * year_index, date, 14_000, assets, works, year_index)


@pytest.fixture(params=list(levers))
def lever(request):
    return levers[request.param]


def test_it_is_a_frozen_lever_with_defaults_everywhere(lever):
    assert issubclass(lever, AbstractLever)
    setting = lever()
    field = next(iter(lever.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(setting, field, None)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        lever(no_such_field=1)


def test_every_field_says_what_it_is(lever):
    assert lever.__doc__
    for name, field in lever.model_fields.items():
        assert field.description, name
        if field.annotation is float or field.annotation is int:
            assert field.description.startswith("["), f"{name} does not start with its unit"


def test_cadence_is_known(lever):
    assert isinstance(lever.cadence, Cadence)


def test_equal_views_give_equal_actions(lever):
    first, second = lever().decide(city_view()), lever().decide(city_view())
    assert len(first) == len(second) > 0
    for one, other in zip(first, second, strict=True):
        assert_same(one, other)


def assert_same(one, other):
    """Compare values field by field."""
    assert type(one) is type(other)
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(a):
            assert_same(a, b)
        else:
            is_float = isinstance(a, np.ndarray) and a.dtype.kind == "f"
            assert np.array_equal(a, b, equal_nan=is_float), field.name


def test_it_is_shown_the_truth_only_where_it_is_named_an_upper_bound(lever):
    setting = lever()
    assert not sees_truth(setting)
    for name, values in lever.upper_bounds.items():
        assert "no policy" in " ".join(lever.model_fields[name].description.split())
        for value in values:
            assert value in lever.model_fields[name].description
            assert sees_truth(setting.model_copy(update={name: value}))


def test_it_copes_with_nothing_to_decide_on(lever):
    lever().decide(city_view(n_assets=0, n_waiting=0))


def test_what_it_decides_comes_into_force(lever):
    for action in lever().decide(city_view()):
        settings = adopted(Settings(), action)
        fields = [getattr(settings, field.name) for field in dataclasses.fields(Settings)]
        assert any(value is action for value in fields), type(action)


def test_the_view_is_left_alone(lever):
    view = city_view()
    before = {
        field.name: getattr(view.assets, field.name).copy()
        for field in dataclasses.fields(view.assets)
    }
    lever().decide(view)
    for name, values in before.items():
        assert np.array_equal(getattr(view.assets, name), values), name
