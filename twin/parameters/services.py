"""Emergency response, weather, and what homes without heat do."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS = Grade.GUESS


@final
@parameter_group("emergency")
class EmergencyParams:
    """Ambulance and fire services."""

    ambulance_calls_per_person_year: float = Number(
        0.3, "1/person/year", 0, 10, _GUESS, "order of the region's planning norm"
    )
    fire_calls_per_person_year: float = Number(
        0.003, "1/person/year", 0, 10, _GUESS, "order of fires reported per resident"
    )
    hours_per_call: float = Number(
        1.0, "h", 0.01, 24, _GUESS, "an hour", "from the call until the unit is back"
    )
    turnout_s: float = Number(
        60.0, "s", 0, 3_600, _GUESS, "a minute", "from the call to the start of the drive"
    )


@final
@parameter_group("buildings.heaters")
class HeaterParams:
    """Electric heat that households can call on when district heat fails them.

    References
    ----------
    Boardman, 1991, "Fuel Poverty", Belhaven (a tenth of income).
    """

    radiator_w: float = Number(
        2000.0, "W", 0, 50_000, _GUESS, "one oil-filled radiator", "most a household plugs in"
    )
    electricity_kzt_kwh: float = Number(
        27.0, "KZT/kWh", 0.1, 1_000, _GUESS, "order of household tariffs, northern Kazakhstan 2025"
    )
    burden_share: float = Number(
        0.10,
        "share",
        0,
        1,
        Grade.LITERATURE,
        "Boardman 1991: from a tenth on, fuel is unaffordable",
        "share of income spent on electric heat at most",
    )


_MONTHS = "months of 874 main breaks of a cold city, 2005-2016, on monthly mean air temperatures"


@final
@parameter_group("weather")
class WeatherParams:
    """How years differ, and how air and ground cool pipes.

    References
    ----------
    J. Hydroinformatics 20(5) 1191 (a low-temperature term in break rates).
    """

    year_spread_c: float = Number(
        1.5,
        "C",
        0,
        10,
        _GUESS,
        "order of the yearly means of northern Kazakhstan",
        "standard deviation of a year's mean temperature",
    )
    cold_below_c: float = Number(
        5.0,
        "C",
        -20,
        20,
        Grade.LITERATURE,
        _MONTHS,
        "temperature of the cover below which cold makes pipes fail",
    )
    cover_days: float = Number(
        5.0,
        "days",
        0.5,
        120,
        Grade.LITERATURE,
        _MONTHS + "; 1 to 5 days fit alike, 20 do not",
        "time by which the cover above a pipe follows the air",
    )
    ground_days: float = Number(
        60.0,
        "days",
        1,
        365,
        Grade.LITERATURE,
        _MONTHS + "; 45 to 90 days fit alike",
        "time by which the ground around a pipe follows the air",
    )
