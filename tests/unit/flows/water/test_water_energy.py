"""Energy of pumps: tariffs of a file, by hand."""

import numpy as np
import pytest

from tests.unit.flows.water.test_inp_write import read
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water import resilience

TEXT = """
[JUNCTIONS]
 A 10 20
 B 10 10
[RESERVOIRS]
 R 0
[PUMPS]
 u R A HEAD c
 w R B HEAD c
[CURVES]
 c 20 40
 e 0 40
 e 40 80
[PATTERNS]
 night 0.5 2
[ENERGY]
 GLOBAL EFFICIENCY 50
 GLOBAL PRICE 10
 PUMP u EFFIC e
 PUMP u PRICE 20
 PUMP w PATTERN night
 DEMAND CHARGE 3
[TIMES]
 DURATION 2
[OPTIONS]
 UNITS LPS
[END]
"""


def test_power_energy_cost_and_charge_by_hand(tmp_path):
    net = read(TEXT, tmp_path)
    found = resilience.pump_energy(net, water.simulate(net))
    law = 40.0 * 4.0 / 3.0
    lift_u, lift_w = law - 40.0 / 3.0, law - 40.0 / 3.0 * 0.25
    power_u, power_w = 9810.0 * 0.02 * lift_u / 0.6, 9810.0 * 0.01 * lift_w / 0.5
    np.testing.assert_allclose(found.power_w["u"], power_u, rtol=1e-6)
    np.testing.assert_allclose(found.power_w["w"], power_w, rtol=1e-6)
    np.testing.assert_allclose(
        found.energy_kwh["u"], power_u * np.array([1e-3, 1e-3, 0]), rtol=1e-6
    )
    np.testing.assert_allclose(found.cost["u"][:2], power_u * 0.02, rtol=1e-6)
    np.testing.assert_allclose(found.cost["w"][:2], power_w * 0.01 * np.array([0.5, 2]), rtol=1e-6)
    assert found.peak_charge == pytest.approx(3e-3 * (power_u + power_w), rel=1e-6)


def test_wrong_tariffs_come_at_once(tmp_path):
    text = TEXT.replace("PUMP u PRICE 20", "PUMP x PRICE 20\n PUMP u PRIZE 3\n PUMPS u")
    text = text.replace("EFFIC e", "EFFIC f").replace("PATTERN night", "PATTERN day")
    net = read(text, tmp_path)
    with pytest.raises(CityDataError, match="pump 'x' is not defined") as caught:
        resilience.pump_energy(net, water.simulate(net))
    said = str(caught.value)
    assert f"net.inp:{text.splitlines().index(' PUMPS u') + 1}: [ENERGY]: 'PUMPS'" in said
    for part in ("'PRIZE' is not known", "'PUMPS' opens no line", "not above 0 %", "'day' is not"):
        assert part in said
