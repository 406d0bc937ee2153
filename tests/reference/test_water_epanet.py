"""Against EPANET 2.2: networks that wntr ships, and the public cases with a consensus mask.

Tolerance 0.01 m of head, 1e-3 of the largest flow. `c_ok` marks where two EPANET versions, run
tight, agree within 5 mm.
"""

import numpy as np
import pytest

from benchmarks.water import _library_model, network_from_wntr
from twin.flows import water

wntr = pytest.importorskip("wntr", reason="wntr is a development dependency")

_FOOT_M = 0.3048
_FLOW_M3S = {"GPM": 6.30902e-5, "LPS": 1e-3, "CMH": 1.0 / 3600.0}
CASES = (
    "Balerma_DW",
    "Elhay-ZeroFlow",
    "Hanoi",
    "Jilin",
    "NET1cv",
    "NET1emit",
    "NET1para",
    "Net2",
    "cheung_PDA",
    "epanet_leaks",
    "gestar1_DW",
    "noflow",
    "todinitest",
)
# Other cases of the folder hold valves, controls, volume curves or constant-power pumps, which
# the tables do not have yet; tank_controls_1 leaves a junction without supply at -3e7 m.


@pytest.mark.filterwarnings("ignore:Changing the headloss formula:UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_heads_and_flows_of_public_cases_agree_where_two_epanets_do(name, shared_data):
    folder = shared_data / "water"
    if not (folder / f"{name}.inp").is_file():
        pytest.skip(f"no {name}.inp in {folder}")
    model = wntr.network.WaterNetworkModel(str(folder / f"{name}.inp"))
    net = network_from_wntr(model)
    reference = np.load(folder / f"{name}.ref.npz", allow_pickle=True)
    times = model.options.time
    step_s = min(times.hydraulic_timestep, times.pattern_timestep)
    driven = "PDA" in str(reference["demand_model"])
    result = water.simulate(net, times.duration, step_s, pressure_driven=driven)
    assert result.unbalanced_steps == ()
    assert result.energy_residual_m <= 1e-4
    assert result.mass_residual_m3s <= 1e-7
    units = str(reference["units"])
    heads = result.head_m[reference["node_id"].astype(str)].loc[reference["c_t"]].to_numpy()
    expected = reference["c_head"] * (_FOOT_M if units == "GPM" else 1.0)
    agreed = reference["c_ok"].astype(bool)
    assert np.abs(heads - expected)[agreed].max() <= 0.01
    flows = result.flow_m3s[reference["link_id"].astype(str)].loc[reference["t22_t"]].to_numpy()
    theirs = reference["t22_flow"] * _FLOW_M3S[units]
    assert np.abs(flows - theirs).max() <= 1e-3 * max(np.abs(theirs).max(), 1e-6)


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3", "ky4"])
def test_a_day_of_networks_that_wntr_ships_agrees_with_epanet(name, tmp_path):
    model = _library_model(name)
    model.options.hydraulic.accuracy = 1e-7
    theirs = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(tmp_path / "run"))
    net = network_from_wntr(model)
    result = water.simulate(net, model.options.time.duration, 3600.0)
    assert result.unbalanced_steps == ()
    their_head = theirs.node["head"][list(net.node_id)].loc[result.head_m.index.astype(int)]
    # a tank event is rounded to whole seconds there, and heads are stored with 4 bytes
    assert np.abs(result.head_m.to_numpy() - their_head.to_numpy()).max() <= 0.01
    their_flow = theirs.link["flowrate"][list(net.link_id)].loc[result.head_m.index.astype(int)]
    largest = np.abs(their_flow.to_numpy()).max()
    assert np.abs(result.flow_m3s.to_numpy() - their_flow.to_numpy()).max() <= 1e-3 * largest
