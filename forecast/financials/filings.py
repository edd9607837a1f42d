"""Filings: one tagged figure of a company-facts file, and the fiscal period that its own dates name."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from forecast.errors import FactsError
from forecast.timeline import Quarter

ANNUAL_FORMS = ("10-K", "20-F", "40-F")
CURRENCY = re.compile(r"^[A-Z]{3}$")
YEAR_DAYS = (350, 380)
"""Shortest and longest fiscal year of 52 or 53 weeks or twelve months, with a margin."""

SMALLEST, GREATEST, DIGITS = -12, 24, 28
"""Powers of ten of a figure, and its digits: beyond them decimals would be rounded."""

YEARS = (1900, 2200)
"""Between which years the dates of a filing lie."""

STRAY = 28
"""How many days the end of a quarter of 12 to 17 weeks may lie from the end of its three calendar months."""

SHORTEST, LONGEST = 82, 28
"""A period of n quarters has at least 82 + 84 * (n - 1) days (12 weeks each) and at most 28 more than n quarters."""

DIFFERENT_YEARS = 0.02
"""Share of annual figures that may end in another month (mistyped dates) before the fiscal year is ambiguous."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One entry of a company-facts file: a figure as a filing tagged it.

    ``start`` is None for a moment. The file's ``fy`` and ``fp`` are not kept: they say of which period the *filing*
    is, and a filing repeats the figures of earlier periods.
    """

    tag: str
    unit: str
    start: dt.date | None
    end: dt.date
    value: Decimal
    filing: str
    form: str
    filed: dt.date

    @property
    def days(self) -> int:
        """How many days it covers; 0 for a moment."""
        return 0 if self.start is None else (self.end - self.start).days + 1

    @property
    def per_share(self) -> bool:
        """Whether it is money per share."""
        return self.unit.endswith("/shares")

    @property
    def currency(self) -> str:
        """The currency of money and of money per share, else empty."""
        code = self.unit.removesuffix("/shares")
        return code if CURRENCY.match(code) else ""

    @property
    def factual_unit(self) -> str:
        """The unit of its fact; empty where a fact has none (``pure``, ``acre``)."""
        if self.currency:
            return f"{self.currency}_per_share" if self.per_share else "million"
        return "million_shares" if self.unit == "shares" else ""

    @property
    def kind(self) -> str:
        """What its line must have in common: what is measured, over a period or at a moment."""
        what = "money per share" if self.per_share else "money" if self.currency else self.unit
        return f"{what} {'of a period' if self.start else 'at a moment'}"


def filed_of(entry: Mapping[str, Any], tag: str, unit: str) -> Filed:
    """Read one entry, or refuse it with what is missing or cannot be read."""
    try:
        start = entry.get("start")
        value = entry["val"]
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise FactsError(f"'val' is {value!r}, not a number")
        number = Decimal(str(value))
        if not number.is_finite():
            raise FactsError(f"'val' is {value!r}, not finite")
        if (number and not SMALLEST <= number.adjusted() <= GREATEST) or len(number.as_tuple().digits) > DIGITS:
            raise FactsError(f"'val' is {str(value)[:40]}, which no company reports")
        one = Filed(
            tag,
            unit,
            None if start is None else dt.date.fromisoformat(start),
            dt.date.fromisoformat(entry["end"]),
            number,
            str(entry["accn"]),
            str(entry.get("form") or ""),
            dt.date.fromisoformat(entry["filed"]),
        )
    except KeyError as error:
        raise FactsError(f"{error} is missing") from None
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise FactsError(f"it cannot be read ({error})") from None
    days = [day for day in (one.start, one.end, one.filed) if day is not None]
    if not all(YEARS[0] <= day.year <= YEARS[1] for day in days):
        shown = next(day for day in days if not YEARS[0] <= day.year <= YEARS[1])
        raise FactsError(f"it has the date {shown}, which no filing has")
    if "/" in one.filing:
        raise FactsError(f"'accn' is {one.filing[:40]!r}; the number of a filing has no '/'")
    if one.start is not None and one.start > one.end:
        raise FactsError(f"it starts on {one.start}, after its end on {one.end}")
    return one


def infer_year_end(filed: Iterable[Filed]) -> int:
    """The month in which the fiscal year ends: that of the figures that cover a year, in annual reports.

    An end belongs to the nearest end of a month (a year of 52 or 53 weeks may end on 3 January). Where annual reports
    have none, all filings are looked at. More than 2 % of the figures in other months are ambiguous.
    """
    yearly = [one for one in filed if YEAR_DAYS[0] <= one.days <= YEAR_DAYS[1]]
    reported = [one for one in yearly if one.form.startswith(ANNUAL_FORMS)] or yearly
    months = Counter(_nearest_month_end(one.end).month for one in reported)
    cure = "Give the month as fiscal_year_end."
    if not months:
        raise FactsError(f"no figure covers a whole year, so that the end of the fiscal year is not known. {cure}")
    month, count = months.most_common(1)[0]
    if count < (1 - DIFFERENT_YEARS) * months.total():
        shown = ", ".join(f"{calendar.month_name[month]} ({count})" for month, count in months.most_common())
        raise FactsError(f"fiscal years end in several months, with so many figures each: {shown}. {cure}")
    return month


def place(start: dt.date | None, end: dt.date, fiscal_year_end: int) -> tuple[str, str] | None:
    """Period and basis by the dates alone; None where they fit no quarter, half, year to date or fiscal year.

    Both ends are taken to the nearest end of a fiscal quarter, at most ``STRAY`` days away, so that quarters of 12,
    13, 14, 16 or 17 weeks are those of the calendar. A moment that far from a quarter's end is a date.

    >>> place(dt.date(2023, 10, 1), dt.date(2024, 6, 29), 9)
    ('2024Q3', 'ytd')
    """
    last, stray = _nearest_quarter(end, fiscal_year_end)
    if start is None:
        return (str(last) if stray <= 7 else end.isoformat()), "point"
    before, astray = _nearest_quarter(start - dt.timedelta(1), fiscal_year_end)
    first, quarters, days = before + 1, last - before, (end - start).days + 1
    if max(stray, astray) > STRAY or not 1 <= quarters <= 4:
        return None
    if not SHORTEST + 84 * (quarters - 1) <= days <= 365.25 * quarters / 4 + LONGEST:
        return None
    if quarters == 1:
        return str(last), "quarter"
    if first.number == 1:
        return (f"{last.year:04d}", "annual") if quarters == 4 else (str(last), "ytd")
    return (f"{last.year:04d}H2", "half") if (first.number, quarters) == (3, 2) else None


def _nearest_quarter(day: dt.date, fiscal_year_end: int) -> tuple[Quarter, int]:
    """The fiscal quarter whose end is nearest, and how many days away it is."""
    inside = Quarter.of_date(day, year_end_month=fiscal_year_end)
    return min(
        (
            (quarter, abs((quarter.last_day(year_end_month=fiscal_year_end) - day).days))
            for quarter in (inside, inside + -1)
        ),
        key=lambda found: found[1],
    )


def _nearest_month_end(day: dt.date) -> dt.date:
    """The last day of this month or of the one before, whichever is nearer."""
    before = day.replace(day=1) - dt.timedelta(1)
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return last if last - day <= day - before else before
