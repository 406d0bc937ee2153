"""What happens to a city whatever the policy: shocks, equal in every arm."""

import datetime as dt
from abc import ABC
from typing import TYPE_CHECKING, Annotated, Literal, Self, final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from twin.city.networks import UTILITY_NAMES
from twin.core.registry import Registry

if TYPE_CHECKING:
    type Utility = str
else:
    Utility = Literal[UTILITY_NAMES]


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
    network: Utility
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
    network: Utility
    """Network that is hit."""
    count: Annotated[int, Field(ge=1, le=10_000)]
    """[pipes] number of failures."""


@final
@shocks.register("main_break")
class MainBreak(AbstractShock):
    """The mains with most residents behind them burst on one day, but for those laid new.

    They are chosen in the city as it is before the first day, so every arm faces the same ones.
    Mains on one way from the source count once.
    """

    kind: Literal["main_break"] = "main_break"
    """Burst mains."""
    network: Utility
    """Network that is hit."""
    count: Annotated[int, Field(ge=1, le=100)]
    """[mains] number."""
    most_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """[share] of the network's residents behind a main: one that feeds more is left out, as plants
    have their outlets doubled."""
    sound_years: Annotated[float, Field(ge=0, le=100)] = 15.0
    """[years] mains younger than this hold."""


@final
@shocks.register("worn_network")
class WornNetwork(AbstractShock):
    """A network turns out as worn as if years had passed without renewal."""

    kind: Literal["worn_network"] = "worn_network"
    """Worn network."""
    network: Utility
    """Network that is worn."""
    wear_book: Annotated[float, Field(ge=0, le=1)]
    """[share] mean wear in the register, by length; nothing happens where it is that much."""


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


@final
@shocks.register("job_loss")
class JobLoss(AbstractShock):
    """A plant closes: residents lose their jobs on one day, and shops follow in some years."""

    kind: Literal["job_loss"] = "job_loss"
    """Lost jobs."""
    job_share: Annotated[float, Field(gt=0, le=1)]
    """[share] of all jobs of residents; they are basic jobs, on which local ones depend."""


type Shock = (
    ColdSpell | SourceDerating | PipeFailures | MainBreak | WornNetwork | StreetClosure | JobLoss
)
"""Every kind there is; whoever carries shocks out has a case for each."""
