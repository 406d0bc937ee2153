"""Bad tables and files are refused with every fault, its place and its cure."""

import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows import traffic

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3
<END OF METADATA>

~ init term capacity length time b power speed toll type ;
 1 3 100 2.0 1.5 0.15 4 30 10 1 ;
 3 2 100 2.0 1.5 0.15 4 30 0 1;
 2 3 100 2.0 1.5 0.15 4 30 0 1 ;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 7.5
<END OF METADATA>
Origin 1
 1 : 2.5; 2 : 5.0;
"""


def _read(folder, net=NET, trips=TRIPS, **factors):
    (folder / "a_net.tntp").write_text(net)
    (folder / "a_trips.tntp").write_text(trips)
    return traffic.read_tntp(folder / "a_net.tntp", folder / "a_trips.tntp", **factors)


def _faults(call):
    with pytest.raises(CityDataError) as caught:
        call()
    return [str(fault) for fault in caught.value.faults]


def _frames(**changes):
    links = {
        "init_node": [1, 2],
        "term_node": [2, 1],
        "capacity": [10.0, 10.0],
        "free_flow_time": [1.0, 1.0],
        "b": [0.15, 0.15],
        "power": [4.0, 4.0],
    }
    trips = {"origin": [1], "dest": [2], "demand": [3.0]}
    links |= {key: value for key, value in changes.items() if key not in trips}
    trips |= {key: value for key, value in changes.items() if key in trips}
    return pd.DataFrame(links), pd.DataFrame(trips)


def test_a_tntp_pair_is_read_with_tolls_and_distances_as_cost(tmp_path):
    net = _read(tmp_path, toll_factor=0.1, distance_factor=0.5)
    assert net.class_cost.tolist() == [[2.0, 1.0, 1.0]]
    assert (net.first_thru_node, net.intrazonal) == (3, 2.5)
    assert (net.origin.tolist(), net.dest.tolist(), net.demand.tolist()) == ([1], [2], [5.0])


def test_bad_lines_of_both_files_are_named_by_file_and_line(tmp_path):
    net = NET.replace(" 3 2 100", " 3 9 100").replace(" 2 3 100 2.0", " 2 x 100 2.0")
    net = net.replace("1 3 100 2.0 1.5 0.15 4 30 10 1", "1 3 100")
    trips = TRIPS.replace("2 : 5.0", "7 : 5.0; 2 = 1") + "Origin 8\n"
    found = "\n".join(_faults(lambda: _read(tmp_path, net, trips)))
    assert "a_net.tntp:8: has 3 fields, 9 are needed" in found
    assert "a_net.tntp:9: term_node = 9 is not between 1 and 3" in found
    assert "a_net.tntp:10: " in found
    assert "a_trips.tntp:5: zone 7 is unknown" in found
    assert "a_trips.tntp:5: '2 = 1' is not `zone : trips`" in found
    assert "a_trips.tntp:6: 'Origin 8' names no zone" in found


def test_bad_values_in_a_file_are_named_by_file_and_line(tmp_path):
    net = NET.replace("3 2 100 2.0 1.5", "3 2 0 2.0 -1.5")
    found = _faults(lambda: _read(tmp_path, net, TRIPS.replace("5.0", "-5.0")))
    assert [text.split("\n")[0] for text in found] == [
        "a_net.tntp:9: capacity = 0 is not a number over 0",
        "a_net.tntp:9: free_flow_time = -1.5 is not a number of 0 or more",
        "a_trips.tntp:5: demand = -5 is not a number of 0 or more",
    ]


def test_files_that_are_no_tntp_files_are_refused(tmp_path):
    with pytest.raises(CityDataError, match="has no <END OF METADATA>"):
        _read(tmp_path, net="1 2 3\n")
    with pytest.raises(CityDataError, match="cannot be read: No such file"):
        traffic.read_tntp(tmp_path / "none", tmp_path / "none")
    with pytest.raises(CityDataError, match="has 3 links, <NUMBER OF LINKS> states 4"):
        _read(tmp_path, net=NET.replace("LINKS> 3", "LINKS> 4"))
    with pytest.raises(CityDataError, match="<NUMBER OF NODES> 'many'"):
        _read(tmp_path, net=NET.replace("NODES> 3", "NODES> many"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"capacity": [10.0, 0.0]}, "links row 1: capacity = 0 is not a number over 0"),
        ({"free_flow_time": [-1.0, 1.0]}, "links row 0: free_flow_time = -1"),
        ({"free_flow_time": [np.nan, 1.0]}, "links row 0: free_flow_time = nan"),
        ({"b": [0.1, -0.1]}, "links row 1: b = -0.1"),
        ({"power": [-1.0, 4.0]}, "links row 0: power = -1"),
        ({"fixed_cost": [0.0, -2.0]}, "links row 1: fixed_cost = -2"),
        ({"init_node": [1.5, 2.0]}, "links row 0: init_node = 1.5 is no node number"),
        ({"init_node": ["a", "b"]}, "init_node: holds values that are no numbers"),
        ({"init_node": [2, 2]}, "links row 0: link leads from node 2 to itself"),
        ({"demand": [-3.0]}, "trips row 0: demand = -3"),
        ({"dest": [4]}, "trips row 0: trips 1 -> 4: zone 4 is without an entry"),
        ({"origin": [4]}, "trips row 0: trips 4 -> 2: zone 4 is without an exit"),
    ],
)
def test_a_bad_value_is_refused_with_its_row(changes, message):
    with pytest.raises(CityDataError) as caught:
        traffic.TrafficNetwork.from_frames(*_frames(**changes))
    assert message in str(caught.value)


def test_missing_columns_are_named():
    links, trips = _frames()
    found = _faults(
        lambda: traffic.TrafficNetwork.from_frames(
            links.drop(columns="b"), trips.drop(columns="dest")
        )
    )
    assert [text.split("\n")[0] for text in found] == [
        "links: has no column b",
        "trips: has no column dest",
    ]


def test_nodes_of_a_tntp_pair_may_have_any_numbers(tmp_path):
    net = NET.replace(" 1 3 ", " 7001 903 ").replace(" 3 2 ", " 903 7002 ")
    net = net.replace(" 2 3 ", " 7002 903 ").replace("THRU NODE> 3", "THRU NODE> 1")
    trips = TRIPS.replace("Origin 1", "Origin 7001").replace("1 : 2.5", "7001 : 2.5")
    made = _read(tmp_path, net, trips.replace("2 : 5.0", "7002 : 5.0"))
    assert (made.origin.tolist(), made.dest.tolist(), made.demand.tolist()) == ([7001], [7002], [5])
    assert made.intrazonal == 2.5


def test_too_many_nodes_are_named_by_those_beyond_the_count(tmp_path):
    net = NET.replace(" 3 2 ", " 3 8 ").replace(" 2 3 ", " 9 3 ")
    found = _faults(lambda: _read(tmp_path, net))
    assert [text.split("\n")[0] for text in found] == [
        "a_net.tntp:10: init_node = 9 is not between 1 and 3",
        "a_net.tntp:9: term_node = 8 is not between 1 and 3",
    ]


LOOPED = NET.replace("LINKS> 3", "LINKS> 4") + " 3 3 100 2.0 1.5 0.15 4 30 0 1 ;\n"
ISOLATED = TRIPS.replace("ZONES> 2", "ZONES> 4") + " 4 : 1.5;\nOrigin 4\n 2 : 3.0; 4 : 9.0;\n"


def test_loops_and_isolated_zones_are_faults_unless_they_are_set_aside(tmp_path, caplog):
    net = LOOPED.replace("ZONES> 2", "ZONES> 4")
    found = "\n".join(_faults(lambda: _read(tmp_path, net, ISOLATED)))
    assert "a_net.tntp:11: link leads from node 3 to itself" in found
    assert "trips 4 -> 2: zone 4 is without an exit" in found
    assert "trips 1 -> 4: zone 4 is without an entry" in found
    made = _read(tmp_path, net, ISOLATED, set_aside=True)
    assert (made.set_aside.links.tolist(), made.set_aside.trips.tolist()) == ([3], [2, 3])
    assert (made.set_aside.zones.tolist(), made.set_aside.demand) == ([4], 4.5)
    assert (made.origin.tolist(), made.demand.tolist()) == ([1], [5.0])
    assert made.intrazonal == 11.5
    assert "links from a node to itself, set aside: 1" in caplog.text
    assert "set aside: 2, with 4.5 trips: zones 4" in caplog.text
    whole = _read(tmp_path, set_aside=True)
    assert whole.set_aside.links.size == whole.set_aside.trips.size == 0


@pytest.mark.parametrize(
    "change", [("<END", "<CASE> Town-Asym\n<END"), ("~ init", "~ asymmetric init")]
)
def test_a_data_set_of_asymmetric_costs_is_reported(tmp_path, caplog, change):
    _read(tmp_path)
    assert caplog.text == ""
    _read(tmp_path, NET.replace(*change))
    assert "costs are asymmetric" in caplog.text


def test_trips_that_do_not_add_up_to_the_stated_total_are_reported(tmp_path, caplog):
    _read(tmp_path, trips=TRIPS.replace("FLOW> 7.5", "FLOW> 70.5"))
    assert "trips add up to 7.5, <TOTAL OD FLOW> states 70.5" in caplog.text


@pytest.mark.parametrize(
    ("net", "trips", "message"),
    [
        (NET.replace("NODES> 3", "NODES> ²"), TRIPS, "<NUMBER OF NODES> '²'"),
        (NET, TRIPS.replace("Origin 1", "Origin ²"), "a_trips.tntp:4: 'Origin ²' names no zone"),
        (NET, TRIPS.replace("2.5", "2_5"), "'1 : 2_5' is not `zone : trips`"),
        (NET, TRIPS.replace("Origin 1\n", ""), "a_trips.tntp:4: stands before any `Origin`"),
        (NET.replace("100 2.0", "nan 2.0"), TRIPS, "'nan' is not a number"),
        (NET.replace("NODES> 3", "NODES> " + "9" * 5000), TRIPS, "<NUMBER OF NODES> '999"),
        (NET.replace(" 1 3 ", " 1e300 3 "), TRIPS, "init_node = 1e"),
    ],
)
def test_numbers_that_are_none_are_faults_and_no_failures(tmp_path, net, trips, message):
    with pytest.raises(CityDataError) as caught:
        _read(tmp_path, net, trips)
    assert message in str(caught.value)


def test_a_long_list_of_faults_is_cut_with_counts_by_kind(tmp_path):
    lines = "".join(f" 1 {n} 0 2.0 -1.5 0.15 4 30 0 1 ;\n" for n in range(2, 20_002))
    head = "<NUMBER OF ZONES> 2\n<END OF METADATA>\n"
    with pytest.raises(CityDataError) as caught:
        _read(tmp_path, head + lines)
    text = str(caught.value)
    assert len(text) < 2000
    assert len(caught.value.faults) == 40_000
    assert text.startswith("40000 faults of 2 kinds; the first of each kind:")
    assert text.count("... and 19997 more of this kind") == 2
