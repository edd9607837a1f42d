"""Rank stability: how much of an order of effects is more than Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.simulation.streams import generator

RESAMPLES = 1_000
"""Resamples of the batches; a share of them has a standard error of at most 1.6 points."""

LEVEL = 0.9
"""The share of resamples that an interval of a rank holds, and in which a stable order is the same."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """How stable an order is: ``intervals`` holds the 90 % interval of each one's rank, 1 for the largest.

    ``stable`` is the largest k for which the first k come in this order in at least 90 % of the resamples, ``first``
    the share in which the first one stays the first.
    """

    intervals: tuple[tuple[int, int], ...]
    stable: int
    first: float

    def __str__(self) -> str:
        every = len(self.intervals)
        if np.isnan(self.first):
            return "One path says nothing about the order."
        if self.stable == every:
            return "The order is stable: more paths would not change it."
        if self.stable:
            which = "The first place is" if self.stable == 1 else f"The order of the first {self.stable} is"
            return f"{which} stable; what follows is ordered within its Monte Carlo error."
        return (
            f"The first place is within its Monte Carlo error: the first keeps it in {self.first:.0%} of resamples. "
            "The ranks tell which places are certain."
        )


def ranks(values: Array, batches: Array, *, seed: int) -> Ranks:
    """Resample the batches and order the effects by size anew, each time.

    ``values`` (effects,) come in falling order of their absolute size; ``batches`` (effects, batches) are their
    estimates on the same parts of the paths. A resample draws batches with replacement, the same ones for every effect,
    so that what effects share cancels:

    value*[i] = value[i] + sqrt(b / (b - 1)) * (mean of the b drawn batches[i] - mean of all batches[i])

    The root makes the spread of the resampled mean that of its standard error. Effects of exactly zero have no order.
    Source: the bootstrap of rankings of Sarrazin, Pianosi and Wagener 2016, on batches for paths.
    """
    count, parts = batches.shape
    if parts < 2:
        return Ranks(tuple((1, count) for _ in range(count)), 0, float("nan"))
    drawn = generator(seed, "ranks").integers(0, parts, (RESAMPLES, parts))
    shares = np.array([np.bincount(row, minlength=parts) for row in drawn]) / parts
    spread = batches - batches.mean(axis=1, keepdims=True)
    resampled = np.abs(values[:, None] + np.sqrt(parts / (parts - 1)) * spread @ shares.T)
    order = np.argsort(-resampled, axis=0, kind="stable")
    places = np.argsort(order, axis=0, kind="stable") + 1
    tail = (1 - LEVEL) / 2
    ends = np.quantile(places, (tail, 1 - tail), axis=1, method="inverted_cdf").T
    same = np.logical_and.accumulate(order == np.arange(count)[:, None], axis=0).mean(axis=1)
    felt = int(np.sum(values != 0))
    ends[felt:] = felt + 1, count
    intervals = tuple((int(low), int(high)) for low, high in ends)
    return Ranks(intervals, int(np.sum(same[:felt] >= LEVEL)), float(np.mean(order[0] == 0)))
