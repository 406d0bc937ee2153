"""The REACTIONS section of an EPANET file: first-order rates of pipes, walls and tanks."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.registry import nearest
from twin.flows.water.network.kinds import PIPE_KIND, TANK_KIND

if TYPE_CHECKING:
    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.units import Units
    from twin.flows.water.network.tables import WaterNetwork

_DAY_S = 86400.0
_FIRST_ORDER = 1.0


@final
class Rates:
    """Rates of reaction, per second."""

    def __init__(self, net: WaterNetwork, units: Units) -> None:
        self._pipe = net.link_kind == PIPE_KIND
        self._tank = net.node_kind == TANK_KIND
        self._length_m = units.length_m
        self.bulk_s = np.zeros(net.n_links)
        self.wall_ms = np.zeros(net.n_links)
        self.tank_s = np.zeros(net.n_nodes)

    def read(self, inp: InpText, nodes: dict[str, int], links: dict[str, int]) -> None:
        """Set rates, those for all before those of one."""
        single: list[Row] = []
        others: list[Row] = []
        for row in inp.rows["REACTIONS"]:
            word, what = row.words[0].upper(), row.word(1).upper()
            if word == "GLOBAL" and what in {"BULK", "WALL"}:
                rate = inp.number(row, 2, "rate") / _DAY_S
                if what == "WALL":
                    self.wall_ms[self._pipe] = rate * self._length_m
                else:
                    self.bulk_s[self._pipe] = rate
                    self.tank_s[self._tank] = rate
            elif word in {"BULK", "WALL", "TANK"}:
                single.append(row)
            else:
                others.append(row)
        for row in single:
            self._single(inp, row, nodes, links)
        for row in others:
            if not (row.words[0].upper() == "ORDER" and self._rests(row.word(1).upper())):
                _refuse_order(inp, row, row.words[0].upper())

    def _single(self, inp: InpText, row: Row, nodes: dict[str, int], links: dict[str, int]) -> None:
        """Set the rate of one pipe or tank."""
        word, name = row.words[0].upper(), row.word(1)
        known = nodes if word == "TANK" else links
        if not inp.known(row, name, "tank" if word == "TANK" else "pipe", known):
            return
        rate = inp.number(row, 2, "rate") / _DAY_S
        if word == "TANK":
            self.tank_s[known[name]] = rate
        elif word == "WALL":
            self.wall_ms[known[name]] = rate * self._length_m
        else:
            self.bulk_s[known[name]] = rate

    def _rests(self, where: str) -> bool:
        """Return whether nothing reacts somewhere, so that its order means nothing."""
        rates = {"BULK": self.bulk_s, "WALL": self.wall_ms, "TANK": self.tank_s}
        return where in rates and not rates[where].any()


def _refuse_order(inp: InpText, row: Row, word: str) -> None:
    """File a fault of a line that is not first-order decay."""
    if word not in {"ORDER", "LIMITING", "ROUGHNESS"}:
        hint = nearest(word, ["GLOBAL", "BULK", "WALL", "TANK", "ORDER"])
        inp.fault(row, f"{row.words[0]!r} opens no line of REACTIONS", hint)
        return
    value = inp.number(row, 2, word.lower())
    plain = _FIRST_ORDER if word == "ORDER" else 0.0
    if value != plain:
        what = f"{row.text.strip()} is not modelled, only first order without limits"
        inp.fault(row, what, f"set it to {plain:g}")
