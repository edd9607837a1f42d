"""Thresholds: on each path, the value of a lever at which a goal is just reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array

Success: TypeAlias = Callable[[Array], NDArray[np.bool_]]
"""Given the lever on each path, shape (paths,), whether each path reaches the goal."""

GRID = 13
"""Values of the lever that are tried on all paths, to see which way it pulls and whether it turns back."""

STEPS = 22
"""Bisections: the bracket, one grid step, shrinks by 2**22, to 2e-7 of it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a lever does on every path.

    ``easier`` is +1 when more of the lever helps and -1 when less does. ``signed`` (paths,) holds each
    path's threshold times ``easier``: the path succeeds where ``easier * lever >= signed``; -inf when it
    succeeds whatever the lever, +inf when it never does. ``grid`` and ``shares`` are the lever values tried
    on all paths and the share of paths that succeed there. ``turning`` is the share of paths on which
    success is not monotone over the grid; their threshold is the hardest value from which they succeed
    without a gap up to the easy bound, and never when the easy bound itself fails.
    """

    easier: int
    signed: Array
    grid: Array
    shares: Array
    turning: float


def lever_grid(low: float, high: float) -> Array:
    """Evenly spaced on the log scale when both are positive and far apart, else evenly spaced."""
    if low > 0 and high / low > 20:
        grid: Array = np.geomspace(low, high, GRID)
    else:
        grid = np.linspace(low, high, GRID)
    grid[0], grid[-1] = low, high
    return grid


def find_thresholds(success: Success, low: float, high: float, paths: int, *, steps: int = STEPS) -> Thresholds:
    """Solve for the threshold on all paths at once: a grid to bracket it, then vectorised bisection.

    Exact to one grid step over 2**22 where success is monotone; a path that turns back between two grid
    points, and only there, is not noticed.
    """
    grid = lever_grid(low, high)
    met = np.array([success(np.full(paths, value)) for value in grid])
    shares = met.mean(axis=1)
    easier = 1 if shares[-1] >= shares[0] else -1
    ordered = met if easier == 1 else met[::-1]
    values = grid if easier == 1 else grid[::-1]
    turns = np.abs(np.diff(ordered.astype(int), axis=0)).sum(axis=0)
    backwards = ordered[0] & ~ordered[-1]
    turning = float(np.mean((turns > 1) | backwards))
    # the hardest grid point from which the path succeeds all the way to the easy bound
    holds = np.logical_and.accumulate(ordered[::-1], axis=0)[::-1]
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), GRID)
    signed = np.where(first == 0, -np.inf, np.inf)
    solving = (first > 0) & (first < GRID)
    fails = values[np.clip(first - 1, 0, GRID - 1)]
    works = values[np.clip(first, 0, GRID - 1)]
    for _ in range(steps if solving.any() else 0):
        middle = 0.5 * (fails + works)
        good = success(middle)
        works, fails = np.where(good, middle, works), np.where(good, fails, middle)
    signed[solving] = easier * works[solving]
    return Thresholds(easier, signed, grid, shares, turning)
