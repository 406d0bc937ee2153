"""Links that close loops in the heat network, so that a lost main leaves a second way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, PayLinks
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("links")
class Links(AbstractLever):
    """Links between branches of the heat network, laid before the first day on credit."""

    heat_links: Annotated[int, Field(ge=0, le=100)] = 0
    """[links] number, where they secure most residents per metre."""
    pay_years: Annotated[int, Field(ge=1, le=50)] = 10
    """[years] over which they are paid in equal parts, without interest, before any repair."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Pay this year's part."""
        return (PayLinks(1.0 / self.pay_years if view.year_index < self.pay_years else 0.0),)
