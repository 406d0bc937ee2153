"""What is made of the numbers of contracts, of the state and of the investor."""

import datetime as dt
from types import SimpleNamespace

import numpy as np

from tests.builders import grid_city
from tests.unit.institutions.test_departments_and_investor import Town
from twin.assets import Assets
from twin.city.actions import SetConduct
from twin.city.work_options import WorkOption
from twin.core.clock import Clock
from twin.indicators import Sums
from twin.institutions import Today
from twin.institutions.contracts import Outcome, Sort, contract, outcome, sensor_works
from twin.institutions.works_plan import Work
from twin.model.day.dispatch_and_repair import _renew
from twin.parameters import ContractParams, InvestorParams, StateParams, WorkParams
from twin.towns import RULES, TownReport, allocated

_IDS = range(500)


def contracts(parameters):
    """Return prices and outcomes of works under a weak conduct, and the age of one laid badly."""
    today = Today(Clock(dt.date(2026, 1, 1)), 1, contracts=parameters.group(ContractParams))
    today.adopt(SetConduct(competence=0.1, integrity=0.2, transparency=0.5))
    norms = (1e5, 1e6, 1e7, 1e9)
    prices = [contract(today, Sort.RENEWAL, (k, 0), norm) for k in _IDS for norm in norms]
    works = [(outcome(today, (k, 0)), sensor_works(today, k)) for k in _IDS]
    return prices, works, _age_of_bad_work(today)


def _age_of_bad_work(today):
    assets = Assets(grid_city(3, 3), 2026, seed=1)
    job = Work(0, WorkOption.REPLACE, 1.0, "", outcome=Outcome.BAD)
    state = SimpleNamespace(
        today=today,
        day=1,
        assets=assets,
        wear_phys=assets.wear_phys(),
        knowledge=SimpleNamespace(
            numbers=SimpleNamespace(works=WorkParams()), note_work=lambda *_: None
        ),
        sums=Sums(),
        journal=SimpleNamespace(works=[]),
        services=[SimpleNamespace(replaced=lambda _: None)],
        institutions=SimpleNamespace(municipality=SimpleNamespace(finished=lambda: [job])),
    )
    _renew(state)
    return float(assets.arrays.age_years[0])


def state(parameters):
    """Return what towns of all zones get of a short fund."""
    nothing = np.empty(0)
    reports = [
        TownReport(f"t{k}", 1000, wear, 1e6, 1.0, nothing, nothing)
        for k, wear in enumerate(np.linspace(0.01, 0.99, 99))
    ]
    params = parameters.group(StateParams)
    return [allocated(RULES["wear_zone"], reports, fund * 10**8, params) for fund in (1, 40, 70)]


def investor(parameters):
    """Return what an investor says to three offers."""
    said = []
    for source, supplement in (("surplus", 0.0), ("tariff", 0.3), ("tariff", 9.0), ("budget", 0.0)):
        town = Town()
        town.investor.params = parameters.group(InvestorParams)
        town.offer(source, supplement_share=supplement, guarantee_share=0.2, capital_kzt=300e6)
        said += town.investor.decisions
    return said
