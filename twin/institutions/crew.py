"""A repair crew: drives through the congested streets and mends one failure after another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.core.streams import Stream
from twin.kernels.rng import normal

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.city.network_kind import Works

HOURS_PER_DAY = 24.0
_REFERENCE_DIAMETER_M = 0.1


def median_hours(works: Works, diameter_m: float) -> float:
    """Return the median hours of a repair; `diameter_m` is NaN for streets."""
    if math.isnan(diameter_m):
        return works.repair_hours
    wider_m = max(0.0, diameter_m - _REFERENCE_DIAMETER_M)
    return works.repair_hours + works.repair_hours_per_m * wider_m


@final
@dataclass(frozen=True, slots=True)
class Way:
    """How a crew gets to work today."""

    day: int
    travel_s: float
    time_factor: float
    """On the norm hours of a repair."""


@final
class RepairCrew:
    """One crew of one network, stationed at a depot; its service sends it, so it is no agent."""

    def __init__(self, number: int, works: Works, home_street_node: int) -> None:
        self.number = number
        """Place among the crews of its network: of two that are free at once, the lower goes."""
        self.works = works
        self.home_street_node = home_street_node
        self.free_from_hour = 0.0
        """Hours since the start of the run."""
        self.jobs_done = 0

    def is_free(self, day: int) -> bool:
        """Return whether the crew can start a job on a day."""
        return self.free_from_hour < (day + 1) * HOURS_PER_DAY

    def take(
        self,
        failure: Failure,
        way: Way,
        norm_hours: float,
        seed: int,
        *,
        log_spread: float,
    ) -> None:
        """Drive to a failure and mend it; set its first and last day of work.

        The hours are lognormal around `norm_hours`, keyed by the asset and the failure's ordinal,
        so that another policy meets the same difficulty. Work longer than a shift goes on the next
        day. A way that is not known (NaN) costs no time.
        """
        draw = normal(seed, int(Stream.REPAIR_DURATION), failure.asset_id, failure.ordinal)
        work_hours = norm_hours * math.exp(log_spread * draw)
        way_hours = 0.0 if math.isnan(way.travel_s) else way.travel_s / 3600.0
        start_hour = max(self.free_from_hour, way.day * HOURS_PER_DAY) + way_hours
        whole_shifts, rest = divmod(work_hours, self.works.shift_hours)
        end_hour = start_hour + whole_shifts * HOURS_PER_DAY + rest
        failure.travel_s = way.travel_s
        failure.start_day = way.day
        failure.end_day = int(end_hour // HOURS_PER_DAY)
        self.free_from_hour = end_hour
        self.jobs_done += 1
