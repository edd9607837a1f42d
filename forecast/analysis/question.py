"""One question: how far each path is inside the goal, given values of any levers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals, as_goals
from forecast.analysis.sampling import interval_ranks, quantile_interval, quantile_rank
from forecast.analysis.thresholds import (
    STEPS,
    Thresholds,
    find_thresholds,
    least_demanding,
    lever_grid,
    narrowed,
)
from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run

Moved = Mapping[str, "float | Array"]
"""Values of levers by name: a number for all paths, or one a path."""


@dataclass(frozen=True, slots=True)
class Question:
    """One company, scenario and goal, ready to be asked about any lever.

    ``given`` is the scenario as it stands. ``numbers`` holds the places in ``scenario.acting`` of shocks whose
    sizes are levers, by the lever's name; other names are parameters. ``held`` are levers that stay put.
    """

    run: Run
    scenario: Scenario
    goal: Goal | Goals
    given: dict[str, Array]
    numbers: Mapping[str, int] = field(default_factory=dict)
    held: Moved = field(default_factory=dict)

    def holding(self, moved: Moved) -> Question:
        """The same question with these levers put to values."""
        return replace(self, held={**self.held, **moved})

    def seeded(self, seed: int, paths: int | None = None) -> Question:
        """The same question with the draws of another seed, or with another number of paths."""
        run = Run(self.run.company, self.run.quarters, paths or self.run.draws.paths, seed, tick=self.run.tick)
        return replace(self, run=run, given=run.scenario(self.scenario))

    def outcome(self, moved: Moved) -> Outcome:
        """What comes of it, written over by the next one."""
        replaced, sizes = self._split(moved)
        series = self.run.variant(self.scenario, replaced, self.given, self.goal.lines, sizes)
        return Outcome(self.run.company, self.run.quarters, {**self.given, **series})

    def _split(self, moved: Moved) -> tuple[dict[str, Array], dict[int, Array]]:
        shape = (self.run.draws.paths,)
        every = {
            name: np.broadcast_to(np.asarray(value, dtype=float), shape)
            for name, value in {**self.held, **moved}.items()
        }
        replaced = {name: value for name, value in every.items() if name not in self.numbers}
        return replaced, {self.numbers[name]: value for name, value in every.items() if name in self.numbers}

    def windows(self, lever: str, value: float | Array) -> Array:
        """The goals' windows below each other, shape (windows, paths), with the lever at a value, or at one a path."""
        return self._windows(self.outcome({lever: value}))

    def _windows(self, outcome: Outcome) -> Array:
        goals = as_goals(self.goal)
        return np.concatenate(
            [outcome.values(part.line, over=part.over, until=part.by or goals.by) for part in goals.parts]
        )

    def as_given(self) -> Array:
        """The goals' windows in the scenario as it stands."""
        return self._windows(Outcome(self.run.company, self.run.quarters, self.given))

    def inside(self, moved: Moved) -> Array:
        """How far each path is inside the goal by its date, shape (paths,)."""
        return self.goal.inside(self.outcome(moved))

    def margin(self, lever: str, value: float | Array) -> Array:
        """The same for one lever."""
        return self.inside({lever: value})

    def share(self, lever: str, value: float) -> float:
        """Share of paths that reach the goal by its date with the lever at a value."""
        return float(np.mean(self.margin(lever, value) >= 0))

    def alone(self, outcome: Outcome) -> tuple[float, ...]:
        """Share of paths that reach each goal alone."""
        goals = as_goals(self.goal)
        parts = [replace(part, by=part.by or goals.by) for part in goals.parts]
        return tuple(float(np.mean(part.inside(outcome) >= 0)) for part in parts)

    def neutral(self, lever: str, low: float, high: float) -> bool:
        """Whether no value tried changes the goals' lines."""
        outcome = self.outcome({lever: low})
        self.goal.inside(outcome)  # refuses a date by which no window ends
        first = self._windows(outcome)
        grid = lever_grid(low, high)[:0:-1]
        return all(np.array_equal(first, self.windows(lever, float(value)), equal_nan=True) for value in grid)

    def allowed(self, moved: Moved) -> bool:
        """Whether the levers and the scenario's shocks leave every parameter that they move in its domain.

        Where a rule's shock is among them, which paths it begins on is known only once it is simulated.
        """
        replaced, sizes = self._split(moved)
        acting = self.scenario.acting
        shocked = {shock.target for shock, _ in acting}
        touched = {acting[number][0].target for number in sizes} | {name for name in replaced if name in shocked}
        touched = {name for name in touched if "." in name}
        if touched & {shock.target for shock, rule in acting if rule is not None}:
            try:
                self.outcome(moved)
            except SimulationError:
                return False
            return True
        return all(self.run.allows(self.scenario, name, replaced.get(name), sizes) for name in touched)

    def within(self, lever: str, low: float, high: float) -> tuple[float, float] | None:
        """The part of the range that the scenario's shocks leave inside the lever's domain."""
        if lever not in self.numbers and not any(shock.target == lever for shock, _ in self.scenario.acting):
            return low, high
        return narrowed(lambda value: self.allowed({lever: value}), low, high)

    def thresholds(self, lever: str, low: float, high: float, *, steps: int = STEPS) -> Thresholds:
        """Each path's threshold of a lever."""
        return find_thresholds(lambda values: self.margin(lever, values), low, high, self.run.draws.paths, steps=steps)

    def lost_beyond(
        self, lever: str, found: Thresholds, answer: float, *, chance: float | None = None, steps: int = STEPS
    ) -> float | None:
        """The last value at which a lever that turns back still reaches the goal; None where the easy end does.

        Seen on the grid beyond the answer, then bisected. ``chance`` is the wanted probability, the goal's by default.
        """
        chance = (self.goal.probability or 0.0) if chance is None else chance
        beyond = [
            (float(value), float(share) >= chance)
            for value, share in sorted(
                zip(found.grid, found.shares, strict=True), key=lambda one: found.easier * one[0]
            )
            if found.easier * value > found.easier * answer
        ]
        works = answer
        for value, good in beyond:
            if not good:
                fails = value
                break
            works = value
        else:
            return None
        for _ in range(steps):
            middle = 0.5 * (works + fails)
            works, fails = (middle, fails) if self.share(lever, middle) >= chance else (works, middle)
        return works

    def answer(
        self, lever: str, found: Thresholds, *, chance: float | None = None, steps: int = STEPS
    ) -> tuple[float | None, tuple[float, float]]:
        """The least demanding value that reaches the goal, and its interval, low end first.

        ``chance`` is the wanted probability, the goal's by default. The answer is the quantile of the thresholds there
        with its order statistics. Where the lever turns back on some paths these succeed below their thresholds too:
        then all three come from the share of paths that succeed at a value, where it first is as large as theirs.
        """
        chance = (self.goal.probability or 0.0) if chance is None else chance
        value, low, high = quantile_interval(np.sort(found.signed), chance)
        if found.turning > 0:
            paths = len(found.signed)

            def first(rank: int) -> float:
                """Where that many paths first succeed, times ``easier``; infinite beyond the range."""
                ends = found.bracket(rank / paths)
                if ends is None or ends[0] == ends[1]:
                    return np.inf if ends is None else -np.inf
                at = least_demanding(found, lambda at: self.share(lever, at), rank / paths, steps=steps)
                return found.easier * (at if at is not None else np.inf)

            value, low, high = (first(rank) for rank in (quantile_rank(paths, chance), *interval_ranks(paths, chance)))
        interval = sorted((found.easier * low, found.easier * high))
        if np.isposinf(value):
            return None, (interval[0], interval[1])
        answer = found.hardest if np.isneginf(value) else found.easier * value
        return answer, (interval[0], interval[1])
