"""Designs of experiments: which settings are run. Seeds multiply every design alike."""

from twin.experiment.design.base import Design, apply
from twin.experiment.design.factorial import full_factorial
from twin.experiment.design.sampled import latin_hypercube, morris, sobol, sobol_indices
from twin.experiment.design.table import from_csv, from_records

__all__ = [
    "Design",
    "apply",
    "from_csv",
    "from_records",
    "full_factorial",
    "latin_hypercube",
    "morris",
    "sobol",
    "sobol_indices",
]
