"""A picture that a notebook shows by itself, whatever backend matplotlib has."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 110


@final
@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A matplotlib figure to look at, change (`.figure`) or save."""

    figure: Figure

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH)
        return stream.getvalue()

    def save(self, path: Path | str) -> Path:
        """Write the picture; the ending of the name sets the format, such as png, svg or pdf."""
        path = Path(path)
        self.figure.savefig(path)
        return path
