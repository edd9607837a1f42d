"""An innovations form from rolling-origin errors, for forecasters that have no closed form of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import Adjusted
from forecast.forecasters.contract import small_sample_widening, smallest_scale
from forecast.forecasters.form import InnovationsForm

PointForecast: TypeAlias = Callable[[Array, int], Array]
"""Point forecasts (horizon,) on the modelled scale from the values up to an origin, and the horizon."""


def rolling_errors(values: Array, forecast: PointForecast, *, horizon: int, origins: tuple[int, ...]) -> Array:
    """Errors (origins, horizon) of forecasts made from the first ``origin`` values; NaN after the last value.

    errors[i, h] = values[origins[i] + h] - forecast(values[:origins[i]], horizon)[h]
    """
    errors = np.full((len(origins), horizon), np.nan)
    for i, origin in enumerate(origins):
        steps = min(horizon, values.size - origin)
        errors[i, :steps] = values[origin : origin + steps] - forecast(values[:origin], steps)
    return errors


def choose_origins(points: int, *, first: int, most: int) -> tuple[int, ...]:
    """At most ``most`` origins from ``first`` to ``points - 1``, the latest ones, each one period apart."""
    return tuple(range(max(first, points - most), points))


def empirical_response(errors: Array, *, level: float) -> tuple[Array, float]:
    """Response (H, H) and scale from rolling-origin ``errors`` (origins, H), NaN where unknown.

    The covariance of the H errors is shrunk towards that of a random walk:

        target[i, j] = s**2 * min(i, j)         s**2: pooled mean of error[h]**2 / h over all known errors
        sample = mean over complete origins of outer(error, error)
        covariance = (1 - v) * sample + v * target         v = H / (H + complete origins)

    since m overlapping origins hold about m / H independent errors of H steps. The target has full rank, so
    its Cholesky factor exists however few origins there are, and no step has zero width. Both parts are widened
    for few origins and ``s`` is limited from below as in ``error_scale``. Response = Cholesky / scale, with
    scale the standard deviation one step ahead: response[0, 0] is 1, the rest of the diagonal is estimated.

    Source of the shrinkage: Ledoit and Wolf 2004, with a weight by count in place of the estimated one.
    """
    horizon = errors.shape[1]
    steps = np.arange(1, horizon + 1)
    per_step = (errors / np.sqrt(steps))[np.isfinite(errors)]
    first = errors[:, 0]
    widening = small_sample_widening(first.size)
    pooled = max(widening * float(np.sqrt(np.mean(per_step**2))), smallest_scale(level))
    complete = errors[np.all(np.isfinite(errors), axis=1)]
    v = horizon / (horizon + complete.shape[0])
    sample = widening**2 * complete.T @ complete / max(complete.shape[0], 1)
    covariance = v * pooled**2 * np.minimum.outer(steps, steps) + (1 - v) * sample
    factor = np.linalg.cholesky(covariance)
    scale = float(factor[0, 0])
    return np.tril(factor) / scale, scale


def rolling_form(
    past: Adjusted, forecast: PointForecast, *, horizon: int, origins: tuple[int, ...], name: str
) -> InnovationsForm:
    """The form of a point forecaster: its mean from all of ``past``, its response from rolling origins.

    Residuals are the one-step errors of the origins, which no fit has seen. A seasonal pattern would have seen what
    comes after an origin: ``past`` has none.
    """
    errors = rolling_errors(past.values, forecast, horizon=horizon, origins=origins)
    response, scale = empirical_response(errors, level=past.level)
    return InnovationsForm(
        mean=forecast(past.values, horizon),
        response=response,
        scale=scale,
        residuals=errors[:, 0],
        transformation=past.transformation,
        name=name,
        points=past.values.size,
    )
