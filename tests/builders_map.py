"""Small map extracts made in memory, as an importer finds them: tags, no graph, no people."""

import geopandas as gpd
import numpy as np
import shapely
from shapely.affinity import translate

from gis.clean.street_tables import attach_buildings, build_streets
from gis.generate.impute.building_attributes import impute_buildings
from gis.read.tags import BUILDING_TAGS, STREET_TAGS

CRS = "EPSG:32642"
BLOCK_M = 150.0
CENTRE = (500_000.0, 5_760_000.0)


def streets(rows, *, crs=CRS):
    """Return raw streets from (points, tags) pairs."""
    table = [
        {**dict.fromkeys(STREET_TAGS, ""), "highway": "residential", "osm_id": str(i), **tags}
        for i, (_, tags) in enumerate(rows)
    ]
    lines = [shapely.LineString(points) for points, _ in rows]
    return gpd.GeoDataFrame(table, geometry=lines, crs=crs)


def buildings(rows, *, crs=CRS):
    """Return raw buildings from (centre, size, tags) triples."""
    table = [
        {**dict.fromkeys(BUILDING_TAGS, ""), "building": "yes", "osm_id": str(i), **tags}
        for i, (_, _, tags) in enumerate(rows)
    ]
    shapes = [
        translate(shapely.box(-w / 2, -h / 2, w / 2, h / 2), x, y) for (x, y), (w, h), _ in rows
    ]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs)


def landuse(rows, *, crs=CRS):
    """Return land use from (bounds, kind) pairs."""
    table = {"osm_id": [str(i) for i in range(len(rows))], "landuse": [kind for _, kind in rows]}
    return gpd.GeoDataFrame(table, geometry=[shapely.box(*b) for b, _ in rows], crs=crs)


def grid_streets(nx=8, ny=6):
    """Return a grid of streets, a collector in the middle of each direction."""
    x0, y0 = CENTRE
    width, height = (nx - 1) * BLOCK_M, (ny - 1) * BLOCK_M
    rows = []
    for i in range(nx):
        x = x0 + i * BLOCK_M
        points = [(x, y0 + j * BLOCK_M) for j in range(ny)]
        rows.append((points, {"highway": "tertiary" if i == nx // 2 else "residential"}))
    for j in range(ny):
        y = y0 + j * BLOCK_M
        points = [(x0 + i * BLOCK_M, y) for i in range(nx)]
        rows.append((points, {"highway": "tertiary" if j == ny // 2 else "residential"}))
    # a road out of town, for the wells
    rows.append(
        ([(x0, y0 + height), (x0 - 400.0, y0 + height), (x0 - 800.0, y0 + height)],
         {"highway": "secondary"})
    )  # fmt: skip
    return streets(rows), (x0, y0, x0 + width, y0 + height)


def grid_map(nx=8, ny=6):
    """Return raw streets, buildings and land use of a small town.

    Slabs of five storeys in the left half, untagged private houses in the right, a works hall in
    the corner, a school and sheds.
    """
    ways, (x0, y0, x1, y1) = grid_streets(nx, ny)
    rows = []
    middle = (x0 + x1) / 2
    for j in range(ny - 1):
        for i in range(nx - 1):
            x, y = x0 + (i + 0.5) * BLOCK_M, y0 + (j + 0.5) * BLOCK_M
            if x < middle:
                rows += [((x, y + side), (80.0, 12.0), {}) for side in (-55.0, 0.0, 55.0)]
            else:
                for k in range(-2, 3):
                    rows += [((x + 25.0 * k, y - 55.0), (10.0, 9.0), {})]
                    rows += [((x + 25.0 * k, y + 55.0), (10.0, 9.0), {})]
                    rows += [((x + 25.0 * k + 8, y - 40.0), (5.0, 4.0), {})]
    rows[0] = (rows[0][0], rows[0][1], {"building:levels": "5", "levels": "5"})
    rows.append(((x0 + 40.0, y1 + 60.0), (60.0, 30.0), {"building": "industrial"}))
    rows.append(((middle, y1 + 50.0), (50.0, 25.0), {"building": "school", "levels": "3"}))
    rows = [(c, s, {k: v for k, v in t.items() if k != "building:levels"}) for c, s, t in rows]
    homes = landuse([((middle, y0, x1, y1), "residential")])
    return ways, buildings(rows), homes


def write_map(folder, *, nx=8, ny=6):
    """Write a small town as GeoJSON layers in degrees."""
    for name, frame in zip(("roads", "buildings", "landuse"), grid_map(nx, ny), strict=True):
        degrees = frame.rename(columns={"osm_id": "id"}).to_crs("EPSG:4326")
        degrees.to_file(folder / f"{name}.geojson")
    return folder


def people_by_area(table, total):
    """Return residents in proportion to the floor area of homes."""
    homes = table["use"].isin(["house", "apartment"]).to_numpy()
    area = np.where(homes, table["floor_area_m2"], 0.0)
    return np.round(area / area.sum() * total).astype(np.int32)


def grid_tables(nx=8, ny=6, people=3000):
    """Return street nodes, street edges and buildings with people, of `grid_map`."""
    ways, raw, land = grid_map(nx, ny)
    table, _ = impute_buildings(raw, land, people=None, seed=1, register_year=2026)
    busy = table[table["use"] != "ancillary"]
    nodes, edges, _ = build_streets(ways, busy, join_crossings=True, seed=1, register_year=2026)
    attached, _ = attach_buildings(table, nodes, edges)
    attached["people"] = people_by_area(attached, people)
    return nodes, edges, attached


def write_osm(path, *, nodes=None, ways, tags=None, node_tags=None, change=lambda text: text):
    """Write an OpenStreetMap file of ways by id; nodes 1 to 4 make a square of 100 m by default.

    `change` is given the whole text, to write it as another editor would.
    """
    square = {1: (69.87, 51.90), 2: (69.8715, 51.90), 3: (69.8715, 51.901), 4: (69.87, 51.901)}
    lines = []
    for number, (lon, lat) in (nodes or square).items():
        marks = "".join(
            f'<tag k="{k}" v="{v}"/>' for k, v in (node_tags or {}).get(number, {}).items()
        )
        lines.append(f'<node id="{number}" lat="{lat}" lon="{lon}">{marks}</node>')
    for number, refs in ways.items():
        told = (tags or {}).get(number, {"highway": "residential"})
        marks = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in told.items())
        places = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{number}">{places}{marks}</way>')
    house = '<node id="5" lat="51.9005" lon="69.8702"/><node id="6" lat="51.9005" lon="69.8704"/>'
    house += '<node id="7" lat="51.9006" lon="69.8704"/>'
    ring = "".join(f'<nd ref="{ref}"/>' for ref in (5, 6, 7, 5))
    lines.append(f'<way id="90">{ring}<tag k="building" v="house"/></way>')
    text = "\n".join(['<osm version="0.6">', house, *lines, "</osm>"])
    path.write_text(change(text), encoding="utf-8")
    return path
