import numpy as np
import pandas as pd
import pytest

from gis.read.weather_files import DAYS_OF_MONTH, month_of_day, read_weather
from twin.city.tables import WEATHER
from twin.core.columns import table_faults
from twin.core.errors import CityDataError


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
    assert "hour 12 occurs twice; 1 hour\n" in str(caught.value)


def test_absent_columns_and_files_are_told(tmp_path):
    (tmp_path / "empty.csv").write_text("month,day\n1,1\n")
    with pytest.raises(CityDataError, match="has no column hour\n"):
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
    with pytest.raises(CityDataError, match="E-WEATHER month 1, day 2, hour 7 is missing; 1 hour"):
        read_weather(tmp_path / "year.csv")
    with pytest.raises(CityDataError, match="E-UNREADABLE cannot be read as a table"):
        read_weather(tmp_path / "none.epw")


@pytest.mark.parametrize("header", [0, 3, 8, 12])
def test_a_fault_of_an_epw_file_names_its_line_under_any_header(tmp_path, header):
    frame = write_year(tmp_path / "year.csv", np.zeros(8760))
    rows = [
        f"1999,{row.month},{row.day},{row.hour},60,x,{row.t_c:.1f}" for row in frame.itertuples()
    ]
    rows[4] = rows[4].replace(",0.0", ",99.9")
    lines = ["LOCATION,x"] * header + rows
    (tmp_path / "year.epw").write_text("\n".join(lines) + "\n")
    with pytest.raises(CityDataError, match=rf"year\.epw:{header + 5}: E-VALUE t_c = 99\.9"):
        read_weather(tmp_path / "year.epw")


def test_a_year_with_semicolons_and_decimal_commas_is_read(tmp_path):
    frame = write_year(tmp_path / "year.csv", np.linspace(-20.0, 20.0, 8760).round(1))
    frame.to_csv(tmp_path / "year.csv", index=False, sep=";", decimal=",")
    assert read_weather(tmp_path / "year.csv")["temp_c"].iloc[[0, -1]].tolist() == [-20.0, 20.0]
