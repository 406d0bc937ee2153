"""What a view file holds: the items of a published frame, and what each is computed from."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self, final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from twin.core.registry import nearest
from twin.indicators.base import indicators


def _registered(kind: str) -> str:
    """Return the name of an indicator, refused where none is registered under it."""
    if kind not in indicators:
        message = f"is not a registered indicator. {nearest(kind, list(indicators))}"
        raise ValueError(message)
    return kind


Id = Annotated[str, Field(pattern=r"^[a-z0-9_.]+$")]
Text = Annotated[str, Field(min_length=1)]
IndicatorName = Annotated[str, AfterValidator(_registered)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@final
class Term(_Form):
    """One indicator of a score, on a reference scale that does not depend on what is compared."""

    indicator: IndicatorName
    zero_at: Finite
    """Value of the indicator that scores 0, in its unit."""
    one_at: Finite
    """Value that scores 1; below `zero_at` where less is better."""
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """Relative weight in a mean, exponent in a product."""
    when_undefined: Share | None = None
    """Score where the run does not define the indicator, such as turnout without a vote; None: the
    item has no score then."""
    source: Text
    """Where reference points and weight come from, or `guess`."""

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        """Refuse a scale whose ends are one point."""
        if self.zero_at == self.one_at:
            message = f"zero_at and one_at are both {self.zero_at:g}: they must differ"
            raise ValueError(message)
        return self


@final
class Item(_Form):
    """One entry of the frame, with exactly one of `indicators`, `score`, `lever`, `none`."""

    id: Id
    name: Text
    group: str = ""
    """Heading of the frame that the item belongs to."""
    indicators: tuple[IndicatorName, ...] = ()
    """Indicators of ours that measure it, each in its own unit."""
    score: tuple[Term, ...] = ()
    """Terms of a score from 0 to 1."""
    combine: Literal["mean", "product"] = "mean"
    """How the terms of a score are combined."""
    lever: str = ""
    """Lever and field, such as `institutions.integrity`: an input of a run, no result."""
    none: str = ""
    """Why nothing is computed."""
    partly: str = ""
    """What the item includes that is not computed; empty where all of it is."""
    source: str = ""
    """Publication of the item, where it differs from the view's."""

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        """Refuse an item without an origin, or with two."""
        origins = ("indicators", "score", "lever", "none")
        given = [name for name in origins if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            message = f"needs exactly one of {', '.join(origins)}; it has {found}"
            raise ValueError(message)
        if self.partly and not (self.indicators or self.score):
            message = "`partly` needs indicators or a score; give the whole reason under `none`"
            raise ValueError(message)
        return self


@final
class View(_Form):
    """A published frame of indicators."""

    view: Id
    """Name on the command line, also of the file."""
    name: Text
    source: Text
    """Publication that names the items."""
    about: str = ""
    """What to know when reading the coverage."""
    named: Annotated[int, Field(ge=1)]
    """Number of items of the whole frame, which may be more than are listed here."""
    items: Annotated[tuple[Item, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _counts_right(self) -> Self:
        """Refuse ids that repeat, and more items than the frame names."""
        twice = [name for name, n in Counter(item.id for item in self.items).items() if n > 1]
        if twice:
            message = f"has two items of one id: {', '.join(twice)}"
            raise ValueError(message)
        if len(self.items) > self.named:
            message = f"lists {len(self.items)} items, but the frame names {self.named}"
            raise ValueError(message)
        return self
