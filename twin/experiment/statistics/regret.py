"""Regret of policies over states of the world that nobody chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.core.errors import ArgumentError, Fault, StoreError
from twin.experiment.statistics.points import wide
from twin.indicators import indicators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.experiment.sweeps import SweepResult


def regret(
    result: SweepResult, indicator: str, *, policy: Sequence[str], limit: float | None = None
) -> pd.DataFrame:
    """Return how much each policy loses against the best one, over all states.

    Parameters
    ----------
    result
        A sweep over policies and states.
    indicator
        One with a better side.
    policy
        Swept paths that a policy chooses, such as `arm`; all others are the state of the world.
    limit
        Value that is still good enough, for the column `satisfied`.

    Returns
    -------
    DataFrame
        One row per policy, the least largest regret first: the settings, `mean, worst, regret_mean,
        regret_max, p_best_state`, and `satisfied` where a limit is given. Regret in a state is the
        difference of the policy's mean over seeds from that of the best policy there, never
        negative; `worst` the worst mean over states, `p_best_state` the share of states in which it
        is best, `satisfied` that in which it reaches the limit.

    References
    ----------
    Savage, 1951, J. Am. Stat. Assoc. 46(253), doi 10.1080/01621459.1951.10500768.
    McPhail et al., 2018, Earth's Future 6(2), doi 10.1002/2017EF000649.
    """
    better = indicators[indicator].better if indicator in indicators else ""
    if better not in ("+", "-"):
        mend = "choose one of twin indicators with a better side"
        raise ArgumentError(Fault("indicator", f"{indicator} has no better side", mend))
    table = wide(result, indicator)
    names = [str(name) for name in table.index.names]
    unknown = [path for path in policy if path not in names]
    states = [name for name in names if name not in policy]
    if unknown or not states or not policy:
        what = f"{list(policy)} leaves no policy or no state of {names}"
        raise ArgumentError(Fault("policy", what, "name some of the swept paths, not all"))
    means = table.mean(axis=1).unstack(states)  # noqa: PD010 - pairs are unique
    means = means.dropna(axis=1)
    if means.empty:
        what = "no state was run with every policy"
        raise StoreError(Fault(str(result.path), what, "sweep every policy over the same states"))
    signed = means if better == "+" else -means
    losses = signed.max(axis=0) - signed
    made = pd.DataFrame(
        {
            "mean": means.mean(axis=1),
            "worst": signed.min(axis=1) * (1.0 if better == "+" else -1.0),
            "regret_mean": losses.mean(axis=1),
            "regret_max": losses.max(axis=1),
            "p_best_state": (losses == 0.0).mean(axis=1),
        }
    )
    if limit is not None:
        good = means >= limit if better == "+" else means <= limit
        made["satisfied"] = good.mean(axis=1)
    made["n_states"] = np.int64(means.shape[1])
    return made.reset_index().sort_values("regret_max", ignore_index=True)
