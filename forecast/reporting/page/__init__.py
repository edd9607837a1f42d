"""A report in one file: the answer, the pictures, what must be true, and how the numbers were made."""

from forecast.reporting.page.composition import report
from forecast.reporting.page.document import Report

__all__ = ["Report", "report"]
