"""GMNS folders: units, undirected links, zones, movements, faults; a city there and back."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from gis.export.gmns import write_gmns
from tests.builders import grid_city
from twin.core.errors import CityDataError
from twin.flows import traffic

NODES = """node_id,x_coord,y_coord,node_type,zone_id
10,0,0,,1
11,1,0,,
12,2,0,,2
13,1,1,,2
"""
LINKS = """link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes
a,10,11,true,1.8,36,500,2
b,11,12,1,1.8,36,500,1
c,11,13,0,0.9,36,400,
"""
CONFIG = "dataset_name,long_length,speed\nx,km,kilometers_per_hour\n"
DEMAND = "o_zone_id,d_zone_id,volume\n1,2,120\n"


def write(folder, **files):
    texts = {"node": NODES, "link": LINKS, "config": CONFIG, "demand": DEMAND} | files
    for name, text in texts.items():
        if text is not None:
            (folder / f"{name}.csv").write_text(text)
    return folder


def faults(call):
    with pytest.raises(CityDataError) as caught:
        call()
    return [str(fault) for fault in caught.value.faults]


def test_a_folder_is_read_in_seconds_and_vehicles_per_hour(tmp_path):
    tables = traffic.read_gmns_tables(write(tmp_path))
    links = tables.links
    assert links["link_id"].tolist() == ["a", "b", "c", "c"] + [""] * 6
    assert links["free_flow_time"].tolist()[:4] == pytest.approx([180, 180, 90, 90])
    assert links["capacity"].tolist()[:4] == [1000.0, 500.0, 400.0, 400.0]
    assert links[["init_node", "term_node"]].to_numpy()[2:4].tolist() == [[11, 13], [13, 11]]
    assert tables.trips.to_numpy().tolist() == [[-2, -3, 120]]


def test_trips_choose_the_nearest_node_of_their_zone(tmp_path):
    found = traffic.assign(traffic.read_gmns(write(tmp_path)), 1e-9)
    assert found.links["flow_vehph"].tolist()[:4] == pytest.approx([120, 0, 120, 0], abs=1e-6)
    assert found.trip_cost[0] == pytest.approx(270.0, rel=1e-2)


def test_miles_and_feet_are_known_and_an_unknown_unit_is_refused(tmp_path):
    folder = write(tmp_path, config=None)
    net = traffic.read_gmns(folder, length_unit="mile", speed_unit="mph")
    assert net.free_flow_time[0] == pytest.approx(180.0)
    found = faults(lambda: traffic.read_gmns(folder, length_unit="league"))
    assert "config.csv: long_length = 'league' is no unit" in found[0]
    assert "config.csv: states no unit of speed" in found[1]


def test_a_link_in_the_movement_table_makes_only_the_turns_listed(tmp_path):
    moves = "mvmt_id,node_id,ib_link_id,ob_link_id,penalty\n1,11,a,b,20\n"
    folder = write(tmp_path, movement=moves)
    turned = traffic.read_gmns_tables(folder).network()
    found = traffic.assign(turned.net, 1e-9)
    assert turned.links(found)["flow_vehph"].tolist()[:4] == pytest.approx([120, 120, 0, 0])
    assert found.trip_cost[0] == pytest.approx(380.0, rel=1e-2)
    moves = "mvmt_id,node_id,ib_link_id,ob_link_id\n1,11,c,b\n"
    free = traffic.assign(traffic.read_gmns(write(tmp_path, movement=moves)), 1e-9)
    assert free.links["flow_vehph"].tolist()[:4] == pytest.approx([120, 0, 120, 0], abs=1e-6)


def test_no_trip_leads_through_a_node_of_type_centroid(tmp_path):
    nodes = NODES.replace("11,1,0,,", "11,1,0,centroid,3")
    found = traffic.assign(traffic.read_gmns(write(tmp_path, node=nodes)), 1e-9)
    assert found.unserved == 120.0


def test_ids_that_are_words_are_counted(tmp_path):
    nodes = NODES.replace("10,", "west,", 1).replace("\n11,", "\n11.0,")
    links = LINKS.replace("a,10,", "a,west,")
    found = traffic.assign(traffic.read_gmns(write(tmp_path, node=nodes, link=links)), 1e-9)
    assert found.links["flow_vehph"].iloc[0] == pytest.approx(120.0)


def test_every_fault_of_every_file_is_told_by_its_line(tmp_path):
    links = LINKS.replace("1.8,36,500,1", "1.8,0,-5,1").replace("c,11,13", "a,11,99")
    folder = write(
        tmp_path,
        node=NODES + "10,3,3,,\n",
        link=links,
        demand=DEMAND + "1,7,3\n2,1,many\n",
        movement="mvmt_id,node_id,ib_link_id,ob_link_id\n1,12,a,b\n",
    )
    found = faults(lambda: traffic.read_gmns(folder))
    assert [text.split("\n")[0] for text in found] == [
        "node.csv:6: node_id 10 is that of another row too",
        "link.csv:4: to_node_id = 99 is no node",
        "link.csv:3: capacity = -5 is not a number over 0",
        "link.csv:3: free_speed = 0 is not a number over 0",
        "link.csv:4: link_id a is that of line 2 too",
        "demand.csv:3: d_zone_id = 7 is the zone of no node",
        "demand.csv:4: volume = many is not a number of 0 or more",
        "movement.csv:2: no link a enters node 12",
        "movement.csv:2: no link b leaves node 12",
    ]


def test_missing_files_and_columns_are_told_together(tmp_path):
    folder = write(tmp_path, link="link_id,from_node_id\n", demand=None)
    found = "\n".join(faults(lambda: traffic.read_gmns(folder)))
    assert "link.csv: has no column capacity" in found
    assert "demand.csv: cannot be read: No such file" in found
    assert traffic.read_gmns(write(folder, link=LINKS), demand=None).demand.size == 0


def test_a_zone_without_an_exit_is_named_by_its_trip(tmp_path):
    links = LINKS.replace("a,10,11,true", "a,11,10,true")
    net = traffic.read_gmns(write(tmp_path, link=links))
    assert traffic.assign(net).unserved == 120.0


def test_a_city_written_as_gmns_is_read_as_the_same_streets(tmp_path):
    city = grid_city(5, 5)
    net = traffic.from_city(city)
    write_gmns(city, tmp_path)
    n_zones = len(city.zones)
    assert net.first_thru_node == n_zones
    trips = pd.DataFrame({"o_zone_id": net.origin, "d_zone_id": net.dest, "volume": net.demand})
    trips.to_csv(tmp_path / "demand.csv", index=False)
    again = traffic.read_gmns(tmp_path)
    ours, theirs = traffic.assign(net, 1e-9), traffic.assign(again, 1e-9)
    assert theirs.objective == pytest.approx(ours.objective, rel=1e-6)
    assert theirs.total_travel_time == pytest.approx(ours.total_travel_time, rel=1e-6)


@pytest.mark.skipif(importlib.util.find_spec("pytraf") is None, reason="pytraf is not installed")
def test_a_folder_is_read_as_pytraf_reads_it(tmp_path):
    import pytraf

    config = CONFIG.replace("kilometers_per_hour", "kph")
    folder = write(tmp_path, demand=None, config=config, link=LINKS.replace("400,", "400,1"))
    theirs = pytraf.Network.from_gmns(str(folder))
    ours = traffic.read_gmns_tables(folder, demand=None).links
    street = ours["link_id"] != ""
    assert theirs.link_ids == ours["link_id"][street].tolist()
    assert np.asarray(theirs.capacity) == pytest.approx(ours["capacity"][street].to_numpy())


def with_uses(*uses):
    header, *rows = LINKS.strip().splitlines()
    pairs = zip(rows, uses, strict=True)
    return "\n".join([header + ",allowed_uses", *(f"{row},{use}" for row, use in pairs)])


def test_cars_keep_off_links_that_allow_others_alone(tmp_path):
    folder = write(tmp_path, link=with_uses("", "bus;AUTO", "walk bike"))
    found = traffic.assign(traffic.read_gmns(folder), 1e-9)
    assert found.links["flow_vehph"].tolist()[:4] == pytest.approx([120, 120, 0, 0], abs=1e-6)
    for words in (["auto", "Walk"], "auto, walk"):
        assert traffic.read_gmns(folder, car_uses=words).allowed.all()


def test_a_use_of_unknown_meaning_is_a_fault_unless_one_beside_it_is_cars(tmp_path):
    folder = write(tmp_path, link=with_uses('"sleigh,walk"', '"sleigh,car"', "foot"))
    found = faults(lambda: traffic.read_gmns(folder))
    assert len(found) == 1
    assert "link.csv:2: allowed_uses names 'sleigh', which may mean cars or not" in found[0]
    assert traffic.read_gmns(folder, car_uses=["sleigh"]).allowed[0, :4].tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_links_barred_to_cars_need_no_values_of_cars(tmp_path):
    header, *rows = LINKS.strip().splitlines()
    blank = "c,10,13" + "," * (header.count(",") - 2)
    whole = "\n".join([header + ",allowed_uses", *(f"{row},auto" for row in rows[:2])])
    for row in (blank, blank.replace("c,10,13,", "c,10,13,0")):
        net = traffic.read_gmns(write(tmp_path, link=f"{whole}\n{row},walk\n"))
        assert not net.allowed[0, 2]
        assert np.isfinite(net.free_flow_time).all()
        found = traffic.assign(net, 1e-9)
        assert found.links["flow_vehph"].tolist()[:3] == pytest.approx([120, 120, 0], abs=1e-6)
    with pytest.raises(CityDataError, match=r"link.csv:4: capacity = nothing is not a number"):
        traffic.read_gmns(write(tmp_path, link=f"{whole}\n{blank},auto\n"))


def test_loops_and_zones_without_a_node_are_set_aside_on_request(tmp_path, caplog):
    loop = LINKS.splitlines()[1].replace("a,10,11", "z,11,11")
    folder = write(tmp_path, link=LINKS + loop + "\n", demand=DEMAND + "1,7,3\n")
    found = "\n".join(faults(lambda: traffic.read_gmns(folder)))
    assert "d_zone_id = 7 is the zone of no node" in found
    tables = traffic.read_gmns_tables(folder, set_aside=True)
    assert tables.file_row[:4].tolist() == [0, 1, 2, 2]
    assert tables.set_aside.links.tolist() == [3]
    assert (tables.set_aside.trips.tolist(), tables.set_aside.demand) == ([1], 3.0)
    assert "set aside: 1, with 3 trips" in caplog.text
    found = traffic.assign(traffic.read_gmns(folder, set_aside=True), 1e-9)
    assert found.trips["demand"].sum() == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node": NODES.replace("node_id", "node_id,node_id", 1)}, "column node_id more than once"),
        ({"demand": DEMAND + "1,2,3,4,5\n"}, "demand.csv:3: has 5 cells, the header names 3"),
        ({"demand": DEMAND + "1,2,1_0\n"}, "volume = 1_0 is not a number"),
        ({"link": LINKS + '"' + "x" * 200_000}, "cannot be read: field larger than field limit"),
        ({"link": LINKS.replace("10,", "1" * 90 + ",", 1)}, "from_node_id = 1111"),
    ],
)
def test_tables_that_are_not_what_their_header_names_are_faults(tmp_path, change, message):
    with pytest.raises(CityDataError) as caught:
        traffic.read_gmns(write(tmp_path, **change))
    assert message in str(caught.value)
    assert len(str(caught.value)) < 3000


@pytest.mark.parametrize("case", ["base", "walk_blank"])
def test_a_footpath_makes_no_difference_to_cars(shared_data, case):
    folder = shared_data / "cases" / "gmns" / case
    if not folder.is_dir():
        pytest.skip(f"no case at {folder}")
    found = traffic.assign(traffic.read_gmns(folder), 1e-9)
    flow = found.links["flow_vehph"].to_numpy()
    assert flow[:4] == pytest.approx([1379.67, 1379.67, 120.33, 120.33], abs=0.01)
    assert flow[5] == 0.0  # the footpath, after both ways of link 4
