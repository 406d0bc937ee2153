"""The cold night on the page: its days, its hours, its districts."""

import pandas as pd
import pytest

from tests.builders import grid_city
from twin.report.cold import by_hour, cold_districts, cold_figures, cold_night
from twin.report.words import words


class FakeRun:
    def __init__(self, days, people=100.0, zones=(5.0, 1.0)):
        rows = [
            {"day": day, "date": f"2030-01-{day:02d}", "hour": hour, "outdoor_c": -30.0,
             "people_cold": people, "people_in_danger": people / 2, "indoor_mean_c": 12.0,
             "lowest_indoor_c": 3.0, "heater_load_kw": 50.0}
            for day in days for hour in range(24)
        ]  # fmt: skip
        self.homes = pd.DataFrame(rows, columns=["day", "date", "hour", "outdoor_c", "people_cold",
            "people_in_danger", "indoor_mean_c", "lowest_indoor_c", "heater_load_kw"])  # fmt: skip
        self.zones = pd.DataFrame(
            {"year": 2030, "zone_id": range(len(zones)), "danger_hours": zones}
        )


def test_the_night_spans_the_days_on_which_many_are_cold():
    runs = {"base": [FakeRun([3, 9, 10, 11])], "arm": [FakeRun([10], people=900.0)]}
    night = cold_night(runs)
    assert (night.first_day, night.last_day, night.date) == (9, 11, "2030-01-09")


def test_no_night_where_nobody_is_cold():
    assert cold_night({"base": [FakeRun([])]}) is None


def test_hours_are_means_over_runs_and_zero_where_nobody_is_cold():
    runs = {"base": [FakeRun([9, 10]), FakeRun([10])]}
    night = cold_night(runs)
    people = by_hour(runs["base"], night, "people_cold")["mean"]
    assert people.tolist() == [50.0] * 24 + [100.0] * 24
    temps = by_hour(runs["base"], night, "indoor_mean_c")["mean"]
    assert temps.to_numpy() == pytest.approx(12.0)


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_districts_and_figures_are_told_worst_first(lang):
    runs = {"base": [FakeRun([9], zones=(1.0, 5.0))], "arm": [FakeRun([9], zones=(0.0, 2.0))]}
    night = cold_night(runs)
    rows = cold_districts(runs, night, grid_city(), words(lang))
    assert [row.name for row in rows] == ["East", "West"]
    assert [len(row.values) for row in rows] == [2, 2]
    drawn = cold_figures(runs, night, words(lang))
    assert set(drawn) == {"people_cold", "people_in_danger", "indoor_mean_c", "heater_load_kw"}
