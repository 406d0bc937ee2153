"""How many people speak up, through which channels, and whether they get an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, final

from pydantic import Field

from twin.city.actions import Action, SetVoice
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("participation")
class Participation(AbstractLever):
    """Reporting of problems to the 109 contact centre."""

    voice_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """[share] mean probability that a resident hit by a full outage reports it on a day, with phone
    and app open."""
    channels: Annotated[tuple[Literal["phone", "app", "office"], ...], Field(min_length=1)] = (
        "phone",
        "app",
    )
    """Ways to report; `app` needs digital access. Who cannot use one that is open is not heard."""
    feedback_rate: Annotated[float, Field(ge=0, le=1)] = 0.63
    """[share] of reports that get a visible answer."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Open the channels."""
        return (SetVoice(self.voice_share, self.channels, self.feedback_rate),)
