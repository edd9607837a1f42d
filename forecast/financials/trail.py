"""The trail: the solved balance kept with a history, so that any figure can be traced to its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecast.financials.cells import Cell
from forecast.financials.fitting import Balance
from forecast.financials.observations import Observation
from forecast.financials.prior import WEAKER
from forecast.financials.system import RIDGE, Array, Solved

if TYPE_CHECKING:
    from scipy.sparse import csr_array

USED = 0.05
"""An identity carries a figure when moving its constant by one typical level moves the figure by this many."""


@dataclass(frozen=True)
class Pull:
    """What one observation does to one figure.

    ``gain`` is the change of the figure, in its line's unit, when the observed value rises by one in its own unit
    (a growth rate or a share by 1, that is by 100 %). ``pull`` is the part of the figure that it carries: the gain
    times the size of what is observed. ``error_share`` is the part of the figure's variance that its error brings.
    """

    observation: Observation
    gain: float
    pull: float
    error_share: float


@dataclass(frozen=True, eq=False)
class Trail:
    """A solved balance of n cells and m observations, and what its figures rest on.

    With Q the precision of the prior, K the matrix of the augmented system (``system.solve``) and e_j the unit
    vector of cell j, ``z = inverse(K) e_j`` holds the derivatives of x_j: its first m entries g by the observed
    targets, the next by the identities' constants. The estimate is linear in the targets, so its variance is

        V_j = sum_i g_i**2 s_i**2 + (part of the prior: see ``covariances``)

    exactly, s_i being the standard errors after reweighing.

    ``matrix`` (m, n), ``target`` and ``variance`` (m,) are the linearised observations relative to the typical level of
    their lines, ``values`` (n,) the figures in the units of the lines.
    """

    balance: Balance
    observations: tuple[Observation, ...]
    matrix: csr_array
    target: Array
    variance: Array
    values: Array

    def __getstate__(self) -> dict[str, object]:
        """Without the factorisation, which cannot be pickled and is made anew when asked for."""
        return {name: value for name, value in self.__dict__.items() if name not in ("solved", "fitted")}

    @cached_property
    def solved(self) -> Solved:
        """The balance solved with the prior itself, not weakened: the errors of a history are those of it."""
        return self.balance.solve(self.matrix, self.target, self.variance)

    @cached_property
    def fitted(self) -> Solved:
        """The balance solved with the weakened prior: the values of a history, and their gains, are those of it."""
        return self.balance.solve(self.matrix, self.target, self.variance, weaker=WEAKER)

    def covariance(self, columns: Sequence[int]) -> Array:
        """The covariance of the errors of some unknowns under the whole prior, shape (k, k)."""
        return self.covariances(columns)[0]

    def covariances(self, columns: Sequence[int]) -> tuple[Array, Array]:
        """The covariance of the errors of some unknowns, (k, k), and their variances under the weakened prior, (k,).

        The values are those of a prior weakened by w = WEAKER, so their errors are not its posterior. With G (m, k)
        the gains and M (n, k) the columns of the weakened system's inverse, whose prior is Q / w,

            V = G' S G + M' Q M / w**2

        exactly, S being the variances after reweighing: what the facts' errors bring, and what the prior does.
        """
        inverse = self.fitted.inverse(columns)
        gains, cells = inverse.gains, inverse.cells
        prior = self.balance.precision @ cells / WEAKER**2 + RIDGE * cells
        covariance = gains.T @ (self.variance[:, None] * gains) + cells.T @ prior
        return covariance, -cells[columns, np.arange(len(columns))]

    def pulls(self, cell: Cell) -> tuple[tuple[Pull, ...], float, tuple[str, ...]]:
        """What decides a cell: each observation's part, the prior's share of the variance, the identities used."""
        place = self.balance.place[cell]
        scale = self.balance.scale[place]
        inverse = self.fitted.inverse([place])
        gains = inverse.gains[:, 0]
        variance = float(self.covariance([place])[0, 0])
        shares = gains**2 * self.variance / variance if variance > 0 else np.zeros(gains.size)
        found = []
        for number, one in enumerate(self.observations):
            if abs(gains[number]) < 1e-12:
                continue
            level = self.balance.layout.levels[one.line]
            slope, size = self.balance.size(one, self.values)
            gain = scale * gains[number] / level * slope
            found.append(Pull(one, float(gain), float(scale * gains[number] / level * size), float(shares[number])))
        multipliers = np.abs(inverse.multipliers[:, 0])
        order = np.argsort(-multipliers, kind="stable")
        used = [number for number in order if multipliers[number] > USED]
        rules = dict.fromkeys(self.balance.layout.constraints[number].identity.text for number in used)
        return tuple(found), float(max(0.0, 1.0 - shares.sum())), tuple(rules)
