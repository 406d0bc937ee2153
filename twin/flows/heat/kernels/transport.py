"""Compiled plug flow: parcels of water that travel, mix at nodes and cool on their way.

A pipe holds parcels from its outlet to its inlet. A parcel keeps the enthalpy it entered with and
the pipe's clock when its two edges entered; the clock runs in time constants of cooling, so
h = h_ground + (h_entry - h_ground) exp(-(clock - clock_entry)), exact for any flow that is constant
within a step, and linear in enthalpy: cutting, mixing and averaging parcels loses nothing.
The idea: van der Heijde et al., 2017, Energy Convers. Manage. 151, 158-169,
doi 10.1016/j.enconman.2017.08.072 (delay, exponential loss, wall as a mixed volume at the outlet).
"""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.jit import inline_kernel, kernel

_SERIES = 0.02  # spread of ages below which a series is as exact as the quotient and stays so
_FADED = 1e-3  # decay from which on a parcel starts anew at its present heat
_NOTHING = 1e-12  # share of a pipe's water that counts as none


class Parcels(NamedTuple):
    """Water in pipes, parcel 0 at the outlet of the present flow."""

    mass_kg: np.ndarray  # (n_pipes, n_slots)
    entry_jkg: np.ndarray  # (n_pipes, n_slots) enthalpy at entry
    lead: np.ndarray  # (n_pipes, n_slots) clock when the outlet-side edge entered
    trail: np.ndarray  # (n_pipes, n_slots) and the other edge
    filled: np.ndarray  # (n_pipes,) int32, slots in use
    to_head: np.ndarray  # (n_pipes,) uint8, 1 where the outlet is the head
    clock: np.ndarray  # (n_pipes,) in time constants
    content_kg: np.ndarray  # (n_pipes,) water of a full pipe
    wall_kg: np.ndarray  # (n_pipes,) water of the wall's heat capacity
    wall_jkg: np.ndarray  # (n_pipes,) enthalpy of water as warm as the wall
    ground_jkg: np.ndarray  # (n_pipes,) enthalpy of water as cold as the ground


class History(NamedTuple):
    """What passes places in one step: pieces of constant enthalpy, by share of the step."""

    end: np.ndarray  # (n_places, n_slots) where a piece ends, 0-1
    h_jkg: np.ndarray  # (n_places, n_slots)
    filled: np.ndarray  # (n_places,) int32, slots in use


@inline_kernel
def mean_decay(begin, end):
    """Return the mean of exp(-age) over ages from `begin` to `end`."""
    spread = end - begin
    if abs(spread) < _SERIES:
        square = spread * spread
        return math.exp(-0.5 * (begin + end)) * (1.0 + square * (1.0 / 24.0 + square / 1920.0))
    return (math.exp(-begin) - math.exp(-end)) / spread


@inline_kernel
def flip_into(p, out):
    """Turn the order of a pipe's parcels about, for flow the other way."""
    last = out.filled[p] - 1
    for i in range((last + 2) // 2):
        j = last - i
        for values in (out.mass_kg, out.entry_jkg):
            values[p, i], values[p, j] = values[p, j], values[p, i]
        edges = out.lead[p, i], out.trail[p, i], out.lead[p, j], out.trail[p, j]
        out.lead[p, i], out.trail[p, i] = edges[3], edges[2]
        out.lead[p, j], out.trail[p, j] = edges[1], edges[0]
    out.to_head[p] = 1 - out.to_head[p]


@inline_kernel
def _join_into(p, i, out):
    """Join parcel i + 1 to parcel i; heat stays, the entry is what explains it."""
    now, ground = out.clock[p], out.ground_jkg[p]
    heat = 0.0
    for j in (i, i + 1):
        kept = mean_decay(now - out.lead[p, j], now - out.trail[p, j])
        heat += out.mass_kg[p, j] * (out.entry_jkg[p, j] - ground) * kept
    mass = out.mass_kg[p, i] + out.mass_kg[p, i + 1]
    out.trail[p, i] = out.trail[p, i + 1]
    kept = mean_decay(now - out.lead[p, i], now - out.trail[p, i])
    if kept < _FADED:
        out.lead[p, i] = now
        out.trail[p, i] = now
        kept = 1.0
    out.mass_kg[p, i] = mass
    out.entry_jkg[p, i] = ground + heat / (mass * kept)
    for j in range(i + 1, out.filled[p] - 1):
        for values in (out.mass_kg, out.entry_jkg, out.lead, out.trail):
            values[p, j] = values[p, j + 1]
    out.filled[p] -= 1


@inline_kernel
def _differ_jkg(p, i, out):
    """Return how far joining two parcels would bend what they are, in enthalpy."""
    over = abs(out.entry_jkg[p, i] - out.ground_jkg[p])
    share = out.mass_kg[p, i] / (out.mass_kg[p, i] + out.mass_kg[p, i + 1])
    straight = out.lead[p, i] + share * (out.trail[p, i + 1] - out.lead[p, i])
    gap = abs(out.lead[p, i + 1] - out.trail[p, i]) + abs(straight - out.trail[p, i])
    return abs(out.entry_jkg[p, i + 1] - out.entry_jkg[p, i]) + over * gap


@inline_kernel
def _tidy_into(p, alike_jkg, free_slots, out):
    """Join parcels that are alike, and the most alike until `free_slots` slots are free."""
    for i in range(out.filled[p] - 2, -1, -1):
        if _differ_jkg(p, i, out) <= alike_jkg:
            _join_into(p, i, out)
    while out.filled[p] > out.mass_kg.shape[1] - free_slots and out.filled[p] > 1:
        best = out.filled[p] - 2
        least = math.inf
        for j in range(out.filled[p] - 1):
            differ = min(out.mass_kg[p, j], out.mass_kg[p, j + 1]) * _differ_jkg(p, j, out)
            if differ < least:
                best = j
                least = differ
        _join_into(p, best, out)


@inline_kernel
def _push_into(p, moved_kg, rise, stay, ends, values, count, out):
    """Put in the last share `stay` of what enters; return the heat it loses till the step ends."""
    before = out.clock[p]
    ground = out.ground_jkg[p]
    lost = 0.0
    begin = 1.0 - stay
    for k in range(count):
        if ends[k] <= begin:
            continue
        mass = (ends[k] - begin) * moved_kg
        at = out.filled[p]
        out.mass_kg[p, at] = mass
        out.entry_jkg[p, at] = values[k]
        out.lead[p, at] = before + begin * rise
        out.trail[p, at] = before + ends[k] * rise
        kept = mean_decay((1.0 - begin) * rise, (1.0 - ends[k]) * rise)
        lost += mass * (values[k] - ground) * (1.0 - kept)
        out.filled[p] += 1
        begin = ends[k]
    return lost


@inline_kernel
def _pop_into(p, moved_kg, rise, ends, values, out):
    """Take `moved_kg` out of a pipe's parcels; return (taken, pieces, heat lost by all parcels)."""
    now, ground, n = out.clock[p], out.ground_jkg[p], out.filled[p]
    taken, lost, made, first = 0.0, 0.0, 0, 0
    while first < n and taken < moved_kg:
        mass = out.mass_kg[p, first]
        take = min(mass, moved_kg - taken)
        if mass - take < _NOTHING * out.content_kg[p]:
            take = mass
        lead, over = out.lead[p, first], out.entry_jkg[p, first] - ground
        cut = lead + (out.trail[p, first] - lead) * (take / mass)
        begin = now + min(taken / moved_kg, 1.0) * rise
        taken += take
        end = now + min(taken / moved_kg, 1.0) * rise
        kept = mean_decay(begin - lead, end - cut)
        lost += take * over * (mean_decay(now - lead, now - cut) - kept)
        ends[made] = min(taken / moved_kg, 1.0)
        values[made] = ground + over * kept
        made += 1
        if take < mass:
            out.mass_kg[p, first] = mass - take
            out.lead[p, first] = cut
            break
        first += 1
    cooling = 1.0 - math.exp(-rise) if first < n else 0.0
    for j in range(first, n):
        over = out.entry_jkg[p, j] - ground
        kept = mean_decay(now - out.lead[p, j], now - out.trail[p, j])
        lost += out.mass_kg[p, j] * over * kept * cooling
        for columns in (out.mass_kg, out.entry_jkg, out.lead, out.trail):
            columns[p, j - first] = columns[p, j]
    out.filled[p] = n - first
    return taken, made, lost


@inline_kernel
def _wall_into(p, moved_kg, ends, values, made, out):
    """Let the outlet's wall, a mixed volume, take and give heat to what flows past."""
    wall = out.wall_jkg[p]
    begin = 0.0
    for k in range(made):
        x = (ends[k] - begin) * moved_kg / out.wall_kg[p]
        begin = ends[k]
        over = wall - values[k]
        kept = math.exp(-x)
        wall = values[k] + over * kept
        if x > _NOTHING:
            values[k] += over * (1.0 - kept) / x
    out.wall_jkg[p] = wall


@inline_kernel
def flow_through_into(p, moved_kg, rise, alike_jkg, inflow, ends, values, out):
    """Move water through a pipe for one step; return (pieces that leave, heat lost in J).

    `rise` is the step in time constants; `inflow` is (ends, values, count) of what enters; the
    pieces that leave are written to `ends` and `values`.
    """
    in_ends, in_values, in_count = inflow
    _tidy_into(p, alike_jkg, in_count, out)
    ground = out.ground_jkg[p]
    taken, made, lost = _pop_into(p, moved_kg, rise, ends, values, out)
    stay = min(taken / moved_kg, 1.0)
    if out.filled[p] == 0 and taken < moved_kg:  # some of what enters leaves in the same step
        kept = math.exp(-stay * rise)
        begin = 0.0
        for k in range(in_count):
            end = min(in_ends[k], 1.0 - stay)
            if end > begin:
                ends[made] = stay + end
                values[made] = ground + (in_values[k] - ground) * kept
                lost += (end - begin) * moved_kg * (in_values[k] - ground) * (1.0 - kept)
                made += 1
                begin = end
    ends[made - 1] = 1.0
    lost += _push_into(p, moved_kg, rise, stay, in_ends, in_values, in_count, out)
    out.clock[p] += rise
    if out.wall_kg[p] > 0.0:
        _wall_into(p, moved_kg, ends, values, made, out)
    return made, lost


@kernel
def stand_into(p, rise, out):
    """Let a pipe's still water cool for one step; return the heat lost in J."""
    share = out.content_kg[p] / (out.content_kg[p] + out.wall_kg[p])
    now, ground = out.clock[p], out.ground_jkg[p]
    cooling = 1.0 - math.exp(-rise * share)
    lost = out.wall_kg[p] * (out.wall_jkg[p] - ground) * cooling
    out.wall_jkg[p] -= (out.wall_jkg[p] - ground) * cooling
    for j in range(out.filled[p]):
        kept = mean_decay(now - out.lead[p, j], now - out.trail[p, j])
        lost += out.mass_kg[p, j] * (out.entry_jkg[p, j] - ground) * kept * cooling
    out.clock[p] += rise * share
    return lost


@kernel
def coldest_jkg(parcels, p):
    """Return the least enthalpy of a pipe's water at an edge of a parcel."""
    now, ground = parcels.clock[p], parcels.ground_jkg[p]
    least = math.inf
    for j in range(parcels.filled[p]):
        over = parcels.entry_jkg[p, j] - ground
        least = min(least, ground + over * math.exp(parcels.lead[p, j] - now))
        least = min(least, ground + over * math.exp(parcels.trail[p, j] - now))
    return least


@inline_kernel
def end_jkg(parcels, p, at_head):
    """Return the enthalpy of the water that stands at one end of a pipe."""
    last = parcels.filled[p] - 1
    now, ground = parcels.clock[p], parcels.ground_jkg[p]
    if parcels.to_head[p] == at_head:
        kept = math.exp(parcels.lead[p, 0] - now)
        return ground + (parcels.entry_jkg[p, 0] - ground) * kept
    kept = math.exp(parcels.trail[p, last] - now)
    return ground + (parcels.entry_jkg[p, last] - ground) * kept


@kernel
def stored_j(parcels):
    """Return the heat in water and walls, over water at 0 C."""
    total = 0.0
    for p in range(parcels.filled.size):
        now, ground = parcels.clock[p], parcels.ground_jkg[p]
        total += parcels.wall_kg[p] * parcels.wall_jkg[p]
        for j in range(parcels.filled[p]):
            kept = mean_decay(now - parcels.lead[p, j], now - parcels.trail[p, j])
            over = parcels.entry_jkg[p, j] - ground
            total += parcels.mass_kg[p, j] * (ground + over * kept)
    return total


@kernel
def rebase_into(p, ground_jkg, out):
    """Give pipe `p` another ground temperature; its water stays as warm as it is.

    Each parcel keeps its heat and the shape its ages give it, which is exact for one of even age.
    """
    now, old = out.clock[p], out.ground_jkg[p]
    for j in range(out.filled[p]):
        kept = mean_decay(now - out.lead[p, j], now - out.trail[p, j])
        mean = old + (out.entry_jkg[p, j] - old) * kept
        if kept < _FADED:
            out.lead[p, j] = now
            out.trail[p, j] = now
            kept = 1.0
        out.entry_jkg[p, j] = ground_jkg + (mean - ground_jkg) / kept
    out.ground_jkg[p] = ground_jkg


@inline_kernel
def thin_into(i, alike_jkg, most, out):
    """Join pieces of a place's history that are alike, then the most alike down to `most`."""
    n = out.filled[i]
    made = 0
    begin = 0.0
    for k in range(n):
        width = out.end[i, k] - begin
        begin = out.end[i, k]
        if made > 0 and abs(out.h_jkg[i, k] - out.h_jkg[i, made - 1]) <= alike_jkg:
            start = out.end[i, made - 2] if made > 1 else 0.0
            own = out.end[i, made - 1] - start
            if own + width > 0.0:
                share = width / (own + width)
                out.h_jkg[i, made - 1] += share * (out.h_jkg[i, k] - out.h_jkg[i, made - 1])
            out.end[i, made - 1] = begin
        else:
            out.end[i, made] = begin
            out.h_jkg[i, made] = out.h_jkg[i, k]
            made += 1
    while made > most:
        best, least = 0, math.inf
        for k in range(made - 1):
            before = out.end[i, k - 1] if k > 0 else 0.0
            narrow = min(out.end[i, k] - before, out.end[i, k + 1] - out.end[i, k])
            differ = narrow * abs(out.h_jkg[i, k + 1] - out.h_jkg[i, k])
            if differ < least:
                best, least = k, differ
        before = out.end[i, best - 1] if best > 0 else 0.0
        share = (out.end[i, best + 1] - out.end[i, best]) / (out.end[i, best + 1] - before)
        out.h_jkg[i, best] += share * (out.h_jkg[i, best + 1] - out.h_jkg[i, best])
        out.end[i, best] = out.end[i, best + 1]
        for k in range(best + 1, made - 1):
            out.end[i, k] = out.end[i, k + 1]
            out.h_jkg[i, k] = out.h_jkg[i, k + 1]
        made -= 1
    out.filled[i] = made


@inline_kernel
def blend_into(i, mass_kgs, ends, values, count, flow_kgs, spare, out):
    """Mix a flow into what passes place `i` at `mass_kgs`; `spare` is (ends, values) scratch."""
    if mass_kgs <= 0.0:
        for k in range(count):
            out.end[i, k] = ends[k]
            out.h_jkg[i, k] = values[k]
        out.filled[i] = count
        return
    share = flow_kgs / (mass_kgs + flow_kgs)
    spare_end, spare_h = spare
    made, a, b = 0, 0, 0
    while a < out.filled[i] and b < count:
        spare_h[made] = out.h_jkg[i, a] + share * (values[b] - out.h_jkg[i, a])
        end = min(out.end[i, a], ends[b])
        spare_end[made] = end
        made += 1
        if out.end[i, a] <= end:
            a += 1
        if ends[b] <= end:
            b += 1
    for k in range(made):
        out.end[i, k] = spare_end[k]
        out.h_jkg[i, k] = spare_h[k]
    out.filled[i] = made


@inline_kernel
def mean_jkg(history, i):
    """Return the mean enthalpy of what passes a place in the step."""
    total, begin = 0.0, 0.0
    for k in range(history.filled[i]):
        total += (history.end[i, k] - begin) * history.h_jkg[i, k]
        begin = history.end[i, k]
    return total / begin


@kernel
def reground_into(ground_jkg, out):
    """Give pipes new ground temperatures, shape (n_pipes,), where those changed."""
    for p in range(ground_jkg.size):
        if ground_jkg[p] != out.ground_jkg[p]:
            rebase_into(p, ground_jkg[p], out)
