"""Fitting: the balance as a least-squares problem, relinearised and reweighed until nothing moves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from forecast.financials.cells import Cell, Layout
from forecast.financials.observations import Observation, Weights
from forecast.financials.prior import WEAKER, prior_precision
from forecast.financials.robust import TOLERATED, fit_robustly
from forecast.financials.system import Array, Row, Solved, solve, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Term: TypeAlias = tuple[str, Weights, float]
"""A factor of the weighted sum over quarters of one line."""

ERROR_FLOOR = 1e-6
"""Smallest standard error of an observation, relative to its line's typical level."""

PASSES = 30
SETTLED = 1e-8
"""Passes end when no cell moves by more than this part of its line's typical level."""


@dataclass(frozen=True)
class Fit:
    """A solved balance of n cells and m observations.

    ``values`` (n,) are in the units of the lines; ``residuals``, ``errors`` and ``variance`` (m,), the
    latter after reweighing, and ``rows`` are relative to the typical level of the observation's line.
    """

    solved: Solved
    values: Array
    rows: tuple[Row, ...]
    target: Array
    residuals: Array
    errors: Array
    weights: Array

    @property
    def variance(self) -> Array:
        """Variances after reweighing, shape (m,)."""
        variance: Array = self.errors**2 / self.weights
        return variance

    @property
    def away(self) -> Array:
        """The residuals in standard errors before reweighing, shape (m,)."""
        away: Array = np.abs(self.residuals) / self.errors
        return away


@dataclass(frozen=True)
class Balance:
    """The unknowns of one reconciliation: unknown i is ``value[i] / scale[i]``.

    Every row is divided by the typical level of its line. ``constraints`` (c, n) and ``constants`` (c,)
    are the identities, ``precision`` (n, n) is the inverse variance of the prior, and ``pull`` (n,) the precision
    times the prior's mean; None for a mean of zero.
    """

    layout: Layout
    place: Mapping[Cell, int]
    scale: Array
    constraints: csc_array
    constants: Array
    precision: csc_array
    pull: Array | None = None

    def total(self, values: Array, line: str, weights: Weights) -> float:
        """``sum(weight * value)`` over the cells of a line, in the line's unit."""
        return float(sum(weight * values[self.place[line, quarter]] for quarter, weight in weights))

    def total_error(self, fit: Fit, line: str, weights: Weights) -> float:
        """The standard error of ``total``."""
        row = [(self.place[line, quarter], weight) for quarter, weight in weights]
        return self.layout.levels[line] * math.sqrt(fit.solved.variance_of(row))

    def terms(self, one: Observation, values: Array) -> tuple[list[Term], float]:
        """An observation as (terms whose sum is the target, target), linearised at ``values``.

        All but changes in points are linear. Points, ``f = X1/B1 - X0/B0``, are multiplied by B1; f is homogeneous
        of degree 0, so that the tangent passes through zero: ``B1 * grad(f) @ x = B1 * (value - f)``.
        """
        terms: list[Term] = [(one.line, one.now, 1.0)]
        sign = -1.0 if one.relation == "split" else 1.0
        terms += [(part.name, one.now, sign * part.share) for part in one.parts]
        if one.relation == "change":
            terms.append((one.line, one.ago, -1.0))
        elif one.relation == "growth":
            terms.append((one.line, one.ago, -(1.0 + one.value)))
        elif one.relation == "share" and one.base is not None:
            terms.append((one.base, one.now, -one.value))
        elif one.relation == "points" and one.base is not None:
            x1, x0 = (self.total(values, one.line, weights) for weights in (one.now, one.ago))
            b1, b0 = (self.total(values, one.base, weights) for weights in (one.now, one.ago))
            terms += [
                (one.base, one.now, -x1 / b1),
                (one.line, one.ago, -b1 / b0),
                (one.base, one.ago, b1 * x0 / b0**2),
            ]
            return terms, b1 * (one.value - (x1 / b1 - x0 / b0))
        return terms, one.value if one.relation in ("value", "change") else 0.0

    def error(self, one: Observation, values: Array) -> float:
        """The standard error of a row, relative to its line's level; that of a ratio is at the level of its base."""
        error = one.error
        if one.relation == "split":
            error = math.hypot(*(part.error * self.total(values, part.name, one.now) for part in one.parts))
        elif one.relation not in ("value", "change"):
            slope, _ = self.size(one, values)
            error *= abs(slope)
        moment = math.sqrt(one.bridge) * self.layout.changes[one.line]
        return max(math.hypot(error / self.layout.levels[one.line], moment), ERROR_FLOOR)

    def row(self, one: Observation, values: Array) -> tuple[list[tuple[int, float]], float, float]:
        """An observation as (coefficients of scaled unknowns, target, standard error), relative to its line's level."""
        terms, target = self.terms(one, values)
        level = self.layout.levels[one.line]
        row = [
            (place, factor * weight * self.scale[place] / level)
            for line, weights, factor in terms
            for quarter, weight in weights
            for place in (self.place[line, quarter],)
        ]
        return row, target / level, self.error(one, values)

    def size(self, one: Observation, values: Array) -> tuple[float, float]:
        """The derivative of a row's target by the observed value, and the size of what the row states.

        Both in the line's unit, at ``values``: a share of 0.3 of a base of 1000 has the slope 1000 and the size 300.
        """
        if one.relation == "growth":
            ago = self.total(values, one.line, one.ago)
            return ago, (1.0 + one.value) * ago
        if one.relation in ("share", "points") and one.base is not None:
            base = self.total(values, one.base, one.now)
            return base, one.value * base
        if one.relation == "split":
            return 1.0, self.total(values, one.line, one.now)
        return 1.0, one.value

    def implied(self, one: Observation, values: Array) -> float:
        """What ``values`` say where the observation says ``value``."""
        now = self.total(values, one.line, one.now)
        now += sum(part.share * self.total(values, part.name, one.now) for part in one.parts)
        if one.relation == "value":
            return now
        if one.relation == "share" and one.base is not None:
            return now / self.total(values, one.base, one.now)
        ago = self.total(values, one.line, one.ago)
        if one.relation == "points" and one.base is not None:
            bases = [self.total(values, one.base, weights) for weights in (one.now, one.ago)]
            return now / bases[0] - ago / bases[1]
        return now - ago if one.relation == "change" else now / ago - 1.0

    def solve(self, rows: Sequence[Row], target: Array, variance: Array, *, weaker: float = 1.0) -> Solved:
        """Solve for these rows, with the variance of the prior multiplied by ``weaker``."""
        matrix = sparse_rows(rows, self.scale.size)
        precision = (self.precision / weaker).tocsc()
        pull = None if self.pull is None else self.pull / weaker
        return solve(matrix, target, variance, self.constraints, self.constants, precision, pull)

    def fit(self, observations: Sequence[Observation], values: Array) -> Fit:
        """Solve, relinearise and reweigh until nothing moves, starting from ``values`` (n,).

        Facts that agree are fitted by plain weighted least squares. Otherwise: ``robust.fit_robustly``. The prior is
        weakened throughout, so that a reported figure is not drawn towards its neighbours.
        """
        equations = Equations.of(self, observations)
        fit = self.settle(equations, values, np.ones(len(observations)))
        return fit if (fit.away <= TOLERATED).all() else fit_robustly(self, equations, fit, values)

    def refit(self, observations: Sequence[Observation], fit: Fit) -> Fit:
        """Solve again with more observations behind those of ``fit``, whose weights stay."""
        weights = np.ones(len(observations))
        weights[: fit.weights.size] = fit.weights
        return self.settle(Equations.of(self, observations), fit.values, weights)

    def settle(self, equations: Equations, values: Array, weights: Array) -> Fit:
        """Relinearise with these weights (m,) until no cell moves."""
        for _ in range(PASSES):
            fit, moved = self.step(equations, values, weights)
            values = fit.values
            if moved < SETTLED:
                break
        return fit

    def step(
        self,
        equations: Equations,
        values: Array,
        weights: Array,
        *,
        floor: Array | float = 0.0,
        weaker: float = WEAKER,
    ) -> tuple[Fit, float]:
        """One solution with these weights (m,), linearised at ``values`` (n,), and how far it moved.

        ``floor`` is added to the standard errors in squares, in typical levels.
        """
        rows, target, errors = equations.at(values)
        errors = np.hypot(errors, floor)
        solved = self.solve(rows, target, errors**2 / weights, weaker=weaker)
        residuals = target - sparse_rows(rows, self.scale.size) @ solved.values
        moved = float(np.abs(solved.values - values / self.scale).max())
        return Fit(solved, solved.values * self.scale, rows, target, residuals, errors, weights), moved


@dataclass(frozen=True, eq=False)
class Equations:
    """The observations as rows; what does not depend on the values is written once."""

    balance: Balance
    observations: tuple[Observation, ...]
    rows: tuple[Row, ...]
    target: Array

    @classmethod
    def of(cls, balance: Balance, observations: Sequence[Observation]) -> Equations:
        """The rows at the typical levels."""
        built = [balance.row(one, balance.scale) for one in observations]
        rows: tuple[Row, ...] = tuple(row for row, _, _ in built)
        return cls(balance, tuple(observations), rows, np.array([target for _, target, _ in built]))

    def at(self, values: Array) -> tuple[tuple[Row, ...], Array, Array]:
        """Rows, targets and standard errors (m,) linearised at ``values`` (n,); only changes in points move rows."""
        rows, target = list(self.rows), self.target.copy()
        errors = np.array([self.balance.error(one, values) for one in self.observations])
        for number, one in enumerate(self.observations):
            if one.relation == "points":
                rows[number], target[number], errors[number] = self.balance.row(one, values)
        return tuple(rows), target, errors


def balance_of(layout: Layout) -> Balance:
    """The least-squares problem of these cells, without its observations."""
    place = {cell: number for number, cell in enumerate(layout.cells)}
    scale = np.array([layout.levels[name] for name, _ in layout.cells])
    rows: list[Row] = []
    constants: list[float] = []
    for constraint in layout.constraints:
        row = [(place[cell], factor * scale[place[cell]]) for cell, factor in constraint.factors]
        size = max(abs(factor) for _, factor in row)
        rows.append([(column, factor / size) for column, factor in row])
        constants.append(constraint.identity.constant / size)
    constraints = sparse_rows(rows, len(place))
    return Balance(layout, place, scale, constraints, np.array(constants), prior_precision(layout))
