"""Skill: how much better one forecaster is than another, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.evaluation.chance import resamples

REPEATS = 2000
"""Bootstrap samples of an interval."""


@dataclass(frozen=True)
class DieboldMariano:
    """A test of equal accuracy: the statistic, its two-sided p-value and the number of forecasts."""

    statistic: float
    p_value: float
    forecasts: int


def skill(loss: Array, reference: Array, units: Array) -> tuple[float, float, float]:
    """1 - mean(loss) / mean(reference), with a 95 % interval: paired bootstrap over ``units`` (n,), seed fixed.

    All forecasts of a unit (a series, or a stretch of origins of one) are drawn together, as their errors belong
    together. NaN for the interval where there is one unit only.
    """
    if not loss.size or not np.sum(reference) > 0:
        return float("nan"), float("nan"), float("nan")
    point = 1 - float(np.sum(loss) / np.sum(reference))
    names, where = np.unique(units, return_inverse=True)
    if names.size < 2:
        return point, float("nan"), float("nan")
    own = np.bincount(where, weights=loss)
    other = np.bincount(where, weights=reference)
    drawn = resamples(names.size, REPEATS)
    below = other[drawn].sum(axis=1)
    ratios = 1 - own[drawn].sum(axis=1) / np.where(below > 0, below, np.nan)
    low, high = np.nanquantile(ratios, [0.025, 0.975])
    return point, float(low), float(high)


def diebold_mariano(first: ArrayLike, second: ArrayLike, *, step: int = 1) -> DieboldMariano:
    """Diebold and Mariano's test for losses (n,) of two forecasters ``step`` periods ahead, at successive origins.

    d = first - second;  S = mean(d) / sqrt((g[0] + 2 (g[1] + ... + g[step-1])) / n), g: autocovariances of d
    statistic = S * sqrt((n + 1 - 2 step + step (step - 1) / n) / n), Student's t with n - 1 degrees of freedom

    Positive: the first has the larger loss. Where the variance estimate is not positive, its first term is taken alone.
    Source: Diebold and Mariano 1995; Harvey, Leybourne and Newbold 1997, eq. 9.
    """
    d = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    n = d.size
    if d.ndim != 1 or n < 2 or not 1 <= step < n or not np.all(np.isfinite(d)):
        raise SimulationError(
            f"the losses differ in {n} places of the shape {d.shape}, {step} steps ahead; give two lists of finite "
            "losses of the same length, with more of them than steps."
        )
    from scipy.stats import t as student

    centred = d - d.mean()
    covariances = [float(centred[k:] @ centred[: n - k]) / n for k in range(step)]
    variance = covariances[0] + 2 * sum(covariances[1:])
    variance = variance if variance > 0 else covariances[0]
    if variance <= 0:
        return (
            DieboldMariano(0.0, 1.0, n) if d.mean() == 0 else DieboldMariano(float(np.sign(d.mean()) * np.inf), 0.0, n)
        )
    correction = np.sqrt(max(n + 1 - 2 * step + step * (step - 1) / n, 0.0) / n)
    statistic = float(d.mean() / np.sqrt(variance / n) * correction)
    return DieboldMariano(statistic, float(2 * student.sf(abs(statistic), n - 1)), n)
