"""How many faults a message shows."""

from twin.core.errors import CityDataError, Fault


def test_a_short_list_of_faults_is_shown_whole():
    faults = [Fault(f"row {row}", "is wrong", "mend it") for row in range(40)]
    assert str(CityDataError(faults)).count("is wrong") == 40


def test_a_long_list_shows_the_first_of_each_kind_and_counts():
    faults = [Fault(f"row {row}", "is low", "raise it") for row in range(50)]
    faults.insert(7, Fault("row 7", "is no number", "give a number", code="E-VALUE"))
    error = CityDataError(faults)
    lines = str(error).splitlines()
    assert lines[0] == "51 faults of 2 kinds; the first of each kind:"
    assert lines[1::2][:3] == ["row 0: is low", "row 1: is low", "row 2: is low"]
    assert "  ... and 47 more of this kind" in lines
    assert lines[-2:] == ["row 7: E-VALUE is no number", "  give a number"]
    assert len(error.faults) == 51


def test_of_very_many_kinds_the_first_are_shown():
    faults = [Fault(f"row {row}", "is wrong", f"mend {row}") for row in range(1000)]
    lines = str(CityDataError(faults)).splitlines()
    assert len(lines) == 1 + 2 * 20 + 1
    assert lines[-1] == "... and 980 faults of 980 other kinds"
