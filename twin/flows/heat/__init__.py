"""District heating: steady coupled flow and temperature, buildings, and the city's heat system.

Usable alone: `net = HeatNetwork(nodes=..., pipes=..., consumers=..., sources=...)`, then
`solve(net)`.
"""

from twin.flows.heat.buildings import BuildingsParams, building_params, indoor_day
from twin.flows.heat.curve import QualityCurve, heating_season
from twin.flows.heat.dynamics.simulate import HeatSeries, simulate
from twin.flows.heat.medium.fluid import constant_fluid, fluid_from_table, water
from twin.flows.heat.network import HeatNetwork
from twin.flows.heat.solver import HeatSolution, Tolerance, solve, solve_arrays
from twin.flows.heat.system import HeatSystem

__all__ = [
    "BuildingsParams",
    "HeatNetwork",
    "HeatSeries",
    "HeatSolution",
    "HeatSystem",
    "QualityCurve",
    "Tolerance",
    "building_params",
    "constant_fluid",
    "fluid_from_table",
    "heating_season",
    "indoor_day",
    "simulate",
    "solve",
    "solve_arrays",
    "water",
]
