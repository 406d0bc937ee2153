"""What every institution knows of a day: the date, and the policy in force."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.institutions.settings import Settings, adopted

if TYPE_CHECKING:
    from twin.city.actions import Action
    from twin.core.clock import Clock


@final
@dataclass(slots=True)
class Today:
    """Shared by all institutions of a run; only the model moves it on."""

    clock: Clock
    seed: int
    """Run seed: the key of every draw."""
    day: int = 0
    """Days since the start of the run."""
    settings: Settings = field(default_factory=Settings)

    def adopt(self, action: Action) -> None:
        """Put an action into force."""
        self.settings = adopted(self.settings, action)
