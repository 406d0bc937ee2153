"""What a sweep has found so far; its tables are read from disk when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import pandas as pd

from twin.experiment.sweeps.parts import read_parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@final
@dataclass(frozen=True, eq=False)
class SweepResult:
    """What a sweep has found so far."""

    path: Path
    """Folder of the sweep."""
    points: Mapping[str, tuple[Mapping[str, Any], int]]
    """Swept settings and seed by run identity."""
    n_computed: int
    """Runs computed this time; the others were there."""
    failed: Mapping[str, str]
    """Error by run identity."""

    @property
    def n_runs(self) -> int:
        """Runs of the sweep."""
        return len(self.points)

    @property
    def paths(self) -> list[str]:
        """Swept settings."""
        return list(next(iter(self.points.values()))[0]) if self.points else []

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """One row per run, period and indicator: `run_id`, `seed`, one column per swept setting,
        and the columns of `model.tables.INDICATORS`."""  # noqa: D205, D209 - one sentence
        return self._read(None)

    def _read(self, period: str | None) -> pd.DataFrame:
        """Return the rows of the runs of this sweep with a column per swept setting."""
        whole = read_parts(self.path, period)
        asked = whole[whole["run_id"].isin(self.points)].reset_index(drop=True)
        for place, path in enumerate(self.paths):
            values = {identity: _cell(s[path]) for identity, (s, _) in self.points.items()}
            asked.insert(2 + place, path, asked["run_id"].map(values))
        return asked.drop(columns="settings")

    def totals(self) -> pd.DataFrame:
        """Return one row per run: swept settings, seed, and each indicator over the run."""
        rows = read_parts(self.path, "run")
        rows = rows[rows["run_id"].isin(self.points)]
        wide = rows.set_index(["run_id", "indicator"])["value"].unstack()  # noqa: PD010 - pairs are unique
        made = {"run_id": list(wide.index)}
        for path in self.paths:
            made[path] = [_cell(self.points[identity][0][path]) for identity in wide.index]
        made["seed"] = [self.points[identity][1] for identity in wide.index]
        whole = pd.DataFrame(made).join(wide.rename_axis(columns=None), on="run_id")
        return whole.sort_values([*self.paths, "seed"], ignore_index=True, key=_sortable)


def _sortable(column: pd.Series) -> pd.Series:
    """Return a column that can be sorted, whatever mixture of values it has."""
    numeric = pd.to_numeric(column, errors="coerce")
    return numeric if numeric.notna().all() else column.astype(str)


def _cell(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """Return a value that a table can be grouped by."""
    return tuple(value) if isinstance(value, list) else value
