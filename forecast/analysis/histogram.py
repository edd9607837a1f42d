"""Histograms of very many paths: exact counts in buckets laid by the first ones, and quantiles from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array
from forecast.simulation import quantiles_over_paths

BUCKETS = 4_096
"""Buckets between the outer edges; beyond them are two more, open to the smallest and the largest number seen."""

KNOTS = 128
"""Quantiles of the first paths that the edges are laid along."""

REACH = 4.0
"""Normal score of the outer edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts of the numbers of each row between edges.

    ``edges`` has shape (rows, BUCKETS + 1). ``counts`` (rows, BUCKETS + 2) holds how many are below the first edge,
    between each two (the lower one included), and from the last one on; ``low`` and ``high`` (rows,) the smallest and
    the largest.
    """

    edges: Array
    counts: NDArray[np.int64]
    low: Array
    high: Array

    @classmethod
    def of(cls, ordered: Array, edges: Array) -> Histogram:
        """The histogram of sorted rows, shape (rows, paths)."""
        below = np.array([np.searchsorted(row, ends, side="left") for row, ends in zip(ordered, edges, strict=True)])
        counts = np.diff(below, prepend=0, append=ordered.shape[1])
        return cls(edges, counts.astype(np.int64), ordered[:, 0].copy(), ordered[:, -1].copy())

    def merged(self, other: Histogram) -> Histogram:
        """Both together; they have the same edges."""
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return Histogram(self.edges, self.counts + other.counts, low, high)

    def quantiles(self, levels: Array) -> Array:
        """About x[(n - 1) p], shape (rows, levels): straight through the bucket, as if its numbers were spread evenly.

        The number of rank r, 0 the smallest, is taken to lie at the share (r + 0.5 - b) / c of the bucket that holds c
        numbers and has b below it.
        """
        places = (self._below()[:, -1:] - 1) * levels + 0.5
        rows = zip(places, self._below(), self._ends(), strict=True)
        return np.array([np.interp(place, below, ends) for place, below, ends in rows])

    def bounds(self, levels: Array) -> Array:
        """The most that ``quantiles`` can be away from the exact ones, shape (rows, levels).

        Counts are exact, so the two order statistics of a quantile lie in known buckets; the estimate lies between the
        ends of these as well.
        """
        place = (self._below()[0, -1] - 1) * levels
        found = []
        for below, ends in zip(self._below(), self._ends(), strict=True):
            lower = np.searchsorted(below, np.floor(place), side="right") - 1
            upper = np.searchsorted(below, np.ceil(place), side="right")
            found.append(ends[upper] - ends[lower])
        return np.array(found)

    def _below(self) -> NDArray[np.int64]:
        """How many numbers are below each end of a bucket, from the smallest number to the largest."""
        return np.concatenate([np.zeros((len(self.counts), 1), dtype=np.int64), np.cumsum(self.counts, axis=1)], axis=1)

    def _ends(self) -> Array:
        # the first paths lay the edges, so that no number needs to lie beyond the outer ones
        low, high = np.minimum(self.low, self.edges[:, 0]), np.maximum(self.high, self.edges[:, -1])
        return np.concatenate([low[:, None], self.edges, high[:, None]], axis=1)


def edges_of(values: Array) -> Array:
    """Edges of the buckets from the first paths (rows, paths), shape (rows, BUCKETS + 1).

    They follow the quantiles at ``KNOTS + 1`` evenly spaced normal scores, and are evenly spaced between two of these:
    as fine in the tails as in the middle, 0.002 standard deviations of a normal line, and not as
    irregular as the gaps between single paths. A number that many paths share, over which edges coincide, has a bucket
    of its own, so that it is not spread evenly up to the next number.
    """
    from scipy import special

    knots = np.linspace(-REACH, REACH, KNOTS + 1)
    scores = np.linspace(-REACH, REACH, BUCKETS + 1)
    edges = np.array([np.interp(scores, knots, row) for row in quantiles_over_paths(values, special.ndtr(knots))])
    shared = (edges[:, 1:-1] == edges[:, :-2]) & (edges[:, 1:-1] < edges[:, 2:])
    edges[:, 2:][shared] = np.nextafter(edges[:, 1:-1][shared], np.inf)
    return edges
