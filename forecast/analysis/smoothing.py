"""The mean of a number given a parameter, by spline regression over the paths: no path is simulated again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array

KNOTS = (1, 2, 3, 4, 6, 9)
"""Curves that are tried, by their degrees of freedom: a constant, a line, and natural cubic splines."""

END = 2.2
"""The outermost knots, in normal scores; beyond them a spline goes on straight."""


def normal_scores(values: Array) -> Array:
    """Phi^-1((rank - 1/2) / n), shape as ``values``; a mean given the score is that given the value."""
    from scipy import special

    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(special.ndtri((ranks + 0.5) / len(values)))


def basis(scores: Array, knots: int) -> Array:
    """Natural cubic spline functions of standard normal scores, shape (scores, knots).

    1, x and d[k] - d[K-1] with d[k] = ((x - xi[k])_+^3 - (x - xi[K])_+^3) / (xi[K] - xi[k]), the knots xi evenly
    spaced (Hastie, Tibshirani and Friedman 2009, Eq. 5.4 and 5.5).
    """
    columns = [np.ones_like(scores), scores][:knots]
    if knots > 2:
        xi = np.linspace(-END, END, knots)
        beyond = np.maximum(scores[:, None] - xi, 0.0)
        cubes = beyond * beyond * beyond
        d = (cubes[:, :-1] - cubes[:, -1:]) / (xi[-1] - xi[:-1])
        columns += list((d[:, :-1] - d[:, -1:]).T)
    return np.column_stack(columns)


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A fitted curve of one number over scores."""

    knots: int
    coefficients: Array

    def at(self, scores: Array) -> Array:
        """The fitted mean, shape of ``scores``."""
        return basis(scores, self.knots) @ self.coefficients


def curves(scores: Array, numbers: Array) -> list[Curve]:
    """For each row of ``numbers``, shape (rows, paths), the curve with the least generalised cross-validation.

    GCV = RSS / n / (1 - df / n)^2 (Craven and Wahba 1979) over the degrees of freedom in ``KNOTS``.
    """
    count = len(scores)
    best: list[tuple[float, Curve] | None] = [None] * len(numbers)
    for knots in KNOTS:
        if knots * 5 > count:
            break
        design = basis(scores, knots)
        fitted = np.asarray(np.linalg.lstsq(design.T @ design, design.T @ numbers.T, rcond=None)[0], dtype=float)
        misses = np.sum((numbers.T - design @ fitted) ** 2, axis=0) / count / (1 - knots / count) ** 2
        for row, miss in enumerate(misses):
            kept = best[row]
            if kept is None or miss < kept[0] * (1 - 1e-9):
                best[row] = float(miss), Curve(knots, np.asarray(fitted[:, row]))
    return [kept[1] for kept in best if kept is not None]


def chosen(fitted: Sequence[Curve], scores: Array) -> NDArray[np.intp]:
    """The row, from 1, whose curve is highest at each score, 0 where all are below zero; shape of ``scores``."""
    heights = np.vstack([np.zeros_like(scores), *[curve.at(scores) for curve in fitted]])
    return np.asarray(np.argmax(heights, axis=0))
