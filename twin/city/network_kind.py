"""What a network is: one declaration from which everything that differs by network derives.

A folder under `twin/flows` holds one in `kind.py`; `twin.city.networks` gathers them.
`docs/add-a-utility.md` walks through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, final

from twin.core.parameters import Grade, Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city.hazard_laws import HazardLaw
    from twin.city.pavement import Pavement
    from twin.core.columns import Column


class Perception(Enum):
    """What residents notice of a network's service at home."""

    MISSING = "missing"
    """The share of the service that does not arrive."""
    COLD_HOME = "cold home"
    """How far the home is below comfort."""
    CUT_OFF = "cut off"
    """No way to work or school; slow ways are not reported."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What repair and renewal cost, in KZT of 2025."""

    repair_kzt: float
    """Of one failure, at a diameter of 0."""
    repair_kzt_per_m: float
    """Further cost per metre of diameter; 0 for streets."""
    renewal_kzt_per_m: float
    """Per metre of length, of streets per lane of both directions."""
    renewal_kzt_per_m2: float
    """Per metre of length and metre of diameter; 0 for streets."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """How failures are handled."""

    repair_hours: float
    """Median hours of a repair, of mains at DN100."""
    repair_hours_per_m: float
    """Further hours per metre of diameter above 0.1 m; 0 for streets."""
    shift_hours: float
    """Hours a day that a crew works."""
    isolation_hours: float
    """Hours from midnight until the valves around a break are shut on the day of isolation."""
    leak_share: float
    """Open area of a full break over the bore of the pipe; the area grows with severity squared."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What a failure is to residents."""

    service_weight: float
    """Share of the service felt that is lost without this network."""
    seen_severity: float
    """How bad a full failure that shows in one's street is, 0-1."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """What an operator sells, and what it takes to make it."""

    unit: str
    """Unit of `FlowService.used`, in which it is billed, such as `m3`."""
    made: str
    """City total of the flow that costs are counted on, such as `produced_m3`."""
    usual_per_person_year: float
    """Usual use of a connected resident, in that unit."""
    bill_share: float
    """Part of the bill of a resident who has all services."""
    made_kzt: float
    """Fuel or treatment for one unit of `made`."""
    supplier: str
    """What that is bought as: `fuel` or `treatment`."""
    metered_share: float
    """Households that pay by meter; without one they pay the norm."""
    meter_of_building: bool
    """Whether a meter is the building's, not the home's."""
    leaked: str
    """City total of `made` that pipes lose through breaks."""
    pump_kwh: str = ""
    """City total of electricity; empty where the solver has none."""
    price_elasticity: float = 0.0
    """Of the use of those who pay by meter; 0 or less."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkKind:
    """One network of the city. Its numbers are parameters `networks.<name>.<field>`."""

    name: str
    """As in `util_edges.network`, in scenario files and in tables."""
    code: int
    """Place among the networks, in every list and table; keys the ids of assets, so it never
    changes."""
    edges_name: str
    """What its edges are called, such as `water mains`."""
    system: str
    """Module that registers the flow system."""
    colour: str
    """On maps and in QGIS, `#rrggbb`."""
    invariant: str
    """What must not get lost, as a run's manifest and the report name it."""

    end_kinds: Mapping[str, str] = field(default_factory=dict)
    """Roles of nodes where the network begins or ends (what feeds it, or takes what it carries),
    with their colours; the others are junctions. Empty for streets."""
    other_node_kinds: Mapping[str, str] = field(default_factory=dict)
    """Further roles of nodes, such as tanks, with their colours."""
    facilities: Mapping[str, str] = field(default_factory=dict)
    """Its works, by role of their node: what `facilities.kind` calls them."""
    building_node: str = ""
    """Meaning of the column `<name>_node` of buildings."""
    node_columns: tuple[Column, ...] = ()
    """Columns of `util_nodes` that only this network has."""
    edge_columns: tuple[Column, ...] = ()
    """Columns of `util_edges` that only this network has."""

    hazards: Mapping[str, HazardLaw]
    """Law of failure by material."""
    default_material: str
    """Material whose law holds for one without its own."""
    most_failures_per_km_year: float
    """Rate at which growth with age ends."""
    norm_life_years: float
    """Normative service life: straight-line wear in the register is 1 there."""
    pavement: Pavement | None = None
    """Of streets, whose wear is roughness; the wear of mains is the chance that a run of 250 m has
    failed."""
    costs: Costs
    works: Works
    felt: Felt
    perceived: Perception = Perception.MISSING
    sales: Sales | None = None
    """What its operator sells; None for a network that the municipality runs free of charge."""
    default_crews: int = 1
    """Repair crews where a scenario does not say otherwise."""

    service_meaning: str
    """Meaning of the indicator `<name>_service_share`, and of the column `<name>_service` of a
    run's zones."""
    outage_meaning: str = ""
    """Meaning of the indicator `<name>_outage_days`; empty where half a service is no outage."""
    failures_name: str = "breaks"
    failures_meaning: str = ""
    """Name and meaning of the indicator `<name>_<failures_name>_per_km_year`."""

    @property
    def is_street(self) -> bool:
        """Whether its edges are `street_edges`; all others are mains in `util_edges`."""
        return not self.end_kinds

    @property
    def node_kinds(self) -> tuple[str, ...]:
        """Roles of its nodes."""
        return ("junction", *self.end_kinds, *self.other_node_kinds)

    @property
    def node_column(self) -> str:
        """Column of buildings that holds the node which serves them."""
        return f"{self.name}_node"


def share(value: float, grade: Grade, source: str) -> Number:
    """Return a number from 0 to 1."""
    return Number(value, "share", 0.0, 1.0, grade, source)


def hours(value: float, most: float, grade: Grade, source: str) -> Number:
    """Return a number of hours."""
    return Number(value, "h", 0.0, most, grade, source)


def shift(value: float, source: str) -> Number:
    """Return the hours a day that a crew works, a guess."""
    return Number(value, "h", 1.0, 24.0, Grade.GUESS, source)


def cost(value: float, unit: str, grade: Grade, source: str) -> Number:
    """Return a price in KZT of 2025."""
    return Number(value, unit, 0.0, 1e9, grade, source)


def failure_rate(value: float, grade: Grade, source: str) -> Number:
    """Return failures per kilometre and year."""
    return Number(value, "1/(km a)", 0.0, 20.0, grade, source)


def growth(value: float, grade: Grade, source: str) -> Number:
    """Return the growth of a rate per year of age."""
    return Number(value, "1/a", 0.0, 0.5, grade, source)
