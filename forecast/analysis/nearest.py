"""The nearest point at which a goal is reached, several levers moved at once, each in its own standard deviations."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.analysis.goals import Goals, as_goals
from forecast.analysis.question import Question
from forecast.distributions import Array

NUDGE = 0.02
"""Standard deviations by which a lever is moved to see how a path's margin answers."""

ITERATIONS = 20
"""Of the search; each costs an evaluation a lever and a few more, and the slope is too uncertain for many."""

BISECTIONS = 18
"""To the last few millionths of the way."""

ROUGHLY = 2_000
"""Paths with which the first search from every start is made."""


@dataclass(frozen=True, eq=False)
class Space:
    """The levers ``names`` at x = ``today`` + ``sd`` * u, u from ``low`` to ``high`` with ``matrix`` @ u >= ``bound``.

    The goal has its probability p at u exactly where ``height(u)`` >= 0: the margin of the path of rank ceil(n p), the
    largest first. Unlike the share of paths that succeed, it is continuous in u.
    """

    question: Question
    names: tuple[str, ...]
    today: Array
    sd: Array
    low: Array
    high: Array
    matrix: Array
    bound: Array

    @property
    def chance(self) -> float:
        """The probability wanted."""
        return self.question.goal.probability or 0.0

    def wanting(self, chance: float) -> Space:
        """The same with another probability."""
        parts = tuple(replace(part, probability=chance) for part in as_goals(self.question.goal).parts)
        return replace(self, question=replace(self.question, goal=Goals(parts)))

    def values(self, u: Array) -> Array:
        """The levers' own values, inside their ranges."""
        return self.today + self.sd * np.clip(u, self.low, self.high)

    def margins(self, u: Array) -> Array:
        """How far each path is inside the goal, shape (paths,)."""
        moved = {name: float(value) for name, value in zip(self.names, self.values(u), strict=True)}
        return self.question.inside(moved)

    def share(self, u: Array) -> float:
        """Share of paths that reach the goal."""
        return float(np.mean(self.margins(u) >= 0))

    def reaches(self, u: Array) -> bool:
        """Whether the goal has its probability there."""
        return self.share(u) >= self.chance

    def seeded(self, seed: int, paths: int | None = None) -> Space:
        """The same with the draws of another seed, or with another number of paths."""
        return replace(self, question=self.question.seeded(seed, paths))

    def height(self, margins: Array) -> float:
        """The margin of the path that decides."""
        return float(np.partition(margins, self._rank(len(margins)))[self._rank(len(margins))])

    def _rank(self, paths: int) -> int:
        return paths - max(int(np.ceil(paths * self.chance - 1e-9)), 1)

    def slope(self, u: Array, margins: Array) -> Array:
        """How the height answers to each lever, shape (levers,).

        The derivative of a quantile is the mean derivative of the paths at it, ``E[dm / du | m = q]`` (Hong 2009,
        Operations Research 57(1), Theorem 2); here of the n**0.7 paths nearest to it in rank, by differences.
        """
        paths = len(margins)
        reach = int(np.ceil(0.5 * paths**0.7))
        rank = self._rank(paths)
        near = np.argsort(margins, kind="stable")[max(rank - reach, 0) : rank + reach + 1]
        found = np.zeros(len(u))
        for place in range(len(u)):
            step = -NUDGE if u[place] + NUDGE > self.high[place] else NUDGE
            there = u.copy()
            there[place] += step
            found[place] = np.mean(self.margins(there)[near] - margins[near]) / step
        return found

    def kept(self, u: Array) -> bool:
        """Whether the bounds and constraints hold, to rounding."""
        inside = bool(np.all(u >= self.low - 1e-9) and np.all(u <= self.high + 1e-9))
        return inside and bool(np.all(self.matrix @ u >= self.bound - 1e-7))

    def empty(self) -> bool:
        """Whether no point keeps the bounds and constraints."""
        from scipy import optimize

        if not len(self.bound):
            return False
        limits = list(zip(self.low, self.high, strict=True))
        tried = optimize.linprog(np.zeros(len(self.names)), A_ub=-self.matrix, b_ub=-self.bound, bounds=limits)
        return not tried.success

    def inward(self, u: Array) -> Array:
        """The nearest point that keeps the bounds and constraints."""
        clipped: Array = np.clip(u, self.low, self.high)
        if self.kept(clipped):
            return clipped
        return self._solve(clipped, lambda v: float(np.sum((v - u) ** 2)), lambda v: 2 * (v - u), [], ftol=1e-12)

    def nearest(self, start: Array, anchor: Array) -> Array:
        """A local minimum of |u| among the points that reach the goal, from ``start``; ``anchor`` reaches it.

        Sequential quadratic programming (Kraft 1988, SLSQP in scipy), then bisection on a straight line: towards
        ``anchor`` where the end just misses the goal, else towards the origin. In structural reliability the same
        problem is the search for the design point (Hasofer and Lind 1974).
        """
        scale = float(np.std(self.margins(start))) or 1.0
        memory: dict[bytes, Array] = {}

        def margins(u: Array) -> Array:
            if u.tobytes() not in memory:
                memory.clear()
                memory[u.tobytes()] = self.margins(u)
            return memory[u.tobytes()]

        goal = {
            "type": "ineq",
            "fun": lambda u: self.height(margins(u)) / scale,
            "jac": lambda u: self.slope(u, margins(u)) / scale,
        }
        end = self._solve(start, lambda u: float(u @ u), lambda u: 2 * u, [goal])
        if not self.kept(end):
            end = self.inward(end)
        if self.reaches(end):
            return self._between(end, self.inward(np.zeros(len(end))))
        return self._between(anchor, end)

    def _between(self, works: Array, fails: Array) -> Array:
        """The last point that reaches the goal on the way from one that does to one that may not."""
        if self.reaches(fails):
            return fails
        for _ in range(BISECTIONS):
            middle = 0.5 * (works + fails)
            works, fails = (middle, fails) if self.reaches(middle) else (works, middle)
        return works

    def highest(self, start: Array) -> Array:
        """A local maximum of the height, from ``start``: where the goal comes nearest to its probability."""
        scale = float(np.std(self.margins(start))) or 1.0

        def slope(u: Array) -> Array:
            return -self.slope(u, self.margins(u)) / scale

        end = self._solve(start, lambda u: -self.height(self.margins(u)) / scale, slope, [])
        return end if self.kept(end) else self.inward(end)

    def _solve(
        self, start: Array, fun: Any, jac: Any, conditions: list[dict[str, Any]], *, ftol: float = 1e-6
    ) -> Array:
        from scipy import optimize

        if len(self.bound):
            linear = {"type": "ineq", "fun": lambda u: self.matrix @ u - self.bound, "jac": lambda u: self.matrix}
            conditions = [*conditions, linear]
        limits = list(zip(self.low, self.high, strict=True))
        options = {"maxiter": ITERATIONS, "ftol": ftol}
        minimize: Any = optimize.minimize
        with warnings.catch_warnings():  # older versions of scipy tell when they clip rounding at a bound
            warnings.filterwarnings("ignore", "Values in x were outside bounds", RuntimeWarning)
            found = minimize(
                fun, start, jac=jac, bounds=limits, constraints=conditions, method="SLSQP", options=options
            )
        end: Array = np.clip(np.asarray(found.x, dtype=float), self.low, self.high)
        return end
