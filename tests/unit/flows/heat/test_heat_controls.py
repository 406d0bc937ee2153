"""Ways to say what a consumer takes, and booster pumps."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat

grid = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))["grid"]


def with_consumers(**change):
    tables = grid(3, 3, 5)
    tables["consumers"] = tables["consumers"].assign(**change)
    return tables


def test_all_pairs_of_figures_tell_the_same_consumer():
    base = heat.solve(heat.HeatNetwork(**grid(3, 3, 5))).consumers
    flow = base["mass_flow_kgs"].to_numpy()
    drop = (base["supply_temp_c"] - base["return_temp_c"]).to_numpy()
    for change in (
        {"return_temp_c": np.nan, "drop_k": drop},
        {"heat_w": np.nan, "flow_kgs": flow},
        {"return_temp_c": np.nan, "flow_kgs": flow},
        {"heat_w": np.nan, "return_temp_c": np.nan, "flow_kgs": flow, "drop_k": drop},
    ):
        found = heat.solve(heat.HeatNetwork(**with_consumers(**change)))
        assert found.status.name == "CONVERGED"
        assert (found.consumers["status"].isin(["ok", "bypass"])).all()
        for column in ("mass_flow_kgs", "delivered_w", "supply_temp_c", "return_temp_c"):
            assert found.consumers[column].to_numpy() == pytest.approx(
                base[column].to_numpy(), rel=1e-6
            ), (column, change.keys())
        assert abs(found.raw.energy_error) < 1e-8


def test_given_flow_and_drop_hold_in_time():
    net = heat.HeatNetwork(
        **with_consumers(heat_w=np.nan, return_temp_c=np.nan, flow_kgs=0.4, drop_k=30.0)
    )
    found = heat.simulate(net, supply_temp_c=np.full((6, 1), 95.0))
    assert found.consumer_flow_kgs.to_numpy() == pytest.approx(0.4)
    steady = heat.solve(net)
    assert found.delivered_w.iloc[-1].to_numpy() == pytest.approx(
        steady.consumers["delivered_w"].to_numpy(), rel=1e-3
    )
    assert abs(found.energy_error) < 1e-9


@pytest.mark.parametrize(
    "change",
    [{"drop_k": 30.0}, {"heat_w": np.nan}, {"heat_w": np.nan, "drop_k": 30.0}],
)
def test_too_many_or_too_few_figures_are_refused(change):
    with pytest.raises(CityDataError, match="give two of heat_w, flow_kgs and one of"):
        heat.HeatNetwork(**with_consumers(**change))


def test_booster_lifts_what_lies_behind_it():
    plain = heat.solve(heat.HeatNetwork(**grid(4, 1, 5)))
    tables = grid(4, 1, 5)
    last = tables["pipes"]["side"].eq("supply")[::-1].idxmax()
    for fall in (0.0, 2e3):
        tables["pipes"]["pump_lift_pa"] = 0.0
        tables["pipes"]["pump_fall_pa_kgs2"] = 0.0
        tables["pipes"].loc[last, ["pump_lift_pa", "pump_fall_pa_kgs2"]] = [5e4, fall]
        boosted = heat.solve(heat.HeatNetwork(**tables))
        node = tables["pipes"]["to_node"][last]
        flow = boosted.pipes["mass_flow_kgs"][last]
        gain = (
            boosted.nodes.set_index("node")["pressure_pa"]
            - plain.nodes.set_index("node")["pressure_pa"]
        )
        assert gain[node] == pytest.approx(5e4 - fall * flow**2, rel=1e-6)
        assert gain[tables["pipes"]["from_node"][last]] == pytest.approx(0.0, abs=1e-3)
