"""The linear system of a balance: sparse least squares with exact constraints, and its covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array
    from scipy.sparse.linalg import SuperLU

Array: TypeAlias = NDArray[np.float64]
Row: TypeAlias = Sequence[tuple[int, float]]
"""A sparse row: (column, coefficient)."""

RIDGE = 1e-10
"""Precision of the faintest belief in zero; it keeps the system regular and is felt by no decided cell."""

SLACK = 1e-15
"""Variance lent to the constraints during factorisation; refinement takes it back."""

BLUNT = 1e-9
"""Variance from which a row may be squared: with the softest prior beside it, half of all digits are left."""

PIVOT_THRESHOLD = 0.01
"""A diagonal pivot is kept when it is at least this part of the largest in its column."""

REFINEMENTS = 12
TOLERANCE = 1e-13
"""A constraint holds when its violation is below this, relative to the size of its terms."""


@dataclass(frozen=True)
class Inverse:
    """Columns of the inverse of the whole system that belong to k unknowns.

    ``gains`` (m, k) are the derivatives of the unknowns by the targets, ``multipliers`` (c, k) by the constants of
    the constraints, and ``cells`` (n, k) are minus their covariance with all unknowns.
    """

    gains: Array
    multipliers: Array
    cells: Array


@dataclass(frozen=True)
class Solved:
    """The solution ``values``, shape (n,), and what gives its covariance.

    ``violation`` holds what is left of each constraint, relative to the size of its terms. ``system`` is what was
    factorised, and ``factors`` its factors; ``solution`` holds the multipliers above the values.
    """

    values: Array
    violation: Array
    system: System
    factors: SuperLU
    solution: Array

    def drift(self) -> float:
        """How far one more refinement moves an unknown, relative to the largest one, at least 1: the rounding error."""
        step = self.factors.solve(self.system.rest(self.solution))[self.system.above :]
        return float(np.max(np.abs(step), initial=0.0)) / max(1.0, float(np.max(np.abs(self.values), initial=0.0)))

    def condition(self) -> float:
        """The condition number of the system in the 1-norm, estimated (Higham and Tisseur 2000)."""
        from scipy.sparse.linalg import LinearOperator, norm, onenormest

        size = self.system.above + self.values.size
        inverse = LinearOperator((size, size), matvec=self.factors.solve, rmatvec=self.factors.solve)  # symmetric
        return float(norm(self.system.whole(), 1) * onenormest(inverse))

    def covariance(self, columns: Sequence[int]) -> Array:
        """The posterior covariance of some unknowns with all of them, shape (n, len(columns)).

        It is the lower right block of the inverse of the system, with the sign changed.
        """
        return -self._columns(columns)[self.system.above :]

    def inverse(self, unknowns: Sequence[int]) -> Inverse:
        """The columns of the inverse that belong to some unknowns. A squared row has ``s**2 g = -a' cells``."""
        solution = self._columns(unknowns)
        kept, above = int(self.system.bordered.sum()), self.system.above
        cells = solution[above:]
        gains = -(self.system.matrix @ cells) / self.system.variance[:, None]
        gains[self.system.bordered] = solution[:kept]
        return Inverse(gains, solution[kept:above], cells)

    def covariance_with(self, row: csr_array) -> Array:
        """The posterior covariance of a sum of unknowns, a row of shape (1, n), with each of them, shape (n,)."""
        rightside = np.zeros(self.system.above + self.values.size)
        rightside[self.system.above + row.indices] = row.data
        covariance: Array = -self.factors.solve(rightside)[self.system.above :]
        return covariance

    def variance_of(self, row: Row) -> float:
        """The posterior variance of ``sum(coefficient * unknown)``."""
        rightside = np.zeros(self.system.above + self.values.size)
        for column, factor in row:
            rightside[self.system.above + column] += factor
        return max(0.0, float(-rightside @ self.factors.solve(rightside)))

    def _columns(self, unknowns: Sequence[int]) -> Array:
        rightside = np.zeros((self.system.above + self.values.size, len(unknowns)))
        rightside[self.system.above + np.asarray(unknowns, dtype=np.intp), np.arange(len(unknowns))] = 1.0
        solution: Array = self.factors.solve(rightside)
        return solution


def sparse_rows(rows: Sequence[Row], columns: int) -> csc_array:
    """Stack sparse rows into a matrix of shape (len(rows), columns); equal columns of a row add up."""
    from scipy.sparse import csr_array

    entries = np.array([entry for row in rows for entry in row], dtype=np.float64).reshape(-1, 2)
    ends = np.cumsum([0, *map(len, rows)])
    # From rows to columns, so that entries in the same place add up.
    return csr_array((entries[:, 1], entries[:, 0].astype(np.int32), ends), shape=(len(rows), columns)).tocsc()


@dataclass(frozen=True)
class System:
    """Least squares with exact constraints and a prior, in augmented form.

    Minimise ``sum((target - matrix @ x)**2 / variance) + x' precision x - 2 pull' x`` with the constraints
    ``constraints @ x = constants``; ``pull`` (n,) is the precision times the prior's mean. The rows that are
    ``bordered`` (m,) keep a multiplier of their own, which takes variances of any size; the others are blunt enough
    to be squared into the precision, which leaves a much smaller system::

        [ variance  0      matrix        ] [ y ]   [ target    ]
        [ 0         slack  constraints   ] [ m ] = [ constants ]
        [ matrix'   constraints'  -precision ] [ x ]   [ -pull ]

    With a slack above zero it is quasi-definite (Vanderbei 1995). Shapes: matrix (m, n), target and variance (m,),
    constraints (c, n), constants (c,), precision (n, n) symmetric.
    """

    matrix: csr_array
    target: Array
    variance: Array
    constraints: csc_array
    constants: Array
    precision: csc_array
    pull: Array
    bordered: NDArray[np.bool_]

    @property
    def above(self) -> int:
        """The multipliers above the unknowns."""
        return int(self.bordered.sum()) + self.constants.size

    def whole(self) -> csc_array:
        """The matrix of the system with its slack."""
        from scipy.sparse import block_array, diags_array, vstack

        blunt = self.matrix[~self.bordered]
        squared = self.precision + blunt.T @ diags_array(1.0 / self.variance[~self.bordered]) @ blunt
        upper = diags_array(np.concatenate([self.variance[self.bordered], np.full(self.constants.size, SLACK)]))
        below = vstack([self.matrix[self.bordered].tocsc(), self.constraints])
        whole: csc_array = block_array([[upper, below], [below.T, -squared]], format="csc")
        return whole

    def factors(self) -> SuperLU:
        """The factors of the system with its slack."""
        from scipy.sparse.linalg import splu

        # The pattern is symmetric: ordering it as such fills in far less, and pivots off the diagonal are rare.
        return splu(self.whole(), "MMD_AT_PLUS_A", PIVOT_THRESHOLD, options={"SymmetricMode": True})

    def rest(self, solution: Array) -> Array:
        """What a solution leaves of the right side, without slack."""
        kept = int(self.bordered.sum())
        own, multipliers, values = solution[:kept], solution[kept : self.above], solution[self.above :]
        missed = self.target - self.matrix @ values
        weighed = np.where(self.bordered, 0.0, missed / self.variance)
        weighed[self.bordered] = own
        below = self.constraints.T @ multipliers + self.matrix.T @ weighed - self.precision @ values
        open_rows = missed[self.bordered] - self.variance[self.bordered] * own
        return np.concatenate([open_rows, self.constants - self.constraints @ values, -self.pull - below])


def solve(
    matrix: csr_array,
    target: Array,
    variance: Array,
    constraints: csc_array,
    constants: Array,
    precision: csc_array,
    pull: Array | None = None,
    bordered: NDArray[np.bool_] | None = None,
) -> Solved:
    """Solve a ``System``; ``pull`` is None for a prior's mean of zero, ``bordered`` None for every row.

    Iterative refinement against the system without slack makes the constraints hold to rounding.
    """
    from scipy.sparse import eye_array

    size = precision.shape[0]
    system = System(
        matrix,
        target,
        variance,
        constraints,
        constants,
        (precision + RIDGE * eye_array(size)).tocsc(),
        np.zeros(size) if pull is None else pull,
        np.ones(target.size, dtype=np.bool_) if bordered is None else bordered,
    )
    factors = system.factors()
    solution = np.zeros(system.above + size)
    sizes = abs(constraints)
    violation = np.zeros(constants.size)
    for refined in range(REFINEMENTS + 1):
        solution = solution + factors.solve(system.rest(solution))
        values = solution[system.above :]
        scale = sizes @ np.abs(values) + np.abs(constants)
        violation = np.abs(constraints @ values - constants) / np.where(scale > 0, scale, 1.0)
        if refined and (violation.size == 0 or violation.max() < TOLERANCE):
            break
    return Solved(solution[system.above :], violation, system, factors, solution)
