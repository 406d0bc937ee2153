"""Drawn towns of several sizes beside the measures of real ones, with bands.

The seeds are not those the generator was made on (1 and 2). Leaves with 1 where a figure lies
outside its band; where the bands come from stands in docs/validation.md.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gis.draft import Draft

TOWNS = (
    (5_000, (31, 32, 33)),
    (14_000, (31, 32, 33)),
    (50_000, (31, 32, 33)),
    (200_000, (31, 32)),
    (1_100_000, (31,)),
)
SMALL, LARGE = 10_000, 500_000
BANDS = {
    "street_km_per_km2": (9.8, 18.9),
    "junctions_per_km2": (21.9, 112.0),
    "dead_end_share": (0.14, 0.40),
    "degree_3_share": (0.53, 0.69),
    "degree_4_share": (0.06, 0.25),
    "mean_degree": (2.27, 2.98),
    "edge_mean_m": (99.0, 272.0),
    "edge_median_m": (69.0, 144.0),
    "meshedness": (0.09, 0.25),
    "orientation_order": (0.05, 0.35),
    "block_median_ha": (0.75, 4.6),
    "block_p90_ha": (3.3, 9.1),
    "coverage_share": (0.05, 0.27),
    "floor_area_per_person_m2": (21.0, 25.0),
}
SMALL_BANDS = {
    "degree_3_share": (0.45, 0.69),
    "degree_4_share": (0.06, 0.30),
    "mean_degree": (2.27, 3.05),
    "meshedness": (0.09, 0.28),
    "block_p90_ha": (2.5, 9.1),
    "orientation_order": (0.02, 0.55),
}
RINGS_KM = ((0, 2), (2, 4), (4, 6), (6, 8))
RING_CITIES = ((4_231, 7_197), (4_017, 7_393), (3_446, 6_461), (2_771, 5_272))
"""People/km2, least and greatest of Astana, Almaty and Shymkent (500 m cells, February 2026)."""
RING_SLACK = (0.6, 1.4)


def run() -> dict[str, Any]:
    """Measure drawn towns; `outside` names what leaves its band."""
    from gis.generate.town.draw import draw_town

    figures: dict[str, Any] = {"bands": BANDS, "bands_small": SMALL_BANDS}
    outside: list[str] = []
    for people, seeds in TOWNS:
        for seed in seeds:
            started = time.process_time()
            town = draw_town(people, seed)
            found = {"cpu_s": time.process_time() - started, **_measures(town, people)}
            name = f"{people} people, seed {seed}"
            figures[name] = found
            outside += _outside(name, found, people)
    figures["outside"] = outside
    return figures


def _measures(town: Draft, people: int) -> dict[str, float]:
    """Return the measures of a town."""
    from benchmarks.likeness.streets import density_by_ring, street_metrics

    homes = town.buildings["use"].isin(["house", "apartment"]).to_numpy()
    area = np.where(homes, town.buildings["floor_area_m2"].to_numpy(), 0.0)
    found: dict[str, float] = asdict(street_metrics(town.street_edges, town.buildings))
    found["floor_area_per_person_m2"] = float(area.sum()) / people
    residents = area * (people / area.sum())
    if people >= LARGE:
        edges_km = np.array([0.0, *(high for _, high in RINGS_KM)])
    else:
        edges_km = np.linspace(0.0, 1.0, 5) * float(np.sqrt(found["built_km2"] / np.pi))
    density = density_by_ring(town.buildings, residents, edges_km * 1000.0)
    for number, value in enumerate(density.tolist()):
        found[f"people_per_km2_ring_{number}"] = value
    return found


def _outside(name: str, found: dict[str, float], people: int) -> list[str]:
    """Return what leaves its band, in words."""
    bands = {**BANDS, **(SMALL_BANDS if people < SMALL else {})}
    words = [
        f"{name}: {key} {found[key]:.3g} not in {low:g}-{high:g}"
        for key, (low, high) in bands.items()
        if not low <= found[key] <= high
    ]
    rings = [found[f"people_per_km2_ring_{number}"] for number in range(len(RINGS_KM))]
    if people >= LARGE:
        for number, (least, most) in enumerate(RING_CITIES):
            low, high = least * RING_SLACK[0], most * RING_SLACK[1]
            if not low <= rings[number] <= high:
                words.append(
                    f"{name}: ring {number} has {rings[number]:.0f} people/km2, "
                    f"not {low:.0f}-{high:.0f}"
                )
    elif not (rings[0] > rings[2] and rings[1] > rings[3]):
        words.append(f"{name}: people do not thin out: {', '.join(f'{r:.0f}' for r in rings)}")
    return words
