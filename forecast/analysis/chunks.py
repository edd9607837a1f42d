"""Chunks: very many paths of one scenario, some thousands at a time, each counted and let go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.histogram import Histogram
from forecast.analysis.statistic import Probability
from forecast.distributions import Array
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation import Run
from forecast.timeline import Quarter

CHUNK = 10_000
"""Paths computed at once, at most. Part of what decides the numbers, since each chunk has streams of its own."""


def sizes_of(paths: int) -> NDArray[np.int64]:
    """How many paths each chunk has: as few chunks as can be, sizes that differ by one at most."""
    edges = np.linspace(0, paths, -(-paths // CHUNK) + 1).astype(np.int64)
    return edges[1:] - edges[:-1]


@dataclass(frozen=True, eq=False, slots=True)
class Chunks:
    """The simulation in pieces: ``sizes[k]`` paths in chunk k."""

    company: CalibratedModel
    scenario: Scenario
    quarters: tuple[Quarter, ...]
    asked: tuple[tuple[str, str], ...]
    wanted: tuple[Probability, ...]
    sizes: NDArray[np.int64]
    seed: int
    sampling: str

    def computed(self, k: int) -> tuple[list[Array], list[int]]:
        """Every line over its window, (rows, paths) each, a row a quarter in which one ends; how many paths reach each
        goal.
        """
        run = Run(self.company, self.quarters, int(self.sizes[k]), self.seed, sampling=self.sampling, chunk=k)
        lines = {line for line, _ in self.asked} | {line for goal in self.wanted for line in goal.lines}
        outcome = run.outcome(self.scenario, lines)
        reached = [int(probability.numbers(outcome).sum()) for probability in self.wanted]
        windows = [outcome.values(line, over=over) for line, over in self.asked]
        return [values[~np.isnan(values[:, 0])] for values in windows], reached

    def counted(self, k: int, edges: list[Array]) -> tuple[list[tuple[Array, Histogram]], list[int]]:
        """The mean and variance of each row and its histogram, by line and window, and the goals."""
        rows, reached = self.computed(k)
        return counted_rows(rows, edges), reached


def counted_rows(rows: list[Array], edges: list[Array]) -> list[tuple[Array, Histogram]]:
    """The mean and variance of each row, shape (2, rows), and its histogram, for each line and window."""
    return [
        (np.array([values.mean(axis=1), values.var(axis=1)]), Histogram.of(np.sort(values, axis=1), ends))
        for values, ends in zip(rows, edges, strict=True)
    ]
