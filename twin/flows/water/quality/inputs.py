"""What a run of water quality starts from: the sections of an EPANET file, in SI."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError
from twin.core.registry import nearest
from twin.flows.water.inp.kept import kept_text
from twin.flows.water.inp.options import read_options, time_s
from twin.flows.water.network.kinds import NODE_KINDS, TANK_KIND
from twin.flows.water.network.times import Times
from twin.flows.water.quality.kernels.mixing import (
    FIRST_IN_FIRST_OUT,
    LAST_IN_FIRST_OUT,
    MIXED,
    TWO_COMPARTMENTS,
)
from twin.flows.water.quality.kernels.transport import CONCENTRATION, FLOW_PACED, MASS, SETPOINT
from twin.flows.water.quality.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64, Int32
    from twin.flows.water.inp.lines import InpText, Row
    from twin.flows.water.inp.units import Units
    from twin.flows.water.network.tables import WaterNetwork

_CHLORINE_M2S = 1.3e-8 * 0.3048**2
"""Molecular diffusivity of chlorine as EPANET takes it (1.3e-8 ft2/s at 20 C)."""
_RELATIVE = 1.0e-4
_TOLERANCE = 0.01
_STEP_SHARE = 0.1
"""Of the hydraulic step, where a file gives none; as in EPANET."""
_SOURCES = {"CONCEN": CONCENTRATION, "MASS": MASS, "SETPOINT": SETPOINT, "FLOWPACED": FLOW_PACED}
_MG_MIN_GS = 1.0e-3 / 60.0
_MIXING = {
    "MIXED": MIXED,
    "2COMP": TWO_COMPARTMENTS,
    "FIFO": FIRST_IN_FIRST_OUT,
    "LIFO": LAST_IN_FIRST_OUT,
}


@final
@dataclass(frozen=True, slots=True, eq=False)
class QualityInput:
    """First values, sources and reactions; `dataclasses.replace` changes them."""

    initial: Float64
    """At nodes, mg/l or hours, shape (n_nodes,); kept by reservoirs without a source."""
    bulk_s: Float64
    """First-order rate in the water of each pipe, 1/s, negative for decay, shape (n_links,)."""
    wall_ms: Float64
    """First-order rate at the wall of each pipe, m/s, negative for decay, shape (n_links,)."""
    tank_s: Float64
    """First-order rate in tanks, 1/s, shape (n_nodes,)."""
    mixing: Int32
    """MIXED, TWO_COMPARTMENTS, FIRST_IN_FIRST_OUT or LAST_IN_FIRST_OUT of `mixing.kernels`,
    shape (n_nodes,)."""
    zone_share: Float64
    """Volume at inlet and outlet of a tank of two compartments, share of the full tank's, shape
    (n_nodes,)."""
    source_kind: Int32
    """CONCENTRATION, MASS, SETPOINT or FLOW_PACED of the kernels; -1 without, shape (n_nodes,)."""
    source: Float64
    """Strength of sources: mg/l, or g/s of a MASS source, shape (n_nodes,)."""
    source_pattern: Int32
    """Row in the network's patterns, shape (n_nodes,)."""
    diffusivity_m2s: float
    tolerance: float
    """Neighbouring plugs of water that differ less are one; mg/l or hours."""
    step_s: float
    """Longest step of transport."""

    @classmethod
    def of(cls, net: WaterNetwork, mixing: Mapping[str, str] | None = None) -> QualityInput:
        """Read the QUALITY, REACTIONS, SOURCES and MIXING sections a network was read with.

        Parameters
        ----------
        net
            The network.
        mixing
            How tanks mix, by name, in the place of what the file says: MIXED, FIFO, LIFO, or 2COMP
            and the share of a full tank that mixes with what flows in, such as "2COMP 0.3".

        Raises
        ------
        CityDataError
            With all faults: what is wrong, and what is not modelled (orders of reaction other
            than one, limiting potentials).
        """
        names = ("OPTIONS", "TIMES", "QUALITY", "REACTIONS", "SOURCES", "MIXING")
        inp = kept_text(_with_mixing(net, mixing or {}), names)
        units = read_options(inp).units
        nodes = {name: row for row, name in enumerate(net.node_id)}
        links = {name: row for row, name in enumerate(net.link_id)}
        rates = Rates(net, units)
        rates.read(inp, nodes, links)
        sources = _sources(net, inp, nodes)
        model, zone_share = _mixing(net, inp, nodes)
        diffusivity, tolerance = _options(inp, units)
        found = cls(
            initial=_initial(net, inp, nodes),
            bulk_s=rates.bulk_s,
            wall_ms=rates.wall_ms,
            tank_s=rates.tank_s,
            mixing=model,
            zone_share=zone_share,
            source_kind=sources[0],
            source=sources[1],
            source_pattern=sources[2],
            diffusivity_m2s=diffusivity,
            tolerance=tolerance,
            step_s=_step(net, inp),
        )
        if inp.faults:
            raise CityDataError(inp.faults)
        return found


def _with_mixing(net: WaterNetwork, mixing: Mapping[str, str]) -> WaterNetwork:
    """Return a network with lines of MIXING behind those it has; the last of a tank holds."""
    lines = tuple(f'"{name}" {model}' for name, model in mixing.items())
    places = tuple(f"mixing of {name!r}" for name in mixing)
    kept, at = net.kept.get("MIXING", ()), net.kept_places.get("MIXING", ())
    return replace(
        net,
        kept={**net.kept, "MIXING": (*kept, *lines)},
        kept_places={**net.kept_places, "MIXING": (*at, *places)},
    )


def is_of_age(net: WaterNetwork) -> bool:
    """Return whether a network was read from a file that requests the age of water."""
    words = [line.upper().split()[:2] for line in net.kept.get("OPTIONS", ())]
    return ["QUALITY", "AGE"] in words


def _initial(net: WaterNetwork, inp: InpText, nodes: dict[str, int]) -> Float64:
    """Return the first values at nodes."""
    initial = np.zeros(net.n_nodes)
    for row in inp.rows["QUALITY"]:
        if len(row.words) > 2:  # noqa: PLR2004 - a node and its value
            inp.fault(row, "names a range of nodes", "give every node a line of its own")
        elif inp.known(row, row.words[0], "node", nodes):
            value = inp.number(row, 1, "quality")
            if value < 0.0:
                inp.fault(row, f"quality = {value:g} is negative", "give 0 or more")
            initial[nodes[row.words[0]]] = value
    return initial


def _sources(
    net: WaterNetwork, inp: InpText, nodes: dict[str, int]
) -> tuple[Int32, Float64, Int32]:
    """Return kind, strength and pattern of sources."""
    kind = np.full(net.n_nodes, -1, dtype=np.int32)
    strength, pattern = np.zeros(net.n_nodes), np.zeros(net.n_nodes, dtype=np.int32)
    rows = {name: at for at, name in enumerate(net.pattern_id)}
    for row in inp.rows["SOURCES"]:
        word, name = row.word(1).upper(), row.word(3)
        if not inp.known(row, row.words[0], "node", nodes):
            continue
        if word not in _SOURCES:
            inp.fault(row, f"source {row.word(1)!r} is not known", nearest(word, list(_SOURCES)))
            continue
        node = nodes[row.words[0]]
        kind[node] = _SOURCES[word]
        scale = _MG_MIN_GS if word == "MASS" else 1.0
        strength[node] = scale * inp.number(row, 2, "strength")
        if name and inp.known(row, name, "pattern", rows):
            pattern[node] = rows[name]
    return kind, strength, pattern


def _options(inp: InpText, units: Units) -> tuple[float, float]:
    """Return diffusivity and tolerance."""
    diffusivity, tolerance = _CHLORINE_M2S, _TOLERANCE
    for row in inp.rows["OPTIONS"]:
        word = row.words[0].upper()
        if word == "TOLERANCE":
            tolerance = inp.number(row, 1, "tolerance")
        elif word == "DIFFUSIVITY":
            value = inp.number(row, 1, "diffusivity")
            diffusivity = value * (_CHLORINE_M2S if value > _RELATIVE else units.length_m**2)
    return diffusivity, tolerance


def _step(net: WaterNetwork, inp: InpText) -> float:
    """Return the longest step of transport, never over that of hydraulics."""
    hydraulic = float((net.times or Times()).step_s)
    step = 0.0
    for row in inp.rows["TIMES"]:
        if [word.upper() for word in row.words[:2]] == ["QUALITY", "TIMESTEP"]:
            step = float(time_s(inp, row, 2) or 0.0)
    return min(step or max(_STEP_SHARE * hydraulic, 1.0), hydraulic)


def _mixing(net: WaterNetwork, inp: InpText, nodes: dict[str, int]) -> tuple[Int32, Float64]:
    """Return how every tank mixes, and the share of its zone at inlet and outlet."""
    mixing, share = np.full(net.n_nodes, MIXED, dtype=np.int32), np.ones(net.n_nodes)
    tanks = {name: row for name, row in nodes.items() if net.node_kind[row] == TANK_KIND}
    for row in inp.rows["MIXING"]:
        name, word = row.words[0], row.word(1).upper()
        if name in nodes and name not in tanks:
            kind = NODE_KINDS[net.node_kind[nodes[name]]]
            inp.fault(row, f"{name!r} is a {kind}", "remove the line: only tanks mix")
            continue
        known = inp.known(row, name, "tank", tanks)
        if word not in _MIXING:
            what = f"mixing {row.word(1)!r} is not known" if word else "has no mixing model"
            inp.fault(row, what, f"write {name} and MIXED, 2COMP with a fraction, FIFO or LIFO")
            continue
        value = _zone_share(inp, row) if _MIXING[word] == TWO_COMPARTMENTS else 1.0
        if known:
            mixing[tanks[name]], share[tanks[name]] = _MIXING[word], value
    return mixing, share


def _zone_share(inp: InpText, row: Row) -> float:
    """Return the fraction of a line of two compartments."""
    value = inp.number(row, 2, "fraction")
    if value <= 0.0 or value > 1.0:
        what = f"fraction = {value:g} is not above 0 and up to 1"
        inp.fault(row, what, "give the share of the full tank that mixes with what flows in")
    return value
