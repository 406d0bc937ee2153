"""Published equilibria of the Transportation Networks for Research collection.

The data are for research only and not part of the project; each test that needs them skips
without. Sioux Falls also comes with aequilibrae, so that any machine with it runs one case.
"""

import contextlib
import importlib.util
import json
import sqlite3
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.flows import traffic
from twin.flows.base import SolveStatus

SIOUX_FALLS_OBJECTIVE = 4231335.28710744
"""Best known, Transportation Networks for Research (x 1e5 in its README: 42.31335287107440)."""


def _load(shared_data, name):
    folder = shared_data / "traffic" / name
    if not folder.is_dir():
        pytest.skip(f"no network {name} at {folder.parent}")
    meta = json.loads((folder / "meta.json").read_text())
    net = traffic.read_tntp(
        next(folder.glob("tntp/*_net.tntp")),
        next(folder.glob("tntp/*_trips.tntp")),
        meta["toll_factor"],
        meta["distance_factor"],
    )
    return net, meta["reference_eval"]["objective"], folder


@pytest.mark.parametrize(
    "name",
    ["Braess", "SiouxFalls", "EMA", "Anaheim", "BerlinMitteCenter", "BerlinMPFC", "ChicagoSketch"],
)
def test_objective_and_flows_are_the_published_ones(shared_data, name):
    net, objective, folder = _load(shared_data, name)
    found = traffic.assign(net, 1e-12)
    assert found.status is SolveStatus.CONVERGED
    assert found.objective == pytest.approx(objective, rel=1e-12)
    assert found.imbalance_vehph <= 1e-6
    assert found.unserved == 0.0
    # flows are unique only where cost rises with flow
    flow = pd.read_parquet(folder / "reference_flow.parquet")["flow"].to_numpy()
    rises = net.free_flow_time * net.b > 0.0
    assert np.sqrt(np.mean((found.flow_vehph - flow)[rises] ** 2)) < 0.01


@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim", "ChicagoSketch"])
def test_the_evaluation_of_published_flows_gives_the_published_objective(shared_data, name):
    net, objective, folder = _load(shared_data, name)
    flow = pd.read_parquet(folder / "reference_flow.parquet")["flow"].to_numpy()
    found = traffic.evaluate(net, flow)
    assert found.objective == pytest.approx(objective, rel=1e-12)
    assert found.relative_gap < 1e-13


def test_a_closure_changes_travel_time_as_a_precise_solve_says(shared_data):
    net, _, _ = _load(shared_data, "Anaheim")
    base = traffic.assign(net, 1e-6)
    busy = np.argsort(-base.flow_vehph, kind="stable")[:5]
    cut = net.capacity.copy()
    cut[busy] *= 0.3
    changed = net.with_values(capacity=cut)
    warm = traffic.assign(changed, 1e-6, start=base).total_travel_time - base.total_travel_time
    exact = [traffic.assign(each, 1e-11).total_travel_time for each in (net, changed)]
    assert warm == pytest.approx(exact[1] - exact[0], rel=0.01)


def test_sinks_without_exit_take_no_through_traffic(shared_data):
    net, _, _ = _load(shared_data, "BerlinMitteCenter")
    found = traffic.assign(net, 1e-9)
    sinks = np.setdiff1d(net.term_node, net.init_node)
    assert sinks.size == 5
    assert found.flow_vehph[np.isin(net.term_node, sinks)].sum() == 0.0


def _sioux_falls_of_aequilibrae(folder):
    """Return the network out of the example project that aequilibrae ships, or skip."""
    spec = importlib.util.find_spec("aequilibrae")
    if spec is None or spec.origin is None or importlib.util.find_spec("openmatrix") is None:
        pytest.skip("aequilibrae with openmatrix is not installed (dependency group `bench`)")
    archive = Path(spec.origin).parent / "reference_files" / "sioux_falls.zip"
    if not archive.is_file():
        pytest.skip(f"this aequilibrae brings no {archive.name}")
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pytables
        import openmatrix

        with openmatrix.open_file(str(folder / "matrices" / "demand.omx")) as file:
            matrix = np.array(file["matrix"])
    query = (
        "select a_node init_node, b_node term_node, capacity_ab capacity, free_flow_time, b, power"
        " from links order by link_id"
    )
    with contextlib.closing(sqlite3.connect(folder / "project_database.sqlite")) as database:
        links = pd.read_sql(query, database)
    origin, dest = np.nonzero(matrix)
    trips = pd.DataFrame({"origin": origin + 1, "dest": dest + 1, "demand": matrix[origin, dest]})
    return traffic.TrafficNetwork.from_frames(links, trips)


def test_sioux_falls_of_aequilibrae_has_the_published_objective(tmp_path):
    found = traffic.assign(_sioux_falls_of_aequilibrae(tmp_path), 1e-12)
    assert found.objective == pytest.approx(SIOUX_FALLS_OBJECTIVE, rel=1e-12)
