"""Who goes where today: one queue over all networks, limited by crews and by money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.institutions.crew import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.assets import Failure
    from twin.core.arrays import Float64
    from twin.institutions.crew import RepairCrew
    from twin.institutions.municipality import Municipality
    from twin.institutions.service import NetworkService


def send_crews(
    day: int,
    score: Float64,
    services: list[NetworkService],
    crews: list[list[RepairCrew]],
    municipality: Municipality,
    travel_s: Callable[[int, int], float],
) -> list[Failure]:
    """Send free crews to waiting failures in order of rank; return those started.

    A failure whose network has no free crew is passed over. A failure that its purse cannot pay
    holds back all behind it in that purse, so that money gathers for it instead of draining into
    cheaper ones.

    Parameters
    ----------
    day
        Today.
    score
        Rank of the waiting failures, service by service, highest first, shape (n_waiting,).
    services
        The network services, in the order of `twin.city.networks`.
    crews
        Crews on duty of each.
    municipality
        Pays, or refuses.
    travel_s
        Travel time in seconds from a street node to an asset's street.
    """
    waiting = [failure for service in services for failure in service.waiting]
    free = [[crew for crew in group if crew.is_free(day)] for group in crews]
    shut: set[int] = set()
    started: list[Failure] = []
    for place in np.argsort(-score, kind="stable"):
        failure = waiting[int(place)]
        purse = municipality.purse_of(failure.network)
        group = free[failure.network]
        if purse in shut or not group:
            continue
        let = municipality.repair_contract(failure)
        paid = municipality.pay_repair(
            failure.network, let.price_kzt, urgent=failure.isolated, asset_id=failure.asset_id
        )
        if not paid:
            shut.add(purse)
            continue
        failure.cost_kzt = let.price_kzt
        municipality.overrun_kzt += let.overrun_kzt
        crew = min(group, key=lambda one: (one.free_from_hour, one.number))
        way = Way(
            day=day,
            travel_s=travel_s(crew.home_street_node, failure.asset),
            time_factor=municipality.today.repair_time_factor(),
        )
        services[failure.network].send(crew, failure, way)
        free[failure.network] = [one for one in group if one.is_free(day)]
        started.append(failure)
    return started
