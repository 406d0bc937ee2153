"""Years of weather as stations and programs write them: read right, or refused with the count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.read.weather_files import DAYS_OF_MONTH, read_weather
from twin.core.errors import CityDataError

HEADERS = ("LOCATION,Town,-,KAZ", "DESIGN CONDITIONS,0", "COMMENTS 1,-12.5", "", "DATA PERIODS,1,1")
STRANGE = ("", "x", "-99", "99.9", "nan", "1e400", "--")

years = st.fixed_dictionaries(
    {
        "header": st.lists(st.sampled_from(HEADERS), min_size=1, max_size=9),
        "from_one": st.booleans(),
        "leap": st.booleans(),
        "blank_lines": st.integers(0, 3),
        "spaces": st.booleans(),
        "shuffled": st.booleans(),
        "gone": st.sampled_from((0, 0, 0, 1, 5)),
        "twice": st.sampled_from((0, 0, 0, 1, 3)),
        "strange": st.lists(st.sampled_from(STRANGE), max_size=2),
        "ending": st.sampled_from(("epw", "csv")),
        "encoding": st.sampled_from(("utf-8", "utf-8-sig", "latin-1")),
    }
)


def rows_of(year, rng):
    """Return [month, day, hour, temperature in words] of every hour, and the temperatures."""
    temp_c = np.round(rng.uniform(-45.0, 42.0, 8760), 1)
    rows, at = [], 0
    for month, days in enumerate(DAYS_OF_MONTH.tolist(), 1):
        for day in range(1, days + 1):
            for hour in range(24):
                rows.append([month, day, hour + year["from_one"], f"{temp_c[at]:.1f}"])
                at += 1
        if month == 2 and year["leap"]:
            rows += [[2, 29, hour + year["from_one"], "3.0"] for hour in range(24)]
    return rows, temp_c


def lines_of(year, rows):
    """Return the lines of a file."""
    gap = " " if year["spaces"] else ""
    if year["ending"] == "csv":
        return ["month,day,hour,t_c", *(",".join(gap + str(cell) for cell in row) for row in rows)]
    body = [
        f"1999,{gap}{month},{day},{hour},60,A7A7,{gap}{temp},-5.0,70"
        for month, day, hour, temp in rows
    ]
    return [*year["header"], *body]


@settings(max_examples=25)
@given(year=years, seed=st.integers(0, 99))
def test_a_year_is_read_hour_by_hour_or_refused(tmp_path_factory, year, seed):
    rng = np.random.default_rng(seed)
    rows, temp_c = rows_of(year, rng)
    common = [at for at, row in enumerate(rows) if row[:2] != [2, 29]]
    touched = rng.permutation(common)[
        : year["gone"] + year["twice"] + len(year["strange"])
    ].tolist()
    gone, twice = touched[: year["gone"]], touched[year["gone"] : year["gone"] + year["twice"]]
    strange = touched[year["gone"] + year["twice"] :]
    rows += [list(rows[at]) for at in twice]
    for at, word in zip(strange, year["strange"], strict=True):
        rows[at][3] = word
    rows = [row for at, row in enumerate(rows) if at not in gone]
    if year["shuffled"]:
        rows = [rows[at] for at in rng.permutation(len(rows))]
    lines = lines_of(year, rows) + [""] * year["blank_lines"]
    path = tmp_path_factory.mktemp("weather") / f"year.{year['ending']}"
    path.write_bytes("\n".join(lines).encode(year["encoding"]))
    if strange:
        with pytest.raises(CityDataError, match=rf"t_c = .*; {len(strange)} of {len(rows)} rows"):
            read_weather(path)
    elif gone or twice:
        with pytest.raises(CityDataError) as caught:
            read_weather(path)
        found = " ".join(fault.what for fault in caught.value.faults)
        assert ("is missing" in found, "occurs twice" in found) == (bool(gone), bool(twice))
    else:
        np.testing.assert_array_equal(read_weather(path)["temp_c"], temp_c)
