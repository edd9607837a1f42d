"""Interpolating: quarters as an analyst fills them in by hand, the opponent of the reconciliation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
from invented_company import COUNT, FIRST, STOCK
from numpy.typing import NDArray

from forecast.financials import Fact

Sum = tuple[int, int, float, float]
"""A known sum: the first quarter, the first quarter after it, the sum in millions, the rounding."""


def interpolated(facts: Iterable[Fact], line: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Every quarter of a line, shape (40,), and whether the line's own figures give that very quarter.

    Known sums are the line's amounts and, where its share of a line is printed, the share times that line's
    amount of the same period. Differences of sums are sums (nine months less six months). The shortest sums
    that do not overlap are divided by their quarters, and a straight line is drawn through these means at the
    middles of their periods, flat before the first and after the last. A stock is read off the straight lines
    between the moments at which it was reported. Growth rates and identities are not used.
    """
    if line == STOCK:
        known = [(fact.covers().quarters[0] - FIRST, fact.value) for fact in facts if _is_amount(fact, line)]
        places, levels = np.array(sorted(dict(known).items())).T
        return np.interp(np.arange(COUNT), places, levels), np.isin(np.arange(COUNT), places)
    means: list[tuple[float, float]] = []
    given = np.zeros(COUNT, dtype=bool)
    taken: set[int] = set()
    for start, end, total in sorted(_differences(_sums(facts, line)), key=lambda one: one[1] - one[0]):
        quarters = set(range(start, end))
        if not quarters & taken:
            taken |= quarters
            means.append(((start + end - 1) / 2, total / (end - start)))
            given[start] |= end - start == 1
    middles, levels = np.array(sorted(means)).T
    return np.interp(np.arange(COUNT), middles, levels), given


def _is_amount(fact: Fact, line: str) -> bool:
    return fact.line == line and fact.measure.relation == "value"


def _sums(facts: Iterable[Fact], line: str) -> list[Sum]:
    """The line's known sums, the most precise first."""
    amounts = {(fact.line, fact.covers().quarters): _sum(fact) for fact in facts if fact.measure.relation == "value"}
    found = [_sum(fact) for fact in facts if _is_amount(fact, line)]
    for fact in facts:
        whole = amounts.get((fact.base or "", fact.covers().quarters))
        if fact.line == line and fact.measure.relation == "share" and whole is not None:
            start, end, total, _ = whole
            found.append((start, end, fact.value / 100 * total, fact.rounding / 100 * total))
    return sorted(found, key=lambda one: one[3])


def _sum(fact: Fact) -> Sum:
    quarters = fact.covers().quarters
    factor = fact.measure.factor
    start = quarters[0] - FIRST
    return start, start + len(quarters), fact.value * factor, fact.rounding * factor


def _differences(sums: list[Sum]) -> list[tuple[int, int, float]]:
    """The sums between neighbouring quarter ends that known sums connect, each by its most precise chain."""
    until = {end: {end: 0.0} for end in range(COUNT + 1)}
    for start, end, total, _ in sums:
        first, second = until[start], until[end]
        if first is second:
            continue
        shift = first[start] + total - second[end]
        first.update({place: height + shift for place, height in second.items()})
        for place in second:
            until[place] = first
    groups = {id(group): sorted(group.items()) for group in until.values()}
    return [
        (start, end, after - before)
        for group in groups.values()
        for (start, before), (end, after) in itertools.pairwise(group)
    ]
