"""The prior: how far a line is expected to move, felt only where no fact decides."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.financials.system import Array, Row, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from forecast.financials.cells import Layout

WEAKER = 100.0
"""Factor on the variance of the prior wherever values are fitted, so that it is not heard against a fact."""

MEMORY = 40.0
"""Quarters in which the correlation of a season with itself falls to 1 / e: 0.9 from one year to the next."""

NEIGHBOURS = 8
"""Quarters before a quarter that foretell it; the others add nothing that would be felt."""


@dataclass(frozen=True)
class Habits:
    """Variances of one line in squared typical levels: the level's quarterly step, the season, a single quarter.

    ``x[t] = level[t] + season[t] + noise[t]`` with ``level[t] - level[t-1] ~ N(0, step)``, noise of variance
    ``noise``, and a season of variance ``season`` whose correlation k quarters apart is ``exp(-k / MEMORY)`` when
    k is a number of whole years, else ``-exp(-k / MEMORY) / 3``: four quarters of a pattern add up to zero.
    """

    step: float
    season: float
    noise: float

    @property
    def change(self) -> float:
        """The standard deviation of a quarter's change: ``step + 2 season (1 + 1/3) + 2 noise``, its root."""
        return math.sqrt(self.step + 8.0 / 3.0 * self.season + 2.0 * self.noise)


def components(times: Array) -> tuple[Array, Array, Array]:
    """The covariance of a unit walk (from the first quarter), season and noise at ``times`` (n,), each (n, n)."""
    apart = np.abs(times[:, None] - times)
    walk = np.minimum(times[:, None], times) - times.min()
    season = np.where(apart % 4 == 0, 1.0, -1.0 / 3.0) * np.exp(-apart / MEMORY)
    return walk, season, np.eye(times.size)


def prior_precision(layout: Layout) -> csc_array:
    """Inverse variance of the prior over scaled cells, shape (n, n): ``sum(rows.T @ rows)`` of ``prior_steps``."""
    differences = sparse_rows(prior_steps(layout, layout.levels), len(layout.cells))
    precision: csc_array = (differences.T @ differences).tocsc()
    return precision


def prior_steps(layout: Layout, names: Container[str]) -> list[Row]:
    """The prior's statements on the cells of some lines, each a row of unit variance in scaled cells.

    A line with habits has those (``foretold``). Any other is a random walk: it moves by N(0, m * changes**2) in m
    quarters, in typical levels, so that the quarters of a lone annual figure are those of Fernandez (1981), "A
    methodological note on the estimation of time series", and, without errors, of Denton (1971) with first differences.
    """
    places: dict[str, list[int]] = {}
    for place, (name, _) in enumerate(layout.cells):
        if name in names:
            places.setdefault(name, []).append(place)
    rows: list[Row] = []
    for name, held in places.items():
        times = np.array([layout.cells[place][1].ordinal for place in held], dtype=np.float64)
        habits = layout.habits.get(name) or Habits(layout.changes[name] ** 2, 0.0, 0.0)
        rows += [[(held[k], factor) for k, factor in row] for row in foretold(habits, times)]
    return rows


def foretold(habit: Habits, times: Array) -> list[Row]:
    """Rows whose squares add up to the prior's quadratic form: each change less its forecast, over its error.

    Each change is forecast from the NEIGHBOURS changes before it (Vecchia 1988, "Estimation and model
    identification for continuous spatial processes"), so that the prior is a band along time; the level stays free.
    """
    walk, season, noise = components(times)
    whole = habit.step * walk + habit.season * season + habit.noise * noise
    steps = np.diff(np.eye(times.size), axis=0)
    covariance = steps @ whole @ steps.T
    rows: list[Row] = []
    count = times.size - 1
    # The first few changes have fewer before them; all later ones have NEIGHBOURS and are solved together.
    for several in [np.arange(t, t + 1) for t in range(min(NEIGHBOURS, count))] + [np.arange(NEIGHBOURS, count)]:
        if several.size == 0:
            continue
        past = several[:, None] - np.arange(min(NEIGHBOURS, several[0]), 0, -1)
        among = covariance[past[:, :, None], past[:, None, :]]
        forecast = np.linalg.solve(among, covariance[past, several[:, None]][:, :, None])[:, :, 0]
        error = np.sqrt(covariance[several, several] - (covariance[past, several[:, None]] * forecast).sum(axis=1))
        weights = (steps[several] - np.einsum("tk,tkj->tj", forecast, steps[past])) / error[:, None]
        for row in weights:
            found = np.flatnonzero(row)
            rows.append(list(zip(found.tolist(), row[found].tolist(), strict=True)))
    return rows
