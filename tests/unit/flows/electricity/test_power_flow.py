import numpy as np
import pandas as pd
import pytest

from tests.naive import electricity as naive
from tests.unit.flows.electricity.grids import changed, feeder, feeder_tables
from twin.core.errors import CityDataError, SolveError
from twin.flows.electricity import PowerNetwork, Tolerance, kernels, solve, solve_many
from twin.flows.electricity.power_grid import solve_by_power_grid_model


def phasors(solution):
    buses = solution.buses
    return (buses["voltage_share"] * np.exp(1j * np.radians(buses["angle_deg"]))).to_numpy()


def two_bus_voltage(p_w, q_var, r_ohm, x_ohm, nominal_v=400.0, source=1.02):
    """The larger root of V^4 + (2 (R P + X Q) - V0^2) V^2 + |Z|^2 |S|^2 = 0, in volts."""
    square = (source * nominal_v) ** 2
    b = 2 * (r_ohm * p_w + x_ohm * q_var) - square
    c = (r_ohm**2 + x_ohm**2) * (p_w**2 + q_var**2)
    return np.sqrt((-b + np.sqrt(b * b - 4 * c)) / 2)


def two_buses(p_w, q_var):
    tables = feeder_tables(1, transformer=False)
    lines = tables["lines"].assign(length_m=100.0, c_f_per_m=0.0)
    loads = pd.DataFrame({"load": ["d"], "bus": ["b0"], "p_w": [p_w], "q_var": [q_var]})
    return PowerNetwork(**(tables | {"lines": lines, "loads": loads}))


@pytest.mark.parametrize("p_w", [-50e3, 0.0, 20e3, 100e3, 500e3])
def test_two_buses_have_the_voltage_of_the_quadratic(p_w):
    found = solve(two_buses(p_w, 0.3 * p_w)).buses["voltage_v"].iloc[1]
    assert found == pytest.approx(two_bus_voltage(p_w, 0.3 * p_w, 0.02, 0.008), rel=1e-10)


def test_it_converges_up_to_the_largest_load_and_reports_collapse_beyond():
    square, z = (1.02 * 400.0) ** 2, np.hypot(0.02, 0.008)
    most = square / (2 * (z + 0.02))  # both roots of the quadratic meet there, at q = 0
    near = solve(two_buses(0.999 * most, 0.0), tolerance=Tolerance(most_rounds=2000))
    assert near.buses["voltage_v"].iloc[1] == pytest.approx(
        two_bus_voltage(0.999 * most, 0.0, 0.02, 0.008), rel=1e-7
    )
    with pytest.raises(SolveError, match="would collapse"):
        solve(two_buses(1.001 * most, 0.0))
    with pytest.raises(SolveError, match="would collapse"):
        solve(two_buses(1e10, 0.0))


@pytest.mark.parametrize("loops", [(), ((0, 3), (1, 4))])
def test_it_agrees_with_newton_on_a_dense_matrix(loops):
    tables = feeder_tables(5, loops=loops)
    solution = solve(PowerNetwork(**tables))
    matrix = naive.admittances(tables["buses"], tables["lines"], tables["transformers"])
    drawn = np.array([0, 0, *[(20e3 + 5e3j) / 1e6] * 4])
    assert phasors(solution) == pytest.approx(
        naive.voltages(matrix, 0, 1.02 + 0j, drawn), abs=1e-10
    )
    assert solution.imbalance < 1e-10
    assert solution.mismatch_va < 1e-3


def test_a_scenario_among_many_has_the_same_bits_as_alone():
    net = feeder(6, loops=((0, 4),))
    p_w = np.linspace(0.0, 60e3, 19)[:, None] * np.ones(5)
    runs = solve_many(net, p_w=p_w)
    assert (runs.rounds > 0).all()
    for i in (0, 7, 8, 18):
        alone = solve_many(net, p_w=p_w[i : i + 1])
        assert (alone.voltage[0] == runs.voltage[i]).all()
        assert solve(net, p_w=p_w[i]).rounds == runs.rounds[i]


def test_one_that_collapses_leaves_those_beside_it_as_they_are():
    net = feeder(3)
    p_w = np.array([[10e3, 10e3], [1e9, 1e9], [10e3, 10e3]])
    runs = solve_many(net, p_w=p_w)
    assert runs.rounds[1] == -1
    assert np.isnan(runs.voltage[1, 2:]).all()
    assert (runs.voltage[0] == runs.voltage[2]).all()
    assert runs.bus_voltage_share(net)[0, 3] < 1.02


def test_loads_of_constant_current_and_impedance_follow_their_voltage():
    tables = feeder_tables(2)
    loads = tables["loads"].assign(
        current_share_p=0.3, impedance_share_p=0.5, impedance_share_q=1.0
    )
    solution = solve(PowerNetwork(**(tables | {"loads": loads})))
    v = solution.buses["voltage_share"].iloc[2]
    assert solution.loads["p_w"].item() == pytest.approx(20e3 * (0.2 + 0.3 * v + 0.5 * v * v))
    assert solution.loads["q_var"].item() == pytest.approx(5e3 * v * v)
    assert solution.imbalance < 1e-10


def test_a_shunt_is_a_load_of_constant_impedance():
    tables = feeder_tables(2)
    constant = tables["loads"].assign(impedance_share_p=1.0, impedance_share_q=1.0)
    as_load = solve(PowerNetwork(**(tables | {"loads": constant})))
    shunts = pd.DataFrame({"shunt": ["c"], "bus": ["b1"], "p_w": [20e3], "q_var": [5e3]})
    as_shunt = solve(PowerNetwork(**(tables | {"loads": None, "shunts": shunts})))
    assert phasors(as_shunt) == pytest.approx(phasors(as_load), abs=1e-10)
    assert as_shunt.loss_w == pytest.approx(as_load.loss_w + as_load.loads["p_w"].item())


def test_a_generator_is_a_load_that_gives():
    tables = feeder_tables(3)
    made = pd.DataFrame({"generator": ["g"], "bus": ["b2"], "p_w": [20e3], "q_var": [5e3]})
    less = changed("loads", "p_w", 1, 0.0, n_buses=3)
    less["loads"].loc[1, "q_var"] = 0.0
    with_it = solve(PowerNetwork(**(tables | {"generators": made})))
    assert phasors(with_it) == pytest.approx(phasors(solve(PowerNetwork(**less))), abs=1e-12)


def test_a_line_open_at_one_end_is_charged_from_the_other():
    tables = feeder_tables(2)
    tables["lines"] = tables["lines"].assign(from_end="closed", to_end="open")
    net = PowerNetwork(**tables, islands="dark")
    solution = solve(net)
    assert np.isnan(solution.buses["voltage_share"].iloc[2])
    assert solution.loads["p_w"].item() == 0.0
    assert solution.lines["q_from_var"].item() < 0.0
    assert solution.lines["p_to_w"].item() == 0.0
    assert "is on an island" in net.notes[0]
    with pytest.raises(CityDataError, match=r"loads.bus row 0: E-ISLAND bus 'b1' is on an island"):
        PowerNetwork(**tables)


def test_buses_joined_by_a_closed_switch_are_one():
    tables = feeder_tables(2)
    buses = pd.concat(
        [tables["buses"], pd.DataFrame({"bus": ["c"], "nominal_v": [400.0]})], ignore_index=True
    )
    loads = tables["loads"].assign(bus="c")
    for closed in (True, False):
        switches = pd.DataFrame(
            {"switch": ["w"], "from_bus": ["b1"], "to_bus": ["c"], "closed": [closed]}
        )
        given = tables | {"buses": buses, "loads": loads, "switches": switches}
        solution = solve(PowerNetwork(**given, islands="dark"))
        if closed:
            assert phasors(solution)[3] == phasors(solution)[2]
            assert phasors(solution)[:3] == pytest.approx(phasors(solve(feeder(2))), abs=1e-15)
        else:
            assert np.isnan(solution.buses["voltage_share"].iloc[3])


def test_a_line_that_a_closed_switch_bridges_carries_nothing():
    tables = feeder_tables(3)
    switches = pd.DataFrame({"switch": ["w"], "from_bus": "b1", "to_bus": "b2", "closed": [True]})
    solution = solve(PowerNetwork(**tables, switches=switches))
    assert solution.lines["p_from_w"].iloc[1] == pytest.approx(0.0, abs=1e-6)
    assert solution.buses["voltage_share"].iloc[2] == solution.buses["voltage_share"].iloc[3]
    assert solution.imbalance < 1e-10


def test_the_vector_group_turns_what_is_behind_it_and_nothing_else():
    plain = solve(feeder(3))
    tables = feeder_tables(3)
    turned = tables | {"transformers": tables["transformers"].assign(shift_deg=150.0)}
    solution = solve(PowerNetwork(**turned))
    assert (solution.buses["voltage_share"] == plain.buses["voltage_share"]).all()
    behind = solution.buses["angle_deg"].iloc[1:] - plain.buses["angle_deg"].iloc[1:]
    assert behind.to_numpy() == pytest.approx(-150.0)


def test_loading_and_losses_follow_from_currents():
    solution = solve(feeder(2))
    line = solution.lines.iloc[0]
    power = np.hypot(line["p_to_w"], line["q_to_var"])
    volts = solution.buses["voltage_v"].iloc[2]
    assert line["current_a"] == pytest.approx(power / volts / np.sqrt(3), rel=1e-3)
    assert line["loading"] == pytest.approx(line["current_a"] / 270.0)
    assert line["loss_w"] == pytest.approx(3 * line["current_a"] ** 2 * 0.2e-3 * 40.0, rel=1e-3)
    assert solution.transformers["loading"].item() == pytest.approx(20.6 / 400, rel=0.1)
    assert solution.sources["p_w"].item() == pytest.approx(20e3 + solution.loss_w)


def test_power_grid_model_finds_the_same_voltages():
    pytest.importorskip("power_grid_model", reason="the bench group is not installed")
    tables = feeder_tables(5, loops=((0, 3),))
    loads = tables["loads"].assign(current_share_p=0.3, impedance_share_q=0.5)
    made = pd.DataFrame({"generator": ["g"], "bus": ["b2"], "p_w": [9e3], "q_var": [0.0]})
    shunts = pd.DataFrame({"shunt": ["c"], "bus": ["b1"], "p_w": [0.0], "q_var": [-4e3]})
    net = PowerNetwork(**(tables | {"loads": loads, "generators": made, "shunts": shunts}))
    p_w = np.linspace(0.0, 40e3, 5)[:, None] * np.ones(4)
    theirs = solve_by_power_grid_model(net, p_w=p_w)
    assert theirs.voltage == pytest.approx(solve_many(net, p_w=p_w).voltage, abs=1e-9)
    with pytest.raises(SolveError, match="finds no voltage"):
        solve_by_power_grid_model(net, p_w=1e6 * p_w)


def test_without_power_grid_model_its_adapter_names_the_package(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "power_grid_model", None)
    with pytest.raises(SolveError, match="install power-grid-model"):
        solve_by_power_grid_model(feeder(2))


def test_every_kernel_is_compiled_once():
    solve(feeder(3))
    for name in ("factorise_complex_into", "solve_complex_into", "iterate_into"):
        assert len(getattr(kernels, name).signatures) <= 1
