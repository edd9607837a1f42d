"""Vintages: what was said of one figure, when, and which statement a later one revised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forecast.errors import FactsError, did_you_mean
from forecast.financials.facts import CONFIDENCES, Fact, SetAside
from forecast.financials.periods import parse_period
from forecast.financials.precision import standard_error, within_bound

if TYPE_CHECKING:
    import pandas as pd

APART = 3.0
"""Qualified figures ('about', 'more than') are one figure up to this many standard errors."""


def revised(facts: Sequence[Fact], fiscal_year_end: int) -> tuple[list[Fact], list[SetAside]]:
    """Split facts into those that stand and those that a later report replaced.

    A figure (one line, its quarters, currency and kind of unit) is revised when a later fact states it differently,
    further away than both roundings allow, and speaks for the company (confidence ``high``) or is
    from the same source. A later repetition with fewer digits revises nothing; two statements of one day, or of
    two texts about the company, contradict each other; a bound ("more than 240") revises no figure that keeps it;
    and a company's own forecast ends with its next forecast, or with the first figure that is none.
    """
    stated: dict[tuple[object, ...], list[Fact]] = {}
    figures = [figure_of(fact, fiscal_year_end) for fact in facts]
    for fact, figure in zip(facts, figures, strict=True):
        stated.setdefault(figure, []).append(fact)
    kept: list[Fact] = []
    aside: list[SetAside] = []
    for fact, figure in zip(facts, figures, strict=True):
        later = [other for other in stated[figure] if _replaces(other, fact)]
        if later:
            last = max(later, key=lambda other: (other.published, -CONFIDENCES.index(other.confidence)))
            unit = f"{last.unit} {last.currency}".strip()
            aside.append(SetAside(fact, f"revised on {last.published} to {last.value:g} {unit} ({last.source})"))
        else:
            kept.append(fact)
    return kept, aside


def figure_of(fact: Fact, fiscal_year_end: int) -> tuple[object, ...]:
    """What makes two facts statements of one figure: 2024Q4 to date is the year 2024."""
    unit = fact.measure
    covered = fact.covers(fiscal_year_end=fiscal_year_end)
    return fact.line, covered, fact.currency, unit.relation, unit.base, unit.dimension


def _replaces(later: Fact, fact: Fact) -> bool:
    """Whether ``later`` revises ``fact``."""
    if later.published <= fact.published:
        return False
    if "forecast" in (later.qualifier, fact.qualifier):
        return fact.qualifier == "forecast"
    if later.confidence != "high" and later.source != fact.source:
        return False
    factors = [one.measure.factor for one in (later, fact)]
    if within_bound(later, fact.value * factors[1] / factors[0]):
        return False
    gap = abs(later.value * factors[0] - fact.value * factors[1])
    allowed = later.rounding * factors[0] + fact.rounding * factors[1]
    if later.qualifier or fact.qualifier:
        allowed = APART * sum(standard_error(one) * factor for one, factor in zip((later, fact), factors, strict=True))
    return gap > allowed * (1 + 1e-9) + 1e-12 * abs(fact.value * factors[1])


def triangle(facts: Sequence[Fact], line: str, fiscal_year_end: int) -> pd.DataFrame:
    """The figures of one line as they became known: see ``Financials.vintages``."""
    import pandas as pd

    levels = [fact for fact in facts if fact.line == line and fact.measure.relation == "value"]
    if not levels:
        names = sorted({fact.line for fact in facts if fact.measure.relation == "value"})
        raise FactsError(f"no figure of the line '{line}' is reported. {did_you_mean(line, names)}")
    ends = {
        (fact.period, fact.basis): parse_period(fact.period, fact.basis, fiscal_year_end=fiscal_year_end).last_day
        for fact in levels
    }
    rows = sorted(ends, key=lambda key: (ends[key], key))
    days = sorted({fact.published for fact in levels})
    cells = {}
    for fact in sorted(
        levels, key=lambda fact: (-CONFIDENCES.index(fact.confidence), -fact.rounding * fact.measure.factor)
    ):
        # The last one written stays: the most trusted, and of these the one with the most digits.
        cells[fact.period, fact.basis, fact.published] = fact.value * fact.measure.factor
    table = [[cells.get((*row, day), float("nan")) for day in days] for row in rows]
    index = pd.MultiIndex.from_tuples(rows, names=["period", "basis"])
    return pd.DataFrame(table, index=index, columns=pd.Index(days, name="published"))
