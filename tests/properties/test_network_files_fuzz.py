"""Damaged files of roads and heat networks: a network or faults, never another failure."""

import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.core.errors import CityDataError
from twin.flows import heat, traffic

TNTP = {
    "a_net.tntp": "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 3\n"
    "<NUMBER OF LINKS> 5\n<END OF METADATA>\n~ init term capacity length time b power speed toll\n"
    " 1 3 100 2 1.5 0.15 4 30 10 1 ;\n 3 4 100 2 1.5 0.15 4 30 0 1 ;\n"
    " 3 4 50 2 1.2 0.15 4 30 0 1;\n 4 2 100 2 1.5 0.15 4 30 0 1 ;\n"
    " 2 3 100 2 1.5 0.15 4 30 0 1 ;\n",
    "a_trips.tntp": "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 80\n<END OF METADATA>\n"
    "Origin 1\n 2 : 75.0;\nOrigin 2\n 2 : 5.0;\n",
}
GMNS = {
    "node.csv": "node_id,x_coord,y_coord,node_type,zone_id\n1,0,0,,1\n2,1,0,,\n3,2,0,,2\n",
    "link.csv": "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,"
    "allowed_uses\n1,1,2,1,1.0,60,900,2,auto\n2,2,3,0,1.0,60,900,1,\n3,1,3,1,0.5,5,,0,walk\n",
    "config.csv": "dataset_name,long_length,speed\nx,km,kph\n",
    "demand.csv": "o_zone_id,d_zone_id,volume\n1,2,150\n",
    "movement.csv": "mvmt_id,node_id,ib_link_id,ob_link_id\n1,2,1,2\n",
}
PIECES = [
    "", "nan", "inf", "-1", "1e400", "1_0", "²", "9" * 400, "\x00", ",", '"', "~", ";", "<", ">",
    "Origin", "\ufeff", "é", "1e300", "0x1", "\n", "\r\n", "\t", ":", "9007199254740993", "1e-320",
]  # fmt: skip
CELLS = [None, "", "x", -1, 0, 1e300, [1], {"a": 1}, True, 10**30, "1.0", 1.5, -273.15]
PLACES = st.floats(0.0, 1.0, exclude_max=True)
CUTS = st.lists(st.tuples(PLACES, st.integers(0, 9), st.sampled_from(PIECES)), max_size=4)


def damaged(text, cuts):
    """Replace pieces of a text by others."""
    for place, length, piece in cuts:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + length :]
    return text


def read_or_refuse(read):
    """Read, and let nothing but faults of a readable length pass."""
    message = "faults"
    try:
        return read()
    except CityDataError as error:
        message = str(error)
    assert 0 < len(message) < 20_000
    return None


@settings(max_examples=60)
@given(st.sampled_from(sorted(TNTP)), CUTS, st.booleans())
def test_damaged_tntp_files_are_read_or_refused(name, cuts, aside):
    with tempfile.TemporaryDirectory() as folder:
        for file, text in TNTP.items():
            Path(folder, file).write_text(damaged(text, cuts) if file == name else text, "utf-8")
        paths = [Path(folder, file) for file in TNTP]
        net = read_or_refuse(lambda: traffic.read_tntp(*paths, set_aside=aside))
    if net is not None and not aside:
        assert net.set_aside.links.size == net.set_aside.trips.size == 0


@settings(max_examples=60)
@given(st.sampled_from(sorted(GMNS)), CUTS, st.booleans())
def test_damaged_gmns_tables_are_read_or_refused(name, cuts, aside):
    with tempfile.TemporaryDirectory() as folder:
        for file, text in GMNS.items():
            Path(folder, file).write_text(damaged(text, cuts) if file == name else text, "utf-8")
        read_or_refuse(lambda: traffic.read_gmns(folder, set_aside=aside))


def tables():
    """Return a line of one consumer as pandapipes writes tables."""
    frames = {
        "junction": pd.DataFrame({"height_m": 0.0, "in_service": True}, index=range(4)),
        "pipe": pd.DataFrame(
            {"from_junction": [0, 2], "to_junction": [1, 3], "length_km": 0.1, "diameter_m": 0.1,
             "k_mm": 0.1, "u_w_per_m2k": 1.0, "text_k": [283.15, None], "in_service": True}
        ),
        "valve": pd.DataFrame(
            {"from_junction": [0], "to_junction": [1], "diameter_m": 0.1, "opened": True}
        ),
        "heat_consumer": pd.DataFrame(
            {"from_junction": [1], "to_junction": [2], "qext_w": 1e5, "treturn_k": 323.15}
        ),
        "circ_pump_pressure": pd.DataFrame(
            {"return_junction": [3], "flow_junction": [0], "p_flow_bar": 9.0, "plift_bar": 4.0,
             "t_flow_k": 363.15}
        ),
    }  # fmt: skip
    return {name: json.loads(frame.to_json(orient="split")) for name, frame in frames.items()}


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["cell", "drop", "double", "column"]), st.sampled_from(sorted(tables())),
        PLACES, PLACES, st.sampled_from(CELLS),
    ),
    max_size=3,
)  # fmt: skip


def changed(frames, changes):
    """Change cells, leave out rows or columns, or double rows."""
    for kind, name, down, across, cell in changes:
        data, names = frames[name]["data"], frames[name]["columns"]
        if not data or not names:
            continue
        row, column = int(down * len(data)), int(across * len(names))
        if kind == "cell":
            data[row][column] = cell
        elif kind == "drop":
            del data[row], frames[name]["index"][row]
        elif kind == "double":
            data.append(list(data[row]))
            frames[name]["index"].append(cell if isinstance(cell, (int, str)) else row)
        else:
            del names[column]
            for cells in data:
                del cells[column]
    return frames


@settings(max_examples=60)
@given(CHANGES, CUTS)
def test_damaged_nets_of_pandapipes_are_read_or_refused(changes, cuts):
    frames = {
        name: {"_class": "DataFrame", "_object": json.dumps(frame)}
        for name, frame in changed(tables(), changes).items()
    }
    text = json.dumps({"_class": "pandapipesNet", "_object": {**frames, "name": "x"}})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.json")
        path.write_text(damaged(text, cuts[: len(changes) % 2]), "utf-8")
        read_or_refuse(lambda: heat.read_pandapipes(path))


@settings(max_examples=20)
@given(st.permutations([5, 12, 7001, 900_000_000_001]))
def test_the_numbers_of_nodes_mean_nothing(numbers):
    name = dict(zip("1234", map(str, numbers), strict=True))
    head, links = TNTP["a_net.tntp"].split("speed toll\n")
    head = head.replace("THRU NODE> 3", "THRU NODE> 1") + "speed toll\n"
    rows = [line.split() for line in links.replace(";", "").splitlines()]
    links = "".join(f"{name[r[0]]} {name[r[1]]} {' '.join(r[2:])} ;\n" for r in rows)
    trips = TNTP["a_trips.tntp"].replace("Origin 1", f"Origin {name['1']}")
    trips = trips.replace("Origin 2", f"Origin {name['2']}").replace(" 2 :", f" {name['2']} :")
    with tempfile.TemporaryDirectory() as folder:
        texts = (TNTP["a_net.tntp"].replace("NODE> 3", "NODE> 1"), head + links)
        found = []
        for net_text, trip_text in zip(texts, (TNTP["a_trips.tntp"], trips), strict=True):
            Path(folder, "n").write_text(net_text, "utf-8")
            Path(folder, "t").write_text(trip_text, "utf-8")
            net = traffic.read_tntp(Path(folder, "n"), Path(folder, "t"))
            found.append(traffic.assign(net, 1e-10).objective)
    assert found[1] == pytest.approx(found[0], rel=1e-9)
