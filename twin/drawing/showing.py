"""How a class calls the file that draws it, which itself imports the class."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from twin.drawing.explore import Page
    from twin.drawing.picture import Picture


def picture_of(thing: object, drawer: str, *settings: object) -> Picture:
    """Return what a function, named `module:function`, draws of a thing."""
    return cast("Picture", _drawn(thing, drawer, settings))


def page_of(thing: object, drawer: str, *settings: object) -> Page:
    """Return the page that a function, named `module:function`, makes of a thing."""
    return cast("Page", _drawn(thing, drawer, settings))


def card_of(thing: object, drawer: str) -> str:
    """Return the HTML card that a function, named `module:function`, makes of a thing."""
    return str(_drawn(thing, drawer, ()))


def _drawn(thing: object, drawer: str, settings: tuple[object, ...]) -> Any:  # noqa: ANN401 - cast above
    module, _, function = drawer.partition(":")
    return getattr(import_module(module), function)(thing, *settings)
