"""Citizens: they notice, report and judge, and the contact centre passes their reports on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens import Channel, Voice, step_day
from twin.citizens.opinion import talk
from twin.model.perceived_problems import perceived_problems
from twin.model.shocks.job_loss import close_plants
from twin.parameters import OpinionParams

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "notice, report, judge; talk every month; 109 passes reports on"


def step(state: State) -> None:
    """Let people notice, report and judge; pass reports on to the network services."""
    close_plants(state)
    day = step_day(state.citizens, perceived_problems(state), _voice(state), state.day, state.seed)
    state.citizen_day = day
    if state.ties is not None and state.today.clock.is_month_end(state.day):
        talk(state.citizens, state.ties, state.spec.parameters.group(OpinionParams))
    for code, service in enumerate(state.services):
        reports = day.reports[code]
        state.sums.reports[code] = float(reports.sum())
        state.institutions.contact_centre.assign(service, reports, state.day)
    state.sums.reports_digital = float(day.reports_by_channel[Channel.APP])
    state.journal.buildings.add_reports(day.reports.sum(axis=0, dtype=np.int32))


def _voice(state: State) -> Voice:
    """Return how people may speak up under the policy in force."""
    policy = state.today.settings.voice
    return Voice(
        voice_share=policy.voice_share,
        channels=tuple(Channel[name.upper()] for name in policy.channels),
        feedback_rate=state.institutions.contact_centre.answered_share,
    )
