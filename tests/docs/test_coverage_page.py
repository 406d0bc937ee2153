"""The page of coverage names only what exists; it and the page of indicators are as generated."""

import pytest

from docs import coverage_pages as coverage

MEND = "run `python docs/generate.py` and commit the page"


def test_every_name_of_the_page_exists_and_every_row_has_an_end():
    assert coverage.faults() == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"lever": ["renewl"]}, "no such lever. Did you mean renewal?"),
        ({"lever": ["renewal.ring_fence"]}, "no such field. Did you mean ring_fence_share?"),
        ({"mechanism": ["twin.nothing.here"]}, "no such module"),
        ({"indicator": ["trust_meen"]}, "no such indicator. Did you mean trust_mean?"),
        ({"scenario": ["nowhere"]}, "no such file in scenarios"),
        ({"shock": ["cold_spel"]}, "no such shock. Did you mean cold_spell?"),
        ({}, "no reason"),
        ({"no": "x", "not_yet": "y"}, "has both"),
        ({"no": "x", "indicators": []}, "unknown keys ['indicators']"),
    ],
)
def test_a_name_that_is_gone_is_a_fault_with_its_row(monkeypatch, row, words):
    part = {"section": "Part", "rows": [{"item": "Thing", **row}]}
    monkeypatch.setattr(coverage, "sections", lambda: [part])
    (fault,) = coverage.faults()
    assert fault.startswith("coverage.yaml: Part: Thing: ")
    assert words in fault


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (coverage.COVERAGE, coverage.coverage_page),
        (coverage.INDICATORS, coverage.indicators_page),
    ],
)
def test_the_page_is_as_generated(path, made):
    assert path.read_text() == made(), MEND
