"""When a run solves, reports and changes its patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Int64


@final
@dataclass(frozen=True, slots=True)
class Times:
    """Clock of an extended-period run; all in whole seconds, as in EPANET."""

    duration_s: int = 0
    step_s: int = 3600
    """Longest distance of two solves."""
    pattern_step_s: int = 3600
    pattern_start_s: int = 0
    """Where in their patterns a run begins."""
    report_step_s: int = 3600
    """Distance of reported times, each of which is a time of a solve."""
    report_start_s: int = 0
    report_last: bool = False
    """Whether the last state is reported though it falls between reported times."""
    rule_step_s: int = 360
    start_clock_s: int = 0
    """Time of day at which a run begins."""
    most_rows: int = 0
    """Rows of a run that reports every solve; 0 for one that reports at its steps."""

    @property
    def n_reports(self) -> int:
        """Number of reported times, or the most of a run that reports every solve."""
        if self.most_rows > 0:
            return self.most_rows
        whole, rest = divmod(self.duration_s - self.report_start_s, self.report_step_s)
        return max(whole + 1 + (rest > 0 and self.report_last), 0)

    @property
    def reported_s(self) -> Int64:
        """Reported times in s, of a run that reports at its steps; shape (n_reports,)."""
        at: Int64 = self.report_start_s + self.report_step_s * np.arange(self.n_reports)
        return np.minimum(at, self.duration_s)
