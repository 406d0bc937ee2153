"""What every view in the package must do; no exceptions listed."""

import pytest

from twin.indicators import indicators
from twin.indicators.views import coverage_of, load_view, read_view, view_names
from twin.policy import levers


@pytest.fixture(params=view_names())
def view(request):
    return load_view(request.param)


def test_every_item_ends_as_computed_partly_an_input_or_a_reason(view):
    count = coverage_of(view)
    assert count.computed + count.partly + count.inputs + count.missing == count.listed
    assert count.listed <= count.named


def test_every_lever_an_item_names_exists(view):
    for item in view.items:
        if item.lever:
            kind, _, field = item.lever.partition(".")
            assert field in levers[kind].model_fields, f"{view.view}: {item.id}: {item.lever}"


def test_scores_point_the_way_that_is_better(view):
    for item in view.items:
        for term in item.score:
            better = indicators[term.indicator].better
            rising = term.one_at > term.zero_at
            assert not better or rising == (better == "+"), f"{view.view}: {item.id}"


def test_every_score_runs_from_0_to_1(view):
    for end, wanted in (("zero_at", 0.0), ("one_at", 1.0)):
        for item in view.items:
            totals = {term.indicator: getattr(term, end) for term in item.score}
            reading = next(one for one in read_view(view, totals) if one.item == item)
            assert not item.score or reading.score == wanted, f"{view.view}: {item.id}"


def test_the_frames_of_the_design_are_there():
    wanted = {"smart_domains", "governance", "seed2021", "etalon2025", "iso37120", "iso37122"}
    assert wanted | {"u4ssc"} <= set(view_names())
