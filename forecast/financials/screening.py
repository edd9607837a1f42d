"""Screening: which observations the others refuse, by taking the furthest away until none is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.financials.bands import variances
from forecast.financials.system import Array, Solved

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

CONTRADICTED = 3.5
"""An observation further than this many standard errors from what the others imply is contradicted."""

FIRM = 1e-12
"""Variance of an identity while observations are screened, relative to the size of its terms."""


TIED = 1e-6
"""Relative difference below which two distances are equal."""

ROUNDED = 1e-8
"""What rounding leaves of a part that is one in exact arithmetic."""


CHECKED = 12
AGREEING = 1e-4
"""Rows on which fast variances are compared with the solver's, and their largest difference by the row's variance."""


@dataclass(frozen=True)
class Marginal:
    """All m observations before any of them is believed: their covariance S = A P A' + V, by its inverse K.

    P is the variance of the cells under the prior and the identities, V that of the observations' errors. With
    ``pull = K (b - A mean)``, the others imply observation i to be ``b_i - pull_i / K_ii``, with the variance
    ``1 / K_ii - V_i``; the distance is ``|pull_i| / sqrt(K_ii)``, a standard normal when nothing is wrong.
    K is never formed: with the cells' covariance C given all observations, ``K = 1/V - 1/V A C A' 1/V``, and ``seen``
    (m,) is the diagonal of A C A'.
    """

    matrix: csr_array
    solved: Solved
    variance: Array
    seen: Array
    pull: Array

    def column(self, number: int) -> Array:
        """One column of K, shape (m,)."""
        column: Array = -(self.matrix @ self.solved.covariance_with(self.matrix[[number]])) / self.variance
        column /= self.variance[number]
        column[number] += 1.0 / self.variance[number]
        return column

    @property
    def diagonal(self) -> Array:
        """The diagonal of K, shape (m,)."""
        diagonal: Array = np.maximum(1.0 - self.seen / self.variance, ROUNDED) / self.variance
        return diagonal

    @property
    def tellable(self) -> NDArray[np.bool_]:
        """Whether the others imply an observation precisely enough for K to have digits left, shape (m,)."""
        return self.diagonal * self.variance > 100.0 * ROUNDED


def marginal(solved: Solved, times: Array) -> Marginal:
    """The marginal of the observations of a fit with all of them; ``times`` (n,) are the quarters of the cells."""
    from scipy.sparse import diags_array

    system = solved.system
    information = system.matrix.T @ diags_array(1.0 / system.variance) @ system.matrix + system.precision
    information += (system.constraints.T @ system.constraints) / FIRM
    seen = _seen(solved, information.tocsc(), times)
    residuals = system.target - system.matrix @ solved.values
    return Marginal(system.matrix, solved, system.variance, seen, residuals / system.variance)


def _seen(solved: Solved, information: csc_array, times: Array) -> Array:
    """The variance of each fitted observation, (m,), by bands where they agree with the solver on ``CHECKED`` rows.

    The bands are fast, but lose their digits where identities meet facts that are hardly known otherwise; the solver
    borders such rows, and takes a solution an observation.
    """
    matrix, variance = solved.system.matrix, solved.system.variance
    count = variance.size
    rows = np.unique(np.linspace(0, count - 1, CHECKED).astype(np.intp)) if count else np.zeros(0, dtype=np.intp)
    try:
        found = variances(matrix, information, times)
    except np.linalg.LinAlgError:
        return _solved_variances(solved, np.arange(count))
    told = _solved_variances(solved, rows)
    if np.all(np.abs(found[rows] - told) <= AGREEING * variance[rows]):
        return found
    return _solved_variances(solved, np.arange(count))


def _solved_variances(solved: Solved, rows: NDArray[np.intp]) -> Array:
    """The diagonal of ``A C A'`` for some rows, (rows,), by one solution each."""
    matrix = solved.system.matrix
    found = [float((matrix[[row]] @ solved.covariance_with(matrix[[row]]))[0]) for row in rows]
    return np.asarray(np.maximum(found, 0.0), dtype=float)


def distances(told: Marginal, testable: NDArray[np.bool_], doubtful: Array) -> Array:
    """How far each contradicted observation is from what those that are not imply; 0 for the others, shape (m,).

    The furthest is taken away, and the distances of the rest are those without it (data snooping, Baarda 1968,
    "A testing procedure for use in geodetic networks"), until none exceeds CONTRADICTED. A single wrong figure
    is the furthest, by the inequality of Cauchy and Schwarz; several are found in the order of their size. One
    that was taken away early and fits what is left comes back. ``doubtful`` (m,) breaks ties.

    With D the set taken away, ``K_D^-1 pull_D`` are its deviations from what the rest imply, and ``K_D^-1``
    their covariance. Taking i away is ``pull - K_i pull_i / K_ii`` and ``K - K_i K_i' / K_ii``.
    """
    away: list[int] = []
    columns: dict[int, Array] = {}
    diagonal = told.diagonal
    barred: set[int] = set()
    while True:
        pull, left = told.pull, diagonal
        if away:
            side = np.stack([columns[number] for number in away], axis=1)
            solved = np.linalg.solve(side[away], side.T)
            pull = pull - solved.T @ told.pull[away]
            left = diagonal - np.einsum("ij,ji->i", side, solved)
        # What nothing else speaks of has no distance: its row of K is rounding.
        known = testable & (left > 1e-9 * diagonal)
        known[away] = False
        far = np.where(known, np.abs(pull) / np.sqrt(np.where(known, left, 1.0)), 0.0)
        # Of those equally far to rounding the first, so that neither the unit of money nor a last digit decides.
        score = far * doubtful
        worst = int(np.argmax(score >= (1 - TIED) * score.max(initial=0.0)))
        apart = np.zeros(pull.size)
        if away:
            inverse = np.linalg.inv(side[away])
            apart[away] = np.abs(inverse @ told.pull[away]) / np.sqrt(np.diag(inverse))
        if far[worst] > CONTRADICTED:
            away.append(worst)
            columns.setdefault(worst, told.column(worst))
            continue
        back = [number for number in away if apart[number] <= CONTRADICTED and number not in barred]
        if not back:
            return apart
        nearest = min(back, key=lambda number: apart[number])
        away.remove(nearest)
        barred.add(nearest)
