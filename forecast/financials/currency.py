"""Currency: figures put into another, flows at the averages of their quarters and stocks at the rate of the day."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecast.errors import FactsError, did_you_mean, expect
from forecast.financials.facts import Fact, Financials, SetAside, raise_problems
from forecast.financials.history import History, LineHistory
from forecast.financials.periods import Period
from forecast.financials.precision import standard_error
from forecast.financials.rates import Quote, Rates
from forecast.financials.units import MONEY, PER_SHARE, Unit
from forecast.lines import Identity, Line
from forecast.timeline import Quarter

CODE = re.compile(r"^[A-Z]{3}\Z")
YEAR = 4
GAPS = ("refuse", "set aside")

UNEVEN = 0.25
"""Assumed standard deviation of a quarter's figure about the mean of its period, relative to that mean: a line that
grows by 20 % a quarter has 0.20 over a year, one that earns 40 % of its year in one quarter has 0.35."""

CHANGE = "a change in another currency needs both levels. Give the two levels as facts"
NO_CURRENCY = "neither it nor its line says one currency. State it in the column 'currency'."
CURE = (
    "Add the rates (a fact in the unit of the pair, with the basis 'quarter' for an average and 'point' for the rate "
    "at a moment), or give them: rates=Rates.from_frame(frame)"
)


def convert(financials: Financials, to: str, *, rates: Rates | None = None, gaps: str = "refuse") -> Financials:
    """The same facts in the currency ``to``; facts already in it, rates, counts and shares stay as they are.

    With f(q) the average rate of quarter q (units of ``to`` for one of the fact's currency) and n quarters covered::

        flow      value * mean(f(q))                                         [same scale, in to]
        stock     value * (rate on the day of the figure)
        growth    (1 + g) * f_now / f_ago - 1        f as for the flow or stock, now and a year ago
        per share (CNY_per_share) as a flow; as a stock on basis 'point'

    A flow is strictly the sum of its quarters at their own averages, ``sum(x_q * f_q)``. Of a total only the sum is
    known. With quarters ``x_q = mean * (1 + e_q)`` whose e_q sum to zero, have the standard deviation s and are
    otherwise exchangeable, so that their covariance is ``s**2 * n / (n - 1) * (I - 11' / n)``, the mean rate is off by
    ``sum(e_q * f_q) / n``, of the standard error ::

        s * S / sqrt(n),     S**2 = sum((f_q - mean(f))**2) / (n - 1),    s = 0.25, assumed

    and, whatever the profile, by at most ``sqrt(n - 1)`` times that at this s. It and the rate's own error are added
    to the rounding h of the fact, ``h' = sqrt((f * h)**2 + 3 * (value * error_of_f)**2)``, since the variance of a
    rounding is h**2 / 3. It is measured by the total itself, so a profit that nearly cancels within the year has more:
    reconcile it in its own currency, and use ``convert_history`` on the result. Shares are exact for one quarter and
    for stocks; over several quarters they keep their value although line and base may be spread differently.

    ``rates`` defaults to the exchange-rate facts (``Rates.of``); see ``Rates.find`` for inverse and cross rates. A
    converted fact is public when the figure and every rate in it were, and its note says what it was and at which
    rate. Since the rate taken is always the one that was public first, ``convert(facts).as_of(day)`` holds the facts
    that ``convert(facts.as_of(day), gaps="set aside")`` holds, where the facts visible then say the currencies of
    their lines. A company's own forecast is public only with the rates of its period. Of several figures of one source
    that become public on one day thereby, the last printed is kept and the others are set aside.

    The currency of a growth rate is its own, else that of its line, else that of the line whose share it is. All
    gaps in the rates, and all facts whose currency nothing says, are one ``FactsError``; ``gaps="set aside"``
    moves those facts to ``set_aside`` of the result, where changes (``million_change``) always go.
    """
    _check_code(to)
    if gaps not in GAPS:
        raise FactsError(f"gaps={gaps!r} is not known. {did_you_mean(str(gaps), GAPS)}")
    table = _visible(Rates.of(financials) if rates is None else rates, financials.hidden_after)
    stated = _stated_currencies(financials.facts)
    missing: dict[str, list[str]] = {}
    kept: list[tuple[Fact, Fact]] = []
    aside: list[SetAside] = []
    unclear: list[str] = []
    for fact in financials.facts:
        needs: list[str] = []
        code = _currency_of(fact, stated[fact.line])
        if code is None:
            unclear.append(f"{fact}: {NO_CURRENCY}")
            aside.append(SetAside(fact, NO_CURRENCY))
        elif code in ("", to):
            kept.append((fact, fact))
        elif fact.measure.relation == "change":
            aside.append(SetAside(fact, CHANGE))
        elif outcome := _converted(fact, to, code, table, financials.fiscal_year_end, needs):
            kept.append((fact, outcome))
        else:
            aside.append(SetAside(fact, f"the rates have no {' and no '.join(needs)}"))
        for need in needs:
            missing.setdefault(need, []).append(fact.line)
    if gaps == "refuse":
        heading = f"the facts cannot all be put into {to}. {CURE}, or leave these facts out: gaps='set aside'"
        raise_problems([*_gap_problems(missing), *unclear], heading)
    facts, superseded = _last_printed(kept)
    return replace(financials, facts=facts, set_aside=(*financials.set_aside, *aside, *superseded))


def convert_history(history: History, to: str, rates: Rates) -> History:
    """The same history in the currency ``to``: each quarter of a flow at its average, of a stock at its end.

    With rates f and their standard errors e, shape (n,), values v and covariance C::

        v' = f * v                       C' = f f' * C + diag((v * e)**2)

    and ``wander`` times the root mean square of f. Lines without a currency, in units other than money, or of the
    kind rate stay; rates that were not public on ``history.as_of`` are not used. A ``reported`` figure is ``derived``
    afterwards, for nobody printed it. Identities among flows hold as before; one that joins a stock to flows
    (``cash = cash[-1] + cash_flow``) does not: the difference is the translation difference of the accounts.
    All gaps are one ``FactsError``. The result has no trail: ask the original history to explain a figure. A history
    made by ``from_frame`` notes every line as a flow, so its stocks would be converted at averages.
    """
    _check_code(to)
    expect(rates, Rates, FactsError, "the table of rates", "make one: Rates.of(financials), Rates.from_frame(frame)")
    if not any(_is_money(entry.line) for entry in history.entries):
        raise FactsError("no line of this history has a currency. State it where the history is made: currency='CNY'.")
    table = _visible(rates, history.as_of)
    missing: dict[str, list[str]] = {}
    entries = tuple(_entry_in(entry, history, to, table, missing) for entry in history.entries)
    raise_problems(_gap_problems(missing), f"the history cannot be put into {to}. {CURE}")
    return replace(history, entries=entries, trail=None)


def currency_problems(lines: Mapping[str, Line], identities: Iterable[Identity]) -> list[str]:
    """One sentence for each identity whose lines are in more than one currency; lines without one fit any."""
    problems = []
    for identity in identities:
        names = dict.fromkeys((identity.line, *(name for name, _, factor in identity.terms if factor != 0.0)))
        codes = {name: lines[name].currency for name in names if name in lines and lines[name].currency}
        if len(set(codes.values())) > 1:
            told = ", ".join(f"'{name}' is in {code}" for name, code in codes.items())
            problems.append(
                f"'{identity.text}' adds currencies: {told}. "
                f"Convert the facts first, as in facts.in_currency('{next(iter(codes.values()))}')."
            )
    return problems


def _check_code(to: str) -> None:
    """Refuse what is not a currency."""
    if not (isinstance(to, str) and CODE.match(to)):
        raise FactsError(f"the currency {to!r} is not a three-letter code. Write it as in 'CNY'.")


def _visible(rates: Rates, hidden_after: dt.date | None) -> Rates:
    """The rates that may be used."""
    return rates if hidden_after is None else rates.as_of(hidden_after)


def _gap_problems(missing: Mapping[str, Sequence[str]]) -> list[str]:
    """One sentence a gap: how many figures need it, and of which lines."""
    problems = []
    for need in sorted(missing):
        count, lines = len(missing[need]), list(dict.fromkeys(missing[need]))
        named = ", ".join(f"'{line}'" for line in lines[:3]) + (", ..." if len(lines) > 3 else "")
        problems.append(
            f"no {need}, which {count} figure{'s' if count > 1 else ''} of {named} need{'s' * (count == 1)}."
        )
    return problems


def _own_currency(fact: Fact) -> str:
    """The currency that a fact states itself; empty when it states none, or is not about money."""
    unit = fact.measure
    if PER_SHARE.match(unit.text):
        return unit.text[:3]
    return fact.currency if unit.dimension in ("money", "ratio") else ""


def _stated_currencies(facts: Sequence[Fact]) -> dict[str, set[str]]:
    """The currencies of each line: those its facts state, else those of a line of which it is a share.

    A line that is counted in something else has the empty currency.
    """
    stated: dict[str, set[str]] = {fact.line: set() for fact in facts}
    for fact in facts:
        own = _own_currency(fact)
        if own or _is_counted(fact.measure):
            stated[fact.line].add(own)
    bases = {fact.line: fact.base for fact in facts if fact.base}
    for _ in bases:
        for line, base in bases.items():
            if not stated[line]:
                stated[line] = set(stated.get(base, ()))
    return stated


def _is_counted(unit: Unit) -> bool:
    """Whether it measures neither money nor a ratio."""
    return unit.dimension not in ("money", "ratio") and not PER_SHARE.match(unit.text)


def _currency_of(fact: Fact, stated: set[str]) -> str | None:
    """The currency from which a fact is converted; empty when it has none, None when nothing says which."""
    unit = fact.measure
    if unit.relation in ("share", "points") or _is_counted(unit):
        return ""
    codes = {_own_currency(fact)} - {""} or stated
    return next(iter(codes)) if len(codes) == 1 else None


def _converted(fact: Fact, to: str, code: str, rates: Rates, year_end: int, needs: list[str]) -> Fact | None:
    """The level or growth rate in ``to``, or None after noting the rates that it needs."""
    period = fact.covers(fiscal_year_end=year_end)
    pair = f"{to}_per_{code}"
    now = _period_rate(rates, pair, fact.basis, period, year_end, needs)
    if fact.measure.relation != "growth":
        return None if now is None else _level_in(fact, to, code, now)
    ago = _period_rate(rates, pair, fact.basis, _year_before(period, year_end), year_end, needs)
    return None if now is None or ago is None else _growth_in(fact, to, code, now, ago)


def _level_in(fact: Fact, to: str, code: str, rate: Quote) -> Fact:
    """A figure of money times its rate."""
    return replace(
        fact,
        value=fact.value * rate.value,
        unit=f"{to}_per_share" if PER_SHARE.match(fact.unit) else fact.unit,
        currency=to,
        rounding=math.hypot(fact.rounding * rate.value, math.sqrt(3.0) * fact.value * rate.error),
        published=max(fact.published, rate.published),
        note=_noted(fact, code, f"at {_told(rate, f'{to}_per_{code}')}"),
    )


def _growth_in(fact: Fact, to: str, code: str, now: Quote, ago: Quote) -> Fact:
    """Growth in another currency; what confidence and qualifier add to its error is kept at its old size."""
    factor, ratio = fact.measure.factor, now.value / ago.value
    grown = (1.0 + fact.value * factor) * ratio
    from_rates = grown / factor * math.hypot(now.error / now.value, ago.error / ago.value)
    result = replace(fact, value=(grown - 1.0) / factor, rounding=0.0, currency=to)
    lost = (ratio * standard_error(replace(fact, rounding=0.0))) ** 2 - standard_error(result) ** 2
    pair = f"{to}_per_{code}"
    return replace(
        result,
        rounding=math.sqrt((fact.rounding * ratio) ** 2 + 3.0 * (from_rates**2 + max(lost, 0.0))),
        published=max(fact.published, now.published, ago.published),
        note=_noted(fact, code, f"at {_told(now, pair)}, a year ago {_told(ago, pair)}"),
    )


def _period_rate(rates: Rates, pair: str, basis: str, period: Period, year_end: int, needs: list[str]) -> Quote | None:
    """The rate of a period: on its last day for a point, else the mean of its quarters' averages."""
    last = period.quarters[-1]
    if basis == "point":
        quote = rates.find(pair, "end", period.last_day)
        if quote is None:
            at_end = period.last_day == last.last_day(year_end_month=year_end)
            needs.append(f"{pair} at the end of {last if at_end else period.last_day}")
        return quote
    quotes = _averages(rates, pair, period.quarters, year_end, needs)
    count = len(period.quarters)
    if len(quotes) < count or count == 1:
        return quotes[0] if len(quotes) == count else None
    values = [quote.value for quote in quotes]
    own = math.hypot(*(quote.error for quote in quotes)) / count
    profile = UNEVEN * float(np.std(values, ddof=1)) / math.sqrt(count)
    return Quote(
        math.fsum(values) / count,
        math.hypot(own, profile),
        max(quote.published for quote in quotes),
        " or ".join(dict.fromkeys(quote.via for quote in quotes)),
        max(quote.steps for quote in quotes),
        tuple(source for quote in quotes for source in quote.sources),
    )


def _averages(rates: Rates, pair: str, quarters: Sequence[Quarter], year_end: int, needs: list[str]) -> list[Quote]:
    """The averages of these quarters that the table has; the others are noted."""
    found = []
    for quarter in quarters:
        quote = rates.find(pair, "average", quarter.last_day(year_end_month=year_end))
        if quote is None:
            needs.append(f"{pair} averaged over {quarter}")
        else:
            found.append(quote)
    return found


def _year_before(period: Period, year_end: int) -> Period:
    """The same period a year earlier; 29 February becomes 28 February."""
    quarters = tuple(quarter + -YEAR for quarter in period.quarters)
    day = period.last_day
    if day == period.quarters[-1].last_day(year_end_month=year_end):
        return Period(quarters, quarters[-1].last_day(year_end_month=year_end))
    before = day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
    return Period(quarters, before, period.elapsed)


def _told(rate: Quote, pair: str) -> str:
    """A rate in words: its value, how it was got where that is not the pair itself, and its sources."""
    origins = [] if rate.via == pair else [rate.via]
    origins += [source for source in dict.fromkeys(rate.sources) if source]
    return f"{rate.value:.6g} {pair}" + (f" ({', '.join(origins)})" if origins else "")


def _noted(fact: Fact, code: str, rate: str) -> str:
    """The note of a converted fact."""
    unit = fact.unit if PER_SHARE.match(fact.unit) else f"{fact.unit} {code}"
    return "; ".join(part for part in (fact.note, f"{fact.value:.12g} {unit} {rate}") if part)


def _last_printed(pairs: Sequence[tuple[Fact, Fact]]) -> tuple[tuple[Fact, ...], list[SetAside]]:
    """The converted facts of (printed, converted), of those that would be one fact only the last printed."""
    standing: dict[tuple[str, ...], tuple[Fact, Fact]] = {}
    aside: list[SetAside] = []
    for pair in sorted(pairs, key=lambda one: one[0].published):
        one = pair[1]
        key = (one.source, one.period, one.basis, one.line, one.unit, str(one.published), one.qualifier)
        if key in standing:
            aside.append(
                SetAside(standing[key][0], f"printed anew on {pair[0].published}, before its rates were public")
            )
        standing[key] = pair
    return tuple(one for _, one in standing.values()), aside


def _is_money(line: Line) -> bool:
    """Whether a line of a history can be converted."""
    return line.currency is not None and line.kind != "rate" and line.unit in MONEY


def _entry_in(
    entry: LineHistory, history: History, to: str, rates: Rates, missing: dict[str, list[str]]
) -> LineHistory:
    """One line in ``to``; gaps are noted."""
    line = entry.line
    if not _is_money(line) or line.currency == to:
        return entry
    basis, year_end = ("point" if line.kind == "stock" else "quarter"), history.fiscal_year_end
    factors, errors = np.full((2, len(history.quarters)), np.nan)
    for place in map(int, np.flatnonzero(np.isfinite(entry.values))):
        quarter, needs = history.quarters[place], list[str]()
        period = Period((quarter,), quarter.last_day(year_end_month=year_end))
        quote = _period_rate(rates, f"{to}_per_{line.currency}", basis, period, year_end, needs)
        if quote is not None:
            factors[place], errors[place] = quote.value, quote.error
        for need in needs:
            missing.setdefault(need, []).append(line.name)
    covariance = entry.covariance * np.outer(factors, factors) + np.diag((entry.values * errors) ** 2)
    size = math.sqrt(np.nanmean(factors**2)) if np.isfinite(factors).any() else 1.0
    marks = tuple("derived" if mark == "reported" else mark for mark in entry.marks)
    return replace(
        entry,
        line=replace(line, currency=to),
        values=entry.values * factors,
        covariance=covariance,
        marks=marks,
        wander=entry.wander * size,
    )
