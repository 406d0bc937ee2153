"""How well the city's institutions work: competence, integrity, coordination of digs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetConduct
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView

_SLOWEST = 1.5  # repair time of a wholly incompetent service over the norm; an assumption
_LARGEST_OVERRUN = 0.5  # cost overrun where nothing is transparent; an assumption


@final
@levers.register("institutions")
class Institutions(AbstractLever):
    """Conduct of the utilities and the municipality."""

    competence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] 0.5 is the norm; repairs take 1.5 times as long at 0 and half as long at 1."""
    integrity: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] works cost up to 50 % more at 0: overrun = 0.5 (1 - integrity)(1 - transparency)."""
    transparency: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] how open the books are."""
    coordinated_digs: bool = False
    """Whether a street is paved anew together with the pipe under it."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set time and cost of works relative to the norm."""
        overrun = _LARGEST_OVERRUN * (1.0 - self.integrity) * (1.0 - self.transparency)
        norm = _LARGEST_OVERRUN * 0.25
        return (
            SetConduct(
                repair_time_factor=_SLOWEST - self.competence,
                cost_factor=(1.0 + overrun) / (1.0 + norm),
                coordinated_digs=self.coordinated_digs,
            ),
        )
