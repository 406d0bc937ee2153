"""Runs kept on disk, comparison of policies, and sweeps (`twin.experiment.sweeps`)."""

from twin.experiment.answer import answer, best_arm
from twin.experiment.effects import by_arm, compare, effects, scenario_runs
from twin.experiment.expectations import expectations
from twin.experiment.runs import run, run_all
from twin.experiment.store import Run, open_run

__all__ = [
    "Run",
    "answer",
    "best_arm",
    "by_arm",
    "compare",
    "effects",
    "expectations",
    "open_run",
    "run",
    "run_all",
    "scenario_runs",
]
