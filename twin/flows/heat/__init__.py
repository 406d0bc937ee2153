"""District heating: steady coupled flow and temperature, buildings, and the city's heat system.

Usable alone: `net = HeatNetwork(nodes=..., pipes=..., consumers=..., sources=...)`, then
`solve(net)`.
"""

from twin.flows.heat.buildings import (
    BuildingsParams,
    TwoMassParams,
    building_params,
    two_mass,
)
from twin.flows.heat.curve import QualityCurve, heating_season
from twin.flows.heat.dynamics.simulate import HeatSeries, simulate
from twin.flows.heat.export import to_geoparquet
from twin.flows.heat.indoor.hours import Heaters, IndoorHours, hours_until, indoor_day, indoor_hours
from twin.flows.heat.medium.fluid import constant_fluid, fluid_from_table, water
from twin.flows.heat.network import HeatNetwork
from twin.flows.heat.pandapipes import read_pandapipes
from twin.flows.heat.solver import HeatSolution, Tolerance, solve, solve_arrays
from twin.flows.heat.system import HeatSystem

__all__ = [
    "BuildingsParams",
    "HeatNetwork",
    "HeatSeries",
    "HeatSolution",
    "HeatSystem",
    "Heaters",
    "IndoorHours",
    "QualityCurve",
    "Tolerance",
    "TwoMassParams",
    "building_params",
    "constant_fluid",
    "fluid_from_table",
    "heating_season",
    "hours_until",
    "indoor_day",
    "indoor_hours",
    "read_pandapipes",
    "simulate",
    "solve",
    "solve_arrays",
    "to_geoparquet",
    "two_mass",
    "water",
]
