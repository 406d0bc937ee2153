"""How large a change of an indicator must be to matter.

A scenario declares it under `matters:`, in the unit of the indicator. Where it does not, half a
percentage point counts for shares, and one per cent of the base for everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARE_MATTERS = 0.005
RELATIVE_MATTERS = 0.01


def least_change(kind: str, unit: str, base: float, declared: Mapping[str, float]) -> float:
    """Return the least change of an indicator that matters, in its unit."""
    if kind in declared:
        return declared[kind]
    return SHARE_MATTERS if unit == "share" else RELATIVE_MATTERS * abs(base)
