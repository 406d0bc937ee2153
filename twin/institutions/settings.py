"""All policy that is adopted, in one frozen object; whoever acts reads it there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never, final

from twin.city.actions import (
    LayHeatLoops,
    RankRenewals,
    RankRepairs,
    SetBudget,
    SetClosures,
    SetCollection,
    SetConduct,
    SetCrews,
    SetDepartments,
    SetDetection,
    SetEmergency,
    SetInspection,
    SetInvestment,
    SetMetering,
    SetParticipatoryBudget,
    SetRingFence,
    SetTariff,
    SetTrafficLights,
    SetVoice,
)

if TYPE_CHECKING:
    from twin.city.actions import Action


@final
@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The policy in force, one field per action; an action's own defaults are neutral."""

    budget: SetBudget = field(default_factory=SetBudget)
    ring_fence: SetRingFence = field(default_factory=SetRingFence)
    renewals: RankRenewals = field(default_factory=RankRenewals)
    repairs: RankRepairs = field(default_factory=RankRepairs)
    """Of the failures that wait today."""
    crews: SetCrews = field(default_factory=SetCrews)
    conduct: SetConduct = field(default_factory=SetConduct)
    departments: SetDepartments = field(default_factory=SetDepartments)
    investment: SetInvestment = field(default_factory=SetInvestment)
    detection: SetDetection = field(default_factory=SetDetection)
    inspection: SetInspection = field(default_factory=SetInspection)
    voice: SetVoice = field(default_factory=SetVoice)
    tariff: SetTariff = field(default_factory=SetTariff)
    collection: SetCollection = field(default_factory=SetCollection)
    metering: SetMetering = field(default_factory=SetMetering)
    participatory_budget: SetParticipatoryBudget = field(default_factory=SetParticipatoryBudget)
    emergency: SetEmergency = field(default_factory=SetEmergency)
    closures: SetClosures = field(default_factory=SetClosures)
    traffic_lights: SetTrafficLights = field(default_factory=SetTrafficLights)
    heat_loops: LayHeatLoops = field(default_factory=LayHeatLoops)


def adopted(settings: Settings, action: Action) -> Settings:  # noqa: C901, PLR0911, PLR0912 - one case per action
    """Return the settings after an action. Every action has its field: mypy sees to it."""
    match action:
        case SetBudget():
            return replace(settings, budget=action)
        case SetRingFence():
            return replace(settings, ring_fence=action)
        case RankRenewals():
            return replace(settings, renewals=action)
        case RankRepairs():
            return replace(settings, repairs=action)
        case SetCrews():
            return replace(settings, crews=action)
        case SetConduct():
            return replace(settings, conduct=action)
        case SetDepartments():
            return replace(settings, departments=action)
        case SetInvestment():
            return replace(settings, investment=action)
        case SetDetection():
            return replace(settings, detection=action)
        case SetInspection():
            return replace(settings, inspection=action)
        case SetVoice():
            return replace(settings, voice=action)
        case SetTariff():
            return replace(settings, tariff=action)
        case SetCollection():
            return replace(settings, collection=action)
        case SetMetering():
            return replace(settings, metering=action)
        case SetParticipatoryBudget():
            return replace(settings, participatory_budget=action)
        case SetEmergency():
            return replace(settings, emergency=action)
        case SetClosures():
            return replace(settings, closures=action)
        case SetTrafficLights():
            return replace(settings, traffic_lights=action)
        case LayHeatLoops():
            return replace(settings, heat_loops=action)
        case _:
            assert_never(action)
