"""The nearest point at which a goal fails, in normal scores of uncertainties."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecast.analysis.goals import Goals
from forecast.distributions import Array
from forecast.errors import GoalError, SimulationError
from forecast.scenario import Scenario
from forecast.simulation import Run
from forecast.simulation.streams import quantiles

NUDGE = 0.1
"""Step of a difference quotient, in standard deviations."""

BAND = 0.05
"""Paths to each side of the quantile, as a share of all, whose slopes are averaged."""

TURNS = 15
"""At most so many changes of direction from one start."""

PRECISE = 1e-4
"""Distances are solved to this, in standard deviations."""

WORTH = 3e-3
"""A turn that shortens the move by less, in standard deviations, ends the search: far within its sampling error."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the goal just fails: ``distance`` from the medians along ``direction`` (of length one).

    The distance is infinite where nothing within reach fails; ``margin`` is then the worst one, met at reach.
    """

    distance: float
    margin: float
    direction: Array


@dataclass(slots=True)
class Descent:
    """The goal's margin as a function of independent normal scores u, where z = L u are those of the uncertainties.

    C = L L' are their correlations, so that u'u = z' C^-1 z. The uncertainties stand at x[i] = F_i^-1(Phi(z[i])) on
    all paths. The goal fails at u where fewer than a share ``bar`` of the paths reach it.
    """

    run: Run
    scenario: Scenario
    goals: Goals
    bar: float
    names: tuple[str, ...]
    reach: float
    factor: Array = field(init=False)

    def __post_init__(self) -> None:
        matrix = np.eye(len(self.names))
        for first, second, rho in self.run.company.model.correlations:
            if first in self.names and second in self.names:
                i, j = self.names.index(first), self.names.index(second)
                matrix[i, j] = matrix[j, i] = rho
        self.factor = np.asarray(np.linalg.cholesky(matrix), dtype=float)

    def values(self, u: Array) -> Array:
        """The uncertainties at a point, each in its own unit, shape (names,)."""
        found = []
        for name, score in zip(self.names, self.factor @ u, strict=True):
            estimate = self.run.company.parameters[name].estimate
            assert estimate is not None
            found.append(float(quantiles(estimate, np.asarray([score]))[0]))
        return np.asarray(found)

    def margins(self, u: Array) -> Array:
        """How far each path is inside the goal at a point, shape (paths,)."""
        paths = self.run.draws.paths
        fixed = {name: np.full(paths, value) for name, value in zip(self.names, self.values(u), strict=True)}
        try:
            return np.array(self.goals.inside(self.run.outcome(self.scenario, self.goals.lines, fixed)))
        except SimulationError as problem:
            raise GoalError(
                f"the uncertainties were moved to where nothing can be simulated: {problem} "
                "Search less far, as in reach=3, or name what to move in vary."
            ) from None

    def probability(self, u: Array) -> float:
        """Share of paths that reach the goal at a point."""
        return float(np.mean(self.margins(u) >= 0))

    def margin(self, u: Array, bar: float | None = None) -> float:
        """The largest margin that a share ``bar`` of the paths has: below 0 exactly where the goal fails."""
        margins = self.margins(u)
        rank = self._rank(bar)
        return float(np.partition(margins, rank)[rank])

    def _rank(self, bar: float | None = None) -> int:
        paths = self.run.draws.paths
        needed = int(np.ceil(paths * (self.bar if bar is None else bar) - 1e-9))
        return paths - min(max(needed, 1), paths)

    def slope(self, u: Array) -> Array:
        """Gradient of ``margin`` at a point, shape (names,).

        d q / d u[i] = E[d margin / d u[i] | margin = q] (Hong 2009, "Estimating quantile sensitivities", Operations
        Research 57(1), Theorem 1), by difference quotients on the same draws, averaged over the paths whose margin
        ranks within ``BAND`` of that of the quantile.
        """
        margins = self.margins(u)
        rank, wide = self._rank(), max(int(BAND * len(margins)), 1)
        near = np.argsort(margins, kind="stable")[max(rank - wide, 0) : rank + wide + 1]
        steps = NUDGE * np.eye(len(u))
        return np.array([np.mean((self.margins(u + step) - margins)[near]) for step in steps]) / NUDGE

    def radius(self, direction: Array, bar: float | None = None) -> float:
        """Distance along a direction at which the goal first fails, on a grid of half deviations; inf out of reach."""
        works = 0.0
        for fails in np.linspace(0.0, self.reach, max(int(np.ceil(2 * self.reach)), 1) + 1)[1:]:
            if self.margin(fails * direction, bar) < 0:
                return self._between(direction, works, float(fails), bar)
            works = float(fails)
        return np.inf

    def _between(self, direction: Array, works: float, fails: float, bar: float | None = None) -> float:
        """Where the margin crosses zero (Brent)."""
        from scipy import optimize

        if self.margin(works * direction, bar) < 0:
            return works
        return float(optimize.brentq(lambda r: self.margin(r * direction, bar), works, fails, xtol=PRECISE, rtol=1e-8))

    def alone(self, place: int) -> list[Optimum]:
        """Moves of one score to either side that fail within reach, the others at their medians, the shorter first."""
        score = np.linalg.solve(self.factor, np.eye(len(self.names))[place])
        score /= np.linalg.norm(score)
        both = [Optimum(self.radius(direction), 0.0, direction) for direction in (-score, score)]
        found = [optimum for optimum in both if np.isfinite(optimum.distance)]
        return sorted(found, key=lambda optimum: optimum.distance)

    def along(self, direction: Array) -> Optimum:
        """Where the goal first fails in one direction."""
        distance = self.radius(direction)
        margin = self.margin(self.reach * direction) if np.isinf(distance) else 0.0
        return Optimum(distance, margin, direction)

    def search(self, single: list[Optimum]) -> list[Optimum]:
        """Local optima: from downhill at the medians, and from the two nearest single failures."""
        slope = self.slope(np.zeros(len(self.names)))
        size = float(np.linalg.norm(slope))
        nearest = sorted(single, key=lambda optimum: optimum.distance)
        starts = [-slope / size] if size > 0 else []
        starts += [optimum.direction for optimum in nearest[:2]]
        return [self._descend(start) for start in starts or [np.eye(len(self.names))[0]]]

    def _descend(self, direction: Array) -> Optimum:
        """From a direction to a local optimum.

        At an optimum u points against the slope (Hasofer and Lind 1974). A turn towards that shortens the way to the
        boundary, or lowers the margin at reach while no boundary was met; a smaller turn is made where a whole one is
        too far.
        """
        first = self.along(direction)
        distance, margin = first.distance, first.margin
        for _ in range(TURNS):
            slope = self.slope(min(distance, self.reach) * direction)
            size = float(np.linalg.norm(slope))
            if size == 0.0 or float(-slope @ direction) / size > 1 - 1e-3:
                break
            for weight in (1.0, 0.5, 0.25, 0.125):
                turned = (1 - weight) * direction - weight * slope / size
                turned /= np.linalg.norm(turned)
                nearer = min(distance - WORTH, self.reach)
                found = self.margin(nearer * turned)
                if found < margin:
                    break
            else:
                break
            direction = turned
            if found < 0:
                distance, margin = self._between(turned, 0.0, nearer), 0.0
            else:
                margin = found
        return Optimum(distance, margin, direction)
