"""Equations: the observations of a balance as sparse rows, written once and linearised where they bend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.financials.observations import Observation
from forecast.financials.system import Array, Row, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from forecast.financials.fitting import Balance


@dataclass(frozen=True, eq=False)
class Equations:
    """The observations as rows (m, n) at the typical levels; what does not depend on the values is written once."""

    balance: Balance
    observations: tuple[Observation, ...]
    matrix: csr_array
    target: Array
    errors: Array

    @classmethod
    def of(cls, balance: Balance, observations: Sequence[Observation]) -> Equations:
        """The rows at the typical levels."""
        built = [balance.row(one, balance.scale) for one in observations]
        matrix = sparse_rows([row for row, _, _ in built], balance.scale.size).tocsr()
        target, errors = (np.array([entry[place] for entry in built]) for place in (1, 2))
        return cls(balance, tuple(observations), matrix, target, errors)

    def at(self, values: Array) -> tuple[csr_array, Array, Array]:
        """Rows, targets and standard errors (m,) linearised at ``values`` (n,); only changes in points move rows."""
        target, errors = self.target.copy(), self.errors.copy()
        moved: dict[int, Row] = {}
        for number, one in enumerate(self.observations):
            if one.relation == "points":
                moved[number], target[number], errors[number] = self.balance.row(one, values)
            elif one.relation not in ("value", "change"):
                errors[number] = self.balance.error(one, values)
        if not moved:
            return self.matrix, target, errors
        return self._with(moved), target, errors

    def _with(self, moved: Mapping[int, Row]) -> csr_array:
        """The rows with some of them written anew."""
        from scipy.sparse import diags_array

        still = np.ones(len(self.observations))
        still[list(moved)] = 0.0
        anew = sparse_rows([moved.get(number, ()) for number in range(still.size)], self.matrix.shape[1])
        whole: csr_array = (diags_array(still) @ self.matrix + anew).tocsr()
        return whole
