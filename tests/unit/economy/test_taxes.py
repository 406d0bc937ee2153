"""Taxes by jobs at work and by residents, by hand."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.city.networks import NETWORKS
from twin.economy import Payers, TaxBase
from twin.parameters import TaxParams

PARAMS = TaxParams(firms_share=0.5, lost_output_share=0.4)


def base_of(jobs):
    """Return the tax base of a grid city whose first buildings are shops with some jobs."""
    city = grid_city()
    city.buildings["use"] = city.buildings["use"].astype(str)
    city.buildings["jobs"] = 0
    for row, number in enumerate(jobs):
        city.buildings.loc[row, "use"] = "retail"
        city.buildings.loc[row, ["people", "dwellings"]] = 0
        city.buildings.loc[row, "jobs"] = number
    city.households.loc[city.households["building_id"] < len(jobs), "building_id"] = len(jobs)
    return TaxBase(city, Payers(city, NETWORKS, 1), PARAMS)


def served(base, *levels):
    """Return the service of a network that reaches the first buildings alone."""
    service = np.full(base.jobs.size, np.nan)
    service[: len(levels)] = levels
    return service


def test_with_full_service_taxes_bring_the_plan():
    base = base_of([30, 10])
    base.note_day([served(base, 1.0, 1.0)])
    assert base.taxes(base.people, base.employed) == (0.5, 0.5)


def test_a_firm_loses_work_by_its_jobs_and_its_worst_network():
    base = base_of([30, 10])
    base.note_day([served(base, 0.5, 1.0), served(base, 0.2, 1.0)])
    base.note_day([served(base, 1.0, 1.0), served(base, 1.0, 1.0)])
    # 30 of 40 jobs miss 0.8 of one day of two, and lose two fifths of the work then
    lost = 0.4 * 0.75 * 0.8 / 2
    assert base.taxes(base.people, base.employed).firms == pytest.approx(0.5 * (1.0 - lost))
    assert base.taxes(base.people, base.employed).firms == 0.5  # the count begins anew


def test_residents_are_taxed_by_their_number():
    base = base_of([30])
    assert base.taxes(0.5 * base.people, base.employed).households == 0.25


def test_firms_are_taxed_by_those_who_work():
    base = base_of([30])
    assert base.employed > 0
    assert base.taxes(base.people, 0.7 * base.employed) == (pytest.approx(0.35), 0.5)


def test_a_city_without_firms_is_taxed_by_residents_alone():
    base = base_of([])
    base.jobs[:] = 0.0
    assert base.taxes(base.people, base.employed) == (0.0, 1.0)
