"""Meters for homes and buildings that pay by norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetMetering
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("metering")
class Metering(AbstractLever):
    """Meters of water in homes and of heat in buildings, paid by the municipality."""

    new_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of those without a meter that get one; who has one pays for use, not by norm."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set the meters of the coming year."""
        return (SetMetering(self.new_share),)
