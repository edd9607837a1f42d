"""Minimum relative entropy: the weights of paths that meet conditions on means and stay nearest to where they were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array

STEPS = 300
"""Newton steps at most; five to twenty are usual."""

TOLERANCE = 1e-10
"""How exactly a condition is met, in standard deviations of what it is about."""


def pooled(prior: Array, rows: Array, low: Array, high: Array) -> Array | None:
    """The weights w (paths,) with the least relative entropy to ``prior`` among those that meet the conditions.

    minimise  sum_j w_j log(w_j / p_j)   subject to   sum_j w_j = 1,   low_i <= sum_j w_j a_ij <= high_i

    ``rows`` a has shape (conditions, paths); ``low`` and ``high`` (conditions,) may be equal, or infinite on one side.
    The answer is ``w_j = p_j exp(lambda' a_j) / Z`` with the multipliers that minimise the dual
    ``log Z(lambda) - lambda' b``, which has as many unknowns as there are conditions; b_i is ``low_i`` where lambda_i
    is positive and ``high_i`` where it is negative, and lambda_i is 0 where a range holds by itself. None where no
    weights meet the conditions together. Source: Meucci 2008, "Fully flexible views: theory and practice", Risk
    21(10), the numerical solution of the appendix; Robertson, Tallman and Whiteman 2005, "Forecasting using relative
    entropy", Journal of Money, Credit and Banking 37(3).
    """
    rows, low, high = np.atleast_2d(rows), np.atleast_1d(low), np.atleast_1d(high)
    support = _support(prior, rows, low, high)
    if support is None:
        return None
    start = prior[support] / prior[support].sum()
    tilted = _tilted_to(start, *_standardised(start, rows[:, support], low, high))
    if tilted is None:
        return None
    weights = np.zeros(len(prior))
    weights[support] = tilted
    return weights


def relative_entropy(weights: Array, prior: Array) -> float:
    """``sum w log(w / p)`` in nats, with 0 log 0 = 0: how far the weights are from the prior ones; 0 where equal."""
    held = weights > 0
    return max(0.0, float(np.sum(weights[held] * np.log(weights[held] / prior[held]))))


def _support(prior: Array, rows: Array, low: Array, high: Array) -> NDArray[np.bool_] | None:
    """The paths that may keep a weight; None where a condition lies outside what the paths reach.

    A mean at the very end of its range (a probability of one) leaves only the paths that are there.
    """
    support = prior > 0
    for _ in range(len(rows) + 1):
        before = support.sum()
        for row, least, most in zip(rows, low, high, strict=True):
            bottom, top = row[support].min(), row[support].max()
            slack = 1e-12 * max(top - bottom, abs(top), abs(bottom))
            if least > top + slack or most < bottom - slack:
                return None
            if least >= top - slack:
                support = support & (row >= top - slack)
            elif most <= bottom + slack:
                support = support & (row <= bottom + slack)
        if support.sum() == before:
            break
    return support


def _standardised(prior: Array, rows: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """The conditions in standard deviations from the prior mean; rows that do not vary are left out: they hold."""
    middle = rows @ prior
    spread = np.sqrt((rows - middle[:, None]) ** 2 @ prior)
    varies = spread > 1e-12 * np.maximum(1.0, np.abs(middle))
    rows, middle, spread = rows[varies], middle[varies], spread[varies]
    return (rows - middle[:, None]) / spread[:, None], (low[varies] - middle) / spread, (high[varies] - middle) / spread


def _tilted_to(prior: Array, features: Array, low: Array, high: Array) -> Array | None:
    """Newton steps on the dual, halved until it falls; the multiplier of a range stops at zero before it turns.

    This is the projected Newton method (Bertsekas 1982) on the orthant in which the multipliers lie. Minus the dual is
    never above the relative entropy of weights that meet the conditions (weak duality), and that is at most
    ``max_j log(1 / p_j)``: once it is passed, there are no such weights.
    """
    logs = np.log(prior)
    furthest = float(-logs.min())
    equal = low == high
    multipliers = np.zeros(len(low))
    value, weights = _dual(logs, features, np.zeros(len(low)), multipliers)
    for _ in range(STEPS):
        means = features @ weights
        wanted = np.where(means < low, 1.0, np.where(means > high, -1.0, 0.0))
        sign = np.where(multipliers != 0, np.sign(multipliers), wanted)
        moving = equal | (sign != 0)
        targets = np.where(sign > 0, low, high)
        slope = np.where(moving, means - np.where(moving, targets, 0.0), 0.0)
        if np.abs(slope).max(initial=0.0) <= TOLERANCE:
            return weights
        if -value > furthest + 1e-6:
            return None
        centred = features[moving] - means[moving][:, None]
        curvature = (centred * weights) @ centred.T
        ridge = 1e-12 * max(1.0, float(np.trace(curvature))) * np.eye(len(curvature))
        step = np.zeros(len(low))
        step[moving] = -np.linalg.solve(curvature + ridge, slope[moving])
        fraction = 1.0
        while True:
            tried = multipliers + fraction * step
            tried = np.where(equal | (np.sign(tried) == sign), tried, 0.0)
            new_value, new_weights = _dual(logs, features, np.where(moving, targets, 0.0), tried)
            fall = 1e-4 * float(slope @ (multipliers - tried))
            if new_value <= value - fall + 1e-14 * (1.0 + abs(value)) or fraction < 1e-10:
                break
            fraction /= 2
        multipliers, value, weights = tried, new_value, new_weights
    return None


def _dual(logs: Array, features: Array, targets: Array, multipliers: Array) -> tuple[float, Array]:
    """``log Z(lambda) - lambda' b`` and the weights at lambda; exponents are shifted so that none overflows."""
    exponents = logs + multipliers @ features
    largest = exponents.max()
    powers = np.exp(exponents - largest)
    total = powers.sum()
    return float(largest + np.log(total) - multipliers @ targets), powers / total
