"""Districts differ: the schooled and the well paid live near each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from gis.draws import normals
from twin.core.streams import Stream

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int64

_SCHOOLING, _PAY = 0.6, 0.45
"""Correlation of a person's place in schooling, or in pay at equal schooling, with that of the
district; estimates, such that districts differ two- to threefold in how readily they report
(observed: about three, Liu, Bhandaram & Garg, 2023)."""


def district_scores(zone: Int64, seed: int) -> Float64:
    """Return the standard score of each person's district, shape (n_people,); 0 in a lone one."""
    known = np.unique(zone)
    score = np.zeros(int(zone.max(initial=-1)) + 1)
    score[known] = normals(seed, Stream.SEGREGATION, known)
    each = score[zone]
    spread = float(each.std()) if each.size else 0.0
    if spread == 0.0:
        return np.zeros(zone.size)
    standard: Float64 = (each - each.mean()) / spread
    return standard


def schooled_by_district(draw: Float64, score: Float64) -> Float64:
    """Return draws of 0-1 as normal scores that lean towards the district's, shape (n_people,)."""
    return _mixed(ndtri(draw), score, _SCHOOLING)


def paid_by_district(spread: Float64, score: Float64) -> Float64:
    """Return standard normal draws that lean towards the district's, shape (n_people,)."""
    return _mixed(spread, score, _PAY) if score.any() else spread


def _mixed(own: Float64, score: Float64, share: float) -> Float64:
    """Return scores with a part of the district's in them; their spread stays."""
    mixed: Float64 = np.sqrt(1.0 - share**2) * own + share * score
    return mixed
