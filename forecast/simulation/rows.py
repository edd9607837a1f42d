"""Rows: one line quarter by quarter, all of it where it is asked for and else only what is still read."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.distributions import Array

BLOCK = 2**23
"""Bytes that lines share at most: the system hands out few large blocks of memory faster than many small ones."""


class Store:
    """Arrays of shape (quarters, paths), handed out one by one; ``count`` is how many will be wanted."""

    def __init__(self, quarters: int, paths: int, count: int = 1) -> None:
        self.quarters = quarters
        self.paths = paths
        self._left = count
        self._free: list[Array] = []

    def hand_out(self) -> Array:
        """A new array, with whatever is in it."""
        if not self._free:
            together = max(1, min(self._left, BLOCK // (8 * self.quarters * self.paths)))
            self._free = list(np.empty((together, self.quarters, self.paths)))
            self._left -= together
        return self._free.pop()


class Shelf:
    """Arrays by name, to be written over each time that they are taken; new ones come from the ``store``."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._taken: dict[str, Array] = {}

    def take(self, name: str) -> Array:
        """The array of that name, which nobody needs any more, or a new one."""
        if name not in self._taken:
            self._taken[name] = self.store.hand_out()
        return self._taken[name]


class Rows:
    """What a line was in each quarter, read-only, shape (paths,), or () in a quarter where all paths agree.

    With ``keep`` every quarter is kept, in one array from the ``shelf``. Without, ``rows`` alone holds them, until it
    is emptied of them. Where the rows are ``summed``, ``total`` is the sum of all numbers put so far, which is finite
    only if each of them is.
    """

    __slots__ = ("_array", "_name", "_shelf", "_summed", "keep", "rows", "total")

    def __init__(self, name: str, shelf: Shelf, *, keep: bool, summed: bool = False) -> None:
        self.rows: list[Any] = [None] * shelf.store.quarters
        self.total = 0.0
        self.keep = keep
        self._name = name
        self._shelf = shelf
        self._summed = summed
        self._array: Array | None = None

    def put(self, step: int, value: Any) -> None:
        """The line in a quarter, quarters in their order."""
        if type(value) is not np.ndarray or value.dtype != np.float64:
            value = np.asarray(value, dtype=float)
        if value.ndim and value.shape[0] != self._shelf.store.paths:
            value = np.broadcast_to(value, (self._shelf.store.paths,))
        if self._summed:
            self.total += np.add.reduce(value) if value.ndim else float(value)
        if self.keep and (value.ndim or self._array is not None):
            array = self._whole(step)
            array[step] = value
            value = array[step] if value.ndim else value
        value.flags.writeable = False
        self.rows[step] = value

    def kept(self) -> Array:
        """Every quarter, shape (quarters, paths); a line on which all paths agree throughout takes no more room."""
        if self._array is not None:
            return self._array
        return np.broadcast_to(np.array(self.rows, dtype=float)[:, None], (len(self.rows), self._shelf.store.paths))

    def _whole(self, step: int) -> Array:
        """The array of all quarters, made when the paths part for the first time."""
        if self._array is None:
            self._array = self._shelf.take(self._name)
            for earlier in range(step):
                self._array[earlier] = self.rows[earlier]
        return self._array


def rows_of(array: Array | list[Array]) -> list[Array]:
    """The rows of a line that is known already; numbers where it is one on which all paths agree."""
    if isinstance(array, list):
        return array
    if array.ndim == 2 and array.strides[1] == 0 and array.shape[1] > 1:
        array = array[:, 0]
        rows = [np.asarray(number) for number in array]
    else:
        rows = list(array)
    for row in rows:
        row.flags.writeable = False
    return rows
