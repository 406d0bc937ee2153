"""Who acts in a city: municipality and network services are Mesa agents, the others are called."""

from twin.institutions.contact_centre import ContactCentre
from twin.institutions.crew import RepairCrew
from twin.institutions.dispatch import send_crews
from twin.institutions.investor import Investor
from twin.institutions.municipality import Municipality
from twin.institutions.service import NetworkService
from twin.institutions.settings import Settings
from twin.institutions.today import Today

__all__ = [
    "ContactCentre",
    "Investor",
    "Municipality",
    "NetworkService",
    "RepairCrew",
    "Settings",
    "Today",
    "send_crews",
]
