"""Reports: what a ride was worth, as plain data, as a page for a browser, and as a sheet of paper."""

from __future__ import annotations

from paceline.measure.report.content import Report, report
from paceline.measure.report.overview import Overview, overview
from paceline.measure.report.write import SUFFIXES, write_report

__all__ = ["SUFFIXES", "Overview", "Report", "overview", "report", "write_report"]
