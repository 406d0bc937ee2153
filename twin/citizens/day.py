"""A day in the life of all citizens: sense, decide, judge.

With the values of the morning, for problem k of severity s_k (0 below `notice_severity`)::

    P_k   = 1 - exp(-theta s_k)                  Liu et al. 2023: reports as a Poisson process
    theta = theta_i F (1 + b_t (trust - 0.5)) (1 - fatigue),  F = 1 + b_f (feedback - reference)
    p     = prod_k (1 - weight_k s_k)                                       service felt
    sat  += (a1 p + a2 (p - e) + a3 e + disposition - sat) / satisfaction_days    cut to 0-1
    e    += (p - e) / expectation_days                             Van Ryzin 2013 for both
    trust += max(sat - trust, 0) / trust_up_days - max(trust - sat, 0) / trust_down_days
    fatigue *= exp(-1 / fatigue_days)

Then, who waits for an answer about a problem: one lifts trust by answer_gain (1 - trust) and
halves fatigue; `patience_days` without one cost ignored_loss * trust. Nobody reports a problem
again while waiting for an answer about it. Who reports makes all reports of the day through one
channel, tires by fatigue_per_report (1 - fatigue), and waits. All read the same morning, so the
order of citizens means nothing.

Every number is in `twin.parameters.people` with unit and source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numba
import numpy as np

from twin.citizens.columns import Channel
from twin.citizens.kernels.day import (
    BLOCKS,
    COUNT_AFFECTED,
    COUNT_CHANNEL,
    COUNT_REPORTERS,
    COUNTS,
    SUM_SATISFACTION,
    SUM_TRUST,
    SUMS,
    DayKey,
    feel,
    step_parallel_into,
    step_serial_into,
)
from twin.citizens.voice import day_rules, voice_hazards
from twin.city.networks import NETWORK_NAMES
from twin.core.errors import CityDataError, Fault
from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.citizens.kernels.day import CitizenArrays
    from twin.citizens.population import Population
    from twin.citizens.voice import Voice
    from twin.core.arrays import Float32, Int32, Int64, UInt8

PARALLEL_FROM = 50_000
"""Citizens from which threads gain more than they cost."""


@final
@dataclass(frozen=True, slots=True)
class Signals:
    """What the city is like at each building today."""

    severity: Float32
    """How bad it is, shape (n_networks, n_buildings) in order of `twin.city.networks`: 0 nothing
    wrong, 1 no service (or a ruined street). 0 where a building has no such service."""
    answered: UInt8
    """Bit k where a report of problem k from the building was answered today, shape
    (n_buildings,): 1 the first network, 2 the second, 4 the third, and so on."""

    @classmethod
    def calm(cls, n_buildings: int) -> Signals:
        """Return a day on which nothing is wrong anywhere."""
        severity = np.zeros((len(NETWORK_NAMES), n_buildings), dtype=np.float32)
        return cls(severity, np.zeros(n_buildings, dtype=np.uint8))


@final
@dataclass(frozen=True, slots=True)
class CitizenDay:
    """What came of a day."""

    reports: Int32
    """Reports by problem and building, shape (n_problems, n_buildings), exact."""
    reports_by_channel: Int64
    """Shape (n_channels,), in the order of `Channel`."""
    n_reporters: int
    """Citizens who made at least one report."""
    n_affected: int
    """Residents, children included, who noticed a problem."""
    trust_mean: float
    """Mean over all residents, 0-1; NaN without residents."""
    satisfaction_mean: float
    """Mean over all residents, 0-1; NaN without residents."""

    @property
    def n_reports(self) -> int:
        """Reports of the day."""
        return int(self.reports_by_channel.sum())

    @property
    def digital_share(self) -> float:
        """Share of reports made by app; NaN on a day without reports."""
        n = self.n_reports
        return float(self.reports_by_channel[Channel.APP]) / n if n else np.nan


def day_arrays(population: Population, voice: Voice) -> CitizenArrays:
    """Return the columns a day works on, not copied, with the hazards of reporting by this voice.

    Raises
    ------
    ScenarioError
        If the voice share cannot be reached through the open channels.
    """
    said = voice.voice_share, voice.channels  # feedback enters the rules of the day
    if not population.has_hazards_of(said):
        population.set_hazards(said, voice_hazards(population, voice, population.params))
    return population.arrays()


def step_day(
    population: Population, signals: Signals, voice: Voice, day: int, seed: int
) -> CitizenDay:
    """Move all citizens on by a day and return their reports.

    Parameters
    ----------
    population
        Changed in place, by the rule at the top of this module.
    signals
        What is wrong today.
    voice
        The participation lever; hazards are fitted anew when it changes.
    day
        Days since the start of the run, from 0; the draws are keyed by it.
    seed
        Run seed.

    Raises
    ------
    CityDataError
        If the signals have the wrong shape, or a severity is not in 0-1.
    ScenarioError
        If the voice share cannot be reached through the open channels.
    """
    severity, answered = _checked(signals, population)
    rules = day_rules(population.params, population.networks, voice)
    arguments = (
        day_arrays(population, voice),
        feel(severity, answered, rules),
        rules,
        DayKey(np.uint64(seed), np.uint32(Stream.NOTICE_AND_REPORT), np.uint32(day)),
        population.block_start(),
    )
    reports = np.zeros(severity.shape, dtype=np.int32)
    sums = np.zeros((BLOCKS, SUMS))
    counts = np.zeros((BLOCKS, COUNTS), dtype=np.int64)
    many = len(population) >= PARALLEL_FROM and numba.get_num_threads() > 1
    step = step_parallel_into if many else step_serial_into
    step(*arguments, reports, sums, counts)
    population.day = day
    total = counts.sum(axis=0)
    trust_sum, satisfaction_sum = 0.0, 0.0
    for block in sums:
        trust_sum += float(block[SUM_TRUST])
        satisfaction_sum += float(block[SUM_SATISFACTION])
    n = len(population)
    return CitizenDay(
        reports=reports,
        reports_by_channel=total[COUNT_CHANNEL:],
        n_reporters=int(total[COUNT_REPORTERS]),
        n_affected=int(total[COUNT_AFFECTED]),
        trust_mean=trust_sum / n if n else np.nan,
        satisfaction_mean=satisfaction_sum / n if n else np.nan,
    )


def _checked(signals: Signals, population: Population) -> tuple[Float32, UInt8]:
    """Return severity and answered in the kernels' types, or refuse them with all faults."""
    severity = np.ascontiguousarray(signals.severity, dtype=np.float32)
    answered = np.ascontiguousarray(signals.answered, dtype=np.uint8)
    faults = []
    names = [kind.name for kind in population.networks]
    n_buildings = population.n_buildings
    if severity.shape != (len(names), n_buildings):
        what = f"has shape {severity.shape}"
        mend = f"give ({len(names)}, {n_buildings}): networks by buildings"
        faults.append(Fault("signals.severity", what, mend))
    elif severity.size and not (severity.min() >= 0.0 and severity.max() <= 1.0):
        bad = np.argwhere(~((severity >= 0.0) & (severity <= 1.0)))[0]
        where = f"signals.severity[{names[int(bad[0])]}, building {bad[1]}]"
        what = f"is {severity[tuple(bad)]:g}, outside 0 to 1"
        faults.append(Fault(where, what, "give a share; 0 where a building has no such service"))
    if answered.shape != (n_buildings,):
        mend = f"give ({n_buildings},)"
        faults.append(Fault("signals.answered", f"has shape {answered.shape}", mend))
    if faults:
        raise CityDataError(faults)
    return severity, answered
