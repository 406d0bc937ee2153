"""What a policy may do. The institutions carry these out; a policy touches nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from twin.core.arrays import Float64


@final
@dataclass(frozen=True, slots=True)
class SetBudget:
    """Fix the network budget of the coming year."""

    planned_kzt: float
    """Money planned for networks this year."""
    transfer_share: float
    """Share that comes whatever people pay; the rest is scaled by the collection rate."""
    separate_purses: bool
    """Each network has its own repair money instead of one common purse."""
    credit_share: float
    """Share of the year's money that repairs of shut mains may overdraw."""


@final
@dataclass(frozen=True, slots=True)
class SetRingFence:
    """Protect a share of the year's money for renewal, before any emergency is paid."""

    share: float


@final
@dataclass(frozen=True, slots=True)
class RankRenewals:
    """Order in which assets are renewed: highest score first, NaN never."""

    score: Float64
    """Shape (n_assets,)."""


@final
@dataclass(frozen=True, slots=True)
class RankRepairs:
    """Order in which waiting failures are taken up: highest score first."""

    score: Float64
    """Shape (n_waiting,)."""


@final
@dataclass(frozen=True, slots=True)
class SetCrews:
    """Number of repair crews per network, in the order of `twin.city.networks`."""

    crews: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class SetVoice:
    """How people can report and how they are answered."""

    voice_share: float
    """Mean probability that a resident hit by a full outage reports it on a day."""
    channels: tuple[str, ...]
    feedback_rate: float
    """Share of reports that get a visible answer."""


@final
@dataclass(frozen=True, slots=True)
class SetDetection:
    """How failures nobody reports are found."""

    awareness_days: float
    """Mean days until an unreported failure is found without sensors."""
    sensor_share: float
    """Share of pipes that sensors watch and that work."""
    sensor_days: float
    """Mean days until a watched failure is found."""
    cost_kzt: float
    """Running cost this year, paid from the repair money."""


@final
@dataclass(frozen=True, slots=True)
class SetConduct:
    """How well the institutions work."""

    repair_time_factor: float
    """Multiplies repair hours; 1 is the norm."""
    cost_factor: float
    """Multiplies repair and renewal cost; 1 is the norm."""
    coordinated_digs: bool
    """A renewed pipe's street is paved anew in the same trench at half the price."""


@final
@dataclass(frozen=True, slots=True)
class SetTariff:
    """Bills for network services."""

    bill_kzt_per_person_month: float


@final
@dataclass(frozen=True, slots=True)
class SetEmergency:
    """Staff the ambulance and fire services, and help them through the traffic."""

    ambulances_per_10000: float
    """Ambulances on duty per 10,000 residents."""
    fire_engines_per_station: int
    """Engines on duty at each fire station."""
    stand_by_at_fire_stations: bool
    """Ambulances wait at fire stations too, not at the hospital alone."""
    delay_share: float
    """Share of drivers' delay that a unit with sirens suffers."""


@final
@dataclass(frozen=True, slots=True)
class SetClosures:
    """Close streets to cars for the coming year."""

    busiest: int
    """How many of the busiest streets."""
    streets: tuple[str, ...]
    """`uid` of further streets."""
    ambulances_pass: bool
    """Units with sirens may drive through them."""


@final
@dataclass(frozen=True, slots=True)
class PayLinks:
    """Pay a part of what the links cost that were laid on credit."""

    due_share: float
    """Part of the whole cost that falls due this year."""


@final
@dataclass(frozen=True, slots=True)
class SetSignals:
    """Make traffic lights follow the traffic, paid from the repair money."""

    adaptive_share: float
    """Share of the junctions with lights, the busiest first."""
    cost_kzt_per_junction_year: float


type Action = (
    SetBudget
    | SetRingFence
    | RankRenewals
    | RankRepairs
    | SetCrews
    | SetVoice
    | SetDetection
    | SetConduct
    | SetTariff
    | SetEmergency
    | SetClosures
    | PayLinks
    | SetSignals
)
