"""Bills: what each household and each other customer owes for a month, and what is paid of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.streams import Stream
from twin.economy import holders
from twin.economy.ledger import TIYN_PER_KZT, Instrument
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Bool, Float64, Int32, Int64
    from twin.economy.ledger import Ledger
    from twin.parameters import BillingParams, OperatorParams

PUBLIC_USES = ("school", "kindergarten", "health", "public")
"""Uses of buildings whose bills public budgets pay."""
HOME_USES = ("apartment", "house")
"""Uses of buildings whose bills their households pay."""
MONTHS = 12


@final
class Payers:
    """Who pays bills: households, and buildings that are no homes; one row each.

    Attributes
    ----------
    households_building
        Row of each household's building, shape (n_households,).
    size
        Persons of each household, shape (n_households,).
    income_kzt_month
        Of each household.
    other_building
        Rows of the buildings that are customers themselves, shape (n_others,).
    is_public
        Which of them public budgets pay for, shape (n_others,).
    connected
        Which buildings each network serves, shape (n_networks, n_buildings).
    """

    def __init__(self, city: City, networks: Sequence[NetworkKind], seed: int) -> None:
        buildings, households = city.buildings, city.households
        self.networks = tuple(networks)
        self.seed = seed
        self.households_building: Int32 = households["building_id"].to_numpy(dtype=np.int32)
        self.size: Float64 = households["size"].to_numpy(dtype=np.float64)
        self.income_kzt_month: Float64 = households["income_kzt_month"].to_numpy(dtype=np.float64)
        self.people: Float64 = np.bincount(
            self.households_building, weights=self.size, minlength=len(buildings)
        )
        use = buildings["use"].astype(str)
        self.at_home: Bool = use.isin(HOME_USES).to_numpy() & (self.people > 0)
        self.other_building = np.flatnonzero(~self.at_home).astype(np.int32)
        self.is_public: Bool = use.isin(PUBLIC_USES).to_numpy()[self.other_building]
        self.connected: Bool = np.array(
            [
                np.zeros(len(buildings), dtype=np.bool_)
                if kind.sales is None
                else buildings[kind.node_column].to_numpy() >= 0
                for kind in networks
            ]
        )
        self._meter_draw = self._meters(np.arange(self.size.size, dtype=np.int32))
        self._building_draw = uniforms_for(
            seed, int(Stream.METER), np.arange(len(buildings), dtype=np.int32), 1, 0
        )

    def _meters(self, household_id: Int32) -> Float64:
        """Return the draws that decide who has a meter, shape (n_households,)."""
        drawn: Float64 = uniforms_for(self.seed, int(Stream.METER), household_id, 0, 0)
        return drawn

    def follow(
        self, household_id: Int32, building: Int32, size: Int64, income_kzt_month: Float64
    ) -> None:
        """Take the households of a new year; old ones keep their rows, those gone have size 0."""
        self.households_building = building
        self.size = size.astype(np.float64)
        self.income_kzt_month = income_kzt_month
        self.people = np.bincount(building, weights=self.size, minlength=self.people.size)
        self._meter_draw = self._meters(household_id)

    def metered(self, network: NetworkKind, share: float) -> Bool:
        """Return which households pay for a network by meter, shape (n_households,).

        Keyed draws decide, so a larger share adds meters and takes none away.
        """
        if network.sales is None or not network.sales.meter_of_building:
            own: Bool = self._meter_draw < share
            return own
        metered: Bool = (self._building_draw < share)[self.households_building]
        return metered

    def number(self) -> int:
        """Return the households that live in homes some network serves."""
        served = self.connected.any(axis=0) & self.at_home
        return int((served[self.households_building] & (self.size > 0)).sum())

    def connected_people(self, network: NetworkKind) -> float:
        """Return residents whose homes a network serves."""
        return float(self.people[self.connected[network.code] & self.at_home].sum())


@final
@dataclass(slots=True)
class Bills:
    """What payers owe each operator, in tiyn.

    Attributes
    ----------
    arrears
        Of households by network, shape (n_networks, n_households).
    other_arrears
        Of other customers by network, shape (n_networks, n_others).
    """

    payers: Payers
    ledger: Ledger
    params: BillingParams
    operators: OperatorParams
    arrears: Int64 = field(init=False)
    other_arrears: Int64 = field(init=False)
    used: Float64 = field(init=False)
    """Use of the month by network and building, in the unit of its sales."""
    is_cut_off: Bool = field(init=False)
    """Households cut off for arrears, shape (n_households,)."""
    mood: Float64 | None = None
    """Draw of each household's last decision to pay, 0-1, shape (n_households,)."""
    firm_mood: Float64 | None = None
    """Likewise of each other customer, shape (n_others,)."""

    def __post_init__(self) -> None:
        n_networks, n_buildings = self.payers.connected.shape
        self.arrears = np.zeros((n_networks, self.payers.size.size), dtype=np.int64)
        self.other_arrears = np.zeros((n_networks, self.payers.other_building.size), np.int64)
        self.used = np.zeros((n_networks, n_buildings))
        self.is_cut_off = np.zeros(self.payers.size.size, dtype=np.bool_)

    def follow(
        self,
        household_id: Int32,
        building: Int32,
        size: Int64,
        income_kzt_month: Float64,
        *,
        month: int,
    ) -> None:
        """Take the households of a new year; what those gone owe is written off in time."""
        n_old = self.is_cut_off.size
        self.payers.follow(household_id, building, size, income_kzt_month)
        more = np.zeros((self.arrears.shape[0], size.size - n_old), dtype=np.int64)
        self.arrears = np.concatenate([self.arrears, more], axis=1)
        cut_off = np.concatenate([self.is_cut_off, np.zeros(more.shape[1], dtype=np.bool_)])
        self.is_cut_off = cut_off & (size > 0)
        if self.mood is not None:
            ids = household_id[n_old:]
            drawn = uniforms_for(self.payers.seed, int(Stream.PAYMENT), ids, month, 0)
            self.mood = np.concatenate([self.mood, drawn])

    def add_use(self, network: int, used: Float64) -> None:
        """Add a day's use of a network, shape (n_buildings,)."""
        self.used[network] += used

    def usual_bills(self, network: NetworkKind, price_kzt: float) -> Int64:
        """Return what each household's usual use of a month costs in tiyn, (n_households,)."""
        sales, payers = network.sales, self.payers
        if sales is None:
            return np.zeros(payers.size.size, dtype=np.int64)
        home = (payers.connected[network.code] & payers.at_home)[payers.households_building]
        usual = home * sales.usual_per_person_year / MONTHS
        return _tiyn(payers.size * usual * price_kzt)

    def household_bills(
        self,
        network: NetworkKind,
        price_kzt: float,
        metered_share: float,
        *,
        share_of_month: float = 1.0,
    ) -> Int64:
        """Return each household's bill of the month for a network in tiyn, (n_households,).

        By meter: its people's share of the building's use. Without: the norm, which is
        `norm_ratio` times the usual use, every month alike; of a month that was lived in part, as
        the first of a run may be, that part.
        """
        sales, payers = network.sales, self.payers
        if sales is None:
            return np.zeros(payers.size.size, dtype=np.int64)
        home = payers.connected[network.code] & payers.at_home & (payers.people > 0)
        each = np.zeros(payers.people.size)
        np.divide(self.used[network.code], payers.people, out=each, where=home)
        usual = sales.usual_per_person_year / MONTHS * share_of_month
        norm = np.where(home, self.params.norm_ratio * usual, 0.0)
        building = payers.households_building
        per_person = np.where(
            payers.metered(network, metered_share), each[building], norm[building]
        )
        return _tiyn(payers.size * per_person * price_kzt)

    def other_bills(self, network: NetworkKind, price_kzt: float) -> Int64:
        """Return the month's bill of every other customer in tiyn, shape (n_others,)."""
        used = self.used[network.code, self.payers.other_building]
        return _tiyn(used * price_kzt * self.operators.firm_price_ratio)

    def send(self, network: NetworkKind, bills: Int64, others: Int64) -> None:
        """Book a month's bills: what is owed grows by them."""
        code, account = network.code, holders.operator(network)
        self.arrears[code] += bills
        self.other_arrears[code] += others
        public = self.payers.is_public
        for source, amount in (
            (holders.HOUSEHOLDS, bills.sum()),
            (holders.FIRMS, others[~public].sum()),
            (holders.PUBLIC_BODIES, others[public].sum()),
        ):
            self.ledger.move(source, account, int(amount), "bills", instrument=Instrument.CLAIM)

    def receive(self, network: NetworkKind, paid: Int64, others: Int64) -> None:
        """Book what came in; what is owed falls by it."""
        code, account = network.code, holders.operator(network)
        self.arrears[code] -= paid
        self.other_arrears[code] -= others
        public = self.payers.is_public
        for source, amount in (
            (holders.HOUSEHOLDS, paid.sum()),
            (holders.FIRMS, others[~public].sum()),
            (holders.PUBLIC_BODIES, others[public].sum()),
        ):
            self._settle(source, account, int(amount), "bills paid")

    def _settle(self, source: str, account: str, amount: int, purpose: str) -> None:
        self.ledger.move(source, account, amount, purpose)
        self.ledger.move(account, source, amount, purpose, instrument=Instrument.CLAIM)

    def write_off(self, network: NetworkKind, *, share_of_month: float = 1.0) -> int:
        """Write off what an operator gives up of arrears in a month; return it in tiyn.

        A part of 1 / `arrears_life_months` is given up: payers die, move, or win in court.
        """
        given_up = share_of_month / self.params.arrears_life_months
        account, written = holders.operator(network), 0
        public = self.payers.is_public
        owed = self.arrears[network.code]
        others = self.other_arrears[network.code]
        for part, source in ((owed, holders.HOUSEHOLDS), (others, holders.FIRMS)):
            lost = np.floor(part * given_up).astype(np.int64)
            if part is others:
                lost[public] = 0
            np.subtract(part, lost, out=part)
            amount = int(lost.sum())
            written += amount
            self.ledger.move(account, source, amount, "written off", instrument=Instrument.CLAIM)
        return written

    def owed_tiyn(self) -> int:
        """Return all that is owed to operators."""
        return int(self.arrears.sum()) + int(self.other_arrears.sum())

    def imbalance_tiyn(self) -> int:
        """Return by how much the payers' arrears miss the claims in the ledger."""
        claims = sum(
            -self.ledger.balance(name, Instrument.CLAIM)
            for name in (holders.HOUSEHOLDS, holders.FIRMS, holders.PUBLIC_BODIES)
        )
        return abs(claims - self.owed_tiyn())


def _tiyn(amount_kzt: Float64) -> Int64:
    """Return amounts in whole tiyn."""
    whole: Int64 = np.rint(amount_kzt * TIYN_PER_KZT).astype(np.int64)
    return whole
