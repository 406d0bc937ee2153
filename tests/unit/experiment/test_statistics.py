"""Intervals hold what they promise, tried by Monte Carlo; best arms, factors and regret by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from twin.core.errors import ArgumentError, StoreError
from twin.experiment.statistics import (
    best,
    best_table,
    factor_effects,
    mean_interval,
    point_effects,
    regret,
    seeds_needed,
)
from twin.experiment.sweeps import sweep

N_TRIALS = 600
SE = math.sqrt(0.95 * 0.05 / N_TRIALS)


def coverage(draw, truth, *, rare=False):
    """Return the share of intervals that hold the truth, and of draws that state nothing."""
    held, silent = 0, 0
    for trial in range(N_TRIALS):
        values, step = draw(trial)
        found = mean_interval(values, step=step)
        if not math.isfinite(found.low):
            silent += 1
            continue
        held += found.low <= truth <= found.high
    assert rare or not silent
    return held / (N_TRIALS - silent)


@pytest.mark.parametrize("n", [4, 8, 16])
def test_normal_differences_are_covered(n):
    drawn = stats.norm.rvs(1.0, 2.0, size=(N_TRIALS, n), random_state=n)
    assert coverage(lambda trial: (drawn[trial], math.nan), 1.0) >= 0.95 - 3 * SE


@pytest.mark.parametrize(("n", "least"), [(8, 0.89), (16, 0.91), (32, 0.92)])
def test_skewed_differences_are_covered_better_than_by_student(n, least):
    drawn = stats.lognorm.rvs(1.0, size=(N_TRIALS, n), random_state=n)
    truth = math.exp(0.5)
    ours = coverage(lambda trial: (drawn[trial], math.nan), truth)
    half = stats.t.ppf(0.975, n - 1) * drawn.std(axis=1, ddof=1) / math.sqrt(n)
    student = float((np.abs(drawn.mean(axis=1) - truth) <= half).mean())
    assert ours >= least - 2 * SE
    assert ours > student + 0.02


@pytest.mark.parametrize("n", [4, 8, 16])
@pytest.mark.parametrize(("base", "policy"), [(0.02, 0.05), (0.1, 0.3), (1.0, 0.5)])
def test_rare_events_are_covered(n, base, policy):
    common = stats.poisson.rvs(0.1, size=(N_TRIALS, n), random_state=1)
    low = common + stats.poisson.rvs(base, size=(N_TRIALS, n), random_state=2)
    high = common + stats.poisson.rvs(policy, size=(N_TRIALS, n), random_state=3)

    def draw(trial):
        levels = np.concatenate([low[trial], high[trial]])
        return (high[trial] - low[trial]).astype(float), float(np.ptp(levels)) or math.nan

    assert coverage(draw, policy - base, rare=True) >= 0.95 - 3 * SE


def test_no_event_seen_does_not_claim_that_none_can_be():
    found = mean_interval(np.zeros(8), step=1.0)
    # Clopper-Pearson for 0 of 8 at 1 - 0.05/4, by its closed form
    assert found.high == pytest.approx(1.0 - 0.0125 ** (1 / 8))
    assert found.low == -found.high
    assert math.isnan(mean_interval(np.zeros(8)).low)


def test_equal_differences_have_no_width():
    assert mean_interval(np.full(5, 2.0)) == mean_interval(np.array([2.0, 2.0]))
    assert mean_interval(np.full(5, 0.1)).low == pytest.approx(0.1)
    assert math.isnan(mean_interval(np.array([1.0])).low)
    assert math.isnan(mean_interval(np.array([])).mean)


def test_without_an_effect_few_comparisons_name_a_best_arm():
    named = 0
    drawn = stats.norm.rvs(size=(300, 4, 8), random_state=5)
    for trial in drawn:
        found = best({str(arm): values for arm, values in enumerate(trial)}, "+")
        named += bool(found.arm)
        assert sum(found.p_best.values()) == pytest.approx(1.0)
    assert named / 300 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)


def test_a_clearly_better_arm_is_best_and_the_table_leads_with_it():
    noise = stats.norm.rvs(size=8, random_state=1)
    values = {"base": noise, "good": noise - 1.0 + 0.01 * np.arange(8), "same": noise}
    found = best(values, "-")
    assert (found.arm, found.candidates) == ("good", ("good",))
    table = best_table(values, "-")
    assert table["arm"][0] == "good"
    assert bool(table["is_best"][0])
    assert best({"a": noise[:1], "b": noise[:1]}, "-").candidates == ("a", "b")


def test_seeds_needed_grow_with_the_square_of_the_precision():
    values = stats.norm.rvs(size=40, random_state=3)
    wide, narrow = seeds_needed(values, 0.4), seeds_needed(values, 0.2)
    assert 3.5 < narrow / wide < 4.5
    assert seeds_needed(values, 100.0) == 40
    with pytest.raises(ArgumentError, match="width: = 0 is out of bounds"):
        seeds_needed(values, 0.0)


class Result:
    """A sweep of two factors by two levels and a state, made by a formula."""

    path = "sweep"
    paths = ("tech", "institution")

    @property
    def points(self):
        rows = self.totals().to_dict("records")
        return {row["run_id"]: ({p: row[p] for p in self.paths}, row["seed"]) for row in rows}

    def totals(self):
        rows = []
        for seed in range(6):
            for tech in ("old", "new"):
                for institution in ("weak", "strong"):
                    t, i = tech == "new", institution == "strong"
                    value = 10 + seed - 2 * t - 1 * i - 3 * t * i
                    rows.append(
                        {
                            "run_id": f"{tech}{institution}{seed}",
                            "tech": tech,
                            "institution": institution,
                            "seed": seed,
                            "breaks_per_km_year": float(value),
                        }
                    )
        return pd.DataFrame(rows)


def test_main_effects_and_interaction_are_those_of_the_formula():
    table = factor_effects(Result(), "breaks_per_km_year").set_index(["kind", "factor"])
    assert table.loc[("main", "tech"), "effect"] == pytest.approx(-3.5)
    assert table.loc[("main", "institution"), "effect"] == pytest.approx(-2.5)
    both = table.loc["interaction"].iloc[0]
    assert (both["effect"], both["ci_low"]) == pytest.approx((-3.0, -3.0))
    assert both["n"] == 6
    assert (both["level"], both["with_level"]) == ("new", "strong")


def test_a_factorial_with_a_hole_is_refused():
    class Hole(Result):
        def totals(self):
            return super().totals().query("tech == 'old' or institution == 'weak'")

    with pytest.raises(StoreError, match="has 3 of the 4 combinations"):
        factor_effects(Hole(), "breaks_per_km_year")
    with pytest.raises(StoreError, match="has no indicator 'breaks'"):
        factor_effects(Result(), "breaks")


def test_regret_by_hand():
    table = regret(Result(), "breaks_per_km_year", policy=["tech"], limit=8.0).set_index("tech")
    # means over seeds: old 12.5 and 11.5, new 10.5 and 6.5; fewer breaks are better
    assert table.loc["new", "regret_max"] == 0.0
    assert table.loc["old", "regret_max"] == 5.0
    assert table.loc["old", "regret_mean"] == 3.5
    assert (table.loc["new", "worst"], table.loc["new", "satisfied"]) == (10.5, 0.5)
    with pytest.raises(ArgumentError, match="no policy or no state"):
        regret(Result(), "breaks_per_km_year", policy=["tech", "institution"])


def test_points_are_compared_in_pairs_of_seeds():
    table = point_effects(Result(), "breaks_per_km_year", width=0.1)
    assert list(table["n"]) == [6, 6, 6, 6]
    assert table["delta"].abs().max() == pytest.approx(6.0)
    other = point_effects(
        Result(), "breaks_per_km_year", reference={"tech": "old", "institution": "weak"}
    )
    assert other["delta"].min() == pytest.approx(-6.0)
    assert other.loc[other["delta"].idxmin(), "p_best"] == 1.0
    with pytest.raises(StoreError, match="is no point of the sweep"):
        point_effects(Result(), "breaks_per_km_year", reference={"tech": "none"})


@pytest.mark.usefixtures("calls")
def test_a_real_sweep_has_paired_effects(scenario, monkeypatch):
    from twin.experiment.sweeps import supervise

    def carry(_engine, tasks, run_task, tell, _is_done):
        for task in tasks:
            tell(run_task(task, task.located()))

    monkeypatch.setattr(supervise, "carry", carry)
    path = "levers.renewal.ring_fence_share"
    result = sweep(scenario, {path: [0.0, 0.3, 0.5]}, seeds=range(4))
    table = point_effects(result, "breaks_per_km_year").set_index(path)
    assert (table["all_high"].drop(0.0) < 0).all()
    assert table.loc[0.5, "p_best"] == 1.0
