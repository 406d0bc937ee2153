"""Links: where they close loops, and a city with them laid."""

import dataclasses

import numpy as np
import pytest

from tests.builders import grid_city
from twin.city.heat_loops import with_heat_loops
from twin.city.validate import require_valid


@pytest.fixture
def comb():
    """Return a grid city whose heat network is a row and columns that hang on it."""
    city = grid_city(4, 4)
    edges = city.util_edges
    heat = (edges["network"] == "heat").to_numpy()
    row = np.abs(edges["head"] - edges["tail"]).to_numpy() == 1
    first = int(city.util_nodes.index[city.util_nodes["network"] == "heat"][0])
    below = edges[["tail", "head"]].min(axis=1).to_numpy() - first >= 4
    kept = edges[~(heat & row & below)].reset_index(drop=True)
    kept["util_edge_id"] = np.arange(len(kept), dtype=np.int32)
    return dataclasses.replace(city, util_edges=kept)


def test_no_links_leave_the_city_as_it_is(comb):
    assert with_heat_loops(comb, 0, 2026) is comb


def test_links_are_lawful_pipes_at_the_end_of_the_table(comb):
    linked = with_heat_loops(comb, 2, 2026)
    require_valid(linked)
    n = len(comb.util_edges)
    new = linked.util_edges.iloc[n:]
    assert len(new) == 2
    assert linked.util_edges.iloc[:n].equals(comb.util_edges)
    assert (new["network"] == "heat").all()
    assert (new["built_year"] == 2026).all()
    assert new["length_m"].to_numpy() == pytest.approx(1.25 * new.geometry.length.to_numpy())


def test_the_first_link_joins_ends_of_branches_and_not_neighbours_on_one(comb):
    new = with_heat_loops(comb, 1, 2026).util_edges.iloc[-1]
    first = int(comb.util_nodes.index[comb.util_nodes["network"] == "heat"][0])
    a, b = int(new["tail"]) - first, int(new["head"]) - first
    assert a % 4 != b % 4
    pairs = set(zip(comb.util_edges["tail"], comb.util_edges["head"], strict=True))
    assert (new["tail"], new["head"]) not in pairs


def test_more_links_secure_further_branches(comb):
    new = with_heat_loops(comb, 3, 2026).util_edges.iloc[len(comb.util_edges) :]
    first = int(comb.util_nodes.index[comb.util_nodes["network"] == "heat"][0])
    columns = {
        (int(node) - first) % 4 for node in (*new["tail"], *new["head"]) if node - first < 16
    }
    assert len(columns) >= 3
