"""Burst mains: torn open on one day, each as wide as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.city.networks import code_of
from twin.institutions.service import FULL_BREAK

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.core.arrays import Int64
    from twin.model.state import State
    from twin.scenario import MainBreak


def break_mains(state: State, shock: MainBreak, mains: Int64) -> list[Failure]:
    """Tear open the mains of a shock, except those laid new; the utility sees it at once.

    `mains` are rows among the network's edges.
    """
    failures: list[Failure] = []
    service = state.services[code_of(shock.network)]
    for row in mains:
        asset = service.first + int(row)
        if state.assets.arrays.age_years[asset] < shock.sound_years:
            continue
        leaking = service.open.get(asset)
        if leaking is not None:
            service.burst(leaking, state.day)
        failure = state.assets.break_now(asset, state.day)
        if failure is not None:
            failure.severity = FULL_BREAK
            failures.append(failure)
    return failures
