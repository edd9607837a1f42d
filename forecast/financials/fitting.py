"""Fitting: the balance as a least-squares problem, relinearised and reweighed until nothing moves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from forecast.financials.cells import Cell, Layout
from forecast.financials.observations import Observation, Weights
from forecast.financials.system import Array, Row, Solved, solve, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array

Term: TypeAlias = tuple[str, Weights, float]
"""A factor of the weighted sum over quarters of one line."""

WEAKER = 100.0
"""Factor on the variance of the prior wherever values are fitted, so that it is not heard against a fact."""

ERROR_FLOOR = 1e-6
"""Smallest standard error of an observation, relative to its line's typical level."""

TOLERATED = 3.0
"""A residual of up to this many of its standard errors keeps its full weight."""

PASSES = 30
LAST_PASSES = 4
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
    variance: Array

    @property
    def excess(self) -> Array:
        """How many times TOLERATED each residual is, at least 1, shape (m,)."""
        excess: Array = np.maximum(np.abs(self.residuals) / self.errors / TOLERATED, 1.0)
        return excess


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

    def terms(self, one: Observation, values: Array) -> tuple[list[Term], float, float]:
        """An observation as (terms whose sum is the target, target, standard error), linearised at ``values``.

        Shares, growth and splits are linear already; only their error depends on the levels there.
        Points, ``f = X1/B1 - X0/B0``, are multiplied by B1; f is homogeneous of degree 0, so that the
        tangent passes through zero: ``B1 * grad(f) @ x = B1 * (value - f)``.
        """
        terms: list[Term] = [(one.line, one.now, 1.0)]
        target, error = one.value, one.error
        if one.relation == "split":
            terms += [(part.name, one.now, -part.share) for part in one.parts]
            error = math.hypot(*(part.error * self.total(values, part.name, one.now) for part in one.parts))
            return terms, target, error
        terms += [(part.name, one.now, part.share) for part in one.parts]
        if one.relation == "change":
            terms.append((one.line, one.ago, -1.0))
        elif one.relation == "growth":
            terms.append((one.line, one.ago, -(1.0 + one.value)))
            target, error = 0.0, one.error * abs(self.total(values, one.line, one.ago))
        elif one.relation == "share" and one.base is not None:
            terms.append((one.base, one.now, -one.value))
            target, error = 0.0, one.error * abs(self.total(values, one.base, one.now))
        elif one.relation == "points" and one.base is not None:
            x1, x0 = (self.total(values, one.line, weights) for weights in (one.now, one.ago))
            b1, b0 = (self.total(values, one.base, weights) for weights in (one.now, one.ago))
            terms += [
                (one.base, one.now, -x1 / b1),
                (one.line, one.ago, -b1 / b0),
                (one.base, one.ago, b1 * x0 / b0**2),
            ]
            target, error = b1 * (one.value - (x1 / b1 - x0 / b0)), one.error * abs(b1)
        return terms, target, error

    def row(self, one: Observation, values: Array) -> tuple[list[tuple[int, float]], float, float]:
        """An observation as (coefficients of scaled unknowns, target, standard error), relative to its line's level."""
        terms, target, error = self.terms(one, values)
        level = self.layout.levels[one.line]
        row = [
            (place, factor * weight * self.scale[place] / level)
            for line, weights, factor in terms
            for quarter, weight in weights
            for place in (self.place[line, quarter],)
        ]
        moment = math.sqrt(one.bridge) * self.layout.changes[one.line]
        return row, target / level, max(math.hypot(error / level, moment), ERROR_FLOOR)

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
        """Solve, relinearise at the solution and reweigh until nothing moves, starting from ``values`` (n,).

        Residuals r, in standard errors, above c = TOLERATED get the weight ``c / r`` (Huber 1964). That
        problem is convex: its solution is one, whatever the rounding of the computer, and where facts
        accuse each other equally it leaves them equal. From there the weight ``(c / r)**2``, whose pull
        vanishes with r, is taken for one step (Bickel 1975, "One-step Huber estimates"), so that one wrong
        figure stands alone instead of being spread over its neighbours. Facts that agree keep weight one,
        and the result is then plain weighted least squares.

        The prior is weakened throughout, so that a fact is contradicted by facts only, and a reported
        figure is not drawn towards its neighbours.
        """
        weights = np.ones(len(observations))
        for _ in range(PASSES):
            fit, moved = self._pass(observations, values, weights)
            values = fit.values
            if moved < SETTLED:
                break
            weights = 1.0 / fit.excess
        if (fit.excess == 1.0).all():
            return fit
        weights = fit.excess**-2
        for _ in range(LAST_PASSES):
            fit, moved = self._pass(observations, fit.values, weights)
            if moved < SETTLED:
                break
        return fit

    def _pass(self, observations: Sequence[Observation], values: Array, weights: Array) -> tuple[Fit, float]:
        """One solution with these weights (m,), linearised at ``values`` (n,), and how far it moved."""
        built = [self.row(one, values) for one in observations]
        rows: tuple[Row, ...] = tuple(row for row, _, _ in built)
        target = np.array([entry for _, entry, _ in built])
        errors = np.array([error for _, _, error in built])
        solved = self.solve(rows, target, errors**2 / weights, weaker=WEAKER)
        residuals = target - sparse_rows(rows, self.scale.size) @ solved.values
        moved = float(np.abs(solved.values - values / self.scale).max())
        return Fit(solved, solved.values * self.scale, rows, target, residuals, errors, errors**2 / weights), moved


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


def prior_precision(layout: Layout) -> csc_array:
    """Inverse variance of the prior over scaled cells, shape (n, n).

    A line is a random walk: its change over m quarters is N(0, m * changes**2) in typical levels, so that
    the quarters of a lone annual figure are those of Fernandez (1981), "A methodological note on the
    estimation of time series", and, without errors, of Denton (1971) with first differences.
    """
    rows: list[Row] = []
    cells = layout.cells
    for number in range(1, len(cells)):
        (before_name, before), (name, quarter) = cells[number - 1], cells[number]
        if before_name == name:
            weight = 1.0 / (layout.changes[name] * math.sqrt(quarter - before))
            rows.append([(number - 1, -weight), (number, weight)])
    differences = sparse_rows(rows, len(cells))
    precision: csc_array = (differences.T @ differences).tocsc()
    return precision
