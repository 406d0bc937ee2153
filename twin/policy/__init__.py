"""Levers: what a planner can set. Importing this package registers the lever of every file."""

from importlib import import_module
from pkgutil import iter_modules

from twin.policy.base import AbstractLever, Cadence, levers, sees_truth

__all__ = ["AbstractLever", "Cadence", "levers", "sees_truth"]

for _file in iter_modules(__path__, f"{__name__}."):
    import_module(_file.name)
