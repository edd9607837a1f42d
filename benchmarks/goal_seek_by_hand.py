"""The Kunlun goal seek by hand: a grid to see which way a lever pulls, then bisection on all paths at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from kunlun_by_hand import RESEARCH, Given, Lines, growth, statement

from forecast.analysis.thresholds import lever_grid
from forecast.distributions import Array


def margins(given: Given, base: Lines, lever: str, values: Array) -> Array:
    """The best trailing-year net profit on each path with the lever at ``values``, both (paths,)."""
    p, line, lines = given.by_quarter(), lever.split(".")[0], dict(base)
    p[lever] = [values] * given.quarters
    if line in (RESEARCH, "administration"):
        lines[line], lines[f"{line}.rate"] = growth(line, p, given)
    profit = statement(p, given, lines, {line}, cash=False)["net_profit"]
    before = np.broadcast_to(np.array(given.past["net_profit"][1:])[:, None], (3, given.paths))
    long = np.concatenate([before, profit])
    return np.asarray(np.max(long[3:] + long[2:-1] + long[1:-2] + long[:-3], axis=0))


def thresholds(
    given: Given, base: Lines, lever: str, between: tuple[float, float], steps: int, evaluations: int
) -> Array:
    """The lever's hardest value that reaches zero on each path: infinite where none or every one does.

    ``evaluations`` is how many the library makes for this lever; those not needed here are made all the same.
    """
    grid = lever_grid(*between)
    tries = np.array([margins(given, base, lever, np.full(given.paths, value)) for value in grid])
    met: Any = tries >= 0
    sign = 1 if met[-1].mean() >= met[0].mean() else -1
    met, grid, last = met[::sign], grid[::sign], len(grid) - 1
    holds = np.logical_and.accumulate(met[::-1], axis=0)[::-1]
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), last + 1)
    fails, works = grid[np.clip(first - 1, 0, last)], grid[np.clip(first, 0, last)]
    for _ in range(steps):
        middle = 0.5 * (fails + works)
        good = margins(given, base, lever, middle) >= 0
        works, fails = np.where(good, middle, works), np.where(good, fails, middle)
    for _ in range(evaluations - len(grid) - steps):
        margins(given, base, lever, works)
    never = np.where(first > last, np.inf * sign, works)
    return np.asarray(np.where(first == 0, -np.inf * sign, never))
