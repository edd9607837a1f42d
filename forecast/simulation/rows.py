"""Rows: one line quarter by quarter, all of it where it is asked for and else only what is still read."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.distributions import Array


class Rows:
    """What a line was in each quarter, read-only, shape (paths,), or () in a quarter where all paths agree.

    With ``keep`` every quarter is kept, in one array of shape (quarters, paths); ``memory`` is one to write over.
    Without, the last ``depth`` quarters are, or all of them where ``depth`` is None. Where the rows are ``summed``,
    ``total`` is the sum of all numbers put so far, which is finite only if each of them is.
    """

    __slots__ = ("_array", "_depth", "_keep", "_memory", "_paths", "_summed", "rows", "total")

    def __init__(
        self,
        quarters: int,
        paths: int,
        *,
        keep: bool,
        depth: int | None = None,
        summed: bool = False,
        memory: Array | None = None,
    ) -> None:
        self.rows: list[Any] = [None] * quarters
        self.total = 0.0
        self._paths = paths
        self._keep = keep
        self._depth = None if keep else depth
        self._summed = summed
        self._memory = memory
        self._array: Array | None = None

    def put(self, step: int, value: Any) -> None:
        """The line in a quarter, quarters in their order."""
        if type(value) is not np.ndarray or value.dtype != np.float64:
            value = np.asarray(value, dtype=float)
        if value.ndim and value.shape[0] != self._paths:
            value = np.broadcast_to(value, (self._paths,))
        if self._summed:
            self.total += np.add.reduce(value) if value.ndim else float(value)
        if self._keep and (value.ndim or self._array is not None):
            array = self._whole(step)
            array[step] = value
            value = array[step] if value.ndim else value
        value.flags.writeable = False
        self.rows[step] = value
        if self._depth is not None and step >= self._depth:
            self.rows[step - self._depth] = None

    def kept(self) -> Array:
        """Every quarter, shape (quarters, paths); a line on which all paths agree throughout takes no more room."""
        if self._array is not None:
            return self._array
        return np.broadcast_to(np.array(self.rows, dtype=float)[:, None], (len(self.rows), self._paths))

    def _whole(self, step: int) -> Array:
        """The array of all quarters, made when the paths part for the first time."""
        if self._array is None:
            shape = (len(self.rows), self._paths)
            self._array = np.empty(shape) if self._memory is None else self._memory
            for earlier in range(step):
                self._array[earlier] = self.rows[earlier]
        return self._array


def rows_of(array: Array) -> list[Array]:
    """The rows of a line that is known already; numbers where it is one on which all paths agree."""
    if array.ndim == 2 and array.strides[1] == 0 and array.shape[1] > 1:
        array = array[:, 0]
        rows = [np.asarray(number) for number in array]
    else:
        rows = list(array)
    for row in rows:
        row.flags.writeable = False
    return rows
