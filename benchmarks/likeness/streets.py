"""Measures of a street network that tell whether a town looks like real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.core.arrays import Float64, Int64

_BUILT_M = 100.0
_BEARING_BINS = 36
_LEAST_BLOCK_HA = 0.1
_T_JUNCTION, _CROSSING = 3, 4


@final
@dataclass(frozen=True, slots=True)
class StreetMetrics:
    """Drivable streets without service roads, passing nodes joined, by built area."""

    built_km2: float
    """Land within 100 m of buildings."""
    street_km_per_km2: float
    junctions_per_km2: float
    dead_end_share: float
    """Of all nodes, as the next two."""
    degree_3_share: float
    degree_4_share: float
    mean_degree: float
    edge_mean_m: float
    edge_median_m: float
    meshedness: float
    """Independent cycles over the largest possible number, (e - v + 1) / (2 v - 5)."""
    orientation_order: float
    """1 for one grid, 0 for streets in all directions."""
    block_median_ha: float
    """Of the faces between streets, those under 0.1 ha left out, as the next."""
    block_p90_ha: float
    buildings_per_km2: float
    """Without sheds, as the next two."""
    coverage_share: float
    footprint_median_m2: float


def street_metrics(edges: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> StreetMetrics:
    """Measure a street network.

    Notes
    -----
    Built area and streets within it are as in the targets of comparable towns: service roads out,
    nodes of degree two joined.

    References
    ----------
    Buhl et al., 2006, Eur. Phys. J. B 49, 513-522 (meshedness); Boeing, 2019, Applied Network
    Science 4, 67 (orientation order).
    """
    built = shapely.union_all(shapely.buffer(shapely.centroid(buildings.geometry.values), _BUILT_M))
    lines = np.asarray(edges.geometry.values)[(edges["road_class"] != "service").to_numpy()]
    lines = lines[shapely.intersects(lines, built)]
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    degree = _degrees(lines)
    length_m = shapely.length(lines)
    inside_m = float(shapely.length(shapely.intersection(lines, built)).sum())
    area_km2 = float(shapely.area(built)) / 1e6
    n_edges, n_nodes = lines.size, degree.size
    blocks_ha = shapely.area(shapely.get_parts(shapely.polygonize(list(lines)))) / 1e4
    blocks_ha = blocks_ha[blocks_ha > _LEAST_BLOCK_HA]
    footprint_m2 = shapely.area(np.asarray(buildings.geometry.values))
    if "use" in buildings:
        footprint_m2 = footprint_m2[(buildings["use"] != "ancillary").to_numpy()]
    return StreetMetrics(
        built_km2=area_km2,
        street_km_per_km2=inside_m / 1e3 / area_km2,
        junctions_per_km2=float((degree >= _T_JUNCTION).sum()) / area_km2,
        dead_end_share=float((degree == 1).mean()),
        degree_3_share=float((degree == _T_JUNCTION).mean()),
        degree_4_share=float((degree == _CROSSING).mean()),
        mean_degree=2.0 * n_edges / n_nodes,
        edge_mean_m=float(length_m.mean()),
        edge_median_m=float(np.median(length_m)),
        meshedness=(n_edges - n_nodes + 1) / (2 * n_nodes - 5),
        orientation_order=_orientation_order(lines),
        block_median_ha=float(np.median(blocks_ha)),
        block_p90_ha=float(np.quantile(blocks_ha, 0.9)),
        buildings_per_km2=float(footprint_m2.size / area_km2),
        coverage_share=float(footprint_m2.sum() / 1e6 / area_km2),
        footprint_median_m2=float(np.median(footprint_m2)),
    )


def _degrees(lines: shapely.Geometry) -> Int64:
    ends = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(lines, 0)),
            shapely.get_coordinates(shapely.get_point(lines, -1)),
        ]
    )
    _, index = np.unique(np.round(ends, 2), axis=0, return_inverse=True)
    return np.bincount(index.ravel())


def _orientation_order(lines: shapely.Geometry) -> float:
    """Return 1 - ((H - H_grid) / (H_max - H_grid))^2 of the bearings' entropy H."""
    start = shapely.get_coordinates(shapely.get_point(lines, 0))
    step = shapely.get_coordinates(shapely.get_point(lines, -1)) - start
    bearing = np.arctan2(step[:, 1], step[:, 0])
    both = np.concatenate([bearing, bearing + np.pi]) % (2.0 * np.pi)
    half_bin = np.pi / _BEARING_BINS
    place = np.floor(((both + half_bin) % (2.0 * np.pi)) / (2.0 * half_bin)).astype(np.int64)
    share = np.bincount(place, minlength=_BEARING_BINS) / both.size
    entropy = -float(np.sum(share[share > 0] * np.log(share[share > 0])))
    grid, most = np.log(4.0), np.log(_BEARING_BINS)
    return float(1.0 - ((entropy - grid) / (most - grid)) ** 2)


def density_by_ring(buildings: gpd.GeoDataFrame, people: Float64, edges_m: Float64) -> Float64:
    """Return people per km2 in rings round their weighted middle, (n_edges - 1,).

    Parameters
    ----------
    buildings
        Buildings, whose centroids count.
    people
        Residents of each, (n_buildings,).
    edges_m
        Radii of the rings' edges, rising.
    """
    at = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry.values)))
    away = np.hypot(*(at - np.average(at, axis=0, weights=people)).T)
    counted, _ = np.histogram(away, bins=edges_m, weights=people)
    density: Float64 = counted / (np.pi * np.diff(edges_m**2) / 1e6)
    return density
