"""The city as a Mesa model: one step is one day."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import mesa
import numpy as np

from twin.assets import Assets
from twin.buildings.homes import Homes
from twin.citizens import BehaviourParams, Channel, Population, Voice
from twin.city.links import with_heat_links
from twin.city.validate import require_valid
from twin.city.view import NETWORK_KINDS, CityView, WorksView
from twin.core.clock import Clock
from twin.emergency.services import EmergencyServices
from twin.flows.base import AbsentSystem, CachedFlow
from twin.flows.heat.system import HeatSystem
from twin.flows.traffic.system import TrafficSystem
from twin.flows.water.city.system import WaterSystem
from twin.indicators import Sums
from twin.indicators.groups import residents_by_group
from twin.institutions import ContactCentre, Municipality, NetworkService, RepairCrew
from twin.model.closures import Closures
from twin.model.decisions import open_year
from twin.model.hardship import largest_mains, wear_down
from twin.model.recorder import Recorder
from twin.model.steps import STEP_ORDER
from twin.model.weather import Weather
from twin.policy.links import Links
from twin.scenario import MainBreak

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.citizens import CitizenDay
    from twin.city.actions import SetSignals
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.flows.base import AbstractFlowSystem, FlowService
    from twin.model.tables import RunResult
    from twin.scenario import Scenario


@final
class CityModel(mesa.Model):
    """A city under one policy and one series of shocks.

    Institutions are `mesa.Agent`s in `model.agents`; people are columns in `model.citizens`, and
    are not in `model.agents`.

    Parameters
    ----------
    city
        Checked with `twin.city.validate.require_valid`.
    scenario
        Period, shocks and levers; its arms are not run.
    seed
        Run seed: the key of every draw. Two models with equal city, scenario and seed give equal
        results to the last bit, on any number of threads.

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
        self.mains_of_shock = {
            i: largest_mains(city, shock.network, shock.count, shock.most_share)
            for i, shock in enumerate(scenario.shocks)
            if isinstance(shock, MainBreak)
        }
        """Rows among its network's edges of the mains of each such shock, by its place."""
        self.spec = scenario
        self.levers = dict(scenario.levers)
        city = self._link(city)
        self.city = city
        self.seed = seed
        self.day = 0
        self.clock = Clock(scenario.start)
        self.weather = Weather(city, scenario, self.clock, seed)
        self.assets = Assets(city, scenario.start.year, seed)
        self.citizens = Population.from_city(city, seed, BehaviourParams())
        self.voice = Voice()
        self.people: Int32 = city.buildings["people"].to_numpy(dtype=np.int32)
        self.homes = Homes(city, residents_by_group(city))
        self.drained_m3 = 0.0
        """Water missing yesterday from shut segments of heat networks."""
        self._found_institutions()
        self._compile_flows()
        self.assets.pass_axles(self.traffic.axles_m_per_year)
        self.closures = Closures(city, scenario, self.traffic)
        self.emergency = EmergencyServices(city, self.traffic)
        self.adaptive_signal_share = 0.0
        self.sums = Sums()
        self.temp_c: Float64 = self.weather.temp_c(0)
        self.citizen_day: CitizenDay | None = None
        self.repair_score: Float64 = np.empty(0)
        self.paid_this_year_kzt: float | None = None
        wear_down(self)
        self.months_billed = 0
        self.bill_kzt_per_person_month = 0.0
        self.wear_phys = self.assets.wear_phys()
        self.asset_view = self.assets.view()
        self.recorder = Recorder(self)
        open_year(self)

    def _link(self, city: City) -> City:
        """Lay the links that the lever wants; they come last, so no other asset's id moves."""
        lever = self.levers["links"]
        if not isinstance(lever, Links):  # the registry's own
            raise TypeError
        linked = with_heat_links(city, lever.heat_links, self.spec.start.year)
        self.n_links = len(linked.util_edges) - len(city.util_edges)
        return linked

    def _found_institutions(self) -> None:
        """Create the institutions, each a Mesa agent."""
        facilities = self.city.facilities
        depots = facilities.loc[facilities["kind"] == "depot", "street_node_id"].tolist()
        links_kzt = float(self.assets.renewal_cost_kzt[len(self.assets) - self.n_links :].sum())
        self.municipality = Municipality(self, self.assets, links_kzt)
        self.services = [
            NetworkService(self, self.assets, code, self.seed) for code in range(len(NETWORK_KINDS))
        ]
        self.contact_centre = ContactCentre(self, self.city, self.assets)
        self.depot_street_node = int(depots[0]) if depots else 0
        self.crews: list[list[RepairCrew]] = [[] for _ in NETWORK_KINDS]
        self.crews_on_duty = [0 for _ in NETWORK_KINDS]

    def _compile_flows(self) -> None:
        """Build every registered flow system for this city."""
        self.traffic = TrafficSystem.from_city(self.city)
        classes: dict[str, type[AbstractFlowSystem]] = {"water": WaterSystem, "heat": HeatSystem}
        systems: dict[str, AbstractFlowSystem] = {"street": self.traffic}
        for kind, system in classes.items():
            there = len(self.city.network_edges(kind)) > 0
            systems[kind] = (system if there else AbsentSystem).from_city(self.city)
        self.flows = {kind: CachedFlow(systems[kind]) for kind in NETWORK_KINDS}
        self.flow_service: dict[str, FlowService] = {}

    def set_crews(self, crews: tuple[int, ...]) -> None:
        """Put a number of crews per network on duty; new ones start from the depot."""
        for code, number in enumerate(crews):
            while len(self.crews[code]) < number:
                self.crews[code].append(RepairCrew(self, code, self.depot_street_node))
            self.crews_on_duty[code] = number

    def set_voice(self, voice_share: float, channels: tuple[str, ...], feedback: float) -> None:
        """Open reporting channels."""
        self.voice = Voice(
            voice_share=voice_share,
            channels=tuple(Channel[name.upper()] for name in channels),
            feedback_rate=feedback,
        )

    def set_signals(self, action: SetSignals) -> None:
        """Make lights adaptive, and have them paid for."""
        self.adaptive_signal_share = action.adaptive_share
        adaptive = round(action.adaptive_share * self.traffic.n_signals)
        self.municipality.signals_kzt_year = adaptive * action.cost_kzt_per_junction_year

    def step(self) -> None:
        """Live through one day in the order of `STEP_ORDER`."""
        self.sums = Sums(days=1)
        for step in STEP_ORDER:
            step.function(self)
        self.day += 1
        if self.day >= self.spec.n_days:
            self.running = False

    def waiting(self) -> list[Failure]:
        """Return known failures that wait, network by network."""
        return [failure for service in self.services for failure in service.waiting]

    def view(self, day: int | None = None) -> CityView:
        """Return what the institutions know today, or on the eve of another day."""
        waiting = self.waiting()
        asset = np.array([failure.asset for failure in waiting], dtype=np.int32)
        works = WorksView(
            asset=asset,
            network=np.array([failure.network for failure in waiting], dtype=np.uint8),
            severity=np.array([failure.severity for failure in waiting], dtype=np.float64),
            known_day=np.array([failure.known_day for failure in waiting], dtype=np.int32),
            reports=np.array([failure.reports for failure in waiting], dtype=np.int32),
            people_affected=self.assets.people_served[asset],
        )
        day = self.day if day is None else day
        date = self.clock.date(day)
        return CityView(
            day=day,
            date=date,
            people=int(self.people.sum()),
            assets=self.asset_view,
            works=works,
            collection_rate=self.recorder.collection_rate(),
            trust_mean=self.citizen_day.trust_mean if self.citizen_day else float("nan"),
            year_index=date.year - self.spec.start.year,
        )

    def result(self) -> RunResult:
        """Return the tables of the run so far; the open month and year count as they stand."""
        return self.recorder.result()
