"""How levers come to act: they decide on a view, and institutions carry their actions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.actions import (
    PayLinks,
    RankRenewals,
    RankRepairs,
    SetBudget,
    SetClosures,
    SetConduct,
    SetCrews,
    SetDetection,
    SetEmergency,
    SetRingFence,
    SetSignals,
    SetTariff,
    SetVoice,
)
from twin.policy import Cadence

if TYPE_CHECKING:
    from twin.city.actions import Action
    from twin.model.city_model import CityModel


def open_year(model: CityModel, day: int = 0) -> None:
    """Let every lever decide for the year, and receive its money."""
    if day:
        model.assets.pass_axles(model.traffic.axles_m_per_year, years=1.0)
    model.wear_phys = model.assets.wear_phys()
    model.asset_view = model.assets.view()
    decide(model, Cadence.YEAR, day)
    collected = model.paid_this_year_kzt if day else None
    share = model.clock.share_of_year_left(day)
    office = model.municipality
    before_kzt = office.ledger.detection_kzt
    received = office.open_year(int(model.people.sum()), collected, share)
    running_kzt = office.ledger.detection_kzt - before_kzt
    model.recorder.note_year(received, running_kzt, model.clock.days_of_year_left(day))
    model.paid_this_year_kzt = 0.0


def decide(model: CityModel, cadence: Cadence, day: int | None = None) -> None:
    """Ask every lever of a cadence and carry out its actions."""
    due = [lever for lever in model.levers.values() if lever.cadence is cadence]
    if cadence is Cadence.DAY and not model.waiting() and model.day:
        model.repair_score = np.empty(0)
        return
    view = model.view(day)
    for lever in due:
        for action in lever.decide(view):
            _carry_out(model, action)


def _carry_out(model: CityModel, action: Action) -> None:
    """Hand an action to the institution it concerns."""
    match action:
        case SetDetection():
            _set_detection(model, action)
        case RankRepairs(score):
            model.repair_score = score
        case SetCrews(crews):
            model.set_crews(crews)
        case SetVoice(voice_share, channels, feedback_rate):
            model.set_voice(voice_share, channels, feedback_rate)
        case SetTariff(bill):
            model.bill_kzt_per_person_month = bill
        case SetEmergency() | SetClosures() | SetSignals():
            _set_streets(model, action)
        case SetBudget() | SetRingFence() | SetConduct() | RankRenewals() | PayLinks():
            model.municipality.adopt(action)


def _set_streets(model: CityModel, action: SetEmergency | SetClosures | SetSignals) -> None:
    """Tell those who drive, and the lights, what holds on the streets."""
    match action:
        case SetEmergency():
            model.emergency.set_policy(action)
        case SetClosures():
            model.closures.set_policy(action)
        case SetSignals():
            model.set_signals(action)


def _set_detection(model: CityModel, action: SetDetection) -> None:
    """Tell the payer and the users of sensors."""
    model.municipality.set_detection(action)
    for service in model.services:
        service.detection = action
