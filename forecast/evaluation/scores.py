"""Scores of one forecast: sample paths against what came, by rules that honesty cannot lose to."""

from __future__ import annotations

import numpy as np

from forecast.distributions import Array

DECILES = np.arange(1, 10) / 10
"""Levels over which the quantile loss is averaged."""

LEVELS = (0.8, 0.95)
"""Central intervals whose coverage and interval score are kept."""


def score_steps(actual: Array, paths: Array) -> dict[str, Array]:
    """Scores of each step, (H,) each, of ``paths`` (H, n) against ``actual`` (H,), in the unit of the data.

    - ``median``; ``error`` = actual - median; ``smape`` = 200 |error| / (|actual| + |median|), 0 where both are 0
    - ``crps`` = mean |x - y| - mean |x - x'| / 2 over paths x (Gneiting and Raftery 2007, eq. 21; scoringrules)
    - ``loss``: twice the pinball loss, mean over the deciles
    - ``covered80``, ``covered95``; ``interval80``, ``interval95``: interval score (Gneiting and Raftery 2007, eq. 43)
    - ``pit`` = share of paths below what came, ties by half: uniform if the forecast is calibrated
    """
    from scoringrules import crps_ensemble, interval_score, quantile_score

    median = np.median(paths, axis=1)
    size = np.abs(actual) + np.abs(median)
    deciles = np.quantile(paths, DECILES, axis=1)
    losses = [
        2 * np.reshape(quantile_score(actual, q, float(p)), actual.shape) for p, q in zip(DECILES, deciles, strict=True)
    ]
    found = {
        "actual": actual,
        "median": median,
        "error": actual - median,
        "smape": 200 * np.abs(actual - median) / np.where(size > 0, size, 1.0),
        "crps": np.reshape(crps_ensemble(actual, paths, estimator="qd"), actual.shape),
        "loss": np.mean(losses, axis=0),
        "pit": np.mean(paths < actual[:, None], axis=1) + 0.5 * np.mean(paths == actual[:, None], axis=1),
    }
    for level in LEVELS:
        low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=1)
        found[f"covered{100 * level:.0f}"] = ((low <= actual) & (actual <= high)).astype(float)
        found[f"interval{100 * level:.0f}"] = np.reshape(interval_score(actual, low, high, 1 - level), actual.shape)
    return found


def energy(actual: Array, paths: Array) -> float:
    """Energy score of the whole path, mean |X - y| - mean |X - X'| / 2 with Euclidean norms over the steps.

    The multivariate CRPS: it also judges how the steps hang together. X' are the paths in a rotated order, so that
    the cost is linear in their number. Source: Gneiting and Raftery 2007, eq. 22.
    """
    near = np.linalg.norm(paths - actual[:, None], axis=0).mean()
    apart = np.linalg.norm(paths - np.roll(paths, 1, axis=1), axis=0).mean()
    return float(near - apart / 2)


def seasonal_scale(history: Array, season: int) -> float:
    """Mean absolute change on the year (on the period where there is no full year), the unit of MASE.

    NaN where it is 0 or the history has one value. Source: Hyndman and Koehler 2006, with the seasonal naive forecast.
    """
    lag = season if history.size > season else 1
    if history.size <= lag:
        return float("nan")
    scale = float(np.mean(np.abs(history[lag:] - history[:-lag])))
    return scale if scale > 0 else float("nan")
