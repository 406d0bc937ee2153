import numpy as np
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.likeness.streets import street_metrics
from gis.draws import shares_to_counts, systematic_counts
from gis.generate.town.draw import draw_town
from gis.generate.town.ends import with_cul_de_sacs
from gis.generate.town.lots import frontage_lots, rectangles, spread_over, without_overlap
from gis.generate.town.plan import FABRICS, draw_plan
from gis.generate.town.scale import scale_for
from gis.generate.town.streets import draw_streets
from twin.core.errors import CityDataError

TOWN_PEOPLE = 5_000


@pytest.fixture(scope="module")
def town():
    return draw_town(TOWN_PEOPLE, 1)


@pytest.fixture(scope="module")
def akkol():
    return draw_town(14_000, 1)


def test_same_seed_gives_the_same_town(town):
    again = draw_town(TOWN_PEOPLE, 1)
    assert town.street_edges.drop(columns="geometry").equals(
        again.street_edges.drop(columns="geometry")
    )
    assert (town.buildings.geometry.to_wkb() == again.buildings.geometry.to_wkb()).all()
    assert (town.street_edges.geometry.to_wkb() == again.street_edges.geometry.to_wkb()).all()


def test_other_seed_gives_another_town(town):
    other = draw_town(TOWN_PEOPLE, 2)
    assert len(other.street_edges) != len(town.street_edges) or not np.array_equal(
        other.street_edges["length_m"], town.street_edges["length_m"]
    )


def test_streets_look_like_those_of_measured_towns(akkol):
    """Bands reach from Snezhinsk to Coquimbo, the measured towns nearest in kind."""
    found = street_metrics(akkol.street_edges, akkol.buildings)
    assert 10.0 <= found.street_km_per_km2 <= 13.5
    assert 21.0 <= found.junctions_per_km2 <= 57.0
    assert 0.13 <= found.dead_end_share <= 0.26
    assert 0.50 <= found.degree_3_share <= 0.65
    assert 0.14 <= found.degree_4_share <= 0.27
    assert 2.6 <= found.mean_degree <= 3.0
    assert 110.0 <= found.edge_mean_m <= 275.0
    assert 0.16 <= found.meshedness <= 0.26


@pytest.mark.parametrize("people", [3_000, TOWN_PEOPLE, 14_000])
def test_homes_give_the_floor_area_people_have(people):
    draft = draw_town(people, 3)
    homes = draft.buildings["use"].isin(["house", "apartment"])
    area = draft.buildings.loc[homes, "floor_area_m2"].sum() / people
    assert 21.0 <= area <= 24.0
    assert draft.buildings["dwellings"].sum() == pytest.approx(people / 3.03, rel=0.15)


def test_streets_form_one_connected_graph_without_loops(akkol):
    edges = akkol.street_edges
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    seen = np.zeros(len(akkol.street_nodes), dtype=bool)
    seen[0] = True
    for _ in range(len(seen)):
        reached = seen.copy()
        reached[head[seen[tail]]] = True
        reached[tail[seen[head]]] = True
        if (reached == seen).all():
            break
        seen = reached
    assert seen.all()
    assert (tail != head).all()


def test_a_street_that_ends_where_it_starts_is_cut_in_three(town):
    edges = town.street_edges
    assert (edges["tail"] != edges["head"]).all()
    assert edges["uid"].is_unique


def test_edges_end_at_their_nodes(akkol):
    nodes = akkol.street_nodes[["x_m", "y_m"]].to_numpy()
    lines = akkol.street_edges.geometry.values
    start = shapely.get_coordinates(shapely.get_point(lines, 0))
    stop = shapely.get_coordinates(shapely.get_point(lines, -1))
    assert np.abs(start - nodes[akkol.street_edges["tail"]]).max() < 0.02
    assert np.abs(stop - nodes[akkol.street_edges["head"]]).max() < 0.02
    assert np.allclose(shapely.length(lines), akkol.street_edges["length_m"], atol=0.01)


def test_buildings_neither_overlap_nor_stand_on_streets(akkol):
    shapes = akkol.buildings.geometry.values
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (left == right).all()
    row, _ = shapely.STRtree(akkol.street_edges.geometry.values).query(shapes, "intersects")
    assert row.size == 0


def test_a_town_has_what_a_town_needs(akkol):
    count = akkol.buildings["use"].value_counts()
    assert count["school"] == 4
    assert count["kindergarten"] == 6
    for use in ("health", "public", "office", "retail", "industrial", "utility"):
        assert count.get(use, 0) >= 1, use
    floors = akkol.buildings.loc[akkol.buildings["use"] == "apartment", "floors"]
    assert floors.between(2, 9).all()


def test_most_was_built_in_soviet_years_and_some_lately(akkol):
    homes = akkol.buildings[akkol.buildings["use"].isin(["house", "apartment"])]
    assert homes["built_year"].between(1955, 1991).mean() > 0.75
    assert 0.05 < (homes["built_year"] > 2005).mean() < 0.2
    assert homes["built_year"].between(1948, 2025).all()


def test_ground_rises_towards_one_hill(akkol):
    height = akkol.street_nodes["elevation_m"]
    assert 8.0 < height.max() - height.min() < 40.0


def test_number_of_people_out_of_range_is_refused():
    with pytest.raises(CityDataError, match="people: E-VALUE = 100 is not between"):
        draw_town(100, 1)


def test_larger_towns_have_a_larger_share_of_flats():
    shares = [scale_for(people).apartment_share for people in (5_000, 14_000, 50_000, 150_000)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.65


def test_quarters_do_not_overlap_and_fill_the_town():
    plan = draw_plan(14_000, 1)
    outlines = [quarter.outline for quarter in plan.quarters]
    total = sum(outline.area for outline in outlines)
    assert shapely.union_all(outlines).area == pytest.approx(total, rel=1e-6)
    assert total > 0.97 * plan.limit.area


def test_lots_line_a_block_from_inside():
    block = shapely.box(0.0, 0.0, 100.0, 200.0)
    lots = frontage_lots(np.array([block]), np.array([7]), setback_m=20.0, frontage_m=20.0)
    assert set(lots.block) == {7}
    assert len(lots) == 2 * (3 + 8)
    edge = shapely.distance(block.exterior, shapely.points(lots.centre_m))
    assert edge == pytest.approx(20.0)
    deeper = shapely.points(lots.centre_m + lots.inward)
    assert (shapely.distance(block.exterior, deeper) > edge).all()


def test_later_shapes_give_way_to_earlier_ones():
    centre = np.array([[0.0, 0.0], [8.0, 0.0], [16.0, 0.0]])
    shapes = rectangles(centre, np.zeros(3), np.full(3, 10.0), np.full(3, 5.0))
    assert without_overlap(shapes, gap_m=1.0).tolist() == [True, False, True]


def test_places_are_spread_over_those_they_serve():
    points = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    chosen = spread_over(points, np.ones(10), np.ones(10, dtype=bool), 2)
    assert sorted(chosen.tolist()) in ([2, 7], [2, 6], [1, 7], [2, 8], [1, 6], [3, 7], [3, 8])
    only_left = spread_over(points, np.ones(10), points[:, 0] < 3, 5)
    assert sorted(only_left.tolist()) == [0, 1, 2]


def test_shares_round_to_the_exact_total():
    counts = shares_to_counts(np.array([1.0, 1.0, 1.0]), 100)
    assert counts.tolist() == [34, 33, 33]


def test_systematic_rounding_keeps_row_sums_without_bias():
    expected = np.tile([[0.4, 0.3, 0.3]], (4000, 1))
    offset = (np.arange(4000) + 0.5) / 4000
    counts = systematic_counts(expected, offset)
    assert (counts.sum(axis=1) == 1).all()
    assert counts.mean(axis=0) == pytest.approx([0.4, 0.3, 0.3], abs=0.001)


def test_a_large_town_has_a_lattice_whose_lines_do_not_end_at_the_ring():
    plan = draw_plan(200_000, 1)
    assert {quarter.fabric for quarter in plan.quarters} == set(FABRICS)
    assert sum(kind == "arterial" for kind in plan.main_classes) > 10


def test_cul_de_sacs_leave_one_connected_graph_with_the_dead_ends_aimed_at():
    plan = draw_plan(TOWN_PEOPLE, 4)
    before = draw_streets(plan, 4)
    after = with_cul_de_sacs(before, 4)
    through = np.bincount(np.concatenate([after.tail, after.head]))
    assert (through == 1).sum() >= (before.degree == 1).sum()
    links = coo_matrix(
        (np.ones(after.tail.size), (after.tail, after.head)), shape=(through.size, through.size)
    )
    assert connected_components(links, directed=False)[0] == 1
    lost_m = shapely.length(before.lines).sum() - shapely.length(after.lines).sum()
    assert 0.0 <= lost_m < 0.05 * shapely.length(before.lines).sum()
