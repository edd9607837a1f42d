"""Workbooks: a company as live formulas, and results as tables."""

from forecast.reporting.workbook.results import write_results
from forecast.reporting.workbook.writing import write_workbook

__all__ = ["write_results", "write_workbook"]
