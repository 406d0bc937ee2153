"""The participatory budget: from proposals to projects, through the council and the count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORKS, STREET
from twin.city.votes import PROJECT_KINDS
from twin.core.streams import Stream
from twin.economy.ledger import kzt, tiyn
from twin.kernels.rng import uniforms_for
from twin.voting import Ballots, Election, Limits, Projects, VoteType, tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.assets import Assets
    from twin.city.actions import SetParticipatoryBudget
    from twin.city.votes import Proposals, Vote
    from twin.core.arrays import Bool, Float64, Int32, Int64
    from twin.parameters import ParticipationParams

REJECTED, TOO_DEAR, NOT_CHOSEN, CHOSEN, UNPAID, LATE, ABANDONED, BUILT = (
    "rejected by the council",
    "above the cap",
    "not chosen",
    "chosen",
    "chosen, money lacking",
    "chosen, not finished in the year",
    "paid and abandoned",
    "built",
)
FATES = (REJECTED, TOO_DEAR, NOT_CHOSEN, CHOSEN, UNPAID, LATE, ABANDONED, BUILT)


@final
@dataclass(slots=True)
class Project:
    """One project of a round."""

    project_id: str
    kind: int
    """Code in `twin.city.votes.PROJECT_KINDS`."""
    building: int
    """Row of the proposer's home, where it stands."""
    asset: int
    """Row of the asset it renews, -1 for a yard or lights."""
    cost: int
    """In tiyn."""
    proposer: int
    """`person_id`."""
    quality: float
    fate: str = NOT_CHOSEN
    votes: int = 0
    paid: int = 0
    """In tiyn."""
    end_day: int = -1
    """Day on which it is finished, -1 not planned."""
    is_abandoned: bool = False
    """Whether its money is spent and nothing comes of it."""


@final
@dataclass(slots=True)
class Round:
    """A vote of one year."""

    year: int
    number: int
    """Years since the start of the run."""
    money: int
    """In tiyn."""
    projects: list[Project]
    """Every proposal, those on the ballot last."""
    on_ballot: list[Project]
    """Rows of the ballots."""
    ballots: Vote | None = None
    adults: int = 0
    winners: list[Project] = field(default_factory=list)
    """In the order in which the count funds them."""


def projects_of(  # noqa: PLR0913 - what a project depends on
    proposals: Proposals,
    assets: Assets,
    building_street: Int32,
    *,
    money: int,
    price_kzt: Callable[[int], float],
    year: int,
    params: ParticipationParams,
) -> list[Project]:
    """Return what the proposals would build; a second one for the same asset is left out.

    `price_kzt` gives the price at which the renewal of an asset is let.
    Proposers know how much is voted on, `money` in tiyn, and fit yards and lights to it.

    A pavement is the proposer's street; a pipe is the main under it with most failures so far, the
    oldest of equals. Without such a main the proposal is a yard.
    """
    taken: set[int] = set()
    made: list[Project] = []
    for place in range(proposals.person_id.size):
        kind, building = int(proposals.kind[place]), int(proposals.building[place])
        asset = _asset_for(PROJECT_KINDS[kind], int(building_street[building]), assets)
        if asset < 0 and PROJECT_KINDS[kind] in ("street", "pipe"):
            kind = PROJECT_KINDS.index("yard")
        if asset >= 0 and asset in taken:
            continue
        taken.add(asset)
        drawn = float(proposals.cost_draw[place])
        median_kzt = params.yard_cost_share * kzt(money)
        cost_kzt = median_kzt * float(np.exp(params.cost_log_spread * drawn))
        cost_kzt = max(params.least_cost_kzt, cost_kzt)
        if asset >= 0:
            cost_kzt = price_kzt(asset)
        made.append(
            Project(
                project_id=f"{year}-{len(made) + 1}",
                kind=kind,
                building=building,
                asset=asset,
                cost=tiyn(cost_kzt),
                proposer=int(proposals.person_id[place]),
                quality=float(proposals.quality[place]),
            )
        )
    return made


def _asset_for(kind: str, street: int, assets: Assets) -> int:
    """Return the asset that a project of a kind renews in a street, -1 for none."""
    if street < 0 or kind not in ("street", "pipe"):
        return -1
    there = assets.street_edge == street
    is_street = assets.arrays.network == STREET.code
    rows = np.flatnonzero(there & (is_street if kind == "street" else ~is_street))
    rows = rows[np.isfinite(assets.renewal_cost_kzt[rows])]
    if not rows.size:
        return -1
    rank = np.lexsort((-assets.arrays.age_years[rows], -assets.arrays.n_failures[rows]))
    return int(rows[rank[0]])


def admitted(
    projects: list[Project], policy: SetParticipatoryBudget, money: int, number: int, seed: int
) -> list[Project]:
    """Mark what the council rejects and what is too dear; return what comes on the ballot."""
    if not projects:
        return []
    proposer = np.array([one.proposer for one in projects], dtype=np.int32)
    luck = uniforms_for(seed, int(Stream.VETO), proposer, number, 0)
    cap = policy.project_cap_share * money
    left = []
    for one, drawn in zip(projects, luck, strict=True):
        if drawn < policy.veto_share:
            one.fate = REJECTED
        elif one.cost > cap:
            one.fate = TOO_DEAR
        else:
            left.append(one)
    return left


def count(
    on_ballot: list[Project], ballots: Vote, policy: SetParticipatoryBudget, money: int, seed: int
) -> list[Project]:
    """Count the ballots; return the winners in the order in which they are funded."""
    votes = np.bincount(ballots.project, minlength=len(on_ballot))
    for one, number in zip(on_ballot, votes, strict=True):
        one.votes = int(number)
    if not on_ballot or not ballots.voter.size:
        return []
    cost: Int64 = np.array([one.cost for one in on_ballot], dtype=np.int64)
    everywhere = np.full(cost.size, -1, dtype=np.int32)
    election = Election(
        projects=Projects(
            project_id=tuple(one.project_id for one in on_ballot),
            cost=cost,
            least_cost=cost,
            district=everywhere,
            name=tuple(PROJECT_KINDS[one.kind] for one in on_ballot),
            categories=tuple((PROJECT_KINDS[one.kind],) for one in on_ballot),
        ),
        ballots=Ballots(
            VoteType.APPROVAL,
            ballots.start,
            ballots.project.astype(np.int32),
            np.ones(ballots.project.size, dtype=np.int64),
            np.full(ballots.voter.size, -1, dtype=np.int32),
        ),
        budget=money,
        decimals=2,
        limits=Limits(max_length=policy.ballot_length, min_votes=policy.least_votes),
    )
    if policy.rule == "expert_choice":
        return _by_experts(on_ballot, money)
    outcome = tally(election, policy.rule, seed=seed)
    winners = [on_ballot[row] for row in outcome.order]
    for one in winners:
        one.fate = CHOSEN
    return winners


def _by_experts(on_ballot: list[Project], money: int) -> list[Project]:
    """Return what the council ranks first: works on networks before yards, the cheaper first."""
    left, winners = money, []
    for one in sorted(on_ballot, key=lambda one: (one.asset < 0, one.cost, one.project_id)):
        if one.cost <= left:
            left -= one.cost
            one.fate = CHOSEN
            winners.append(one)
    return winners


def amenity_part(cost: int, params: ParticipationParams) -> float:
    """Return how much of a whole yard a project of a cost in tiyn is, 0-1."""
    return min(1.0, cost / tiyn(params.whole_yard_kzt))


def nearness(home_xy: Float64, building: int, scale_m: float) -> Float64:
    """Return exp(-distance / scale) from every building to one, shape (n_buildings,)."""
    offset = home_xy - home_xy[building]
    near: Float64 = np.exp(-np.hypot(offset[:, 0], offset[:, 1]) / scale_m)
    return near


def without_winner(ballots: Vote, on_ballot: list[Project]) -> int:
    """Return the voters none of whose projects was chosen."""
    lost = (REJECTED, TOO_DEAR, NOT_CHOSEN)
    won: Bool = np.array([one.fate not in lost for one in on_ballot], dtype=np.bool_)
    voter_of = np.repeat(np.arange(ballots.voter.size), np.diff(ballots.start))
    any_won = np.bincount(voter_of, weights=won[ballots.project], minlength=ballots.voter.size)
    return int((any_won == 0).sum())


def network_of(project: Project, assets: Assets) -> str:
    """Return the network of the asset that a project renews, empty for none."""
    if project.asset < 0:
        return ""
    return NETWORKS[int(assets.arrays.network[project.asset])].name
