"""The accounts of a city: how they are opened, and what a month and a year book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens import pay_bills
from twin.city.networks import STREET
from twin.core.streams import Stream
from twin.economy import Bills, Ledger, Operator, Payers, TaxBase, holders, kzt, tiyn
from twin.economy.ledger import Instrument
from twin.flows.base import NetworkState
from twin.institutions.programmes import (
    CityFacts,
    Programme,
    answers,
    cut_offs,
    operator_pay_kzt,
    programmes,
)
from twin.kernels.rng import uniforms_for
from twin.model.books import Accounts
from twin.parameters import BillingParams, InstitutionParams, OperatorParams, PriceParams, TaxParams

if TYPE_CHECKING:
    from twin.assets import Assets
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Bool, Float64, Int64
    from twin.core.parameter_set import Parameters
    from twin.flows.base import CachedFlow
    from twin.model.state import State

MONTHS = 12
_COLD_C = -10.0
"""Outdoors on a usual day of the heating season, on which shares of use are taken."""


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
        approved = approved_kzt_year(payers, kind, used, institutions, operating)
        operators.append(Operator(kind, ledger, operating, approved))
    bills = Bills(payers, ledger, billing, operating)
    taxes = TaxBase(city, payers, params.group(TaxParams))
    return Accounts(ledger, bills, operators, params.group(PriceParams), prices, taxes)


def approved_kzt_year(
    payers: Payers,
    kind: NetworkKind,
    used: Float64,
    institutions: InstitutionParams,
    operating: OperatorParams,
) -> float:
    """Return the revenue that the tariff of the start year should bring an operator.

    Households pay the usual bill as far as bills are counted on; others use as much in proportion
    as on a usual day, `used` by building. A city without homes has no tariff to approve.
    """
    if kind.sales is None:
        return 0.0
    homes = float(used[payers.at_home].sum())
    others = float(used.sum()) / homes - 1.0 if homes else 0.0
    bill_kzt = institutions.reference_bill_kzt_person_year * kind.sales.bill_share
    households_kzt = bill_kzt * payers.connected_people(kind)
    paid = institutions.reference_collection + others * operating.firm_price_ratio
    return households_kzt * paid


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


def yearly_programmes(state: State, part_of_year: float) -> tuple[Programme, ...]:
    """Return what the policy in force costs the municipality beside works.

    Inspections are made when the year opens, so they cost the same in a part of a year.
    """
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
    streets = state.assets.rows(STREET.name)
    length_m = state.assets.arrays.length_m
    facts = CityFacts(
        people=int(state.people.sum()),
        pipes_km=float(length_m.sum() - length_m[streets].sum()) / 1000.0,
        fire_stations=int((facilities == "fire_station").sum()),
        adaptive_junctions=round(settings.traffic_lights.adaptive_share * state.traffic.n_signals),
        metered_households=households,
        metered_buildings=buildings,
    )
    inspected = state.knowledge.inspection_kzt / part_of_year
    return (
        *programmes(settings, state.accounts.prices, facts, state.norm_settings),
        Programme("inspection", inspected, 0.0, holders.SUPPLIES),
    )


def value_networks(state: State, assets: Assets, *, gain: str = "revaluation") -> None:
    """Book what the networks have lost in value since the last valuation.

    Value is what laying anew costs, times what the register has left of an asset's life. What a
    network gains beyond what was paid for works, as by an entry that is corrected, is booked as
    `gain`.
    """
    accounts, move = state.accounts, state.accounts.ledger.move
    cost = np.where(np.isfinite(assets.renewal_cost_kzt), assets.renewal_cost_kzt, 0.0)
    left = cost * (1.0 - assets.arrays.wear_book)
    value = np.bincount(assets.arrays.network, weights=left, minlength=len(state.networks))
    for kind in state.networks:
        account, now = holders.networks_value(kind), tiyn(float(value[kind.code]))
        held = accounts.ledger.balance(account, Instrument.VALUE)
        lost, gained = max(0, held - now), max(0, now - held)
        move(account, holders.WEAR, lost, "depreciation", instrument=Instrument.VALUE)
        move(holders.WEAR, account, gained, gain, instrument=Instrument.VALUE)


def close_month(state: State) -> None:
    """Send the month's bills, receive what is paid, and let operators pay their costs.

    Of a month that was lived in part, as the first and the last of a run may be, all that goes by
    time counts for that part.
    """
    accounts, settings = state.accounts, state.today.settings
    bills, part = accounts.bills, state.today.clock.share_of_month(state.day)
    sent = _send_bills(state, part)
    pays, settles = _who_pays(state, np.sum([bill for bill, _ in sent], axis=0), part)
    firms = _firms_that_pay(state)
    for one, (bill, other) in zip(accounts.operators, sent, strict=True):
        code = one.network.code
        paid = np.where(pays, bill + _instalment(bills, bills.arrears[code] - bill, bill), 0)
        paid = np.where(settles, bills.arrears[code], paid)
        owed = bills.other_arrears[code]
        other_paid = np.where(firms, other + _instalment(bills, owed - other, other), 0)
        bills.receive(one.network, paid, other_paid)
        bills.write_off(one.network, share_of_month=part)
        state.sums.billed_kzt += kzt(int(bill.sum()))
        state.sums.paid_kzt += kzt(int(paid.sum()))
    bills.used[:] = 0.0
    month = state.journal.spans["month"].sums
    flow = dict(month.flow)
    for name, value in state.sums.flow.items():
        flow[name] = flow.get(name, 0.0) + value
    for one in accounts.operators:
        extra = operator_pay_kzt(settings, accounts.prices, one.network.code, one.fixed_kzt_year)
        one.pay_month(flow, extra_staff_kzt_year=extra, share_of_month=part)
    reports = float(month.reports.sum() + state.sums.reports.sum())
    _pay_by_the_piece(state, answers(settings, accounts.prices, state.norm_settings, reports))
    value_networks(state, state.assets)
    state.months_billed += 1
    note_refused(state, state.day)


def note_refused(state: State, day: int) -> None:
    """Note what operators and municipality could not pay at their lending limits."""
    office = state.institutions.municipality
    payers = [(one.network.name, one.take_refused()) for one in state.accounts.operators]
    for name, refused in (*payers, ("", office.take_refused())):
        amount_kzt = kzt(sum(refused.values()))
        if refused:
            words = ", ".join(f"{purpose} {kzt(part):,.0f}" for purpose, part in refused.items())
            why = f"the lending limit is reached; unpaid: {words} KZT"
            state.journal.refusals.append((day, name, amount_kzt, why))
            state.sums.refused_costs_kzt += amount_kzt


def _pay_by_the_piece(state: State, programme: Programme) -> None:
    """Pay a programme whose cost goes by what has happened in the month."""
    state.institutions.municipality.pay_programme(programme)
    state.sums.programmes_kzt += programme.extra_kzt_year


def _send_bills(state: State, share_of_month: float) -> list[tuple[Int64, Int64]]:
    """Send the month's bills; return those of households and of others, by operator, in tiyn."""
    accounts, sent = state.accounts, []
    bills = accounts.bills
    for one in accounts.operators:
        price = present_price_kzt(state, one.network)
        metered = metered_share(state, one.network)
        bill = bills.household_bills(one.network, price, metered, share_of_month=share_of_month)
        bill[bills.is_cut_off] = 0
        other = bills.other_bills(one.network, price)
        bills.send(one.network, bill, other)
        sent.append((bill, other))
    _resent_rises(state)
    return sent


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


def _instalment(bills: Bills, earlier: Int64, bill: Int64) -> Int64:
    """Return what is paid off from earlier months, in tiyn."""
    most = np.floor(bills.params.instalment_bills * bill).astype(np.int64)
    return np.minimum(np.maximum(earlier, 0), most)


def _who_pays(state: State, total: Int64, share_of_month: float) -> tuple[Bool, Bool]:
    """Return which households pay this month, and which settle all; cut off who owes too much.

    Of a bill beyond `aid_threshold` of income the municipality pays the remainder, to those who
    pay; where it pays all, the bill is paid.
    """
    bills, ledger = state.accounts.bills, state.accounts.ledger
    households = state.citizens.households()
    limit = bills.params.aid_threshold * share_of_month * 100.0 * households.income_kzt_month
    aid = np.maximum(0, total - np.floor(limit).astype(np.int64))
    wanted = int(aid.sum())
    granted = state.institutions.municipality.grant_aid(wanted)
    if granted < wanted:
        aid = np.floor(aid * (granted / wanted)).astype(np.int64)
    month, own_kzt = state.months_billed, (total - aid) / 100.0
    _feel_bills(state, own_kzt / share_of_month, households.income_kzt_month)
    payment = pay_bills(
        households, own_kzt / share_of_month, month, state.seed, state.payment, mood=bills.mood
    )
    bills.mood = payment.mood
    pays = (payment.pays | ((total > 0) & (aid == total))) & ~bills.is_cut_off
    ledger.move(holders.MUNICIPALITY, holders.HOUSEHOLDS, int(aid[pays].sum()), "housing aid")
    ids = households.household_id
    drawn = uniforms_for(state.seed, int(Stream.CUT_OFF), ids, month, 0)
    settles = bills.is_cut_off & (drawn < bills.params.cut_off_pay_share)
    _cut_off(state, pays, settles)
    return pays, settles


def _cut_off(state: State, pays: Bool, settles: Bool) -> None:
    """Connect those who settle; cut off who owes more than some months of usual use cost."""
    bills, settings = state.accounts.bills, state.today.settings
    after, before = settings.collection.cut_off_months, bills.is_cut_off.copy()
    bills.is_cut_off &= ~settles
    if not after:
        bills.is_cut_off[:] = False
        return
    price = MONTHS * settings.tariff.bill_kzt_per_person_month
    usual = sum(
        bills.usual_bills(one.network, price_kzt(one.network, price))
        for one in state.accounts.operators
    )
    bills.is_cut_off |= (bills.arrears.sum(axis=0) > after * usual) & (usual > 0) & ~pays & ~settles
    if bills.is_cut_off.any():
        _lose_trust(state, bills.is_cut_off)
    number = int((bills.is_cut_off & ~before).sum())
    _pay_by_the_piece(state, cut_offs(state.accounts.prices, number))


def _feel_bills(state: State, own_kzt_month: Float64, income_kzt_month: Float64) -> None:
    """Let households feel what they have to pay themselves, over their income."""
    burden = np.zeros(own_kzt_month.size)
    np.divide(own_kzt_month, income_kzt_month, out=burden, where=income_kzt_month > 0.0)
    params = state.citizens.params
    state.disposition.note_bills(np.minimum(burden, 1.0), params.bill_months)
    state.disposition.apply(state.citizens, params, state.participation.params)


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
    stream, month = int(Stream.FIRM_PAYMENT), state.months_billed
    drawn: Float64 = uniforms_for(state.seed, stream, ids, month, 0)
    if bills.firm_mood is not None:
        keeps = uniforms_for(state.seed, stream, ids, month, 1) < bills.params.firm_mood_persistence
        drawn = np.where(keeps, bills.firm_mood, drawn)
    bills.firm_mood = drawn
    pays: Bool = (drawn < bills.params.firm_pay_share) | bills.payers.is_public
    return pays
