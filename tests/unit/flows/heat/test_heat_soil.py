"""The ground about pipes."""

import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat

PLACE = {"mean_c": 4.0, "amplitude_k": 18.0}


def test_ground_follows_the_year_late_and_less_with_depth():
    day = np.arange(365.0)
    surface = heat.ground_temp_c(day, 0.0, **PLACE)
    deep = heat.ground_temp_c(day, 1.5, **PLACE)
    assert surface.min() == pytest.approx(-14.0)
    assert surface.argmin() == 20
    assert np.ptp(deep) < 0.65 * np.ptp(surface)
    assert 25 < deep.argmin() - surface.argmin() < 60
    assert heat.ground_temp_c(day, 30.0, **PLACE) == pytest.approx(4.0, abs=1e-3)
    assert deep.mean() == pytest.approx(4.0, abs=0.1)


def test_buried_pair_loses_what_its_resistances_let_through():
    loss = heat.buried_loss_w_m2k(np.array([0.1]), np.array([0.05]), depth_m=1.0, spacing_m=0.4)
    deep = 1.0 + 1.5 / 14.6
    resistance = np.log(2.0) / (2 * np.pi * 0.027) + np.log(4 * deep / 0.2) / (3 * np.pi)
    resistance += np.log(1 + (2 * deep / 0.4) ** 2) / (6 * np.pi)
    assert loss[0] * np.pi * 0.1 == pytest.approx(1 / resistance, rel=1e-12)
    assert 0.18 < loss[0] * np.pi * 0.1 < 0.27  # ISOPLUS lists 0.254 W/(m K) for DN100


def test_thicker_insulation_and_drier_ground_lose_less():
    wide = heat.buried_loss_w_m2k(
        np.full(2, 0.1), np.array([0.03, 0.06]), depth_m=1.0, spacing_m=0.5
    )
    dry = heat.buried_loss_w_m2k(
        np.full(2, 0.1), np.array([0.03, 0.06]), depth_m=1.0, spacing_m=0.5, soil_wmk=0.7
    )
    assert wide[1] < wide[0]
    assert (dry < wide).all()


@pytest.mark.parametrize(
    ("message", "place"),
    [("the pipes overlap", (1.0, 0.15)), ("pipes reach the surface", (0.05, 0.5))],
)
def test_impossible_trenches_are_refused(message, place):
    with pytest.raises(CityDataError, match=message):
        heat.buried_loss_w_m2k(
            np.array([0.1]), np.array([0.05]), depth_m=place[0], spacing_m=place[1]
        )
