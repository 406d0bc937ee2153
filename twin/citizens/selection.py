"""Parts of a population: rows chosen by a mask, groups, one citizen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Protocol, final

import numpy as np
import pandas as pd
import pyarrow as pa

from twin.citizens.columns import CITIZENS, OCCUPATIONS
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    type Values = NDArray[np.number]
    type Rows = NDArray[np.intp]
    type Reducer = Callable[[Values], float]


class ColumnTable(Protocol):
    """A table of citizens, as a selection needs it."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns."""

    def get(self, column: str) -> Values:
        """Return a column, shape (n_citizens,)."""

    def set(self, column: str, values: ArrayLike) -> None:
        """Set a column."""


def reduce(values: Values, func: Reducer) -> float:
    """Apply a function such as `np.mean`; float32 is widened first, or long sums would drift."""
    wide = values.astype(np.float64) if values.dtype.kind == "f" else values
    return float(func(wide))


@final
class Selection:
    """Some rows of a population, in its order. Follows the population as it changes."""

    __slots__ = ("_population", "_rows")

    def __init__(self, population: ColumnTable, rows: Rows) -> None:
        self._population = population
        self._rows = rows

    def __len__(self) -> int:
        return int(self._rows.size)

    def __getitem__(self, i: int) -> Citizen:
        return Citizen(self._population, int(self._rows[i]))

    @property
    def rows(self) -> Rows:
        """Rows of the population, ascending, shape (n_selected,)."""
        return self._rows.copy()

    def select(self, mask: ArrayLike) -> Selection:
        """Return those where the mask, shape (n_selected,), is true."""
        return Selection(self._population, self._rows[checked_mask(mask, len(self))])

    def get(self, column: str) -> Values:
        """Return a copy of a column's values, shape (n_selected,)."""
        return self._population.get(column)[self._rows]

    def set(self, column: str, values: ArrayLike) -> None:
        """Set a column for these rows: one value, or one each."""
        whole = self._population.get(column).copy()
        whole[self._rows] = np.asarray(values)
        self._population.set(column, whole)

    def agg(self, column: str, func: Reducer) -> float:
        """Reduce a column's values to a number."""
        return reduce(self.get(column), func)

    def groupby(self, column: str) -> Groups:
        """Group these rows by the values of a column."""
        return Groups(self, column)

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a frame with `person_id` as index, occupations as words."""
        frame = pd.DataFrame({column.name: self.get(column.name) for column in CITIZENS.columns})
        frame["occupation"] = pd.Categorical.from_codes(
            frame["occupation"].to_numpy(dtype=np.int8), categories=list(OCCUPATIONS)
        )
        return frame.set_index("person_id")

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table, occupations as a dictionary, units in the schema."""
        arrays, facts = [], []
        for column in CITIZENS.columns:
            values: pa.Array = pa.array(self.get(column.name))
            if column.name == "occupation":
                codes = values.cast(pa.int8())
                values = pa.DictionaryArray.from_arrays(codes, pa.array(OCCUPATIONS))
            arrays.append(values)
            notes = {"unit": column.unit, "meaning": column.meaning}
            facts.append(pa.field(column.name, values.type, metadata=notes))
        return pa.Table.from_arrays(arrays, schema=pa.schema(facts))


@final
class Groups:
    """Rows of a selection that share a value."""

    __slots__ = ("_column", "_keys", "_order", "_selection", "_start")

    def __init__(self, selection: Selection, column: str) -> None:
        values = selection.get(column)
        self._selection = selection
        self._column = column
        self._order = np.argsort(values, kind="stable")
        self._keys, first = np.unique(values[self._order], return_index=True)
        self._start = np.append(first, values.size)

    def __len__(self) -> int:
        return int(self._keys.size)

    def agg(self, column: str, func: Reducer) -> pd.Series:
        """Reduce a column group by group: a series with the group's value as index."""
        values = self._selection.get(column)[self._order]
        spans = zip(self._start[:-1], self._start[1:], strict=True)
        numbers = [reduce(values[low:high], func) for low, high in spans]
        return self._series(numbers, column)

    def count(self) -> pd.Series:
        """Return how many are in each group."""
        return self._series(np.diff(self._start), "count")

    def _series(self, numbers: ArrayLike, name: str) -> pd.Series:
        """Label numbers by group."""
        labels = self._keys
        if self._column == "occupation":
            labels = np.array(OCCUPATIONS)[labels.astype(np.intp)]
        return pd.Series(np.asarray(numbers), index=pd.Index(labels, name=self._column), name=name)


@final
class Citizen:
    """One citizen, to look at: every column is an attribute. Not a `mesa.Agent`."""

    __slots__ = ("_population", "_row")
    _population: ColumnTable
    _row: int

    def __init__(self, population: ColumnTable, row: int) -> None:
        object.__setattr__(self, "_population", population)
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> int | float | str:
        if name.startswith("_") or name not in self._population.column_names:
            message = (
                f"a citizen has no {name}; columns: {', '.join(self._population.column_names)}"
            )
            raise AttributeError(message, name=name, obj=self)
        value: int | float = self._population.get(name)[self._row].item()
        return OCCUPATIONS[int(value)] if name == "occupation" else value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = "a citizen is a view; change columns with Population.set"
        raise AttributeError(message, name=name, obj=self)

    def __repr__(self) -> str:
        return f"Citizen(person_id={self.person_id}, building={self.building}, age={self.age})"


def checked_mask(mask: ArrayLike, n: int) -> NDArray[np.bool_]:
    """Return a boolean mask of length n, or refuse it."""
    chosen = np.asarray(mask)
    if chosen.dtype != np.bool_ or chosen.shape != (n,):
        raise CityDataError(
            Fault(
                where="citizens.select",
                what=f"got a mask of {chosen.dtype} and shape {chosen.shape}",
                mend=f"give booleans of shape ({n},), such as citizens.get('age') >= 65",
            )
        )
    return chosen
