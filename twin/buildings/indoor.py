"""Indoor temperature of many buildings by the hour, and electric heaters where homes grow cold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.buildings.kernels import (
    HeaterArrays,
    IndoorOut,
    OneMass,
    TwoMass,
    one_mass_fall_into,
    one_mass_into,
    two_mass_fall_into,
    two_mass_into,
)
from twin.buildings.stock import COLD_BELOW_C, DANGER_BELOW_C, BuildingsParams, TwoMassParams
from twin.core.errors import CityDataError, Fault
from twin.flows.heat.town.demand import INDOOR_C

if TYPE_CHECKING:
    from twin.core.arrays import Float64

FREEZING_C = 0.0
_LIMITS_C = (COLD_BELOW_C, DANGER_BELOW_C, FREEZING_C)
_SECONDS = 3600.0
_CLEAR_K = 1e-6  # what is held at a limit must not count as under it by rounding


@final
@dataclass(frozen=True, slots=True)
class Heaters:
    """Electric heaters that people switch on when district heat fails them."""

    most_w: Float64
    """Most power, per building, (n_buildings,)."""
    hold_c: float = COLD_BELOW_C
    """They keep a home from falling below it as long as their power lasts."""


@final
@dataclass(frozen=True, slots=True)
class IndoorHours:
    """What some hours did to buildings, one row each; hours count from the first."""

    indoor_temp_c: Float64
    """At the end, (n_buildings,)."""
    mass_temp_c: Float64
    """Of the walls at the end; that of the air for buildings of one capacity, (n_buildings,)."""
    cold_degree_hours: Float64
    """Below 18 C, (n_buildings,)."""
    cold_hours: Float64
    """Hours below 18 C, (n_buildings,)."""
    danger_hours: Float64
    """Hours below 12 C, (n_buildings,)."""
    lowest_c: Float64
    """Lowest temperature, start included, (n_buildings,)."""
    freeze_h: Float64
    """Hours until the air is at 0 C, (n_buildings,); NaN where it never is."""
    hourly_c: Float64
    """At the end of each hour, shape (n_buildings, n_hours), or no columns if not kept."""
    heater_w: Float64
    """Power of electric heaters, shape (n_buildings, n_hours), or no columns without heaters."""


def indoor_hours(  # noqa: PLR0913 - one argument per thing that buildings are exposed to
    params: BuildingsParams | TwoMassParams,
    outdoor_temp_c: Float64,
    heat_w: Float64,
    *,
    start_c: Float64 | float = INDOOR_C,
    mass_start_c: Float64 | float | None = None,
    heaters: Heaters | None = None,
    keep_hours: bool = False,
) -> IndoorHours:
    """Carry buildings through hours of given weather and heat.

    Parameters
    ----------
    params
        From `building_params`, or of two capacities from `two_mass`.
    outdoor_temp_c
        Hourly, shape (n_hours,).
    heat_w
        Heat into the air, shape (n_hours, n_buildings), or (n_buildings,) for every hour alike.
    start_c, mass_start_c
        Air and walls at the start, one value or shape (n_buildings,). Walls that are not given are
        in the steady state of the first hour's weather and the air.
    heaters
        None has nobody switch one on.
    keep_hours
        Return the temperature of every hour.

    Raises
    ------
    CityDataError
        If an hour has no weather or no heat, or shapes do not match: all faults at once.

    Notes
    -----
    Steps are exact for hours of constant weather, heat and heater power. A heater has the least
    steady power that ends an hour at its held temperature, or all it has.
    """
    n = int(np.size(params.ua_wk))
    outdoor = np.ascontiguousarray(outdoor_temp_c, dtype=np.float64)
    heat = np.atleast_2d(np.asarray(heat_w, dtype=np.float64))
    faults = _weather_faults(outdoor) + _heat_faults(heat, (outdoor.size, n))
    if faults:
        raise CityDataError(faults)
    air = np.array(np.broadcast_to(start_c, n), dtype=np.float64)
    mass = air.copy() if mass_start_c is None else np.array(np.broadcast_to(mass_start_c, n))
    if mass_start_c is None and isinstance(params, TwoMassParams) and outdoor.size:
        mass = _walls_at_rest(params, air, float(outdoor[0]))
    out = IndoorOut(
        air_c=air,
        mass_c=mass.astype(np.float64),
        cold_degree_hours=np.zeros(n),
        cold_hours=np.zeros(n),
        danger_hours=np.zeros(n),
        lowest_c=air.copy(),
        freeze_h=np.full(n, np.nan),
        hourly_c=np.zeros((n, outdoor.size if keep_hours else 0)),
        heater_w=np.zeros((n, 0 if heaters is None else outdoor.size)),
    )
    rise_k = np.ascontiguousarray(heat / params.ua_wk)
    if isinstance(params, TwoMassParams):
        two_mass_into(_two(params), _heaters(params, heaters), rise_k, outdoor, _LIMITS_C, out)
    else:
        one_mass_into(_one(params), _heaters(params, heaters), rise_k, outdoor, _LIMITS_C, out)
        out.mass_c[:] = out.air_c
    return IndoorHours(
        indoor_temp_c=out.air_c,
        mass_temp_c=out.mass_c,
        **{name: getattr(out, name) for name in IndoorOut._fields[2:]},
    )


def indoor_day(  # noqa: PLR0913 - as `indoor_hours`
    params: BuildingsParams | TwoMassParams,
    indoor_temp_c: Float64,
    outdoor_temp_c: Float64,
    heat_share: Float64,
    *,
    mass_temp_c: Float64 | None = None,
    heaters: Heaters | None = None,
    keep_hours: bool = False,
) -> IndoorHours:
    """Carry all buildings through one day in which a share of the wanted heat arrives.

    Parameters
    ----------
    params, heaters, keep_hours
        As of `indoor_hours`.
    indoor_temp_c, mass_temp_c
        At midnight, shape (n_buildings,).
    outdoor_temp_c
        Hourly, shape (24,).
    heat_share
        Share of the wanted heat that arrives, shape (n_buildings,), 0-1. Buildings with their
        own stove or boiler are given 1.0, as are all when no heat is wanted.

    Notes
    -----
    Wanted heat holds 20 C at the day's mean outdoor temperature and is nil above 20 C; within the
    day it stays constant, as under a daily supply temperature. With less, the building
    approaches a lower temperature with its time constant.
    """
    n = int(np.size(params.ua_wk))
    outdoor = np.asarray(outdoor_temp_c, dtype=np.float64)
    share = np.asarray(heat_share, dtype=np.float64)
    faults = _weather_faults(outdoor)
    shapes = (np.shape(indoor_temp_c), share.shape)
    if shapes != ((n,), (n,)) or not np.all((share >= 0) & (share <= 1)):
        what = f"is not {n} shares from 0 to 1, or does not match indoor_temp_c"
        mend = "give 1.0 for buildings with their own stove or boiler"
        faults.append(Fault("heat_share", what, mend))
    if faults:
        raise CityDataError(faults)
    wanted_w = params.ua_wk * max(INDOOR_C - float(outdoor.mean()), 0.0)
    return indoor_hours(
        params,
        outdoor,
        share * wanted_w,
        start_c=indoor_temp_c,
        mass_start_c=mass_temp_c,
        heaters=heaters,
        keep_hours=keep_hours,
    )


def hours_until(
    params: BuildingsParams | TwoMassParams,
    limit_c: float,
    *,
    outdoor_temp_c: float,
    heat_w: Float64 | float = 0.0,
    start_c: Float64 | float = INDOOR_C,
    mass_start_c: Float64 | float | None = None,
) -> Float64:
    """Return after how many hours of steady weather indoor air is at a limit, (n_buildings,).

    Infinite where it never is; 0 where it is from the start. `hours_until(params, 0.0, ...)` is the
    time to freeze. Arguments as of `indoor_hours`.
    """
    n = int(np.size(params.ua_wk))
    air = np.array(np.broadcast_to(start_c, n), dtype=np.float64)
    rise_k = np.broadcast_to(heat_w, n) / params.ua_wk
    hours = np.zeros(n)
    if isinstance(params, TwoMassParams):
        mass = _walls_at_rest(params, air, outdoor_temp_c)
        if mass_start_c is not None:
            mass = np.array(np.broadcast_to(mass_start_c, n), dtype=np.float64)
        rest_c = np.full(n, float(outdoor_temp_c))
        two_mass_fall_into(_two(params), rest_c, rise_k, (air, mass), float(limit_c), hours)
    else:
        one_mass_fall_into(_one(params), outdoor_temp_c + rise_k, air, float(limit_c), hours)
    return hours


def _weather_faults(outdoor: Float64) -> list[Fault]:
    """Return hours without a temperature."""
    if outdoor.ndim != 1:
        mend = "give one value for each hour, shape (n_hours,)"
        return [Fault("outdoor_temp_c", f"has shape {outdoor.shape}, not (n_hours,)", mend)]
    bad = np.flatnonzero(~np.isfinite(outdoor))
    if not bad.size:
        return []
    what = f"has no finite value; {bad.size} such hours"
    mend = "fill the gap, for instance by interpolation between its neighbours"
    return [Fault(f"outdoor_temp_c hour {bad[0]}", what, mend, rows=tuple(bad.tolist()))]


def _heat_faults(heat: Float64, shape: tuple[int, int]) -> list[Fault]:
    """Return what is wrong with heat over hours and buildings."""
    if heat.shape not in {shape, (1, shape[1])}:
        what = f"has shape {heat.shape}, not {shape} (hours, buildings) nor ({shape[1]},)"
        return [Fault("heat_w", what, "give every hour a value for every building")]
    bad = np.argwhere(~(np.isfinite(heat) & (heat >= 0)))
    if not bad.size:
        return []
    what = f"is not a finite number from 0 on; {len(bad)} such"
    mend = "give 0 where no heat arrives"
    return [Fault(f"heat_w hour {bad[0][0]}, building {bad[0][1]}", what, mend)]


def _walls_at_rest(params: TwoMassParams, air_c: Float64, outdoor_c: float) -> Float64:
    """Return the walls' temperature in the long run beside air of a temperature."""
    share = params.air_mass_wk / (params.air_mass_wk + params.mass_out_wk)
    return outdoor_c + (air_c - outdoor_c) * share


def _one(params: BuildingsParams) -> OneMass:
    return OneMass(np.ascontiguousarray(1.0 / params.tau_h))


def _two(params: TwoMassParams) -> TwoMass:
    """Return the matrix of two capacities per hour, with its eigenvalues."""
    air, mass = _SECONDS / params.air_jk, _SECONDS / params.mass_jk
    air_out = (params.air_out_wk + params.air_mass_wk) * air
    mass_out = (params.air_mass_wk + params.mass_out_wk) * mass
    air_mass, mass_air = params.air_mass_wk * air, params.air_mass_wk * mass
    half = np.sqrt(0.25 * (air_out - mass_out) ** 2 + air_mass * mass_air)
    fast = 0.5 * (air_out + mass_out) + half
    return TwoMass(
        air_out=air_out,
        air_mass=air_mass,
        mass_air=mass_air,
        mass_out=mass_out,
        mass_share=params.air_mass_wk / (params.air_mass_wk + params.mass_out_wk),
        slow_per_h=(air_out * mass_out - air_mass * mass_air) / fast,  # no difference of likes
        fast_per_h=fast,
    )


def _heaters(params: BuildingsParams | TwoMassParams, heaters: Heaters | None) -> HeaterArrays:
    ua_wk = np.ascontiguousarray(params.ua_wk, dtype=np.float64)
    if heaters is None:
        return HeaterArrays(-np.inf, np.zeros(ua_wk.size), ua_wk)
    most_k = np.ascontiguousarray(np.asarray(heaters.most_w, dtype=np.float64) / ua_wk)
    return HeaterArrays(float(heaters.hold_c) + _CLEAR_K, most_k, ua_wk)
