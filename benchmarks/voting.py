"""Voting rules on drawn votes of 100,000 and a million people; pabutools beside us, if installed.

Projects have lognormal costs and popularities, as in Pabulib's files: the budget is a third of all
costs, the Gini coefficient of votes about 0.3, and a ballot names three projects on average, the
median of its files. Public calls; processor time, all threads; medians of repeated calls in one
process, the first left out, which compiles. pabutools (GPL, and its wheel requires gurobipy) is no
dependency: put it on PYTHONPATH to have it measured.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin import voting
from twin.core.streams import Stream
from twin.kernels.rng import normals_for, uniforms_for

if TYPE_CHECKING:
    from collections.abc import Callable

N_VOTERS, N_PROJECTS, MEAN_LENGTH = 100_000, 100, 3
MANY_VOTERS = 1_000_000
REPEATS = 7
PEER_VOTERS = 10_000
DEMANDED = {"equal_shares_ms": 10.0, "phragmen_ms": 50.0, "million_s": 1.0}


def run() -> dict[str, Any]:
    """Time rules, and reading with a whole round; ratios to the peer."""
    vote = drawn_vote(N_VOTERS, N_PROJECTS)
    figures: dict[str, Any] = {
        "voters": N_VOTERS,
        "projects": N_PROJECTS,
        "entries": len(vote.ballots.project) if vote.ballots else 0,
    }
    specs = {
        "greedy": "greedy",
        "equal_shares": "equal_shares",
        "equal_shares_cardinality": "equal_shares:satisfaction=cardinality",
        "phragmen": "phragmen",
    }
    for name, spec in specs.items():
        outcome, timed = timed_call(lambda spec=spec: voting.tally(vote, spec))
        figures[name] = {
            "ms": 1e3 * timed,
            "funded": len(outcome.order),
            "spent_share": outcome.spent / outcome.budget,
        }
    figures["measures_ms"] = 1e3 * timed_call(lambda: voting.measure(vote, outcome))[1]
    figures["million"] = million()
    figures["demanded"] = DEMANDED
    if importlib.util.find_spec("pabutools"):
        figures["pabutools"] = beside_pabutools(specs)
    return figures


def drawn_vote(n_voters: int, n_projects: int, seed: int = 1) -> voting.Election:
    """Return a vote with lognormal costs and popularities."""
    rows = np.arange(n_projects)
    key = np.uint64(seed)
    cost = np.round(1e5 * np.exp(normals_for(key, Stream.PROJECT_LOTTERY, rows, 0, 0)))
    chance = np.exp(0.55 * normals_for(key, Stream.PROJECT_LOTTERY, rows, 0, 1))
    chance *= MEAN_LENGTH / chance.sum()
    voters = np.arange(n_voters)
    draws = [uniforms_for(key, Stream.TIE_LOTTERY, voters, 0, j) < chance[j] for j in rows]
    chosen = np.column_stack(draws)
    chosen[~chosen.any(axis=1), int(chance.argmax())] = True
    length = chosen.sum(axis=1)
    names = tuple(f"P{j}" for j in rows)
    money = cost.astype(np.int64)
    home = np.full(n_projects, -1, dtype=np.int32)
    return voting.Election(
        voting.Projects(names, money, money, home, names, ((),) * n_projects),
        voting.Ballots(
            voting.VoteType.APPROVAL,
            np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
            np.nonzero(chosen)[1].astype(np.int32),
            np.ones(int(length.sum()), dtype=np.int64),
            np.full(n_voters, -1, dtype=np.int32),
        ),
        budget=int(money.sum()) // 3,
    )


def timed_call[T](call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns, and its median time in seconds; the first is not counted."""
    out = call()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return out, statistics.median(times)


def million() -> dict[str, float]:
    """Return seconds to read a file of a million ballots and to count it under two rules."""
    with tempfile.TemporaryDirectory() as folder:
        path = voting.write_pb(drawn_vote(MANY_VOTERS, N_PROJECTS), Path(folder) / "million.pb")
        vote, read_s = timed_call(lambda: voting.read_pb(path))
        size_mb = path.stat().st_size / 1e6

        def whole() -> voting.Measures:
            vote = voting.read_pb(path)
            return voting.measure(vote, voting.tally(vote, "equal_shares"))

        _, whole_s = timed_call(whole)
    shares_s = timed_call(lambda: voting.tally(vote, "equal_shares"))[1]
    phragmen_s = timed_call(lambda: voting.tally(vote, "phragmen"))[1]
    return {
        "file_mb": size_mb,
        "read_s": read_s,
        "equal_shares_s": shares_s,
        "phragmen_s": phragmen_s,
        "read_count_measure_s": whole_s,
    }


def beside_pabutools(specs: dict[str, str]) -> dict[str, Any]:
    """Return times of both on a vote of 10,000 people, and whether winners are the same."""
    from pabutools import election as peer_election
    from pabutools import rules as peer

    vote = drawn_vote(PEER_VOTERS, N_PROJECTS)
    with tempfile.TemporaryDirectory() as folder:
        path = voting.write_pb(vote, Path(folder) / "vote.pb")
        start = time.process_time()
        instance, profile = peer_election.parse_pabulib(str(path))
        read_s = time.process_time() - start
        ours_read_s = timed_call(lambda: voting.read_pb(path))[1]
    ballots = profile.as_multiprofile()
    calls = {
        "greedy": lambda: peer.greedy_utilitarian_welfare(
            instance, ballots, sat_class=peer_election.Cost_Sat
        ),
        "equal_shares": lambda: peer.method_of_equal_shares(
            instance, ballots, sat_class=peer_election.Cost_Sat
        ),
        "equal_shares_cardinality": lambda: peer.method_of_equal_shares(
            instance, ballots, sat_class=peer_election.Cardinality_Sat
        ),
        "phragmen": lambda: peer.sequential_phragmen(instance, ballots),
    }
    figures: dict[str, Any] = {
        "voters": PEER_VOTERS,
        "read": {"ours_s": ours_read_s, "peer_s": read_s, "ratio": read_s / ours_read_s},
    }
    for name, call in calls.items():
        start = time.process_time()
        found = call()
        peer_s = time.process_time() - start
        ours, ours_s = timed_call(lambda name=name: voting.tally(vote, specs[name]))
        figures[name] = {
            "ours_ms": 1e3 * ours_s,
            "peer_ms": 1e3 * peer_s,
            "ratio": peer_s / ours_s,
            "same_winners": ours.winners == tuple(sorted(project.name for project in found)),
        }
    return figures
