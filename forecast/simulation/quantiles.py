"""Quantiles over paths, with or without weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.distributions import Array


def quantiles_over_paths(values: Array, levels: Sequence[float], weights: Array | None = None) -> Array:
    """Quantiles of each row of ``values`` (rows, paths), shape (rows, levels).

    Without weights: linear between order statistics, x[(n - 1) p] (Hyndman and Fan 1996, definition 7). With weights w,
    which add up to one: the smallest x with weight of at least p at or below it, the inverse of the
    weighted distribution function (definition 1).
    """
    if weights is None:
        return np.asarray(np.quantile(values, list(levels), axis=1).T)
    order = np.argsort(values, axis=1, kind="stable")
    below = np.cumsum(weights[order], axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    # a rounding error of the sum must not push a level past the last path
    places = np.stack([np.sum(below < level - 1e-12, axis=1) for level in levels], axis=1)
    return np.asarray(np.take_along_axis(ordered, np.minimum(places, values.shape[1] - 1), axis=1))
