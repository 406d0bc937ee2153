"""A chessboard town of any size, with people who go to work and to school."""

import pandas as pd

from twin.city.bundle import City


def grid_town(side=4, *, zones_across=2, people_per_zone=200, block_m=120.0, oneway=()):
    """Build a town of side x side street nodes, only as far as traffic needs it.

    Zones are squares of equal size; each holds one building of homes and one of work, and its
    people work in the zones after it, in turn. Every tenth is a pupil.
    """
    nodes = [(x, y) for y in range(side) for x in range(side)]
    row = {node: i for i, node in enumerate(nodes)}
    ends = [(row[x, y], row[x + 1, y]) for x, y in nodes if x + 1 < side]
    ends += [(row[x, y], row[x, y + 1]) for x, y in nodes if y + 1 < side]
    edges = pd.DataFrame(ends, columns=["tail", "head"])
    edges["street_edge_id"] = range(len(edges))
    edges["length_m"] = block_m
    edges["speed_ms"] = 12.0 + 0.01 * (edges.index % 7)
    edges["capacity_vehph"] = 600.0
    edges["road_class"] = "local"
    edges["lanes"] = 1
    edges["oneway"] = edges.index.isin(oneway)
    n_zones = zones_across**2
    step = side / zones_across
    centre = [int((i + 0.5) * step) for i in range(zones_across)]
    zones = pd.DataFrame({"street_node_id": [row[x, y] for y in centre for x in centre]})
    homes = pd.DataFrame({"zone_id": range(n_zones), "people": people_per_zone})
    homes = homes.assign(use="apartment", jobs=0, dwellings=people_per_zone // 3)
    works = pd.DataFrame({"zone_id": range(n_zones), "people": 0})
    works = works.assign(use="office", jobs=people_per_zone // 2, dwellings=0)
    home = [zone for zone in range(n_zones) for _ in range(people_per_zone)]
    nth = list(range(people_per_zone)) * n_zones
    persons = pd.DataFrame({"building_id": home})
    persons["work_building"] = [
        n_zones + (zone + i) % n_zones for zone, i in zip(home, nth, strict=True)
    ]
    persons["occupation"] = ["pupil" if i % 10 == 0 else "employed" for i in nth]
    return City(
        name="grid",
        crs="EPSG:32642",
        seed=1,
        street_nodes=pd.DataFrame(nodes, columns=["x", "y"]),
        street_edges=edges,
        zones=zones,
        buildings=pd.concat([homes, works], ignore_index=True),
        facilities=pd.DataFrame(),
        util_nodes=pd.DataFrame(),
        util_edges=pd.DataFrame(),
        households=pd.DataFrame(),
        persons=persons,
        weather=pd.DataFrame(),
    )
