"""Institutions as Mesa agents: municipality, network services, repair crews, contact centre."""

from twin.institutions.contact_centre import ContactCentre
from twin.institutions.crew import RepairCrew
from twin.institutions.dispatch import send_crews
from twin.institutions.municipality import Municipality
from twin.institutions.service import NetworkService

__all__ = ["ContactCentre", "Municipality", "NetworkService", "RepairCrew", "send_crews"]
