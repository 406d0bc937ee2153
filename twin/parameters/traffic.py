"""All that is assumed of traffic."""

from __future__ import annotations

from typing import final

from twin.core.parameters import parameter_group
from twin.parameters.streets import HeavyVehicleParams, StreetParams
from twin.parameters.travel import TripRates


@final
@parameter_group("traffic")
class TrafficParams:
    """Who travels, how streets carry it, and what heavy vehicles do to them."""

    demand: TripRates = TripRates()
    streets: StreetParams = StreetParams()
    heavy_vehicles: HeavyVehicleParams = HeavyVehicleParams()
