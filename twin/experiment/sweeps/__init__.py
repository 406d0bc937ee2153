"""Sweeps: many settings times seeds, on one machine or a cluster, resumed and never lost."""

from twin.experiment.sweeps.result import SweepResult
from twin.experiment.sweeps.sweeping import sweep

__all__ = ["SweepResult", "sweep"]
