"""From a folder of records to what they teach: the whole of `twin calibrate`, without files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.calibration.records.breaks import BreakRecords, read_breaks
from twin.calibration.records.left_out import LeftOut
from twin.calibration.records.pipes import PipeRecords, pipes_of_city, read_pipes
from twin.calibration.records.recipe import RECIPE_FILE, read_records_recipe
from twin.calibration.records.reports import ReportRecords, read_reports
from twin.calibration.records.valves import closed_pipes
from twin.calibration.wear.calibrated import WearFit, fit_wear
from twin.calibration.wear.learned import Learned, learned
from twin.city.hazard_laws import ExponentialLaw
from twin.city.networks import NETWORKS, code_of
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from twin.calibration.records.recipe import RecordsForm
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64


@final
@dataclass(slots=True, eq=False)
class Records:
    """All records of a town, read."""

    kind: NetworkKind
    pipes: PipeRecords | None
    breaks: BreakRecords | None
    reports: ReportRecords | None
    shut: set[str] = field(default_factory=set)
    """Ids of pipes with a closed valve."""
    left_out: LeftOut = field(default_factory=LeftOut)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What the breaks teach."""

    wear: WearFit
    draws: list[dict[str, float]]
    """Parameter sets."""
    numbers: list[Learned]


def read_records(folder: Path, city: City) -> Records:
    """Read all records that the recipe of a folder names.

    Raises
    ------
    CityDataError
        If the recipe is wrong, or a file cannot be used at all.
    """
    form = read_records_recipe(folder)
    kind = NETWORKS[code_of(form.network)]
    materials = tuple(kind.hazards)
    _require(folder, form, kind)
    found = Records(kind, None, None, None)
    if form.breaks is not None:
        if form.pipes is not None:
            found.pipes = read_pipes(folder, form.pipes, materials, found.left_out)
        else:
            listed = form.breaks.last_day.year + 1.0
            found.pipes = pipes_of_city(city, kind.name, listed)
        found.breaks = read_breaks(
            folder,
            form.breaks,
            found.pipes,
            materials,
            found.left_out,
            city=city,
            network=kind.name,
        )
    if form.valves is not None:
        found.shut = closed_pipes(folder, form.valves, found.left_out)
    if form.reports is not None:
        found.reports = read_reports(folder, form.reports, found.left_out)
    return found


def _require(folder: Path, form: RecordsForm, kind: NetworkKind) -> None:
    """Refuse a recipe that names nothing to learn from, or a network whose laws are not fitted."""
    place = str(folder / RECIPE_FILE)
    if form.breaks is None and form.reports is None:
        mend = "add `breaks:` or `reports:`"
        raise CityDataError(Fault(place, "names no records to learn from", mend, "E-RECIPE"))
    laws = kind.hazards.values()
    fits = not kind.is_street and any(isinstance(law, ExponentialLaw) for law in laws)
    if form.breaks is not None and not fits:
        what = f"network: {kind.name} has no law that is fitted"
        raise CityDataError(Fault(place, what, "name `network: water`", "E-RECIPE"))


def calibrate_wear(records: Records, city: City, *, n_draws: int, seed: int) -> Calibration | None:
    """Fit wear to the breaks; None where the records hold none."""
    if records.pipes is None or records.breaks is None:
        return None
    wear = fit_wear(records.pipes, records.breaks, records.kind, daily_air_c=_daily_air_c(city))
    draws = wear.draws(n_draws, seed)
    return Calibration(wear, draws, learned(wear, wear.draws(400, seed)))


def _daily_air_c(city: City) -> Float64:
    """Return the mean air temperature by day of the city's typical year, shape (365,)."""
    hours = city.weather["temp_c"].to_numpy(dtype=np.float64)
    return np.asarray(hours.reshape(365, 24).mean(axis=1))
