"""What people get from the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.city.networks import code_of
from twin.indicators.base import Period, indicator, ratio
from twin.indicators.groups import COLD_GROUPS

if TYPE_CHECKING:
    from twin.core.arrays import Float64


@indicator("cold_degree_hours", unit="K h/(person a)", better="-")
def cold_degree_hours(period: Period) -> float:
    """Degree-hours below 18 C indoors a year, per resident on district heat."""
    code = code_of("heat")
    connected = float(period.sums.connected_person_days[code])
    return ratio(period.sums.cold_degree_hours * 365.25, connected)


@indicator("cold_hours", unit="h/(person a)", better="-")
def cold_hours(period: Period) -> float:
    """Hours a year below 18 C indoors, per resident on district heat."""
    return _group_hours(period, period.sums.cold_person_hours, "all")


@indicator("danger_hours", unit="h/(person a)", better="-")
def danger_hours(period: Period) -> float:
    """Hours a year below 12 C indoors, per resident on district heat."""
    return _group_hours(period, period.sums.danger_person_hours, "all")


@indicator("danger_hours_poor", unit="h/(person a)", better="-")
def danger_hours_poor(period: Period) -> float:
    """Hours a year below 12 C indoors, per resident of the poorest fifth on district heat."""
    return _group_hours(period, period.sums.danger_person_hours, "poor")


@indicator("danger_hours_old", unit="h/(person a)", better="-")
def danger_hours_old(period: Period) -> float:
    """Hours a year below 12 C indoors, per resident of 65 and more on district heat."""
    return _group_hours(period, period.sums.danger_person_hours, "old")


def _group_hours(period: Period, hours: Float64, group: str) -> float:
    """Return a group's hours per person and year."""
    row = COLD_GROUPS.index(group)
    return ratio(float(hours[row]) * 365.25, float(period.sums.group_person_days[row]))


@indicator("electric_heater_kwh", unit="kWh/(person a)", better="-")
def electric_heater_kwh(period: Period) -> float:
    """Electricity of heaters in cold homes, per resident on district heat."""
    sums = period.sums
    return ratio(sums.electric_heater_kwh * 365.25, float(sums.group_person_days[0]))


@indicator("heat_makeup_m3", unit="m3/(person a)", better="-")
def heat_makeup_m3(period: Period) -> float:
    """Water fed to heat networks to replace leaks and refill, per resident on district heat."""
    flow = period.sums.flow
    water = flow.get("heat.makeup_m3", 0.0) + flow.get("heat.refill_m3", 0.0)
    return ratio(water * 365.25, float(period.sums.group_person_days[0]))


@indicator("water_cut_off_hours", unit="h/(person a)", better="-")
def water_cut_off_hours(period: Period) -> float:
    """Hours a year without water because valves are shut around a break, per resident with it."""
    code = code_of("water")
    cut_off = period.sums.flow.get("water.cut_off_person_days", 0.0)
    return ratio(cut_off * 24.0 * 365.25, float(period.sums.connected_person_days[code]))


@indicator("break_loss_share", unit="share", better="-")
def break_loss_share(period: Period) -> float:
    """Water lost by breaks until they are shut off, over water produced."""
    flow = period.sums.flow
    return ratio(flow.get("water.burst_m3", 0.0), flow.get("water.produced_m3", 0.0))


@indicator("leakage_share", unit="share", better="-", source="real losses, IWA water balance")
def leakage_share(period: Period) -> float:
    """Water leaked over water produced."""
    flow = period.sums.flow
    return ratio(flow.get("water.leaked_m3", 0.0), flow.get("water.produced_m3", 0.0))


@indicator("heat_loss_share", unit="share", better="-")
def heat_loss_share(period: Period) -> float:
    """Heat lost on the way over heat supplied."""
    flow = period.sums.flow
    return ratio(flow.get("heat.lost_mwh", 0.0), flow.get("heat.supplied_mwh", 0.0))


@indicator("crew_travel_minutes", unit="min", better="-")
def crew_travel_minutes(period: Period) -> float:
    """Travel time of a crew to a failure on the congested streets, mean over repairs."""
    return ratio(period.sums.travel_s / 60.0, period.sums.travels)


@indicator("reach_8min_share", unit="share", better="+")
def reach_8min_share(period: Period) -> float:
    """Residents an ambulance reaches within 8 minutes in the morning peak, mean over days."""
    return _reach(period, 0)


@indicator("reach_10min_share", unit="share", better="+")
def reach_10min_share(period: Period) -> float:
    """Residents an ambulance reaches within 10 minutes in the morning peak, mean over days."""
    return _reach(period, 1)


@indicator("reach_15min_share", unit="share", better="+")
def reach_15min_share(period: Period) -> float:
    """Residents an ambulance reaches within 15 minutes in the morning peak, mean over days."""
    return _reach(period, 2)


def _reach(period: Period, limit: int) -> float:
    """Return the share reached within a limit; the rest is late, cut off, or finds all out."""
    sums = period.sums
    return ratio(float(sums.reach_person_days[limit]), sums.ambulance_person_days)


@indicator("ambulance_minutes", unit="min", better="-")
def ambulance_minutes(period: Period) -> float:
    """Minutes from call to ambulance in the morning peak, mean over residents reached and days."""
    sums = period.sums
    return ratio(sums.ambulance_s / 60.0, sums.ambulance_reached_person_days)


@indicator("calls_in_8min_share", unit="share", better="+")
def calls_in_8min_share(period: Period) -> float:
    """Ambulance calls answered within 8 minutes, calls drawn day by day as a log would show them.

    Its mean over many seeds is `reach_8min_share`.
    """
    return ratio(float(period.sums.calls_within[0]), period.sums.calls)


@indicator("call_minutes", unit="min", better="-")
def call_minutes(period: Period) -> float:
    """Minutes from call to ambulance, mean over the calls drawn that are answered."""
    return ratio(period.sums.calls_s / 60.0, period.sums.calls_answered)


@indicator("ambulance_busy_share", unit="share", better="-")
def ambulance_busy_share(period: Period) -> float:
    """Share of time that ambulances are out on calls, mean over ambulances and days."""
    sums = period.sums
    return ratio(sums.ambulance_busy_person_days, sums.ambulance_person_days)


@indicator("fire_reach_10min_share", unit="share", better="+")
def fire_reach_10min_share(period: Period) -> float:
    """Residents a fire engine reaches within 10 minutes in the morning peak, mean over days."""
    sums = period.sums
    return ratio(float(sums.fire_reach_person_days[1]), sums.fire_person_days)
