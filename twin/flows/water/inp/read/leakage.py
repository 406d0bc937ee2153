"""The LEAKAGE section of EPANET 2.3: cracks of pipes, half at either end.

Q = Cd sqrt(2 g) (A0 + m H) sqrt(H) per pipe, with A0 in mm2 per 100 units of length and m in mm2
per 100 units of length and metre of pressure (so EPANET 2.3.5 computes in every system of units). A
node leaks by an orifice of its pipes' A0 that grows by their m, beside its emitter.

References
----------
May, 1994, "Pressure dependent leakage", World Water and Environmental Engineering (FAVAD).
Schwaller & van Zyl, 2015, "Modeling the pressure-leakage response of water distribution systems
based on individual leak behavior", J. Hydraul. Eng. 141(5), doi 10.1061/(ASCE)HY.1943-7900.0000984.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import Fault
from twin.flows.water.hydraulics.arrays import orifice_coefficient
from twin.flows.water.inp.lines import split_text
from twin.flows.water.network.kinds import JUNCTION_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from twin.core.arrays import Float64
    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.options import Options
    from twin.flows.water.network.tables import WaterNetwork

CRACK_EXPONENT = 1.5
HOLE_EXPONENT = 0.5
_MM2_M2 = 1e-6
_UNITS_PER_SHARE = 100.0
_SAME = 1e-9


def read_leakage(
    inp: InpText, options: Options, nodes: Mapping[str, dict[str, Any]], links: Mapping[str, Any]
) -> None:
    """Add the leaks of pipes to the rows of their nodes."""
    for row in inp.rows["LEAKAGE"]:
        if not inp.known(row, row.words[0], "pipe", links):
            continue
        link = links[row.words[0]]
        if link["kind"] != "pipe":
            inp.fault(row, f"{row.words[0]!r} is a {link['kind']}", "only pipes leak")
            continue
        area, growth = _line(inp, row, link["length_m"] / options.units.length_m)
        ends = [nodes[link[end]] for end in ("from_node", "to_node") if link[end] in nodes]
        leaking = [node for node in ends if node["kind"] == "junction"]
        for node in leaking:
            for name, more in (("leak_area_m2", area), ("crack_growth_m", growth)):
                node[name] = node.get(name, 0.0) + more / len(leaking)


def _line(inp: InpText, row: Row, length: float) -> tuple[float, float]:
    """Return the area in m2 of a pipe's cracks, and its growth in m2 per metre of pressure."""
    values = [inp.number(row, 1, "leak area"), inp.number(row, 2, "leak expansion")]
    if min(values) < 0.0:
        inp.fault(row, f"leak {values[0]:g} {values[1]:g} is negative", "cracks have an area")
    share = _MM2_M2 * length / _UNITS_PER_SHARE
    return values[0] * share, values[1] * share


@final
@dataclass(frozen=True, slots=True, eq=False)
class OwnLeaks:
    """Leaks of nodes beside those of the LEAKAGE lines the network was read with."""

    area_m2: Float64
    coefficient: Float64
    growth_m: Float64

    def exponents(self, net: WaterNetwork) -> list[float]:
        """Return the exponents of all leaks, in rising order."""
        found = set(net.leak_exponent[self.coefficient > 0.0].tolist())
        if (self.area_m2 > 0.0).any():
            found.add(HOLE_EXPONENT)
        if (self.growth_m > 0.0).any():
            found.add(CRACK_EXPONENT)
        return sorted(found)

    def at_one_metre(self) -> Float64:
        """Return the outflow of all leaks of a node at 1 m of pressure, m3/s."""
        return self.coefficient + orifice_coefficient(self.area_m2 + self.growth_m)


def own_leaks(net: WaterNetwork, options: Options, faults: list[Fault] | None = None) -> OwnLeaks:
    """Return the leaks to be written as emitters; file a fault where LEAKAGE is out of date."""
    junction = net.node_kind == JUNCTION_KIND
    rest, wrong = [], np.zeros(net.n_nodes, dtype=bool)
    for has, kept in zip((net.leak_area_m2, net.crack_growth_m), _kept(net, options), strict=True):
        more = np.where(junction, has - kept, 0.0)
        more[np.abs(more) <= _SAME * kept] = 0.0
        wrong |= more < 0.0
        rest.append(np.maximum(more, 0.0))
    if wrong.any() and faults is not None:
        node = net.node_id[int(np.flatnonzero(wrong)[0])]
        what = "leaks less than the LEAKAGE lines the network was read with"
        faults.append(Fault(f"node {node!r}", what, "drop LEAKAGE from `kept`"))
    return OwnLeaks(rest[0], np.where(junction, net.leak_coefficient, 0.0), rest[1])


def _kept(net: WaterNetwork, options: Options) -> tuple[Float64, Float64]:
    """Return area and growth by node of the lines the network was read with."""
    area, growth = np.zeros(net.n_nodes), np.zeros(net.n_nodes)
    inp = split_text("\n".join(["[LEAKAGE]", *net.kept.get("LEAKAGE", ())]), "leakage")
    links = {name: row for row, name in enumerate(net.link_id)} if inp.rows["LEAKAGE"] else {}
    for row in inp.rows["LEAKAGE"]:
        if row.words[0] not in links:
            continue
        k = links[row.words[0]]
        pair = _line(inp, row, float(net.length_m[k]) / options.units.length_m)
        ends = [end for end in (net.tail[k], net.head[k]) if net.node_kind[end] == JUNCTION_KIND]
        for end in ends:
            area[end] += pair[0] / len(ends)
            growth[end] += pair[1] / len(ends)
    return area, growth
