"""What happens to a city whatever the policy: shocks, equal in every arm."""

import datetime as dt
from abc import ABC
from typing import Annotated, Literal, Self, final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.core.registry import Registry


class AbstractShock(BaseModel, ABC):
    """An entry of a scenario's `shocks`; the model carries it out on its date."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    date: dt.date
    """First day of the shock."""


shocks: Registry[type[AbstractShock]] = Registry("shock")


@final
@shocks.register("cold_spell")
class ColdSpell(AbstractShock):
    """Days at a fixed outdoor temperature instead of the year's weather."""

    kind: Literal["cold_spell"] = "cold_spell"
    """Cold spell."""
    days: Annotated[int, Field(ge=1, le=120)]
    """[days] length."""
    temp_c: Annotated[float, Field(ge=-70, le=30)]
    """[°C] mean outdoor temperature of each day."""


@final
@shocks.register("source_derating")
class SourceDerating(AbstractShock):
    """A boiler house or a water source that gives only a share of its capacity."""

    kind: Literal["source_derating"] = "source_derating"
    """Derated source."""
    network: Literal["water", "heat"]
    """Network whose sources are hit."""
    days: Annotated[int, Field(ge=1, le=3650)]
    """[days] length."""
    capacity_share: Annotated[float, Field(ge=0, le=1)]
    """[share] of capacity that is left."""


@final
@shocks.register("pipe_failures")
class PipeFailures(AbstractShock):
    """Failures of several pipes on one day, on top of those that wear brings."""

    kind: Literal["pipe_failures"] = "pipe_failures"
    """Failures of many pipes."""
    network: Literal["water", "heat"]
    """Network that is hit."""
    count: Annotated[int, Field(ge=1, le=10_000)]
    """[pipes] number of failures."""


@final
@shocks.register("street_closure")
class StreetClosure(AbstractShock):
    """Streets closed to all traffic for some days."""

    kind: Literal["street_closure"] = "street_closure"
    """Closed streets."""
    days: Annotated[int, Field(ge=1, le=3650)]
    """[days] length."""
    busiest: Annotated[int, Field(ge=0, le=1000)] = 0
    """[streets] edges that carry most cars when the city is new, busiest first."""
    streets: tuple[str, ...] = ()
    """Streets by the `uid` of their edges."""

    @model_validator(mode="after")
    def _closes_something(self) -> Self:
        """Refuse a closure of nothing."""
        if not self.busiest and not self.streets:
            message = "closes nothing: give `busiest`, or `streets` as a list of uid"
            raise ValueError(message)
        return self
