"""The city as a Mesa model: one step is one day."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import mesa

from twin.city.validate import require_valid
from twin.core.errors import Fault, ScenarioError
from twin.indicators import Sums
from twin.model import recorder
from twin.model.day.order import STEP_ORDER
from twin.model.founding import founded

if TYPE_CHECKING:
    from twin.citizens import Population
    from twin.city.bundle import City
    from twin.flows.base import FlowService
    from twin.model.tables import RunResult
    from twin.scenario import Scenario


@final
class CityModel(mesa.Model):
    """A city under one policy and one series of shocks.

    Institutions that act by themselves are `mesa.Agent`s in `model.agents`; people are columns in
    `model.citizens`, and are not in `model.agents`.

    Parameters
    ----------
    city
        Checked with `twin.city.validate.require_valid`.
    scenario
        Period, shocks and levers; its arms are not run.
    seed
        Run seed: the key of every draw. Two models with equal city, scenario and seed give equal
        results to the last bit, on any number of threads.

    Attributes
    ----------
    state
        Everything that a day changes, and what it stands on: `twin.model.state.State`.

    Raises
    ------
    CityDataError
        If the city has errors; all at once.

    Examples
    --------
    >>> model = twin.CityModel(city, scenario, seed=1)  # doctest: +SKIP
    >>> model.run_for(365)  # doctest: +SKIP
    >>> model.result().indicators  # doctest: +SKIP
    """

    def __init__(self, city: City, scenario: Scenario, *, seed: int = 1) -> None:
        super().__init__(rng=seed)
        require_valid(city)
        self.state = founded(city, scenario, seed, self)

    def step(self) -> None:
        """Live through one day in the order of `STEP_ORDER`.

        Raises
        ------
        ScenarioError
            If the period of the scenario is over.
        """
        state = self.state
        if state.day >= state.spec.n_days:
            place = f"{state.spec.path or state.spec.name}: the run ended on {state.spec.end}"
            cure = "give the scenario more years, or make a new model"
            raise ScenarioError([Fault(place, f"{state.spec.n_days} days are simulated", cure)])
        state.sums = Sums(days=1)
        for step in STEP_ORDER:
            step.function(state)
        state.today.day += 1
        if state.day >= state.spec.n_days:
            self.running = False

    @property
    def day(self) -> int:
        """Days since the start of the run."""
        return self.state.day

    @property
    def city(self) -> City:
        """The city, with the heat loops that the lever lays before the first day."""
        return self.state.city

    @property
    def citizens(self) -> Population:
        """The people as columns."""
        return self.state.citizens

    @property
    def flow_service(self) -> dict[str, FlowService]:
        """What each network gave to each building on the last day, by kind of network."""
        return self.state.flow_service

    def result(self) -> RunResult:
        """Return the tables of the run so far; the open month and year count as they stand."""
        return recorder.result(self.state)
