"""Quarters: how they are written, counted, and gathered into fiscal years."""

from __future__ import annotations

import calendar
import datetime as dt
import operator
import re
from dataclasses import dataclass

from forecast.errors import TimelineError

CANONICAL = re.compile(r"^([0-9]{4})Q([1-4])\Z")
"""The one spelling of a quarter."""

OTHER_SPELLINGS = (
    re.compile(r"^(?P<year>\d{4})[-_ /.]?[qQ](?P<number>[1-4])$"),
    re.compile(r"^[qQ](?P<number>[1-4])[-_ /.]?(?P<year>\d{4})$"),
    re.compile(r"^(?P<number>[1-4])[qQ][-_ /.]?(?P<year>\d{4})$"),
)


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """One quarter of a fiscal year, written ``2025Q2``.

    ``ordinal`` is ``4 * year + number - 1``, so that quarters subtract to a count of quarters.
    Labels are those of the company's own fiscal year: ``2025Q2`` is the second quarter of fiscal 2025.

    >>> Quarter.parse("2025Q2") + 3
    Quarter('2026Q1')
    >>> Quarter.parse("2026Q1") - Quarter.parse("2025Q2")
    3
    """

    ordinal: int

    def __post_init__(self) -> None:
        if not isinstance(self.ordinal, int):
            raise TimelineError(
                f"a Quarter is made of a count, not of {self.ordinal!r}. Write Quarter.parse('2025Q2')."
            )

    @classmethod
    def parse(cls, text: str | Quarter) -> Quarter:
        """Read ``2025Q2``; every other spelling is refused with the right one."""
        if isinstance(text, Quarter):
            return text
        match = CANONICAL.match(str(text))
        if match:
            return cls(4 * int(match[1]) + int(match[2]) - 1)
        raise TimelineError(f"{str(text)!r} is not a quarter. {spelling_hint(str(text))}")

    @classmethod
    def of_date(cls, date: dt.date, *, year_end_month: int = 12) -> Quarter:
        """The fiscal quarter that contains ``date``, in fiscal years that end with ``year_end_month``.

        Fiscal 2025 is the year that ends in 2025: with ``year_end_month=6`` it began in July 2024.
        """
        months = 12 * date.year + date.month - 1 + (12 - _month(year_end_month))
        return cls(months // 3)

    @property
    def year(self) -> int:
        """The fiscal year."""
        return self.ordinal // 4

    @property
    def number(self) -> int:
        """1 to 4."""
        return self.ordinal % 4 + 1

    def last_day(self, *, year_end_month: int = 12) -> dt.date:
        """The last calendar day of the quarter; a year that no calendar has, 0 or 10000, is refused."""
        months = 3 * self.ordinal + 2 - (12 - _month(year_end_month))
        year, month = months // 12, months % 12 + 1
        if not dt.MINYEAR <= year <= dt.MAXYEAR:
            raise TimelineError(f"{self} ends in the year {year}, which no calendar has. Correct the year.")
        return dt.date(year, month, calendar.monthrange(year, month)[1])

    def __add__(self, quarters: int) -> Quarter:
        return Quarter(self.ordinal + operator.index(quarters))

    def __sub__(self, other: Quarter) -> int:
        """How many quarters later than ``other``; to go back, add a negative number."""
        if not isinstance(other, Quarter):
            return NotImplemented
        return self.ordinal - other.ordinal

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"

    def __repr__(self) -> str:
        return f"Quarter('{self}')"


def spelling_hint(text: str) -> str:
    """What to write instead of a quarter that is spelled in another way.

    >>> spelling_hint("2025-Q2")
    "Write '2025Q2'."
    """
    for spelling in OTHER_SPELLINGS:
        match = spelling.match(text.strip())
        if match:
            return f"Write '{match['year']}Q{match['number']}'."
    return "Write the year, Q and the number, as in '2025Q2'."


def quarters_between(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """Every quarter from ``first`` to ``last``, both included; none when ``last`` is earlier."""
    return tuple(Quarter(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1))


def parse_date(text: str | dt.date) -> dt.date:
    """Read ``2025-08-31``, the one spelling; a date and time gives its date."""
    if isinstance(text, dt.date) and str(text) != "NaT":  # the missing date of pandas says that it is a date
        return text.date() if isinstance(text, dt.datetime) else text
    try:
        date = dt.date.fromisoformat(str(text))
    except ValueError:
        date = None
    if date is None or date.isoformat() != str(text):
        raise TimelineError(f"{str(text)!r} is not a date. Write it as in '2025-08-31'.")
    return date


def _month(year_end_month: int) -> int:
    if isinstance(year_end_month, bool) or not isinstance(year_end_month, int) or not 1 <= year_end_month <= 12:
        raise TimelineError(f"a fiscal year cannot end in month {year_end_month!r}. Give a month from 1 to 12.")
    return year_end_month
