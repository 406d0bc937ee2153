"""Urban digital twin simulation engine.

The names below load on first use, so that `import twin` and `twin --help` are quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.city.bundle import City, load_city
    from twin.drawing import plot_effects
    from twin.experiment import compare, run
    from twin.experiment.sweeps import sweep
    from twin.model.city_model import CityModel
    from twin.scenario import Scenario, load_scenario
    from twin.scenario.city import resolve_city

    __version__: str

__all__ = [
    "City",
    "CityModel",
    "Scenario",
    "__version__",
    "compare",
    "load_city",
    "load_scenario",
    "plot_effects",
    "resolve_city",
    "run",
    "sweep",
]

_HOMES = {
    "City": "twin.city.bundle",
    "CityModel": "twin.model.city_model",
    "Scenario": "twin.scenario",
    "compare": "twin.experiment",
    "load_city": "twin.city.bundle",
    "load_scenario": "twin.scenario",
    "plot_effects": "twin.drawing",
    "resolve_city": "twin.scenario.city",
    "run": "twin.experiment",
    "sweep": "twin.experiment.sweeps",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the names above
    """Import a public name when it is first asked for."""
    if name == "__version__":
        return import_module("importlib.metadata").version("urban-twin")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    message = f"module 'twin' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
