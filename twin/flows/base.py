"""What every utility network is to the city: a system that turns a day's state into service.

A utility is one folder under `twin/flows/` whose `system.py` registers a subclass of
`AbstractFlowSystem`. `docs/add-a-utility.md` walks through it.
"""

from __future__ import annotations

import hashlib
import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.recent import Recent
from twin.core.registry import Registry

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, Int32, UInt8
    from twin.core.parameter_set import Parameters


OUT_OF_SERVICE = 2


class SolveStatus(Enum):
    """How a solve ended; a value inside, an error only at the edge."""

    CONVERGED = "converged"
    NOT_CONVERGED = "not converged"
    NO_SOURCE = "no source"


@final
@dataclass(frozen=True, slots=True)
class NetworkState:
    """Input of one network on one day. Edges are that network's, in asset order."""

    day: int
    """Days since the start of the run."""
    outdoor_temp_c: Float64
    """Hourly outdoor temperature, shape (24,)."""
    closed: UInt8
    """1 where an edge is isolated or closed for repair, `OUT_OF_SERVICE` where it is plugged off or
    not laid yet, which drains nobody; shape (n_edges,)."""
    break_area_m2: Float64
    """Open area of breaks, shape (n_edges,); in a closed edge it flows in its `break_hours`."""
    capacity_share: Float64
    """Share of lanes (streets) or of plant capacity left, shape (n_edges,), 0-1."""
    wear_phys: Float64
    """Physical wear 0-1, shape (n_edges,); brought up to date every January and where renewed."""
    people: Int32
    """Residents per building, shape (n_buildings,)."""
    adaptive_signal_share: float = 0.0
    """Share of the junctions with lights whose lights follow the traffic, busiest first."""
    source_share: float = 1.0
    """Share of source capacity available, 0-1 (derating by shocks)."""
    break_hours: Float64 | None = None
    """Hours from midnight after which an edge closed today is shut, shape (n_edges,); None: 0."""
    trip_factor: float = 1.0
    """Trips of the day over those of a usual day; only streets use it."""
    resident_use: float = 1.0
    """What residents want over what they want at the prices of the start year."""


@final
@dataclass(frozen=True, slots=True)
class FlowService:
    """What one network gives the city on one day."""

    service: Float64
    """Share of what each building wants that it gets, shape (n_buildings,), 0-1; NaN where the
    building is not connected to this network."""
    imbalance: float
    """Largest relative conservation error of the solve (mass, energy or vehicles)."""
    status: SolveStatus
    edge_flow: Float64
    """Flow on every edge in the network's own unit, shape (n_edges,)."""
    totals: dict[str, float] = field(default_factory=dict)
    """City totals of the day by name with unit, such as `produced_m3`."""
    details: dict[str, Float64] = field(default_factory=dict)
    """Further arrays of the network's own making by name with unit, such as `link_time_s`."""
    used: Float64 | None = None
    """What each building got today in the unit of `NetworkKind.sales`, shape (n_buildings,), 0
    where not connected; None where the network sells nothing."""


class AbstractFlowSystem(ABC):
    """A utility network of the city.

    An implementation is stateless but for caches and warm starts: the same `NetworkState` always
    gives the same `FlowService`, bit for bit, whatever was solved before.
    """

    kind: str
    """Name of the network, as in `util_edges.network` or `street`."""
    service_unit: str
    """What `FlowService.edge_flow` is measured in."""

    @classmethod
    @abstractmethod
    def from_city(cls, city: City, params: Parameters | None = None) -> AbstractFlowSystem:
        """Compile the network of a city; raise `CityDataError` with all faults.

        `params` are the parameters of the scenario; None takes the defaults.
        """

    @abstractmethod
    def solve(self, state: NetworkState) -> FlowService:
        """Solve one day."""

    @abstractmethod
    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return the parts of a state this network depends on: arrays and plain numbers.

        Two states with equal relevant parts have the same service, so the second is not solved.
        """


@final
class AbsentSystem(AbstractFlowSystem):
    """A network that a city does not have: no edges, and no building connected to it."""

    kind = "absent"
    service_unit = ""

    def __init__(self, n_buildings: int) -> None:
        self._n_buildings = n_buildings

    @classmethod
    def from_city(cls, city: City, params: Parameters | None = None) -> AbsentSystem:
        """Take the number of buildings."""
        del params
        return cls(len(city.buildings))

    def solve(self, state: NetworkState) -> FlowService:
        """Return a service nobody is connected to."""
        return FlowService(
            service=np.full(self._n_buildings, np.nan),
            imbalance=0.0,
            status=SolveStatus.CONVERGED,
            edge_flow=np.zeros(state.closed.size),
        )

    def relevant(self, state: NetworkState) -> tuple[object, ...]:
        """Return nothing: it depends on nothing."""
        del state
        return ()


flow_systems: Registry[type[AbstractFlowSystem]] = Registry("network")


def compiled_system(
    network: NetworkKind, city: City, params: Parameters | None = None
) -> AbstractFlowSystem:
    """Compile a network for a city; an `AbsentSystem` where the city has none of its edges."""
    if not len(city.network_edges(network.name)):
        return AbsentSystem.from_city(city)
    importlib.import_module(network.system)
    return flow_systems[network.name].from_city(city, params)


def state_key(parts: tuple[object, ...]) -> bytes:
    """Hash arrays and plain values to 16 bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
        digest.update(b"\x1f")
    return digest.digest()


@final
class CachedFlow:
    """Solve a network only when what it depends on has changed.

    Keeps the last `capacity` services by key, least recently used first out.
    """

    def __init__(self, system: AbstractFlowSystem, capacity: int = 64) -> None:
        self.system = system
        self.solves = 0
        self.hits = 0
        self._services: Recent[bytes, FlowService] = Recent(capacity)

    def solve(self, state: NetworkState) -> FlowService:
        """Return the service of a state, solved now or earlier."""
        key = state_key(self.system.relevant(state))
        service = self._services.get(key)
        if service is None:
            service = self.system.solve(state)
            self._services.put(key, service)
            self.solves += 1
        else:
            self.hits += 1
        return service
