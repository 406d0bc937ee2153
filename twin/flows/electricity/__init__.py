"""Electric networks of three balanced phases: a library of its own.

Usable alone: `net = PowerNetwork(buses=..., lines=..., loads=..., sources=...)`, then `solve(net)`.
"""

from twin.flows.electricity.files.pandapower import read_pandapower
from twin.flows.electricity.files.pandapower_write import write_pandapower
from twin.flows.electricity.network import PowerNetwork
from twin.flows.electricity.results import PowerSolution
from twin.flows.electricity.solver import PowerRuns, Tolerance, solve, solve_many

__all__ = [
    "PowerNetwork",
    "PowerRuns",
    "PowerSolution",
    "Tolerance",
    "read_pandapower",
    "solve",
    "solve_many",
    "write_pandapower",
]
