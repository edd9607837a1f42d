"""Weights of paths: how many paths of equal weight they are worth."""

from __future__ import annotations

from forecast.distributions import Array


def effective_paths(weights: Array | None, paths: int) -> float:
    """``1 / sum w**2`` with weights that add up to one; all ``paths`` where they count alike.

    A weighted mean over paths has the sampling variance ``sum w**2 (f - mean)**2``, which is that of a mean over this
    many paths of equal weight where f and w are unrelated (Kish 1965, "Survey Sampling", section 11.7).
    """
    return float(paths) if weights is None else float(1.0 / (weights @ weights))
