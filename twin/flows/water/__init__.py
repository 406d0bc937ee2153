"""Water distribution hydraulics: a library of its own, and a system of the city."""

from twin.flows.water import quality, resilience
from twin.flows.water.ensemble import WaterEnsemble, simulate_ensemble
from twin.flows.water.inp.read.network import read_inp
from twin.flows.water.inp.write.network import write_inp
from twin.flows.water.network.tables import Headloss, WaterNetwork
from twin.flows.water.simulate import WaterResult, simulate
from twin.flows.water.solve import SolveOptions, WaterState, solve

__all__ = [
    "Headloss",
    "SolveOptions",
    "WaterEnsemble",
    "WaterNetwork",
    "WaterResult",
    "WaterState",
    "quality",
    "read_inp",
    "resilience",
    "simulate",
    "simulate_ensemble",
    "solve",
    "write_inp",
]
