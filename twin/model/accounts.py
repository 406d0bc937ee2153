"""The accounts of a city: how they are opened, and what a month and a year book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens import pay_bills
from twin.core.streams import Stream
from twin.economy import Bills, Ledger, Operator, Payers, holders, kzt, tiyn
from twin.economy.ledger import Instrument
from twin.flows.base import NetworkState
from twin.institutions.programmes import CityFacts, operator_pay_kzt, programmes
from twin.kernels.rng import uniforms_for
from twin.parameters import BillingParams, InstitutionParams, OperatorParams, PriceParams

if TYPE_CHECKING:
    from twin.assets import Assets
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Bool, Float64, Int64
    from twin.core.parameter_set import Parameters
    from twin.flows.base import CachedFlow
    from twin.institutions.programmes import Programme
    from twin.model.state import State

MONTHS = 12
_COLD_C = -10.0
"""Outdoors on a usual day of the heating season, on which shares of use are taken."""


@final
@dataclass(slots=True)
class Accounts:
    """Ledger, payers and operators of a city."""

    ledger: Ledger
    bills: Bills
    operators: list[Operator]
    """Of the networks that sell something, in the order of `twin.city.networks`."""
    prices: PriceParams
    reference_price_kzt: dict[int, float]
    """Price of a unit in the start year, by code of the network."""
    heat_loops_kzt: float = 0.0
    """Price of the heat loops laid on credit before the first day."""
    book_value: dict[int, int] = field(default_factory=dict)
    """In tiyn when the year opened, by code of the network."""
    last_price_kzt: dict[int, float] = field(default_factory=dict)
    """Price of a unit in the month before, by code of the network."""

    def debt_tiyn(self) -> int:
        """Return what operators and municipality owe to banks and investors."""
        return sum(
            -held
            for instrument in (Instrument.LOAN, Instrument.INVESTMENT)
            for name, held in self.ledger.accounts(instrument).items()
            if holders.is_city_run(name)
        )

    def imbalance(self) -> float:
        """Return the tiyn that the books miss; they are whole numbers, so 0 is exact."""
        return float(self.ledger.imbalance_tiyn() + self.bills.imbalance_tiyn())


def opened(
    city: City,
    networks: tuple[NetworkKind, ...],
    flows: dict[str, CachedFlow],
    seed: int,
    params: Parameters,
) -> Accounts:
    """Return the accounts of a city before its first day."""
    ledger, billing = Ledger(), params.group(BillingParams)
    operating, institutions = params.group(OperatorParams), params.group(InstitutionParams)
    payers = Payers(city, networks, seed)
    operators, prices = [], {}
    bill_kzt = institutions.reference_bill_kzt_person_year
    for kind in networks:
        if kind.sales is None:
            continue
        prices[kind.code] = price_kzt(kind, bill_kzt)
        used = _usual_day(city, kind, flows[kind.name])
        homes = float(used[payers.at_home].sum())
        share = float(used.sum()) / homes - 1.0 if homes else 0.0
        households_kzt = bill_kzt * kind.sales.bill_share * payers.connected_people(kind)
        approved = households_kzt * institutions.reference_collection
        approved += households_kzt * share * operating.firm_price_ratio
        operators.append(Operator(kind, ledger, operating, approved))
    bills = Bills(payers, ledger, billing, operating)
    return Accounts(ledger, bills, operators, params.group(PriceParams), prices)


def _usual_day(city: City, kind: NetworkKind, flow: CachedFlow) -> Float64:
    """Return what each building uses of a network on a cold day without failures."""
    edges = city.network_edges(kind.name)
    state = NetworkState(
        day=0,
        outdoor_temp_c=np.full(24, _COLD_C),
        closed=np.zeros(len(edges), dtype=np.uint8),
        break_area_m2=np.zeros(len(edges)),
        capacity_share=np.ones(len(edges)),
        wear_phys=edges["wear_book"].to_numpy(dtype=np.float64),
        people=city.buildings["people"].to_numpy(dtype=np.int32),
    )
    used = flow.system.solve(state).used
    return np.zeros(len(city.buildings)) if used is None else used


def price_kzt(kind: NetworkKind, bill_kzt_year: float) -> float:
    """Return the price of a unit, such that usual use costs a network's part of the bill."""
    sales = kind.sales
    if sales is None:
        return 0.0
    return bill_kzt_year * sales.bill_share / sales.usual_per_person_year


def present_price_kzt(state: State, kind: NetworkKind) -> float:
    """Return the price of a unit today, with the supplement of an investor's contract."""
    bill_kzt_year = MONTHS * state.today.settings.tariff.bill_kzt_per_person_month
    return price_kzt(kind, bill_kzt_year) * state.institutions.investor.supplement(kind.code)


def metered_share(state: State, kind: NetworkKind) -> float:
    """Return the share of a network's households that pay by meter."""
    sales = kind.sales
    had = 0.0 if sales is None else sales.metered_share
    return had + (1.0 - had) * state.today.settings.metering.new_share


def resident_use(state: State, kind: NetworkKind) -> float:
    """Return what residents want over what they want at the prices of the start year."""
    sales = kind.sales
    if sales is None or not sales.price_elasticity:
        return 1.0
    price = present_price_kzt(state, kind)
    reference = state.accounts.reference_price_kzt[kind.code]
    if price <= 0.0 or price == reference:
        return 1.0
    metered = metered_share(state, kind)
    answer: float = metered * (price / reference) ** sales.price_elasticity + 1.0 - metered
    return answer


def yearly_programmes(state: State) -> tuple[Programme, ...]:
    """Return what the policy in force costs the municipality beside works."""
    settings, payers = state.today.settings, state.accounts.bills.payers
    buildings = households = 0
    for kind in state.networks:
        if kind.sales is None or not settings.metering.new_share:
            continue
        now = payers.metered(kind, metered_share(state, kind))
        new = now & ~payers.metered(kind, kind.sales.metered_share)
        new &= payers.connected[kind.code][payers.households_building]
        if kind.sales.meter_of_building:
            buildings += int(np.unique(payers.households_building[new]).size)
        else:
            households += int(new.sum())
    facilities = state.city.facilities["kind"]
    facts = CityFacts(
        people=int(state.people.sum()),
        fire_stations=int((facilities == "fire_station").sum()),
        adaptive_junctions=round(settings.traffic_lights.adaptive_share * state.traffic.n_signals),
        metered_households=households,
        metered_buildings=buildings,
    )
    norm = state.norm_settings.emergency
    neutral = norm.ambulances_per_10000, norm.fire_engines_per_station
    return programmes(settings, state.accounts.prices, facts, neutral)


def depreciate(state: State, assets: Assets) -> None:
    """Book what the networks have lost in value since the year before."""
    accounts, move = state.accounts, state.accounts.ledger.move
    cost = np.where(np.isfinite(assets.renewal_cost_kzt), assets.renewal_cost_kzt, 0.0)
    left = cost * (1.0 - assets.arrays.wear_book)
    value = np.bincount(assets.arrays.network, weights=left, minlength=len(state.networks))
    for kind in state.networks:
        account, now = holders.networks_value(kind), tiyn(float(value[kind.code]))
        held = accounts.ledger.balance(account, Instrument.VALUE)
        purpose = "depreciation" if kind.code in accounts.book_value else "opening value"
        lost, gained = max(0, held - now), max(0, now - held)
        move(account, holders.WEAR, lost, purpose, instrument=Instrument.VALUE)
        move(holders.WEAR, account, gained, purpose, instrument=Instrument.VALUE)
        accounts.book_value[kind.code] = now


def close_month(state: State) -> None:
    """Send the month's bills, receive what is paid, and let operators pay their costs."""
    accounts, settings = state.accounts, state.today.settings
    bills, sums = accounts.bills, state.sums
    sent: list[Int64] = []
    others: list[Int64] = []
    for one in accounts.operators:
        price = present_price_kzt(state, one.network)
        metered = metered_share(state, one.network)
        sent.append(bills.household_bills(one.network, price, metered))
        sent[-1][bills.is_cut_off] = 0
        others.append(bills.other_bills(one.network, price))
        bills.send(one.network, sent[-1], others[-1])
    _resent_rises(state)
    pays, settles = _who_pays(state, np.sum(sent, axis=0))
    firms = _firms_that_pay(state)
    for one, bill, other in zip(accounts.operators, sent, others, strict=True):
        code = one.network.code
        paid = np.where(pays, bill + _instalment(bills, bills.arrears[code] - bill, bill), 0)
        paid = np.where(settles, bills.arrears[code], paid)
        owed = bills.other_arrears[code]
        other_paid = np.where(firms, other + _instalment(bills, owed - other, other), 0)
        bills.receive(one.network, paid, other_paid)
        bills.write_off(one.network)
        sums.billed_kzt += kzt(int(bill.sum()))
        sums.paid_kzt += kzt(int(paid.sum()))
    bills.used[:] = 0.0
    _pay_other_crews(state)
    flow = dict(state.journal.spans["month"].sums.flow)
    for name, value in sums.flow.items():
        flow[name] = flow.get(name, 0.0) + value
    for one in accounts.operators:
        extra = operator_pay_kzt(settings, accounts.prices, one.network.code, one.fixed_kzt_year)
        one.pay_month(flow, extra_staff_kzt=extra / MONTHS)
    state.months_billed += 1


def _resent_rises(state: State) -> None:
    """Lower the trust of all when prices have risen since the month before."""
    accounts = state.accounts
    rise = 0.0
    for one in accounts.operators:
        kind, price = one.network, present_price_kzt(state, one.network)
        before = accounts.last_price_kzt.get(kind.code, price)
        accounts.last_price_kzt[kind.code] = price
        if kind.sales is not None and price > before > 0.0:
            rise += kind.sales.bill_share * (price / before - 1.0)
    if rise:
        loss = min(1.0, accounts.bills.params.price_trust_loss * rise)
        state.citizens.set("trust", state.citizens.get("trust") * (1.0 - loss))


def _pay_other_crews(state: State) -> None:
    """Let the municipality pay crews of networks without an operator, beyond the norm of crews."""
    accounts = state.accounts
    for kind in state.networks:
        if kind.sales is None:
            extra = operator_pay_kzt(state.today.settings, accounts.prices, kind.code, 0.0)
            amount, purpose = tiyn(abs(extra) / MONTHS), f"{kind.name} crews"
            if extra > 0.0:
                accounts.ledger.move(holders.MUNICIPALITY, holders.STAFF, amount, purpose)
            else:
                accounts.ledger.move(holders.STATE, holders.MUNICIPALITY, amount, purpose)


def _instalment(bills: Bills, earlier: Int64, bill: Int64) -> Int64:
    """Return what is paid off from earlier months, in tiyn."""
    most = np.floor(bills.params.instalment_bills * bill).astype(np.int64)
    return np.minimum(np.maximum(earlier, 0), most)


def _who_pays(state: State, total: Int64) -> tuple[Bool, Bool]:
    """Return which households pay this month, and which settle all; cut off who owes too much.

    Of a bill beyond `aid_threshold` of income the municipality pays the remainder, to those who
    pay.
    """
    accounts, settings = state.accounts, state.today.settings
    bills, ledger = accounts.bills, accounts.ledger
    households = state.citizens.households()
    limit = np.floor(bills.params.aid_threshold * households.income_kzt_month * 100.0).astype(
        np.int64
    )
    aid = np.maximum(0, total - limit)
    month = state.months_billed
    payment = pay_bills(
        households, (total - aid) / 100.0, month, state.seed, state.payment, mood=bills.mood
    )
    bills.mood = payment.mood
    pays = payment.pays & ~bills.is_cut_off
    ledger.move(holders.MUNICIPALITY, holders.HOUSEHOLDS, int(aid[pays].sum()), "housing aid")
    ids = households.household_id
    drawn = uniforms_for(state.seed, int(Stream.CUT_OFF), ids, month, 0)
    settles = bills.is_cut_off & (drawn < bills.params.cut_off_pay_share)
    after = settings.collection.cut_off_months
    owed = bills.arrears.sum(axis=0)
    bills.is_cut_off &= ~settles
    if after:
        bills.is_cut_off |= (owed > after * total) & (total > 0) & ~pays
    else:
        bills.is_cut_off[:] = False
    if bills.is_cut_off.any():
        _lose_trust(state, bills.is_cut_off)
    return pays, settles


def _lose_trust(state: State, is_cut_off: Bool) -> None:
    """Lower the trust of those who are cut off."""
    trust = state.citizens.get("trust")
    hit = is_cut_off[state.citizens.get("household")]
    loss = state.accounts.bills.params.cut_off_trust_loss
    state.citizens.set("trust", np.where(hit, trust * (1.0 - loss), trust))


def _firms_that_pay(state: State) -> Bool:
    """Return which of the other customers pay this month; public bodies always do."""
    bills = state.accounts.bills
    ids = bills.payers.other_building
    drawn: Float64 = uniforms_for(state.seed, int(Stream.FIRM_PAYMENT), ids, state.months_billed, 0)
    pays: Bool = (drawn < bills.params.firm_pay_share) | bills.payers.is_public
    return pays
