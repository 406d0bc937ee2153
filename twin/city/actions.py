"""What a policy may do. The institutions carry these out; a policy touches nothing itself.

The defaults of an action are neutral: the values of a city in which no policy has set it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.view import AssetView
from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    from twin.core.arrays import Float64, UInt8


def _nothing() -> Float64:
    return np.empty(0)


def _no_options() -> UInt8:
    return np.empty(0, dtype=np.uint8)


@final
@dataclass(frozen=True, slots=True)
class SetBudget:
    """Fix the network budget of the coming year."""

    planned_kzt: float = 0.0
    """Money planned for networks this year."""
    transfer_share: float = 1.0
    """Share of the plan that the state gives; the remainder is taxes."""
    separate_purses: bool = False
    """Each network has its own repair money instead of one common purse."""
    credit_share: float = 0.0
    """Share of the year's money that repairs of shut mains may overdraw."""


@final
@dataclass(frozen=True, slots=True)
class SetRingFence:
    """Protect a share of the year's money for renewal, before any emergency is paid."""

    share: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class RankRenewals:
    """Which works are done first, and what is done with each asset: highest score first."""

    score: Float64 = field(default_factory=_nothing)
    """Shape (n_assets,); NaN: never. Empty: nothing is renewed."""
    option: UInt8 = field(default_factory=_no_options)
    """`WorkOption` of each asset, shape (n_assets,)."""
    order: str = ""
    """Name of the order, for the reasons in the plan of works."""
    network_shares: tuple[float, ...] = ()
    """Share of the renewal money reserved for each network; what is not reserved is one purse."""
    seen: AssetView = field(default_factory=AssetView.empty)
    """What the ranking was made on."""

    def option_of(self, row: int) -> WorkOption:
        """Return what is done with an asset; it is laid new where nothing is chosen."""
        return WorkOption(int(self.option[row])) if self.option.size else WorkOption.REPLACE


@final
@dataclass(frozen=True, slots=True)
class SetInspection:
    """Look at mains in the ground this year."""

    method: str = "none"
    """`cctv`, `acoustic`, `coupon`, or `none`."""
    length_share: float = 0.0
    """Share of the length of mains to inspect."""
    most_kzt: float = 0.0
    """What may be spent."""
    score: Float64 = field(default_factory=_nothing)
    """Which are inspected first, highest score first, NaN never; shape (n_assets,)."""


@final
@dataclass(frozen=True, slots=True)
class RankRepairs:
    """Order in which waiting failures are taken up: highest score first."""

    score: Float64 = field(default_factory=_nothing)
    """Shape (n_waiting,)."""


@final
@dataclass(frozen=True, slots=True)
class SetCrews:
    """Number of repair crews per network, in the order of `twin.city.networks`."""

    crews: tuple[int, ...] = ()
    """Empty: none."""


@final
@dataclass(frozen=True, slots=True)
class SetVoice:
    """How people can report and how they are answered."""

    voice_share: float = 0.05
    """Mean probability that a resident hit by a full outage reports it on a day."""
    channels: tuple[str, ...] = ("phone", "app")
    feedback_rate: float = 0.63
    """Share of reports that get a visible answer."""


@final
@dataclass(frozen=True, slots=True)
class SetDetection:
    """How failures nobody reports are found."""

    awareness_days: float = 180.0
    """Mean days until an unreported failure is found without sensors."""
    sensor_share: float = 0.0
    """Share of pipes that sensors watch and that work."""
    sensor_days: float = 3.0
    """Mean days until a watched failure is found."""
    cost_kzt: float = 0.0
    """Upkeep this year."""
    watched_km: float = 0.0
    """Length that sensors were bought for."""


@final
@dataclass(frozen=True, slots=True)
class SetConduct:
    """How well the institutions work."""

    competence: float = 0.5
    """How able the services are, 0-1: time of repairs, and projects that fail."""
    integrity: float = 0.5
    """Share of contracts let at a fair price, and of bad works that are not accepted."""
    transparency: float = 0.5
    """Share of overruns that the council sees in the books."""
    coordinated_digs: bool = False
    """A renewed pipe's street is paved anew in the same trench at a part of the price."""


@final
@dataclass(frozen=True, slots=True)
class SetDepartments:
    """How departments share the renewal plan, and how long each takes to approve a work."""

    weights: tuple[float, ...] = ()
    """Of each network's department in the renewal fund; empty: one list of all works."""
    approval_days: int = 0
    """Of each department that a work touches."""


@final
@dataclass(frozen=True, slots=True)
class SetInvestment:
    """Offer a contract to an investor."""

    source: str = ""
    """What pays it back: `surplus`, `tariff` or `budget`; empty: nothing is offered."""
    network: int = 0
    """Code of the network whose worst mains are laid new."""
    capital_kzt: float = 0.0
    """Capital for works."""
    term_years: int = 10
    """Years after which the contract ends."""
    return_share: float = 0.0
    """A year, on the capital not paid back yet."""
    guarantee_share: float = 0.0
    """Part of a missing payment that the city's budget pays."""
    grant_share: float = 0.0
    """Part of the works that the state pays."""
    supplement_share: float = 0.0
    """Rise of the network's tariff while a contract `tariff` runs."""


@final
@dataclass(frozen=True, slots=True)
class SetTariff:
    """Bills for network services."""

    bill_kzt_per_person_month: float = 0.0


@final
@dataclass(frozen=True, slots=True)
class SetCollection:
    """How arrears of bills are collected."""

    cut_off_months: int = 0
    """Months of bills in arrears after which a household is cut off; 0: never."""


@final
@dataclass(frozen=True, slots=True)
class SetMetering:
    """Put meters in homes and buildings that have none."""

    new_share: float = 0.0
    """Share of those without a meter that get one."""


@final
@dataclass(frozen=True, slots=True)
class SetParticipatoryBudget:
    """Let residents vote on a part of the works' money."""

    share: float = 0.0
    """Of the year's money for works."""
    from_renewal: bool = False
    """Whether it comes out of ring-fenced money as far as that goes."""
    rule: str = "greedy"
    """Name of a rule of `twin.voting`, with options."""
    ballot_length: int = 3
    least_votes: int = 1
    project_cap_share: float = 0.5
    veto_share: float = 0.2
    """Share of proposals that the council rejects."""
    paper_ballots: bool = True
    campaign_kzt_per_person: float = 0.0
    diverted_share: float = 0.0
    """Share of the voted money that goes to repairs after the vote."""


@final
@dataclass(frozen=True, slots=True)
class SetEmergency:
    """Staff the ambulance and fire services, and help them through the traffic."""

    ambulances_per_10000: float = 1.0
    """Ambulances on duty per 10,000 residents."""
    fire_engines_per_station: int = 2
    """Engines on duty at each fire station."""
    stand_by_at_fire_stations: bool = False
    """Ambulances wait at fire stations too, not at the hospital alone."""
    delay_share: float = 0.5
    """Share of drivers' delay that a unit with sirens suffers."""


@final
@dataclass(frozen=True, slots=True)
class SetClosures:
    """Close streets to cars for the coming year."""

    busiest: int = 0
    """How many of the busiest streets."""
    streets: tuple[str, ...] = ()
    """`uid` of further streets."""
    ambulances_pass: bool = False
    """Units with sirens may drive through them."""


@final
@dataclass(frozen=True, slots=True)
class LayHeatLoops:
    """Close loops in the heat network before the first day, and pay them over years."""

    count: int = 0
    """Links to lay."""
    pay_years: int = 10
    """Years in which equal parts fall due."""
    grant_share: float = 0.0
    """Share of the cost that is given."""
    candidates: int = 0
    """Further links that the plan of works may lay later."""

    def due_share(self, year_index: int) -> float:
        """Return the part of the whole cost that falls due in a year of the run, 0 the first."""
        own_share = (1.0 - self.grant_share) / self.pay_years
        return own_share if year_index < self.pay_years else 0.0


@final
@dataclass(frozen=True, slots=True)
class SetTrafficLights:
    """Make traffic lights follow the traffic, paid from the repair money."""

    adaptive_share: float = 0.0
    """Share of the junctions with lights, the busiest first."""
    cost_kzt_per_junction_year: float = 0.0


type Action = (
    SetBudget
    | SetRingFence
    | RankRenewals
    | RankRepairs
    | SetCrews
    | SetVoice
    | SetDetection
    | SetConduct
    | SetDepartments
    | SetInvestment
    | SetTariff
    | SetCollection
    | SetMetering
    | SetParticipatoryBudget
    | SetEmergency
    | SetClosures
    | LayHeatLoops
    | SetTrafficLights
    | SetInspection
)
