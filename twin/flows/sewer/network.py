"""A sewer compiled from tables: rows instead of names, levels, matrix pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.core.errors import CityDataError, Fault
from twin.flows.sewer.arrays import LinkArrays, NodeArrays
from twin.flows.sewer.kernels.links import ORIFICE, PIPE, PUMP_DEPTH, PUMP_HEAD, WEIR
from twin.flows.sewer.kernels.sections import section
from twin.flows.sewer.kernels.step import FIXED, FREE, NORMAL
from twin.flows.sewer.tables import OUTFALLS, SHAPES, checked, fault_at
from twin.kernels.ldl import LdlPattern, symbolic_ldl

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32

_OUTFALL = dict(zip(OUTFALLS, (FREE, NORMAL, FIXED), strict=True))
_DEVICES = (("orifices", "orifice"), ("weirs", "weir"), ("pumps", "pump"))


@final
class SewerNetwork:
    """A sewer, checked and compiled.

    Parameters
    ----------
    nodes, conduits, storages, orifices, weirs, pumps
        Tables; `twin.flows.sewer.tables` has their columns, units and defaults. Only nodes and
        conduits are needed. A node without `outfall` is a manhole, or a storage if `storages`
        gives its area by depth.

    Raises
    ------
    CityDataError
        With every fault found: place, value, cure.
    """

    def __init__(
        self,
        *,
        nodes: pd.DataFrame,
        conduits: pd.DataFrame,
        storages: pd.DataFrame | None = None,
        orifices: pd.DataFrame | None = None,
        weirs: pd.DataFrame | None = None,
        pumps: pd.DataFrame | None = None,
    ) -> None:
        frames, faults = checked(
            {
                "nodes": nodes,
                "conduits": conduits,
                "storages": storages,
                "orifices": orifices,
                "weirs": weirs,
                "pumps": pumps,
            }
        )
        if faults:
            raise CityDataError(faults)
        self.frames = frames
        self.row_of = {name: row for row, name in enumerate(frames["nodes"]["node"])}
        self.nodes = _nodes(frames, self.row_of)
        self.links, self.link_names = _links(frames, self.row_of, self.nodes)
        faults = _outfall_faults(frames, self.nodes, self.links)
        if faults:
            raise CityDataError(faults)
        unknown = self.nodes.unknown
        self.pattern: LdlPattern = symbolic_ldl(
            int(unknown.max(initial=-1)) + 1, unknown[self.links.tail], unknown[self.links.head]
        )


def _nodes(frames: dict[str, pd.DataFrame], row_of: dict[str, int]) -> NodeArrays:
    """Return nodes as arrays; a manhole is a table of one row."""
    nodes = frames["nodes"]
    bottom_m = nodes["bottom_m"].to_numpy(dtype=np.float64)
    outfall = np.array([_OUTFALL.get(kind, 0) for kind in nodes["outfall"]], dtype=np.int32)
    unknown = np.full(len(nodes), -1, dtype=np.int32)
    unknown[outfall == 0] = np.arange(np.count_nonzero(outfall == 0))
    given = dict(iter(frames["storages"].groupby("node", sort=False)))
    starts, depths, areas, volumes = [0], [], [], []
    for name, area_m2 in zip(nodes["node"], nodes["area_m2"], strict=True):
        depth, area = np.zeros(1), np.array([area_m2])
        if name in given:
            depth = given[name]["depth_m"].to_numpy(dtype=np.float64)
            area = given[name]["area_m2"].to_numpy(dtype=np.float64)
        between = 0.5 * (area[1:] + area[:-1]) * np.diff(depth)
        volume = area[0] * depth[0] + np.concatenate([[0.0], np.cumsum(between)])
        depths.append(depth)
        areas.append(area)
        volumes.append(volume)
        starts.append(starts[-1] + depth.size)
    wrong = [name for name, table in given.items() if (table["depth_m"].diff() <= 0.0).any()]
    lost = [name for name in given if name not in row_of]
    if wrong or lost:
        what = f"{(lost or wrong)[0]!r} " + ("is not in nodes" if lost else "has depths that fall")
        raise CityDataError(Fault("storages", what, "list depths of known nodes in rising order"))
    return NodeArrays(
        bottom_m=bottom_m,
        rim_m=bottom_m + nodes["depth_m"].to_numpy(dtype=np.float64),
        outfall=outfall,
        fixed_m=np.where(outfall == FIXED, nodes["stage_m"].to_numpy(), bottom_m),
        unknown=unknown,
        table_start=np.array(starts, dtype=np.int32),
        table_depth_m=np.concatenate(depths),
        table_m2=np.concatenate(areas),
        table_m3=np.concatenate(volumes),
    )


def _links(
    frames: dict[str, pd.DataFrame], row_of: dict[str, int], nodes: NodeArrays
) -> tuple[LinkArrays, list[str]]:
    """Return conduits, then orifices, weirs and pumps as arrays, and their names."""
    pipes = frames["conduits"]
    curves = dict(iter(frames["pumps"].groupby("pump", sort=False)))
    pumps = frames["pumps"].drop_duplicates("pump")
    kinds = [np.full(len(pipes), PIPE), np.full(len(frames["orifices"]), ORIFICE)]
    kinds += [np.full(len(frames["weirs"]), WEIR)]
    kinds += [np.where(pumps["by"].to_numpy() == "depth", PUMP_DEPTH, PUMP_HEAD)]
    parts = [pipes, frames["orifices"], frames["weirs"], pumps]
    names = [
        str(name)
        for part, column in zip(parts, ("conduit", "orifice", "weir", "pump"), strict=True)
        for name in part[column]
    ]

    def gathered(column: str) -> Float64:
        values = [
            part[column].to_numpy(dtype=np.float64) if column in part else np.zeros(len(part))
            for part in parts
        ]
        return np.concatenate(values)

    ends: dict[str, Int32] = {
        column: np.array([row_of[n] for part in parts for n in part[column]], dtype=np.int32)
        for column in ("from_node", "to_node")
    }
    upright = [
        1 if kind == "side" else 0
        for part in parts
        for kind in (part["kind"] if "kind" in part else [""] * len(part))
    ]
    shape = np.zeros(len(names), dtype=np.int32)
    shape[: len(pipes)] = [SHAPES.index(kind) for kind in pipes["shape"]]
    sizes = [len(curves[name]) if name in curves else 0 for name in names]
    pumped = frames["pumps"].sort_values(["pump"], kind="stable")
    ordered = pd.concat([curves[n] for n in names if n in curves]) if curves else pumped
    height, width, slope = gathered("height_m"), gathered("width_m"), gathered("side_slope")
    full = np.array(
        [
            section(shape[i], height[i], width[i], slope[i], height[i])[0] / height[i]
            for i in range(len(pipes))
        ]
    )
    return (
        LinkArrays(
            kind=np.concatenate(kinds).astype(np.int32),
            tail=ends["from_node"],
            head=ends["to_node"],
            tail_m=nodes.bottom_m[ends["from_node"]] + gathered("from_offset_m"),
            head_m=nodes.bottom_m[ends["to_node"]] + gathered("to_offset_m"),
            length_m=gathered("length_m"),
            roughness=gathered("roughness"),
            shape=shape,
            height_m=height,
            width_m=width,
            slope=slope,
            top_m=np.concatenate([full, np.ones(len(names) - len(pipes))]),
            area_m2=gathered("area_m2"),
            crest_m=nodes.bottom_m[ends["from_node"]] + gathered("crest_m"),
            coefficient=gathered("coefficient"),
            upright=np.array(upright, dtype=np.int32),
            one_way=gathered("one_way").astype(np.int32),
            curve_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            curve_x=ordered["x_m"].to_numpy(dtype=np.float64).copy(),
            curve_y=ordered["flow_m3s"].to_numpy(dtype=np.float64).copy(),
        ),
        names,
    )


def _outfall_faults(
    frames: dict[str, pd.DataFrame], nodes: NodeArrays, links: LinkArrays
) -> list[Fault]:
    """Return parts of the network without an outfall, and outfalls with more than one link."""
    n = nodes.bottom_m.size
    graph = coo_array((np.ones(links.tail.size), (links.tail, links.head)), shape=(n, n))
    count, part = connected_components(graph, directed=False)
    drained = np.zeros(count, dtype=bool)
    drained[part[nodes.outfall > 0]] = True
    stores = np.diff(nodes.table_start) > 1
    drained[part[stores]] = True  # a basin may end a network
    faults = []
    rows = np.flatnonzero(~drained[part])
    if rows.size:
        what = f"{frames['nodes']['node'].iloc[int(rows[0])]!r} reaches no outfall"
        mend = "join it by a conduit, or make a node of its part an outfall"
        faults.append(fault_at("nodes", rows, what, mend, "E-NO-OUTFALL"))
    links_at = np.bincount(links.head, minlength=n) + np.bincount(links.tail, minlength=n)
    leaves = np.bincount(links.tail, minlength=n)
    rows = np.flatnonzero((nodes.outfall > 0) & ((links_at > 1) | (leaves > 0)))
    if rows.size:
        what = f"{frames['nodes']['node'].iloc[int(rows[0])]!r} has more than one link, or one out"
        mend = "let one link lead into an outfall; add a junction before it"
        faults.append(fault_at("nodes", rows, what, mend))
    return faults
