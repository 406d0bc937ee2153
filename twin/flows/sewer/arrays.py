"""Arrays of a sewer as kernels take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32


class NodeArrays(NamedTuple):
    """Nodes; tables of area by depth lie one after the other."""

    bottom_m: Float64
    rim_m: Float64
    outfall: Int32
    """0 none, or FREE, NORMAL, FIXED of `kernels.step`."""
    fixed_m: Float64
    unknown: Int32
    """Row among the unknown levels, -1 at an outfall."""
    table_start: Int32
    table_depth_m: Float64
    table_m2: Float64
    table_m3: Float64


class LinkArrays(NamedTuple):
    """Links; fields that a kind does not have are 0."""

    kind: Int32
    tail: Int32
    head: Int32
    tail_m: Float64
    """Level of the invert at the tail."""
    head_m: Float64
    length_m: Float64
    roughness: Float64
    shape: Int32
    height_m: Float64
    width_m: Float64
    slope: Float64
    top_m: Float64
    """Width of the full section, area over height."""
    area_m2: Float64
    crest_m: Float64
    coefficient: Float64
    upright: Int32
    one_way: Int32
    curve_start: Int32
    curve_x: Float64
    curve_y: Float64


class State(NamedTuple):
    """What changes from step to step."""

    level_m: Float64
    volume_m3: Float64
    spilled_m3: Float64
    at_m3: Float64
    at_m2: Float64
    flow_m3s: Float64
    by_tail: Float64
    by_head: Float64
    area_m2: Float64
    area_old_m2: Float64
    inertia: Float64
    weight: Float64
    free_m: Float64
    normal_m: Float64
    last_s: Float64
    totals_m3: Float64
