"""Views: frames of indicators that others publish, as data over our catalogue of indicators."""

from twin.indicators.views.form import Item, Term, View
from twin.indicators.views.load import load_view, view_names
from twin.indicators.views.values import Coverage, Reading, coverage_of, read_view, scaled

__all__ = [
    "Coverage",
    "Item",
    "Reading",
    "Term",
    "View",
    "coverage_of",
    "load_view",
    "read_view",
    "scaled",
    "view_names",
]
