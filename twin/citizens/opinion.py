"""Opinion on a social graph: people talk at home, next door, at work and at school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.columns import OCCUPATIONS
from twin.citizens.kernels.opinion import count_ties_into, fill_ties_into, talk_into
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.citizens.population import Population
    from twin.core.arrays import Float64, Int32, Int64
    from twin.parameters import OpinionParams

_HOME_HALF = 2
_EMPLOYED = OCCUPATIONS.index("employed")
_LEARN = tuple(OCCUPATIONS.index(name) for name in ("pupil", "student"))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Who is tied to whom, both ways: those of row i are `neighbour[start[i]:start[i + 1]]`."""

    start: Int64
    """Shape (n_people + 1,)."""
    neighbour: Int32
    """Rows of people; who shares home and work with somebody is there twice."""


def ties_of(people: Population, seed: int, params: OpinionParams) -> Ties:
    """Tie people together.

    Members of a household all know each other up to five, and two on either side in larger ones.
    In a building, at a workplace and in a school people form rings by keyed draws, which do not
    change, pupils by age first; each knows the nearest on either side.
    """
    n = len(people)
    ids = people.get("person_id").astype(np.int32)
    place = uniforms_for(seed, int(Stream.TIES), ids, 0, 0)
    job, work = people.get("occupation"), people.get("work_building").astype(np.int64)
    everybody = np.arange(n)
    at_work = np.flatnonzero((job == _EMPLOYED) & (work >= 0))
    at_school = np.flatnonzero(np.isin(job, _LEARN) & (work >= 0))
    age = people.get("age").astype(np.float64)
    layers = [
        _rings(everybody, people.get("household").astype(np.int64), everybody.astype(np.float64)),
        _rings(everybody, people.get("building").astype(np.int64), place),
        _rings(at_work, work[at_work], place[at_work]),
        _rings(at_school, work[at_school], (age + place)[at_school]),
    ]
    numbers = (params.neighbour_ties, params.work_ties, params.school_ties)
    halves = (_HOME_HALF, *(round(number / 2.0) for number in numbers))
    ties = np.zeros(n, dtype=np.int64)
    for (order, first), half in zip(layers, halves, strict=True):
        count_ties_into(order, first, half, ties)
    start = np.concatenate([[0], np.cumsum(ties)]).astype(np.int64)
    following, neighbour = start[:-1].copy(), np.empty(int(start[-1]), dtype=np.int32)
    for (order, first), half in zip(layers, halves, strict=True):
        fill_ties_into(order, first, half, following, neighbour)
    return Ties(start, neighbour)


def _rings(rows: Int64, group: Int64, place: Float64) -> tuple[Int64, Int64]:
    """Return rows sorted by group and place, and where each group starts."""
    order = np.lexsort((rows, place, group))
    changes = np.flatnonzero(np.diff(group[order]))
    first = np.concatenate([[0], changes + 1, [rows.size]]).astype(np.int64)
    return rows[order].astype(np.int64), first


def talk(people: Population, ties: Ties, params: OpinionParams) -> None:
    """Let a month of talk move the trust of everybody; its mean stays as it is."""
    trust = people.get("trust")
    heard = np.empty(trust.size, dtype=np.float64)
    strength, bound = float(params.strength_per_month), float(params.confidence_bound)
    talk_into(trust, ties.start, ties.neighbour, strength, bound, heard)
    people.set("trust", np.clip(heard, 0.0, 1.0))
