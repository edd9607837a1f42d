"""One goal seek's question: how far each path is inside the goal, given a value of any lever."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.sampling import interval_ranks, quantile_interval
from forecast.analysis.thresholds import (
    STEPS,
    Thresholds,
    find_thresholds,
    least_demanding,
    lever_grid,
    narrowed,
)
from forecast.distributions import Array
from forecast.scenario import Scenario
from forecast.simulation import Run, window


@dataclass(frozen=True, slots=True)
class Question:
    """One company, scenario and goal, ready to be asked about any lever."""

    run: Run
    scenario: Scenario
    goal: Goal
    given: dict[str, Array]

    def windows(self, lever: str, value: float | Array) -> Array:
        """The goal's windows with the lever at a value, or at one a path; shape (quarters, paths)."""
        values = np.broadcast_to(np.asarray(value, dtype=float), (self.run.draws.paths,))
        series = self.run.variant(self.scenario, {lever: values}, self.given, self.goal.line)
        windows = self._window(series[self.goal.line])
        # a variant's arrays are written over by the next one
        return windows.copy() if np.shares_memory(windows, series[self.goal.line]) else windows

    def _window(self, values: Array) -> Array:
        company, line = self.run.company, self.goal.line
        past = np.array([company.past(line, back) for back in (3, 2, 1)])
        return window(values, past, company.model.lines[line], self.goal.over, company.first)

    def as_given(self) -> Array:
        """The goal's windows in the scenario as it stands, shape (quarters, paths)."""
        return self._window(self.given[self.goal.line])

    def margin(self, lever: str, value: float | Array) -> Array:
        """How far each path is inside the goal by its date, shape (paths,)."""
        return self.goal.best_margin(self.windows(lever, value))

    def share(self, lever: str, value: float) -> float:
        """Share of paths that reach the goal by its date with the lever at a value."""
        return float(np.mean(self.margin(lever, value) >= 0))

    def neutral(self, lever: str, low: float, high: float) -> bool:
        """Whether no value tried changes the goal's line."""
        first = self.windows(lever, low)
        self.goal.margin(first)  # refuses a date by which no window ends
        grid = lever_grid(low, high)[:0:-1]
        return all(np.array_equal(first, self.windows(lever, float(value)), equal_nan=True) for value in grid)

    def within(self, lever: str, low: float, high: float) -> tuple[float, float] | None:
        """The part of the range that the scenario's shocks leave inside the lever's domain."""
        if not any(shock.target == lever for shock, _ in self.scenario.acting):
            return low, high
        return narrowed(lambda value: self.run.allows(self.scenario, lever, value), low, high)

    def thresholds(self, lever: str, low: float, high: float, *, steps: int = STEPS) -> Thresholds:
        """Each path's threshold of a lever."""
        return find_thresholds(lambda values: self.margin(lever, values), low, high, self.run.draws.paths, steps=steps)

    def answer(self, lever: str, found: Thresholds, *, steps: int = STEPS) -> tuple[float | None, tuple[float, float]]:
        """The least demanding value that reaches the goal, and its interval, low end first.

        The p-quantile of the thresholds with its order statistics, unless the lever turns back and a less
        demanding value reaches the goal as well. Then both come from the share of paths that succeed at a
        value: where it first is p, and where it first is as large as those order statistics' ranks.
        """
        chance = self.goal.probability or 0.0
        value, low, high = quantile_interval(np.sort(found.signed), chance)
        early = found.bracket(chance)
        if early is not None and found.easier * early[1] < value:
            ranks = interval_ranks(len(found.signed), chance)
            ends = [
                least_demanding(found, lambda at: self.share(lever, at), rank / len(found.signed), steps=steps)
                for rank in ranks
            ]
            low, high = (np.inf if end is None else found.easier * end for end in ends)
            middle = least_demanding(found, lambda at: self.share(lever, at), chance, steps=steps)
            value = np.inf if middle is None else found.easier * middle
        interval = sorted((found.easier * low, found.easier * high))
        if np.isposinf(value):
            return None, (interval[0], interval[1])
        answer = found.hardest if np.isneginf(value) else found.easier * value
        return answer, (interval[0], interval[1])
