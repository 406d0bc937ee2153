import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.electricity.grids import changed, feeder, feeder_tables
from twin.core.errors import CityDataError, SolveError
from twin.flows.electricity import PowerNetwork, solve, solve_many


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("lines", "r_ohm_per_m", 0, -0.1, r"lines.r_ohm_per_m row 0: E-VALUE is below 0 ohm/m"),
        ("lines", "x_ohm_per_m", 1, -0.1, r"lines.x_ohm_per_m row 1: E-VALUE is below 0 ohm/m"),
        ("lines", "to_bus", 0, "x", r"lines.to_bus row 0: 'x' is not in buses"),
        ("lines", "to_bus", 0, "b0", r"lines.to_bus row 0: ends where it begins"),
        ("lines", "to_bus", 0, "mv", r"joins a bus of 400 V to one of 10000 V"),
        ("lines", "line", 0, "l1", r"lines.line row 1: 'l1' is given twice"),
        ("loads", "p_w", 0, np.nan, r"loads.p_w row 0: E-VALUE is not a finite number"),
        ("loads", "current_share_p", 0, 2.0, r"loads.current_share_p row 0: E-VALUE is over 1"),
        ("transformers", "copper_share", 0, 0.2, r"is over short_circuit_share"),
        ("transformers", "hv_end", 0, "shut", r"use one of wired, closed, open"),
        ("buses", "nominal_v", 1, 0.4, r"buses.nominal_v row 1: E-VALUE is below 1 V"),
    ],
)
def test_a_bad_value_is_refused_with_place_and_cure(table, column, row, value, message):
    tables = changed(table, column, row, value)
    for name, frame in tables.items():
        if frame is not None and name == table:
            defaults = {"hv_end": "wired", "current_share_p": 0.0}
            tables[name] = frame.fillna(defaults) if column in defaults else frame
    with pytest.raises(CityDataError, match=message):
        PowerNetwork(**tables)


def test_shares_of_a_load_over_one_are_refused():
    tables = feeder_tables(2)
    loads = tables["loads"].assign(current_share_q=0.7, impedance_share_q=0.7)
    with pytest.raises(CityDataError, match=r"sum to 1.4, over 1"):
        PowerNetwork(**(tables | {"loads": loads}))


@pytest.mark.parametrize("name", ["p_kw", "p", "p_mw"])
def test_a_load_in_another_unit_or_none_is_refused(name):
    tables = feeder_tables(2)
    loads = tables["loads"].rename(columns={"p_w": name})
    with pytest.raises(CityDataError, match=rf"loads.{name}: E-UNIT is not in W"):
        PowerNetwork(**(tables | {"loads": loads}))


def test_a_table_without_a_column_names_it():
    tables = feeder_tables(2)
    with pytest.raises(CityDataError, match=r"loads: E-COLUMN-MISSING has no column bus"):
        PowerNetwork(**(tables | {"loads": tables["loads"].drop(columns="bus")}))


def test_a_feeder_without_source_is_refused():
    tables = feeder_tables(2)
    with pytest.raises(CityDataError, match=r"E-NO-SOURCE there is no source"):
        PowerNetwork(**(tables | {"sources": tables["sources"].iloc[:0]}))


def test_a_line_without_impedance_is_refused():
    tables = feeder_tables(2)
    lines = tables["lines"].assign(r_ohm_per_m=0.0, x_ohm_per_m=0.0)
    with pytest.raises(CityDataError, match="neither resistance nor reactance"):
        PowerNetwork(**(tables | {"lines": lines}))


def test_sources_that_disagree_on_one_bus_are_refused():
    tables = feeder_tables(2)
    two = pd.DataFrame({"source": ["s", "u"], "bus": "mv", "voltage_share": [1.0, 1.01]})
    with pytest.raises(CityDataError, match="another source holds it differently"):
        PowerNetwork(**(tables | {"sources": two}))


def test_switches_between_voltages_are_refused():
    tables = feeder_tables(2)
    switches = pd.DataFrame({"switch": ["w"], "from_bus": "mv", "to_bus": "b1", "closed": [True]})
    with pytest.raises(CityDataError, match="joined by switches to a bus of"):
        PowerNetwork(**(tables | {"switches": switches}))


def test_transformers_side_by_side_of_different_vector_groups_are_refused():
    tables = feeder_tables(2)
    one = tables["transformers"].assign(shift_deg=0.0)
    both = pd.concat([one, one.assign(transformer="u", shift_deg=150.0)], ignore_index=True)
    with pytest.raises(CityDataError, match="turns the voltage by 150 degrees"):
        PowerNetwork(**(tables | {"transformers": both}))


def test_a_frequency_that_no_grid_has_is_refused():
    with pytest.raises(CityDataError, match="no frequency of a grid"):
        PowerNetwork(**feeder_tables(2), frequency_hz=0.0)


def test_powers_of_a_wrong_shape_are_refused():
    net = feeder(3)
    with pytest.raises(CityDataError, match="has 3 columns, the network has 2 loads"):
        solve(net, p_w=np.zeros(3))
    with pytest.raises(CityDataError, match=r"p_w\[0, 1\]: of load 'd2' is not a finite number"):
        solve(net, p_w=np.array([0.0, np.nan]))
    with pytest.raises(CityDataError, match="has 2 scenarios, q_var 3"):
        solve_many(net, p_w=np.zeros((2, 2)), q_var=np.zeros((3, 2)))


def test_admittances_that_cancel_are_reported():
    tables = feeder_tables(1, transformer=False)
    lines = tables["lines"].assign(length_m=100.0, c_f_per_m=0.0, r_ohm_per_m=0.0)
    x_ohm = 100.0 * 0.08e-3
    shunts = pd.DataFrame(
        {"shunt": ["c"], "bus": ["b0"], "p_w": [0.0], "q_var": [-(400.0**2) / x_ohm]}
    )
    with pytest.raises(SolveError, match="resonance"):
        PowerNetwork(**(tables | {"lines": lines, "loads": None, "shunts": shunts}))
