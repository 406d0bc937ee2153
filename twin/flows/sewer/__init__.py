"""Gravity sewers by the dynamic wave: a library of its own.

Usable alone: `net = SewerNetwork(nodes=..., conduits=...)`, then `simulate(net, inflow_m3s,
step_s=10.0)` or `solve_steady(net, inflow_m3s)`.
"""

from twin.flows.sewer.inp.read import SewerFile, read_inp
from twin.flows.sewer.inp.write import write_inp
from twin.flows.sewer.network import SewerNetwork
from twin.flows.sewer.simulate import SewerRun, simulate, solve_steady

__all__ = [
    "SewerFile",
    "SewerNetwork",
    "SewerRun",
    "read_inp",
    "simulate",
    "solve_steady",
    "write_inp",
]
