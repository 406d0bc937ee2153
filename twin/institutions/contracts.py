"""Contracts: what a work really costs, and whether it is done well.

Every draw is keyed by the asset and the number of the work on it, so policies share their random
draws: an honest office pays the fair price of the very contract that another one rigs.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from twin.core.streams import Stream
from twin.kernels.rng import uniform01, uniforms4

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.institutions.today import Today
    from twin.parameters import ContractParams

_NORM = 0.5
"""Integrity and transparency under which works cost what the networks' prices say."""
PURCHASES = 2_000_000_000
"""First of the ids that key purchases, above those of all assets."""


class Sort(Enum):
    """What a contract is for; each has draws of its own."""

    REPAIR = 0
    RENEWAL = 1
    PURCHASE = 2
    PROJECT = 3
    """A yard or lights that residents voted for."""


_QUALITY_WORD = {Sort.RENEWAL: 0, Sort.PROJECT: 2}
_SENSOR_WORD = 1
"""Last words of the keys by which works, sensors and projects go well or not."""


class Contract(NamedTuple):
    """The price of one work."""

    price_kzt: float
    overrun_kzt: float
    """Part of the price over the fair one, after what the council refuses."""


class Outcome(Enum):
    """What becomes of a work that is paid."""

    GOOD = "good"
    BAD = "bad"
    """Laid badly: new in the register, but it fails as an older one."""
    NONE = "none"
    """Abandoned: the money is spent, and the old asset stays."""


def fair_kzt(params: ContractParams, norm_kzt: float) -> float:
    """Return the fair price of a work that costs `norm_kzt` on average under the norm of conduct.

    Notes
    -----
    Under the norm a share 1/2 of contracts is rigged, with a mean markup of half the largest, of
    which open books let the council refuse half of `refused_share`.
    """
    markup = 0.5 * params.largest_markup_share
    refused = _NORM * params.refused_share
    return norm_kzt / (1.0 + (1.0 - _NORM) * markup * (1.0 - refused))


def least_kzt(today: Today, norm_kzt: Float64) -> Float64:
    """Return the least for which works of the given costs at norm are let: the fair price."""
    return norm_kzt * fair_kzt(today.contracts, 1.0)


def contract(today: Today, sort: Sort, key: tuple[int, int], norm_kzt: float) -> Contract:
    """Return the price at which a work is let.

    An official who is not honest rigs the contract for a markup, and splits one that would need an
    open tender into lots that do not, each of which costs a little more. Where the books are open,
    the council sees the overrun, seldom of a split one, and refuses most of it.

    Parameters
    ----------
    today
        Conduct in force.
    sort
        What it is for.
    key
        Stable id of the asset or purchase, and the number of the work on it.
    norm_kzt
        Mean cost under the norm of conduct.
    """
    conduct, params = today.settings.conduct, today.contracts
    fair = fair_kzt(params, norm_kzt)
    honest, size, seen, _ = uniforms4(today.seed, int(Stream.CONTRACT), *key, sort.value)
    if honest < conduct.integrity or not math.isfinite(fair):
        return Contract(fair, 0.0)
    overrun = size * params.largest_markup_share * fair
    lots = math.ceil(fair / params.tender_from_kzt)
    is_split = 1 < lots <= params.most_lots
    extra = (lots - 1) * params.lot_kzt if is_split else 0.0
    sight = conduct.transparency * (params.split_seen_share if is_split else 1.0)
    if seen < sight:
        overrun *= 1.0 - params.refused_share
    return Contract(fair + overrun + extra, overrun + extra)


def outcome(today: Today, key: tuple[int, int], sort: Sort = Sort.RENEWAL) -> Outcome:
    """Return what becomes of a work, by the competence of who plans and supervises it.

    Honest officials accept no bad work: the contractor lays it again. Nobody brings back the money
    of one that was abandoned.
    """
    conduct, params = today.settings.conduct, today.contracts
    word = _QUALITY_WORD[sort]
    fails, how, accepted, _ = uniforms4(today.seed, int(Stream.WORKS_QUALITY), *key, word)
    if fails >= failed_share(today):
        return Outcome.GOOD
    if how < params.abandoned_share:
        return Outcome.NONE
    return Outcome.GOOD if accepted < conduct.integrity else Outcome.BAD


def failed_share(today: Today) -> float:
    """Return the share of projects that fail under the present competence."""
    return float(today.contracts.failed_share) * (1.0 - today.settings.conduct.competence)


def sensor_works(today: Today, asset_id: int) -> bool:
    """Return whether the sensor on an asset was chosen and set well; each is a small project."""
    drawn = uniform01(today.seed, int(Stream.WORKS_QUALITY), asset_id, 0, _SENSOR_WORD)
    return bool(drawn >= failed_share(today))
