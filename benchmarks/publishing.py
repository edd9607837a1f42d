"""Publishing: the facts that an invented company and those who copy it print, some of them mislabelled."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from invented_company import COUNT, FIRST, LINES, QUARTERS, SEGMENTS, STOCK
from numpy.typing import NDArray

from forecast.financials import Fact
from forecast.financials.periods import parse_period
from forecast.timeline import Quarter

Truth = dict[str, NDArray[np.float64]]

MISLABELLED = 0.03
MISSING = 0.08
COPIED = 0.30
ROUNDED_AGAIN = 0.15


@dataclass(frozen=True)
class Form:
    """How a figure is printed: its unit, to how many significant digits or else to how many decimals."""

    unit: str
    digits: int | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Plant:
    """A fact that is wrong, what is wrong with it, and the fact that it should have been."""

    fact: Fact
    kind: str
    true: Fact


@dataclass(frozen=True)
class Published:
    """All facts of one replication. ``wrong`` holds the plants and their exact copies, by fact."""

    facts: tuple[Fact, ...]
    plants: tuple[Plant, ...]
    wrong: frozenset[Fact]


def exact(truth: Truth, line: str, period: str, basis: str, unit: str) -> float | None:
    """What the unit says of the true values, in the unit; None where a year ago is before the first quarter."""
    quarters = parse_period(period, basis).quarters
    now, ago = _total(truth, line, quarters, 0), _total(truth, line, quarters, 4)
    name, _, base = unit.partition(":")
    if now is None:
        return None
    if name in ("million", "billion"):
        return now / (1000.0 if name == "billion" else 1.0)
    over = _total(truth, base, quarters, 0) if base else None
    if name == "percent_of":
        return None if over is None else 100 * now / over
    if ago is None:
        return None
    if name == "percent_growth":
        return 100 * (now / ago - 1.0) if ago > 0 else None
    before = _total(truth, base, quarters, 4) if base else None
    return None if over is None or before is None else 100 * (now / over - ago / before)


def _total(truth: Truth, line: str, quarters: tuple[Quarter, ...], lag: int) -> float | None:
    """The sum over some quarters, or those a year before; None when one is not among the 40."""
    places = [quarter - FIRST - lag for quarter in quarters]
    return float(truth[line][places].sum()) if min(places) >= 0 and max(places) < COUNT else None


def printed(number: float, form: Form) -> tuple[float, float]:
    """The number as printed, and the half-width of its rounding."""
    places = form.decimals
    if places is None:
        size = int(np.floor(np.log10(abs(number)))) if number else 0
        places = (form.digits or 1) - 1 - size
    return float(round(Decimal(number), places)), 0.5 * 10.0**-places


def fact_of(truth: Truth, line: str, period: str, basis: str, form: Form, source: str, wait: int) -> Fact | None:
    """The fact as this source prints it ``wait`` days after the period, or None where nothing can be said."""
    number = exact(truth, line, period, basis, form.unit)
    if number is None:
        return None
    value, rounding = printed(number, form)
    currency = "CNY" if form.unit in ("million", "billion") else ""
    published = parse_period(period, basis).last_day + dt.timedelta(days=wait)
    return Fact(period, basis, line, "", value, form.unit, currency, published, source, "high", rounding)


def disclosed(truth: Truth, chance: np.random.Generator) -> list[tuple[Fact, Form]]:
    """Every distinct figure that the company prints over ten years, with some left out."""
    found = []
    for line, period, basis, form, kind, wait in _plan(chance):
        fact = fact_of(truth, line, period, basis, form, f"{kind}_{period}", wait)
        if fact is not None and chance.random() > MISSING:
            found.append((fact, form))
    return found


Item = tuple[str, str, str, Form, str, int]


def _plan(chance: np.random.Generator) -> Iterator[Item]:
    """What is printed of which line: (line, period, basis, form, kind of source, days of waiting)."""
    yield from _totals()
    for line, habit in zip(SEGMENTS, chance.permutation(np.array(HABITS, dtype=object)), strict=True):
        yield from habit(line)
    for quarter in QUARTERS:
        early = quarter.year < 2020
        if quarter.number in (2, 4) or not early:
            yield STOCK, str(quarter), "point", Form("million", digits=2 if early else 3), "release", 25
        if quarter.number == 4:
            yield STOCK, str(quarter), "point", Form("percent_growth", decimals=0), "letter", 60


def _totals() -> Iterator[Item]:
    """The income statement: year-to-date reports, releases of the quarter, ratios and annual reports."""
    for quarter in QUARTERS:
        label, year, number = str(quarter), quarter.year, quarter.number
        yield "revenue", label, "ytd", Form("million", digits=4), "report", 40
        yield "gross_profit", label, "ytd", Form("percent_of:revenue", decimals=1), "report", 40
        yield "research_and_development", label, "ytd", Form("million", digits=4), "report", 40
        if year >= 2017:
            yield "revenue", label, "quarter", Form("million", digits=3), "release", 25
            yield "revenue", label, "quarter", Form("percent_growth", decimals=1), "release", 25
            yield "research_and_development", label, "quarter", Form("percent_of:revenue", decimals=0), "release", 25
            yield "gross_profit", label, "quarter", Form("points_growth_of:revenue", decimals=1), "call", 30
        if year >= 2019:
            yield "operating_profit", label, "ytd", Form("million", digits=3), "report", 40
            yield "selling_and_administration", label, "quarter", Form("percent_growth", decimals=0), "call", 30
        elif number in (2, 4):
            yield "operating_profit", label, "ytd", Form("million", digits=3), "report", 40
        if number == 2:
            yield "cost_of_revenue", f"{year}H1", "half", Form("million", digits=3), "interim", 70
            yield "selling_and_administration", f"{year}H1", "half", Form("million", digits=3), "interim", 70
        if number == 4:
            yield "revenue", str(year), "annual", Form("billion", digits=3), "annual", 90
            yield "cost_of_revenue", str(year), "annual", Form("million", digits=4), "annual", 90
            yield "gross_profit", str(year), "annual", Form("million", digits=4), "annual", 90
            yield "selling_and_administration", str(year), "annual", Form("million", digits=4), "annual", 90
            yield "research_and_development", str(year), "annual", Form("percent_growth", decimals=1), "annual", 90


def _by_quarter(line: str) -> Iterator[Item]:
    """A segment of which every quarter is printed, often with its growth."""
    for quarter in QUARTERS:
        yield line, str(quarter), "quarter", Form("million", digits=3), "release", 25
        if quarter.year >= 2016:
            yield line, str(quarter), "quarter", Form("percent_growth", decimals=1), "release", 25
        if quarter.number == 4:
            yield line, str(quarter.year), "annual", Form("million", digits=4), "annual", 90


def _year_to_date(line: str) -> Iterator[Item]:
    """A segment of the cumulative reports, with halves from the interim report."""
    for quarter in QUARTERS:
        yield line, str(quarter), "ytd", Form("million", digits=4 if quarter.year >= 2018 else 3), "report", 40
        if quarter.number == 2:
            yield line, f"{quarter.year}H1", "half", Form("percent_growth", decimals=0), "interim", 70


def _by_half(line: str) -> Iterator[Item]:
    """A segment of which only halves are known, and in the later years roughly its share of each quarter."""
    for quarter in QUARTERS:
        year, number = quarter.year, quarter.number
        if number in (2, 4):
            yield line, f"{year}H{number // 2}", "half", Form("million", digits=3), "interim", 70
            yield line, f"{year}H{number // 2}", "half", Form("percent_growth", decimals=1), "interim", 70
        if year >= 2020:
            yield line, str(quarter), "quarter", Form("percent_of:revenue", decimals=0), "call", 30


def _by_year(line: str) -> Iterator[Item]:
    """A segment of which years are known, halves later on, and the growth of some quarters."""
    for quarter in QUARTERS:
        year, number = quarter.year, quarter.number
        if number == 4:
            yield line, str(year), "annual", Form("million", digits=4), "annual", 90
            yield line, str(year), "annual", Form("percent_growth", decimals=1), "annual", 90
        if number == 2 and year >= 2019:
            yield line, f"{year}H1", "half", Form("million", digits=2), "interim", 70
        if number in (1, 3) and year >= 2021:
            yield line, str(quarter), "quarter", Form("percent_growth", decimals=0), "call", 30


def _by_share(line: str) -> Iterator[Item]:
    """A segment of which its share of revenue is printed, and each year's amount."""
    for quarter in QUARTERS:
        if quarter.number == 4:
            yield line, str(quarter.year), "annual", Form("million", digits=3), "annual", 90
            yield line, str(quarter.year), "annual", Form("percent_of:revenue", decimals=1), "annual", 90
        elif quarter.number == 2 or quarter.year >= 2018:
            yield line, str(quarter), "ytd", Form("percent_of:revenue", decimals=1), "report", 40


HABITS = (_by_quarter, _year_to_date, _by_half, _by_year, _by_share)


def publish(truth: Truth, chance: np.random.Generator) -> Published:
    """What the company printed, 3 % of the distinct figures mislabelled, and what others made of it.

    Some sources copy a figure as printed, an error included; others print the true figure with a digit less.
    """
    figures = disclosed(truth, chance)
    chosen = planted(truth, figures, chance)
    facts: list[Fact] = []
    wrong: set[Fact] = set()
    for number, (true, form) in enumerate(figures):
        fact = chosen[number].fact if number in chosen else true
        facts.append(fact)
        wrong |= {fact} if number in chosen else set()
        if chance.random() < COPIED:
            copy = _later(fact, "press", chance)
            facts.append(copy)
            wrong |= {copy} if number in chosen else set()
        if form.digits is not None and form.digits > 2 and chance.random() < ROUNDED_AGAIN:
            rough = Form(form.unit, digits=form.digits - 1)
            again = fact_of(truth, true.line, true.period, true.basis, rough, f"summary_{true.source}", 60)
            facts += [_later(again, "summary", chance)] if again is not None else []
    return Published(tuple(facts), tuple(chosen.values()), frozenset(wrong))


def planted(truth: Truth, figures: list[tuple[Fact, Form]], chance: np.random.Generator) -> dict[int, Plant]:
    """Mislabelled facts in the places of 3 % of the figures; one that no mistake would change is passed over."""
    taken = {_key(fact) for fact, _ in figures}
    found: dict[int, Plant] = {}
    for number in map(int, chance.permutation(len(figures))):
        if len(found) == round(MISLABELLED * len(figures)):
            break
        plant = mislabelled(truth, *figures[number], taken, chance)
        if plant is not None:
            found[number] = plant
            taken.add(_key(plant.fact))
    return found


def _later(fact: Fact, kind: str, chance: np.random.Generator) -> Fact:
    """The same figure from another source, some days later and with less confidence."""
    published = fact.published + dt.timedelta(days=int(chance.integers(5, 60)))
    return replace(fact, source=f"{kind}_{fact.source}", published=published, confidence="medium")


def _key(fact: Fact) -> tuple[str, str, str, str, str]:
    return (fact.source, fact.period, fact.basis, fact.line, fact.unit)


def mislabelled(
    truth: Truth, true: Fact, form: Form, taken: set[tuple[str, ...]], chance: np.random.Generator
) -> Plant | None:
    """One fact wrong in one of the ways that change it, each with the same chance; None where none does."""
    for kind in chance.permutation(np.array(list(MISTAKES))):
        fact = MISTAKES[str(kind)](truth, true, form, chance)
        changed = fact is not None and (fact.value, fact.basis, fact.unit) != (true.value, true.basis, true.unit)
        free = fact is not None and (_key(fact) == _key(true) or _key(fact) not in taken)
        if fact is not None and changed and free:
            return Plant(fact, str(kind), true)
    return None


def _with_number(true: Fact, number: float | None, form: Form) -> Fact | None:
    """The fact with another number, printed in the same form."""
    if number is None:
        return None
    value, rounding = printed(number, form)
    return replace(true, value=value, rounding=rounding)


def _other_line(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """Another line's figure under this label."""
    others = [name for name in LINES if name != true.line and (name == STOCK) == (true.line == STOCK)]
    others = [name for name in others if not true.unit.endswith(f":{name}")]
    if not others:
        return None
    other = str(chance.choice(np.array(others)))
    return _with_number(true, exact(truth, other, true.period, true.basis, true.unit), form)


def _other_basis(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """The year-to-date figure as the quarter's, or the quarter's as year-to-date."""
    if true.basis not in ("quarter", "ytd") or true.period.endswith("Q1"):
        return None
    other = "ytd" if true.basis == "quarter" else "quarter"
    return _with_number(true, exact(truth, true.line, true.period, other, true.unit), form)


def _points_as_percent(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """Percentage points printed as a growth rate in percent, or the other way round."""
    if true.unit == "percent_growth" and true.line not in ("revenue", STOCK):
        return _with_number(true, exact(truth, true.line, true.period, true.basis, "points_growth_of:revenue"), form)
    if true.unit.startswith("points_growth_of"):
        return _with_number(true, exact(truth, true.line, true.period, true.basis, "percent_growth"), form)
    return None


def _wrong_scale(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """Thousands printed as millions and the like: 10, 100 or 1000 times too large or too small."""
    if form.digits is None:
        return None
    factor = 10.0 ** int(chance.choice([-3, -2, -1, 1, 2, 3]))
    value = float(Decimal(repr(true.value)) * Decimal(repr(factor)))
    return replace(true, value=value, rounding=true.rounding * factor)


def _neighbour(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """The previous period's figure, or that of a year ago."""
    quarters = 4 if true.basis in ("annual", "ytd") else int(chance.choice([2 if true.basis == "half" else 1, 4]))
    if true.basis == "annual":
        period = str(int(true.period) - 1)
    elif true.basis == "half":
        halves = 2 * int(true.period[:4]) + int(true.period[-1]) - 1 - quarters // 2
        period = f"{halves // 2}H{halves % 2 + 1}"
    else:
        period = str(Quarter.parse(true.period) + -quarters)
    return _with_number(true, exact(truth, true.line, period, true.basis, true.unit), form)


def _sign(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """Growth as decline, a profit as a loss."""
    signed = true.unit.split("_")[0] in ("percent", "points") and "growth" in true.unit
    return replace(true, value=-true.value) if signed or true.line == "operating_profit" else None


def _transposed(truth: Truth, true: Fact, form: Form, chance: np.random.Generator) -> Fact | None:
    """Two neighbouring digits changed places."""
    places = max(0, -round(np.log10(2 * true.rounding)))
    text = f"{true.value:.{places}f}"
    digits = [place for place, sign in enumerate(text) if sign.isdigit()]
    pairs = [(i, j) for i, j in itertools.pairwise(digits) if text[i] != text[j] and text[i:j] != "0"]
    pairs = [(i, j) for i, j in pairs if not (i == digits[0] and text[j] == "0")]
    if not pairs:
        return None
    i, j = pairs[int(chance.integers(len(pairs)))]
    signs = list(text)
    signs[i], signs[j] = signs[j], signs[i]
    return replace(true, value=float("".join(signs)))


Mistake = Callable[[Truth, Fact, Form, np.random.Generator], Fact | None]
MISTAKES: dict[str, Mistake] = {
    "another line": _other_line,
    "ytd or quarter": _other_basis,
    "points or percent": _points_as_percent,
    "scale": _wrong_scale,
    "neighbouring period": _neighbour,
    "sign": _sign,
    "transposed digits": _transposed,
}
