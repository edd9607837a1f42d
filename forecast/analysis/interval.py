"""The sampling interval of a statistic: what more paths would narrow, also where all paths agree."""

from __future__ import annotations

import math

import numpy as np

from forecast.analysis.sampling import interval_ranks, share_interval
from forecast.analysis.statistic import BATCHES, BreakevenDate, Probability, Quantile, Statistic, error_of, replicas
from forecast.distributions import Array

LEVEL = 0.95
"""How often the interval holds the number that endlessly many paths would give."""

MEASURES = ("value", "error", "low", "high")
"""What is told of a statistic, in this order: itself, its standard error, the ends of its interval."""


def measure(statistic: Statistic, numbers: Array) -> tuple[float, float, float, float]:
    """A statistic of equally weighted paths with its standard error and its interval, as ``MEASURES`` says.

    The interval is Wilson's for a probability, that of the order statistics for a quantile and a date, and
    ``value -+ t * error`` for any other, with t the 97.5 % quantile of Student's distribution with 49 degrees of
    freedom, since the error comes from 50 batches. Where no path, or every path, of n reaches a goal the batches say
    nothing: the error is NaN, and the interval [0, 3.8 / n] or [1 - 3.8 / n, 1].
    """
    value = statistic.value(numbers)
    error = error_of(replicas(statistic, numbers))
    if isinstance(statistic, Probability):
        known = 0.0 < value < 1.0
        return value, error if known else math.nan, *share_interval(value, len(numbers), LEVEL)
    if isinstance(statistic, Quantile | BreakevenDate):
        lower, upper = interval_ranks(len(numbers), statistic.level, LEVEL)
        inner = [rank - 1 for rank in (lower, upper) if 1 <= rank <= len(numbers)]
        ordered = np.partition(numbers, inner) if inner else numbers
        low = float(ordered[lower - 1]) if lower >= 1 else -math.inf
        high = float(ordered[upper - 1]) if upper <= len(numbers) else math.inf
        return value, error, min(low, value), max(high, value)
    reach = _student(min(BATCHES, len(numbers))) * error
    return value, error, value - reach, value + reach


def _student(batches: int) -> float:
    from scipy import special

    return float(special.stdtrit(batches - 1, 0.5 + LEVEL / 2)) if batches > 1 else math.nan
