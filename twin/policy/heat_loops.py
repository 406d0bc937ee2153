"""Links that close loops in the heat network, so that a lost main leaves a second way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from twin.city.actions import Action, LayHeatLoops
from twin.policy.base import AbstractLever, Cadence, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("heat_loops")
class HeatLoops(AbstractLever):
    """Links between branches of the heat network, laid before the first day on credit."""

    cadence: ClassVar[Cadence] = Cadence.FOUNDING
    formerly: ClassVar[tuple[str, ...]] = ("links",)

    count: Annotated[int, Field(ge=0, le=100)] = 0
    """[links] number, where they secure most residents per metre."""
    pay_years: Annotated[int, Field(ge=1, le=50)] = 10
    """[years] over which they are paid in equal parts, without interest, before any repair."""
    grant_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the price that a grant from outside pays."""
    candidates: Annotated[int, Field(ge=0, le=100)] = 0
    """[links] next best places, left for the plan of works: see `loop` in `renewal.options`."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - before there is a view
        """Lay the links."""
        return (LayHeatLoops(self.count, self.pay_years, self.grant_share, self.candidates),)
