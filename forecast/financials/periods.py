"""Periods: which quarters a reported figure covers, and on which day they ended."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from forecast.errors import TimelineError, did_you_mean
from forecast.timeline import CANONICAL, Quarter, parse_date, quarters_between, spelling_hint

BASES = ("quarter", "ytd", "half", "annual", "point")
"""How a figure relates to its period: that quarter alone, the year so far, a half, a year, a moment."""

YEAR = re.compile(r"^(\d{4})$")
HALF = re.compile(r"^(\d{4})H([12])$")
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")

EXPECTED = {
    "quarter": "a quarter, as in '2024Q3'",
    "ytd": "the last quarter covered, as in '2024Q3'",
    "half": "a half-year, as in '2024H1'",
    "annual": "a fiscal year, as in '2024'",
    "point": "a quarter (its end), as in '2024Q3', or a date, as in '2024-06-13'",
}


@dataclass(frozen=True, slots=True)
class Period:
    """The quarters of a figure, in order, and the last day that it covers.

    ``elapsed`` is 1 except for a date inside a quarter, where it is the part of the quarter that had
    passed at the end of that day: days since the previous quarter's end / days of the quarter.
    """

    quarters: tuple[Quarter, ...]
    last_day: dt.date
    elapsed: float = 1.0


@lru_cache(maxsize=8192)
def parse_period(period: str, basis: str, *, fiscal_year_end: int = 12) -> Period:
    """Read a period and its basis.

    ``2024Q3`` with ``ytd`` is the first three quarters of fiscal 2024, ``2024H2`` is its third and
    fourth. A spelling that does not fit the basis is refused.

    >>> [str(quarter) for quarter in parse_period("2024Q3", "ytd").quarters]
    ['2024Q1', '2024Q2', '2024Q3']
    """
    if basis not in BASES:
        raise TimelineError(f"the basis {basis!r} is not known. {did_you_mean(basis, BASES)}")
    if basis == "point" and DATE.match(period):
        return _moment(parse_date(period), fiscal_year_end)
    if basis in ("quarter", "ytd", "point") and CANONICAL.match(period):
        last = Quarter.parse(period)
        first = Quarter(4 * last.year) if basis == "ytd" else last
    elif basis == "half" and (half := HALF.match(period)):
        first = Quarter(4 * int(half[1]) + 2 * (int(half[2]) - 1))
        last = first + 1
    elif basis == "annual" and (year := YEAR.match(period)):
        first = Quarter(4 * int(year[1]))
        last = first + 3
    else:
        raise TimelineError(_misfit(period, basis))
    return Period(quarters_between(first, last), last.last_day(year_end_month=fiscal_year_end))


def _moment(day: dt.date, fiscal_year_end: int) -> Period:
    """The period of a point fact that gives a date."""
    quarter = Quarter.of_date(day, year_end_month=fiscal_year_end)
    before = (quarter + -1).last_day(year_end_month=fiscal_year_end)
    after = quarter.last_day(year_end_month=fiscal_year_end)
    return Period((quarter,), day, (day - before).days / (after - before).days)


def _misfit(period: str, basis: str) -> str:
    """Why a period cannot be read with this basis, and what to write."""
    hint = spelling_hint(period)
    known = any(spelling.match(period) for spelling in (CANONICAL, YEAR, HALF, DATE))
    if not known and "the year, Q and the number" not in hint:
        return f"the period {period!r} is not spelled as a quarter is. {hint}"
    return f"the period {period!r} does not fit the basis '{basis}', which takes {EXPECTED[basis]}."
