"""Whatever is chosen of a run is that part of all its results, and reductions are numpy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.flows.water.test_water_ensemble import town
from twin.flows import water
from twin.flows.water.runs.outputs import LIMITED, LINK_OUTPUTS, OUTPUTS, REDUCTIONS

NET = town()
NODES, LINKS, TIMES = NET.node_id, NET.link_id, tuple(range(0, 21601, 2400))


def some(values):
    """Return a strategy of some of the values, each once, in any order."""
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


limits = st.sampled_from([0.0, 0.5, 52.0, 55.0, 0.004]) | st.floats(-1e3, 1e3)
reductions = st.tuples(st.sampled_from(OUTPUTS), st.sampled_from(REDUCTIONS), limits)


def words_of(one):
    """Return a reduction as a caller writes it."""
    return one if one[1] in LIMITED else one[:2]


def reduced_by_numpy(series, kind, limit):
    """Return what a series, (n_scenarios, n_times, n), is reduced to."""
    hours = np.diff(TIMES)[:, np.newaxis] / 3600.0
    if kind in {"min", "max", "mean"}:
        return getattr(series.astype(float), kind)(axis=1)
    if kind == "integral":
        return (series[:, :-1] * np.diff(TIMES)[:, np.newaxis].astype(float)).sum(axis=1)
    beyond = series[:, :-1] < limit if kind == "hours_below" else series[:, :-1] > limit
    return (beyond * (3600.0 * hours)).sum(axis=1) / 3600.0


@given(
    factors=st.lists(st.floats(0.1, 3.0), min_size=1, max_size=9),
    outputs=some(OUTPUTS),
    nodes=some(NODES),
    links=some(LINKS),
    times=some(TIMES),
    chosen=st.lists(reductions, max_size=4),
)
def test_chosen_results_are_a_part_of_all_and_reductions_those_of_numpy(
    factors, outputs, nodes, links, times, chosen
):
    names = {f"r{place}": one for place, one in enumerate(chosen)}
    used = {*outputs, *(one[0] for one in chosen)}
    on_links, on_nodes = bool(used & {*LINK_OUTPUTS}), bool(used - {*LINK_OUTPUTS})
    clock = {"demand_multiplier": factors, "duration_s": 21600.0, "step_s": 2400.0}
    every = water.simulate_ensemble(NET, **clock)
    part = water.simulate_ensemble(
        NET,
        **clock,
        outputs=outputs,
        nodes=nodes if on_nodes else None,
        links=links if on_links else None,
        times=times,
        reductions={name: words_of(one) for name, one in names.items()},
    )
    node_rows = [NODES.index(name) for name in nodes]
    link_rows = [LINKS.index(name) for name in links]
    at = np.searchsorted(TIMES, np.sort(times))
    assert list(part.series) == outputs
    for name in outputs:
        rows = link_rows if name in LINK_OUTPUTS else node_rows
        whole = getattr(every, name)[:, at][:, :, rows]
        assert np.array_equal(part.series[name], whole), name
    for name, (output, kind, limit) in names.items():
        rows = link_rows if output in LINK_OUTPUTS else node_rows
        whole = reduced_by_numpy(getattr(every, output), kind, limit)[:, rows]
        assert np.array_equal(part.reduced[name], whole), (name, output, kind)
