"""How streets carry traffic, what heavy vehicles do to them, and what traffic costs others."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _PUBLISHED = Grade.GUESS, Grade.LITERATURE
_FLEET = "the town's fleet burns what the fleet measured there did"
_TYPICAL = "typical of 12 t trucks, 40 t articulated trucks and 12 m buses"


def _load(value: float) -> Number:
    """Return the load of an axle."""
    return Number(value, "kN", 0, 300, _GUESS, _TYPICAL)


@final
@parameter_group()
class TwoAxles:
    """Loads of a vehicle with two axles."""

    steering_kn: float = _load(0.0)
    drive_kn: float = _load(0.0)

    @property
    def loads_kn(self) -> tuple[float, ...]:
        """Load of every axle."""
        return float(self.steering_kn), float(self.drive_kn)


@final
@parameter_group()
class FiveAxles:
    """Loads of a tractor with two axles and a trailer with three."""

    steering_kn: float = _load(0.0)
    drive_kn: float = _load(0.0)
    trailer_kn: float = _load(0.0)

    @property
    def loads_kn(self) -> tuple[float, ...]:
        """Load of every axle."""
        return (float(self.steering_kn), float(self.drive_kn), *3 * (float(self.trailer_kn),))


@final
@parameter_group()
class HeavyVehicleParams:
    """What heavy vehicles do to pavement; half of their trips are made empty.

    References
    ----------
    Prozzi & Madanat, 2003, doi 10.1061/(ASCE)0733-947X(2003)129:6(635): 4.2 from the AASHO road
    test.
    """

    load_power: float = Number(
        4.0,
        "1",
        1,
        8,
        _PUBLISHED,
        "AASHO road test; 4.2 by Prozzi & Madanat 2003",
        "power of the load over 80 kN",
    )
    single_unit_full: TwoAxles = TwoAxles(steering_kn=45.0, drive_kn=75.0)
    single_unit_empty: TwoAxles = TwoAxles(steering_kn=30.0, drive_kn=30.0)
    articulated_full: FiveAxles = FiveAxles(steering_kn=65.0, drive_kn=95.0, trailer_kn=70.0)
    articulated_empty: FiveAxles = FiveAxles(steering_kn=55.0, drive_kn=45.0, trailer_kn=20.0)
    bus_full: TwoAxles = TwoAxles(steering_kn=60.0, drive_kn=100.0)
    bus_empty: TwoAxles = TwoAxles(steering_kn=45.0, drive_kn=65.0)
    truck_days_per_year: float = Number(
        300.0, "days", 0, 366, _GUESS, "working days", "days' worth of goods in a year"
    )
    bus_days_per_year: float = Number(
        340.0, "days", 0, 366, _GUESS, "fewer buses on holidays", "days' worth of buses in a year"
    )


@final
@parameter_group()
class StreetParams:
    """How fast streets are, how many vehicles they carry, and what becomes of their traffic.

    References
    ----------
    Bureau of Public Roads, 1964, Traffic assignment manual. Webster, 1958, Road Research Technical
    Paper 39. Stevanovic, 2010, NCHRP Synthesis 403. Newell, 2002, doi
    10.1016/S0191-2615(00)00044-8. Chatti & Zaabar, 2012, NCHRP Report 720. Elvik, 2009, TOI report
    1034.
    """

    delay_factor: float = Number(
        0.15, "ratio", 0, 10, _PUBLISHED, "BPR 1964", "delay at capacity over the free time"
    )
    delay_power: float = Number(
        4.0, "1", 1, 12, _PUBLISHED, "BPR 1964", "power of flow over capacity"
    )
    delay_linear_from: float = Number(
        2.0,
        "ratio",
        1,
        10,
        _GUESS,
        "queues spill elsewhere",
        "flow over capacity from which delay grows along its tangent",
    )
    cycle_s: float = Number(60.0, "s", 10, 600, _GUESS, "usual in towns", "cycle of traffic lights")
    green_share: float = Number(
        0.45,
        "share",
        0.05,
        0.95,
        _GUESS,
        "two phases",
        "time of a cycle that an approach has green",
    )
    adaptive_saves: float = Number(
        0.2,
        "share",
        0,
        1,
        _PUBLISHED,
        "Stevanovic 2010: 10-40 % where fixed times had grown old",
        "waiting saved by lights that follow the traffic",
    )
    harmless_iri_mpkm: float = Number(
        4.0,
        "m/km",
        0,
        20,
        _PUBLISHED,
        "hardly an effect below 5 m/km (Ilic 2015)",
        "roughness up to which cars do not slow down",
    )
    slowing_per_mpkm: float = Number(
        0.05, "1/(m/km)", 0, 0.1, _GUESS, "for calibration", "share of speed lost per m/km beyond"
    )
    reaction_s: float = Number(
        1.5, "s", 0.1, 5, _PUBLISHED, "Newell 2002", "time a driver keeps behind the car ahead"
    )
    spacing_m: float = Number(
        7.0, "m", 1, 30, _PUBLISHED, "Newell 2002", "length of street a standing car takes"
    )
    jam_veh_per_m: float = Number(
        0.15,
        "1/m",
        0.02,
        0.5,
        _GUESS,
        "7 m each, gap included",
        "vehicles that stand on a metre of lane, where queues are loaded on streets",
    )
    car_co2_ratio: float = Number(
        1.0, "ratio", 0, 5, _GUESS, _FLEET, "CO2 of cars over Barth & Boriboonsomsin 2008"
    )
    truck_co2_ratio: float = Number(
        1.0, "ratio", 0, 5, _GUESS, _FLEET, "CO2 of trucks over MEET 1999"
    )
    bus_co2_ratio: float = Number(1.0, "ratio", 0, 5, _GUESS, _FLEET, "CO2 of buses over MEET 1999")
    fuel_per_mpkm: float = Number(
        0.02, "1/(m/km)", 0, 1, _PUBLISHED, "NCHRP Report 720", "more fuel per m/km of roughness"
    )
    crashes_per_m_vehkm: float = Number(
        0.6,
        "1/(million km)",
        0,
        100,
        _GUESS,
        "to calibrate on a town's own count",
        "injury crashes at 50 km/h",
    )
    crash_speed_power: float = Number(
        1.2, "1", 0, 10, _PUBLISHED, "Elvik 2009, built-up areas", "power of speed"
    )
