"""What is assumed of heat networks besides their failures."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _PUBLISHED = Grade.GUESS, Grade.LITERATURE


@final
@parameter_group("heat")
class HeatParams:
    """Make-up water of boiler houses, and links laid between branches.

    References
    ----------
    SP 124.13330.2012, Heat networks, 6.16-6.17.
    """

    makeup_share_per_h: float = Number(
        0.0275,
        "share/h",
        0.001,
        1,
        _PUBLISHED,
        "SP 124.13330.2012: 0.75 % of treated and 2 % of raw water",
        "most make-up water a boiler house feeds, over the volume of its network",
    )
    house_m3_per_mw: float = Number(
        30.0,
        "m3/MW",
        0,
        200,
        _GUESS,
        "SP 124.13330.2012 without the mains; that is its figure for new systems",
        "water in the pipes and radiators of houses",
    )
    loop_detour: float = Number(
        1.25,
        "ratio",
        1,
        5,
        _GUESS,
        "streets of a grid are 1.27 times as long on average",
        "length of a link along streets over that as the crow flies",
    )
    loop_farthest_m: float = Number(
        600.0, "m", 1, 10_000, _GUESS, "a few blocks", "longest link as the crow flies"
    )
