"""The comparison page: one offline HTML file with tables, charts and a map of wear."""

from twin.report.words import LANGUAGES
from twin.report.write import write_report

__all__ = ["LANGUAGES", "write_report"]
