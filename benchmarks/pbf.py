"""From an OpenStreetMap file to street graph and outlines, and to a whole city; pyrosm beside us.

Porto is laid side by side ten times. Each figure is that of a process of its own, from its start:
seconds of all its threads, wall time, and its largest memory. pyrosm reads streets with nodes and
buildings into frames (its graph keeps every vertex); we read streets and buildings into arrays and
clean the streets into a graph between junctions. Roundabouts and carriageways are not drawn
together there, as pyrosm does neither; `us_simplified` does both. pyrosm gets an empty cache
folder each time; `pyrosm_cached` is its second reading.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COPIES, COLUMNS, STEP_DEG = 10, 4, 0.1
ID_STEP = 10**9
REPEATS = 3
DEMANDED = {"cpu_ratio": 0.5, "memory_ratio": 1 / 3, "folder_s": 10.0, "folder_memory_mb": 600.0}

_TAIL = """
import json, resource, time
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "wall_s": time.time() - STARTED,
                  "memory_mb": used.ru_maxrss / 1024, **FIGURES}))
"""
_OURS = """
import sys, time
STARTED = time.time()
from pathlib import Path
import numpy as np, shapely
from pyproj import Transformer
from gis.clean.clean_streets import clean_streets
from gis.clean.drivable import drivable
from gis.read.pbf import read_osm
from gis.clean.repairs import RepairLog
from gis.read.tags import AREA_TAGS, STREET_TAGS
found = read_osm(Path(sys.argv[1]), STREET_TAGS, AREA_TAGS)
ways = found.lines
x_m, y_m = Transformer.from_crs(4326, 32629, always_xy=True).transform(*ways.lonlat_deg().T)
line = shapely.from_ragged_array(
    shapely.GeometryType.LINESTRING, np.column_stack([x_m, y_m]), (ways.ring,))
streets, _ = drivable({tag: ways.tag(tag) for tag in STREET_TAGS}, line, ways.names())
more = ("W-ROUNDABOUT", "W-DUAL-CARRIAGEWAY")
graph = clean_streets(streets, RepairLog(more if sys.argv[2] == "plain" else ()),
                      join_crossings=True)
FIGURES = {"edges": len(graph.tail), "nodes": len(graph.xy_m),
           "buildings": int((found.areas.tag("building") != "").sum())}
"""
_PEER = """
import sys, time
STARTED = time.time()
import pyrosm
extract = pyrosm.OSM(sys.argv[1])
nodes, edges = extract.get_network("driving", nodes=True)
FIGURES = {"edges": len(edges), "nodes": len(nodes), "buildings": len(extract.get_buildings())}
"""
_FOLDER = """
import sys, time
STARTED = time.time()
from gis.from_map import build_from_osm
from twin.city.bundle import save_city
city = build_from_osm(sys.argv[1], name="porto")
save_city(city, sys.argv[2])
FIGURES = {"edges": len(city.street_edges), "nodes": len(city.street_nodes),
           "buildings": len(city.buildings)}
"""


def run() -> dict[str, Any]:
    """Read, and build; seconds and MB, and ratios to the peer."""
    data = Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data"))
    extract = data / "city" / "pbf" / "porto.osm.pbf"
    if not extract.exists():
        return {"pbf": f"no map at {extract}; set TWIN_TEST_DATA to the data folder"}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tiled = tile(extract, work / "porto.osm.pbf")
        ours, peers, cached = [], [], []
        for turn in range(REPEATS):
            ours.append(_process(_OURS, work, str(tiled), "plain"))
            cache = work / f"cache-{turn}"
            cache.mkdir()
            peers.append(_process(_PEER, work, str(tiled), cache=cache))
            cached.append(_process(_PEER, work, str(tiled), cache=cache))
        simplified = _process(_OURS, work, str(tiled), "simplified")
        whole = _process(_FOLDER, work, str(tiled), str(work / "city"))
    figures: dict[str, Any] = {
        "us": _median(ours),
        "us_simplified": simplified,
        "pyrosm": _median(peers),
        "pyrosm_cached": _median(cached),
        "folder": whole,
        "demanded": DEMANDED,
    }
    for name in ("cpu_s", "wall_s", "memory_mb"):
        pairs = [one[name] / other[name] for one, other in zip(ours, peers, strict=True)]
        figures[f"{name.rpartition('_')[0]}_ratio"] = statistics.median(pairs)
    return figures


def tile(source: Path, target: Path) -> Path:
    """Write copies of an extract side by side into one file, with ids of their own."""
    import osmium

    kinds = osmium.osm
    with osmium.SimpleWriter(str(target), overwrite=True) as out:
        for kind in (kinds.NODE, kinds.WAY, kinds.RELATION):
            for copy in range(COPIES):
                _copy(osmium.FileProcessor(str(source), kind), out, copy)
    return target


def _copy(things: Any, out: Any, copy: int) -> None:  # noqa: ANN401 - osmium has no types
    """Write one copy of nodes, ways or relations, shifted in place and id."""
    more = copy * ID_STEP
    east_deg, north_deg = STEP_DEG * (copy % COLUMNS), STEP_DEG * (copy // COLUMNS)
    for thing in things:
        if thing.is_node():
            at = (thing.location.lon + east_deg, thing.location.lat + north_deg)
            out.add_node(thing.replace(id=thing.id + more, location=at))
        elif thing.is_way():
            refs = [node.ref + more for node in thing.nodes]
            out.add_way(thing.replace(id=thing.id + more, nodes=refs))
        else:
            members = [(one.type, one.ref + more, one.role) for one in thing.members]
            out.add_relation(thing.replace(id=thing.id + more, members=members))


def _process(code: str, work: Path, *arguments: str, cache: Path | None = None) -> dict[str, Any]:
    """Run code in a fresh process and return what it tells of itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if cache is not None:
        environment |= {"TMPDIR": str(cache), "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", code + _TAIL, *arguments],
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
