"""Bills for network services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetTariff
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("tariff")
class Tariff(AbstractLever):
    """What people are billed for water and heat."""

    bill_kzt_per_person_month: Annotated[float, Field(ge=0, le=100_000)] = 3_000.0
    """[KZT/person/month] bill at the start."""
    growth_share_per_year: Annotated[float, Field(ge=-0.5, le=1)] = 0.0
    """[share/year] real growth of the bill."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Set this year's bill."""
        growth = (1.0 + self.growth_share_per_year) ** view.year_index
        return (SetTariff(self.bill_kzt_per_person_month * growth),)
