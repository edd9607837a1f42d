"""Fitting: the balance as a least-squares problem, relinearised and reweighed until nothing moves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecast.financials.cells import Cell, Layout
from forecast.financials.equations import Equations
from forecast.financials.observations import Observation, Weights
from forecast.financials.precision import EXCESS, within_bound
from forecast.financials.prior import WEAKER, prior_precision
from forecast.financials.screening import CONTRADICTED, distances, marginal
from forecast.financials.system import BLUNT, Array, Row, Solved, solve, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

Term: TypeAlias = tuple[str, Weights, float]
"""A factor of the weighted sum over quarters of one line."""

ERROR_FLOOR = 1e-6
"""Smallest standard error of an observation, relative to its line's typical level."""

HEARD = 1.0
"""Variance below which an amount decides the level of its line."""

UNHEARD = 1e12
"""Variance of an observation that the others contradict."""

LEARNED = 4.0
"""Factor on the variance of a prior learned from the line's own facts, while observations are screened."""

SCREENED = (3e-4, 1e-5)
"""Least standard error while observations are screened: for gross errors first, then for slight ones."""

SECOND_LOOKS = 3
OUT_OF_PROPORTION = 5.0
"""An amount this many times as large or small as expected is a slip, though only the prior refuses it."""

FAMILIAR = 8
"""Amounts of a line that tell what is usual for it."""

SCREENINGS = 6
STEADY = 1e-3
"""Screenings end when they find the same and no cell has moved by more than this part of its line's typical level."""

PASSES = 30
SETTLED = 1e-8
"""Passes end when no cell moves by more than this part of its line's typical level."""


@dataclass(frozen=True)
class Fit:
    """A solved balance of n cells and m observations.

    ``values`` (n,) are in the units of the lines; ``residuals``, ``errors`` and ``variance`` (m,), the
    latter after reweighing, and ``matrix`` (m, n) are relative to the typical level of the observation's line.
    """

    solved: Solved
    values: Array
    matrix: csr_array
    target: Array
    residuals: Array
    errors: Array
    variance: Array
    apart: Array

    def row(self, number: int) -> Row:
        """One observation's row."""
        start, end = self.matrix.indptr[number : number + 2]
        return list(zip(self.matrix.indices[start:end].tolist(), self.matrix.data[start:end].tolist(), strict=True))


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

    def solve(self, matrix: csr_array, target: Array, variance: Array, *, weaker: float = 1.0) -> Solved:
        """Solve for the rows of ``matrix`` (m, n), with the variance of the prior multiplied by ``weaker``."""
        precision = (self.precision / weaker).tocsc()
        pull = None if self.pull is None else self.pull / weaker
        bordered = ~(self._decided(matrix, variance) & (variance >= BLUNT))
        return solve(matrix, target, variance, self.constraints, self.constants, precision, pull, bordered)

    def _decided(self, matrix: csr_array, variance: Array) -> NDArray[np.bool_]:
        """The rows all of whose lines have an amount of their own, shape (m,): they touch no level left open.

        An amount is a row that adds up quarters of one line and is heard at all.
        """
        filled = np.diff(matrix.indptr) > 0
        starts = matrix.indptr[:-1][filled]
        line = self.line[matrix.indices]
        single = np.minimum.reduceat(line, starts) == np.maximum.reduceat(line, starts)
        amount = single & (np.minimum.reduceat(matrix.data, starts) > 0.0) & (variance[filled] < HEARD)
        known = np.zeros(len(self.layout.levels), dtype=np.bool_)
        known[line[starts[amount]]] = True
        decided = np.zeros(filled.size, dtype=np.bool_)
        decided[filled] = np.minimum.reduceat(known[line], starts)
        return decided

    @cached_property
    def line(self) -> NDArray[np.intp]:
        """The number of each cell's line, shape (n,)."""
        number = {name: place for place, name in enumerate(self.layout.levels)}
        return np.array([number[name] for name, _ in self.layout.cells])

    def fit(
        self, observations: Sequence[Observation], values: Array, *, doubt: float = WEAKER, screenings: int = SCREENINGS
    ) -> Fit:
        """Set aside what the others contradict, solve and relinearise until nothing moves, from ``values`` (n,).

        What ``screening.distances`` finds is set aside; the rest is plain weighted least squares, with the prior
        weakened, so that a reported figure is not drawn towards its neighbours. ``doubt`` is the factor on the
        prior's variance while observations are screened: a prior learned from the line's own facts tells which of
        two figures that exclude each other is the odd one, a prior by default does not.
        """
        equations = Equations.of(self, observations)
        kept = self._kept_bounds(equations, values)
        apart = np.where(kept, 1.0, 0.0)
        for _ in range(screenings):
            before, apart = apart, self._screened(equations, values, doubt, kept)
            if screenings == 1:
                return self.settle(equations, values, apart, settled=STEADY)
            fit, moved = self.step(equations, values, apart)
            values = fit.values
            if moved < STEADY and ((apart > 0) == (before > 0)).all():
                break
        fit = self.settle(equations, values, apart)
        for _ in range(SECOND_LOOKS):
            doubted = map(int, np.flatnonzero((apart > 0.0) & ~kept))
            back = [number for number in doubted if self._only_unusual(fit, equations, number)]
            if not back:
                break
            apart = apart.copy()
            apart[back] = 0.0
            fit = self.settle(equations, fit.values, apart)
        return self._undecided(fit, equations)

    def _only_unusual(self, fit: Fit, equations: Equations, number: int) -> bool:
        """Whether only the prior refuses an observation, and not because it is out of all proportion.

        A jump that one fact reports is unusual, not contradicted. An amount or a share five times as large or small as
        what the line's other facts lead to, or of the other sign, is more likely a slip; a line with few facts may jump
        by any factor.
        """
        one = equations.observations[number]
        spread = math.hypot(fit.errors[number], math.sqrt(fit.solved.variance_of(fit.row(number))))
        if abs(fit.residuals[number]) > CONTRADICTED * spread:
            return False
        if (
            one.relation not in ("value", "share")
            or one.line not in self.layout.habits
            or self._is_new(equations, one.line)
        ):
            return True
        implied = self.implied(one, fit.values)
        return one.value * implied > 0.0 and 1.0 / OUT_OF_PROPORTION < one.value / implied < OUT_OF_PROPORTION

    def _is_new(self, equations: Equations, line: str) -> bool:
        """Whether a line has too few amounts to know what is usual."""
        return sum(one.line == line and one.relation == "value" for one in equations.observations) < FAMILIAR

    def _undecided(self, fit: Fit, equations: Equations) -> Fit:
        """The fit in which figures of one thing that nothing else tells apart are all contradicted, and averaged.

        They state the same sum, share or growth differently with the same error. Where one was set aside and the rest
        would believe each of them, each is given their distance as its error, and all are named.
        """
        apart, wide = fit.apart.copy(), np.zeros(fit.apart.size)
        for rivals in _rivals(equations, fit):
            trial = fit.apart.copy()
            trial[rivals] = 1.0
            without = self.settle(equations, fit.values, trial)
            spreads = [math.sqrt(without.solved.variance_of(without.row(number))) for number in rivals]
            away = np.abs(without.residuals[rivals])
            if (away <= CONTRADICTED * np.hypot(without.errors[rivals], spreads)).all():
                gap = float(np.ptp(without.residuals[rivals]))
                wide[rivals] = gap
                apart[rivals] = gap / (math.sqrt(2.0) * fit.errors[rivals])
        return self.settle(equations, fit.values, apart, wide) if wide.any() else fit

    def _kept_bounds(self, equations: Equations, values: Array) -> NDArray[np.bool_]:
        """The bounds that the other facts keep, and make superfluous, shape (m,): "more than 240" beside 300."""
        observations = equations.observations
        bounds = [
            n for n, one in enumerate(observations) if one.facts and all(f.qualifier in EXCESS for f in one.facts)
        ]
        kept = np.zeros(len(observations), dtype=np.bool_)
        if bounds:
            trial = np.zeros(len(observations))
            trial[bounds] = 1.0
            fit = self.settle(equations, values, trial)
            for number in bounds:
                one = observations[number]
                precise = math.sqrt(fit.solved.variance_of(fit.row(number))) < fit.errors[number]
                implied = self.implied(one, fit.values)
                kept[number] = precise and all(within_bound(fact, implied / fact.measure.factor) for fact in one.facts)
        return kept

    def _screened(self, equations: Equations, values: Array, doubt: float, kept: NDArray[np.bool_]) -> Array:
        """How far each contradicted observation is from what the others imply; 0 for the others, shape (m,)."""
        matrix, target, errors = equations.at(values)
        times = np.array([quarter.ordinal for _, quarter in self.layout.cells], dtype=np.float64)
        testable = np.array([bool(one.facts) for one in equations.observations])
        doubtful = np.array([_doubtfulness(one) for one in equations.observations])
        apart = np.where(kept, 1.0, 0.0)
        for least in SCREENED:
            variance = np.where(apart > 0.0, UNHEARD, np.maximum(errors, least) ** 2)
            told = marginal(self.solve(matrix, target, variance, weaker=doubt), times)
            heard = testable & (apart == 0.0)
            asked = heard & told.tellable if least < SCREENED[0] else heard
            apart = np.maximum(apart, distances(told, asked, doubtful))
        return apart

    def refit(self, observations: Sequence[Observation], fit: Fit) -> Fit:
        """Solve again with more observations behind those of ``fit``; what is set aside stays so."""
        apart, wide = np.zeros(len(observations)), np.zeros(len(observations))
        apart[: fit.apart.size] = fit.apart
        widened = (fit.apart > 0.0) & (fit.variance < UNHEARD)
        wide[: fit.apart.size] = np.where(widened, np.sqrt(fit.variance), 0.0)
        return self.settle(Equations.of(self, observations), fit.values, apart, wide)

    def settle(
        self,
        equations: Equations,
        values: Array,
        apart: Array,
        wide: Array | None = None,
        *,
        settled: float = SETTLED,
    ) -> Fit:
        """Relinearise without what is ``apart`` (m,) until no cell moves; what is ``wide`` has that error instead."""
        for _ in range(PASSES):
            fit, moved = self.step(equations, values, apart, wide)
            values = fit.values
            if moved < settled:
                break
        return fit

    def step(self, equations: Equations, values: Array, apart: Array, wide: Array | None = None) -> tuple[Fit, float]:
        """One solution without what is ``apart`` (m,), linearised at ``values`` (n,), and how far it moved."""
        matrix, target, errors = equations.at(values)
        variance = np.where(apart > 0.0, UNHEARD, errors**2)
        if wide is not None:
            variance = np.where(wide > 0.0, wide**2, variance)
        solved = self.solve(matrix, target, variance, weaker=WEAKER)
        residuals = target - matrix @ solved.values
        moved = float(np.abs(solved.values - values / self.scale).max())
        return Fit(solved, solved.values * self.scale, matrix, target, residuals, errors, variance, apart), moved


def _doubtfulness(one: Observation) -> float:
    """A factor on distances, a trifle above 1 for what is less trusted: of equally far ones the doubtful is named."""
    order = ("high", "medium", "low")
    return min((1.0 + 1e-6 * (order.index(f.confidence) + 3 * bool(f.qualifier)) for f in one.facts), default=1.0)


def _rivals(equations: Equations, fit: Fit) -> list[list[int]]:
    """Observations that state the same thing differently with the same error, one of them set aside."""
    stated: dict[tuple[object, ...], list[int]] = {}
    for number, one in enumerate(equations.observations):
        if one.facts and not any(fact.qualifier for fact in one.facts):
            trust = min(fact.confidence for fact in one.facts)
            stated.setdefault((one.relation, one.line, one.base, one.now, trust), []).append(number)
    return [numbers for numbers in stated.values() if len(numbers) > 1 and (fit.apart[numbers] > 0.0).any()]


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
