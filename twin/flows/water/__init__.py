"""Water distribution hydraulics: a library of its own, and a system of the city."""

from twin.flows.water import quality, resilience
from twin.flows.water.inp.read import read_inp
from twin.flows.water.inp.write import write_inp
from twin.flows.water.network import Headloss, WaterNetwork
from twin.flows.water.simulate import WaterResult, simulate
from twin.flows.water.solver import SolveOptions, WaterState, solve

__all__ = [
    "Headloss",
    "SolveOptions",
    "WaterNetwork",
    "WaterResult",
    "WaterState",
    "quality",
    "read_inp",
    "resilience",
    "simulate",
    "solve",
    "write_inp",
]
