import numpy as np
import pandas as pd
import pytest

from gis.weather import (
    AKMOLA,
    DAYS_OF_MONTH,
    URAL,
    month_of_day,
    read_weather,
    typical_year,
)
from twin.city.tables import WEATHER
from twin.core.columns import table_faults
from twin.core.errors import CityDataError


def daily_means(year: pd.DataFrame) -> np.ndarray:
    return year["temp_c"].to_numpy().reshape(365, 24).mean(axis=1)


def write_year(path, temp_c, *, first_hour=1):
    day = np.concatenate([np.arange(1, n + 1) for n in DAYS_OF_MONTH])
    frame = pd.DataFrame(
        {
            "month": np.repeat(month_of_day() + 1, 24),
            "day": np.repeat(day, 24),
            "hour": np.tile(np.arange(24) + first_hour, 365),
            "t_c": temp_c,
        }
    )
    frame.to_csv(path, index=False)
    return frame


@pytest.mark.parametrize("climate", [AKMOLA, URAL], ids=lambda climate: climate.name)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_year_meets_monthly_means_and_design_cold(climate, seed):
    year = typical_year(climate, seed=seed)
    daily = daily_means(year)
    monthly = np.bincount(month_of_day(), weights=daily) / DAYS_OF_MONTH
    assert table_faults(WEATHER, year) == []
    assert monthly == pytest.approx(climate.monthly_mean_c, abs=0.15)
    coldest = np.convolve(daily, np.full(5, 0.2), mode="valid").min()
    assert coldest == pytest.approx(climate.design_five_day_c, abs=0.1)


def test_akmola_has_the_heating_season_of_astana():
    days = [(daily_means(typical_year(AKMOLA, seed=seed)) <= 10.0).sum() for seed in range(1, 6)]
    assert 205 <= np.mean(days) <= 228  # 209-215 days by the season's rule, told for Astana


def test_days_follow_each_other_and_are_warmest_in_the_afternoon():
    year = typical_year(AKMOLA, seed=1)
    daily = daily_means(year)
    season = np.convolve(
        np.concatenate([daily[-15:], daily, daily[:15]]), np.ones(31) / 31, "valid"
    )
    anomaly = daily - season
    assert 0.5 < np.corrcoef(anomaly[1:], anomaly[:-1])[0, 1] < 0.9
    by_hour = year["temp_c"].to_numpy().reshape(365, 24).mean(axis=0)
    assert 13 <= int(by_hour.argmax()) <= 16
    assert 1 <= int(by_hour.argmin()) <= 5


def test_seed_decides_the_year():
    first, again, other = (typical_year(AKMOLA, seed=seed)["temp_c"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("first_hour", [0, 1])
def test_measured_year_is_read_as_it_stands(tmp_path, first_hour):
    temp_c = np.round(np.sin(np.arange(8760)) * 20.0, 3)
    write_year(tmp_path / "year.csv", temp_c, first_hour=first_hour)
    year = read_weather(tmp_path / "year.csv")
    assert year["temp_c"].to_numpy() == pytest.approx(temp_c)
    assert set(year["source"]) == {"observed"}
    assert table_faults(WEATHER, year) == []


def test_all_faults_of_a_measured_year_are_told_at_once(tmp_path):
    frame = write_year(tmp_path / "good.csv", np.zeros(8760))
    frame.loc[5, "t_c"] = 300.0
    frame.loc[7, "month"] = 13
    frame.to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(CityDataError, match="t_c = 300") as caught:
        read_weather(tmp_path / "bad.csv")
    assert len(caught.value.faults) == 2
    assert "bad.csv:7" in str(caught.value)


def test_missing_and_double_hours_are_told(tmp_path):
    frame = write_year(tmp_path / "good.csv", np.zeros(8760))
    frame.loc[10, "hour"] = 12
    frame.to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(CityDataError, match="is missing") as caught:
        read_weather(tmp_path / "bad.csv")
    assert "told twice" in str(caught.value)


def test_absent_columns_and_files_are_told(tmp_path):
    (tmp_path / "empty.csv").write_text("month,day\n1,1\n")
    with pytest.raises(CityDataError, match="has no column hour, t_c"):
        read_weather(tmp_path / "empty.csv")
    with pytest.raises(CityDataError, match="cannot be read as a table"):
        read_weather(tmp_path / "nowhere.csv")


def test_published_year_of_a_neighbouring_archive_is_read(shared_data):
    year = read_weather(shared_data / "city" / "weather" / "chicago_tmy3_t.csv")
    assert year["temp_c"].mean() == pytest.approx(10.0, abs=0.2)


def test_an_epw_file_is_read(tmp_path):
    frame = write_year(tmp_path / "year.csv", np.linspace(-20.0, 20.0, 8760))
    rows = [
        f"1999,{row.month},{row.day},{row.hour},60,?9?9,{row.t_c:.1f},-5.0,80"
        for row in frame.itertuples()
    ]
    (tmp_path / "year.epw").write_text("\n".join(["LOCATION,x"] * 8 + rows) + "\n")
    year = read_weather(tmp_path / "year.epw")
    assert len(year) == 8760
    assert year["temp_c"].iloc[[0, -1]].tolist() == [-20.0, 20.0]
    assert set(year["source"]) == {"observed"}


def test_an_hour_that_is_missing_or_no_table_at_all_is_told(tmp_path):
    frame = write_year(tmp_path / "year.csv", np.zeros(8760))
    frame.drop(index=30).to_csv(tmp_path / "year.csv", index=False)
    with pytest.raises(CityDataError, match="E-WEATHER month 1, day 2, hour 7 is missing; 1 such"):
        read_weather(tmp_path / "year.csv")
    with pytest.raises(CityDataError, match="E-WEATHER cannot be read as a table"):
        read_weather(tmp_path / "none.epw")
