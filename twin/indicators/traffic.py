"""What people's and goods' ways through the city cost: time, air, crashes."""

from __future__ import annotations

from twin.indicators.base import Period, indicator, ratio


@indicator("peak_delay_share", unit="share", better="-", source="travel time index less 1")
def peak_delay_share(period: Period) -> float:
    """Delay in the morning peak over free-flow time, mean over vehicles and days."""
    flow = period.sums.flow
    free = flow.get("street.free_flow_vehh", 0.0)
    return ratio(flow.get("street.travel_time_vehh", 0.0) - free, free)


@indicator("peak_delay_hours", unit="h/a", better="-")
def peak_delay_hours(period: Period) -> float:
    """Hours a year drivers lose in the morning peak hour, against empty streets without red lights.

    Detours around closed streets are lost time too.
    """
    flow = period.sums.flow
    lost = flow.get("street.travel_time_vehh", 0.0) - flow.get("street.free_flow_vehh", 0.0)
    return ratio(lost, period.years)


@indicator("car_trip_minutes", unit="min", better="-")
def car_trip_minutes(period: Period) -> float:
    """Minutes that a trip by car takes in the morning peak, mean over trips and days."""
    flow = period.sums.flow
    return ratio(60.0 * flow.get("street.travel_time_vehh", 0.0), flow.get("street.vehicles", 0.0))


@indicator("unserved_trip_share", unit="share", better="-")
def unserved_trip_share(period: Period) -> float:
    """Car trips of the morning peak that closed streets leave without a way, over all trips."""
    flow = period.sums.flow
    unserved = flow.get("street.unserved_trips", 0.0)
    return ratio(unserved, unserved + flow.get("street.vehicles", 0.0))


@indicator("driven_distance", unit="km/(person a)", better="")
def driven_distance(period: Period) -> float:
    """Kilometres that cars, trucks and buses drive in the city, per resident and year."""
    return ratio(period.sums.flow.get("street.vehkm", 0.0) * 365.25, period.sums.person_days)


@indicator("traffic_co2_t", unit="t/a", better="-")
def traffic_co2_t(period: Period) -> float:
    """Carbon dioxide of the city's street traffic per year."""
    return ratio(period.sums.flow.get("street.co2_t", 0.0), period.years)


@indicator("injury_crashes_per_year", unit="1/a", better="-")
def injury_crashes_per_year(period: Period) -> float:
    """Crashes with injuries expected a year from how much and how fast is driven."""
    return ratio(period.sums.flow.get("street.injury_crashes", 0.0), period.years)


@indicator("car_trip_share", unit="share", better="-")
def car_trip_share(period: Period) -> float:
    """Trips people make by car over all their trips in the city."""
    return _trip_share(period, "car")


@indicator("bus_trip_share", unit="share", better="+")
def bus_trip_share(period: Period) -> float:
    """Trips people make by bus over all their trips in the city."""
    return _trip_share(period, "bus")


def _trip_share(period: Period, mode: str) -> float:
    """Return the share of trips by a mode."""
    flow = period.sums.flow
    return ratio(flow.get(f"street.{mode}_trips", 0.0), flow.get("street.person_trips", 0.0))
