"""Contradictions: the facts that the others refuse, and what they may have meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.financials.facts import Fact
from forecast.financials.fitting import Balance, Fit
from forecast.financials.history import Contradiction
from forecast.financials.observations import Observation
from forecast.financials.precision import within_bound
from forecast.financials.readings import likely_reading, printed_elsewhere
from forecast.lines import Line


def contradictions(
    balance: Balance,
    fit: Fit,
    observations: Sequence[Observation],
    lines: Mapping[str, Line],
    printed: Sequence[Fact],
) -> tuple[Contradiction, ...]:
    """The facts that ``Balance.fit`` set aside because the others contradict them, the furthest first.

    The distance is in standard errors of the fact and of what the others imply together: see ``screening``. A bound
    ("more than") is contradicted only by a figure on its wrong side. ``printed`` are all facts, those of lines that
    are not reconciled included: another line's figure may be recognised among them.
    """
    found = []
    for number in map(int, np.flatnonzero(fit.apart)):
        one, distance = observations[number], fit.apart[number]
        implied = balance.implied(one, fit.values)
        reading = likely_reading(balance, fit, one, lines)
        found += [
            Contradiction(
                fact, implied / fact.measure.factor, float(distance), reading or printed_elsewhere(fact, printed)
            )
            for fact in one.facts
            if not within_bound(fact, implied / fact.measure.factor)
        ]
    return tuple(sorted(found, key=lambda one: -one.standard_errors))
