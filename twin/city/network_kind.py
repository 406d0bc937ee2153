"""What a network is: one declaration from which everything that differs by network derives.

A folder under `twin/flows` holds one in `kind.py`; `twin.city.networks` gathers them.
`docs/add-a-utility.md` walks through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, final

from twin.city.hazard_laws import Covariates, HiddenCauses, Vintage
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
    capitalised_share: float = 0.0
    """Share of the cost of repairs that the books count as an improvement of the asset."""


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
class Records:
    """What is reported to the state of failures and wear."""

    violation_severity: float = 1.0
    """Severity from which a failure is a technological violation by the rules."""
    violations_reported: float = 0.0
    """Share of violations that are reported."""
    new_estates_per_year: float = 0.0
    """Growth of the register by mains of new estates outside the city's map."""


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
    covariates: Mapping[str, Covariates] = field(default_factory=dict)
    """What else changes the rate, by material."""
    hidden: HiddenCauses = field(default_factory=HiddenCauses)
    """Why equal entries in the register fail at different rates."""
    modern_materials: Mapping[str, float] = field(default_factory=dict)
    """Materials of renewal with the widest diameter in metres they are laid in, the first that is
    wide enough; empty where a renewal keeps the material."""
    default_material: str
    """Material whose law holds for one without its own."""
    most_failures_per_km_year: float
    """Rate at which growth with age ends."""
    norm_life_years: float
    """Normative service life: straight-line wear in the register is 1 there."""
    pavement: Pavement | None = None
    """Of streets, whose wear is roughness; the wear of mains is the chance that a run of 1 km has
    failed."""
    costs: Costs
    works: Works
    records: Records = field(default_factory=Records)
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

    def modern_material(self, diameter_m: float, present: str) -> str:
        """Return what a renewal is laid in; the present material where none is named."""
        wide_enough = [m for m, most in self.modern_materials.items() if diameter_m <= most]
        return next(iter([*wide_enough, *list(self.modern_materials)[-1:], present]))

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


def variance(value: float, grade: Grade, source: str) -> Number:
    """Return the variance of a factor of mean 1."""
    return Number(value, "1", 0.0, 20.0, grade, source)


def exponent(value: float, grade: Grade, source: str) -> Number:
    """Return the power of a diameter."""
    return Number(value, "1", -3.0, 3.0, grade, source)


def per_degree(value: float, grade: Grade, source: str) -> Number:
    """Return the growth of a rate per degree."""
    return Number(value, "1/K", 0.0, 5.0, grade, source)


def vintage(before_year: int, factor: float, grade: Grade, source: str) -> Vintage:
    """Return a vintage of pipes with its factor on the rate."""
    return Vintage(
        Number(before_year, "year", 1800, 2100, grade, source),
        Number(factor, "1", 0.01, 20.0, grade, source),
    )


def widest(value: float, source: str) -> Number:
    """Return the widest diameter that is laid in a material, a guess."""
    return Number(value, "m", 0.02, 3.0, Grade.GUESS, source)


def mains_records() -> Records:
    """Return what is reported to the state of mains."""
    fewer = (
        "official violations are 20 to 40 times fewer than breaks (53 of heat, 264 of water and "
    )
    fewer += "sewer mains in a heating season of the country, ekaraganda.kz 156038)"
    return Records(
        violation_severity=share(0.9, Grade.GUESS, fewer),
        violations_reported=share(0.33, Grade.GUESS, fewer),
        new_estates_per_year=Number(
            0.048,
            "1/a",
            0.0,
            0.5,
            Grade.MEASURED,
            "119 to 137 thousand km of mains from November 2022 to 2025 (orda.kz 402204; "
            "azattyq-ruhy.kz)",
        ),
    )


def capitalised() -> Number:
    """Return the share of repairs that the books count as an improvement, a guess."""
    why = "books lose wear without renewal: 12 points in 2015-2022 for 3 % renewed"
    return share(0.3, Grade.GUESS, why)


def hidden_causes() -> HiddenCauses:
    """Return where hidden differences of mains come from: a guess how their variance divides."""
    soils = {"mild": (0.4, 0.6), "medium": (0.4, 1.0), "aggressive": (0.2, 2.0)}
    why = "order of corrosivity classes of soils; the variance explained is small beside the whole"
    return HiddenCauses(
        soil_shares={name: share(part, Grade.GUESS, why) for name, (part, _) in soils.items()},
        soil_factors={
            name: Number(factor, "1", 0.05, 20.0, Grade.GUESS, why)
            for name, (_, factor) in soils.items()
        },
        soil_correlation_m=Number(400.0, "m", 10.0, 1e5, Grade.GUESS, "size of a soil patch"),
        laying_spread=Number(0.4, "1", 0.0, 2.0, Grade.GUESS, "bedding and joints by crew"),
        laying_shared=share(0.5, Grade.GUESS, "one contractor lays many pipes alike"),
        laying_correlation_m=Number(500.0, "m", 10.0, 1e5, Grade.GUESS, "a district of works"),
        laying_correlation_years=Number(3.0, "years", 0.1, 100.0, Grade.GUESS, "a contract"),
    )
