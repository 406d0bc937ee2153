"""District heating: steady coupled flow and temperature, buildings, and the city's heat system.

Usable alone: `net = HeatNetwork(nodes=..., pipes=..., consumers=..., sources=...)`, then
`solve(net)`.
"""

from twin.flows.heat.curve import QualityCurve, heating_season
from twin.flows.heat.files.geoparquet import to_geoparquet
from twin.flows.heat.files.pandapipes import read_pandapipes
from twin.flows.heat.fluid import constant_fluid, fluid_from_table, water
from twin.flows.heat.many.solve import HeatRows, solve_ensemble, solve_series
from twin.flows.heat.network import HeatNetwork
from twin.flows.heat.simulate import HeatSeries, simulate
from twin.flows.heat.soil import Soil, buried_loss_w_m2k, ground_temp_c, steel_wall_jmk
from twin.flows.heat.solver import HeatSolution, Tolerance, solve, solve_arrays
from twin.flows.heat.system import HeatSystem
from twin.flows.heat.town.demand import building_loss_wk

__all__ = [
    "HeatNetwork",
    "HeatRows",
    "HeatSeries",
    "HeatSolution",
    "HeatSystem",
    "QualityCurve",
    "Soil",
    "Tolerance",
    "building_loss_wk",
    "buried_loss_w_m2k",
    "constant_fluid",
    "fluid_from_table",
    "ground_temp_c",
    "heating_season",
    "read_pandapipes",
    "simulate",
    "solve",
    "solve_arrays",
    "solve_ensemble",
    "solve_series",
    "steel_wall_jmk",
    "to_geoparquet",
    "water",
]
