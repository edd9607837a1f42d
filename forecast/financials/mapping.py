"""The mapping of a wide sheet: which row is which line, and what holds for the sheet as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from forecast.errors import FactsError, ForecastError, did_you_mean
from forecast.financials.facts import CONFIDENCES
from forecast.financials.periods import BASES
from forecast.financials.units import parse_unit
from forecast.lines import check_name
from forecast.timeline import parse_date

Entry: TypeAlias = str | Mapping[str, str]
Published: TypeAlias = str | dt.date | Mapping[str, str | dt.date]

ENTRIES = ("line", "unit", "currency", "basis")
UNMAPPED = ("refuse", "leave out")
LONGEST_LAG = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """What the mapping says of one row: its line, and the unit, currency and basis of its figures.

    ``sign`` is -1 where the sheet shows the line with the other sign: ``"-cost"`` in the mapping.
    """

    line: str
    sign: int
    unit: str
    currency: str
    basis: str


@dataclass(frozen=True)
class Wide:
    """How a wide sheet is to be read; see ``read_financials`` for each option."""

    mapping: Mapping[str | int, Entry]
    unit: str = "million"
    currency: str = ""
    basis: str = ""
    published: Published | None = None
    published_after: int | None = None
    source: str = ""
    confidence: str = "medium"
    leave_out: Sequence[str] = ()
    unmapped: str = "refuse"
    fiscal_year_end: int = 12

    def problems(self) -> list[str]:
        """What is wrong with the options, apart from the rows."""
        found = [] if self.mapping else ["the mapping is empty. Name rows, as in {'Total revenue': 'revenue'}."]
        if self.unmapped not in UNMAPPED:
            found.append(f"unmapped={self.unmapped!r} is not known. {did_you_mean(str(self.unmapped), UNMAPPED)}")
        if self.basis and self.basis not in BASES:
            found.append(f"the basis {self.basis!r} is not known. {did_you_mean(str(self.basis), BASES)}")
        if self.confidence not in CONFIDENCES:
            found.append(
                f"the confidence {self.confidence!r} is not known. {did_you_mean(str(self.confidence), CONFIDENCES)}"
            )
        return found + self._published_problems()

    def sound(self) -> Wide:
        """The same with options that raise no problems, so that those of the cells can be told as well."""
        lag = replace(self, published=None, published_after=LONGEST_LAG) if self._published_problems() else self
        return replace(
            lag,
            basis=self.basis if self.basis in BASES else "",
            confidence=self.confidence if self.confidence in CONFIDENCES else CONFIDENCES[0],
        )

    def rows(self, problems: list[str]) -> dict[str | int, Row]:
        """The entries of the mapping that can be used; what is wrong with the others is added to ``problems``."""
        rows: dict[str | int, Row] = {}
        for label, entry in self.mapping.items():
            given = {"line": entry} if isinstance(entry, str) else dict(entry) if isinstance(entry, Mapping) else {}
            if not given:
                problems.append(
                    f"the mapping of {label!r} is {entry!r}. Give a line, as in 'revenue', or leave it out."
                )
                continue
            found = [
                f"{name!r} is not known. {did_you_mean(str(name), ENTRIES)}" for name in given if name not in ENTRIES
            ]
            unit, basis, line = given.get("unit", self.unit), given.get("basis", ""), given.get("line", "")
            if basis and basis not in BASES:
                found.append(f"the basis {basis!r} is not known. {did_you_mean(basis, BASES)}")
            for check, text in ((check_name, line.removeprefix("-")), (parse_unit, unit)):
                try:
                    check(text)
                except ForecastError as error:
                    found.append(str(error))
            problems += [f"the mapping of {label!r}: {problem}" for problem in found]
            if not found:
                own = self.currency if parse_unit(unit).dimension == "money" else ""
                sign = -1 if line.startswith("-") else 1
                rows[label] = Row(line.removeprefix("-"), sign, unit, given.get("currency", own), basis)
        return rows

    def published_on(self, period: str, heading: str, end: dt.date) -> dt.date:
        """The day on which the figures of a period became public, or a refusal."""
        given = self._given(period, heading)
        if given is not None:
            return parse_date(given)
        if self.published_after is None:
            raise FactsError(f"published has no date for {period}. Add it, or give published_after.")
        return end + dt.timedelta(days=self.published_after)

    def assumes(self, period: str, heading: str) -> bool:
        """Whether the day of publication of a period follows from ``published_after`` alone."""
        return self._given(period, heading) is None

    def unused(self, names: Collection[str]) -> list[str]:
        """The problem with dates of publication for periods that the sheet does not have."""
        dates = self.published if isinstance(self.published, Mapping) else {}
        return [
            f"published names {period!r}, which the sheet does not have. {did_you_mean(str(period), names)}"
            for period in dates
            if period not in names
        ]

    def _given(self, period: str, heading: str) -> str | dt.date | None:
        """The date that ``published`` has for a period, by its label or the heading's text."""
        if isinstance(self.published, Mapping):
            return self.published.get(period, self.published.get(heading))
        return self.published

    def _published_problems(self) -> list[str]:
        """What is wrong with the two options that say when figures became public."""
        given, lag = self.published, self.published_after
        found = []
        if given is None and lag is None:
            found.append(
                "nothing says when the figures became public. Give published='2025-08-31', or published_after=45 "
                "for days after the end of each period."
            )
        if lag is not None and not (type(lag) is int and 0 <= lag <= LONGEST_LAG):
            found.append(
                f"published_after={lag!r} is not a number of days. Give a whole number from 0 to {LONGEST_LAG}."
            )
        if lag is not None and given is not None and not isinstance(given, Mapping):
            found.append(
                "published and published_after contradict each other. Give one date, or days, or a date a period."
            )
        dates = list(given.values()) if isinstance(given, Mapping) else [] if given is None else [given]
        for date in dates:
            try:
                parse_date(date)
            except ForecastError as error:
                found.append(f"published: {error}")
        return found
