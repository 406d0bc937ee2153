"""In the worn town, every institution acts within a year."""

import numpy as np
import pytest

from tests.builders_money import spent_kzt
from tests.builders_worn import DAYS, worn_scenario, worn_town
from twin.citizens import Channel
from twin.model.city_model import CityModel


@pytest.fixture(scope="module")
def year():
    """The lived model, and what was seen day by day."""
    model = CityModel(worn_town(), worn_scenario(), seed=1)
    state = model.state
    seen = {"owed": 0.0, "dug": False, "refused": 0.0, "channels": np.zeros(len(Channel))}
    seen["calls"] = 0
    for _ in range(DAYS):
        model.step()
        office = state.institutions.municipality
        seen["owed"] = max(seen["owed"], -float(office.purses_kzt.min()))
        seen["dug"] |= any(job.start_day <= state.day for job in office.programme)
        seen["refused"] += state.sums.refused_repairs
        seen["channels"] += state.citizen_day.reports_by_channel
        seen["calls"] += state.institutions.emergency.calls.calls
    return model, seen


def test_networks_fail_and_are_mended_renewed_and_found_in_every_way(year):
    events = year[0].result().events
    failures = events[events["event"] == "failure"]
    assert set(failures["network"]) == {"street", "water", "heat"}
    assert set(failures["known_by"]) >= {"report", "sensor", "alarm", "survey"}
    mended = failures[(failures["start_day"] >= 0) & (failures["end_day"] < DAYS)]
    assert set(mended["network"]) == {"street", "water", "heat"}
    renewed = events.loc[events["event"] == "renewal", "network"]
    assert "street" in set(renewed)
    assert set(renewed) & {"water", "heat"}
    assert year[1]["dug"]


def test_money_is_short_owed_and_never_lost(year):
    model, seen = year
    ledger = model.state.institutions.municipality.ledger
    assert seen["refused"] > 0
    assert seen["owed"] > 0
    for purpose in ("repair", "renewal", "sensors", "heat loops", "adaptive lights", "answers"):
        assert spent_kzt(ledger, purpose) > 0, purpose
    assert model.result().invariants["money"] == 0.0


def test_people_report_by_every_channel_and_leave_bills_unpaid(year):
    model, seen = year
    assert (seen["channels"] > 0).all()
    rows = model.result().indicators
    run = rows[rows["period"] == "run"].set_index("indicator")["value"]
    assert 0.0 < run["collection_rate"] < 1.0
    assert np.isfinite(run.drop(["unserved_trip_share"])).all(), run[~np.isfinite(run)]


def test_units_drive_to_calls_past_closed_streets(year):
    model, seen = year
    state = model.state
    assert seen["calls"] > 100
    assert state.closures.by_policy().sum() == 1
    assert state.traffic.n_signals > 4
    assert state.institutions.emergency.fire_engines is not None
    assert state.n_loops == 2
