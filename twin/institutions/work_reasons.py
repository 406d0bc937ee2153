"""Why a work is in the plan, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    from twin.city.actions import RankRenewals
    from twin.city.view import AssetView

_UPPER_BOUNDS = ("omniscient", "optimised")
_DOES = {
    WorkOption.LINE: "lining",
    WorkOption.REPLACE: "laying new",
    WorkOption.LOOP: "a link for a second way of supply",
    WorkOption.DECOMMISSION: "decommissioning, as nobody loses supply by it",
}


def reason(ranking: RankRenewals, row: int, option: WorkOption) -> str:
    """Return why an asset is in the plan: the order, what is known of it, what the work spares."""
    seen = ranking.seen
    order = f"order {ranking.order}" if ranking.order else "by rank"
    if ranking.order in _UPPER_BOUNDS:
        order += " (an upper bound that sees true rates, no policy)"
    if row >= seen.length_m.size:
        return order
    parts = [order, _DOES.get(option, ""), *_known(seen, row, option)]
    return "; ".join(part for part in parts if part)


def _known(seen: AssetView, row: int, option: WorkOption) -> list[str]:
    """Return what is known of an asset, and what the option spares."""
    if option is WorkOption.LOOP:
        return [_spared(seen, row, option)]
    years = f"{seen.age_years[row]:.0f} years old"
    if not seen.year_is_recorded[row]:
        years = f"no year on record, taken as {years}"
    count, recorded = int(seen.failures_so_far[row]), float(seen.recorded_years[row])
    parts = [
        years,
        f"{seen.failures_per_year[row]:.2g} failures a year estimated",
        f"{count} on record in {recorded:.0f} years",
    ]
    if seen.found_poor[row] >= 0:
        parts.append("found poor" if seen.found_poor[row] else "found good")
    people = float(seen.people_served[row])
    parts.append(f"{people:,.0f} residents depend on it")
    return [*parts, _spared(seen, row, option)]


def _spared(seen: AssetView, row: int, option: WorkOption) -> str:
    """Return the harm that an option spares a year."""
    failures = seen.option_failures_per_year[:, row]
    spared = (failures[WorkOption.REPAIR] - failures[option]) * float(seen.harm_kzt[row])
    spared += float(seen.option_elsewhere_kzt[option, row])
    return f"spares {spared:,.0f} KZT a year"
