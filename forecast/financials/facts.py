"""Facts: figures as reported, each with its period, unit, source and the day it became public."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from forecast.errors import FactsError, ForecastError, did_you_mean, legible
from forecast.financials.periods import BASES, Period, parse_period
from forecast.financials.units import Unit, parse_unit
from forecast.limits import limits
from forecast.lines import check_name
from forecast.timeline import parse_date

if TYPE_CHECKING:
    import pandas as pd

    from forecast.financials.accounts import Accounts
    from forecast.financials.history import History
    from forecast.financials.rates import Rates
    from forecast.financials.related import Related
    from forecast.financials.taxonomy import Mapping
    from forecast.timeline import Quarter

CONFIDENCES = ("high", "medium", "low")
QUALIFIERS = ("", "about", "more than", "less than", "forecast")
SCOPE = re.compile(r"^[a-z][a-z0-9_]*\Z")
SMALLEST, LARGEST = 1e-30, 1e30
"""Sizes of a figure, other than 0; beyond them sums and squares of several leave what a float can hold."""

SHOWN_PROBLEMS = 50
"""How many problems the text of one error prints; its attribute ``problems`` holds all of them."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported figure: ``2024Q3`` revenue of 1327 million CNY, as source S27 printed it.

    ``rounding`` is the half-width of the rounding in the fact's own unit (1327 is 1327 +- 0.5).
    A range is its middle, with half its width as rounding. ``published`` is the first day on which the figure
    was public. ``qualifier`` is ``about``, ``more than``, ``less than``, ``forecast`` (the company's own figure
    for a period that had not ended or not been closed) or nothing. ``scope`` names another scope of consolidation
    than the present one, as in ``original`` for what was reported before a restatement: its figures are lines of
    their own, until ``Financials.spliced`` says otherwise.
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
    scope: str = ""

    @property
    def line(self) -> str:
        """The line it speaks of: ``advertising`` and ``revenue`` give ``advertising_revenue``.

        A scope is added at the end: ``revenue`` in the scope ``original`` is ``revenue_original``.
        """
        return "_".join(part for part in (self.segment, self.item, self.scope) if part)

    @property
    def base(self) -> str | None:
        """The line of which it is a share, in the fact's own scope; None when it is no share."""
        base = self.measure.base
        return f"{base}_{self.scope}" if base and self.scope else base

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


FIELDS = tuple(field.name for field in fields(Fact))


@dataclass(frozen=True, slots=True)
class SetAside:
    """A fact that was not used, and why."""

    fact: Fact
    reason: str

    def __str__(self) -> str:
        return f"{self.fact}: {self.reason}"


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
    ``hidden_after`` is the date given to ``as_of``, or None when nothing is hidden. ``mappings`` say how one
    taxonomy of segments follows from another. ``set_aside`` holds facts that a splice of scopes or a
    conversion cannot use.
    """

    facts: tuple[Fact, ...]
    sources: tuple[Source, ...] = ()
    fiscal_year_end: int = 12
    hidden_after: dt.date | None = None
    mappings: tuple[Mapping, ...] = ()
    set_aside: tuple[SetAside, ...] = ()

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
        aside = tuple(one for one in self.set_aside if one.fact.published <= day)
        return replace(self, facts=visible, hidden_after=day, set_aside=aside)

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines that facts speak of, in alphabetical order."""
        return tuple(sorted({fact.line for fact in self.facts}))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the visible facts and the fiscal year's end; the order of the facts is immaterial."""
        digest = hashlib.sha256(str(self.fiscal_year_end).encode())
        for fact in self.facts:
            digest.update(repr(_entries(fact)).encode())
        if self.mappings:
            digest.update(repr(self.mappings).encode())
        return digest.hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """One row a fact, in the columns that ``read_financials`` reads."""
        import pandas as pd

        return pd.DataFrame([_entries(fact) for fact in self.facts], columns=list(FIELDS))

    def vintages(self, line: str) -> pd.DataFrame:
        """How the figures of one line became known: the real-time triangle.

        One row a period and basis, one column a day of publication; the entry is the figure that became public on
        that day, in the line's unit (millions for money), NaN where nothing new was said. The first entry of a row
        is what was first published, the last what stands today; ``.ffill(axis=1)`` shows what was known on each
        day. Of several figures of one day the most trusted, then the most precise, is shown. Shares and growth
        rates are not levels and do not appear.
        """
        from forecast.financials.vintages import triangle

        return triangle(self.facts, line, self.fiscal_year_end)

    def spliced(self, scope: str, *, until: str | Quarter | None = None) -> Financials:
        """One series from two scopes: the facts of ``scope`` up to the quarter ``until``, the plain ones after it.

        See ``forecast.financials.scopes.splice`` for what happens to facts that touch both sides.
        """
        from forecast.financials.scopes import splice

        return splice(self, scope, until=until)

    def adds_up(self) -> pd.DataFrame:
        """Whether the printed parts of every mapping add up to its printed total, a row a period.

        Columns: line, period, basis, total, parts (their sum), difference, standard_errors (of the difference, from
        roundings, confidence and the errors of the shares) and verdict: ``adds up`` (within 3), ``does not add
        up``, or ``not printed: ...`` with the parts that are missing.
        """
        from forecast.financials.taxonomy import adding_up

        return adding_up(self.facts, self.mappings, self.fiscal_year_end)

    def in_currency(self, to: str, *, rates: Rates | None = None, gaps: str = "refuse") -> Financials:
        """The facts with every amount in the currency ``to``: flows at period averages, stocks at period ends.

        The rates are those among the facts, joined by ``rates``. A table with gaps is refused, with every gap
        named; ``gaps="set aside"`` lists the facts instead. See ``forecast.financials.currency.convert``.
        """
        from forecast.financials.currency import convert

        return convert(self, to, rates=rates, gaps=gaps)

    def reconcile(
        self, accounts: Accounts | None = None, *, related: Table[str, str | Related] | None = None
    ) -> History:
        """One consistent quarterly history of the lines of ``accounts``, or of every line.

        ``related`` lets lines of which only halves or years are printed follow the quarters of another line, as in
        ``{"administration": "revenue"}``. See ``forecast.financials.balance.reconcile`` for the method.
        """
        from forecast.financials.balance import reconcile

        return reconcile(self, accounts, related=related)

    def _repr_html_(self) -> str:
        """How much is known of each line, and the figure that was published last."""
        from forecast.financials.frames import html_facts

        return html_facts(self)


def _order(fact: Fact) -> tuple[str, ...]:
    """A total order of facts by content."""
    return tuple(repr(entry) for entry in _entries(fact))


def _entries(fact: Fact) -> tuple[object, ...]:
    """The fields of a fact; ``astuple`` would copy each of them."""
    return tuple(getattr(fact, name) for name in FIELDS)


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
            hint = did_you_mean(fact.source, known_sources) if len(problems) < SHOWN_PROBLEMS else ""
            problems.append(f"{name}: the source {fact.source!r} is not in the sources. {hint}".rstrip())
        key = (fact.source, fact.period, fact.basis, fact.line, fact.unit, fact.published, fact.qualifier)
        if key in seen:
            problems.append(
                f"{name}: the same fact from the same source as {seen[key]} "
                f"({fact.line} {fact.period} {fact.basis}, {fact.unit}, source {fact.source}, "
                f"published {fact.published}). Keep one of them."
            )
        seen.setdefault(key, name)
        raise_if_hopeless(problems, "the facts")
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
    if fact.scope and not SCOPE.match(fact.scope):
        problems.append(f"the scope {fact.scope!r} is not a name. Use lower-case letters, digits and underscores.")
    if fact.currency and not (len(fact.currency) == 3 and fact.currency.isalpha() and fact.currency.isupper()):
        problems.append(f"the currency {fact.currency!r} is not a three-letter code. Write it as in 'CNY'.")
    if not fact.source:
        problems.append("the source is missing. Say where the figure was read.")
    if not math.isfinite(fact.value):
        problems.append(f"the value {fact.value} is not finite. Leave the row out if nothing was reported.")
    if not (math.isfinite(fact.rounding) and fact.rounding >= 0):
        problems.append(f"the rounding {fact.rounding} is not a half-width. Give a number of at least 0.")
    for word, number in (("value", fact.value), ("rounding", fact.rounding)):
        if math.isfinite(number) and number and not SMALLEST <= abs(number) <= LARGEST:
            problems.append(
                f"the {word} {number:g} is not between {SMALLEST:g} and {LARGEST:g} in size, as every figure of a "
                "company is. Correct it, or leave the row out."
            )
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
    if fact.published < end and fact.qualifier != "forecast":
        raise FactsError(
            f"published on {fact.published}, before the period ended on {end}. "
            "Correct the date, or mark the company's own forecast with the qualifier 'forecast'."
        )


def check_year_end(month: int) -> list[str]:
    """The problem with a fiscal year's last month, if there is one."""
    if isinstance(month, int) and not isinstance(month, bool) and 1 <= month <= 12:
        return []
    return [f"the fiscal year cannot end in month {month!r}. Give a month from 1 to 12."]


def raise_if_hopeless(problems: Sequence[str], where: str) -> None:
    """Stop when there are so many problems that looking for more tells nobody anything."""
    most = limits().problems
    if len(problems) > most:
        raise_problems([*problems[:most], "there are more; what follows was not looked at."], where)


def raise_problems(problems: Sequence[str], where: str) -> None:
    """Raise one ``FactsError`` with all problems, of which the text shows the first fifty."""
    if not problems:
        return
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    shown = list(problems[:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - SHOWN_PROBLEMS} more; the attribute 'problems' holds all of them.")
    error = FactsError(f"{where}: {count}", shown)
    error.problems = tuple(legible(problem) for problem in problems)
    raise error
