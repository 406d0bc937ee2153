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
