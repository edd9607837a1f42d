"""Facts: figures as reported, each with its period, unit, source and the day it became public."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from forecast.errors import FactsError, ForecastError, did_you_mean
from forecast.financials.periods import BASES, Period, parse_period
from forecast.financials.units import Unit, parse_unit
from forecast.lines import check_name
from forecast.timeline import parse_date

if TYPE_CHECKING:
    import pandas as pd

    from forecast.financials.accounts import Accounts
    from forecast.financials.history import History

CONFIDENCES = ("high", "medium", "low")
QUALIFIERS = ("", "about", "more than")
SHOWN_PROBLEMS = 50
"""How many problems the text of one error prints; its attribute ``problems`` holds all of them."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported figure: ``2024Q3`` revenue of 1327 million CNY, as source S27 printed it.

    ``rounding`` is the half-width of the rounding in the fact's own unit (1327 is 1327 +- 0.5).
    ``published`` is the first day on which the figure was public.
    """

    period: str
    basis: str
    item: str
    segment: str
    value: float
    unit: str
    currency: str
    published: dt.date
    source: str
    confidence: str
    rounding: float
    qualifier: str = ""
    note: str = ""

    @property
    def line(self) -> str:
        """The line it speaks of: ``advertising`` and ``revenue`` give ``advertising_revenue``."""
        return f"{self.segment}_{self.item}" if self.segment else self.item

    @property
    def measure(self) -> Unit:
        """Its unit, read."""
        return parse_unit(self.unit)

    def covers(self, *, fiscal_year_end: int = 12) -> Period:
        """The quarters it covers."""
        return parse_period(self.period, self.basis, fiscal_year_end=fiscal_year_end)

    def __str__(self) -> str:
        unit = f"{self.unit} {self.currency}".strip()
        return f"{self.line} {self.period} ({self.basis}) {self.value:g} {unit} from {self.source}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures were read: the rows of ``sources.csv``; columns that are not there are empty."""

    id: str
    title: str = ""
    url: str = ""
    published: str = ""
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Financials:
    """What a company has reported, contradictions included; nothing is overwritten.

    Facts are kept in one order whatever the order they came in, so that equal content is equal.
    ``hidden_after`` is the date given to ``as_of``, or None when nothing is hidden.
    """

    facts: tuple[Fact, ...]
    sources: tuple[Source, ...] = ()
    fiscal_year_end: int = 12
    hidden_after: dt.date | None = None

    def __post_init__(self) -> None:
        problems = check_year_end(self.fiscal_year_end)
        if not problems:
            problems = problems_of(self.facts, [str(fact) for fact in self.facts], self.sources, self.fiscal_year_end)
        raise_problems(problems, "the facts")
        object.__setattr__(self, "facts", tuple(sorted(self.facts, key=_order)))

    def as_of(self, date: str | dt.date) -> Financials:
        """Only what was public on ``date``: facts published later are hidden, later calls cannot unhide.

        A fact published on the date itself is public.
        """
        day = parse_date(date)
        if self.hidden_after is not None:
            day = min(day, self.hidden_after)
        visible = tuple(fact for fact in self.facts if fact.published <= day)
        return Financials(visible, self.sources, self.fiscal_year_end, day)

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines that facts speak of, in alphabetical order."""
        return tuple(sorted({fact.line for fact in self.facts}))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the visible facts and the fiscal year's end; the order of the facts is immaterial."""
        digest = hashlib.sha256(str(self.fiscal_year_end).encode())
        for fact in self.facts:
            digest.update(repr(astuple(fact)).encode())
        return digest.hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """One row a fact, in the columns that ``read_financials`` reads."""
        import pandas as pd

        names = [field.name for field in fields(Fact)]
        return pd.DataFrame([[getattr(fact, name) for name in names] for fact in self.facts], columns=names)

    def reconcile(self, accounts: Accounts | None = None) -> History:
        """One consistent quarterly history of the lines of ``accounts``, or of every line.

        See ``forecast.financials.balance.reconcile`` for the method.
        """
        from forecast.financials.balance import reconcile

        return reconcile(self, accounts)


def _order(fact: Fact) -> tuple[str, ...]:
    """A total order of facts by content."""
    return tuple(repr(entry) for entry in astuple(fact))


def problems_of(
    facts: Sequence[Fact], names: Sequence[str], sources: Iterable[Source], fiscal_year_end: int
) -> list[str]:
    """Everything wrong with these facts, each sentence opened by the fact's entry in ``names``."""
    problems: list[str] = []
    seen: dict[tuple[object, ...], str] = {}
    known_sources = {source.id for source in sources}
    for fact, name in zip(facts, names, strict=True):
        problems += [f"{name}: {problem}" for problem in fact_problems(fact, fiscal_year_end)]
        if known_sources and fact.source not in known_sources:
            problems.append(
                f"{name}: the source {fact.source!r} is not in the sources. {did_you_mean(fact.source, known_sources)}"
            )
        key = (fact.source, fact.period, fact.basis, fact.item, fact.segment, fact.unit, fact.published)
        if key in seen:
            problems.append(
                f"{name}: the same fact from the same source as {seen[key]} "
                f"({fact.line} {fact.period} {fact.basis}, {fact.unit}, source {fact.source}, "
                f"published {fact.published}). Keep one of them."
            )
        seen.setdefault(key, name)
    return problems


def fact_problems(fact: Fact, fiscal_year_end: int) -> list[str]:
    """Everything wrong with one fact on its own."""
    problems: list[str] = []
    if not fact.item:
        problems.append("the item is missing. Name what was reported, as in 'revenue'.")
    else:
        problems += _refusals(lambda: check_name(fact.line))
    problems += _refusals(lambda: parse_unit(fact.unit))
    for word, entry, known in (
        ("basis", fact.basis, BASES),
        ("confidence", fact.confidence, CONFIDENCES),
        ("qualifier", fact.qualifier, QUALIFIERS),
    ):
        if entry not in known:
            problems.append(f"the {word} {entry!r} is not known. {did_you_mean(entry, known)}")
    if fact.currency and not (len(fact.currency) == 3 and fact.currency.isalpha() and fact.currency.isupper()):
        problems.append(f"the currency {fact.currency!r} is not a three-letter code. Write it as in 'CNY'.")
    if not fact.source:
        problems.append("the source is missing. Say where the figure was read.")
    if not math.isfinite(fact.value):
        problems.append(f"the value {fact.value} is not finite. Leave the row out if nothing was reported.")
    if not (math.isfinite(fact.rounding) and fact.rounding >= 0):
        problems.append(f"the rounding {fact.rounding} is not a half-width. Give a number of at least 0.")
    if fact.basis in BASES:
        problems += _refusals(lambda: _check_published(fact, fiscal_year_end))
    return problems


def _refusals(check: Callable[[], object]) -> list[str]:
    """The sentence with which ``check`` refuses, if it does."""
    try:
        check()
    except ForecastError as error:
        return [str(error)]
    return []


def _check_published(fact: Fact, fiscal_year_end: int) -> None:
    """Refuse a figure that was public before its period had ended."""
    end = fact.covers(fiscal_year_end=fiscal_year_end).last_day
    if fact.published < end:
        raise FactsError(
            f"published on {fact.published}, before the period ended on {end}. "
            "Only actual figures are facts; correct the date, or leave a forecast out."
        )


def check_year_end(month: int) -> list[str]:
    """The problem with a fiscal year's last month, if there is one."""
    if isinstance(month, int) and not isinstance(month, bool) and 1 <= month <= 12:
        return []
    return [f"the fiscal year cannot end in month {month!r}. Give a month from 1 to 12."]


def raise_problems(problems: Sequence[str], where: str) -> None:
    """Raise one ``FactsError`` with all problems, of which the text shows the first fifty."""
    if not problems:
        return
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    shown = list(problems[:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - SHOWN_PROBLEMS} more; the attribute 'problems' holds all of them.")
    error = FactsError(f"{where}: {count}", shown)
    error.problems = tuple(problems)
    raise error
