"""What an indicator is: one registered function of a period of the simulated city.

`docs/add-an-indicator.md` walks through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORKS, code_of
from twin.city.view import AssetCondition
from twin.core.registry import Registry
from twin.indicators.groups import COLD_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twin.core.arrays import Bool, Float64

_NETWORKS = len(NETWORKS)


def _zeros() -> Float64:
    return np.zeros(_NETWORKS)


def _no_reach() -> Float64:
    return np.zeros(3)  # within 8, 10 and 15 minutes


def _no_group() -> Float64:
    return np.zeros(len(COLD_GROUPS))


@final
@dataclass(slots=True)
class Sums:
    """What adds up over days.

    Arrays are by network in the order of `twin.city.networks`, where not stated otherwise.
    """

    days: int = 0
    person_days: float = 0.0
    failures: Float64 = field(default_factory=_zeros)
    violations: Float64 = field(default_factory=_zeros)
    """Failures reported to the state as technological violations, in expectation."""
    repairs: Float64 = field(default_factory=_zeros)
    renewed_m: Float64 = field(default_factory=_zeros)
    known_failures: float = 0.0
    """Failures that became known."""
    days_to_known: float = 0.0
    """Days from failure to knowledge, over `known_failures`."""
    days_to_mended: float = 0.0
    """Days from failure to the end of repair, over all repairs."""
    travel_s: float = 0.0
    """Crews' ways, over `travels`."""
    travels: float = 0.0
    """Repairs to which the crew's way is known."""
    waiting_failure_days: Float64 = field(default_factory=_zeros)
    """Known failures that wait, summed over days."""
    service_person_days: Float64 = field(default_factory=_zeros)
    """Service times residents of connected buildings."""
    connected_person_days: Float64 = field(default_factory=_zeros)
    outage_person_days: Float64 = field(default_factory=_zeros)
    """Residents of connected buildings with less than half their service."""
    cold_degree_hours: float = 0.0
    """Degree-hours below 18 C, times residents on district heat."""
    cold_person_hours: Float64 = field(default_factory=_no_group)
    """Hours below 18 C indoors times residents on district heat, by group of `COLD_GROUPS`."""
    danger_person_hours: Float64 = field(default_factory=_no_group)
    """The same below 12 C."""
    group_person_days: Float64 = field(default_factory=_no_group)
    """Residents on district heat summed over days, by group."""
    electric_heater_kwh: float = 0.0
    """Electricity of the heaters that cold homes switch on."""
    reports: Float64 = field(default_factory=_zeros)
    reports_digital: float = 0.0
    billed_kzt: float = 0.0
    paid_kzt: float = 0.0
    received_kzt: float = 0.0
    """Money for works with which the years opened, spread over their days."""
    programmes_kzt: float = 0.0
    """Cost of the policy to the municipality beyond standing budgets, spread over the year."""
    repair_kzt: float = 0.0
    renewal_kzt: float = 0.0
    money: dict[str, float] = field(default_factory=dict)
    """What moved, in KZT by purpose, such as `repair` or `fuel`; `all spending` is the cash that
    left the city's accounts, `bills` and `depreciation` are no cash."""
    refused_repairs: float = 0.0
    """Purses that could not pay a repair, summed over days."""
    refused_costs_kzt: float = 0.0
    """Costs of operators and municipality that nobody lends for, so that they are not paid."""
    overrun_kzt: float = 0.0
    """Price of contracts over the fair one, after what the council refuses."""
    works: float = 0.0
    """Renewals that are paid and over."""
    failed_works: float = 0.0
    """Those abandoned or laid badly."""
    ambulance_person_days: float = 0.0
    """Residents of a city with ambulances, summed over days."""
    reach_person_days: Float64 = field(default_factory=_no_reach)
    """Residents an ambulance reaches within 8, 10 and 15 minutes, summed over days."""
    ambulance_reached_person_days: float = 0.0
    """Residents an ambulance reaches at all."""
    ambulance_s: float = 0.0
    """Response times, over all residents reached, summed over days."""
    ambulance_busy_person_days: float = 0.0
    """Share of time ambulances are out, times residents."""
    calls: float = 0.0
    """Ambulance calls drawn."""
    calls_within: Float64 = field(default_factory=_no_reach)
    """Those answered within 8, 10 and 15 minutes."""
    calls_answered: float = 0.0
    calls_s: float = 0.0
    """Response times, over all calls answered."""
    fire_person_days: float = 0.0
    """Residents of a city with fire engines, summed over days."""
    fire_reach_person_days: Float64 = field(default_factory=_no_reach)
    """Residents a fire engine reaches within 8, 10 and 15 minutes, summed over days."""
    votes: float = 0.0
    """Ballots cast in participatory budgets."""
    vote_adults: float = 0.0
    """Adults who could vote, summed over rounds."""
    votes_lost: float = 0.0
    """Ballots none of whose projects was chosen."""
    projects_chosen: float = 0.0
    """By votes, counted at the end of their year."""
    projects_built: float = 0.0
    """Of those, finished within it."""
    births: float = 0.0
    deaths: float = 0.0
    moved_in: float = 0.0
    """People who came to live in the town."""
    moved_out: float = 0.0
    """People who left it."""
    moved_within: float = 0.0
    """Households that changed homes in it."""
    flow: dict[str, float] = field(default_factory=dict)
    """Totals of the flow solvers by `<network>.<name>`, such as `water.leaked_m3`."""

    def add(self, other: Sums) -> None:
        """Add another span of days."""
        for name in self.__slots__:
            mine, its = getattr(self, name), getattr(other, name)
            if name in ("flow", "money"):
                for key, value in its.items():
                    mine[key] = mine.get(key, 0.0) + value
            else:
                setattr(self, name, mine + its)


@final
@dataclass(frozen=True, slots=True)
class Period:
    """A month, a year or a whole run: what added up, and how things stood at its end."""

    sums: Sums
    assets: AssetCondition
    people: int
    trust_mean: float
    satisfaction_mean: float
    participation_rate: float
    """Share of adults who reported in the last 365 days."""
    arrears_kzt: float = 0.0
    """Bills not paid yet, of all payers."""
    debt_kzt: float = 0.0
    """Loans of operators and municipality."""
    idle: int = 0
    """Residents out of work."""
    labour_force: int = 0
    """Residents who work or seek work."""
    payers: int = 0
    """Households that live in a home with water or heat from a network."""
    wear_official: float = float("nan")
    """Wear of mains as reported to the state, with new estates."""

    @property
    def years(self) -> float:
        """Length of the period in years."""
        return self.sums.days / 365.25

    def length_km(self, *networks: str) -> float:
        """Return the length of some networks together."""
        return float(self.assets.length_m[self.rows(*networks)].sum()) / 1000.0

    def rows(self, *networks: str) -> Bool:
        """Return a mask of the assets of some networks, shape (n_assets,)."""
        codes = [code_of(network) for network in networks]
        return np.isin(self.assets.network, codes)

    def mean(self, values: Float64, *networks: str) -> float:
        """Return the mean of an asset column over some networks, weighted by length."""
        rows = self.rows(*networks)
        length = self.assets.length_m[rows]
        return ratio(float((values[rows] * length).sum()), float(length.sum()))


OWN = "this model"
"""Source of an indicator that no publication defines."""


def together(periods: Sequence[Period]) -> Period:
    """Return one period of several cities together: means are weighted by residents."""
    sums = Sums()
    for period in periods:
        sums.add(period.sums)
    sums.days = periods[0].sums.days
    views = [period.assets for period in periods]
    joined = {
        name: np.concatenate([getattr(view, name) for view in views])
        for name in AssetCondition.__slots__
    }
    people = sum(period.people for period in periods)

    def mean(name: str) -> float:
        return ratio(sum(float(getattr(one, name)) * one.people for one in periods), people)

    return Period(
        sums=sums,
        assets=AssetCondition(**joined),
        people=people,
        trust_mean=mean("trust_mean"),
        satisfaction_mean=mean("satisfaction_mean"),
        participation_rate=mean("participation_rate"),
        arrears_kzt=sum(period.arrears_kzt for period in periods),
        debt_kzt=sum(period.debt_kzt for period in periods),
        wear_official=mean("wear_official"),
    )


@final
@dataclass(frozen=True, slots=True)
class Indicator:
    """A registered indicator."""

    kind: str
    unit: str
    better: str
    """`+` if more is better, `-` if less is, empty if neither."""
    meaning: str
    """Formula in words."""
    function: Callable[[Period], float]
    source: str = OWN
    """Publication of the definition, `this model` where it is our own."""


indicators: Registry[Indicator] = Registry("indicator")


def indicator(
    kind: str, *, unit: str, better: str, source: str = OWN
) -> Callable[[Callable[[Period], float]], Callable[[Period], float]]:
    """Return a decorator that registers a function of a period as an indicator.

    The first line of its docstring is the meaning shown to users: what is counted over what.
    `source` is the publication that defines it.
    """

    def file(function: Callable[[Period], float]) -> Callable[[Period], float]:
        meaning = (function.__doc__ or "").strip().splitlines()[0]
        indicators.register(kind)(Indicator(kind, unit, better, meaning, function, source))
        return function

    return file


def ratio(part: float, whole: float) -> float:
    """Return part / whole, NaN where there is nothing to divide by."""
    return part / whole if whole else float("nan")
