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


@final
@parameter_group("weather")
class WeatherParams:
    """How years differ, and what frost does to pipes.

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
    frost_per_k: float = Number(
        0.03,
        "1/K",
        0,
        1,
        _GUESS,
        "the sign is well supported (J. Hydroinformatics 20(5) 1191), the size is guessed; 36 % of "
        "breaks then fall in December to March, a cold city counted 60-65 % of cast-iron breaks",
        "growth of failure rates per degree of frost",
    )
