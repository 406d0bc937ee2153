"""Runs kept on disk, comparison of policies, and sweeps (`twin.experiment.sweeps`)."""

from twin.experiment.answer import answer
from twin.experiment.effects import by_arm, compare, effects, expectations, scenario_runs
from twin.experiment.runs import run, run_all
from twin.experiment.store import Run, open_run

__all__ = [
    "Run",
    "answer",
    "by_arm",
    "compare",
    "effects",
    "expectations",
    "open_run",
    "run",
    "run_all",
    "scenario_runs",
]
