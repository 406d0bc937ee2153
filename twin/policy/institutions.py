"""How well the city's institutions work: competence, integrity, coordination of digs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetConduct
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("institutions")
class Institutions(AbstractLever):
    """Conduct of the utilities and the municipality."""

    competence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] 0.5 is the norm; at 0 repairs take `parameters.institutions.slowest_repair` times as
    long, and most works fail."""
    integrity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] of contracts that are let at a fair price, not rigged for a markup, and of bad works
    that are not accepted (`parameters.contracts`)."""
    transparency: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] of overruns that the council sees in the books and may refuse."""
    coordinated_digs: bool = False
    """Whether a street is paved anew together with the pipe under it."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set how able, honest and open the institutions are."""
        return (
            SetConduct(
                competence=self.competence,
                integrity=self.integrity,
                transparency=self.transparency,
                coordinated_digs=self.coordinated_digs,
            ),
        )
