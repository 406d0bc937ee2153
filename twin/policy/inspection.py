"""Which mains are looked at in the ground, how, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, final

import numpy as np
from pydantic import Field, model_validator

from twin.city.actions import Action, SetInspection
from twin.city.networks import STREET
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("inspection")
class Inspection(AbstractLever):
    """Inspection of mains; results count from the next year's plan of works on."""

    method: Literal["none", "cctv", "acoustic", "coupon"] = "none"
    """How mains are inspected; hit rate, false alarms and price of each are parameters."""
    share_per_year: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share/year] of the length of mains to inspect."""
    most_kzt_per_year: Annotated[float, Field(ge=0, le=1e12)] = 1e12
    """[KZT/year] inspections stop where this is spent."""
    choose: Literal["doubt", "age", "unrecorded"] = "doubt"
    """Which come first: those whose estimated harm is most in doubt per metre, the oldest in the
    register, or those without a recorded year or material."""

    @model_validator(mode="after")
    def _has_method(self) -> Inspection:
        """Refuse inspections without a method."""
        if self.method == "none" and self.share_per_year > 0.0:
            message = (
                f"share_per_year {self.share_per_year:g} needs a method: set "
                "method to cctv, acoustic or coupon, or the share to 0"
            )
            raise ValueError(message)
        return self

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Rank the mains for the inspectors."""
        if self.method == "none":
            return (SetInspection(),)
        assets = view.assets
        doubt = assets.failures_deviation * assets.harm_kzt / assets.length_m
        if self.choose == "age":
            score = assets.age_years.astype(np.float64)
        elif self.choose == "unrecorded":
            unknown = ~assets.year_is_recorded | ~assets.material_is_recorded
            score = unknown.astype(np.float64) + doubt / max(float(doubt.max(initial=0.0)), 1e-12)
        else:
            score = doubt
        score = np.where(assets.network == STREET.code, np.nan, score)
        return (SetInspection(self.method, self.share_per_year, self.most_kzt_per_year, score),)
