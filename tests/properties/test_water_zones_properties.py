"""Zones behind valves that may not let enough pass, against trying which can be supplied."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.naive import water_zones
from tests.unit.flows.water.waters import junction, network, pipe, reservoir
from twin.flows import water
from twin.flows.base import SolveStatus


@st.composite
def branches(draw):
    """Return nodes, links and zones: a main with one to three zones, each behind a valve."""
    unit = st.floats(0.0, 1.0)
    nodes = [reservoir("R", 40.0 + 40.0 * draw(unit)), junction("main", 5.0, 0.003)]
    links = [pipe("feed", "R", "main", length_m=200.0 + 800.0 * draw(unit), diameter_m=0.2)]
    zones = []
    for i in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["prv", "psv", "fcv"]))
        setting = 0.001 + 0.02 * draw(unit) if kind == "fcv" else 5.0 + 60.0 * draw(unit)
        names = (f"in{i}", f"end{i}")
        nodes += [junction(name, 10.0 * draw(unit), 0.002 + 0.01 * draw(unit)) for name in names]
        valve = {"link": f"v{i}", "kind": kind, "from_node": f"tee{i}", "to_node": names[0]}
        nodes.append(junction(f"tee{i}", 5.0))
        links += [
            pipe(f"tee{i}", "main", f"tee{i}", length_m=100.0, diameter_m=0.2),
            valve | {"setting": setting, "diameter_m": 0.2},
            pipe(f"p{i}", *names, length_m=300.0, diameter_m=0.15),
        ]
        zones.append(frozenset(names))
    return nodes, links, zones


@settings(max_examples=15)
@given(branches())
def test_zones_are_cut_off_only_where_not_all_can_be_supplied(drawn):
    nodes, links, zones = drawn
    state = water.solve(network(nodes, links))
    assume(state.status is not SolveStatus.NOT_CONVERGED)
    fewest = water_zones.fewest_cut(nodes, links, zones)
    assume(fewest)
    supplied = dict(zip([row["node"] for row in nodes], state.supplied, strict=True))
    gone = {name for name, fed in supplied.items() if not fed}
    assert (gone == set()) == (fewest == [()])
    assert all(zone <= gone or zone.isdisjoint(gone) for zone in zones)
    heads = dict(zip([row["node"] for row in nodes], state.head_m, strict=True))
    left = water_zones.solutions(nodes, links, gone)
    misses = [max(abs(heads[name] - head) for name, head in one.items()) for one in left]
    assert np.min(misses) < 2e-3
