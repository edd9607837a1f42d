"""Several goals at once: all must be met on the same path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from forecast.analysis.goal import Goal
from forecast.distributions import Array
from forecast.errors import GoalError, Problems
from forecast.simulation import Outcome
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Goals:
    """``Goals((breakeven, solvent))``: met on a path where each is met by its own date.

    The probability is that of all together; it is stated by one of them, or by several alike. A goal without a date is
    judged by the latest date of the others.
    """

    parts: tuple[Goal, ...]

    def __post_init__(self) -> None:
        problems = Problems()
        given: Any = self.parts
        parts = tuple(given) if isinstance(given, list | tuple) else (given,)
        for goal in parts:
            if not isinstance(goal, Goal):
                problems.add(f"{goal!r} is not a goal; write fc.Goal('net_profit', at_least=0, by='2027Q4').")
        if not parts:
            problems.add("there is none; give at least one.")
        if not problems.found:
            chances = {goal.probability for goal in parts if goal.probability is not None}
            if len(chances) > 1:
                told = ", ".join(f"{chance:g}" for chance in sorted(chances))
                problems.add(f"they state the probabilities {told}; it is that of all together, so state one.")
        problems.raise_if_any(GoalError, "the goals cannot be read")
        object.__setattr__(self, "parts", parts)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that they look at."""
        return tuple(dict.fromkeys(goal.line for goal in self.parts))

    @property
    def by(self) -> str | None:
        """The latest date; None where none has one."""
        dates = [Quarter.parse(goal.by) for goal in self.parts if goal.by is not None]
        return str(max(dates)) if dates else None

    @property
    def probability(self) -> float | None:
        """That of all together."""
        return next((goal.probability for goal in self.parts if goal.probability is not None), None)

    def inside(self, outcome: Outcome) -> Array:
        """The smallest margin of all, shape (paths,): at least 0 exactly where every one is met."""
        margins = []
        for goal in self.parts:
            windows = outcome.values(goal.line, over=goal.over, until=goal.by or self.by)
            margins.append(goal.best_margin(windows))
        return np.asarray(np.min(margins, axis=0))

    def reached(self, outcome: Outcome) -> Array:
        """1 in the quarters by which a path is inside every goal, else 0; shape (quarters, paths).

        A goal dated before the latest of the dates is judged by its own date from there on, every other one by the
        quarter itself: reached until then, or held so far. In the quarter of the latest date the row is 1 exactly where
        ``inside`` is at least 0. It never falls where no goal must ``always`` hold.
        """
        met = np.ones((len(outcome.quarters), 1))
        for goal in self.parts:
            rows = goal.reached(outcome.values(goal.line, over=goal.over))
            if goal.by is not None and goal.by != self.by:
                due = outcome.place(goal.by)
                rows[due:] = rows[due]
            met = met * rows
        return np.asarray(met)

    @property
    def condition(self) -> str:
        """What must hold, without the common date and probability."""
        if len(self.parts) == 1:
            return self.parts[0].condition
        dated = [f" by {goal.by}" if goal.by not in (None, self.by) else "" for goal in self.parts]
        return " and ".join(goal.condition + by for goal, by in zip(self.parts, dated, strict=True))

    def __str__(self) -> str:
        by = "" if self.by is None else f" by {self.by}"
        chance = "" if self.probability is None else f" with probability {self.probability:.0%}"
        return f"{self.condition}{by}{chance}"


AnyGoal: TypeAlias = Goal | Goals | Sequence[Goal]


def as_goals(goal: AnyGoal) -> Goals:
    """One goal, several, or what is read already."""
    if isinstance(goal, Goals):
        return goal
    if not isinstance(goal, Goal | list | tuple):
        raise GoalError(
            f"the goal is an object of the type {type(goal).__name__}, not Goal; "
            "write Goal('net_profit', at_least=0, by='2027Q4', probability=0.8)."
        )
    return Goals((goal,) if isinstance(goal, Goal) else tuple(goal))
