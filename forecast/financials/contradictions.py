"""Contradictions: the facts that the others refuse, and what they may have meant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from forecast.financials.facts import Fact
from forecast.financials.fitting import Balance, Fit
from forecast.financials.history import Contradiction
from forecast.financials.observations import Observation
from forecast.financials.precision import within_bound
from forecast.financials.readings import likely_reading, printed_elsewhere
from forecast.lines import Line

CONTRADICTED = 4.0
"""A residual beyond this many standard errors is a contradiction."""


def contradictions(
    balance: Balance,
    fit: Fit,
    observations: Sequence[Observation],
    lines: Mapping[str, Line],
    printed: Sequence[Fact],
) -> tuple[Contradiction, ...]:
    """Facts further than CONTRADICTED standard errors from the history, the furthest first.

    The distance is ``|residual| / sqrt(own variance + variance of the implied figure)``, both before reweighing: two
    facts that contradict each other alone have next to no weight, and what they imply is wide open after it. A
    bound ("more than") is contradicted only by a figure on its wrong side. ``printed`` are all facts, those of
    lines that are not reconciled included: another line's figure may be recognised among them.
    """
    if not (fit.away > CONTRADICTED).any():
        return ()
    plain = balance.solve(fit.rows, fit.target, fit.errors**2)
    found = []
    for number in map(int, np.flatnonzero(fit.away > CONTRADICTED)):
        one = observations[number]
        spread = math.sqrt(plain.variance_of(fit.rows[number]))
        distance = abs(fit.residuals[number]) / math.hypot(fit.errors[number], spread)
        if not one.facts or distance <= CONTRADICTED:
            continue
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
