"""How a run shows itself in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_numeric_dtype

from twin.city.networks import NETWORK_NAMES, STREET
from twin.city.pictures import origin
from twin.core.errors import StoreError
from twin.drawing import card, explore_lines, map_lines, plot_series
from twin.drawing.card import short
from twin.drawing.charts import chosen
from twin.drawing.maps import Colouring
from twin.experiment.pages import city_of, scenario_of
from twin.scenario.spec import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from twin.city.bundle import City
    from twin.drawing import Page, Picture
    from twin.experiment.store import Run

_MAIN = 8
_ENDS = {"wear_phys": (0.0, 1.0), "wear_book": (0.0, 1.0)}
_FACTS = ("asset_id", "age_years", "wear_phys", "failures", "renewals", "name", "material")


def _main(run: Run) -> list[str]:
    """Return the indicators the scenario asks for, or the first ones."""
    known = list(dict.fromkeys(run.indicators["indicator"]))
    asked = [name for name in run.manifest["resolved"].get("indicators", []) if name in known]
    return (asked or known)[:_MAIN]


def run_card(run: Run) -> str:
    """Return question, policy, and main indicators as an HTML card."""
    totals = run.totals()
    rows = run.indicators
    units = dict(zip(rows["indicator"], rows["unit"].fillna(""), strict=True))
    facts = [
        (name, short(float(totals[name]), units[name])) for name in _main(run) if name in totals
    ]
    shares = run.manifest.get("imputed_share", {})
    guessed = f"{sum(shares.values()) / len(shares):.0%} of input groups" if shares else "unknown"
    title = f"{run.scenario}: policy {run.arm}, seed {run.seed}, {run.manifest['city']['name']}"
    return card(title, facts, f"one replication; imputed or synthetic: {guessed}; {run.path}")


def plot_run(run: Run, names: Sequence[str]) -> Picture:
    """Return series of indicators; see `Run.plot`."""
    known = list(dict.fromkeys(run.indicators["indicator"]))
    title = f"{run.scenario}: {run.arm}, seed {run.seed}"
    return plot_series(
        run.indicators, chosen(names or _main(run), known, "an indicator of the run"), title
    )


def _assets(
    run: Run, network: str, column: str, year: int | None
) -> tuple[gpd.GeoDataFrame, int, City]:
    """Return a network's edges with the state of their assets at the end of a year.

    Raises
    ------
    StoreError
        If network, column or year are not in the run; with what is.
    """
    assets = run.assets
    networks = [name for name in NETWORK_NAMES if (assets["network"] == name).any()]
    chosen([network], networks, "a network of the run")
    numeric = [name for name in assets.columns if is_numeric_dtype(assets[name])]
    chosen([column], numeric, "a numeric asset column")
    years = sorted({int(one) for one in assets["year"]})
    at = years[-1] if year is None else year
    if at not in years:
        message = f"year {at} is not in the run. Choose one from {years[0]} to {years[-1]}"
        raise StoreError(message)
    runs = {BASE: [run]}
    city = city_of(scenario_of(runs), runs)
    table = city.street_edges if network == STREET.name else city.util_edges
    rows = assets[(assets["network"] == network) & (assets["year"] == at)]
    rows = rows[rows["edge_id"] < len(table)]  # links that a policy lays are not in the city
    edges = table.iloc[rows["edge_id"].to_numpy()].reset_index(drop=True)
    state = {name: rows[name].to_numpy() for name in rows.columns if name != "network"}
    return edges.assign(**state), at, city


def _title(run: Run, network: str, at: int) -> str:
    return f"{run.manifest['city']['name']}, {network}, end of {at}: {run.arm}, seed {run.seed}"


def map_run(run: Run, network: str, column: str, year: int | None) -> Picture:
    """Return a still map of a network's assets; see `Run.map`."""
    edges, at, city = _assets(run, network, column, year)
    return map_lines(
        edges.geometry,
        edges[column].to_numpy(dtype=np.float64),
        Colouring(column.replace("_", " "), *_ENDS.get(column, (None, None))),
        ground=None if network == STREET.name else city.street_edges.geometry,
        title=_title(run, network, at),
        remark=origin(city, network),
    )


def explore_run(run: Run, network: str, column: str, year: int | None) -> Page:
    """Return a network's assets as a map to explore; see `Run.explore`."""
    edges, at, city = _assets(run, network, column, year)
    return explore_lines(
        edges,
        column,
        Colouring(column.replace("_", " "), *_ENDS.get(column, (None, None))),
        shown=[name for name in _FACTS if name in edges.columns],
        title=f"{_title(run, network, at)}; {origin(city, network)}",
    )
