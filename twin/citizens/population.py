"""All citizens of a city as columns: a pure table; what moves it is in other files."""

from __future__ import annotations

from typing import TYPE_CHECKING, final
from zlib import crc32

import numpy as np

from twin.citizens.character import character, shares_of_income
from twin.citizens.columns import CITIZENS, FIXED, OCCUPATIONS
from twin.citizens.kernels.day import BLOCKS, CitizenArrays
from twin.citizens.payment import Households
from twin.citizens.selection import Citizen, Groups, Selection, checked_mask, reduce
from twin.city.networks import NETWORKS
from twin.core.errors import CityDataError, Fault
from twin.parameters import BehaviourParams, ParticipationParams

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from twin.citizens.selection import Reducer, Values
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, Int32, Int64
    from twin.core.columns import Column
    from twin.drawing import Picture

_HAZARD_COLUMNS = ("age", "education", "digital_access", "income_kzt_month", "civic_propensity")


@final
class Population:
    """People as columns, sorted by building, household and id; 77 bytes each.

    Not agents of Mesa and not in `model.agents`: one kernel moves all of them at once. Rows keep
    their place for a year: when people move on (`twin.citizens.demography`), a new population takes
    the place of the old one. `person_id` is the key of every draw.

    Parameters
    ----------
    lineage
        Ids of households, and the number of the founding population, where this one succeeds
        another; None for a founding one, whose households are counted through.

    Attributes
    ----------
    day
        Last day stepped, -1 before the first.
    n_buildings, n_households
        Rows of the tables that `building` and `household` point to.
    """

    def __init__(
        self,
        columns: Mapping[str, Values],
        n_buildings: int,
        household_income_kzt_month: Float64,
        params: BehaviourParams,
        networks: tuple[NetworkKind, ...] = NETWORKS,
        *,
        lineage: tuple[Int32, int] | None = None,
    ) -> None:
        self.params = params
        self.networks = networks
        self.n_buildings = n_buildings
        self.day = -1
        self._columns = {
            column.name: np.ascontiguousarray(columns[column.name], dtype=column.dtype)
            for column in CITIZENS.columns
        }
        self._household_income = household_income_kzt_month
        ids = np.arange(household_income_kzt_month.size, dtype=np.int32)
        self._household_id, self._founded_as = lineage or (ids, self._digest())
        self._find_rows()

    def succeeded(
        self, columns: Mapping[str, Values], income_kzt_month: Float64, household_id: Int32
    ) -> Population:
        """Return the population that takes this one's place, with rows sorted as ever."""
        new = Population(
            columns,
            self.n_buildings,
            income_kzt_month,
            self.params,
            self.networks,
            lineage=(household_id, self._founded_as),
        )
        new.day = self.day
        return new

    def _digest(self) -> int:
        """Return a number by which the population of another city is known."""
        return crc32(b"".join(self._columns[name].tobytes() for name in FIXED))

    def _find_rows(self) -> None:
        """Find the rows of each building and of each block of work."""
        n_buildings = self.n_buildings
        self._building_start = np.searchsorted(
            self._columns["building"], np.arange(n_buildings + 1)
        ).astype(np.int32)
        even = np.linspace(0, len(self), BLOCKS + 1).astype(np.int64)
        self._block_start = self._building_start[
            np.searchsorted(self._building_start, even)
        ].astype(np.int64)
        self._hazard_key: Hashable | None = None

    @property
    def n_households(self) -> int:
        """Rows of households, those counted from which everybody has moved out."""
        return int(self._household_id.size)

    @classmethod
    def from_city(
        cls,
        city: City,
        seed: int,
        params: BehaviourParams | None = None,
        networks: tuple[NetworkKind, ...] = NETWORKS,
        participation: ParticipationParams | None = None,
    ) -> Population:
        """Take the people of a city and draw what its tables do not say.

        Civic propensity is standard normal; disposition normal with `disposition_spread`. Trust
        starts at `initial_trust` and satisfaction at that of faultless service, shifted by it.

        Raises
        ------
        CityDataError
            With every reference to a building or household that is not there.
        """
        params = params or BehaviourParams()
        persons, households = city.persons, city.households
        _check_references(city)
        order = np.lexsort(
            [persons[name].to_numpy() for name in ("person_id", "household_id", "building_id")]
        )
        person = persons["person_id"].to_numpy(dtype=np.int32)[order]
        household = persons["household_id"].to_numpy(dtype=np.int32)[order]
        income = households["income_kzt_month"].to_numpy(dtype=np.float64)
        per_head = income / households["size"].to_numpy(dtype=np.float64)
        codes = persons["occupation"].map({name: i for i, name in enumerate(OCCUPATIONS)})
        n = person.size
        columns: dict[str, Values] = {
            **character(person, seed, params, participation or ParticipationParams()),
            "person_id": person,
            "building": persons["building_id"].to_numpy()[order],
            "household": household,
            "occupation": codes.to_numpy(dtype=np.uint8)[order],
            "income_kzt_month": per_head[household],
        }
        for name in ("age", "female", "education", "digital_access"):
            columns[name] = persons[name].to_numpy(dtype=np.uint8)[order]
        columns["work_building"] = (
            persons["work_building"].to_numpy(dtype=np.int32)[order]
            if "work_building" in persons
            else np.full(n, -1)
        )
        columns["earning_kzt_month"] = shares_of_income(columns, income)
        for column in CITIZENS.columns:
            columns.setdefault(column.name, np.zeros(n))
        return cls(columns, len(city.buildings), income, params, networks)

    def __len__(self) -> int:
        return int(self._columns["person_id"].size)

    def __getitem__(self, i: int) -> Citizen:
        return Citizen(self, range(len(self))[i])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns; `columns.CITIZENS` has their meanings."""
        return tuple(self._columns)

    @property
    def building_start(self) -> Int32:
        """First row of each building's residents, shape (n_buildings + 1,)."""
        return self._building_start.copy()

    @property
    def bytes_per_citizen(self) -> int:
        """Memory of a row."""
        return sum(values.itemsize for values in self._columns.values())

    def get(self, column: str) -> Values:
        """Return a column as a read-only view, shape (n_citizens,)."""
        self._fact(column)
        view = self._columns[column].view()
        view.flags.writeable = False
        return view

    def set(self, column: str, values: ArrayLike) -> None:
        """Set a column: one value for all, or shape (n_citizens,).

        Raises
        ------
        CityDataError
            If the column is fixed, or a value does not fit its bounds.
        """
        fact = self._fact(column)
        given = np.asarray(values)
        fault = None
        if column in FIXED:
            fault = _fault(column, "is fixed: the order of rows stands on it", "set another column")
        elif given.ndim and given.shape != (len(self),):
            fault = _fault(column, f"got shape {given.shape}", f"give shape ({len(self)},) or one")
        else:
            fault = _bound_fault(fact, given)
        if fault:
            raise CityDataError(fault)
        self._columns[column][:] = given
        if column in _HAZARD_COLUMNS:
            self._hazard_key = None

    def select(self, mask: ArrayLike) -> Selection:
        """Return the citizens where the mask, shape (n_citizens,), is true."""
        return Selection(self, np.flatnonzero(checked_mask(mask, len(self))))

    def agg(self, column: str, func: Reducer) -> float:
        """Reduce a column to a number, such as `agg("trust", np.mean)`."""
        return reduce(self.get(column), func)

    def groupby(self, column: str) -> Groups:
        """Group citizens by the values of a column."""
        return self._all().groupby(column)

    def to_pandas(self) -> pd.DataFrame:
        """Return a frame with `person_id` as index, occupations as words."""
        return self._all().to_pandas()

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table, occupations as a dictionary, units in the schema."""
        return self._all().to_arrow()

    def plot(self, column: str = "trust") -> Picture:
        """Return the distribution of a column."""
        from twin.drawing.showing import picture_of  # noqa: PLC0415 - plotting is optional

        return picture_of(self, "twin.citizens.pictures:plot_people", column)

    def map(self, city: City, column: str = "trust") -> Picture:
        """Return a still map of the mean of a column over the residents of each building."""
        from twin.drawing.showing import picture_of  # noqa: PLC0415 - plotting is optional

        return picture_of(self, "twin.citizens.pictures:map_people", city, column)

    def _repr_html_(self) -> str:
        from twin.drawing.showing import card_of  # noqa: PLC0415 - plotting is optional

        return card_of(self, "twin.citizens.pictures:people_card")

    def households(self) -> Households:
        """Return the households with the mean trust of their members now."""
        row = self._columns["household"]
        members = np.bincount(row, minlength=self.n_households)
        trust = np.bincount(row, weights=self._columns["trust"], minlength=self.n_households)
        return Households(
            household_id=self._household_id,
            income_kzt_month=self._household_income,
            trust=np.where(members > 0, trust / np.maximum(members, 1), self.params.initial_trust),
        )

    def household_ids(self) -> Int32:
        """Return the stable id of each household, shape (n_households,)."""
        return self._household_id.copy()

    def earn(self, rows: Int64, occupation: int, earning_kzt_month: Float64) -> None:
        """Give some people another occupation and income; their households feel it."""
        household, earning = self._columns["household"], self._columns["earning_kzt_month"]
        change = earning_kzt_month - earning[rows]
        self._columns["occupation"][rows] = occupation
        earning[rows] = earning_kzt_month
        n = self.n_households
        size = np.maximum(np.bincount(household, minlength=n), 1)
        more = np.bincount(household[rows], weights=change, minlength=n)
        self._household_income = np.maximum(self._household_income + more, 0.0)
        self._columns["income_kzt_month"][:] = (self._household_income / size)[household]
        self._hazard_key = None

    def has_hazards_of(self, key: Hashable) -> bool:
        """Return whether `voice_hazard` was set for this key, from columns as they are now."""
        return self._hazard_key == key

    def set_hazards(self, key: Hashable, hazards: Float64) -> None:
        """Set `voice_hazard`, shape (n_citizens,), and what it was worked out for."""
        self._columns["voice_hazard"][:] = hazards
        self._hazard_key = key

    def arrays(self) -> CitizenArrays:
        """Return the columns a day works on, not copied."""
        return CitizenArrays(*(self._columns[name] for name in CitizenArrays._fields))

    def block_start(self) -> NDArray[np.int64]:
        """Return the first row of each block of work, shape (BLOCKS + 1,)."""
        return self._block_start

    def save_state(self) -> dict[str, Values]:
        """Return a copy of all columns and the day: with the seed, all a checkpoint needs."""
        state: dict[str, Values] = {name: values.copy() for name, values in self._columns.items()}
        state["day"] = np.array(self.day)
        state["founded_as"] = np.array(self._founded_as)
        state["of_household_id"] = self._household_id.copy()
        state["of_household_income_kzt_month"] = self._household_income.copy()
        return state

    def load_state(self, state: Mapping[str, Values]) -> None:
        """Go back to a saved state of the same city, whoever was born, died or moved since."""
        if int(state["founded_as"]) != self._founded_as:
            what = "is the state of another population"
            raise CityDataError(_fault("state", what, "resume with the city it was saved with"))
        self._columns = {name: state[name].copy() for name in self._columns}
        self._household_id = state["of_household_id"].astype(np.int32)
        self._household_income = state["of_household_income_kzt_month"].astype(np.float64)
        self.day = int(state["day"])
        self._find_rows()

    def _all(self) -> Selection:
        """Return everybody as a selection."""
        return Selection(self, np.arange(len(self)))

    def _fact(self, name: str) -> Column:
        """Return what is known of a column, or refuse an unknown one."""
        if name not in self._columns:
            mend = f"use one of {', '.join(self._columns)}"
            raise CityDataError(_fault(name, "is not a column of citizens", mend))
        return CITIZENS.column(name)


def _fault(column: str, what: str, mend: str) -> Fault:
    """Write a fault of a column."""
    return Fault(where=f"citizens.{column}", what=what, mend=mend)


def _bound_fault(fact: Column, given: Values) -> Fault | None:
    """Return the fault of the first value outside a column's bounds or type."""
    low = -np.inf if fact.low is None else fact.low
    limit = np.iinfo(fact.dtype).max if fact.dtype[0] in "iu" else np.inf
    high = limit if fact.high is None else fact.high
    numbers = np.atleast_1d(given).astype(np.float64)
    bad = np.flatnonzero(~((numbers >= low) & (numbers <= high)))
    if not bad.size:
        return None
    what = f"row {bad[0]} is {numbers[bad[0]]:g}, outside {low:g} to {high:g} {fact.unit}"
    return _fault(fact.name, what.rstrip(), "check value and unit")


def _check_references(city: City) -> None:
    """Refuse persons and households that point outside their tables."""
    faults = []
    sizes = {"building_id": len(city.buildings), "household_id": len(city.households)}
    for name, size in sizes.items():
        rows = city.persons[name].to_numpy()
        bad = np.flatnonzero((rows < 0) | (rows >= size))
        if bad.size:
            faults.append(
                Fault(
                    where=f"persons.{name} row {bad[0]}",
                    what=f"is {rows[bad[0]]}, but there are {size} ({bad.size} rows like it)",
                    mend="build the city again, or mend the reference",
                    code="E-DANGLING",
                    rows=tuple(int(i) for i in bad[:1000]),
                )
            )
    unknown = ~city.persons["occupation"].isin(OCCUPATIONS).to_numpy()
    if unknown.any():
        faults.append(
            Fault(
                where=f"persons.occupation row {np.flatnonzero(unknown)[0]}",
                what="is not a known occupation",
                mend=f"use one of {', '.join(OCCUPATIONS)}",
                code="E-VALUE",
            )
        )
    if faults:
        raise CityDataError(faults)
