"""Residents by group and building, counted by hand."""

from types import SimpleNamespace

import pandas as pd

from twin.indicators.groups import residents_by_group


def test_the_poor_are_a_fifth_of_people_by_income_per_head_and_the_old_from_65_on():
    # ten people in three households and three buildings; per head 50, 40 and 30 thousand KZT
    persons = pd.DataFrame(
        {
            "building_id": [0, 0, 0, 0, 2, 2, 2, 2, 2, 2],
            "household_id": [0, 0, 0, 0, 1, 1, 1, 2, 2, 2],
            "age": [64, 65, 66, 3, 80, 30, 30, 30, 90, 30],
        }
    )
    households = pd.DataFrame(
        {"income_kzt_month": [200_000.0, 120_000.0, 90_000.0], "size": [4, 3, 3]}
    )
    city = SimpleNamespace(buildings=range(3), persons=persons, households=households)
    everybody, poor, old = residents_by_group(city).tolist()
    assert everybody == [4.0, 0.0, 6.0]
    assert poor == [0.0, 0.0, 2.0]
    assert old == [2.0, 0.0, 2.0]
    cheap = households.assign(income_kzt_month=[20_000.0, 120_000.0, 90_000.0])
    city = SimpleNamespace(buildings=range(3), persons=persons, households=cheap)
    assert residents_by_group(city)[1].tolist() == [2.0, 0.0, 0.0]
