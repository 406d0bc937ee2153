"""Queues that fill streets and spill back: packets of vehicles on given routes, event by event.

A link lets a packet out when it has driven the link freely, the packet before it is out by its
share of the capacity, and the next link takes it. That takes it by its own capacity and when there
is room: vehicles that leave make room at the far end only after the time the gap takes to travel
upstream. Where several queues meet, who was ready first goes first. This is kinematic-wave theory
with a triangular diagram, without a time step.

References
----------
Newell, 1993, "A simplified theory of kinematic waves in highway traffic, part II: queueing at
freeway bottlenecks", Transportation Research B 27(4), doi 10.1016/0191-2615(93)90039-D.
Yperman, 2007, The link transmission model for dynamic network loading, thesis, KU Leuven (sending
and receiving flows). Raadsen, Bliemer & Bell, 2016, doi 10.1016/j.trb.2015.11.011 (by events).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_NEVER = np.inf
_DUST = 1e-9  # vehicles: rounding of sums


class QueueLinks(NamedTuple):
    """Links as queues."""

    free_s: np.ndarray  # (n_links,) time on the empty link
    gap_s: np.ndarray  # (n_links,) time between vehicles at capacity, 0: no limit
    storage: np.ndarray  # (n_links,) vehicles that fill it; infinite: no limit
    back_s: np.ndarray  # (n_links,) time a gap takes from its end to its start
    share: np.ndarray  # (n_links,) capacity left during the incident, 0-1; 0: closed to enter
    window_s: np.ndarray  # (2,) start and end of the incident


class Packets(NamedTuple):
    """Vehicles that travel together, in the order they leave home."""

    depart_s: np.ndarray  # (n_packets,)
    size: np.ndarray  # (n_packets,) vehicles, over 0
    way_start: np.ndarray  # (n_packets,) int64, first place in `way`
    way_end: np.ndarray  # (n_packets,) int64
    way: np.ndarray  # (n_places,) int32, links of all routes one after the other


class Passes(NamedTuple):
    """What happens on every link, its packets in the order they enter.

    Sources, numbered after the links, hold the packets that wait to enter each link.
    """

    start: np.ndarray  # (2 n_links + 1,) int64, first pass of every link, then of every source
    packet: np.ndarray  # (n_passes,) int32
    enter_s: np.ndarray  # (n_passes,)
    leave_s: np.ndarray  # (n_passes,) infinite: still there
    entered: np.ndarray  # (2 n_links,) int64, packets that came in
    left: np.ndarray  # (2 n_links,) int64, packets that went out
    held_s: np.ndarray  # (2 n_links,) vehicle-seconds its first packet waited for room
    filled: np.ndarray  # (n_links,) uint8, 1 = vehicles had to wait for room on it
    squeezed: np.ndarray  # (1,) vehicles let in though a ring of full links stood still


class _Now(NamedTuple):
    """State between events."""

    place: np.ndarray  # (n_packets,) int64, place in `way` a packet is at
    out_s: np.ndarray  # (2 n,) next time capacity lets a packet out
    in_s: np.ndarray  # (n,) next time capacity lets a packet in
    taken: np.ndarray  # (n,) vehicles that came in so far
    freed: np.ndarray  # (n,) vehicles that left and whose room has been taken again
    freed_i: np.ndarray  # (n,) int64, passes counted in `freed`
    event_s: np.ndarray  # (2 n,) time of the next try
    heap: np.ndarray  # (2 n,) int32
    first: np.ndarray  # (n,) int32, a queue that waits for room, -1 none
    next: np.ndarray  # (2 n,) int32, another that waits for the same link
    since_s: np.ndarray  # (2 n,) when its first packet was ready to leave


@kernel
def _goes_before(now, one, other):
    """Return which of two tries comes first: who was ready first, then by number."""
    if now.event_s[one] != now.event_s[other]:
        return now.event_s[one] < now.event_s[other]
    if now.since_s[one] != now.since_s[other]:
        return now.since_s[one] < now.since_s[other]
    return one < other


@kernel
def _push(now, size, queue, time_s):
    """Plan a try of a queue; return the new size of the heap."""
    now.event_s[queue] = time_s
    child = size
    while child > 0:
        parent = (child - 1) // 2
        if not _goes_before(now, queue, now.heap[parent]):
            break
        now.heap[child] = now.heap[parent]
        child = parent
    now.heap[child] = queue
    return size + 1


@kernel
def _pop(now, size):
    """Take the next try off a heap of some size."""
    top = now.heap[0]
    size -= 1
    queue = now.heap[size]
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and _goes_before(now, now.heap[child + 1], now.heap[child]):
            child += 1
        if not _goes_before(now, now.heap[child], queue):
            break
        now.heap[hole] = now.heap[child]
        hole = child
    now.heap[hole] = queue
    return top


@kernel
def _gap_s(links, link, time_s):
    """Return the time between vehicles at a moment."""
    if links.window_s[0] <= time_s < links.window_s[1] and links.share[link] > 0.0:
        return links.gap_s[link] / links.share[link]
    return links.gap_s[link]


@kernel
def _takes_at_s(links, packets, passes, now, link, size, time_s):
    """Return when a link takes a packet: `time_s` or later; infinite: not before one leaves it."""
    at_s = max(time_s, now.in_s[link])
    if links.share[link] <= 0.0 and links.window_s[0] <= at_s < links.window_s[1]:
        at_s = links.window_s[1]
    need = now.taken[link] + size - links.storage[link]
    if passes.entered[link] == passes.left[link]:
        need = min(need, now.taken[link])  # a packet larger than an empty link goes in
    if need <= 0.0:
        return at_s
    first = passes.start[link]
    while now.freed_i[link] < passes.left[link]:  # every later packet needs as many at least
        mass = packets.size[passes.packet[first + now.freed_i[link]]]
        if now.freed[link] + mass > now.taken[link] - links.storage[link]:
            break
        now.freed[link] += mass
        now.freed_i[link] += 1
    freed = now.freed[link]
    row = first + now.freed_i[link]
    while freed < need - _DUST and row < first + passes.left[link]:
        freed += packets.size[passes.packet[row]]
        row += 1
    if freed < need - _DUST:
        passes.filled[link] = 1
        return _NEVER
    room_s = passes.leave_s[row - 1] + links.back_s[link] if row > first else at_s
    if room_s > at_s:
        passes.filled[link] = 1
        return room_s
    return at_s


@kernel
def _leave(links, packets, passes, now, queue, time_s):
    """Take the first packet out of a queue and return it."""
    row = passes.start[queue] + passes.left[queue]
    packet = passes.packet[row]
    passes.leave_s[row] = time_s
    passes.left[queue] += 1
    if queue < links.free_s.size:
        now.out_s[queue] = time_s + packets.size[packet] * _gap_s(links, queue, time_s)
    return packet


@kernel
def _ready_s(links, passes, now, queue):
    """Return when the first packet of a queue may try to leave it; infinite: it is empty."""
    if passes.left[queue] >= passes.entered[queue]:
        return _NEVER
    row = passes.start[queue] + passes.left[queue]
    free_s = links.free_s[queue] if queue < links.free_s.size else 0.0
    return max(passes.enter_s[row] + free_s, now.out_s[queue])


@kernel
def _enter(links, packets, passes, now, link, packet, time_s):
    """Put a packet on a link."""
    row = passes.start[link] + passes.entered[link]
    passes.packet[row] = packet
    passes.enter_s[row] = time_s
    passes.entered[link] += 1
    size = packets.size[packet]
    now.taken[link] += size
    now.in_s[link] = time_s + size * _gap_s(links, link, time_s)


@kernel
def _plan(passes, links, now, size, queue):
    """Plan the first try of a queue's first packet, if it has one; return the heap's size."""
    ready_s = _ready_s(links, passes, now, queue)
    if ready_s == _NEVER:
        return size
    now.since_s[queue] = ready_s
    return _push(now, size, queue, ready_s)


@kernel
def _wake(now, size, link, time_s):
    """Let all that wait for room on a link try again; return the size of the heap."""
    queue = now.first[link]
    now.first[link] = -1
    while queue >= 0:
        size = _push(now, size, queue, time_s)
        queue = now.next[queue]
    return size


@kernel
def _start(links, packets, passes):
    """Return the state before the first vehicle leaves, all packets in their sources."""
    n = links.free_s.size
    for packet in range(packets.size.size):
        source = n + packets.way[packets.way_start[packet]]
        row = passes.start[source] + passes.entered[source]
        passes.packet[row] = packet
        passes.enter_s[row] = packets.depart_s[packet]
        passes.entered[source] += 1
    return _Now(
        packets.way_start.copy(),
        np.zeros(2 * n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.full(2 * n, _NEVER),
        np.zeros(2 * n, dtype=np.int32),
        np.full(n, -1, dtype=np.int32),
        np.full(2 * n, -1, dtype=np.int32),
        np.full(2 * n, _NEVER),
    )


@kernel
def _let_one_in(now):
    """Take the queue that has waited for room longest off its list; -1 if none waits."""
    best = -1
    best_link = -1
    for link in range(now.first.size):
        queue = now.first[link]
        while queue >= 0:
            if best < 0 or (now.since_s[queue], queue) < (now.since_s[best], best):
                best, best_link = queue, link
            queue = now.next[queue]
    if best < 0:
        return -1
    if now.first[best_link] == best:
        now.first[best_link] = now.next[best]
        return best
    before = now.first[best_link]
    while now.next[before] != best:
        before = now.next[before]
    now.next[before] = now.next[best]
    return best


@kernel
def load_into(links, packets, horizon_s, passes, out_arrive_s):
    """Drive all packets along their ways until a horizon.

    Parameters
    ----------
    links, packets
        Queues and who drives, departures in ascending order.
    horizon_s
        Nothing happens later; packets still under way then stay where they are.
    passes
        Sized by how often ways use each link (and start on it); all else zero, `leave_s` infinite.
    out_arrive_s
        Arrival of every packet, shape (n_packets,); infinite where under way.
    """
    n = links.free_s.size
    now = _start(links, packets, passes)
    out_arrive_s[:] = _NEVER
    size = 0
    for source in range(n, 2 * n):
        size = _plan(passes, links, now, size, source)
    clock_s = 0.0
    while True:
        forced = size == 0
        if forced:
            queue = _let_one_in(now)
            if queue < 0:
                break
        else:
            queue = _pop(now, size)
            size -= 1
            clock_s = now.event_s[queue]
            if clock_s > horizon_s:
                break
        packet = passes.packet[passes.start[queue] + passes.left[queue]]
        place = now.place[packet] + (1 if queue < n else 0)
        arrives = place >= packets.way_end[packet]
        link = -1 if arrives else packets.way[place]
        if forced:
            passes.squeezed[0] += packets.size[packet]
        elif not arrives:
            mass = packets.size[packet]
            at_s = _takes_at_s(links, packets, passes, now, link, mass, clock_s)
            if at_s == _NEVER:
                now.next[queue] = now.first[link]
                now.first[link] = queue
                continue
            if at_s > clock_s:
                size = _push(now, size, queue, at_s)
                continue
        size = _move(links, packets, passes, now, size, (queue, link, packet, place), clock_s)
        if arrives:
            out_arrive_s[packet] = clock_s


@kernel
def _move(links, packets, passes, now, size, what, clock_s):
    """Move a queue's first packet on, plan what that makes possible; return the heap's size."""
    queue, link, packet, place = what
    passes.held_s[queue] += packets.size[packet] * (clock_s - now.since_s[queue])
    _leave(links, packets, passes, now, queue, clock_s)
    if link >= 0:
        now.place[packet] = place
        was_empty = passes.entered[link] == passes.left[link]
        _enter(links, packets, passes, now, link, packet, clock_s)
        if was_empty:
            size = _plan(passes, links, now, size, link)
    size = _plan(passes, links, now, size, queue)
    if queue < links.free_s.size:
        size = _wake(now, size, queue, clock_s)
    return size
