"""Every number of the model that is assumed, with unit, bounds, source and grade; one file a field.

Each class is a group that a scenario can set under `parameters:` (`twin.core.parameters` says
how). Whoever uses a number gets the group passed in. Here and not beside their users, so that a
scenario file can be checked without the compiled rooms that use them.
"""

from twin.parameters.buildings import BuiltHours, TimeConstants
from twin.parameters.demography import (
    HouseholdParams,
    LifeParams,
    MoveParams,
    WorkforceParams,
)
from twin.parameters.economy import (
    BillingParams,
    InvestorParams,
    OperatorParams,
    PriceParams,
    StateParams,
    TaxParams,
)
from twin.parameters.heat import HeatParams
from twin.parameters.institutions import ContractParams, InstitutionParams
from twin.parameters.knowledge import (
    InspectionMethod,
    InspectionParams,
    KnowledgeParams,
    WorkParams,
)
from twin.parameters.participation import ParticipationParams
from twin.parameters.people import BehaviourParams, OpinionParams, PaymentParams
from twin.parameters.services import EmergencyParams, HeaterParams, WeatherParams
from twin.parameters.streets import HeavyVehicleParams, StreetParams
from twin.parameters.traffic import TrafficParams
from twin.parameters.travel import DayProfile, Errands, Purpose, TripRates, TruckRates

__all__ = [
    "BehaviourParams",
    "BillingParams",
    "BuiltHours",
    "ContractParams",
    "DayProfile",
    "EmergencyParams",
    "Errands",
    "HeatParams",
    "HeaterParams",
    "HeavyVehicleParams",
    "HouseholdParams",
    "InspectionMethod",
    "InspectionParams",
    "InstitutionParams",
    "InvestorParams",
    "KnowledgeParams",
    "LifeParams",
    "MoveParams",
    "OperatorParams",
    "OpinionParams",
    "ParticipationParams",
    "PaymentParams",
    "PriceParams",
    "Purpose",
    "StateParams",
    "StreetParams",
    "TaxParams",
    "TimeConstants",
    "TrafficParams",
    "TripRates",
    "TruckRates",
    "WeatherParams",
    "WorkParams",
    "WorkforceParams",
]
