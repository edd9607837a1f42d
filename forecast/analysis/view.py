"""A view: one statement about the future, as a condition on the weights of the simulated paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, TimelineError
from forecast.simulation import WINDOWS, Outcome
from forecast.timeline import Quarter

Range = tuple[float | None, float | None]

Condition = tuple[Array, float, float]
"""A number a path (paths,) whose weighted mean must lie between two numbers, which may be equal or infinite."""


@dataclass(frozen=True, slots=True)
class View:
    """What x, a line over the window that ends in ``at``, will be: a probability, or a mean (with a spread).

    at_least=a, probability=q     P(x >= a) = q
    at_most=a, probability=q      P(x <= a) = q; the view that the median is a has q = 0.5
    mean=m                        E[x] = m
    mean=m, sd=s                  E[x] = m and E[(x - m)**2] = s**2

    ``probability`` and ``mean`` may be a range instead of a number: ``probability=(0.6, 0.8)``, ``mean=(8_000, None)``
    for at least 8,000. With ``growth`` x is the growth on the same window a year earlier, on each path,
    ``line / line a year earlier - 1``, a fraction a year; quarters before the first simulated one are the history's.
    ``line`` may be what a driver records (``drama_revenue.conversion``), or a parameter, which has no ``at``: then x is
    its draw, before any shock. It may also be a goal, or several, with the probability that it is reached by its date:
    ``View(breakeven, probability=0.6)``. ``scenario`` is the one that the view is about, the first where none is named.
    """

    line: str | Goal | Goals
    _: KW_ONLY
    at: str | None = None
    over: str = "quarter"
    growth: bool = False
    at_least: float | None = None
    at_most: float | None = None
    probability: float | Range | None = None
    mean: float | Range | None = None
    sd: float | None = None
    scenario: str | None = None

    def __post_init__(self) -> None:
        problems = Problems()
        if isinstance(self.line, Goal | Goals):
            self._settle_goal(self.line)
            return
        if not isinstance(self.line, str) or not self.line:
            problems.add(f"the line is {self.line!r}; give its name, as in 'net_profit'.")
        if self.over not in WINDOWS:
            problems.add(f"over is {self.over!r}; use one of {', '.join(WINDOWS)}.")
        if self.at is not None:
            try:
                object.__setattr__(self, "at", str(Quarter.parse(self.at)))
                if self.over == "fiscal_year" and not str(self.at).endswith("Q4"):
                    problems.add(f"at is {self.at}; a fiscal year ends in its fourth quarter.")
            except TimelineError as problem:
                problems.add(f"at: {problem}")
        growth: object = self.growth
        if not isinstance(growth, bool):
            problems.add(f"growth is {self.growth!r}; give True or False.")
        elif self.growth and self.over == "cumulative":
            problems.add("growth over 'cumulative' has no year earlier; use quarter, trailing_year or fiscal_year.")
        _check_statement(self, problems)
        problems.raise_if_any(GoalError, f"the view on {self.line!r} cannot be read")

    def _settle_goal(self, goal: Goal | Goals) -> None:
        problems = Problems()
        others = (self.at, self.at_least, self.at_most, self.mean, self.sd)
        if self.growth or self.over != "quarter" or any(other is not None for other in others):
            problems.add("a goal says itself what it is about; give nothing but its probability.")
        if self.probability is None and goal.probability is None:
            problems.add("it states no probability; give probability=, as in 0.6.")
        elif self.probability is None:
            object.__setattr__(self, "probability", goal.probability)
        _check_wanted("probability", self.probability, *_SHARE, problems)
        problems.raise_if_any(GoalError, f"the view on the goal {goal.condition!r} cannot be read")

    def numbers(self, outcome: Outcome, draws: Mapping[str, Array]) -> Array:
        """The number x on each path, shape (paths,); ``draws`` are those of the parameters, by full name."""
        if isinstance(self.line, Goal | Goals):
            return self.line.inside(outcome)
        if self.line not in outcome.series and self.line in draws:
            if self.at is not None or self.growth or self.over != "quarter":
                raise GoalError("a parameter is drawn once a path; leave out at, over and growth.")
            return np.asarray(np.broadcast_to(draws[self.line], (next(iter(outcome.series.values())).shape[1],)))
        if self.at is None:
            outcome.values(self.line)  # refuses an unknown line with the nearest one
            raise GoalError("at is missing; give the quarter in which the window ends, as in at='2026Q4'.")
        now = np.asarray(outcome.values(self.line, over=self.over, until=self.at)[-1])
        if not self.growth:
            return now
        before = self._year_earlier(outcome)
        below = int(np.sum(before <= 0))
        if below:
            raise GoalError(
                f"a year earlier the line is not above zero on {below:,} of {len(now):,} paths, "
                "and growth on that means nothing; state the amount instead."
            )
        return np.asarray(now / before - 1.0)

    def _year_earlier(self, outcome: Outcome) -> Array:
        """The same window four quarters before, shape (paths,)."""
        assert self.at is not None
        assert isinstance(self.line, str)
        end = outcome.place(self.at) - 4
        if end >= 0:
            return np.asarray(outcome.values(self.line, over=self.over, until=outcome.quarters[end])[-1])
        summed = self.over in ("trailing_year", "fiscal_year") and outcome.line(self.line).kind == "flow"
        places = range(end - 3 if summed else end, end + 1)
        parts = [outcome.company.past(self.line, -place) for place in places]
        unknown = [
            str(outcome.quarters[0] + place) for place, part in zip(places, parts, strict=True) if np.isnan(part)
        ]
        if unknown:
            raise GoalError(f"growth needs '{self.line}' in {', '.join(unknown)}, which the history lacks.")
        paths = outcome.series[self.line].shape[1]
        return np.full(paths, sum(parts))

    def conditions(self, numbers: Array) -> tuple[Condition, ...]:
        """The view as bounds on weighted means, given x on each path."""
        if self.probability is not None:
            low, high = _ends(self.probability)
            return ((self.met(numbers).astype(float), low, high),)
        assert self.mean is not None
        low, high = _ends(self.mean)
        around = () if self.sd is None else (((numbers - low) ** 2, self.sd**2, self.sd**2),)
        return ((numbers, low, high), *around)

    def seen(self, numbers: Array, weights: Array) -> float:
        """What the view is about, on weighted paths: the probability or the mean."""
        return float(weights @ (numbers if self.probability is None else self.met(numbers)))

    def seen_error(self, numbers: Array, weights: Array) -> float:
        """The standard error of that, ``sqrt(sum w**2 (f - mean f)**2)``."""
        about = numbers if self.probability is None else self.met(numbers).astype(float)
        return float(np.sqrt(np.sum(weights**2 * (about - weights @ about) ** 2)))

    def told(self, value: float, *, digits: int = 4) -> str:
        """A probability, growth or amount as one would write it."""
        shown, unit = (100 * value, " %") if self.probability is not None or self.growth else (value, "")
        return (f"{shown:,.0f}" if abs(shown) >= 10 ** (digits - 1) else f"{shown:.{digits}g}") + unit

    @property
    def asked(self) -> str:
        """The number or range that is wanted."""
        wanted = self.mean if self.probability is None else self.probability
        if isinstance(wanted, tuple):
            low, high = wanted
            if low is None or high is None:
                return f"at least {self.told(low)}" if low is not None else f"at most {self.told(high or 0.0)}"
            return f"{self.told(low)} to {self.told(high)}"
        assert wanted is not None
        spread = "" if self.sd is None else f", sd {self.told(self.sd)}"
        return f"{self.told(wanted)}{spread}"

    @property
    def subject(self) -> str:
        """What the view is about, without the number wanted."""
        if isinstance(self.line, Goal | Goals):
            return f"probability of {self.line.condition}" + ("" if self.line.by is None else f" by {self.line.by}")
        what = f"growth of {self.line}" if self.growth else self.line
        if self.at is not None:
            window = (
                f"in {self.at}" if self.over == "quarter" else f"over the {self.over.replace('_', ' ')} to {self.at}"
            )
            what = f"{what} {window}"
        if self.probability is None:
            return f"mean of {what}"
        bound = self.at_least if self.at_least is not None else self.at_most
        assert bound is not None
        written = f"{100 * bound:.6g} %" if self.growth else f"{bound:,.10g}"
        return f"probability of {what} {'>=' if self.at_least is not None else '<='} {written}"

    def __str__(self) -> str:
        return f"{self.subject}: {self.asked}"

    def met(self, numbers: Array) -> NDArray[np.bool_]:
        """Whether each path meets what a probability is stated of, shape (paths,)."""
        if self.at_most is not None:
            return numbers <= self.at_most
        return numbers >= (self.at_least or 0.0)  # a goal is reached where its margin is not negative


_SHARE: tuple[Callable[[float], bool], str] = (lambda value: 0 <= value <= 1, "a number in [0, 1], as in 0.7")


def _ends(wanted: float | Range) -> tuple[float, float]:
    if not isinstance(wanted, tuple):
        return float(wanted), float(wanted)
    low, high = wanted
    return -np.inf if low is None else float(low), np.inf if high is None else float(high)


def _check_statement(view: View, problems: Problems) -> None:
    """Refuse what does not make one statement: a threshold with a probability, or a mean with or without an sd."""
    thresholds = [threshold for threshold in (view.at_least, view.at_most) if threshold is not None]
    if view.mean is None and view.probability is None:
        problems.add("it states no number; give probability= with at_least or at_most, or mean=.")
    elif view.mean is not None and (view.probability is not None or thresholds):
        problems.add("it states both a mean and a probability; write two views.")
    elif view.probability is not None and len(thresholds) != 1:
        problems.add("a probability needs one of at_least and at_most.")
    if any(not _is_number(threshold) for threshold in thresholds):
        problems.add(f"the threshold is {thresholds[0]!r}; give a finite number.")
    _check_wanted(
        "probability", view.probability, lambda value: 0 <= value <= 1, "a number in [0, 1], as in 0.7", problems
    )
    _check_wanted("mean", view.mean, lambda value: True, "a finite number", problems)
    if view.sd is not None and (not _is_number(view.sd) or view.sd <= 0 or not _is_number(view.mean)):
        problems.add(f"sd is {view.sd!r}; give a positive number, with a number as the mean.")


def _check_wanted(what: str, wanted: object, fits: Callable[[float], bool], kind: str, problems: Problems) -> None:
    """A number, or a range of two of which one may be None."""
    if wanted is None:
        return
    ends = wanted if isinstance(wanted, tuple) else (wanted,)
    stated = [end for end in ends if end is not None]
    good = all(_is_number(end) and fits(end) for end in stated) and stated
    if not good or (isinstance(wanted, tuple) and (len(wanted) != 2 or stated != sorted(stated))):
        problems.add(f"{what} is {wanted!r}; give {kind}, or a range (low, high) with None for an open end.")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | np.number) and bool(np.isfinite(value))
