"""The whole city, day by day: same luck, same bits, nothing lost."""

import dataclasses
import datetime as dt
import pickle

import numba
import numpy as np
import pandas as pd
import pytest

from tests.builders import grid_city
from twin.core.errors import CityDataError, ScenarioError
from twin.model.city_model import CityModel
from twin.model.day.order import STEP_ORDER
from twin.model.tables import RUN_TABLES
from twin.scenario import scenario_from_text

DAYS = 100
TEXT = """
scenario: test
question: Does it hold?
city: {synthesise: {people: 5000, seed: 1}}
start: 2026-03-01
years: 1
days: %d
indicators: [breaks_per_km_year]
parameters.networks.water.hazards.cast_iron.level_per_km_year: 4  # so few mains seldom fail
parameters.networks.heat.hazards.steel.base_per_km_year: 0.3
%s
"""


def scenario(extra="", days=DAYS):
    return scenario_from_text(TEXT % (days, extra))


def live(spec, seed=1, size=5):
    model = CityModel(grid_city(size, size), spec, seed=seed)
    model.run_for(spec.n_days)
    return model


def tables(model):
    result = model.result()
    return {table.name: getattr(result, table.name) for table in RUN_TABLES}


def assert_same(one, other):
    for name, frame in tables(one).items():
        pd.testing.assert_frame_equal(frame, tables(other)[name], check_exact=True, obj=name)


@pytest.fixture(scope="module")
def base():
    return live(scenario())


def test_same_seed_gives_the_same_bits(base):
    assert_same(base, live(scenario()))


def test_another_seed_gives_another_history(base):
    other = tables(live(scenario(), seed=2))["events"]
    assert not tables(base)["events"].equals(other)


def test_one_thread_gives_the_same_bits(base):
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert_same(base, live(scenario()))
    finally:
        numba.set_num_threads(threads)


@pytest.mark.parametrize(
    "idle",
    [
        "levers: {budget: {rule: emergency_first}}",
        "levers: {renewal: {ring_fence_share: 0.0, order: risk}}",
        "levers: {detection: {sensor_share: 0.0, sensor_days: 1.0}}",
        "levers: {participation: {voice_share: 0.05}, tariff: {growth_share_per_year: 0.0}}",
        "levers: {dispatch: {order: impact}, institutions: {competence: 0.5}}",
    ],
)
def test_a_lever_that_does_nothing_changes_no_bit(base, idle):
    assert_same(base, live(scenario(idle)))


def test_a_pickled_model_goes_on_as_if_nothing_had_happened(base):
    model = CityModel(grid_city(5, 5), scenario(), seed=1)
    model.run_for(70)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - made on the line itself
    again.run_for(DAYS - 70)
    assert_same(base, again)


def test_steps_and_run_for_agree(base):
    model = CityModel(grid_city(5, 5), scenario(), seed=1)
    for _ in range(DAYS):
        model.step()
    assert_same(base, model)
    assert model.time == DAYS
    assert not model.running
    with pytest.raises(ScenarioError, match="the run ended on"):
        model.step()


def test_nothing_gets_lost(base):
    invariants = base.result().invariants
    assert set(invariants) == {"water", "heat", "vehicles", "money"}
    assert all(0.0 <= value <= 1e-8 for value in invariants.values()), invariants


def test_policies_meet_the_same_luck():
    spec = (
        "levers: {{renewal: {{ring_fence_share: {}, least_age_years: 0}},"
        " budget: {{network_kzt_per_person_year: 200000}}}}"
    )
    failures = []
    for share in (0.0, 0.9):
        events = tables(live(scenario(spec.format(share), days=300)))["events"]
        failures.append(events[events["event"] == "failure"])
        if share:
            renewed = set(events.loc[events["event"] == "renewal", "asset_id"])
    one, other = (
        [tuple(row) for row in frame[["day", "asset_id", "severity"]].to_numpy()]
        for frame in failures
    )
    assert renewed
    # before the season, all failures are equal; after it, those of assets never renewed are
    season = (dt.date(2026, 5, 1) - dt.date(2026, 3, 1)).days
    assert [e for e in one if e[0] < season] == [e for e in other if e[0] < season]
    assert len(one) >= len(other)


def test_a_cold_spell_comes_on_its_day_in_every_arm():
    shock = "shocks: [{kind: cold_spell, date: 2026-03-10, days: 3, temp_c: -37}]"
    model = CityModel(grid_city(), scenario(shock, days=20), seed=1)
    seen = []
    for _ in range(15):
        model.step()
        seen.append(round(float(model.state.temp_c.mean()), 6))
    assert seen[9:12] == [-37.0] * 3
    assert seen[12] > -37.0


def test_named_failures_happen_on_their_day():
    shock = "shocks: [{kind: pipe_failures, network: heat, date: 2026-03-05, count: 4}]"
    events = tables(live(scenario(shock, days=10)))["events"]
    on_the_day = events[(events["event"] == "failure") & (events["date"] == "2026-03-05")]
    assert (on_the_day["network"] == "heat").sum() >= 4
    assert "pipe_failures" in set(events.loc[events["event"] == "shock", "network"])


def test_a_derated_boiler_house_makes_homes_cold():
    shock = (
        "shocks: [{kind: cold_spell, date: 2026-03-05, days: 10, temp_c: -36},"
        " {kind: source_derating, network: heat, date: 2026-03-05, days: 10, capacity_share: 0.01}]"
    )
    model = CityModel(grid_city(), scenario(shock, days=20), seed=1)
    model.run_for(12)
    assert model.state.homes.temp_c.min() < 15.0
    assert model.flow_service["heat"].service.min() < 0.9


def test_silence_means_no_reports():
    events = tables(live(scenario("levers: {participation: {voice_share: 0}}")))["events"]
    assert events["reports"].sum() == 0
    assert "report" not in set(events["known_by"])


def test_more_voices_find_failures_sooner():
    known = []
    for share in (0.0, 0.4):
        text = f"levers: {{participation: {{voice_share: {share}}}}}"
        rows = tables(live(scenario(text, days=300)))["indicators"]
        run = rows[rows["period"] == "run"].set_index("indicator")["value"]
        known.append(run["days_to_known"])
    assert known[1] < known[0]


def test_tables_have_the_columns_they_promise(base):
    from twin.core.columns import table_faults

    for table in RUN_TABLES:
        assert table_faults(table, tables(base)[table.name]) == [], table.name


def test_every_indicator_comes_by_month_year_and_run(base):
    frame = tables(base)["indicators"]
    counts = frame.groupby("period")["start"].nunique()
    assert counts.to_dict() == {"month": 4, "run": 1, "year": 1}
    run = frame[frame["period"] == "run"].set_index("indicator")["value"]
    assert 0.0 < run["trust_mean"] < 1.0
    assert run["renewed_km"] >= 0.0


def test_every_failure_is_an_event(base):
    events = tables(base)["events"]
    failures = events[events["event"] == "failure"]
    assert len(failures) == int(base.state.assets.arrays.n_failures.sum()) > 0


def test_who_acts_by_itself_is_an_agent_and_nobody_else(base):
    names = [type(agent).__name__ for agent in base.agents]
    assert names == ["NetworkService"] * 3 + ["Municipality"]
    assert all("step" in vars(type(agent)) for agent in base.agents)
    assert len(base.agents) < 20 < len(base.citizens)


def test_agents_act_when_mesa_calls_them():
    model = CityModel(grid_city(5, 5), scenario(), seed=1)
    calls = []
    for agent in model.agents:
        agent.step = lambda agent=agent, step=agent.step: (calls.append(type(agent)), step())
    model.run_for(2)
    assert [kind.__name__ for kind in calls[:4]] == ["NetworkService"] * 3 + ["Municipality"]
    assert len(calls) == 8


def test_a_broken_city_is_refused_with_all_faults():
    city = grid_city()
    city.util_edges["diameter_m"] = 150.0
    city.street_edges["length_m"] = -1.0
    with pytest.raises(CityDataError, match=r"(?s)street_edges.*util_edges|util_edges.*street"):
        CityModel(city, scenario())


def test_a_town_without_district_heating_lives_on_its_stoves():
    city = grid_city()
    edges = city.util_edges[city.util_edges["network"] == "water"]
    nodes = city.util_nodes[city.util_nodes["network"] == "water"]
    city.buildings["heat_node"] = np.int32(-1)
    city = dataclasses.replace(city, util_edges=edges, util_nodes=nodes)
    model = CityModel(city, scenario(days=20), seed=1)
    model.run_for(20)
    rows = model.result().indicators
    run = rows[rows["period"] == "run"].set_index("indicator")["value"]
    assert np.isnan(run["heat_service_share"])
    assert run["water_service_share"] > 0.9
    assert model.state.homes.temp_c.min() > 17.0


def test_the_step_order_is_the_printed_one():
    assert [step.name for step in STEP_ORDER] == [
        "weather and calendar",
        "ageing and failures",
        "dispatch and repair",
        "flows",
        "service levels",
        "citizens",
        "institutions",
        "record",
    ]
    assert all(step.does for step in STEP_ORDER)


def test_flows_are_solved_only_when_inputs_change(base):
    solves = base.result().solves
    assert solves["water"] < DAYS
    assert solves["street"] < DAYS
    assert all(np.isfinite(list(solves.values())))
