"""What the city offers to private capital for the renewal of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, final

from pydantic import Field, create_model

from twin.city.actions import Action, SetInvestment
from twin.city.networks import NETWORKS, code_of
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView

_SOLD = tuple(kind.name for kind in NETWORKS if kind.sales is not None)

if TYPE_CHECKING:

    class _Investment(AbstractLever):
        network: str

else:
    _network: Any = Annotated[
        Literal[_SOLD], Field(description="Network whose worst mains are laid new.")
    ]
    _Investment = create_model("_Investment", __base__=AbstractLever, network=(_network, _SOLD[0]))


@final
@levers.register("investment")
class Investment(_Investment):
    """A contract with an investor, who takes it or leaves it on 1 January while none is running.

    Without a contract the other fields do nothing.
    """

    contract: Literal["none", "surplus", "tariff", "budget"] = "none"
    """What pays the investor back: nothing is offered; what the operator has left over; a
    supplement to the network's tariff (tariff for investment); or the city's budget (a
    public-private partnership)."""
    capital_kzt_per_person: Annotated[float, Field(ge=0, le=10_000_000)] = 20_000.0
    """[KZT/person] capital for works."""
    term_years: Annotated[int, Field(ge=1, le=50)] = 10
    """[years] in which the capital is paid back in equal yearly parts with the return; then the
    contract ends."""
    return_share_per_year: Annotated[float, Field(ge=0, le=1)] = 0.22
    """[share/year] return on capital that the contract grants."""
    guarantee_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of what is missing from a payment that the city's budget pays."""
    grant_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the works that the state pays beside the investor."""
    tariff_supplement_share: Annotated[float, Field(ge=0, le=5)] = 0.1
    """[share] rise of the network's tariff while a contract `tariff` runs."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Offer the contract of the coming year."""
        if self.contract == "none":
            return (SetInvestment(),)
        return (
            SetInvestment(
                source=self.contract,
                network=code_of(self.network),
                capital_kzt=self.capital_kzt_per_person * view.people,
                term_years=self.term_years,
                return_share=self.return_share_per_year,
                guarantee_share=self.guarantee_share,
                grant_share=self.grant_share,
                supplement_share=self.tariff_supplement_share,
            ),
        )
