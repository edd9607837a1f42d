"""Exchange rates: averages of quarters and rates at a moment, each known from its own day on."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from forecast.errors import FactsError, ForecastError, did_you_mean, expect
from forecast.financials.facts import Fact, Financials, raise_problems
from forecast.financials.precision import standard_error
from forecast.financials.units import EXCHANGE_RATE
from forecast.timeline import Quarter, parse_date

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("average", "end")
"""What a rate is the price of: a quarter's mean day, or one moment."""

BASIS = {"quarter": "average", "point": "end"}
"""The kind of rate that a fact of this basis gives."""

EXACT = 1e-9
"""Two rates that differ by less than this part of their size are one."""


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """One rate: ``CNY_per_USD`` was 7.1615 on average over the quarter that ended on ``day``.

    ``kind`` is ``average`` (of the quarter that ended on ``day``) or ``end`` (at the end of ``day``); ``error`` is
    the standard error of ``value``, ``published`` the first day on which it was public.
    """

    pair: str
    kind: str
    day: dt.date
    value: float
    published: dt.date
    error: float = 0.0
    source: str = ""

    def __str__(self) -> str:
        span = "the average of the quarter to" if self.kind == "average" else "the rate on"
        return f"{self.pair}, {span} {self.day}"


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate in use: its value and standard error, the day it was public, and how it follows from the table.

    ``via`` is the pair itself, ``1 / USD_per_CNY`` or ``CNY_per_EUR * EUR_per_USD``; ``steps`` is 0 for the first and
    grows with each inversion and product.
    """

    value: float
    error: float
    published: dt.date
    via: str
    steps: int
    sources: tuple[str, ...]

    @property
    def rank(self) -> tuple[dt.date, int, float, str]:
        """What the preferred of several has the least of."""
        return self.published, self.steps, self.error / self.value, self.via


@dataclass(frozen=True)
class Rates:
    """A table of exchange rates, from which inverse and cross rates follow.

    Entries are kept in one order, so that equal content is equal. Two entries of one pair, kind and day must agree
    within the sum of their half-widths, ``sqrt(3) * error`` each; others are refused, because nothing says which
    one is right.
    """

    entries: tuple[ExchangeRate, ...]

    def __post_init__(self) -> None:
        problems = [problem for entry in self.entries for problem in _entry_problems(entry)]
        if not problems:
            problems = [problem for same in self._table.values() for problem in _conflict(same)]
        raise_problems(problems, "the exchange rates")
        object.__setattr__(self, "entries", tuple(sorted(self.entries, key=repr)))

    @classmethod
    def from_facts(cls, facts: Iterable[Fact], *, fiscal_year_end: int = 12) -> Rates:
        """The rates among these facts, which have units as ``CNY_per_USD``.

        Basis ``quarter`` gives an average, ``point`` the rate at that moment. Averages over longer periods are not
        used, since they do not say how the rate moved within; nor are bounds and forecasts, which are no rates.
        The errors are the facts' own.
        """
        return cls(
            tuple(
                ExchangeRate(
                    fact.unit,
                    BASIS[fact.basis],
                    fact.covers(fiscal_year_end=fiscal_year_end).last_day,
                    fact.value,
                    fact.published,
                    standard_error(fact),
                    fact.source,
                )
                for fact in facts
                if fact.measure.is_rate and fact.basis in BASIS and fact.qualifier in ("", "about")
            )
        )

    @classmethod
    def of(cls, financials: Financials) -> Rates:
        """The rates among the facts of a company."""
        return cls.from_facts(financials.facts, fiscal_year_end=financials.fiscal_year_end)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, fiscal_year_end: int = 12) -> Rates:
        """The rates of a table, taken as exact.

        One row a ``quarter`` (column or index, as in '2024Q3') or ``date`` ('2024-06-13', for rates at a moment only).
        Either the columns ``pair`` (as in 'CNY_per_USD'), ``average`` and ``end``, or one column a pair and kind:
        ``CNY_per_USD_average``, ``CNY_per_USD_end``. Empty cells and NaN are gaps. Optional columns: ``source``, and
        ``published``; without it a rate is public on the last day of its period, as market rates are. Every problem
        is collected into one ``FactsError``; rows are numbered from 0.
        """
        return cls(_entries_of(frame, fiscal_year_end))

    def joined(self, other: Rates) -> Rates:
        """The rates of both tables."""
        return Rates((*self.entries, *other.entries))

    def as_of(self, date: str | dt.date) -> Rates:
        """Only the rates that were public on ``date``."""
        day = parse_date(date)
        return Rates(tuple(entry for entry in self.entries if entry.published <= day))

    def find(self, pair: str, kind: str, day: dt.date) -> Quote | None:
        """The rate of ``pair`` for this kind and day, or None when the table has a gap there.

        It is the entry itself, ``1 / entry`` of the inverse pair, or the product of two such through one common
        currency, with relative errors added in squares. Of several ways the one that was public first is taken
        (so that what becomes known later never changes what was known before), then the one of fewest steps, then
        the most precise. The inverse of an average is not quite the average of inverses: it is off by the relative
        variance of the rate within the quarter, some 0.01 % at a standard deviation of 1 %.
        """
        price, _, of = pair.partition("_per_")
        ways = [self._leg(price, of, kind, day)]
        for between in self._currencies - {price, of}:
            first, second = self._leg(price, between, kind, day), self._leg(between, of, kind, day)
            if first is not None and second is not None:
                ways.append(_product(first, second))
        return min((way for way in ways if way is not None), key=lambda way: way.rank, default=None)

    def _leg(self, price: str, of: str, kind: str, day: dt.date) -> Quote | None:
        """The rate from entries of the pair or of its inverse."""
        direct = self._table.get((f"{price}_per_{of}", kind, day), ())
        inverse = self._table.get((f"{of}_per_{price}", kind, day), ())
        ways = [Quote(one.value, one.error, one.published, one.pair, 0, (one.source,)) for one in direct]
        ways += [
            Quote(1.0 / one.value, one.error / one.value**2, one.published, f"1 / {one.pair}", 1, (one.source,))
            for one in inverse
        ]
        return min(ways, key=lambda way: (*way.rank, way.value), default=None)

    @cached_property
    def _table(self) -> dict[tuple[str, str, dt.date], tuple[ExchangeRate, ...]]:
        """The entries by pair, kind and day."""
        table: dict[tuple[str, str, dt.date], tuple[ExchangeRate, ...]] = {}
        for entry in self.entries:
            key = (entry.pair, entry.kind, entry.day)
            table[key] = (*table.get(key, ()), entry)
        return table

    @cached_property
    def _currencies(self) -> frozenset[str]:
        """Every currency that has a rate."""
        return frozenset(code for entry in self.entries for code in entry.pair.split("_per_"))


def _product(first: Quote, second: Quote) -> Quote:
    """The cross rate of two."""
    value = first.value * second.value
    error = value * math.hypot(first.error / first.value, second.error / second.value)
    published = max(first.published, second.published)
    via, sources = f"{first.via} * {second.via}", (*first.sources, *second.sources)
    return Quote(value, error, published, via, first.steps + second.steps + 2, sources)


def _entry_problems(entry: ExchangeRate) -> list[str]:
    """Everything wrong with one rate on its own."""
    problems = []
    price, _, of = entry.pair.partition("_per_")
    if not EXCHANGE_RATE.match(entry.pair) or price == of:
        problems.append(f"the pair {entry.pair!r} does not name two currencies. Write it as in 'CNY_per_USD'.")
    if entry.kind not in KINDS:
        problems.append(f"the kind {entry.kind!r} is not known. {did_you_mean(entry.kind, KINDS)}")
    if not (math.isfinite(entry.value) and entry.value > 0):
        problems.append(f"{entry}, is {entry.value}. A rate is a number above 0; leave out what is missing.")
    if not (math.isfinite(entry.error) and entry.error >= 0):
        problems.append(f"{entry}, has the error {entry.error}. Give a number of at least 0.")
    if entry.published < entry.day:
        problems.append(f"{entry}, was published on {entry.published}, before its period ended. Correct the date.")
    return problems


def _conflict(same: Sequence[ExchangeRate]) -> list[str]:
    """The problem with rates of one pair, kind and day that do not agree."""
    low, high = min(same, key=lambda one: one.value), max(same, key=lambda one: one.value)
    if high.value - low.value <= math.sqrt(3.0) * (low.error + high.error) + EXACT * high.value:
        return []
    told = (f"{one.value:.8g}" + (f" from {one.source}" if one.source else "") for one in (low, high))
    return [f"{low}, is {' and '.join(told)}. Keep one of them, as in Rates.from_facts(those to use)."]


def _entries_of(frame: pd.DataFrame, fiscal_year_end: int) -> tuple[ExchangeRate, ...]:
    """See ``Rates.from_frame``."""
    import pandas as pd

    expect(frame, pd.DataFrame, FactsError, "the table of rates", "read it with pandas, as in pd.read_csv(path)")
    table = frame if {"quarter", "date"} & {str(name) for name in frame.columns} else frame.reset_index()
    names = [str(name) for name in table.columns]
    problems: list[str] = []
    cells = _rate_columns(names, problems)
    entries: list[ExchangeRate] = []
    for number, row in enumerate(table.itertuples(index=False, name=None) if not problems else ()):
        entries += _entries_of_row(
            dict(zip(names, row, strict=True)), cells, fiscal_year_end, f"row {number}", problems
        )
    raise_problems(problems, "the exchange rates")
    return tuple(entries)


def _rate_columns(names: Sequence[str], problems: list[str]) -> dict[str, tuple[str, str]]:
    """The columns that hold rates: the pair (empty when another column names it) and the kind of each."""
    cells: dict[str, tuple[str, str]] = {}
    others = ("quarter", "date", "pair", "published", "source")
    for name in names:
        pair, _, kind = name.rpartition("_")
        if name in KINDS:
            cells[name] = ("", name)
        elif kind in KINDS and EXCHANGE_RATE.match(pair):
            cells[name] = (pair, kind)
        elif EXCHANGE_RATE.match(name):
            problems.append(
                f"the column '{name}' may hold averages or rates at a moment. Name it '{name}_average' or '{name}_end'."
            )
        elif name not in others and (hint := did_you_mean(name, (*others, *KINDS))).startswith("Did you mean"):
            problems.append(f"the column '{name}' is not known. {hint}")
    if ("quarter" in names) == ("date" in names):
        problems.append("the rows need a column 'quarter' or a column 'date', and not both. Add one, or remove one.")
    if any(not pair for pair, _ in cells.values()) and "pair" not in names:
        problems.append("the column 'pair' is missing. Add it, with entries as 'CNY_per_USD'.")
    if not cells and not problems:
        problems.append("no column holds rates. Name them 'average' and 'end', or as in 'CNY_per_USD_average'.")
    doubled = sorted({name for name in names if names.count(name) > 1 and (name in cells or name in others)})
    problems += [f"the column '{name}' is there twice. Keep one of them." for name in doubled]
    return cells


def _entries_of_row(
    row: dict[str, Any], cells: dict[str, tuple[str, str]], fiscal_year_end: int, name: str, problems: list[str]
) -> list[ExchangeRate]:
    """The rates of one row; what cannot be read is noted."""
    entries = []
    try:
        if "quarter" in row:
            day = Quarter.parse(str(row["quarter"])).last_day(year_end_month=fiscal_year_end)
        else:
            day = parse_date(row["date"])
        published = day if _is_empty(row.get("published")) else parse_date(row["published"])
    except ForecastError as error:
        problems.append(f"{name}: {error}")
        return []
    source = "" if _is_empty(row.get("source")) else str(row["source"])
    for column, (pair, kind) in cells.items():
        if _is_empty(row[column]):
            continue
        try:
            value = float(row[column])
        except (TypeError, ValueError):
            problems.append(f"{name}: '{column}' is {row[column]!r}. Give a number, and NaN for what is missing.")
            continue
        if kind == "average" and "date" in row:
            problems.append(f"{name}: '{column}' gives an average for a date. Label the row with its quarter instead.")
            continue
        entries.append(ExchangeRate(pair or str(row["pair"]), kind, day, value, published, 0.0, source))
    return entries


def _is_empty(entry: Any) -> bool:
    """Whether a cell holds nothing."""
    import pandas as pd

    return entry is None or entry is pd.NA or entry is pd.NaT or entry == "" or bool(entry != entry)
