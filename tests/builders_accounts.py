"""Money without flows: accounts and municipality, moved by use and works drawn at will."""

import dataclasses
import datetime as dt
from types import SimpleNamespace

import mesa
import numpy as np

from tests.builders import grid_city
from twin.assets import Assets
from twin.citizens import Households
from twin.city.network_kind import NetworkKind
from twin.city.networks import NETWORKS
from twin.core.clock import Clock
from twin.core.parameter_set import Parameters
from twin.economy import Bills, Ledger, Operator, Payers, TaxBase, kzt
from twin.indicators import Sums
from twin.institutions import Investor, Municipality, Today
from twin.institutions.contracts import Sort, contract
from twin.institutions.settings import Settings
from twin.model.accounts import (
    Accounts,
    approved_kzt_year,
    close_month,
    price_kzt,
    value_networks,
    yearly_programmes,
)
from twin.parameters import (
    BehaviourParams,
    BillingParams,
    InstitutionParams,
    InvestorParams,
    OperatorParams,
    PaymentParams,
    PriceParams,
    TaxParams,
)


def _nothing(*_):
    """Stand in for what households feel of a bill, which moves no money in a month."""


class Citizens:
    """Trust and incomes, as `twin.citizens.Population` gives them."""

    def __init__(self, city, rng, params):
        self.params = params
        households = city.households
        self.income = households["income_kzt_month"].to_numpy(dtype=np.float64)
        self.row = np.repeat(np.arange(len(households)), households["size"])
        self.trust = rng.random(self.row.size)

    def households(self):
        n = self.income.size
        trust = np.bincount(self.row, self.trust, n) / np.bincount(self.row, minlength=n)
        return Households(np.arange(n, dtype=np.int32), self.income, trust)

    def get(self, name):
        return self.trust if name == "trust" else self.row

    def set(self, name, values):
        assert name == "trust"
        self.trust = values


class MoneyTown:
    """A grid city whose institutions work day by day on use and failures drawn by a generator.

    `state` is what `twin.model.accounts` reads of a run's state.
    """

    def __init__(self, seed=1, *, start=dt.date(2026, 1, 1), days=365, city=None, parameters=None):
        city = grid_city() if city is None else city
        params = Parameters.of({}) if parameters is None else parameters
        self.rng = np.random.default_rng(seed)
        self.assets = Assets(city, start.year, seed)
        ledger, operating = Ledger(), params.group(OperatorParams)
        norms = params.group(InstitutionParams)
        self.today = Today(Clock(start), seed, params=norms)
        networks = tuple(params.group(NetworkKind, f"networks.{kind.name}") for kind in NETWORKS)
        payers = Payers(city, networks, seed)
        sold = [kind for kind in networks if kind.sales is not None]
        operators = []
        for kind in sold:
            used = 1.0 * payers.connected[kind.code]
            revenue = approved_kzt_year(payers, kind, used, norms, operating)
            operators.append(Operator(kind, ledger, operating, revenue))
        bills = Bills(payers, ledger, params.group(BillingParams), operating)
        prices = {kind.code: price_kzt(kind, norms.reference_bill_kzt_person_year) for kind in sold}
        taxes = TaxBase(city, payers, params.group(TaxParams))
        accounts = Accounts(ledger, bills, operators, params.group(PriceParams), prices, taxes)
        office = Municipality(mesa.Model(rng=1), self.today, self.assets, ledger)
        investor = Investor(self.today, office, operators, params.group(InvestorParams))
        self.ledger, self.office, self.accounts = ledger, office, accounts
        self.month = Sums()
        self.state = SimpleNamespace(
            spec=SimpleNamespace(n_days=days),
            day=0,
            seed=seed,
            today=self.today,
            accounts=accounts,
            assets=self.assets,
            city=city,
            citizens=Citizens(city, self.rng, params.group(BehaviourParams)),
            disposition=SimpleNamespace(note_bills=_nothing, apply=_nothing),
            participation=SimpleNamespace(params=None),
            knowledge=SimpleNamespace(inspection_kzt=0.0),
            people=payers.people,
            payment=params.group(PaymentParams),
            networks=networks,
            norm_settings=Settings(),
            traffic=SimpleNamespace(n_signals=4),
            institutions=SimpleNamespace(municipality=office, investor=investor),
            journal=SimpleNamespace(spans={"month": SimpleNamespace(sums=self.month)}, refusals=[]),
            sums=Sums(),
            months_billed=0,
        )

    def adopt(self, *actions):
        for action in actions:
            self.today.adopt(action)

    def open_year(self, day):
        clock = self.today.clock
        self.ledger.open_month(clock.date(day).isoformat()[:7])
        if not day:
            value_networks(self.state, self.assets, gain="opening value")
        return kzt(
            self.office.open_year(
                clock.share_of_year_left(day),
                year_index=clock.date(day).year - clock.start.year,
                operators=self.accounts.operators,
                programmes=yearly_programmes(self.state, clock.share_of_year_left(day)),
                taxes=self.accounts.taxes.taxes(
                    float(self.state.people.sum()), self.accounts.taxes.employed
                ),
            )
        )

    def live(self, day, *, repairs=1, use=1.0):
        """Live through a day: works as they come, use of every building, the books at its end."""
        clock, state = self.today.clock, self.state
        self.today.day = state.day = day
        state.sums = Sums()
        if not day:
            self.open_year(day)
        self.ledger.open_month(clock.date(day).isoformat()[:7])
        self.office.step()
        for job in self.office.finished():
            self.assets.renew(job.asset)
        for _ in range(repairs):
            asset = int(self.rng.integers(len(self.assets)))
            asset_id = int(self.assets.arrays.asset_id[asset])
            network = int(self.assets.arrays.network[asset])
            norm = float(self.assets.repair_cost_kzt[asset])
            cost = contract(self.today, Sort.REPAIR, (asset_id, day), norm).price_kzt
            self.office.pay_repair(network, cost, urgent=asset % 2 == 0, asset_id=asset_id)
        for one in self.accounts.operators:
            bills, code = self.accounts.bills, one.network.code
            usual = float(one.sales.usual_per_person_year) / 365.0 * use
            used = usual * self.rng.random(state.people.size) * (10.0 + state.people)
            bills.add_use(code, used * bills.payers.connected[code])
            made = f"{one.network.name}.{one.sales.made}"
            self.month.flow[made] = self.month.flow.get(made, 0.0) + 1.3 * float(used.sum())
            pumped = f"{one.network.name}.pump_kwh"
            self.month.flow[pumped] = self.month.flow.get(pumped, 0.0) + 0.5 * float(used.sum())
        self.accounts.taxes.note_day([np.full(state.people.size, 0.9)])
        self.state.sums.reports += self.rng.integers(0, 3, len(NETWORKS))
        if clock.is_month_end(day) or day + 1 == state.spec.n_days:
            close_month(state)
            self.month.flow.clear()
        self.ledger.take_day()
        if clock.is_year_end(day) and day + 1 < state.spec.n_days:
            self.open_year(day + 1)


def without_people(city):
    """Return a city in which nobody lives."""
    buildings = city.buildings.assign(people=np.int32(0), dwellings=np.int32(0))
    return dataclasses.replace(
        city, buildings=buildings, households=city.households[:0], persons=city.persons[:0]
    )
