"""The SEC's company facts: every tagged figure of a company's filings, as facts with their vintages."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias

from forecast.errors import FactsError
from forecast.files import text_of
from forecast.financials.facts import Fact, Financials, Source, raise_if_hopeless, raise_problems
from forecast.financials.filings import Filed, filed_of, infer_year_end, place
from forecast.financials.periods import parse_period
from forecast.financials.tags import Tag, choose_tags
from forecast.financials.unread import Unread

ADDRESS = "https://www.sec.gov/Archives/edgar/data/{}/{}/"
SCALES = (10**6, 10**3, 1)
"""What statements are printed in: millions, thousands, ones."""

HALF_A_CENT = Decimal("0.005")
MOST = 0.9
"""A filing is printed in the largest scale that divides this share of its figures."""

NO_LINE = "no line has this tag"
NAMED = "left out by the mapping"
ODD_SPAN = "covers neither a quarter, a half, a year to date nor a fiscal year"
TOO_EARLY = "filed before its period had ended"
REPEATED = "repeats what had been filed"
OUTRANKED = "the same filing has the line under another tag"
OTHER_CURRENCY = "in another currency than {}"
OTHER_KIND = "does not fit the other figures of the line '{}', which are {}"

Aside: TypeAlias = Counter[tuple[str, str]]
"""How many entries of a tag were left out for which reason."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure with its line, period and basis, and the rounding that its filing shows."""

    one: Filed
    tag: Tag
    period: str
    basis: str
    rounding: Decimal

    def repeats(self, other: Placed) -> bool:
        """Whether it says nothing that ``other`` did not: the same figure, or one that is rounded to it.

        In one filing a figure may be rounded once more in the text, to any digit.
        """
        apart = abs(self.one.value - other.one.value)
        coarse = self.rounding if self.rounding >= other.rounding else Decimal(0)
        if self.one.filing == other.one.filing:
            coarse = max(coarse, _half_of_last_digit(self.one.value))
        return apart <= coarse


def load_company_facts(path: Path) -> Mapping[str, Any]:
    """The JSON of a company-facts file, its numbers as printed; a name given twice is refused."""
    text = text_of(path, "json_bytes", FactsError, "Download it again.")
    try:
        data = json.loads(text, parse_float=_decimal, object_pairs_hook=_named_once)
    except (ValueError, RecursionError) as error:
        raise FactsError(f"'{path.name}' cannot be read as JSON: {error}. Download it again.") from None
    if not isinstance(data, Mapping):
        raise FactsError(f"'{path.name}' holds a {type(data).__name__}, not the company facts of the SEC.")
    return data


def _decimal(text: str) -> Decimal:
    """A number as printed; one with an absurd exponent is not worth reading the rest for."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"the number {text[:40]!r} is beyond all bounds") from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, whose names differ."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:60]!r} is given twice in one object")
    return made


def read_company_facts(
    data: Mapping[str, Any],
    *,
    mapping: Mapping[str, str | None] | None = None,
    currency: str = "",
    fiscal_year_end: int | None = None,
) -> tuple[Financials, tuple[Unread, ...]]:
    """The facts of a company-facts file, and what was left out of it.

    The period of a figure follows from its own dates, and the day of filing is the day of publication (or the end of
    the calendar quarter, if later). A figure that a later filing repeats counts once, with its first filing; one that
    a later filing changes is a second vintage. Money is in millions, numbers of shares in million shares. The rounding
    is half of the scale (ones, thousands, millions) that divides at least 90 % of a filing's figures, or of the
    figure's own scale if that is finer; per share it is half a cent, or half of the last digit if that is finer.

    Facts and unread figures together are all entries of the file.
    """
    problems: list[str] = []
    aside: Aside = Counter()
    concepts = dict(_concepts(data))
    tags, dropped = choose_tags(concepts, mapping or {}, problems)
    filed: list[Filed] = []
    for tag, concept in concepts.items():
        if tag in tags:
            filed += _read_concept(tag, concept, problems)
        elif count := sum(len(entries) for entries in concept["units"].values()):
            aside[tag, NAMED if tag in dropped else NO_LINE] += count
    filed = _fitting(filed, tags, currency, aside, problems)
    raise_problems(problems, "the company facts")
    year_end = infer_year_end(filed) if fiscal_year_end is None else fiscal_year_end
    series: dict[tuple[str, str, str], list[Placed]] = defaultdict(list)
    for placed in _place(filed, tags, year_end, aside):
        series[placed.tag.line, placed.period, placed.basis].append(placed)
    facts = [fact for several in series.values() for fact in _vintages(several, year_end, aside)]
    labels = {tag: str(concept.get("label") or "") for tag, concept in concepts.items()}
    unread = tuple(Unread(tag, labels[tag], count, reason) for (tag, reason), count in sorted(aside.items()))
    return Financials(tuple(facts), _sources(data, facts, filed), year_end), unread


def _concepts(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every tag with its taxonomy, and what the file has on it."""
    facts = data.get("facts")
    if not isinstance(facts, Mapping) or not facts:
        raise FactsError(
            "the company facts have no 'facts'. Give the JSON of https://data.sec.gov/api/xbrl/companyfacts/ unchanged."
        )
    for taxonomy, concepts in facts.items():
        if not isinstance(concepts, Mapping | None):
            raise FactsError(f"{taxonomy!r} of the company facts holds no tags. Download the file again.")
        for name, concept in (concepts or {}).items():
            units = concept.get("units") if isinstance(concept, Mapping) else None
            if not isinstance(units, Mapping) or not all(isinstance(entries, list) for entries in units.values()):
                raise FactsError(f"{taxonomy}:{name} has no 'units' with lists of figures. Download the file again.")
            yield f"{taxonomy}:{name}", concept


def _read_concept(tag: str, concept: Mapping[str, Any], problems: list[str]) -> Iterator[Filed]:
    """The entries of one tag; those that cannot be read are noted as problems."""
    for unit, entries in concept["units"].items():
        for number, entry in enumerate(entries):
            try:
                yield filed_of(entry, tag, unit)
            except FactsError as error:
                problems.append(f"{tag}, {unit}, entry {number}: {error}. Correct the entry, or leave it out.")
                raise_if_hopeless(problems, "the company facts")


def _fitting(
    filed: Sequence[Filed], tags: Mapping[str, Tag], currency: str, aside: Aside, problems: list[str]
) -> list[Filed]:
    """The figures in one currency, each line in the unit and of the kind that most of its figures have."""
    currencies = Counter(one.currency for one in filed if one.currency)
    if currency and currency not in currencies:
        problems.append(f"no figure is in {currency!r}. There are: {', '.join(sorted(currencies)) or 'none'}.")
    if not currency and len(currencies) > 1:
        shown = ", ".join(f"{code} ({count})" for code, count in currencies.most_common())
        problems.append(f"figures are in several currencies: {shown}. Choose one, as in currency='{shown[:3]}'.")
    wanted = currency or next(iter(currencies), "")
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for one in filed:
        kinds[tags[one.tag].line][one.kind] += 1
    fitting = []
    for one in filed:
        line = tags[one.tag].line
        kind = kinds[line].most_common(1)[0][0]
        if one.currency not in ("", wanted):
            aside[one.tag, OTHER_CURRENCY.format(wanted)] += 1
        elif one.kind != kind or not one.factual_unit:
            aside[one.tag, OTHER_KIND.format(line, kind)] += 1
        else:
            fitting.append(one)
    return fitting


def _place(filed: Sequence[Filed], tags: Mapping[str, Tag], year_end: int, aside: Aside) -> Iterator[Placed]:
    """Every figure whose period can be said, with the rounding that its filing shows."""
    printed: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for one in filed:
        printed[one.filing, one.unit].update(scale for scale in SCALES if one.value % scale == 0)
    scales = {
        key: next((scale for scale in SCALES if counts[scale] >= MOST * counts[1]), 1)
        for key, counts in printed.items()
    }
    spans: dict[tuple[dt.date | None, dt.date], tuple[str, str] | None] = {}
    for one in filed:
        span = (one.start, one.end)
        if span not in spans:
            spans[span] = place(one.start, one.end, year_end)
        found = spans[span]
        if found is None:
            aside[one.tag, ODD_SPAN] += 1
        elif one.filed < one.end:
            aside[one.tag, TOO_EARLY] += 1
        else:
            yield Placed(one, tags[one.tag], *found, _rounding(one, scales[one.filing, one.unit]))


def _rounding(one: Filed, scale: int) -> Decimal:
    """Half of the last digit that the filing prints of a figure."""
    if one.per_share:
        return min(HALF_A_CENT, _half_of_last_digit(one.value))
    if one.value % 1:
        return _half_of_last_digit(one.value)
    own = next(size for size in SCALES if one.value % size == 0)
    return Decimal(min(own, scale)) / 2


def _half_of_last_digit(value: Decimal) -> Decimal:
    """Half of the last digit that is not a zero: 1.25 gives 0.005, 1,200 gives 50, zero gives 0.5."""
    exponent = int(value.normalize().as_tuple().exponent) if value else 0
    return Decimal(5).scaleb(exponent - 1)


def _vintages(several: Sequence[Placed], year_end: int, aside: Aside) -> Iterator[Fact]:
    """The facts of one line and period: a fact each time that a filing says something new."""
    filings: dict[tuple[dt.date, str], list[Placed]] = defaultdict(list)
    for placed in several:
        filings[placed.one.filed, placed.one.filing].append(placed)
    known: list[Placed] = []
    for _, ones in sorted(filings.items()):
        rank = min(placed.tag.rank for placed in ones)
        new: list[Placed] = []
        for placed in sorted(ones, key=lambda placed: (_half_of_last_digit(placed.one.value), placed.one.value)):
            if placed.tag.rank > rank:
                aside[placed.one.tag, OUTRANKED] += 1
            elif any(placed.repeats(other) for other in (*known, *new)):
                aside[placed.one.tag, REPEATED] += 1
            else:
                new.append(placed)
                yield _fact(placed, len(new), year_end)
        known = new or known


def _fact(placed: Placed, number: int, year_end: int) -> Fact:
    """The fact of a figure; the second figure of a filing for the same period has ``/2`` after its source."""
    one = placed.one
    millions = Decimal(1) if one.per_share else Decimal(10) ** -6
    end = parse_period(placed.period, placed.basis, fiscal_year_end=year_end).last_day
    return Fact(
        period=placed.period,
        basis=placed.basis,
        item=placed.tag.line,
        segment="",
        value=float(one.value * millions),
        unit=one.factual_unit,
        currency=one.currency if one.factual_unit == "million" else "",
        published=max(one.filed, end),
        source=one.filing if number == 1 else f"{one.filing}/{number}",
        confidence="high",
        rounding=float(placed.rounding * millions),
        note=f"{one.tag}, {f'{one.start} to ' if one.start else ''}{one.end}, {one.form} filed {one.filed}",
    )


def _sources(data: Mapping[str, Any], facts: Iterable[Fact], filed: Iterable[Filed]) -> tuple[Source, ...]:
    """One source a filing, with the address of its documents."""
    filings = {one.filing: one for one in filed}
    company, number = str(data.get("entityName") or ""), str(data.get("cik") or "").lstrip("0")
    sources = []
    for id in sorted({fact.source for fact in facts}):
        filing = filings[id.partition("/")[0]]
        address = ADDRESS.format(number, filing.filing.replace("-", ""))
        title = f"{company}, {filing.form}".strip(", ")
        sources.append(Source(id, title, address, filing.filed.isoformat(), filing.form))
    return tuple(sources)
