"""Forecasts of a line or two: Naive2, which scores are relative to, seasonal naive, which stands in, log drift."""

from __future__ import annotations

import time

import numpy as np

from accuracy_parts.answers import QUANTILES, Answer
from accuracy_parts.sets import Array, Split

CRITICAL = 1.645
"""Of a two-sided test at 90 %, as in the M4 competition."""


def naive2(values: Array, horizon: int, season: int) -> Array:
    """The last seasonally adjusted value, with the season put back, (horizon,).

    Where ``is_seasonal`` says so: f[h] = values[n] / s[n] * s[n+h], with multiplicative indices ``s`` from a
    classical decomposition; with additive ones, values[n] - s[n] + s[n+h], where a value is not positive (there
    the competition has no rule). Else the last value.

    Source: Makridakis, Spiliotis and Assimakopoulos 2020, IJF 36, appendix A; the organisers' definition.
    """
    if not is_seasonal(values, season):
        return np.full(horizon, values[-1])
    multiplicative = bool(np.all(values > 0))
    indices = seasonal_indices(values, season, multiplicative=multiplicative)
    last = (values.size - 1) % season
    future = indices[np.arange(values.size, values.size + horizon) % season]
    if multiplicative:
        return np.asarray(values[-1] / indices[last] * future, dtype=float)
    return np.asarray(values[-1] - indices[last] + future, dtype=float)


def is_seasonal(values: Array, season: int) -> bool:
    """Whether |r[m]| > 1.645 * sqrt((1 + 2 * sum(r[k]**2, k < m)) / n), with r the autocorrelations, m the season.

    Never with fewer than three years, nor for a constant.
    """
    n = values.size
    if season == 1 or n < 3 * season:
        return False
    centred = values - values.mean()
    size = float(centred @ centred)
    if size == 0:
        return False
    r = np.array([centred[k:] @ centred[: n - k] for k in range(1, season + 1)]) / size
    limit = CRITICAL * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2)) / n)
    return bool(abs(r[-1]) > limit)


def seasonal_indices(values: Array, season: int, *, multiplicative: bool) -> Array:
    """Indices (season,) of a classical decomposition, entry i for periods t with t % season == i.

    The trend is a centred moving average over one year (with half weights at the ends where ``season`` is even);
    indices are the means of ratios to it, or of differences, by season, then centred on 1, or on 0.
    """
    weights = np.ones(season) / season if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5] / season
    half = weights.size // 2
    trend = np.convolve(values, weights, mode="valid")
    middle = values[half : half + trend.size]
    relative = middle / trend if multiplicative else middle - trend
    place = np.arange(half, half + trend.size) % season
    raw = np.array([relative[place == i].mean() for i in range(season)])
    return np.asarray(raw / raw.mean() if multiplicative else raw - raw.mean(), dtype=float)


def naive2_answer(split: Split) -> Answer:
    """Naive2 as an answer, without a spread: every quantile is the point forecast."""
    point = naive2(split.train, split.horizon, split.season)
    return Answer(point, np.repeat(point[None], len(QUANTILES), axis=0), 0.0)


def seasonal_naive_answer(split: Split) -> Answer:
    """The last year again, with normal quantiles; the last value where there is not a whole year.

    f[h] = values[n + h - m * (k+1)],    sd[h] = sqrt(mean of squared seasonal differences * (k+1)),    k = h // m

    with h from 0 and m the season, or 1 where there are fewer than m + 1 values. Source: Hyndman and Athanasopoulos,
    Forecasting: Principles and Practice, 3rd edition, table 5.2.
    """
    from scipy.special import ndtri

    m = split.season if split.train.size > split.season else 1
    years = np.arange(split.horizon) // m + 1
    point = split.train[split.train.size + np.arange(split.horizon) - m * years]
    changes = split.train[m:] - split.train[:-m]
    spread = np.sqrt(np.mean(changes**2) * years) if changes.size else np.zeros(split.horizon)
    return Answer(point, point + ndtri(np.asarray(QUANTILES))[:, None] * spread, 0.0)


DRIFT = 0.5
"""Share of the mean change that log drift extrapolates; one half is much harder to beat than the whole."""


def log_drift_answer(split: Split) -> Answer:
    """A random walk on logs with half the mean change as drift, seasonally adjusted as in Naive2.

    z[t] = log(y[t] / s[t]),    mu = DRIFT * mean(z[t] - z[t-1]),    median[h] = s[n+h] * exp(z[n] + h * mu)
    variance[h] = h * (1 + h * DRIFT**2 / N) * sum((z[t] - z[t-1] - mu)**2) / (N - 1)         h = 1, ..., N changes

    On the values themselves, with additive indices, where one is not positive; quantiles are normal on that scale.
    """
    from scipy.special import ndtri

    start = time.process_time()
    y, m = split.train, split.season
    log = bool(np.all(y > 0))
    place = np.arange(y.size + split.horizon) % m
    pattern = np.full(m, 1.0 if log else 0.0)
    if is_seasonal(y, m):
        pattern = seasonal_indices(y, m, multiplicative=log)
    z = np.log(y / pattern[place[: y.size]]) if log else y - pattern[place[: y.size]]
    steps, changes = np.arange(1, split.horizon + 1), np.diff(z)
    mu = DRIFT * float(np.sum(changes)) / max(changes.size, 1)
    variance = float(np.sum((changes - mu) ** 2)) / max(changes.size - 1, 1)
    spread = np.sqrt(variance * steps * (1 + steps * DRIFT**2 / max(changes.size, 1)))
    table = z[-1] + mu * steps + ndtri(np.asarray(QUANTILES))[:, None] * spread
    future = pattern[place[y.size :]]
    quantiles = np.exp(table) * future if log else table + future
    return Answer(quantiles[QUANTILES.index(0.5)], quantiles, time.process_time() - start)
