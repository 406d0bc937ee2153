"""Texts and numbers in the reader's language; the texts are data in `messages/*.yaml`."""

from __future__ import annotations

import importlib.resources
import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

from ruamel.yaml import YAML

from twin.core.errors import Fault, ScenarioError
from twin.core.registry import nearest
from twin.indicators import indicators

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

LANGUAGES = ("en", "kk", "ru")
MINUS = "\u2212"
_DIGITS = 3
_SHARE = "share"
_PLAIN_FROM, _PLAIN_TO = 1e-4, 1e9


@final
@dataclass(frozen=True, slots=True)
class Words:
    """Everything the page says in one language."""

    lang: str
    sections: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    """Names of policies in this language, where the scenario has them."""

    def with_labels(self, labels: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> Words:
        """Return the words with the scenario's names of policies, in this language or any."""
        found = {}
        for arm, texts in labels:
            by_lang = dict(texts)
            text = by_lang.get(self.lang) or by_lang.get("") or next(iter(by_lang.values()), "")
            if text:
                found[arm] = text
        return replace(self, labels=found)

    def date(self, day: dt.date) -> str:
        """Return a date as people write it."""
        month = self.sections["months"][str(day.month)]
        return self.text("date", day=day.day, month=month, year=day.year)

    def text(self, key: str, **values: object) -> str:
        """Return a fixed text with its gaps filled."""
        text: str = self.sections["texts"][key]
        return text.format(**values) if values else text

    def section(self, name: str) -> Mapping[str, str]:
        """Return a small dictionary of names, such as `materials`."""
        names: Mapping[str, str] = self.sections[name]
        return names

    def name(self, section: str, key: str) -> str:
        """Return the name of a thing; the key in plain letters where it has none."""
        return str(self.sections[section].get(key, key.replace("_", " ")))

    def meaning(self, indicator: str) -> str:
        """Return what an indicator means; in English where there is no translation."""
        translated = self.sections["meanings"].get(indicator)
        if translated is None and indicator in indicators:
            translated = indicators[indicator].meaning
        return str(translated or "")

    def arm(self, name: str) -> str:
        """Return a policy's name as people write it."""
        if name in self.labels:
            return self.labels[name]
        return self.text("base") if name == "base" else name.replace("_", " ")

    def unit(self, unit: str, *, change: bool = False) -> str:
        """Return a unit in words; shares are shown in per cent, their changes in points."""
        if unit == _SHARE and change:
            unit = "percentage_points"
        return str(self.sections["units"].get(unit, unit))

    def number(self, value: float, unit: str = "", *, signed: bool = False) -> str:
        """Return a number in three significant digits; shares in per cent without the sign."""
        if not math.isfinite(value):
            return "\u2013"
        value = value * 100.0 if unit == _SHARE else value
        size = abs(value)
        if size and not _PLAIN_FROM <= size < _PLAIN_TO:
            text = f"{size:.1e}"
        else:
            digits = _DIGITS - 1 - math.floor(math.log10(size)) if size else 0
            text = f"{size:,.{max(digits, 0)}f}"
        zero = not any(digit in text for digit in "123456789")
        sign = MINUS if value < 0 and not zero else ("+" if signed and not zero else "")
        return sign + self._local(text)

    def percent(self, share: float, *, signed: bool = False, digits: int = 0) -> str:
        """Return a share in per cent with its sign."""
        if not math.isfinite(share):
            return "\u2013"
        text = f"{abs(share) * 100:,.{digits}f}"
        zero = not any(digit in text for digit in "123456789")
        sign = MINUS if share < 0 and not zero else ("+" if signed and not zero else "")
        return f"{sign}{self._local(text)}\u00a0%"

    def plain(self, value: float) -> str:
        """Return a setting as it is, without rounding."""
        return self._local(f"{value:,.10g}")

    def count(self, value: int) -> str:
        """Return a whole number."""
        return self._local(f"{value:,}")

    def _local(self, text: str) -> str:
        """Return a number written the English way in this language's marks."""
        marks = {",": self.sections["thousands"], ".": self.sections["decimal"]}
        return "".join(marks.get(letter, letter) for letter in text)


@lru_cache(maxsize=len(LANGUAGES))
def words(lang: str) -> Words:
    """Return the texts of a language.

    Raises
    ------
    ScenarioError
        If there are none.
    """
    if lang not in LANGUAGES:
        raise ScenarioError(
            Fault(f"--lang {lang}", "is not a language of the report", nearest(lang, [*LANGUAGES]))
        )
    folder = importlib.resources.files("twin.report") / "messages"
    loaded = YAML(typ="safe", pure=True).load((folder / f"{lang}.yaml").read_text("utf-8"))
    return Words(lang, loaded)
