"""A made city of about 36,000 links and 1,000 zones, for timing assignment at a city's size.

A chessboard of streets in which a third of the local ones are missing: arterials every sixth block,
expressways every thirty-sixth. Every draw is keyed, so each machine makes the same city.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.core.streams import Stream
from twin.flows import traffic
from twin.kernels.rng import normals_for, uniforms_for

SEED = 7
SIDE = 107
"""Crossings along a side of the town."""
BLOCK_KM = 0.15
ARTERIAL, EXPRESSWAY = 6, 36
"""Every how many blocks."""
MISSING = 0.34
"""Share of local streets that do not lead through."""
SPEED_KMH = (30.0, 50.0, 80.0)
CAPACITY_VEHPH = (500.0, 1600.0, 3800.0)
"""Of a local street, an arterial and an expressway, one way."""
ZONES_ACROSS, ZONES = 32, 1000
CONNECTORS = 2
TRIPS = 260_000.0
DECAY_PER_MIN = 0.12
"""Of the gravity model."""
BPR_B, BPR_POWER = 0.15, 4.0
_MINUTES = 60.0


def made_city(trips: float = TRIPS) -> traffic.TrafficNetwork:
    """Return the city; zones are the nodes 1-1000, times are in minutes."""
    links = _streets()
    links, nodes = _largest_part(links)
    streets, at = _zones(links, nodes)
    return traffic.TrafficNetwork.from_frames(streets, _trips(at, trips), first_thru_node=ZONES + 1)


def _keyed(size: int, stream: Stream, draw: int) -> np.ndarray:
    """Return one uniform per row."""
    return uniforms_for(SEED, int(stream), np.arange(size), 0, draw)


def _streets() -> pd.DataFrame:
    """Return two-way streets once each: tail, head (crossings), rank, length."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    line = np.arange(SIDE)
    rank_of = np.where(line % EXPRESSWAY == 0, 2, np.where(line % ARTERIAL == 0, 1, 0))
    along = pd.DataFrame(
        {
            "tail": number[:, :-1].ravel(),
            "head": number[:, 1:].ravel(),
            "rank": np.repeat(rank_of, SIDE - 1),
        }
    )
    up = pd.DataFrame(
        {
            "tail": number[:-1, :].ravel(),
            "head": number[1:, :].ravel(),
            "rank": np.tile(rank_of, SIDE - 1),
        }
    )
    streets = pd.concat([along, up], ignore_index=True)
    draw = _keyed(len(streets), Stream.STREETS, 0)
    streets["length_km"] = BLOCK_KM * (0.7 + 0.6 * _keyed(len(streets), Stream.STREETS, 1))
    return streets[(streets["rank"] > 0) | (draw > MISSING)].reset_index(drop=True)


def _largest_part(streets: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return (streets, crossings) of the largest part that hangs together."""
    n = SIDE * SIDE
    ends = (streets["tail"].to_numpy(), streets["head"].to_numpy())
    _, part = connected_components(coo_array((np.ones(len(streets)), ends), shape=(n, n)))
    largest = part == np.bincount(part).argmax()
    return streets[largest[ends[0]]], np.flatnonzero(largest)


def _zones(streets: pd.DataFrame, nodes: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return (directed links with connectors, position of every zone in blocks)."""
    cell = (np.arange(ZONES_ACROSS) + 0.5) * SIDE / ZONES_ACROSS
    x, y = (axis.ravel()[:ZONES] for axis in np.meshgrid(cell, cell))
    at = np.column_stack([x, y])
    place = np.column_stack([nodes % SIDE, nodes // SIDE])
    joins = []
    for zone, here in enumerate(at):
        near = np.argsort(np.abs(place - here).sum(axis=1), kind="stable")[:CONNECTORS]
        joins += [(zone + 1, node + ZONES + 1) for node in nodes[near]]
    zone, node = np.array(joins).T
    rank = streets["rank"].to_numpy()
    tail, head = (streets[name].to_numpy() + ZONES + 1 for name in ("tail", "head"))
    minutes = streets["length_km"].to_numpy() / np.array(SPEED_KMH)[rank] * _MINUTES
    capacity = np.array(CAPACITY_VEHPH)[rank]
    n = zone.size
    links = pd.DataFrame(
        {
            "init_node": np.concatenate([tail, head, zone, node]),
            "term_node": np.concatenate([head, tail, node, zone]),
            "capacity": np.concatenate([capacity, capacity, np.full(2 * n, 1e5)]),
            "free_flow_time": np.concatenate([minutes, minutes, np.full(2 * n, 0.5)]),
            "b": np.concatenate([np.full(2 * tail.size, BPR_B), np.zeros(2 * n)]),
            "power": BPR_POWER,
        }
    )
    return links, at


def _trips(at: np.ndarray, total: float) -> pd.DataFrame:
    """Return trips between all zones by a gravity model, denser towards the middle."""
    centre = np.abs(at - SIDE / 2.0).sum(axis=1) / SIDE
    noise = normals_for(SEED, int(Stream.WORKPLACES), np.arange(2 * ZONES), 0, 0).reshape(2, -1)
    leave = np.exp(-1.0 * centre + 0.4 * noise[0])
    arrive = np.exp(-2.5 * centre + 0.6 * noise[1])
    blocks = np.abs(at[:, np.newaxis] - at[np.newaxis]).sum(axis=2)
    minutes = blocks * BLOCK_KM / SPEED_KMH[1] * _MINUTES
    share = leave[:, np.newaxis] * arrive * np.exp(-DECAY_PER_MIN * minutes)
    np.fill_diagonal(share, 0.0)
    origin, dest = np.nonzero(share)
    demand = share[origin, dest] * (total / share.sum())
    return pd.DataFrame({"origin": origin + 1, "dest": dest + 1, "demand": demand})
