"""A goal: a line, a threshold, a window, a date and a probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.dimensions import RATIOS, UNSAID
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, TimelineError
from forecast.lines import Line
from forecast.simulation import WINDOWS, Outcome
from forecast.timeline import Quarter

FAR = 20.0
"""A threshold more than so many times as large as anything simulated is taken for one in another unit."""


@dataclass(frozen=True, slots=True)
class Goal:
    """``line`` over a window is at least (or at most) a threshold, for the first time by a date.

    ``over`` is quarter, trailing_year, fiscal_year or cumulative; ``quarters`` is for how many windows in a
    row it must hold; ``by`` and ``probability`` are needed by a goal seek. Breakeven is
    ``Goal("net_profit", at_least=0, over="trailing_year")``. With ``always`` it must hold in every window up to the
    date instead of once: cash never below zero is ``Goal("cash", at_least=0, over="quarter", always=True)``.
    """

    line: str
    at_least: float | None = None
    at_most: float | None = None
    over: str = "trailing_year"
    quarters: int = 1
    by: str | None = None
    probability: float | None = None
    always: bool = False

    def __post_init__(self) -> None:
        problems = Problems()
        if (self.at_least is None) == (self.at_most is None):
            problems.add("give one of at_least and at_most.")
        threshold = self.at_least if self.at_least is not None else self.at_most
        if threshold is not None and not _is_number(threshold):
            problems.add(f"the threshold is {threshold!r}; give a finite number.")
        if self.over not in WINDOWS:
            problems.add(f"over is {self.over!r}; use one of {', '.join(WINDOWS)}.")
        if isinstance(self.quarters, bool) or not isinstance(self.quarters, int) or self.quarters < 1:
            problems.add(f"quarters is {self.quarters!r}; give a whole number from 1 on.")
        if self.by is not None:
            try:
                object.__setattr__(self, "by", str(Quarter.parse(self.by)))
            except TimelineError as problem:
                problems.add(f"by: {problem}")
        chance = self.probability
        if chance is not None and not (_is_number(chance) and 0 < chance < 1):
            problems.add(f"probability is {chance!r}; it must lie in (0, 1), as in 0.8.")
        always: object = self.always
        if not isinstance(always, bool):
            problems.add(f"always is {self.always!r}; give True or False.")
        elif self.always and self.quarters != 1:
            problems.add("both always and quarters are given; a goal that always holds needs no number of quarters.")
        if not isinstance(self.line, str) or not self.line:
            problems.add(f"the line is {self.line!r}; give its name, as in 'net_profit'.")
        problems.raise_if_any(GoalError, f"the goal on {self.line!r} cannot be read")

    def margin(self, windows: Array) -> Array:
        """How far each path is inside the goal in each window, positive or zero when met.

        ``windows`` and the result have shape (quarters, paths). With ``quarters`` k it is the smallest
        margin of the last k windows; NaN rows (no window ends there) stay NaN and do not count. Windows that
        ended before the simulation are not among the k. Raises when no k windows end within it.
        """
        raw = windows - self.at_least if self.at_least is not None else float(self.at_most or 0.0) - windows
        ends = [row for row in range(len(raw)) if not np.isnan(raw[row, 0])]
        if len(ends) < self.quarters:
            raise GoalError(
                f"the goal on '{self.line}' needs {self.quarters} {self.over.replace('_', ' ')} windows that end "
                f"within the simulation; there are {len(ends)}. Simulate longer."
            )
        if self.quarters == 1:
            return raw
        held_margin = np.full_like(raw, np.nan)
        for place in range(self.quarters - 1, len(ends)):
            held_margin[ends[place]] = np.min(raw[ends[place - self.quarters + 1 : place + 1]], axis=0)
        return held_margin

    def met(self, windows: Array) -> NDArray[np.bool_]:
        """Whether the goal is met in each window, shape (quarters, paths); False where no window ends."""
        return np.nan_to_num(self.margin(windows), nan=-1.0) >= 0

    def reached(self, windows: Array) -> Array:
        """1 from the window on in which a path first meets the goal, else 0; shape (quarters, paths).

        With ``always`` 1 as long as every window so far has met it, also where none has ended yet.
        """
        if self.always:
            failed = np.nan_to_num(self.margin(windows), nan=1.0) < 0
            return 1.0 - np.maximum.accumulate(failed.astype(float), axis=0)
        return np.maximum.accumulate(self.met(windows).astype(float), axis=0)

    def best_margin(self, windows: Array) -> Array:
        """The largest margin up to the last window, shape (paths,): at least 0 exactly where reached.

        With ``always`` it is the smallest.
        """
        margin = self.margin(windows)
        within = margin[~np.isnan(margin[:, 0])]
        return np.asarray(np.min(within, axis=0) if self.always else np.max(within, axis=0))

    def doubts(self, windows: Array, line: Line) -> tuple[str, ...]:
        """A warning where the threshold is ``FAR`` times as large as any window, of any shape: it is in another unit.

        Shares are fractions, so that 80 where 0.8 is meant is met on no path and refused nowhere.
        """
        seen = windows[np.isfinite(windows)]
        stated = self.at_least if self.at_least is not None else float(self.at_most or 0.0)
        if not seen.size or not seen.any() or abs(stated) <= FAR * np.abs(seen).max():
            return ()
        pure = line.unit in RATIOS or (line.kind == "rate" and line.unit in UNSAID)
        unit = "80 % is 0.8" if pure else f"the line is in {line.amount}"
        return (
            f"the goal's {stated:g} is more than {FAR:g} times as large as '{self.line}' ever is over the "
            f"{self.over.replace('_', ' ')}, {seen.min():.4g} to {seen.max():.4g}: check its unit, {unit}.",
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that it looks at."""
        return (self.line,)

    def inside(self, outcome: Outcome) -> Array:
        """How far each path is inside the goal by its date (the last quarter without one), shape (paths,)."""
        return self.best_margin(outcome.values(self.line, over=self.over, until=self.by))

    @property
    def condition(self) -> str:
        """What must hold, without date and probability."""
        sign = f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"
        held = ", always" if self.always else "" if self.quarters == 1 else f", {self.quarters} in a row"
        return f"{self.line} over the {self.over.replace('_', ' ')} {sign}{held}"

    def __str__(self) -> str:
        by = "" if self.by is None else f" by {self.by}"
        chance = "" if self.probability is None else f" with probability {self.probability:.0%}"
        return f"{self.condition}{by}{chance}"


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(np.isfinite(value))
