"""Networks of pandapipes without pandapipes: its file, its tables, what is refused."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.base import SolveStatus


def net(**changes):
    """Return a line of two consumers as tables of pandapipes."""
    tables = {
        "junction": pd.DataFrame({"height_m": 0.0, "in_service": True}, index=range(8)),
        "junction_geodata": pd.DataFrame({"x": np.arange(8.0) % 4, "y": 0.0}, index=range(8)),
        "pipe": pd.DataFrame(
            {"from_junction": [0, 1, 6, 5], "to_junction": [1, 2, 5, 4], "length_km": 0.1,
             "inner_diameter_mm": 100.0, "outer_diameter_mm": [np.nan, 110.0, np.nan, 110.0],
             "k_mm": 0.1, "u_w_per_m2k": 1.0, "text_k": 283.15, "in_service": True}
        ),
        "valve": pd.DataFrame(
            {"from_junction": [2], "to_junction": [3], "diameter_m": 0.1, "opened": True,
             "loss_coefficient": 2.0}
        ),
        "heat_consumer": pd.DataFrame(
            {"from_junction": [1, 3], "to_junction": [5, 6], "qext_w": [1e5, 5e4],
             "controlled_mdot_kg_per_s": [np.nan, 0.5], "deltat_k": np.nan,
             "treturn_k": [323.15, np.nan], "in_service": True}
        ),
        "circ_pump_pressure": pd.DataFrame(
            {"return_junction": [4], "flow_junction": [0], "p_flow_bar": 9.0, "plift_bar": 4.0,
             "t_flow_k": 363.15, "in_service": True}
        ),
    }  # fmt: skip
    return {**tables, **changes}


def test_tables_become_a_network_that_solves():
    made = heat.read_pandapipes(net())
    assert list(made.pipes["side"]) == ["supply", "supply", "return", "return", "supply"]
    assert made.pipes["loss_w_m2k"].to_numpy() == pytest.approx([1.0, 1.1, 1.0, 1.1, 0.0])
    assert made.pipes["length_m"].iloc[-1] == pytest.approx(2.0 * 0.1 / 0.02)
    assert len(made.nodes) == 7  # nothing touches junction 7
    found = heat.solve(made)
    assert found.status is SolveStatus.CONVERGED
    assert found.consumers["delivered_w"].to_numpy() == pytest.approx([1e5, 5e4], rel=1e-6)
    assert found.consumers["mass_flow_kgs"].iloc[1] == pytest.approx(0.5)
    assert found.consumers["return_temp_c"].iloc[0] == pytest.approx(50.0)


def test_consumers_by_temperature_difference_and_by_flow_and_return():
    tables = net()
    tables["heat_consumer"] = tables["heat_consumer"].assign(
        qext_w=[1e5, np.nan], deltat_k=[30.0, np.nan], treturn_k=[np.nan, 323.15]
    )
    found = heat.solve(heat.read_pandapipes(tables)).consumers
    assert found["delivered_w"].iloc[0] == pytest.approx(1e5, rel=1e-6)
    fall_k = found["supply_temp_c"] - found["return_temp_c"]
    assert fall_k.iloc[0] == pytest.approx(30.0, abs=0.1)
    assert found["return_temp_c"].iloc[1] == pytest.approx(50.0)
    assert found["mass_flow_kgs"].iloc[1] == pytest.approx(0.5)


def test_closed_valves_and_rows_out_of_service_carry_nothing():
    tables = net()
    tables["valve"]["opened"] = False
    found = heat.solve(heat.read_pandapipes(tables))
    assert found.consumers["status"].iloc[1] == "cut off"
    tables = net()
    tables["heat_consumer"]["in_service"] = [True, False]
    assert len(heat.read_pandapipes(tables).consumers) == 1


REFUSED = {
    r"ext_grid row 0: has 1 rows in service": {
        "ext_grid": pd.DataFrame({"junction": [0], "in_service": True})
    },
    "circ_pump_pressure: is not there": {"circ_pump_pressure": None},
    "diameter_m rows 0, 1, 2, 3: E-VALUE is below 0.001 m": {
        "pipe": net()["pipe"].assign(inner_diameter_mm=-100.0, outer_diameter_mm=np.nan)
    },
    "pipe.loss_coefficient row 0: = 3": {"pipe": net()["pipe"].assign(loss_coefficient=3.0)},
    "pipe.k_mm: is not there": {"pipe": net()["pipe"].drop(columns="k_mm")},
    "pipe.u_w_per_m2k: is not there": {"pipe": net()["pipe"].drop(columns="u_w_per_m2k")},
    "joins the supply side to the return side": {
        "pipe": pd.concat(
            [net()["pipe"], net()["pipe"].iloc[[0]].assign(to_junction=4)], ignore_index=True
        )
    },
    "is not below the supply temperature": {
        "heat_consumer": net()["heat_consumer"].assign(treturn_k=[400.0, np.nan])
    },
    "there is no source": {"circ_pump_pressure": net()["circ_pump_pressure"].iloc[:0]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_wrong_is_refused_with_place_and_cure(message):
    tables = {name: frame for name, frame in net(**REFUSED[message]).items() if frame is not None}
    with pytest.raises(CityDataError, match=message):
        heat.read_pandapipes(tables)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(CityDataError, match="cannot be read"):
        heat.read_pandapipes(tmp_path / "nothing.json")
    for text in ("[1, 2]", "{", '{"_object": 3}'):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(CityDataError, match="is not a network of pandapipes"):
            heat.read_pandapipes(tmp_path / "other.json")


def test_a_written_file_reads_as_its_tables(tmp_path):
    frames = {
        name: {
            "_class": "DataFrame",
            "_object": frame.to_json(orient="split"),
        }
        for name, frame in net().items()
    }
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"_class": "pandapipesNet", "_object": {**frames, "name": "x"}}))
    one, other = heat.read_pandapipes(path), heat.read_pandapipes(net())
    pd.testing.assert_frame_equal(one.pipes, other.pipes, check_dtype=False)
    pd.testing.assert_frame_equal(one.consumers, other.consumers, check_dtype=False)


def test_the_network_of_schutterwald_is_read_and_solved(shared_data):
    path = Path(shared_data) / "city" / "schutterwald" / "sw_heat.json"
    if not path.is_file():
        pytest.skip(f"no network at {path}")
    made = heat.read_pandapipes(path)
    assert (len(made.consumers), len(made.nodes)) == (44, 488)
    assert len(made.pipes) == 486  # with four valves
    found = heat.solve(made)
    assert found.status is SolveStatus.CONVERGED
    assert np.isfinite(found.nodes["temp_c"]).all()
    assert abs(found.raw.energy_error) < 1e-8


def test_export_holds_lines_points_and_results(tmp_path):
    made = heat.read_pandapipes(net())
    paths = heat.to_geoparquet(made, tmp_path / "out", crs="EPSG:32642", solution=heat.solve(made))
    assert [path.name for path in paths] == [
        "nodes.parquet", "pipes.parquet", "consumers.parquet", "sources.parquet"
    ]  # fmt: skip
    tables = {path.stem: gpd.read_parquet(path) for path in paths}
    assert tables["pipes"].crs.to_epsg() == 32642
    assert tables["pipes"].geometry.iloc[0].coords[:] == [(0.0, 0.0), (1.0, 0.0)]
    assert {"mass_flow_kgs", "loss_w", "length_m"} <= set(tables["pipes"])
    assert {"delivered_w", "return_temp_c", "return_temp_c_found"} <= set(tables["consumers"])


def test_export_without_places_is_refused(tmp_path):
    tables = net()
    del tables["junction_geodata"]
    with pytest.raises(CityDataError, match="has no places"):
        heat.to_geoparquet(heat.read_pandapipes(tables), tmp_path, crs="EPSG:32642")
    tables = net()
    tables["junction_geodata"].loc[2, "x"] = np.nan
    with pytest.raises(CityDataError, match="'2' has no place; 1 such"):
        heat.to_geoparquet(heat.read_pandapipes(tables), tmp_path, crs="EPSG:32642")


def test_what_a_net_leaves_out_has_the_default_of_pandapipes():
    tables = net()
    tables["pipe"]["text_k"] = [None, 283.15, np.nan, None]
    tables["junction"]["height_m"] = None
    tables["junction"]["in_service"] = None
    tables["valve"]["opened"] = None
    made = heat.read_pandapipes(tables)
    assert list(made.pipes["ambient_c"])[:4] == pytest.approx([20.0, 10.0, 20.0, 20.0])
    assert (made.nodes["elevation_m"] == 0.0).all()
    assert not made.pipes["closed"].any()
    tables["user_pf_options"] = {"ambient_temperature": 281.15}
    tables["pipe"] = tables["pipe"].drop(columns="text_k")
    tables["junction"] = tables["junction"].drop(columns="height_m")
    assert list(heat.read_pandapipes(tables).pipes["ambient_c"])[:4] == pytest.approx([8.0] * 4)


def test_a_file_without_ambient_temperatures_has_that_of_pandapipes(shared_data):
    path = Path(shared_data) / "cases" / "heat" / "text_none.json"
    if not path.is_file():
        pytest.skip(f"no case at {path}")
    made = heat.read_pandapipes(path)
    assert (made.pipes["ambient_c"] == 20.0).all()
    assert heat.solve(made).status is SolveStatus.CONVERGED


DROPPED = {
    "pipe.to_junction row 0: = 99 is no junction; 1 such": {
        "pipe": net()["pipe"].assign(to_junction=[99, 2, 5, 4])
    },
    "heat_consumer.from_junction row 1: = nan is no junction": {
        "heat_consumer": net()["heat_consumer"].assign(from_junction=[1, np.nan])
    },
    r"dynamic_valve row 0: has 1 rows in service; this component is not known": {
        "dynamic_valve": pd.DataFrame({"from_junction": [0], "to_junction": [1]})
    },
    "junction row 3: stands more than once": {
        "junction": pd.DataFrame({"height_m": 0.0}, index=[0, 1, 2, 3, 3, 4, 5, 6])
    },
    "heat_consumer row 0: gives 3 of qext_w, controlled": {
        "heat_consumer": net()["heat_consumer"].assign(deltat_k=[30.0, np.nan])
    },
    "fluid: = hydrogen, whose properties are not read": {"fluid": {"name": "hydrogen"}},
    "ambient_temperature: = warm is not a number": {
        "user_pf_options": {"ambient_temperature": "warm"}
    },
}


@pytest.mark.parametrize("message", DROPPED)
def test_nothing_of_a_net_is_dropped_in_silence(message):
    with pytest.raises(CityDataError, match=message):
        heat.read_pandapipes({**net(), **DROPPED[message]})


def test_another_fluid_is_read_where_its_properties_are_given():
    tables = {**net(), "fluid": {"name": "glycol"}}
    made = heat.read_pandapipes(tables, fluid=heat.constant_fluid(1030.0, 1e-3, 3600.0))
    assert heat.solve(made).status is SolveStatus.CONVERGED
