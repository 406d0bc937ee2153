"""A scenario: one question, checked and frozen, with every lever and every parameter set."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

from twin.core.arguments import as_int, require
from twin.core.errors import Fault, ScenarioError
from twin.core.parameter_set import Parameters, plain_values
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.policy.base import AbstractLever
    from twin.scenario.fields import CityChoice, Expectation, Fitted, StateFund, Tipping
    from twin.scenario.parameters import ParameterItems
    from twin.scenario.shocks import Shock

BASE = "base"
"""Name of the policy that arms are compared with."""

type LeverItems = tuple[tuple[str, AbstractLever], ...]
type LaterLevers = tuple[tuple[int, LeverItems], ...]
"""Levers from a calendar year on, in order; before the first, `lever_items` hold."""


@final
@dataclass(frozen=True, slots=True)
class Town:
    """One of several towns under a state."""

    name: str
    city: CityChoice
    levers: LeverItems
    """All of them: those of the file with the changes of the town."""
    parameters: ParameterItems
    shocks: tuple[Shock, ...]
    """Beside those of the file."""
    lobbying_weight: float
    overstated_share: float
    own: str
    """What the file sets for the town alone, as canonical JSON by section."""

    def plain(self) -> dict[str, Any]:
        """Return everything a run depends on as plain values."""
        return {
            "city": self.city.model_dump(mode="json", exclude_none=True),
            "levers": _plain_levers(self.levers),
            "parameters": Parameters.of(dict(self.parameters)).plain(),
            "shocks": [shock.model_dump(mode="json") for shock in self.shocks],
            "lobbying_weight": self.lobbying_weight,
            "overstated_share": self.overstated_share,
        }


@final
@dataclass(frozen=True, slots=True)
class ArmItems:
    """What one arm sets; everything else is equal in every arm."""

    levers: LeverItems
    parameters: ParameterItems = ()
    towns: tuple[Town, ...] = ()
    state_fund: StateFund | None = None
    later: LaterLevers = ()


@final
@dataclass(frozen=True, slots=True)
class Scenario:
    """A city or several towns, one period, the same shocks, and a policy; `arms` are the others.

    Read one with `twin.load_scenario`. Frozen, hashable by `.hash`, and small to pickle.
    """

    name: str
    question: str
    city: CityChoice | None
    """None where there are `towns`."""
    start: dt.date
    """First simulated day."""
    years: int
    days: int | None
    """Simulated days; None for whole years."""
    seeds: int
    """Replications for a comparison."""
    shocks: tuple[Shock, ...]
    lever_items: LeverItems
    parameter_items: ParameterItems = ()
    """Parameters that differ from their defaults."""
    arm_items: tuple[tuple[str, ArmItems], ...] = ()
    indicators: tuple[str, ...] = ()
    expect: tuple[Expectation, ...] = ()
    tipping: Tipping | None = None
    """Search for a tipping value, in comparisons."""
    arm_name: str = BASE
    fitted: tuple[Fitted, ...] = ()
    """Parameters that were fitted to records."""
    projection: str = "medium"
    """Of births and basic jobs; `none` leaves everybody as they are."""
    path: str = ""
    """File it was read from, as messages name it."""
    towns: tuple[Town, ...] = ()
    """Several towns under a state, by name in alphabetical order; empty where `city` is named."""
    state_fund: StateFund | None = None
    """What the state divides among the towns each year."""
    later_levers: LaterLevers = ()
    """Levers from the years on in which one of them changes."""
    labels: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """Names of policies for readers: policy -> (language, name); `` for every language."""
    matters: tuple[tuple[str, float], ...] = ()
    """Least change that matters, by indicator."""
    left_out: tuple[str, ...] = ()
    """What the file or its parents hold outside the simulated days, in words."""

    @property
    def levers(self) -> Mapping[str, AbstractLever]:
        """Every registered lever by kind; those the file does not name stand at their defaults.

        Where levers change with time, these are the first year's; `levers_in` gives another's.
        """
        return MappingProxyType(dict(self.lever_items))

    def levers_in(self, year: int) -> Mapping[str, AbstractLever]:
        """Return every registered lever as it is set in a calendar year."""
        items = self.lever_items
        for since, later in self.later_levers:
            items = later if since <= year else items
        return MappingProxyType(dict(items))

    @property
    def parameters(self) -> Parameters:
        """Every registered group of parameters with the values of this scenario.

        `scenario.parameters.group(BehaviourParams)` is the group of that class.
        """
        return Parameters.of(dict(self.parameter_items))

    @property
    def arms(self) -> Mapping[str, Scenario]:
        """The policies compared with the base, by name, in the order of the file."""
        return MappingProxyType(
            {name: self._with_arm(name, items) for name, items in self.arm_items}
        )

    def _with_arm(self, name: str, items: ArmItems) -> Scenario:
        return replace(
            self,
            lever_items=items.levers,
            later_levers=items.later,
            parameter_items=items.parameters,
            towns=items.towns,
            state_fund=items.state_fund,
            arm_items=(),
            arm_name=name,
        )

    def town(self, name: str) -> Scenario:
        """Return the scenario of one of the towns alone: its city and its policy."""
        town = next(one for one in self.towns if one.name == name)
        return replace(
            self,
            name=f"{self.name}_{name}",
            city=town.city,
            lever_items=town.levers,
            parameter_items=town.parameters,
            shocks=(*self.shocks, *town.shocks),
            arm_items=(),
            indicators=tuple(one for one in self.indicators if "." not in one),
            expect=(),
            towns=(),
            state_fund=None,
        )

    def arm(self, name: str) -> Scenario:
        """Return the scenario with one arm's policy; `base` gives the base without arms."""
        require("arm", name, str, f"name one of {', '.join([self.arm_name, *self.arms])}")
        if name == self.arm_name:
            return replace(self, arm_items=())
        for known, items in self.arm_items:
            if known == name:
                return self._with_arm(name, items)
        names = [self.arm_name, *(known for known, _ in self.arm_items)]
        message = f"{self.path or self.name}: {name!r} is not an arm. {nearest(name, names)}"
        raise ScenarioError(message)

    def with_lever(self, path: str, value: float) -> Scenario:
        """Return the scenario with one number of a lever set in every year.

        The path is `levers.<kind>.<field>`.
        """
        _, kind, field = path.split(".")

        def changed(items: LeverItems) -> LeverItems:
            return tuple(
                (name, type(lever).model_validate({**lever.model_dump(), field: value}))
                if name == kind
                else (name, lever)
                for name, lever in items
            )

        later = tuple((year, changed(items)) for year, items in self.later_levers)
        return replace(self, lever_items=changed(self.lever_items), later_levers=later)

    def with_parameter(self, path: str, value: float) -> Scenario:
        """Return the scenario with one parameter changed, in the base and in every arm.

        Raises
        ------
        ScenarioError
            If the path names no parameter, the value is outside its bounds, or there are several
            towns, each of which has parameters of its own.
        """
        Parameters.of({path: value})
        if self.towns:
            what = f"has several towns, each with its own {path}"
            mend = "change it in the scenario of one town: `scenario.town(name)`"
            raise ScenarioError([Fault(self.path or self.name, what, mend)])

        def changed(items: ParameterItems) -> ParameterItems:
            return tuple(sorted({**dict(items), path: value}.items()))

        arms = tuple(
            (name, replace(items, parameters=changed(items.parameters)))
            for name, items in self.arm_items
        )
        return replace(self, parameter_items=changed(self.parameter_items), arm_items=arms)

    def all_arms(self) -> tuple[Scenario, ...]:
        """Return the base and then every arm."""
        return (self.arm(self.arm_name), *self.arms.values())

    @property
    def n_days(self) -> int:
        """Number of simulated days."""
        if self.days is not None:
            return self.days
        return (anniversary(self.start, self.years) - self.start).days

    @property
    def end(self) -> dt.date:
        """Last simulated day."""
        return self.start + dt.timedelta(days=self.n_days - 1)

    def shortened(self, n_days: int) -> Scenario:
        """Return the scenario cut (or stretched) to a number of days.

        Shocks after its end and expectations without a year left are left out; `beyond` names them.

        Raises
        ------
        ArgumentError
            If it is no whole number of at least 1.
        """
        n_days = as_int("days", n_days, low=1)
        if n_days == self.n_days:
            return self
        cut = replace(self, days=n_days)
        return replace(
            cut,
            shocks=tuple(shock for shock in self.shocks if shock.date <= cut.end),
            towns=tuple(
                replace(town, shocks=tuple(one for one in town.shocks if one.date <= cut.end))
                for town in self.towns
            ),
            expect=tuple(one for one in self.expect if cut.reaches(one.after_years)),
            tipping=None,
        )

    def reaches(self, years: int) -> bool:
        """Return whether days are left after some whole years from the start."""
        return anniversary(self.start, years) <= self.end

    def beyond(self, n_days: int) -> list[str]:
        """Return what `shortened` leaves out, in words."""
        cut = replace(self, days=n_days)
        shocks = (*self.shocks, *(shock for town in self.towns for shock in town.shocks))
        late = [shock for shock in shocks if shock.date > cut.end]
        unread = [one for one in self.expect if not cut.reaches(one.after_years)]
        return [
            *(f"shock {shock.kind} on {shock.date}" for shock in late),
            *(["the search for a tipping value"] if self.tipping else []),
            *(
                f"expectation on {one.indicator} of {one.arm} after {one.after_years} years"
                for one in unread
            ),
        ]

    def influences(self) -> dict[str, Any]:
        """Return what a run's results depend on, apart from seed, city content and program.

        All parameters, not only those that a file sets: so a changed default of the program
        changes the hash, and setting a parameter to its default does not.
        """
        return {
            **self._places(),
            "demography": {"projection": self.projection},
            "start": self.start.isoformat(),
            "n_days": self.n_days,
            "shocks": [shock.model_dump(mode="json") for shock in self.shocks],
            "levers": _plain_levers(self.lever_items, self.later_levers, self.start.year),
            "parameters": plain_values(dict(self.parameter_items)),
        }

    def _places(self) -> dict[str, Any]:
        """Return the city, or the towns and what the state gives them."""
        if self.city is not None:
            return {"city": self.city.model_dump(mode="json", exclude_none=True)}
        return {
            "towns": {town.name: town.plain() for town in self.towns},
            "state_fund": _plain_fund(self.state_fund),
        }

    def resolved(self) -> dict[str, Any]:
        """Return everything the file and its parents say, with all defaults, as plain values."""
        return {
            "scenario": self.name,
            "question": self.question,
            "arm": self.arm_name,
            **self.influences(),
            **_own_of_towns(self.towns, self.state_fund),
            "years": self.years,
            "days": self.days,
            "seeds": self.seeds,
            "arms": {
                name: {
                    "levers": _plain_levers(items.levers, items.later, self.start.year),
                    "parameters": plain_values(dict(items.parameters)),
                    **_own_of_towns(items.towns, items.state_fund, cities=False),
                }
                for name, items in self.arm_items
            },
            "fitted": [one.model_dump(mode="json") for one in self.fitted],
            "indicators": list(self.indicators),
            "expect": [expectation.model_dump(mode="json") for expectation in self.expect],
            "tipping": self.tipping and self.tipping.model_dump(mode="json", exclude_none=True),
            "matters": dict(self.matters),
            "labels": {name: dict(texts) for name, texts in self.labels},
        }

    def _repr_html_(self) -> str:
        from twin.drawing import card  # noqa: PLC0415 - plotting is optional

        facts = [
            ("period", f"{self.start} to {self.end}"),
            ("replications", str(self.seeds)),
            ("policies", ", ".join([self.arm_name, *(name for name, _ in self.arm_items)])),
            ("shocks", ", ".join(f"{one.kind} on {one.date}" for one in self.shocks) or "none"),
            ("indicators", ", ".join(self.indicators) or "all"),
        ]
        return card(f"{self.name}: {self.question}", facts, self.path)

    @property
    def hash(self) -> str:
        """20 hex digits over what influences results; question, names and arms do not."""
        return digest(self.influences())


def _plain_fund(fund: StateFund | None) -> dict[str, Any] | None:
    return None if fund is None else fund.model_dump(mode="json")


def _own_of_towns(
    towns: tuple[Town, ...], fund: StateFund | None, *, cities: bool = True
) -> dict[str, Any]:
    """Return what the file sets for each town alone, and the state's fund; nothing for one city."""
    if not towns:
        return {}
    plain = {}
    for town in towns:
        whole = town.plain()
        kept = ("city", "shocks") * cities + ("lobbying_weight", "overstated_share")
        plain[town.name] = {**{key: whole[key] for key in kept}, **json.loads(town.own)}
    found = {"towns": plain, "state_fund": _plain_fund(fund)}
    return found if fund is not None else {"towns": plain}


def facts_of_towns(scenario: Scenario) -> dict[str, str]:
    """Return the state's fund and what each town has of its own, by dotted name."""
    fund = scenario.state_fund
    facts = {} if fund is None else {f"state_fund.{key}": str(value) for key, value in fund}
    for town in scenario.towns:
        of_town = {
            "city": town.city.model_dump_json(exclude_none=True),
            "lobbying_weight": f"{town.lobbying_weight:g}",
            "overstated_share": f"{town.overstated_share:g}",
        }
        for kind, lever in town.levers:
            usual = scenario.levers[kind]
            for name in type(lever).model_fields:
                if getattr(lever, name) != getattr(usual, name):
                    of_town[f"levers.{kind}.{name}"] = str(getattr(lever, name))
        common = dict(scenario.parameters.items())
        for path, value in scenario.town(town.name).parameters.items():
            if value != common[path]:
                of_town[f"parameters.{path}"] = f"{value:g}"
        facts |= {f"towns.{town.name}.{key}": value for key, value in of_town.items()}
    return facts


def _plain_levers(
    items: LeverItems, later: LaterLevers = (), first_year: int = 0
) -> dict[str, Any]:
    """Return levers as plain values by kind; what changes with time is a map by year."""
    plain = {kind: lever.model_dump(mode="json") for kind, lever in items}
    years = {first_year: plain} | {
        year: {kind: lever.model_dump(mode="json") for kind, lever in levers}
        for year, levers in later
    }

    def by_year(kind: str, name: str) -> Any:  # noqa: ANN401 - any plain value
        steps: dict[str, Any] = {}
        for year, levers in years.items():
            value = levers[kind][name]
            if not steps or value != next(reversed(steps.values())):
                steps[str(year)] = value
        return steps if len(steps) > 1 else plain[kind][name]

    return {kind: {name: by_year(kind, name) for name in fields} for kind, fields in plain.items()}


def digest(value: object) -> str:
    """Hash plain values by their canonical JSON: 20 hex digits of SHA-256."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def anniversary(start: dt.date, years: int) -> dt.date:
    """Return the same day some years later; 29 February moves to 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return dt.date(start.year + years, 3, 1)
