"""What every institution knows of a day: the date, the policy in force, how they work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.institutions.settings import Settings, adopted
from twin.parameters import ContractParams, InstitutionParams

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
    params: InstitutionParams = field(default_factory=InstitutionParams)
    contracts: ContractParams = field(default_factory=ContractParams)

    def repair_time_factor(self) -> float:
        """Return the repair time under the present conduct over the norm."""
        slowest = float(self.params.slowest_repair)
        return slowest - self.settings.conduct.competence * (2.0 * (slowest - 1.0))

    def adopt(self, action: Action) -> None:
        """Put an action into force."""
        self.settings = adopted(self.settings, action)
