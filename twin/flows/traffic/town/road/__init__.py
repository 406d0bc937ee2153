"""What traffic does to roads and to the air, and what a worn road does to traffic."""

from twin.flows.traffic.town.road.emissions import car_co2_gpkm, fuel_factor, truck_co2_gpkm
from twin.flows.traffic.town.road.heavy import HeavyVehicle, bus, standard_axles, trucks
from twin.flows.traffic.town.road.pavement import capacity_share, speed_share
from twin.flows.traffic.town.road.safety import injury_crashes

__all__ = [
    "HeavyVehicle",
    "bus",
    "capacity_share",
    "car_co2_gpkm",
    "fuel_factor",
    "injury_crashes",
    "speed_share",
    "standard_axles",
    "truck_co2_gpkm",
    "trucks",
]
