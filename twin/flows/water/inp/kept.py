"""The lines a network keeps of the file it was read with, as rows again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.flows.water.inp.lines import InpText, split_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.flows.water.network.tables import WaterNetwork


def kept_text(net: WaterNetwork, names: Sequence[str]) -> InpText:
    """Return the rows of kept sections, each with its place in the file it came from."""
    lines: list[str] = []
    places: list[str] = []
    for name in names:
        kept, at = net.kept.get(name, ()), net.kept_places.get(name, ())
        if len(at) != len(kept):
            at = tuple(f"kept line {number}" for number in range(1, len(kept) + 1))
        lines += [f"[{name}]", *kept]
        places += ["", *at]
    return split_text("\n".join(lines), "kept", tuple(places))
