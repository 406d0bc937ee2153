"""Who leaves the town, who comes, and who finds which home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.citizens.character import character, faultless_satisfaction
from twin.citizens.demography.folk import EMPLOYED, UNEMPLOYED
from twin.citizens.demography.kernels import settle_into
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.citizens.demography.folk import Folk
    from twin.citizens.demography.households import Founders
    from twin.citizens.demography.kernels import Facts
    from twin.citizens.demography.town import Demography
    from twin.citizens.selection import Values
    from twin.core.arrays import Bool, Float64, Int32, Int64

_CHOICES = 8
_YOUNG_BELOW, _OLD_FROM = 35, 60
_TRIES = 3
_PER = 1000.0
_DAYS = 365.0


@final
@dataclass(frozen=True, slots=True)
class Pull:
    """How attractive the town is against when it was founded, in log odds."""

    town: float
    """To those who might come."""
    household: Float64
    """To each household, shape (n_households,)."""
    building: Float64
    """Of each building, beside that of the town, shape (n_buildings,)."""


def pull_of(folk: Folk, town: Demography, facts: Facts, years: float) -> Pull:
    """Return the attractiveness of the town, its buildings, and to its households."""
    params, start = town.moves, town.behaviour.initial_trust
    content = faultless_satisfaction(town.behaviour)
    size = np.maximum(facts.size, 1).astype(np.float64)
    days = max(years, 1.0 / _DAYS) * _DAYS

    def felt(satisfaction: Float64, trust: Float64, outage_days: Float64, n: Float64) -> Float64:
        value: Float64 = params.service_pull * (satisfaction / n - content)
        value += params.trust_pull * (trust / n - start)
        value -= params.outage_pull * outage_days / n / days
        return value

    sums = facts.satisfaction, facts.trust, facts.outage_days
    own = felt(*sums, size)
    whole = [np.array([float(values.sum())]) for values in sums]
    mean = float(
        felt(whole[0], whole[1], whole[2], np.array([max(1.0, float(facts.size.sum()))]))[0]
    )
    idle = float(facts.idle.sum()) / max(1, int(facts.workers.sum()))
    homes = town.homes.sum() * (1.0 + params.new_homes_per_year) ** town.years
    ratio = homes / max(1, int((facts.size > 0).sum())) / max(town.homes_per_household, 1e-9)
    of_town = params.jobs_pull * (town.unemployment - idle)
    of_town += params.housing_pull * float(np.log(max(ratio, 1e-9)))
    share = facts.idle / np.maximum(facts.workers, 1)
    own = own + of_town
    own -= params.own_job_pull * (share - town.unemployment * (facts.workers > 0))
    n_buildings = town.homes.size
    there = np.bincount(folk.home, weights=facts.size, minlength=n_buildings)
    by_home = [np.bincount(folk.home, weights=values, minlength=n_buildings) for values in sums]
    building = felt(by_home[0], by_home[1], by_home[2], np.maximum(there, 1.0))
    building = np.where(there > 0, building, mean)
    return Pull(mean + of_town, own, building)


def leave_town(folk: Folk, town: Demography, facts: Facts, pull: Pull, years: float) -> int:
    """Let households leave; return how many people went."""
    params = town.moves
    ratio = _age_ratio(facts.oldest, town)
    mean = _mean_ratio(town)
    rate = params.departures_per_1000_year / _PER * ratio / mean * np.exp(-pull.household)
    drawn = uniforms_for(folk.seed, int(Stream.DEPARTURE), folk.household_id, folk.number, 0)
    goes: Bool = drawn < -np.expm1(-rate * years)
    return folk.go(goes[folk.people["household"]])


def _age_ratio(age: Values, town: Demography) -> Float64:
    """Return how readily heads of some ages move."""
    young, old = town.moves.young_ratio, town.moves.old_ratio
    ratio: Float64 = np.where(age < _YOUNG_BELOW, young, np.where(age >= _OLD_FROM, old, 1.0))
    return ratio


def _mean_ratio(town: Demography) -> float:
    """Return the mean of that over the people of the founded town."""
    models = town.models
    size = np.diff(models.start)
    ratio = _age_ratio(models.head_age, town)
    mean = float((ratio * size).sum()) / max(1.0, float(size.sum()))
    return max(mean, 1e-9)


@final
@dataclass(frozen=True, slots=True)
class Arrivals:
    """Households that would come, if they find homes."""

    household_id: Int32
    model: Int64
    """Row of the household that each is like, in `Models`."""


def arrivals(folk: Folk, town: Demography, pull: Pull, years: float) -> Arrivals:
    """Return who would come: the first ones of a fixed queue of the year.

    So more of them come to a more attractive town, and the same ones first. Of three households of
    the founded town, each is like the one with the head who moves most readily, at random.
    """
    params, models = town.moves, town.models
    n_models = models.head_age.size
    none = np.zeros(0, dtype=np.int64)
    if not n_models:
        return Arrivals(none.astype(np.int32), none)
    people = params.arrivals_per_1000_year / _PER * float(folk.here.sum())
    people *= years * float(np.exp(pull.town))
    size = float(np.diff(models.start).mean())
    luck = uniforms_for(folk.seed, int(Stream.ARRIVAL), np.zeros(1, dtype=np.int32), folk.number, 9)
    queue = np.arange(int(people / size + luck[0]), dtype=np.int32)
    best, most = np.zeros(queue.size, dtype=np.int64), np.full(queue.size, -1.0)
    for attempt in range(_TRIES):
        drawn = uniforms_for(folk.seed, int(Stream.ARRIVAL), queue, folk.number, 2 * attempt)
        luck = uniforms_for(folk.seed, int(Stream.ARRIVAL), queue, folk.number, 2 * attempt + 1)
        row = np.minimum((drawn * n_models).astype(np.int64), n_models - 1)
        keen = _age_ratio(models.head_age[row], town) * luck
        best, most = np.where(keen > most, row, best), np.maximum(keen, most)
    return Arrivals(folk.new_ids(Stream.HOUSEHOLD_KEY, queue, draw=1), best)


class Seekers(NamedTuple):
    """Who looks for a home."""

    movers: Int64
    """Rows of households that look for another."""
    founders: Founders
    arrivals: Arrivals


def movers_of(folk: Folk, town: Demography, size: Int32, years: float) -> Int64:
    """Return the rows of the households that look for another home in the town."""
    drawn = uniforms_for(folk.seed, int(Stream.MOVE), folk.household_id, folk.number, 0)
    chance = -np.expm1(-town.moves.moves_per_year * years)
    return np.flatnonzero((size > 0) & (drawn < chance))


def find_homes(
    folk: Folk, town: Demography, size: Int32, pull: Pull, seekers: Seekers
) -> list[Int32]:
    """Let movers, founders of households and those who come look for homes in one queue.

    Each looks at some homes drawn in proportion to their number, and takes the one worth most that
    is free; a mover stays where that is better. Its place in the queue is drawn too.

    Returns
    -------
    The building that each found, -1 where none: of movers, founders and arrivals.
    """
    movers, founders, comers = seekers
    lived_in = np.bincount(folk.home[size > 0], minlength=town.homes.size)
    person = folk.people["person_id"][founders.first].astype(np.int32)
    ids = (folk.household_id[movers], person, comers.household_id)
    n = sum(part.size for part in ids)
    queue, keys = _luck(folk, ids, 0), np.concatenate(ids)
    number = np.cumsum(town.homes)
    looked = np.empty((n, _CHOICES), dtype=np.int64)
    worth = np.empty((n, _CHOICES))
    for k in range(_CHOICES):
        where = _luck(folk, ids, 1 + 2 * k)
        looked[:, k] = np.searchsorted(number, where * number[-1], side="right")
        taste = _luck(folk, ids, 2 + 2 * k)
        worth[:, k] = pull.building[looked[:, k]] + _gumbel(taste, town)
    own = np.full(n, -1, dtype=np.int64)
    own[: movers.size] = folk.home[movers]
    stay = np.full(n, -np.inf)
    taste = _luck(folk, ids[:1], 1 + 2 * _CHOICES)
    stay[: movers.size] = pull.building[folk.home[movers]] + _gumbel(taste, town)
    chosen = np.full(n, -1, dtype=np.int32)
    order = np.lexsort((keys, queue)).astype(np.int64)
    settle_into(order, looked, worth, stay, own, town.free_homes(lived_in), chosen)
    return np.split(chosen, [movers.size, movers.size + person.size])


def _luck(folk: Folk, ids: tuple[Int32, ...], draw: int) -> Float64:
    """Return a draw for each id; those of several kinds of ids differ."""
    stream = int(Stream.HOME_CHOICE)
    parts = [
        uniforms_for(folk.seed, stream, np.ascontiguousarray(part), folk.number, draw + 64 * kind)
        for kind, part in enumerate(ids)
    ]
    return np.concatenate(parts)


def _gumbel(drawn: Float64, town: Demography) -> Float64:
    """Return tastes for homes."""
    taste: Float64 = -town.moves.taste_spread * np.log(-np.log(drawn))
    return taste


def found_households(folk: Folk, founders: Founders, building: Int32) -> None:
    """Let those who found a home leave their households for new ones."""
    got = building >= 0
    first, second = founders.first[got], founders.second[got]
    person = folk.people["person_id"].astype(np.int32)
    ids = folk.new_ids(Stream.HOUSEHOLD_KEY, person[first])
    rows = folk.add_households(ids, building[got]).astype(np.int32)
    folk.people["household"][first] = rows
    paired = second >= 0
    folk.people["household"][second[paired]] = rows[paired]


def come(folk: Folk, town: Demography, comers: Arrivals, building: Int32) -> int:
    """Let those who found a home come; return how many people."""
    got = building >= 0
    model, models = comers.model[got], town.models
    rows = folk.add_households(comers.household_id[got], building[got])
    size = models.start[model + 1] - models.start[model]
    of_new = np.repeat(np.arange(model.size), size)
    place = np.arange(of_new.size) - np.repeat(np.cumsum(size) - size, size)
    member = models.start[model][of_new] + place
    if not member.size:
        return 0
    keys = np.ascontiguousarray(comers.household_id[got][of_new])
    ids = folk.new_ids(Stream.PERSON_KEY, keys, draw=1 + place)
    columns = {name: values[member] for name, values in models.columns.items()}
    columns |= character(ids, folk.seed, town.behaviour, town.participation)
    columns |= {
        "person_id": ids,
        "household": rows[of_new],
        "building": building[got][of_new],
        "work_building": np.full(ids.size, -1),
    }
    job = columns["occupation"]
    columns["occupation"] = np.where(job == EMPLOYED, UNEMPLOYED, job)  # a job is to be found
    folk.add_people(columns)
    return int(ids.size)
