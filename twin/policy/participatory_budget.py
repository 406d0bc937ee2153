"""Part of the works' money that residents decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, final

from pydantic import Field

from twin.city.actions import Action, SetParticipatoryBudget
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("participatory_budget")
class ParticipatoryBudget(AbstractLever):
    """A yearly vote of residents on projects that they propose."""

    share: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """[share] of the year's works money that is voted on; 0.5 to 5 % is usual."""
    source: Literal["all_works", "renewal"] = "all_works"
    """Where the money comes from: all works alike, or the ring-fenced renewal as far as it goes."""
    rule: Literal["greedy", "equal_shares", "phragmen", "expert_choice", "lottery"] = "greedy"
    """Most votes first, method of equal shares, sequential Phragmen, the council's ranking, or a
    draw."""
    completion: Literal["none", "greedy", "add1u"] = "add1u"
    """How equal shares spends what is left over."""
    ballot_length: Annotated[int, Field(ge=1, le=50)] = 3
    """[projects] most that a ballot names."""
    least_votes: Annotated[int, Field(ge=1, le=10_000)] = 1
    """[votes] a project needs."""
    project_cap_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """[share] of the money that one project may cost."""
    veto_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """[share] of proposals that the council of experts rejects; 58 % in Almaty in 2023."""
    paper_ballots: bool = True
    """Whether one can vote without the internet."""
    campaign_kzt_per_person: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """[KZT/person] yearly campaign before the vote."""
    diverted_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the voted money that goes to repairs after the vote: the promise is broken."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Call the vote of the coming year."""
        rule: str = self.rule
        if rule == "equal_shares":
            rule = f"equal_shares:completion={self.completion}"
        return (
            SetParticipatoryBudget(
                share=self.share,
                from_renewal=self.source == "renewal",
                rule=rule,
                ballot_length=self.ballot_length,
                least_votes=self.least_votes,
                project_cap_share=self.project_cap_share,
                veto_share=self.veto_share,
                paper_ballots=self.paper_ballots,
                campaign_kzt_per_person=self.campaign_kzt_per_person,
                diverted_share=self.diverted_share,
            ),
        )
