"""Thresholds: on each path, the value of a lever at which a goal is just reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forecast.distributions import Array

Margin: TypeAlias = Callable[[Array], Array]
"""Given the lever on each path, shape (paths,), how far each path is inside the goal: met from 0 on."""

GRID = 13
"""Values of the lever that are tried on all paths, to see which way it pulls and whether it turns back."""

STEPS = 22
"""Bisections: the bracket, one grid step, shrinks by 2**22, to 2e-7 of it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a lever does on every path.

    ``easier`` is +1 when more of the lever helps and -1 when less does: by the share of paths that succeed at
    the two ends, and where these are equal by the mean margin there. ``signed`` (paths,) holds each path's
    threshold times ``easier``: the path succeeds where ``easier * lever >= signed``; -inf when it succeeds
    whatever the lever, +inf when it never does. ``grid`` and ``shares`` are the lever values tried on all
    paths and the share of paths that succeed there. ``turning`` is the share of paths on which success is
    not monotone over the grid; their threshold is the hardest value from which they succeed without a gap up
    to the easy bound, and never when the easy bound itself fails.
    """

    easier: int
    signed: Array
    grid: Array
    shares: Array
    turning: float

    @property
    def hardest(self) -> float:
        """The end of the grid that helps least."""
        return float(self.grid[0] if self.easier == 1 else self.grid[-1])

    @property
    def best(self) -> tuple[float, float]:
        """The largest share on the grid, and the least demanding value with it (the easy end where it is 0)."""
        share = float(np.max(self.shares))
        places = np.flatnonzero(self.shares == share)
        place = places[0] if (self.easier == 1) == (share > 0) else places[-1]
        return share, float(self.grid[place])

    def bracket(self, share: float) -> tuple[float, float] | None:
        """The least demanding grid value at which ``share`` of the paths succeed, after its harder neighbour.

        None where no grid value does; the value twice where it is the hardest one.
        """
        places = np.flatnonzero(self.shares >= share)
        if len(places) == 0:
            return None
        works = int(places[0] if self.easier == 1 else places[-1])
        fails = min(max(works - self.easier, 0), len(self.grid) - 1)
        return float(self.grid[fails]), float(self.grid[works])


def lever_grid(low: float, high: float, points: int = GRID) -> Array:
    """Evenly spaced on the log scale when both are positive and far apart, else evenly spaced."""
    if low > 0 and high / low > 20:
        grid: Array = np.geomspace(low, high, points)
    else:
        grid = np.linspace(low, high, points)
    grid[0], grid[-1] = low, high
    return grid


def find_thresholds(margin: Margin, low: float, high: float, paths: int, *, steps: int = STEPS) -> Thresholds:
    """Solve for the threshold on all paths at once: a grid to bracket it, then vectorised bisection.

    Exact to one grid step over 2**22 where success is monotone; a path that turns back between two grid
    points, and only there, is not noticed.
    """
    grid = lever_grid(low, high)
    margins = np.array([margin(np.full(paths, value)) for value in grid])
    met = margins >= 0
    shares = met.mean(axis=1)
    pull = shares[-1] - shares[0] or float(np.mean(margins[-1] - margins[0]))
    easier = 1 if pull >= 0 else -1
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
        good = margin(middle) >= 0
        works, fails = np.where(good, middle, works), np.where(good, fails, middle)
    signed[solving] = easier * works[solving]
    return Thresholds(easier, signed, grid, shares, turning)


def least_demanding(
    found: Thresholds, share_at: Callable[[float], float], share: float, *, steps: int = STEPS
) -> float | None:
    """The least demanding value at which ``share`` of the paths succeed, whether or not the lever turns back.

    Bisection between the first grid value that does and its harder neighbour; None where no grid value does.
    For a monotone lever it is the quantile of the thresholds.
    """
    ends = found.bracket(share)
    if ends is None:
        return None
    fails, works = ends
    for _ in range(steps if fails != works else 0):
        middle = 0.5 * (fails + works)
        if share_at(middle) >= share:
            works = middle
        else:
            fails = middle
    return works


def narrowed(allowed: Callable[[float], bool], low: float, high: float) -> tuple[float, float] | None:
    """The part of a range that is allowed, taken to be one piece; None where no grid value is."""
    inside = [float(value) for value in lever_grid(low, high) if allowed(float(value))]
    if not inside:
        return None
    ends = _edge(allowed, inside[0], low), _edge(allowed, inside[-1], high)
    return ends if ends[0] < ends[1] else None


def _edge(allowed: Callable[[float], bool], inside: float, end: float) -> float:
    """The allowed value nearest to ``end``."""
    if allowed(end):
        return end
    outside = end
    for _ in range(60):
        middle = 0.5 * (inside + outside)
        if allowed(middle):
            inside = middle
        else:
            outside = middle
    return inside
