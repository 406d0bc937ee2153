"""Dispatch and repair: services and municipality open their day, crews go out, works end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.assets.works import carry_out
from twin.city.work_options import WorkOption
from twin.institutions import RepairCrew, send_crews
from twin.institutions.contracts import Outcome
from twin.model.decisions import decide
from twin.model.journal import WorkDone
from twin.policy import Cadence

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.model.state import State

DOES = "find, isolate, drive, mend, renew"


def step(state: State) -> None:
    """End repairs, find failures, release money, renew in the season, send crews."""
    institutions = state.institutions
    institutions.agents.do("step")
    for service in state.services:
        for failure in service.mended:
            institutions.contact_centre.close(failure)
    _renew(state)
    decide(state, Cadence.DAY)
    started = send_crews(
        state.day,
        state.today.settings.repairs.score,
        state.services,
        crews_on_duty(state),
        institutions.municipality,
        lambda from_node, asset: _travel_s(state, from_node, asset),
    )
    for failure in started:
        _count_repair(state, failure)
    for code, service in enumerate(state.services):
        service.clamp(state.day)
        state.sums.waiting_failure_days[code] += len(service.waiting)


def _count_repair(state: State, failure: Failure) -> None:
    """Add a repair that starts today to the sums."""
    sums = state.sums
    sums.repairs[failure.network] += 1.0
    sums.repair_kzt += failure.cost_kzt
    if math.isfinite(failure.travel_s):
        sums.travel_s += failure.travel_s
        sums.travels += 1.0
    sums.days_to_mended += failure.end_day + 1 - failure.day


def crews_on_duty(state: State) -> list[list[RepairCrew]]:
    """Return the crews that policy puts on duty, network by network; new ones are hired."""
    institutions, numbers = state.institutions, state.today.settings.crews.crews
    on_duty = []
    for code, group in enumerate(institutions.crews):
        number = numbers[code] if numbers else 0
        works = state.networks[code].works
        while len(group) < number:
            group.append(RepairCrew(len(group), works, institutions.depot_street_node))
        on_duty.append(group[:number])
    return on_duty


def _travel_s(state: State, from_node: int, asset: int) -> float:
    """Return a crew's way to an asset on yesterday's congested streets, through closures too.

    NaN where it is not known: off the streets, and on the first day.
    """
    street = int(state.assets.street_edge[asset])
    if street < 0 or "street" not in state.flow_service:
        return math.nan
    everywhere = np.ones(len(state.city.street_edges), dtype=np.bool_)
    times = state.traffic.emergency_times_s(
        np.array([from_node], dtype=np.int32),
        state.flow_service["street"],
        delay_share=1.0,
        may_pass=everywhere,
    )[0]
    edges = state.city.street_edges
    ends = (int(edges["tail"].iat[street]), int(edges["head"].iat[street]))
    time_s = min(float(times[ends[0]]), float(times[ends[1]]))
    return time_s if math.isfinite(time_s) else math.nan


def _renew(state: State) -> None:
    """Finish the works that end today; a failure that waited there is closed with them.

    Of an abandoned work the money is spent and the old asset stays; a badly laid asset is new in
    the register and fails as an older one.
    """
    for job in state.institutions.municipality.finished():
        option = job.option
        network = int(state.assets.arrays.network[job.asset])
        state.sums.renewal_kzt += job.cost_kzt
        state.sums.works += 1.0
        state.journal.works.append(WorkDone(job, option, job.reason, state.day))
        if job.outcome is not Outcome.GOOD:
            state.sums.failed_works += 1.0
        if job.outcome is Outcome.NONE:
            continue
        dropped = state.services[network].replaced(job.asset)
        if dropped is not None:
            dropped.end_day = state.day
            state.institutions.contact_centre.close(dropped)
        carry_out(state.assets, job.asset, option, state.knowledge.numbers.works)
        state.knowledge.note_work(job.asset, option)
        if job.outcome is Outcome.BAD and option in (WorkOption.REPLACE, WorkOption.LOOP):
            years = state.today.contracts.bad_laying_years
            state.assets.arrays.age_years[job.asset] = years
        state.wear_phys[job.asset] = state.assets.wear_phys_of(job.asset)
        if option is not WorkOption.DECOMMISSION:
            state.sums.renewed_m[network] += float(state.assets.arrays.length_m[job.asset])
