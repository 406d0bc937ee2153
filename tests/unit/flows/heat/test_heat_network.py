"""Wrong tables are refused with place, value and cure, all faults at once."""

import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat


def tables():
    pipes = pd.DataFrame(
        {"pipe": range(6), "from_node": ["s0", "s1", "s2", "r1", "r2", "r3"],
         "to_node": ["s1", "s2", "s3", "r0", "r1", "r2"], "side": ["supply"] * 3 + ["return"] * 3,
         "length_m": 100.0, "diameter_m": [0.2, 0.1, 0.05] * 2, "roughness_m": 3e-4,
         "loss_w_m2k": [0.7, 1.0, 1.6] * 2, "ambient_c": 5.0}
    )  # fmt: skip
    return {
        "nodes": pd.DataFrame(
            {"node": [f"{s}{i}" for s in "sr" for i in range(4)], "elevation_m": 0.0}
        ),
        "pipes": pipes,
        "consumers": pd.DataFrame(
            [{"consumer": "c", "supply_node": "s3", "return_node": "r3", "heat_w": 1e5,
              "return_temp_c": 50.0}]
        ),
        "sources": pd.DataFrame(
            [{"source": "q", "supply_node": "s0", "return_node": "r0", "supply_pressure_pa": 8e5,
              "lift_pa": 4e5, "supply_temp_c": 95.0}]
        ),
    }  # fmt: skip


def test_sound_tables_have_no_notes():
    assert heat.HeatNetwork(**tables()).notes == ()


WRONG = {
    "there is no source": lambda t: t.update(sources=t["sources"].iloc[:0]),
    "not below the supply temperature 95 C": lambda t: t["consumers"].__setitem__(
        "return_temp_c", 99.0
    ),
    r"diameter_m rows 1, 4: E-VALUE is below 0.001 m": lambda t: t["pipes"].__setitem__(
        "diameter_m", [0.2, -0.1, 0.05] * 2
    ),
    "is over 3 m": lambda t: t["pipes"].__setitem__("diameter_m", [0.2, 100.0, 0.05] * 2),
    "is dangling": lambda t: t["nodes"].loc.__setitem__(8, ["lost", 0.0]),
    "as W/\\(m K\\) does": lambda t: t["pipes"].__setitem__("loss_w_m2k", [0.37, 0.25, 0.2] * 2),
    "is given twice": lambda t: t["pipes"].__setitem__("pipe", [0, 0, 2, 3, 4, 5]),
    "is not in nodes": lambda t: t["consumers"].__setitem__("supply_node", "nowhere"),
    "has no column ambient_c": lambda t: t.update(pipes=t["pipes"].drop(columns="ambient_c")),
    "on the supply and on the return side": lambda t: t["pipes"].__setitem__("side", "supply"),
    "is not a known value": lambda t: t["pipes"].__setitem__("side", "Vorlauf"),
    "ends where it begins": lambda t: t["pipes"].__setitem__(
        "to_node", ["s1", "s2", "s2", "r0", "r1", "r2"]
    ),
    "is not a finite number": lambda t: t["nodes"].__setitem__("elevation_m", np.nan),
    "over supply_pressure_pa": lambda t: t["sources"].__setitem__("lift_pa", 9e5),
    "is over max_flow_kgs": lambda t: t.update(
        consumers=t["consumers"].assign(max_flow_kgs=0.5, bypass_kgs=1.0)
    ),
    "kg/s is over max_flow_kgs": lambda t: t.update(
        consumers=t["consumers"].assign(
            heat_w=np.nan, flow_kgs=1.0, return_temp_c=40.0, max_flow_kgs=0.5
        )
    ),
    "over a tenth of the diameter": lambda t: t["pipes"].__setitem__("roughness_m", 0.03),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_tables_are_refused(message):
    given = tables()
    WRONG[message](given)
    with pytest.raises(CityDataError, match=message):
        heat.HeatNetwork(**given)


def test_all_faults_come_at_once():
    given = tables()
    given["pipes"]["length_m"] = -1.0
    given["consumers"]["heat_w"] = -5.0
    given["sources"]["supply_temp_c"] = np.nan
    with pytest.raises(CityDataError) as caught:
        heat.HeatNetwork(**given)
    assert len(caught.value.faults) == 3


def test_consumer_between_two_plants_is_refused():
    given = tables()
    other = {name: frame.copy() for name, frame in tables().items()}
    for name, columns in (
        ("nodes", ["node"]),
        ("pipes", ["pipe", "from_node", "to_node"]),
        ("sources", ["source", "supply_node", "return_node"]),
    ):
        for column in columns:
            other[name][column] = other[name][column].astype(str) + "b"
        given[name] = pd.concat([given[name].astype({columns[0]: str}), other[name]])
    given["consumers"]["return_node"] = "r3b"
    with pytest.raises(CityDataError, match="gives back to that of another"):
        heat.HeatNetwork(**given)


def test_loss_below_any_insulation_is_noted():
    given = tables()
    given["pipes"]["loss_w_m2k"] = 0.02
    assert "below any insulation" in str(heat.HeatNetwork(**given).notes[0])


def test_uneven_fluid_table_is_refused():
    with pytest.raises(CityDataError, match="even steps"):
        heat.fluid_from_table(np.array([0.0, 1.0, 3.0]), *(np.ones(3) for _ in range(3)))
    with pytest.raises(CityDataError, match="not positive"):
        heat.constant_fluid(960.0, -1.0, 4190.0)


def test_curve_out_of_order_is_refused():
    with pytest.raises(CityDataError, match="falling order"):
        heat.QualityCurve(supply_c=60.0, return_c=70.0, design_outdoor_c=-31.0)
