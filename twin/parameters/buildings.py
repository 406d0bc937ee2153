"""How fast buildings cool."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_SCHEMES = "Russian heat supply schemes: 40 h panel, 60-75 h brick, 20-25 h light; by period: guess"


def _hours(value: float) -> Number:
    """Return a time constant of cooling."""
    return Number(value, "h", 1, 500, Grade.GUESS, _SCHEMES, "time constant of cooling")


@final
@parameter_group()
class BuiltHours:
    """Time constants by year of construction."""

    before_1958_h: float = _hours(65.0)
    from_1958_h: float = _hours(60.0)
    from_1991_h: float = _hours(55.0)
    from_2011_h: float = _hours(60.0)

    @property
    def by_period_h(self) -> tuple[float, float, float, float]:
        """In the order of the periods of construction."""
        return self.before_1958_h, self.from_1958_h, self.from_1991_h, self.from_2011_h


def _built(before_1958: float, from_1958: float, from_1991: float, from_2011: float) -> BuiltHours:
    return BuiltHours(
        before_1958_h=before_1958,
        from_1958_h=from_1958,
        from_1991_h=from_1991,
        from_2011_h=from_2011,
    )


@final
@parameter_group("buildings.time_constants")
class TimeConstants:
    """Hours in which a building without heat loses 63 % of its warmth, by use and age."""

    apartment: BuiltHours = _built(65.0, 40.0, 50.0, 60.0)
    house: BuiltHours = _built(55.0, 50.0, 50.0, 55.0)
    retail: BuiltHours = _built(40.0, 30.0, 25.0, 25.0)
    industrial: BuiltHours = _built(40.0, 30.0, 25.0, 25.0)
    ancillary: BuiltHours = _built(25.0, 20.0, 20.0, 20.0)
    other: BuiltHours = BuiltHours()

    def of_use(self, use: str) -> BuiltHours:
        """Return those of a use; schools, offices and hospitals, mostly brick, are `other`."""
        own = {
            "apartment": self.apartment,
            "house": self.house,
            "retail": self.retail,
            "industrial": self.industrial,
            "ancillary": self.ancillary,
        }
        return own.get(use, self.other)
