"""Reading tables: what is refused, all at once, and in which words."""

import re

import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.water.waters import junction, network, pipe, pump, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water

NODES = (reservoir(), junction("A", demand_m3s=0.01), tank())
LINKS = (pipe("p", "R", "A"), pipe("q", "A", "T"))


def with_row(rows, row, **changes):
    """Return rows with one of them changed."""
    rows = [dict(entry) for entry in rows]
    rows[row].update(changes)
    return rows


@pytest.mark.parametrize(
    ("row", "changes", "message"),
    [
        (1, {"elevation_m": None}, "nodes row 1 (A): elevation_m is missing"),
        (1, {"elevation_m": "high"}, "nodes row 1 (A): elevation_m is not a number"),
        (1, {"kind": "pond"}, "kind is 'pond', not one of junction, reservoir, tank"),
        (1, {"node": "R"}, "node is not unique"),
        (1, {"demand_m3s": 250.0}, "demand_m3s = 250 > 100\n  likely l/s"),
        (1, {"pattern": "nigt"}, "pattern 'nigt' is not given"),
        (1, {"full_pressure_m": 0.0}, "full_pressure_m is not above least_pressure_m"),
        (2, {"init_level_m": 9.0}, "min_level_m <= init_level_m <= max_level_m"),
        (2, {"diameter_m": 0.0}, "nodes row 2 (T): diameter_m = 0 <= 0"),
        (0, {"head_m": None}, "nodes row 0 (R): head_m is missing"),
    ],
)
def test_a_wrong_node_is_named_with_its_cure(row, changes, message):
    with pytest.raises(CityDataError, match=re.escape(message)):
        network(with_row(NODES, row, **changes), LINKS, patterns={"night": [1.0]})


@pytest.mark.parametrize(
    ("row", "changes", "message"),
    [
        (0, {"diameter_m": 300.0}, "diameter_m = 300 > 10\n  likely millimetres"),
        (0, {"length_m": 0.0}, "links row 0 (p): length_m = 0 <= 0"),
        (0, {"roughness": None}, "roughness is missing"),
        (0, {"to_node": "Z"}, "to_node is 'Z', which is no node"),
        (0, {"to_node": "R"}, "links row 0 (p): joins a node to itself"),
        (1, {"link": "p"}, "link is not unique"),
        (1, {"kind": "valve"}, "kind is 'valve', not one of pipe, pump"),
        (1, {"kind": "pump", "curve": None}, "curve is not a list"),
        (1, {"kind": "pump", "curve": [(0.0, 3.0)]}, "is not positive"),
        (1, {"kind": "pump", "curve": [(0.1, 2.0), (0.2, 3.0)]}, "rising flows and falling"),
        (1, {"kind": "pump", "curve": [(0, 1), (1, 2), (2, 3)]}, "rising flows and falling heads"),
        (1, {"kind": "pump", "curve": "steep"}, "curve is not a list"),
    ],
)
def test_a_wrong_link_is_named_with_its_cure(row, changes, message):
    with pytest.raises(CityDataError, match=re.escape(message)):
        network(NODES, with_row(LINKS, row, **changes))


def test_all_faults_come_at_once():
    nodes = with_row(NODES, 1, elevation_m=None, demand_m3s=1e6)
    links = with_row(with_row(LINKS, 0, diameter_m=-1.0), 1, from_node="nowhere")
    with pytest.raises(CityDataError) as caught:
        network(nodes, links)
    assert len(caught.value.faults) == 4


def test_a_network_without_a_given_head_is_refused():
    with pytest.raises(CityDataError, match="has no reservoir and no tank"):
        network([junction("A"), junction("B")], [pipe("p", "A", "B")])


def test_a_table_without_its_id_column_is_refused():
    links = pd.DataFrame(LINKS).rename(columns={"link": "pipe"})
    with pytest.raises(CityDataError, match="links: has no column link"):
        water.WaterNetwork.from_frames(pd.DataFrame(NODES), links)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pattern_step_s": 0.0}, "pattern_step_s = 0 <= 0"),
        ({"patterns": {"day": []}}, "'day' has no factors"),
        ({"viscosity_m2s": 0.0}, "viscosity_m2s = 0 <= 0"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(CityDataError, match=re.escape(message)):
        network(NODES, LINKS, **options)


def test_a_pump_row_needs_no_pipe_columns():
    net = network(NODES, [pump("u", "R", "A", (0.1, 20.0)), LINKS[1]])
    assert net.is_pump.tolist() == [True, False]
    assert net.pump_lift_m[0] == pytest.approx(80.0 / 3.0)


def test_patterns_repeat_and_the_first_is_constant():
    net = network(NODES, LINKS, patterns={"day": [0.5, 1.5]}, pattern_step_s=7200.0)
    factors = net.factors(np.array([0.0, 7199.0, 7200.0, 14400.0]))
    assert factors[:, 0].tolist() == [1.0] * 4
    assert factors[:, 1].tolist() == [0.5, 0.5, 1.5, 0.5]
