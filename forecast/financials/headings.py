"""Headings: the period that the head of a column names, as ``1Q24``, ``FY2024``, ``9M24`` or a date."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from forecast.errors import FactsError
from forecast.timeline import Quarter

MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST"),
    *("SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
YEAR = r"(?:FY|CY)? ?(?P<year>(?:19|20)[0-9]{2}|[0-9]{2})(?:年)?"
GAP = r"[ \-/_.]*"
PART = r"(?P<part>Q[1-4]|[1-4]Q|H[12]|[12]H|(?:3|6|9|12)M|FY)"
STATE = re.compile(r"[ (]*(?P<state>ACTUAL|ACT|A|ESTIMATE|EST|E|FORECAST|F|BUDGET|B|PROJECTED|P)\)?$")
PART_YEAR = re.compile(rf"^(?P<ytd>YTD {GAP})?{PART}{GAP}{YEAR}(?P<later>{GAP}YTD)?$")
YEAR_PART = re.compile(rf"^(?P<ytd>YTD {GAP})?{YEAR}{GAP}{PART}(?P<later>{GAP}YTD)?$")
PART_ONLY = re.compile(rf"^{PART}$")
WHOLE_YEAR = re.compile(r"^(?:(?:FY|CY) ?(?P<short>[0-9]{2})|(?:FY ?|CY ?)?(?P<year>(?:19|20)[0-9]{2})(?: ?FY|年)?)$")
ISO = re.compile(r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T]00:00(?::00)?)?$")
SLASHED = re.compile(r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$")
NAMED = re.compile(
    r"^(?:(?P<first>[0-9]{1,2})[ \-.]+)?(?P<month>[A-Z]{3,9})(?:[ \-.]+(?P<day>[0-9]{1,2})(?=,))?"
    r"[ \-.,]+(?P<year>[0-9]{4}|[0-9]{2})$"
)
SERIAL = re.compile(r"^[0-9]{5}$")
SERIALS = (36526, 54788)
"""Excel's numbers of 2000-01-01 and 2049-12-31; day 0 is 1899-12-30."""

NEAR = 10
"""How many days a date may lie from the end of its quarter, as in years of 52 weeks."""

LONGEST = 100
"""Characters of the longest text that is taken for a heading."""

ACTUAL = ("", "A", "ACT", "ACTUAL")


@dataclass(frozen=True, slots=True)
class Heading:
    """The period that a heading names.

    ``last`` is the last quarter; ``basis`` is empty for a date, which does not say what ends on it. ``bare`` means
    that it is a plain number (``2024``, ``45382``), which could be a figure too; ``state`` is ``A`` for actual, ``E``,
    ``F``, ``B`` or ``P`` for what is not, or empty.
    """

    text: str
    last: Quarter
    basis: str
    bare: bool = False
    state: str = ""

    @property
    def is_estimate(self) -> bool:
        """Whether it says that its figures are estimates, forecasts or a budget."""
        return self.state not in ACTUAL

    def period(self, wanted: str = "") -> tuple[str, str]:
        """Period and basis as a fact has them, for rows whose basis is ``wanted`` (empty: as the heading says).

        Any period may be read as a moment, its end (``point``); a quarter's label may stand for the year to date
        (of longer periods ``ytd`` asks nothing), and a date for whatever ends on it. Others are refused.
        """
        basis = self.basis if wanted == "ytd" and self.basis in ("half", "annual") else wanted or self.basis
        if not basis:
            raise FactsError(
                "a date does not say what ends on it. Give basis='quarter', 'ytd', 'half' or 'annual', "
                "or 'point' for balances."
            )
        if self.basis not in ("", basis) and basis != "point" and (self.basis, basis) != ("quarter", "ytd"):
            raise FactsError(f"it names the basis '{self.basis}', and '{basis}' was asked for.")
        if basis in ("half", "annual") and self.last.number not in ((2, 4) if basis == "half" else (4,)):
            raise FactsError(f"{self.last} does not end a {'half-year' if basis == 'half' else 'fiscal year'}.")
        if basis == "half":
            return f"{self.last.year:04d}H{self.last.number // 2}", basis
        return (f"{self.last.year:04d}" if basis == "annual" else str(self.last)), basis


def read_headings(
    cells: Mapping[int, str], above: Mapping[int, str], fiscal_year_end: int = 12, *, strict: bool = False
) -> dict[int, Heading]:
    """The headings of one row by column, or nothing where it is not a row of headings.

    It is one if at least half of the filled cells from the first period to the right name periods. Plain numbers
    count only together: years that follow each other, or Excel dates at quarter ends. ``Q1 Q2 Q3 Q4`` take their
    year from the row ``above``, whose last year to the left counts (cells merged over several columns are one).
    With ``strict`` a single plain number is not enough.
    """
    found = {}
    for column, text in cells.items():
        heading = parse_heading(text, fiscal_year_end=fiscal_year_end) or _partial(text, column, above)
        if heading is not None:
            found[column] = heading
    bare = [heading for heading in found.values() if heading.bare]
    if bare and not _plausible(bare, alone=not strict or len(bare) < len(found)):
        found = {column: heading for column, heading in found.items() if not heading.bare}
    if not found:
        return {}
    right = [column for column in cells if column >= min(found)]
    return found if 2 * len(found) >= len(right) else {}


def parse_heading(text: str, *, fiscal_year_end: int = 12) -> Heading | None:
    """The period that a text names, or None if it names none.

    Two-digit years are of this century up to 69. A date must lie within ``NEAR`` days of a quarter's end of fiscal
    years that end with the month ``fiscal_year_end``; a month (``Mar-24``) is its last day.

    >>> parse_heading("9M24").period()
    ('2024Q3', 'ytd')
    >>> parse_heading("2025E").is_estimate
    True
    """
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    day = _date(plain)
    if day is not None:
        quarter = _ending(day, fiscal_year_end)
        return None if quarter is None else Heading(text, quarter, "", SERIAL.match(plain) is not None)
    match = PART_YEAR.match(plain) or YEAR_PART.match(plain)
    state = ""
    year = WHOLE_YEAR.match(plain)
    if match is None and year is None and (stated := STATE.search(plain)):
        plain, state = plain[: stated.start()].strip(), stated["state"][0]
        match = PART_YEAR.match(plain) or YEAR_PART.match(plain)
        # A two-digit year may stand alone where a letter says that it is one, as in '24E'.
        year = WHOLE_YEAR.match(plain) or re.match(r"^(?P<short>[0-9]{2})(?P<year>(?!))?$", plain)
    if match is not None:
        basis, number = _part(match["part"])
        if match["ytd"] or match["later"]:
            basis = "ytd" if basis == "quarter" else basis
        return Heading(text, Quarter(4 * _year(match["year"]) + number - 1), basis, False, state)
    if year is not None:
        digits = year["year"] or year["short"]
        return Heading(text, Quarter(4 * _year(digits) + 3), "annual", plain == digits and not state, state)
    return None


def _plain(text: str) -> str:
    """In capitals, with one kind of digits and dashes, without apostrophes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = re.sub("[‐‑–—−]", "-", re.sub("['’`]", "", plain))
    return " ".join(plain.split())


def _partial(text: str, column: int, above: Mapping[int, str]) -> Heading | None:
    """The period of ``Q1`` below a year."""
    plain, state = _plain(text[:LONGEST]), ""
    if PART_ONLY.match(plain) is None and (stated := STATE.search(plain)):
        plain, state = plain[: stated.start()].strip(), stated["state"][0]
    match = PART_ONLY.match(plain)
    left = [at for at in above if at <= column]
    year = parse_heading(above[max(left)]) if left else None
    if match is None or year is None or year.basis != "annual":
        return None
    basis, number = _part(match["part"])
    return Heading(f"{text} {year.text}", Quarter(4 * year.last.year + number - 1), basis, False, state or year.state)


def _part(text: str) -> tuple[str, int]:
    """Basis and number of the last quarter of ``1Q``, ``H1``, ``9M`` or ``FY``."""
    if text == "FY":
        return "annual", 4
    if text.endswith("M"):
        return {"3M": ("quarter", 1), "6M": ("ytd", 2), "9M": ("ytd", 3), "12M": ("annual", 4)}[text]
    number = int(text.strip("QH"))
    return ("quarter", number) if "Q" in text else ("half", 2 * number)


def _year(digits: str) -> int:
    """The year of two or four digits."""
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 70 else 1900)


def _date(plain: str) -> dt.date | None:
    """The date that a text names, if it names one; the day of a month that is named alone is its last."""
    if SERIAL.match(plain):
        number = int(plain)
        return dt.date(1899, 12, 30) + dt.timedelta(number) if SERIALS[0] <= number <= SERIALS[1] else None
    if match := ISO.match(plain):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := SLASHED.match(plain):
        # A quarter ends after the 12th, so that only one order gives a month; if both do, it is no quarter's end.
        first, second, year = int(match[1]), int(match[2]), _year(match[3])
        return _day(year, second, first) if first > 12 else _day(year, first, second)
    if (match := NAMED.match(plain)) and (month := _month(match["month"])):
        year = _year(match["year"])
        day = match["first"] or match["day"] or calendar.monthrange(year, month)[1]
        return _day(year, month, int(day))
    return None


def _month(word: str) -> int:
    """The number of a month that is written out or cut short, or 0."""
    return next((number for number, name in enumerate(MONTHS, 1) if name.startswith(word)), 0)


def _day(year: int, month: int, day: int) -> dt.date | None:
    """The date, if there is one."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _ending(day: dt.date, fiscal_year_end: int) -> Quarter | None:
    """The quarter that ends within ``NEAR`` days of a date, if one does."""
    inside = Quarter.of_date(day, year_end_month=fiscal_year_end)
    for quarter in (inside, inside + -1):
        if abs((quarter.last_day(year_end_month=fiscal_year_end) - day).days) <= NEAR:
            return quarter
    return None


def _plausible(bare: Sequence[Heading], *, alone: bool) -> bool:
    """Whether plain numbers are headings: all dates, or years of which each is next to the one before."""
    if len(bare) == 1:
        return alone
    if all(not heading.basis for heading in bare):
        return True
    steps = {after.last - before.last for before, after in pairwise(bare)}
    return all(heading.basis for heading in bare) and (steps == {4} or steps == {-4})
