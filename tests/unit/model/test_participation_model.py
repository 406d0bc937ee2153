"""A participatory budget in a town that lives two years with it."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.economy import holders
from twin.institutions.participatory_budget import BUILT, UNPAID
from twin.model.city_model import CityModel
from twin.scenario import scenario_from_text

SCENARIO = """
scenario: vote
question: What do people vote for?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
days: %d
levers:
  budget: {network_kzt_per_person_year: 60000}
  participatory_budget: {%s}
parameters:
  citizens: {participation: {proposals_per_1000_year: 10}}
"""


def lived(levers, days=400):
    model = CityModel(grid_city(5, 5), scenario_from_text(SCENARIO % (days, levers)), seed=1)
    for _ in range(days):
        model.step()
    return model


@pytest.fixture(scope="module")
def town():
    return lived("share: 0.2, veto_share: 0.0, rule: equal_shares")


def test_projects_are_voted_paid_and_built(town):
    votes = town.result().votes
    first = votes[votes["year"] == 2026]
    built = first[first["fate"] == BUILT]
    assert len(built)
    assert (built["paid_tiyn"] > 0).all()
    assert (built["votes"] > 0).all()
    assert built["built"].between("2026-05-01", "2026-10-02").all()
    assert set(votes["year"]) == {2026, 2027}


def test_every_tiyn_that_was_voted_is_spent_or_returned(town):
    ledger = town.state.accounts.ledger
    first = {}
    for key, amount in ledger.movements():
        if key.month.startswith("2026") and holders.PARTICIPATORY in (key.source, key.target):
            sign = 1 if key.target == holders.PARTICIPATORY else -1
            first[key.purpose] = first.get(key.purpose, 0) + sign * amount
    votes = town.result().votes
    paid = int(votes.loc[votes["year"] == 2026, "paid_tiyn"].sum())
    assert first["voted on"] > 0
    assert first["participatory projects"] == -paid
    back = ledger.total("left over", source=holders.PARTICIPATORY)
    assert back == first["voted on"] - paid
    assert town.state.accounts.imbalance() == 0.0


def test_voters_and_neighbours_of_what_was_built_are_moved(town):
    people, felt = town.state.citizens, town.state.disposition
    assert people.get("voted").sum() > 0
    assert felt.amenity.max() > 0
    near = felt.amenity[people.get("building")]
    weighs = (felt.burden - felt.used_to)[people.get("household")]
    expected = felt.own + 0.08 * near - weighs
    assert people.get("disposition") == pytest.approx(np.clip(expected, -0.5, 0.5), abs=1e-6)


def test_indicators_of_the_vote_are_those_of_the_table(town):
    rows = town.result().indicators
    year = rows[(rows["period"] == "year") & (rows["start"] == "2026-01-01")]
    values = year.set_index("indicator")["value"]
    assert 0 < values["vote_turnout"] < 1
    run = rows[rows["period"] == "run"].set_index("indicator")["value"]
    votes = town.result().votes
    chosen = votes[(votes["year"] == 2026) & (votes["paid_tiyn"] > 0)]
    assert run["voted_built_share"] == pytest.approx((chosen["fate"] == BUILT).mean())


def test_broken_promises_cost_efficacy_and_trust():
    kept = lived("share: 0.2, veto_share: 0.0, diverted_share: 0.0", 366)
    broken = lived("share: 0.2, veto_share: 0.0, diverted_share: 1.0", 366)
    votes = broken.result().votes
    assert UNPAID in set(votes.loc[votes["year"] == 2026, "fate"])
    both = [one.state.citizens.get("efficacy").mean() for one in (kept, broken)]
    assert both[0] > both[1]
    diverted = broken.state.accounts.ledger.total("diverted to repairs")
    assert diverted > 0


def test_without_the_lever_nothing_is_voted_and_no_bit_changes():
    none = lived("share: 0.0, rule: phragmen, ballot_length: 7", 60)
    plain = lived("share: 0.0", 60)
    assert none.result().votes.empty
    one, other = none.result().indicators, plain.result().indicators
    assert one.equals(other)
    assert np.array_equal(none.state.citizens.get("trust"), plain.state.citizens.get("trust"))
