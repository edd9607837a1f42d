"""Scores of one forecast, exactly as the README of the data defines them, and their mean over a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accuracy_parts.answers import QUANTILES, Answer
from accuracy_parts.sets import Array, Split

DECILES = tuple(i for i, q in enumerate(QUANTILES) if q not in (0.025, 0.975))
"""Where the deciles are among ``QUANTILES``."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one method on the series of a set, in their order; NaN where the scale is unknown.

    - ``smape`` (n,) in percent, ``mase`` (n,), ``loss`` (n,): the scaled quantile loss.
    - ``inside80``, ``inside95`` (n,): how many of the test points lie inside the central interval; ``points`` (n,).
    - ``totals80``, ``totals95``, ``totals`` (n,): the same of sums over whole years; 0 where there are none.
    - ``seconds`` (n,) of processor time; ``failures``: series on which a stand-in was scored.
    """

    smape: Array
    mase: Array
    loss: Array
    inside80: Array
    inside95: Array
    points: Array
    totals80: Array
    totals95: Array
    totals: Array
    seconds: Array
    failures: int = 0


def smape(actual: Array, forecast: Array) -> float:
    """200 * mean(|y - f| / (|y| + |f|)), in percent; a step where both are 0 counts 0."""
    size = np.abs(actual) + np.abs(forecast)
    return float(200 * np.mean(np.divide(np.abs(actual - forecast), size, out=np.zeros_like(size), where=size > 0)))


def mase(actual: Array, forecast: Array, scale: float) -> float:
    """mean |y - f| / scale, the scale as in ``Split``. Source: Hyndman and Koehler 2006, IJF 22, section 3."""
    return float(np.mean(np.abs(actual - forecast)) / scale)


def scaled_quantile_loss(actual: Array, quantiles: Array, probabilities: Sequence[float], scale: float) -> float:
    """mean over steps and p of 2 * max(p * (y - q), (p - 1) * (y - q)) / scale.

    ``quantiles`` (probabilities, h). At the median alone it is the MASE.
    """
    gap = actual[None, :] - quantiles
    p = np.asarray(probabilities)[:, None]
    return float(np.mean(2 * np.maximum(p * gap, (p - 1) * gap)) / scale)


def inside(actual: Array, quantiles: Array, level: float) -> int:
    """How many of ``actual`` (h,) lie in the central interval of ``level``, its ends included."""
    low, high = (QUANTILES.index(round(0.5 + side * level / 2, 3)) for side in (-1, 1))
    return int(np.sum((quantiles[low] <= actual) & (actual <= quantiles[high])))


def year_sums(values: Array, season: int) -> Array:
    """Sums over whole years of values (h, ...) that start right after the history: (h // season, ...).

    None for yearly values, whose sums are the values themselves, and for parts of a year at the end.
    """
    years = values.shape[0] // season if season > 1 else 0
    whole = values[: years * season].reshape(years, season, *values.shape[1:])
    return np.asarray(whole.sum(axis=1), dtype=float)


def score(splits: Sequence[Split], answers: Sequence[Answer], failures: int = 0) -> Scores:
    """Scores of the answers to the splits, pairwise."""
    pairs = list(zip(splits, answers, strict=True))
    probabilities = [QUANTILES[i] for i in DECILES]
    sums = [year_sums(s.test, s.season) if a.totals is not None else np.empty(0) for s, a in pairs]
    totals = [(actual, a.totals) for actual, (_, a) in zip(sums, pairs, strict=True)]

    def column(numbers: Sequence[float]) -> Array:
        return np.asarray(numbers, dtype=float)

    return Scores(
        smape=column([smape(s.test, a.point) for s, a in pairs]),
        mase=column([mase(s.test, a.point, s.scale) for s, a in pairs]),
        loss=column(
            [scaled_quantile_loss(s.test, a.quantiles[list(DECILES)], probabilities, s.scale) for s, a in pairs]
        ),
        inside80=column([inside(s.test, a.quantiles, 0.80) for s, a in pairs]),
        inside95=column([inside(s.test, a.quantiles, 0.95) for s, a in pairs]),
        points=column([s.horizon for s, _ in pairs]),
        totals80=column([0 if t is None else inside(actual, t, 0.80) for actual, t in totals]),
        totals95=column([0 if t is None else inside(actual, t, 0.95) for actual, t in totals]),
        totals=column([actual.size for actual in sums]),
        seconds=column([a.seconds for _, a in pairs]),
        failures=failures,
    )


def weighted_mean(values: Array, weights: Array) -> Array:
    """Mean over the series whose value is known, one for each row of ``weights`` (r, n): (r,)."""
    known = np.isfinite(values)
    return np.asarray(weights[:, known] @ values[known] / weights[:, known].sum(axis=1), dtype=float)


def owa(scores: Scores, naive2: Scores, weights: Array | None = None) -> Array:
    """Mean of sMAPE and MASE, each relative to that of Naive2 on the same series, (r,) for ``weights`` (r, n).

    OWA = (mean sMAPE / mean sMAPE of Naive2 + mean MASE / mean MASE of Naive2) / 2

    Source: Makridakis, Spiliotis and Assimakopoulos 2020, "The M4 Competition", IJF 36, section 3.
    """
    rows = np.ones((1, scores.smape.size)) if weights is None else weights
    parts = [
        weighted_mean(getattr(scores, name), rows) / weighted_mean(getattr(naive2, name), rows)
        for name in ("smape", "mase")
    ]
    return np.asarray((parts[0] + parts[1]) / 2)


def mean_loss(scores: Scores, weights: Array | None = None) -> Array:
    """Mean scaled quantile loss over the series, (r,) for ``weights`` (r, n)."""
    rows = np.ones((1, scores.loss.size)) if weights is None else weights
    return weighted_mean(scores.loss, rows)


def coverage(hits: Array, points: Array) -> float:
    """Share of test points inside, pooled over series and horizons; NaN where there are none."""
    return float(hits.sum() / points.sum()) if points.sum() else float("nan")
