"""The parameters of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from twin.parameters import InspectionParams, KnowledgeParams, WorkParams


@final
@dataclass(frozen=True, slots=True)
class KnowledgeNumbers:
    """Parameters of what is known."""

    register: KnowledgeParams
    inspection: InspectionParams
    works: WorkParams

    @classmethod
    def usual(cls) -> KnowledgeNumbers:
        """Return the defaults."""
        return cls(KnowledgeParams(), InspectionParams(), WorkParams())
