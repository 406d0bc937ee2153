"""Shocks that hit pipes: what breaks, and how worn a network is found to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.assets.hazard import NORM_YEARS
from twin.city.segments import fed_nodes
from twin.city.view import NETWORK_KINDS
from twin.core.streams import Stream
from twin.institutions.service import FULL_BREAK
from twin.kernels.rng import uniform01
from twin.scenario import MainBreak, PipeFailures, WornNetwork

if TYPE_CHECKING:
    from twin.assets import Assets, Failure
    from twin.city.bundle import City
    from twin.core.arrays import Bool, Float64, Int64
    from twin.model.city_model import CityModel

_MOST_YEARS = 60.0
_HALVINGS = 50


def wear_down(model: CityModel) -> None:
    """Carry out today's shocks of kind `worn_network`."""
    today = model.clock.date(model.day)
    for shock in model.spec.shocks:
        if isinstance(shock, WornNetwork) and shock.date == today:
            grow_older(model.assets, shock.network, shock.wear_book)
            model.wear_phys = model.assets.wear_phys()


def grow_older(assets: Assets, network: str, wear_book: float) -> float:
    """Age a network as if years had passed without renewal; return the years.

    They are the fewest that bring the mean wear in the register, by length, to `wear_book`, 0 where
    it is there already.
    """
    rows = assets.rows(network)
    arrays = assets.arrays
    length_m = np.where(assets.is_pump[rows], 0.0, arrays.length_m[rows])
    if not length_m.sum():
        return 0.0

    def worn(years: float) -> Float64:
        return np.minimum(1.0, arrays.wear_book[rows] + years / NORM_YEARS[network])

    low, high = 0.0, _MOST_YEARS
    if float(worn(0.0) @ length_m) >= wear_book * length_m.sum():
        return 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = float(worn(middle) @ length_m) >= wear_book * length_m.sum()
        low, high = (low, middle) if enough else (middle, high)
    arrays.wear_book[rows] = worn(high)
    arrays.age_years[rows] += high
    return high


def break_pipes(model: CityModel) -> list[Failure]:
    """Carry out today's shocks that break pipes; return the failures."""
    today = model.clock.date(model.day)
    failures: list[Failure] = []
    for i, shock in enumerate(model.spec.shocks):
        if isinstance(shock, PipeFailures) and shock.date == today:
            failures += _worst_pipes(model, shock)
        if isinstance(shock, MainBreak) and shock.date == today:
            failures += _mains(model, i, shock)
    return failures


def _worst_pipes(model: CityModel, shock: PipeFailures) -> list[Failure]:
    """Break pipes drawn by how many failures they are expected to have."""
    rows = model.assets.rows(shock.network)
    keys = model.assets.arrays.asset_id[rows]
    luck = np.array(
        [uniform01(model.seed, int(Stream.FAILURE), int(key), model.day, 1) for key in keys]
    )
    # a weighted draw without replacement (Efraimidis & Spirakis, 2006): weight = hazard
    with np.errstate(divide="ignore"):
        rank = np.log(luck) / model.assets.failures_per_year()[rows]
    chosen = np.argsort(-rank, kind="stable")[: shock.count]
    failures = [model.assets.break_now(rows.start + int(row), model.day) for row in chosen]
    return [failure for failure in failures if failure is not None]


def _mains(model: CityModel, shock_i: int, shock: MainBreak) -> list[Failure]:
    """Tear open the mains of a shock, but for those laid new; the plant sees it at once."""
    failures: list[Failure] = []
    service = model.services[NETWORK_KINDS.index(shock.network)]
    for row in model.mains_of_shock[shock_i]:
        asset = service.first + int(row)
        if model.assets.arrays.age_years[asset] < shock.sound_years:
            continue
        leaking = service.open.get(asset)
        if leaking is not None:
            service.burst(leaking, model.day)
        failure = model.assets.break_now(asset, model.day)
        if failure is not None:
            failure.severity = FULL_BREAK
            failures.append(failure)
    return failures


def largest_mains(city: City, network: str, count: int, most_share: float) -> Int64:
    """Return rows, among a network's edges, of the mains with most residents behind them.

    Mains behind or before one that is chosen are left out, as are those that feed more than
    `most_share` of the network's residents. Where loops leave nobody behind a main, wider ones come
    first.
    """
    edges, nodes, homes = city.network_edges(network), city.util_nodes, city.buildings
    tail, head = edges["tail"].to_numpy(np.int32), edges["head"].to_numpy(np.int32)
    sources = np.flatnonzero(
        nodes["kind"].isin(["reservoir", "source"]) & (nodes["network"] == network)
    )
    people = np.zeros(len(nodes))
    node = homes[f"{network}_node"].to_numpy()
    np.add.at(people, node[node >= 0], homes["people"].to_numpy()[node >= 0])
    lost: list[Bool] = []
    for row in range(tail.size):
        closed = np.zeros(tail.size, dtype=np.bool_)
        closed[row] = True
        lost.append(~fed_nodes(tail, head, len(nodes), sources.astype(np.int32), closed=closed))
    whole = np.logical_and.reduce(lost) if lost else np.zeros(len(nodes), dtype=np.bool_)
    behind = np.array([float(people[out & ~whole].sum()) for out in lost])
    rank = np.lexsort((-edges["diameter_m"].to_numpy(), -behind))
    fits = (behind <= most_share * people.sum()) & (edges["kind"] == "pipe").to_numpy()
    chosen: list[int] = []
    for row in rank[fits[rank]].tolist():
        here, ends = lost[row] & ~whole, (tail[row], head[row])
        apart = all(
            not (lost[one] & ~whole)[list(ends)].any() and not here[[tail[one], head[one]]].any()
            for one in chosen
        )
        if apart:
            chosen.append(row)
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)
