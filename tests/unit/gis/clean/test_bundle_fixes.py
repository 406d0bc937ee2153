"""What `twin city check --fix` mends loses nothing, and is written down."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gis.clean.bundle_fixes import fix_city
from gis.from_map import build_from_osm
from tests.builders_map import write_map
from twin.city.bundle import load_city, save_city
from twin.city.quality import check
from twin.city.validate import validate
from twin.cli.app import main


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return build_from_osm(write_map(tmp_path_factory.mktemp("map")), people=2000)


def codes(city):
    return {fault.code for fault in check(city)}


def shuffled(city):
    """Return a city whose persons stand in another order."""
    order = np.argsort(np.arange(len(city.persons)) % 7, kind="stable")
    persons = city.persons.iloc[order].reset_index(drop=True)
    return replace(city, persons=persons.assign(person_id=np.arange(len(persons), dtype=np.int32)))


def twisted(city):
    """Return a city with an outline that visits a corner twice."""
    shapes = np.asarray(city.buildings.geometry.values).copy()
    points = shapely.get_coordinates(shapes[0])
    spike = np.concatenate([points[:2], points[:2][::-1], points[:2], points[2:]])
    shapes[0] = shapely.polygons(spike)
    frame = city.buildings.copy()
    frame = frame.set_geometry(shapes, crs=city.crs)
    return replace(city, buildings=frame)


def doubled(city):
    """Return a city with its first street drawn again, the other way round if it may."""
    edges = city.street_edges
    again = edges.iloc[[0]].copy()
    again["street_edge_id"] = np.int32(len(edges))
    again["uid"] = "again"
    both = edges.iloc[[*range(len(edges)), 0]].reset_index(drop=True)
    both.loc[len(edges), ["street_edge_id", "uid"]] = [np.int32(len(edges)), "again"]
    both["street_edge_id"] = np.arange(len(both), dtype=np.int32)
    buildings = city.buildings.copy()
    at = buildings["street_edge_id"].to_numpy(copy=True)
    at[at == 0] = len(edges)
    return replace(city, street_edges=both, buildings=buildings.assign(street_edge_id=at))


def test_a_sound_city_is_left_as_it_is(town):
    same, log = fix_city(town)
    assert log.made == []
    assert same.content_hash() == town.content_hash()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(shuffled, "E-ORDER"), (twisted, "E-GEOM-INVALID"), (doubled, "W-PARALLEL")],
    ids=["order", "outline", "double"],
)
def test_what_was_spoilt_is_mended_without_loss(town, spoil, code):
    wrong = spoil(town)
    assert code in codes(wrong)
    mended, log = fix_city(wrong)
    assert [one.code for one in log.made] == [code]
    assert code not in codes(mended)
    assert [fault for fault in validate(mended) if fault.code.startswith("E-")] == []
    assert f"({code})" in mended.notes[-1]
    assert len(mended.persons) == len(town.persons)
    assert mended.street_edges["length_m"].sum() == town.street_edges["length_m"].sum()
    at = mended.buildings["street_edge_id"].to_numpy()
    assert np.array_equal(at, town.buildings["street_edge_id"].to_numpy())


def test_street_ends_within_a_metre_become_one_node(town):
    edges, nodes = town.street_edges, town.street_nodes
    ends = np.concatenate([edges["tail"], edges["head"]])
    node = int(np.flatnonzero(np.bincount(ends) == 3)[0])
    row = int(np.flatnonzero(edges["tail"] == node)[0])
    more = nodes.iloc[[*range(len(nodes)), node]].reset_index(drop=True)
    more["street_node_id"] = np.arange(len(more), dtype=np.int32)
    more.loc[len(nodes), "uid"] = "loose"
    more.loc[len(nodes), "x_m"] += 0.6
    more = more.set_geometry(shapely.points(more[["x_m", "y_m"]].to_numpy()), crs=town.crs)
    tail = edges["tail"].to_numpy(copy=True)
    tail[row] = len(nodes)
    wrong = replace(town, street_nodes=more, street_edges=edges.assign(tail=tail))
    assert "W-NEAR-MISS" in codes(wrong)
    mended, log = fix_city(wrong)
    assert [one.code for one in log.made] == ["W-NEAR-MISS"]
    assert len(mended.street_nodes) == len(nodes)
    assert "W-NEAR-MISS" not in codes(mended)


def test_the_command_mends_in_place_and_keeps_the_repairs_of_the_build(town, tmp_path, capsys):
    folder = tmp_path / "town"
    save_city(shuffled(town), folder)
    (folder / "repairs.gpkg").write_bytes(b"layers")
    for told in ("E-ORDER", "nothing to mend without loss"):
        with pytest.raises(SystemExit) as left:
            main(["city", "check", str(folder), "--fix"])
        assert left.value.code == 0
        assert told in capsys.readouterr().err
        assert (folder / "repairs.gpkg").read_bytes() == b"layers"
        assert "E-ORDER" not in codes(load_city(folder))
