"""People and households as columns, moved on by compiled loops.

Citizens are not Mesa agents: a day is one pass over all of them. At the turn of a year they move
on (`twin.citizens.demography`); `person_id` keys every draw.
"""

from twin.citizens.columns import CITIZENS, Channel
from twin.citizens.day import CitizenDay, Signals, step_day
from twin.citizens.participation import participation_rate, reporting_by
from twin.citizens.payment import Households, Payment, pay_bills
from twin.citizens.population import Population
from twin.citizens.selection import Citizen, Groups, Selection
from twin.citizens.voice import Voice
from twin.parameters import BehaviourParams, PaymentParams

__all__ = [
    "CITIZENS",
    "BehaviourParams",
    "Channel",
    "Citizen",
    "CitizenDay",
    "Groups",
    "Households",
    "Payment",
    "PaymentParams",
    "Population",
    "Selection",
    "Signals",
    "Voice",
    "participation_rate",
    "pay_bills",
    "reporting_by",
    "step_day",
]
