"""Damped exponential smoothing averaged over its parameters, instead of one best set of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm, cumulative_response

LEVELS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
"""Smoothing parameters of the level, alpha."""

TRENDS = (0.0, 0.05, 0.15, 0.3, 0.5)
"""Smoothing parameters of the trend, relative to alpha."""

DAMPINGS = (0.8, 0.9, 0.97)
"""Damping of the trend a period, phi."""

FIRST_TREND = 0.7
"""Part of the median of the first changes that the trend starts with."""

FIRST_CHANGES = 5
"""Changes from which the trend starts."""


@dataclass(frozen=True)
class AveragedSmoothing:
    """Exponential smoothing with and without a damped trend, averaged over a grid of parameters.

    f[t] = l[t-1] + phi * b[t-1]         e[t] = a[t] - f[t]        a: values or their logs, seasonally adjusted
    l[t] = f[t] + alpha * e[t]           b[t] = phi * b[t-1] + alpha * beta * e[t]
    mean[h] = l[n] + (phi + ... + phi**h) * b[n]

    for every alpha of ``LEVELS``, beta of ``TRENDS`` and phi of ``DAMPINGS``, and without a trend (b = 0). Forecasts
    and residuals are means over the grid with the weights

        w = exp(-AIC / 2) / (parameter sets of its kind)        AIC = m log(sum(e**2) / m) + 2 p

    over the m = n - 2 errors from the third on, with p = 2 without a trend and 4 with one, whose sum is 1. With few
    quarters no single set is far better than its neighbours, and the mean is steadier than the best. The first level
    is the first value less its trend; the first trend is ``FIRST_TREND`` times the median of the first changes.

    Responses are means too, c[j] = sum(w * alpha * (1 + beta * (phi + ... + phi**j))), c[0] = 1: an error moves every
    model of the grid, with the weights of today. ``seasonal``: see ``seasonal_pattern``; ``log``: see ``choose_log``.
    Needs 5 observations.

    Sources: Hyndman, Koehler, Ord and Snyder 2008, table 2.1, ETS(A,N,N) and ETS(A,Ad,N); Kolassa 2011, "Combining
    exponential smoothing forecasts using Akaike weights", IJF 27, eq. 3.
    """

    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        check_options("AveragedSmoothing", scale_options(self.log, self.seasonal))

    @property
    def name(self) -> str:
        """``AveragedSmoothing``."""
        return "AveragedSmoothing"

    def minimum(self, season: int) -> int:
        """5, or two years where ``seasonal`` is True."""
        return max(5, 2 * season) if self.seasonal is True else 5

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are those from the third observation on."""
        past = adjust(values, self, horizon=horizon, season=season, seasonal=self.seasonal)
        grid = _Grid.make()
        level, trend, errors = grid.smooth(past.values)
        weight = grid.weights(errors)
        reach = np.cumsum(grid.damping ** np.arange(1, horizon + 1)[:, None], axis=0)
        later = grid.alpha * (1.0 + grid.beta * reach[: horizon - 1])
        residuals = errors @ weight
        return past.form(
            (level + reach * trend) @ weight,
            response=cumulative_response(np.concatenate([[1.0], later @ weight])),
            residuals=residuals,
            parameters=float(weight @ grid.parameters),
            name=self.name,
        )


@dataclass(frozen=True, eq=False)
class _Grid:
    """The parameter sets, each (g,); without a trend beta is 0 and the trend stays 0."""

    alpha: Array
    beta: Array
    damping: Array
    trending: Array

    @classmethod
    def make(cls) -> _Grid:
        plain = [(alpha, 0.0, 1.0, 0.0) for alpha in LEVELS]
        damped = [(alpha, beta, phi, 1.0) for alpha in LEVELS for beta in TRENDS for phi in DAMPINGS]
        return cls(*np.array(plain + damped).T)

    @property
    def parameters(self) -> Array:
        """Parameters estimated: alpha and the first level, with a trend also beta and the first trend."""
        return 2.0 + 2.0 * self.trending

    def smooth(self, adjusted: Array) -> tuple[Array, Array, Array]:
        """Last level and trend (g,) and the errors (n - 2, g) from the third value on."""
        first = FIRST_TREND * float(np.median(np.diff(adjusted)[:FIRST_CHANGES]))
        trend = first * self.trending
        level = adjusted[0] - self.damping * trend
        gain = self.alpha * self.beta * self.trending
        errors = np.empty((adjusted.size, self.alpha.size))
        for t, value in enumerate(adjusted):
            trend = self.damping * trend
            forecast = level + trend
            errors[t] = value - forecast
            level = forecast + self.alpha * errors[t]
            trend = trend + gain * errors[t]
        return level, trend, errors[2:]

    def weights(self, errors: Array) -> Array:
        """Akaike weights (g,), shared equally by the sets of a kind; sum 1."""
        count = errors.shape[0]
        squares = np.sum(errors**2, axis=0)
        floor = max(1e-24 * float(squares.max()), 1e-300)
        criterion = count * np.log(np.maximum(squares, floor) / count) + 2.0 * self.parameters
        trending = self.trending > 0
        weight: Array = np.exp(-0.5 * (criterion - criterion.min())) / np.where(
            trending, trending.sum(), (~trending).sum()
        )
        weight /= weight.sum()
        return weight
