"""Statistics: one number of a scenario's paths, as a bridge, a tornado or a frontier asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals, as_goals
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, TimelineError
from forecast.simulation import WINDOWS, Outcome, quantiles_over_paths
from forecast.simulation.streams import generator
from forecast.simulation.weights import effective_paths
from forecast.timeline import Quarter

BATCHES = 50
"""Parts of the paths whose spread gives a sampling error."""

REPLICAS = 200
"""Samples of batches whose spread gives the error of a date."""


@runtime_checkable
class Statistic(Protocol):
    """A number on each path, and how the paths' numbers become one."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that it looks at."""

    @property
    def last(self) -> str | None:
        """The last quarter that it looks at; None for all of them."""

    def numbers(self, outcome: Outcome) -> Array:
        """One number a path, shape (paths,)."""

    def value(self, numbers: Array, weights: Array | None = None) -> float:
        """The number of them all."""


@dataclass(frozen=True, slots=True)
class Mean:
    """``E[x]`` with x the line over a window that ends in the quarter ``at``, in the unit of the line."""

    line: str
    at: str
    over: str = "quarter"

    def __post_init__(self) -> None:
        _settle(self)

    @property
    def lines(self) -> tuple[str, ...]:
        """Its line."""
        return (self.line,)

    @property
    def last(self) -> str:
        """Its quarter."""
        return self.at

    def numbers(self, outcome: Outcome) -> Array:
        """The line over the window, shape (paths,)."""
        return _at(outcome, self.line, self.at, self.over)

    def value(self, numbers: Array, weights: Array | None = None) -> float:
        """Their mean."""
        return float(np.average(numbers, weights=weights))

    def __str__(self) -> str:
        return f"mean of {_told(self.line, self.at, self.over)}"


@dataclass(frozen=True, slots=True)
class Quantile:
    """The number that x does not exceed with probability ``level``; x as for ``Mean``."""

    line: str
    level: float
    at: str
    over: str = "quarter"

    def __post_init__(self) -> None:
        _settle(self, self.level)

    @property
    def lines(self) -> tuple[str, ...]:
        """Its line."""
        return (self.line,)

    @property
    def last(self) -> str:
        """Its quarter."""
        return self.at

    def numbers(self, outcome: Outcome) -> Array:
        """The line over the window, shape (paths,)."""
        return _at(outcome, self.line, self.at, self.over)

    def value(self, numbers: Array, weights: Array | None = None) -> float:
        """Their quantile."""
        return float(quantiles_over_paths(numbers[None, :], (self.level,), weights)[0, 0])

    def __str__(self) -> str:
        return f"{self.level:.0%} quantile of {_told(self.line, self.at, self.over)}"


@dataclass(frozen=True, slots=True)
class Probability:
    """The probability that a goal, or several together, is reached by its date (the last quarter without one)."""

    goal: Goal | Goals

    def __post_init__(self) -> None:
        object.__setattr__(self, "goal", as_goals(self.goal))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the goal."""
        return self.goal.lines

    @property
    def last(self) -> str | None:
        """The goal's date."""
        return self.goal.by

    def numbers(self, outcome: Outcome) -> Array:
        """1 on the paths that reach it, else 0."""
        return np.asarray(self.goal.inside(outcome) >= 0, dtype=float)

    def value(self, numbers: Array, weights: Array | None = None) -> float:
        """Their share."""
        return float(np.average(numbers, weights=weights))

    def __str__(self) -> str:
        by = "" if self.goal.by is None else f" by {self.goal.by}"
        return f"probability of {self.goal.condition}{by}"


@dataclass(frozen=True, slots=True)
class BreakevenDate:
    """The date by which a share ``level`` of the paths has reached a goal, in quarters from the first simulated one.

    The first simulated quarter is 1. A path that does not reach it within the simulation of n quarters counts as
    n + 1, so that a value of n + 1 says "later". The goal's own date is not used.
    """

    goal: Goal
    level: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.goal, Goal):
            raise GoalError(f"the goal is {self.goal!r}; a date needs one goal: fc.Goal('net_profit', at_least=0).")
        if self.goal.always:
            raise GoalError("a goal that always holds has no date on which it is reached.")
        _check_level(self.level)

    @property
    def lines(self) -> tuple[str, ...]:
        """The goal's line."""
        return (self.goal.line,)

    @property
    def last(self) -> None:
        """All quarters."""
        return

    def numbers(self, outcome: Outcome) -> Array:
        """The quarter in which each path first reaches it, 1 for the first."""
        reached = self.goal.reached(outcome.values(self.goal.line, over=self.goal.over))
        return np.asarray(len(reached) + 1 - reached.sum(axis=0))

    def value(self, numbers: Array, weights: Array | None = None) -> float:
        """The smallest date by which the share has been reached."""
        even = np.full(numbers.shape, 1.0 / len(numbers)) if weights is None else weights
        return float(quantiles_over_paths(numbers[None, :], (self.level,), even)[0, 0])

    def __str__(self) -> str:
        return f"{self.level:.0%} date of {self.goal.condition}, quarters from now"


def as_statistic(asked: Any) -> Statistic:
    """A statistic; a goal, or several, stands for its probability."""
    if isinstance(asked, Goal | Goals | list | tuple):
        return Probability(as_goals(asked))
    if not isinstance(asked, Statistic) or isinstance(asked, type):
        raise GoalError(
            f"the statistic is {asked!r}; give a goal, or one of Mean, Quantile, Probability and BreakevenDate, "
            "as in fc.Mean('net_profit', at='2027Q4', over='fiscal_year')."
        )
    return asked


def batch_edges(paths: int) -> NDArray[np.int_]:
    """Where the ``BATCHES`` equal parts of the paths begin, and the last one ends; fewer of fewer paths."""
    return np.linspace(0, paths, min(BATCHES, paths) + 1).astype(int)


def in_batches(statistic: Statistic, numbers: Array, weights: Array | None = None) -> Array:
    """The statistic on each of ``BATCHES`` equal parts of the paths, shape (batches,).

    Its standard error over all paths is about the standard deviation of these over sqrt(batches), whatever the
    statistic (Asmussen and Glynn 2007, section III.5a, sectioning). Batches of two scenarios hold the same paths, so
    that the error of a difference comes from the differences of their batches. A quantile of few paths varies less
    than that of many says, so that its batches are means of its linear part (``_linear``). The error of a date is not
    that of its batches: see ``replicas``.
    """
    linear = isinstance(statistic, Quantile)
    numbers = _linear(statistic, numbers, weights) if isinstance(statistic, Quantile) else numbers
    values = []
    for first, last in pairwise(batch_edges(len(numbers))):
        total = 1.0 if weights is None else weights[first:last].sum()
        if total > 0:  # a batch without weight says nothing
            share = None if weights is None else weights[first:last] / total
            part = numbers[first:last]
            values.append(float(np.average(part, weights=share)) if linear else statistic.value(part, share))
    return np.asarray(values)


def replicas(statistic: Statistic, numbers: Array, weights: Array | None = None) -> Array:
    """Values whose standard deviation is the statistic's standard error (``error_of``), made alike for every outcome.

    So the same holds for any difference or mean of statistics. They are the statistic on each of 50 batches of the
    paths, over the square root of 50 (``in_batches``). A date moves in whole quarters, so that its error does not fall
    with the square root of the paths; there they are its values on 200 samples of 50 batches drawn with
    replacement from the 50 (Efron 1979, Annals of Statistics 7, 1-26).
    """
    if not isinstance(statistic, BreakevenDate):
        batches = in_batches(statistic, numbers, weights)
        return np.asarray(batches / np.sqrt(len(batches)))
    count = min(BATCHES, len(numbers))
    which = np.arange(len(numbers)) * count // len(numbers)
    even = np.full(len(numbers), 1.0) if weights is None else weights
    days, place = np.unique(numbers, return_inverse=True)
    shares = np.bincount(which * len(days) + place, even, count * len(days)).reshape(count, len(days))
    chosen = generator(0, "bridge/replicas").multinomial(count, np.full(count, 1 / count), size=REPLICAS)
    sums = np.cumsum(chosen @ shares, axis=1)
    reached = sums >= (statistic.level - 1e-12) * sums[:, -1:]
    return np.asarray(days[np.argmax(reached, axis=1)], dtype=float)


def error_of(replicated: Array) -> float:
    """The standard error that replicas say; NaN with one."""
    return float(np.std(replicated, ddof=1)) if len(replicated) > 1 else float("nan")


def standard_error(batches: Array) -> float:
    """Of the number that the batches estimate, from their spread; NaN with one batch. The last axis is theirs."""
    return float(np.std(batches, ddof=1) / np.sqrt(len(batches))) if len(batches) > 1 else float("nan")


def _linear(statistic: Quantile, numbers: Array, weights: Array | None) -> Array:
    """On each path a number whose mean has the error of the quantile: q + (p - 1{x <= q}) dQ/dp, shape (paths,).

    Source: Bahadur 1966, Annals of Mathematical Statistics 37, 577-580. The slope is that of the quantile from p - h to
    p + h with the bandwidth of Hall and Sheather (1988, Journal of the Royal Statistical Society B 50, 381-391), z the
    normal score of p and n the effective number of paths,
    ``h = n**(-1/3) * 1.96**(2/3) * (1.5 phi(z)**2 / (2 z**2 + 1))**(1/3)``, at most half of the way to 0 or 1.
    """
    from scipy import special

    level = statistic.level
    score = float(special.ndtri(level))
    shape = 1.5 * math.exp(-(score**2)) / (2 * math.pi) / (2 * score**2 + 1)
    reach = 1.96 ** (2 / 3) * (shape / effective_paths(weights, len(numbers))) ** (1 / 3)
    reach = min(reach, level / 2, (1 - level) / 2)
    ends = (level - reach, level, level + reach)
    low, value, high = quantiles_over_paths(numbers[None, :], ends, weights)[0]
    return np.asarray(value + (level - (numbers <= value)) * (high - low) / (2 * reach))


def _settle(statistic: Any, *levels: float) -> None:
    problems = Problems()
    if not isinstance(statistic.line, str) or not statistic.line:
        problems.add(f"the line is {statistic.line!r}; give its name, as in 'net_profit'.")
    if statistic.over not in WINDOWS:
        problems.add(f"over is {statistic.over!r}; use one of {', '.join(WINDOWS)}.")
    try:
        object.__setattr__(statistic, "at", str(Quarter.parse(statistic.at)))
        if statistic.over == "fiscal_year" and not statistic.at.endswith("Q4"):
            problems.add(f"at is {statistic.at}; a fiscal year ends in its fourth quarter.")
    except TimelineError as problem:
        problems.add(f"at: {problem}")
    problems.raise_if_any(GoalError, f"the {type(statistic).__name__.lower()} of {statistic.line!r} cannot be read")
    for level in levels:
        _check_level(level)


def _check_level(level: object) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise GoalError(f"level is {level!r}; it must lie in (0, 1), as in 0.5.")


def _at(outcome: Outcome, line: str, at: str, over: str) -> Array:
    return np.asarray(outcome.values(line, over=over, until=at)[-1])


def _told(line: str, at: str, over: str) -> str:
    return f"{line} in {at}" if over == "quarter" else f"{line} over the {over.replace('_', ' ')} to {at}"
