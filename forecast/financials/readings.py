"""Readings: what a contradicted figure may have meant, judged by what the other facts say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from forecast.financials.facts import Fact
from forecast.financials.fitting import Balance, Fit
from forecast.financials.observations import YEAR, Observation, Weights
from forecast.financials.system import Array
from forecast.financials.taxonomy import Part
from forecast.lines import Line
from forecast.timeline import Quarter, quarters_between

UNEXPLAINED = 0.3
"""Prior weight of an error of no known kind; such a figure may be anything of its size."""

FURTHEST = 2.5
"""A reading fits up to this many standard errors."""

SMALLEST_RATIO = 0.01
"""Shares and growth rates smaller than this count as of this size."""

AMOUNTS = {
    1e-3: "thousands",
    1e-2: "tens of thousands (万)",
    1.0: "millions",
    1e2: "hundreds of millions (亿)",
    1e3: "billions",
}
"""Units of money that are mistaken for each other, by their factor to millions."""

RATIO_SCALES = ((1e2, "a ratio that was labelled percent"), (1e-2, "a percentage that was labelled a ratio"))
MOVED = ((1e1, "a figure whose decimal point was moved"), (1e-1, "a figure whose decimal point was moved"))


@dataclass(frozen=True, slots=True)
class Reading:
    """Another meaning of a figure: the statement it would be, in words, and how likely such a slip is beforehand."""

    text: str
    meant: Observation
    weight: float


def printed_elsewhere(fact: Fact, printed: Sequence[Fact]) -> str:
    """Another line of which the very same figure is printed for the same period; empty when there is none.

    It needs three digits or more, so that round figures do not meet by chance, and serves lines that are printed
    but not reconciled.
    """
    if fact.measure.relation != "value" or len(f"{abs(fact.value):.12g}".replace(".", "").strip("0")) < 3:
        return ""
    for other in printed:
        same = (other.period, other.basis, other.unit, other.currency, other.value)
        if other.line != fact.line and same == (fact.period, fact.basis, fact.unit, fact.currency, fact.value):
            return f"'{other.line}' of the same period"
    return ""


def likely_reading(balance: Balance, fit: Fit, one: Observation, lines: Mapping[str, Line]) -> str:
    """The most likely other meaning of a contradicted figure, in words; empty when none is more likely than chance.

    Each reading is a statement o about the same history. With z its distance from what the other facts imply in
    standard errors s of that difference, s relative to the figure, its likelihood is ``phi(z) / s``; that of an
    error of no known kind is taken as 1 (anything of this size). The reading of the largest ``weight * phi(z) / s``
    is named if that exceeds ``UNEXPLAINED`` and z is at most ``FURTHEST``: a wide implied figure, or one of very
    many readings, is not believed for fitting by chance.
    """
    best, likeliest = "", UNEXPLAINED
    for reading in _readings(balance, fit.values, one, lines):
        if any(cell not in balance.place for cell in reading.meant.cells):
            continue
        score = reading.weight * _likelihood(balance, fit, reading.meant)
        if score > likeliest:
            best, likeliest = reading.text, score
    return best


def _likelihood(balance: Balance, fit: Fit, meant: Observation) -> float:
    """``phi(z) / s`` of a statement against the history, 0 beyond FURTHEST."""
    row, target, error = balance.row(meant, fit.values)
    slope, _ = balance.size(meant, fit.values)
    floor = 0.0 if meant.relation in ("value", "change") else SMALLEST_RATIO
    size = max(abs(meant.value), floor) * abs(slope) / balance.layout.levels[meant.line]
    gap = target - sum(factor * fit.values[place] / balance.scale[place] for place, factor in row)
    spread = math.hypot(error, math.sqrt(fit.solved.variance_of(row)))
    away = abs(gap) / spread
    if size == 0.0 or away > FURTHEST:
        return 0.0
    return math.exp(-0.5 * away**2) / math.sqrt(2 * math.pi) / (spread / size)


def _readings(balance: Balance, values: Array, one: Observation, lines: Mapping[str, Line]) -> Iterator[Reading]:
    """Every other meaning of a figure that is tried, with its weight."""
    own = lines[one.line]
    held = dict.fromkeys(name for name, _ in balance.layout.cells)
    alike = [name for name in held if (lines[name].kind, lines[name].currency) == (own.kind, own.currency)]
    others = [name for name in alike if name not in (one.line, one.base)]
    yield from _other_periods(one, own)
    for name in others:
        yield Reading(f"'{name}' of the same period", replace(one, line=name), 0.2 / len(others))
    if one.relation in ("share", "points"):
        for name in others:
            yield Reading(f"a figure relative to '{name}'", replace(one, base=name), 0.1 / len(others))
    if one.relation in ("value", "share"):
        for name in others:
            text = f"'{one.line}' together with '{name}'"
            yield Reading(text, replace(one, parts=(Part(name),)), 0.05 / len(others))
    yield from _other_units(one)
    if own.kind == "flow":
        bases = [one.base] if one.base else others
        yield from _other_relations(balance, values, one, bases)
    if one.relation == "value":
        yield from _other_currencies(balance, values, one, lines)


def _other_periods(one: Observation, own: Line) -> Iterator[Reading]:
    """The same figure for more or fewer quarters, or of a neighbouring period."""
    last = one.now[-1][0]
    if own.kind == "flow":
        first = Quarter(last.ordinal - last.ordinal % YEAR)
        spans = {
            "the quarter alone": (last, last),
            "the year to date": (first, last),
            **({"the half-year": (last + -1, last)} if last.number in (2, 4) else {}),
            "the whole year": (first, first + (YEAR - 1)),
        }
        for text, (start, end) in spans.items():
            now: Weights = tuple((quarter, 1.0) for quarter in quarters_between(start, end))
            if now != one.now:
                yield Reading(f"a figure for {text}", replace(one, now=now), 0.08)
    for step, text in (
        (-YEAR, "a year before"),
        (YEAR, "a year later"),
        (-1, "the quarter before"),
        (1, "the quarter after"),
    ):
        moved = tuple((quarter + step, weight) for quarter, weight in one.now)
        yield Reading(f"the figure of {text}", replace(one, now=moved), 0.04)


def _other_units(one: Observation) -> Iterator[Reading]:
    """The same figure in another scale, with the other sign, or with two neighbouring digits exchanged."""
    unit = one.facts[0].measure.factor if one.facts else 1.0
    scales: tuple[tuple[float, str], ...] = RATIO_SCALES
    if one.relation in ("value", "change"):
        label = AMOUNTS.get(unit, "single units")
        scales = tuple((f / unit, f"{word} that were labelled {label}") for f, word in AMOUNTS.items() if f != unit)
    for factor, text in (*scales, *MOVED):
        yield Reading(text, replace(one, value=one.value * factor, error=one.error * factor), 0.03)
    yield Reading("a figure with the other sign", replace(one, value=-one.value), 0.06)
    digits = f"{abs(one.value / unit):.12g}"
    for place, (before, after) in enumerate(pairwise(digits)):
        if before != after and before.isdigit() and after.isdigit():
            swapped = float(digits[:place] + after + before + digits[place + 2 :])
            value = math.copysign(swapped, one.value) * unit
            yield Reading(f"{value / unit:.12g}, two digits exchanged", replace(one, value=value), 0.01)


def _other_relations(balance: Balance, values: Array, one: Observation, bases: list[str]) -> Iterator[Reading]:
    """A growth rate that is a share or a change of a share in points, a change that is a level, and the reverse."""
    if one.relation == "growth":
        for base in bases:
            weight = 0.1 / len(bases)
            text = f"percentage points of its share of '{base}'"
            yield Reading(text, replace(one, relation="points", base=base), weight)
            yield Reading(f"percent of '{base}'", replace(one, relation="share", base=base), weight)
    if one.relation in ("share", "points"):
        yield Reading("percent growth", replace(one, relation="growth", base=None), 0.05)
    if one.relation == "points" and one.base is not None and all(cell in balance.place for cell in one.cells):
        ago = balance.total(values, one.line, one.ago) / balance.total(values, one.base, one.ago)
        text = f"a change in percent of its share of '{one.base}', not in points"
        yield Reading(text, replace(one, value=one.value * ago, error=one.error * abs(ago)), 0.1)
    if one.relation == "share":
        yield Reading("a change of the share in points", replace(one, relation="points"), 0.05)
    if one.relation == "value":
        yield Reading("the change on a year ago", replace(one, relation="change"), 0.05)
    if one.relation == "change":
        yield Reading("the figure itself", replace(one, relation="value"), 0.05)


def _other_currencies(
    balance: Balance, values: Array, one: Observation, lines: Mapping[str, Line]
) -> Iterator[Reading]:
    """An amount in another currency, at the rates of the same quarters."""
    currency = lines[one.line].currency
    for name, line in lines.items():
        target, per, source = line.unit.partition("_per_")
        if line.kind != "rate" or not per or currency not in (target, source):
            continue
        if any((name, quarter) not in balance.place for quarter, _ in one.now):
            continue
        rate = sum(balance.total(values, name, ((quarter, 1.0),)) for quarter, _ in one.now) / len(one.now)
        factor, other = (rate, source) if currency == target else (1.0 / rate, target)
        meant = replace(one, value=one.value * factor, error=one.error * factor)
        yield Reading(f"an amount in {other}", meant, 0.03)
