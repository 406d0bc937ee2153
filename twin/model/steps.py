"""The step order of a day: eight named steps, printed by `twin plan`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens import Channel, pay_bills, step_day
from twin.city.view import NETWORK_KINDS
from twin.core.streams import Stream
from twin.flows.base import NetworkState
from twin.institutions import send_crews
from twin.institutions.municipality import SEASON_END, SEASON_START
from twin.institutions.service import DUG_UP_LANES, FAULTY_STREET_SHARE, FULL_BREAK
from twin.kernels.rng import uniform01
from twin.model.decisions import decide, open_year
from twin.model.hardship import break_pipes, wear_down
from twin.model.signals import PROBLEM_OF, signals
from twin.policy import Cadence

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.assets import Failure
    from twin.core.arrays import Float64
    from twin.model.city_model import CityModel

LEAST_STREET_SHARE = 0.25
"""Capacity left beside a dig on the narrowest street; an assumption."""
OUTAGE_SHARE = 0.5
"""Service below which a day counts as an outage."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One step of a day."""

    name: str
    does: str
    function: Callable[[CityModel], None]


def weather_and_calendar(model: CityModel) -> None:
    """Take today's weather; count the people; release the month's repair money."""
    if model.clock.is_month_start(model.day):
        model.municipality.open_month(model.clock.months_left(model.day))
    model.temp_c = model.weather.temp_c(model.day)
    model.sums.person_days = float(model.people.sum())


def ageing_and_failures(model: CityModel) -> None:
    """Age every asset by a day; those whose exposure passes their draw fail."""
    if model.day:  # the first day's is known before the levers decide
        wear_down(model)
    stress = np.full(len(NETWORK_KINDS), model.weather.stress(model.temp_c))
    failures = model.assets.age(1.0, stress, model.day)
    failures += break_pipes(model)
    for failure in failures:
        service = model.services[failure.network]
        service.begin(failure)
        if failure.severity >= FULL_BREAK:
            service.burst(failure, model.day)
        model.sums.failures[failure.network] += 1.0
        model.recorder.failures.append(failure)


def dispatch_and_repair(model: CityModel) -> None:
    """End repairs, find failures, send crews through the streets, renew in the season."""
    for service in model.services:
        for failure in service.finish(model.day):
            _close(model, failure)
        yesterday = model.flow_service.get(service.kind)
        if yesterday is not None and "edge_pressure_share" in yesterday.details:
            service.search(model.day, yesterday.details["edge_pressure_share"] < 1.0)
        service.survey(model.day)
    _renew(model)
    decide(model, Cadence.DAY)
    crews = [group[:n] for group, n in zip(model.crews, model.crews_on_duty, strict=True)]
    started = send_crews(
        model.day,
        model.repair_score,
        model.services,
        crews,
        model.municipality,
        lambda from_node, asset: _travel_s(model, from_node, asset),
    )
    for failure in started:
        model.sums.repairs[failure.network] += 1.0
        model.sums.repair_kzt += failure.cost_kzt
        if math.isfinite(failure.travel_s):
            model.sums.travel_s += failure.travel_s
            model.sums.travels += 1.0
        model.sums.days_to_mended += failure.end_day + 1 - failure.day
    for code, service in enumerate(model.services):
        service.clamp(model.day)
        model.sums.waiting_failure_days[code] += len(service.waiting)


def _close(model: CityModel, failure: Failure) -> None:
    """Close a mended failure at the contact centre, answered or not by a keyed draw."""
    luck = uniform01(model.seed, int(Stream.DISPATCH), failure.asset_id, failure.ordinal)
    answer = luck < model.voice.feedback_rate
    model.contact_centre.close(failure, model.day, answer=bool(answer))


def _travel_s(model: CityModel, from_node: int, asset: int) -> float:
    """Return a crew's way to an asset on yesterday's congested streets, through closures too.

    NaN where it is not known: off the streets, and on the first day.
    """
    street = int(model.assets.street_edge[asset])
    if street < 0 or "street" not in model.flow_service:
        return math.nan
    everywhere = np.ones(len(model.city.street_edges), dtype=np.bool_)
    times = model.traffic.emergency_times_s(
        np.array([from_node], dtype=np.int32),
        model.flow_service["street"],
        delay_share=1.0,
        may_pass=everywhere,
    )[0]
    edges = model.city.street_edges
    ends = (int(edges["tail"].iat[street]), int(edges["head"].iat[street]))
    time_s = min(float(times[ends[0]]), float(times[ends[1]]))
    return time_s if math.isfinite(time_s) else math.nan


def _renew(model: CityModel) -> None:
    """Plan the season when it opens; lay new what is finished today."""
    office = model.municipality
    year_day = model.clock.day_of_year(model.day)
    if year_day == SEASON_START or (model.day == 0 and SEASON_START < year_day < SEASON_END):
        office.plan_season(model.day, SEASON_END - year_day)
    done = [job for job in office.programme if job.end_day <= model.day]
    if not done:
        return
    office.programme = [job for job in office.programme if job.end_day > model.day]
    for job in done:
        network = int(model.assets.arrays.network[job.asset])
        dropped = model.services[network].replaced(job.asset)
        if dropped is not None:
            dropped.end_day = model.day
            _close(model, dropped)
        model.assets.renew(job.asset)
        model.wear_phys[job.asset] = 0.0
        model.sums.renewed_m[network] += float(model.assets.arrays.length_m[job.asset])
        model.sums.renewal_kzt += job.cost_kzt
        model.recorder.renewals.append((model.day, job))


def flows(model: CityModel) -> None:
    """Solve each network whose inputs changed."""
    for code, kind in enumerate(NETWORK_KINDS):
        service = model.flows[kind].solve(_network_state(model, code))
        model.flow_service[kind] = service
        model.recorder.note_imbalance(kind, service)
        for name, value in service.totals.items():
            key = f"{kind}.{name}"
            model.sums.flow[key] = model.sums.flow.get(key, 0.0) + value
        model.services[code].end_flow()
    drained_m3 = model.flow_service["heat"].totals.get("drained_m3", 0.0)
    model.sums.flow["heat.refill_m3"] = max(0.0, model.drained_m3 - drained_m3)
    model.drained_m3 = drained_m3
    may_pass = model.closures.units_may_pass(model.clock.date(model.day))
    luck = (model.seed, model.day)
    model.emergency.drive(model.flow_service["street"], model.people, may_pass, luck)
    model.emergency.add_to(model.sums, model.sums.person_days)


def _network_state(model: CityModel, code: int) -> NetworkState:
    """Return what a network's solver must know today."""
    service = model.services[code]
    rows = slice(int(model.assets.start[code]), int(model.assets.start[code + 1]))
    kind = NETWORK_KINDS[code]
    share = np.ones(service.closed.size)
    closed = service.closed.copy()
    if kind == "street":
        share = _street_share(model)
        closed |= model.closures.closed(model.clock.date(model.day))
    return NetworkState(
        day=model.day,
        outdoor_temp_c=model.temp_c,
        closed=closed,
        break_area_m2=service.break_area_m2.copy(),
        capacity_share=share,
        wear_phys=model.wear_phys[rows].copy(),
        people=model.people,
        adaptive_signal_share=model.adaptive_signal_share,
        source_share=model.weather.source_share(kind, model.day),
        break_hours=service.break_hours.copy(),
        trip_factor=model.traffic.trip_factor(model.seed, model.day),
    )


def _street_share(model: CityModel) -> Float64:
    """Return the share of capacity left on each street: defects, and lanes taken by digs."""
    streets = model.services[0]
    share = np.ones(streets.closed.size)
    for failure in streets.open.values():
        share[failure.asset] = FAULTY_STREET_SHARE
    digs = [failure.asset for service in model.services for failure in service.digging()]
    digs += [job.asset for job in model.municipality.programme if job.start_day <= model.day]
    for asset in digs:
        street = int(model.assets.street_edge[asset])
        if street >= 0:
            lanes = max(1.0, float(model.assets.lanes[street]))
            left = max(LEAST_STREET_SHARE, 1.0 - DUG_UP_LANES / lanes)
            share[street] = min(share[street], left)
    return share


def service_levels(model: CityModel) -> None:
    """Bring the flows to the buildings: service, outages, indoor temperature."""
    for code, kind in enumerate(NETWORK_KINDS):
        service = model.flow_service[kind].service
        connected = ~np.isnan(service)
        people = model.people[connected]
        level = service[connected]
        model.sums.connected_person_days[code] = float(people.sum())
        model.sums.service_person_days[code] = float(people @ level)
        model.sums.outage_person_days[code] = float(people[level < OUTAGE_SHARE].sum())
    heat = model.flow_service["heat"].service
    day = model.homes.live(model.temp_c, heat)
    model.homes.add_to(model.sums, day)
    model.homes.note_hours(model.day, model.temp_c, day)
    model.recorder.add_buildings(day)


def citizens(model: CityModel) -> None:
    """Let people notice, report and judge; pass reports on to the network services."""
    day = step_day(model.citizens, signals(model), model.voice, model.day, model.seed)
    model.citizen_day = day
    for code, service in enumerate(model.services):
        reports = day.reports[PROBLEM_OF[service.kind]]
        model.sums.reports[code] = float(reports.sum())
        model.contact_centre.assign(service, reports, model.day)
    model.sums.reports_digital = float(day.reports_by_channel[Channel.APP])
    model.recorder.add_reports(day.reports.sum(axis=0, dtype=np.int32))


def institutions(model: CityModel) -> None:
    """Send bills at the end of a month; close the year and open the next at its end."""
    model.sums.refused_repairs = float(model.municipality.refused)
    model.municipality.refused = 0
    if model.clock.is_month_end(model.day):
        _bill(model)


def _bill(model: CityModel) -> None:
    """Bill every household for the month; who pays depends on burden and trust."""
    size = model.city.households["size"].to_numpy(dtype=np.float64)
    bill_kzt = size * model.bill_kzt_per_person_month
    payment = pay_bills(model.citizens.households(), bill_kzt, model.months_billed, model.seed)
    model.months_billed += 1
    paid = float(payment.paid_kzt.sum())
    model.sums.billed_kzt = float(bill_kzt.sum())
    model.sums.paid_kzt = paid
    model.paid_this_year_kzt = (model.paid_this_year_kzt or 0.0) + paid


def record(model: CityModel) -> None:
    """Add the day to month, year and run; check that nothing got lost."""
    for service in model.services:
        for failure in service.open.values():
            if failure.known_day == model.day:
                model.sums.known_failures += 1.0
                model.sums.days_to_known += failure.known_day - failure.day
    model.recorder.note_money(model.municipality.imbalance())
    model.recorder.add_day(model.sums)
    if model.clock.is_year_end(model.day) and model.day + 1 < model.spec.n_days:
        open_year(model, model.day + 1)


STEP_ORDER: tuple[Step, ...] = (
    Step("weather and calendar", "take today's weather and shocks", weather_and_calendar),
    Step("ageing and failures", "age every asset; some fail", ageing_and_failures),
    Step("dispatch and repair", "find, isolate, drive, mend, renew", dispatch_and_repair),
    Step("flows", "solve water, heat, traffic where changed; drive to calls", flows),
    Step("service levels", "service and indoor temperature per building", service_levels),
    Step("citizens", "notice, report, judge; 109 passes reports on", citizens),
    Step("institutions", "bills every month", institutions),
    Step("record", "sums, tables, invariants; open the next year at its end", record),
)
