"""The networks of a city in their one order: streets, water, heat, and what has moved in.

Every folder under `twin/flows` that holds a `kind.py` is a network. The declaration is read from
that file without importing the folder, since the solvers stand above the city's tables, which
derive from it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from twin.city.network_kind import NetworkKind
from twin.core.errors import ScenarioError
from twin.core.parameters import parameters
from twin.core.registry import nearest

_FLOWS = Path(__file__).resolve().parents[1] / "flows"


def _declaration(path: Path) -> NetworkKind:
    """Read the declaration of one folder."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_kind", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kind = getattr(module, "KIND", None)
    if not isinstance(kind, NetworkKind):
        message = f"{path}: KIND is no NetworkKind"
        raise TypeError(message)
    return kind


def _declared() -> tuple[NetworkKind, ...]:
    """Read all declarations, in order of their codes."""
    kinds = sorted(map(_declaration, _FLOWS.glob("*/kind.py")), key=lambda kind: kind.code)
    names = [kind.name for kind in kinds]
    counted = [kind.code for kind in kinds] == list(range(len(kinds)))
    streets = [kind.code for kind in kinds if kind.is_street]
    if not counted or streets != [0] or len(set(names)) < len(names):
        listed = ", ".join(f"{kind.name} {kind.code}" for kind in kinds)
        message = (
            "networks need codes 0, 1, 2, ..., streets the first, and names of their own; "
            f"declared: {listed}"
        )
        raise ImportError(message)
    return tuple(kinds)


NETWORKS: tuple[NetworkKind, ...] = _declared()
"""All networks in the order of their codes, as declared; a scenario's parameters may change their
numbers, see `Scenario.parameters`."""
NETWORK_NAMES: tuple[str, ...] = tuple(kind.name for kind in NETWORKS)
UTILITIES: tuple[NetworkKind, ...] = tuple(kind for kind in NETWORKS if not kind.is_street)
"""Networks whose edges are mains in `util_edges`."""
UTILITY_NAMES: tuple[str, ...] = tuple(kind.name for kind in UTILITIES)
STREET = next(kind for kind in NETWORKS if kind.is_street)

for _kind in NETWORKS:
    parameters.register(f"networks.{_kind.name}")(_kind)


def code_of(network: str) -> int:
    """Return the code of a network; raise `ScenarioError` with the nearest name."""
    if network not in NETWORK_NAMES:
        message = f"{network!r} is no network. {nearest(network, list(NETWORK_NAMES))}"
        raise ScenarioError(message)
    return NETWORK_NAMES.index(network)
