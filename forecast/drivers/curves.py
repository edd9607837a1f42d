"""Curves of growth towards a ceiling: one quarter on, and what disclosed values say about their rates."""

from __future__ import annotations

import math

import numpy as np

from forecast.distributions import Array, Distribution, lognormal

CURVES = ("logistic", "gompertz", "bass")

PRIORS = {"logistic": (0.25, 0.6), "gompertz": (0.25, 0.6), "bass": (0.095, 0.6)}
"""Median and sigma of the rate a quarter before any data.

Logistic and Gompertz: from 10 to 90 % of the ceiling in 2 ln 9 / 0.25 = 18 quarters (logistic). Bass: imitation of 0.38
a year, the mean over 213 published fits (Sultan, Farley and Lehmann 1990, J. Marketing Research 27), mostly durables.
"""

DISCLOSURE = 0.15
"""Standard deviation of the log of one disclosed value around the curve: ARR is rounded and defined loosely."""

_SCORES = np.linspace(-6.0, 6.0, 2001)


def advance(curve: str, x: Array, ceiling: Array, rate: Array, innovation: Array | float) -> Array:
    """One quarter on from ``x``, by the exact solution of the curve; see ``SCurve``. With a ceiling of 0 it is 0."""
    there = np.greater(ceiling, 0)
    if not np.all(there):
        return np.where(there, advance(curve, x, np.where(there, ceiling, 1.0), rate, innovation), 0.0)
    if curve == "logistic":
        found: Array = ceiling * x / (x + (ceiling - x) * np.exp(-rate))
    elif curve == "gompertz":
        found = ceiling * (x / ceiling) ** np.exp(-rate)
    else:
        share, pull = x / ceiling, rate / innovation
        left = (1 - share) / (1 + share * pull) * np.exp(-(innovation + rate))
        found = ceiling * (1 - left) / (1 + left * pull)
    return found


def curve_time(curve: str, share: Array, rate: Array, innovation: float) -> tuple[Array, Array]:
    """When a curve stands at ``share`` = F of its ceiling, in quarters, and its growth F' / F a quarter there.

    logistic   log(F / (1 - F)) / r                            r * (1 - F)
    gompertz   -log(-log(F)) / r                               -r * log(F)
    bass       log((1 + F * r / p) / (1 - F)) / (p + r)        (p + r * F) * (1 - F) / F      (Bass 1969, eq. 9)
    """
    if curve == "logistic":
        return np.log(share / (1 - share)) / rate, rate * (1 - share)
    if curve == "gompertz":
        return -np.log(-np.log(share)) / rate, -rate * np.log(share)
    time = np.log((1 + share * rate / innovation) / (1 - share)) / (innovation + rate)
    return time, (innovation + rate * share) * (1 - share) / share


def fit_rate(
    curve: str, shares: Array, quarters: Array, *, prior: tuple[float, float], innovation: float
) -> tuple[Distribution, float]:
    """The rate of a curve after values at ``shares`` (n,) of the ceiling, and the logarithm of its evidence.

    time(F[i]; r) = quarter[i] - origin + e[i]          e[i] ~ normal(0, DISCLOSURE / growth(F[i]; r))

    The error is that of a logarithm known to ``DISCLOSURE``, carried to time (delta method). The origin has Jeffreys'
    prior given the rate, density ~ sqrt(sum of 1 / variance of e), so that the likelihood of a rate is

        L(r) = exp(-0.5 * min over the origin of sum((e[i] / sd[i])**2))

    up to a factor that is the same for every curve: one value says nothing about rate or curve, as it should. The
    rate's logarithm is normal before (``prior``: median and sigma); the product is summed over six sigmas to each
    side, so that falling values count as evidence of a low rate, and given as the lognormal with its first two moments.
    Evidence = log of the mean of L over the prior. With fewer than two values: the prior, evidence 0.
    """
    median, sigma = prior
    if shares.size < 2:
        return lognormal(median, sigma), 0.0
    log_rate = math.log(median) + sigma * _SCORES
    time, growth = curve_time(curve, shares, np.exp(log_rate)[:, None], innovation)
    weight = (growth / DISCLOSURE) ** 2
    late = time - quarters
    origin = np.sum(weight * late, axis=1, keepdims=True) / np.sum(weight, axis=1, keepdims=True)
    log_likelihood = -0.5 * np.sum(weight * (late - origin) ** 2, axis=1)
    log_posterior = log_likelihood - 0.5 * _SCORES**2
    top = float(log_posterior.max())
    weights = np.exp(log_posterior - top)
    evidence = top + math.log(weights.sum() / np.exp(-0.5 * _SCORES**2).sum())
    weights /= weights.sum()
    mean = float(weights @ log_rate)
    spread = math.sqrt(float(weights @ (log_rate - mean) ** 2))
    return lognormal(math.exp(mean), max(spread, 1e-6)), evidence
