"""People and households while they move on: columns that grow by those who are born or come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.columns import CITIZENS
from twin.citizens.demography.kernels import facts_of
from twin.core.streams import Stream
from twin.kernels.rng import uniforms_for

if TYPE_CHECKING:
    from twin.citizens.demography.kernels import Facts
    from twin.citizens.population import Population
    from twin.citizens.selection import Values
    from twin.core.arrays import Bool, Float64, Int32, Int64

CHILD, PUPIL, STUDENT, EMPLOYED, UNEMPLOYED, AT_HOME, RETIRED = range(7)
"""Codes of `twin.citizens.columns.OCCUPATIONS`."""
FIRST_NEW_ID = 2**30
"""Ids of those who are born or come, and of new households, are this or more."""
_IDS = 2.0**30


@final
@dataclass(slots=True)
class Folk:
    """People and households, in the middle of a turn of the year."""

    seed: int
    number: int
    """Years since the start of the run: the step of all draws."""
    people: dict[str, Values]
    """Columns of `CITIZENS`, each of shape (n_people,)."""
    here: Bool
    """False of those who died or left, shape (n_people,)."""
    was: Int64
    """Row at the start of the turn, -1 of newcomers."""
    household_id: Int32
    """Stable ids, shape (n_households,)."""
    home: Int32
    """Row of each household's building, shape (n_households,)."""
    outage_days: Float64
    """Of the year that ends, shape (n_people,)."""

    @classmethod
    def of(
        cls, population: Population, home: Int32, outage_days: Float64, seed: int, number: int
    ) -> Folk:
        """Return a copy of a population to work on."""
        n = len(population)
        return cls(
            seed=seed,
            number=number,
            people={name: population.get(name).copy() for name in population.column_names},
            here=np.ones(n, dtype=np.bool_),
            was=np.arange(n),
            household_id=population.household_ids(),
            home=home.copy(),
            outage_days=outage_days,
        )

    def age(self) -> Int64:
        """Return ages, shape (n_people,)."""
        return self.people["age"].astype(np.int64)

    def draw(
        self, rows: Int64, stream: Stream, *, number: int | None = None, draw: int = 0
    ) -> Float64:
        """Return one uniform for each of some people, of this year or of a fixed step."""
        step = self.number if number is None else number
        ids = self.people["person_id"][rows].astype(np.int32)
        drawn: Float64 = uniforms_for(self.seed, int(stream), ids, step, draw)
        return drawn

    def facts(self) -> Facts:
        """Return what households consist of now."""
        of = self.people
        feelings = (of["satisfaction"], of["trust"], self.outage_days)
        found: Facts = facts_of(
            self.here,
            of["household"],
            of["age"],
            of["female"],
            of["occupation"],
            feelings,
            self.household_id.size,
        )
        return found

    def new_ids(self, stream: Stream, keys: Int32, draw: int | Values = 0) -> Int32:
        """Return ids of newcomers that only their keys and the year decide.

        An id that somebody has already is drawn again, in the order of the keys; that happens to
        one in a thousand newcomers of a million people.
        """
        known = self.people["person_id"] if stream is Stream.PERSON_KEY else self.household_id
        taken = np.sort(known)
        ordinal = np.broadcast_to(np.asarray(draw), keys.shape)
        order = np.lexsort((ordinal, keys))
        ids = np.full(keys.size, -1, dtype=np.int32)
        lacking, attempt = order, 0
        while lacking.size:
            for one in np.unique(ordinal[lacking]):
                rows = lacking[ordinal[lacking] == one]
                entities = np.ascontiguousarray(keys[rows])
                step = int(one) + 256 * attempt
                drawn = uniforms_for(self.seed, int(stream), entities, self.number, step)
                ids[rows] = FIRST_NEW_ID + np.floor(drawn * _IDS).astype(np.int64)
            at = np.minimum(np.searchsorted(taken, ids[lacking]), max(taken.size - 1, 0))
            _, first = np.unique(ids[lacking], return_index=True)
            good = np.zeros(lacking.size, dtype=np.bool_)
            good[first] = True
            if taken.size:
                good &= taken[at] != ids[lacking]
            taken = np.sort(np.concatenate([taken, ids[lacking[good]]]))
            lacking, attempt = lacking[~good], attempt + 1
        return ids

    def add_people(self, columns: dict[str, Values]) -> None:
        """Take newcomers in; columns that are not given are 0."""
        n = columns["person_id"].size
        for column in CITIZENS.columns:
            new = columns.get(column.name, np.zeros(n)).astype(column.dtype)
            self.people[column.name] = np.concatenate([self.people[column.name], new])
        self.here = np.concatenate([self.here, np.ones(n, dtype=np.bool_)])
        self.was = np.concatenate([self.was, np.full(n, -1)])
        self.outage_days = np.concatenate([self.outage_days, np.zeros(n)])

    def add_households(self, ids: Int32, home: Int32) -> Int64:
        """Found households; return their rows."""
        rows = self.household_id.size + np.arange(ids.size)
        self.household_id = np.concatenate([self.household_id, ids])
        self.home = np.concatenate([self.home, home.astype(np.int32)])
        return rows

    def go(self, rows: Bool) -> int:
        """Let people go for good, by a mask; return how many were here."""
        gone = rows & self.here
        self.here &= ~gone
        return int(gone.sum())
