"""A fake simulation: tables of the right form, made in a millisecond from levers and seed."""

import math

import pandas as pd
import pytest

from twin.core.errors import SolveError
from twin.experiment import runs as runs_module
from twin.experiment import simulate as simulation
from twin.model.tables import RUN_TABLES, RunResult
from twin.scenario import scenario_from_text

TEXT = """
scenario: test
question: Does the fence help?
city: {synthesise: {people: 3000, seed: 1}}
start: 2026-01-01
years: 2
seeds: 4
arms:
  fence: {levers.renewal.ring_fence_share: 0.5}
  same: {}
indicators: [breaks_per_km_year, trust_mean]
expect:
  - {indicator: breaks_per_km_year, arm: fence, sign: "-", because: renewal}
  - {indicator: trust_mean, arm: fence, sign: "-", after_years: 1, because: wrong on purpose}
  - {indicator: trust_mean, arm: same, sign: "0", because: nothing changes}
"""
NOISE = (0.00, 0.03, -0.02, 0.05, 0.01, -0.04, 0.02, 0.00)


class FakeCity:
    """A city by name and hash alone."""

    name = "Fake Town"

    def content_hash(self):
        return "0123456789abcdef0123"

    def imputed_share(self):
        return {"buildings.use": 0.5, "weather": 1.0}


def fake_tables(share, seed, years=2):
    """Return the tables of a run in which a ring fence lowers breaks and raises trust."""
    rows = []

    def add(period, start, end, values):
        for name, unit, value in values:
            rows.append((period, start, end, name, unit, value))

    noise = NOISE[seed % len(NOISE)]
    for year in range(years):
        add(
            "year",
            f"{2026 + year}-01-01",
            f"{2026 + year}-12-31",
            [
                ("breaks_per_km_year", "1/(km a)", 0.4 + noise - 0.1 * share * (1 + noise)),
                ("trust_mean", "share", 0.5 + 0.1 * share * year + noise),
            ],
        )
    add(
        "run",
        "2026-01-01",
        f"{2025 + years}-12-31",
        [
            ("breaks_per_km_year", "1/(km a)", 0.4 + noise - 0.1 * share * (1 + noise)),
            ("trust_mean", "share", 0.5 + 0.05 * share + noise),
            ("heat_loss_share", "share", math.nan),
        ],
    )
    frames = {
        table.name: pd.DataFrame(
            {
                column.name: pd.Series(dtype="object" if column.dtype == "str" else column.dtype)
                for column in table.columns
            }
        )
        for table in RUN_TABLES
    }
    columns = [column.name for column in RUN_TABLES[0].columns]
    frames["indicators"] = pd.DataFrame(rows, columns=columns)
    frames["zones"] = pd.DataFrame(
        {
            column.name: [
                seed if column.name == "zone_id" else 0.5 if column.dtype == "float64" else 1
            ]
            for column in RUN_TABLES[1].columns
        }
    )
    return RunResult(**frames, invariants={"water": 1e-12}, solves={"water": 3})


class Calls(list):
    """Scenarios and seeds that were simulated, and seeds that are to fail."""

    def __init__(self):
        super().__init__()
        self.failing = set()
        self.interrupt_after = None


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """Replace city and model by fakes; gives the list of what was simulated."""
    made = Calls()

    def simulate(_city, scenario, seed, progress=None):
        if made.interrupt_after is not None and len(made) >= made.interrupt_after:
            raise KeyboardInterrupt
        if seed in made.failing:
            raise SolveError("the water solver gave up")
        made.append((scenario.arm_name, scenario.levers["renewal"].ring_fence_share, seed))
        if progress is not None:
            progress(scenario.n_days, scenario.n_days)
        result = fake_tables(scenario.levers["renewal"].ring_fence_share, seed)
        return simulation.Simulated(result, 0.25, 100.0)

    monkeypatch.setattr(simulation, "simulate", simulate)
    monkeypatch.setattr(simulation, "is_warm", lambda: True)
    monkeypatch.setattr(runs_module, "stored_city_hash", lambda _choice: None)
    monkeypatch.setattr(runs_module, "chosen_city", lambda _choice: FakeCity())
    monkeypatch.chdir(tmp_path)
    runs_module._hashed_city.cache_clear()
    runs_module.city_hash.cache_clear()
    yield made
    runs_module._hashed_city.cache_clear()
    runs_module.city_hash.cache_clear()


REAL_SIMULATE = simulation.simulate


@pytest.fixture
def real_simulate():
    return REAL_SIMULATE


@pytest.fixture
def scenario():
    return scenario_from_text(TEXT)


@pytest.fixture
def make_result():
    return fake_tables
