"""Quantiles over paths, with or without weights: of many paths by selection, not by sorting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array
from forecast.simulation.threads import available, each_in_order

BLOCK = 65_536
"""Paths looked at together, so that they stay in a processor's second cache; longer rows are narrowed down first."""

SHORT = 1_024
"""Numbers that are sorted rather than selected from."""

WHOLE = 4_096
"""Paths up to which all rows are sorted in one call: it is over before a selection by rows has begun."""


def quantiles_over_paths(
    values: Array, levels: Sequence[float] | Array, weights: Array | None = None, *, threads: int | None = None
) -> Array:
    """Quantiles of each row of ``values`` (rows, paths), shape (rows, levels).

    Without weights: linear between order statistics, x[(n - 1) p] (Hyndman and Fan 1996, definition 7), the numbers
    of ``np.quantile`` to the last bit (a zero may have the other sign). A row with a NaN gives NaN. Infinite
    numbers count as such: between a finite and an infinite one lies the infinite one, between -inf and inf NaN. With
    weights w, which add up to one: the smallest x with weight of at least p at or below it, the inverse of
    the weighted distribution function (definition 1).

    Long rows are shared out to ``threads`` (all processors by default), short ones gain nothing by it; the number of
    threads does not change a bit.
    """
    if weights is not None:
        return _weighted(values, levels, weights)
    place = (values.shape[1] - 1) * np.asarray(levels, dtype=float)
    lower = np.floor(place).astype(np.intp)
    upper = np.minimum(lower + 1, values.shape[1] - 1)
    if values.shape[1] <= WHOLE:
        ordered = np.sort(values, axis=1)
        ordered[np.isnan(ordered[:, -1])] = np.nan  # a NaN is sorted to the end
        return _between(ordered[:, lower], ordered[:, upper], place - np.floor(place))
    ranks = np.unique(np.concatenate([lower, upper]))
    crew = (available() if threads is None else threads) if values.shape[1] > BLOCK else 1
    rows = [values[i] for i in range(len(values))]
    found = np.empty((len(rows), len(ranks)))
    for i, selected in enumerate(each_in_order(lambda row: order_statistics(row, ranks), rows, crew)):
        found[i] = selected
    return _between(
        found[:, np.searchsorted(ranks, lower)], found[:, np.searchsorted(ranks, upper)], place - np.floor(place)
    )


def order_statistics(row: Array, ranks: NDArray[np.intp]) -> Array:
    """The numbers of these ranks, 0 the smallest, of ``row`` (paths,); NaN for all where it holds a NaN.

    ``ranks`` rise. A long row is first narrowed down to the few numbers that can have those ranks: a sample of about
    4 n^(2/3) gives for each rank two numbers it lies between in all likelihood (Floyd and Rivest 1975), one
    pass over the row counts what is below the lower one and picks what lies between them. The counts
    tell whether the ranks are among what was picked; where not, the whole row is searched. Exact either way.
    """
    narrowed = _narrowed(row, ranks) if len(row) > BLOCK and len(ranks) > 0 else None
    if narrowed is None:
        if np.isnan(row).any():
            return np.full(len(ranks), np.nan)
        narrowed = row.copy(), ranks
    picked, places = narrowed
    _select(picked, 0, len(picked), np.unique(places))
    return picked[places]


def _narrowed(row: Array, ranks: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]] | None:
    """Numbers among which those of the ranks are, and their ranks there; None where the sample misled."""
    n = len(row)
    sample = np.sort(row[:: max(1, int(n ** (1 / 3) / 4))])
    # neighbouring ranks, the two of one quantile, share their edges
    group = np.concatenate([[0], np.cumsum(np.diff(ranks) > 1)])
    edges = _edges(sample, ranks[np.searchsorted(group, np.arange(group[-1] + 1))], n)
    below = np.zeros(len(edges), dtype=np.intp)
    pieces = []
    under, within, wanted = np.empty((3, BLOCK), dtype=bool)
    for first in range(0, n, BLOCK):
        block = row[first : first + BLOCK]
        one, two, any_of = under[: len(block)], within[: len(block)], wanted[: len(block)]
        if np.isnan(block, out=any_of).any():
            return None
        for k, (low, high) in enumerate(edges):
            np.less(block, low, out=one)
            below[k] += np.count_nonzero(one)
            np.less_equal(block, high, out=two)
            # below low is also at or below high, so that what differs lies between them
            np.logical_xor(one, two, out=two)
            np.logical_or(any_of, two, out=any_of)
        pieces.append(block[np.flatnonzero(any_of)])
    picked = np.concatenate(pieces)
    fewer = np.array([np.count_nonzero(picked < low) for low, _ in edges])
    enough = np.array([np.count_nonzero(picked <= high) for _, high in edges])
    places = ranks - (below - fewer)[group]
    return (picked, places) if np.all((fewer[group] <= places) & (places < enough[group])) else None


def _edges(sample: Array, ranks: NDArray[np.intp], n: int) -> list[tuple[float, float]]:
    """For each rank two numbers of the sorted sample, four standard errors to either side of its place there."""
    share = (ranks + 0.5) / n
    reach = 4.0 * np.sqrt(len(sample) * share * (1.0 - share)) + 2.0
    first = np.floor(len(sample) * share - reach).astype(int)
    last = np.ceil(len(sample) * share + reach).astype(int)
    return [
        (sample[low] if low >= 0 else -np.inf, sample[high] if high < len(sample) else np.inf)
        for low, high in zip(first, last, strict=True)
    ]


def _select(numbers: Array, first: int, last: int, ranks: NDArray[np.intp]) -> None:
    """Reorder ``numbers[first:last]`` in place so that those of the given ranks stand where sorting would put them.

    The middle rank is selected first, the others then in what is left on its two sides: one rank at a time is
    several times faster than ``np.partition`` with a list.
    """
    if len(ranks) == 0:
        return
    if last - first <= SHORT:
        numbers[first:last].sort()
        return
    middle = len(ranks) // 2
    rank = int(ranks[middle])
    numbers[first:last].partition(rank - first)
    rest = ranks[middle + 1 :]
    if len(rest) > 0 and rest[0] == rank + 1:
        above = numbers[rank + 1 : last]
        least = int(np.argmin(above))
        above[0], above[least] = above[least], above[0]
        rank, rest = rank + 1, rest[1:]
    _select(numbers, first, int(ranks[middle]), ranks[:middle])
    _select(numbers, rank + 1, last, rest)


def _between(lower: Array, upper: Array, share: Array) -> Array:
    """Linear between order statistics, as ``np.quantile`` rounds it: from the nearer end."""
    with np.errstate(invalid="ignore", over="ignore"):
        gap = upper - lower
        line = np.where(share >= 0.5, upper - gap * (1.0 - share), lower + gap * share)
        return np.where(
            (share == 0.0) | (lower == upper),
            lower,
            np.where(np.isfinite(gap), line, lower * (1.0 - share) + upper * share),
        )


def _weighted(values: Array, levels: Sequence[float] | Array, weights: Array) -> Array:
    order = np.argsort(values, axis=1, kind="stable")
    below = np.cumsum(weights[order], axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    # a rounding error of the sum must not push a level past the last path
    places = np.stack([np.sum(below < level - 1e-12, axis=1) for level in levels], axis=1)
    return np.asarray(np.take_along_axis(ordered, np.minimum(places, values.shape[1] - 1), axis=1))
