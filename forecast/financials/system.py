"""The linear system of a balance: sparse least squares with exact constraints, and its covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import SuperLU

Array: TypeAlias = NDArray[np.float64]
Row: TypeAlias = Sequence[tuple[int, float]]
"""A sparse row: (column, coefficient)."""

RIDGE = 1e-10
"""Precision of the faintest belief in zero; it keeps the system regular and is felt by no decided cell."""

SLACK = 1e-15
"""Variance lent to the constraints during factorisation; refinement takes it back."""

PIVOT_THRESHOLD = 0.01
"""A diagonal pivot is kept when it is at least this part of the largest in its column."""

REFINEMENTS = 12
TOLERANCE = 1e-13
"""A constraint holds when its violation is below this, relative to the size of its terms."""


@dataclass(frozen=True)
class Solved:
    """The solution ``values``, shape (n,), and what gives its covariance.

    ``violation`` holds what is left of each constraint, relative to the size of its terms.
    """

    values: Array
    violation: Array
    factors: SuperLU
    above: int

    def covariance(self, columns: Sequence[int]) -> Array:
        """The posterior covariance of some unknowns with all of them, shape (n, len(columns)).

        It is the lower right block of the inverse of the system, with the sign changed.
        """
        rightside = np.zeros((self.above + self.values.size, len(columns)))
        rightside[self.above + np.asarray(columns, dtype=np.intp), np.arange(len(columns))] = 1.0
        return -self.factors.solve(rightside)[self.above :]

    def columns(self, unknowns: Sequence[int]) -> Array:
        """The columns of the inverse of the whole system that belong to some unknowns, shape (above + n, k)."""
        rightside = np.zeros((self.above + self.values.size, len(unknowns)))
        rightside[self.above + np.asarray(unknowns, dtype=np.intp), np.arange(len(unknowns))] = 1.0
        solution: Array = self.factors.solve(rightside)
        return solution

    def variance_of(self, row: Row) -> float:
        """The posterior variance of ``sum(coefficient * unknown)``."""
        rightside = np.zeros(self.above + self.values.size)
        for column, factor in row:
            rightside[self.above + column] += factor
        return max(0.0, float(-rightside @ self.factors.solve(rightside)))


def sparse_rows(rows: Sequence[Row], columns: int) -> csc_array:
    """Stack sparse rows into a matrix of shape (len(rows), columns); equal columns of a row add up."""
    from scipy.sparse import coo_array

    entries = [(place, column, factor) for place, row in enumerate(rows) for column, factor in row]
    places = np.array([entry[0] for entry in entries], dtype=np.int32)
    indices = np.array([entry[1] for entry in entries], dtype=np.int32)
    factors = np.array([entry[2] for entry in entries], dtype=np.float64)
    return coo_array((factors, (places, indices)), shape=(len(rows), columns)).tocsc()


def solve(
    matrix: csc_array,
    target: Array,
    variance: Array,
    constraints: csc_array,
    constants: Array,
    precision: csc_array,
    pull: Array | None = None,
) -> Solved:
    """Minimise ``sum((target - matrix @ x)**2 / variance) + x' precision x - 2 pull' x`` with the constraints.

    The constraints are ``constraints @ x = constants``; ``pull`` is the precision times the prior's mean, None
    for a mean of zero.

    Solved in augmented (Karush-Kuhn-Tucker) form, which never squares the matrix and takes variances of
    any size::

        [ variance  0      matrix        ] [ y ]   [ target    ]
        [ 0         slack  constraints   ] [ m ] = [ constants ]
        [ matrix'   constraints'  -precision ] [ x ]   [ -pull ]

    With a slack above zero it is quasi-definite (Vanderbei 1995); iterative refinement against the
    system without slack makes the constraints hold to rounding. Shapes: matrix (m, n), target and
    variance (m,), constraints (c, n), constants (c,), precision (n, n) symmetric.
    """
    from scipy.sparse import block_array, diags_array, eye_array
    from scipy.sparse.linalg import splu

    size, count = precision.shape[0], constraints.shape[0]
    regular = precision + RIDGE * eye_array(size)
    upper = diags_array(np.concatenate([variance, np.zeros(count)]))
    slack = diags_array(np.concatenate([np.zeros(variance.size), np.full(count, SLACK)]))
    below = block_array([[matrix], [constraints]])
    exact = block_array([[upper, below], [below.T, -regular]], format="csc")
    slackened = block_array([[upper + slack, below], [below.T, -regular]], format="csc")
    # The pattern is symmetric: ordering it as such fills in far less, and pivots off the diagonal are rare.
    factors = splu(slackened, "MMD_AT_PLUS_A", PIVOT_THRESHOLD, options={"SymmetricMode": True})
    rightside = np.concatenate([target, constants, np.zeros(size) if pull is None else -pull])
    solution = factors.solve(rightside)
    above = variance.size + count
    violation = np.zeros(count)
    for _ in range(REFINEMENTS):
        rest = rightside - exact @ solution
        solution = solution + factors.solve(rest)
        values = solution[above:]
        scale = abs(constraints) @ np.abs(values) + np.abs(constants)
        violation = np.abs(constraints @ values - constants) / np.where(scale > 0, scale, 1.0)
        if violation.size == 0 or violation.max() < TOLERANCE:
            break
    return Solved(solution[above:], violation, factors, above)
