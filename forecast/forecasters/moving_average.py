"""The mean of the last periods, seasonally adjusted: for lines that come back to where they were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm, cumulative_response


@dataclass(frozen=True)
class MovingAverage:
    """Each value is the mean of the ``window`` before it, plus an error: an autoregression of equal weights.

    a[t] = (a[t-1] + ... + a[t-window]) / window + e[t]          a: values or their logs, seasonally adjusted
    response[h, j] = c[h-j], c[0] = 1, c[i] = (c[i-1] + ... + c[i-window]) / window, with c = 0 before 0

    Forecasts feed the ones after them, so that they settle at the mean of the window weighted 1, 2, ..., newest
    most. An error fades to 2 / (window + 1) of itself: half of what a random walk keeps is forgotten with 4
    periods. On profits, which jump and come back, it was the best single forecaster. ``seasonal``: see
    ``seasonal_pattern``; ``log``: see ``choose_log``. Needs ``window`` + 2 observations.
    """

    window: int = 4
    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        whole = isinstance(self.window, int) and not isinstance(self.window, bool)
        check_options(
            "MovingAverage",
            {
                "window": (self.window, whole and self.window >= 1, "a whole number from 1"),
                **scale_options(self.log, self.seasonal),
            },
        )

    @property
    def name(self) -> str:
        """``MovingAverage``."""
        return "MovingAverage"

    def minimum(self, season: int) -> int:
        """``window`` + 2, or two years where ``seasonal`` is True."""
        return max(self.window + 2, 2 * season) if self.seasonal is True else self.window + 2

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the n - window errors."""
        past = adjust(values, self, horizon=horizon, season=season, seasonal=self.seasonal)
        width = self.window
        means = np.convolve(past.values, np.full(width, 1 / width), "valid")
        path, weights = list(past.values[-width:]), [0.0] * (width - 1) + [1.0]
        for _ in range(horizon):
            path.append(sum(path[-width:]) / width)
            weights.append(sum(weights[-width:]) / width)
        return past.form(
            np.asarray(path[width:]),
            response=cumulative_response(weights[width - 1 : width - 1 + horizon]),
            residuals=past.values[width:] - means[:-1],
            parameters=0.0,
            name=self.name,
        )
