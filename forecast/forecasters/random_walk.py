"""A random walk with a shrunk drift, seasonally adjusted where that pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm, cumulative_response


@dataclass(frozen=True)
class RandomWalk:
    """Random walk whose drift is the mean change times ``drift``, on logs where ``log`` allows.

    a[t] = z[t] - s[t]                            z: values or their logs; s: seasonal pattern, shrunk
    mu = drift * mean(a[t] - a[t-1])              [transformed unit per period]
    mean[h] = a[n] + h * mu + s[n+h]              h = 1, ..., horizon
    response[h, j] = 1 + (h - j) * k              k = drift / (number of changes)

    ``drift`` in [0, 1]: 0 is a plain random walk, 1 the classical drift, which extrapolates the line from the
    first to the last observation. One half did best on company series (mean drifts do not persist).

    **Uncertainty of the drift.** With mean drift estimated from N changes, a new error e would move the
    estimate by k * e, hence the forecast h steps later by (1 + h * k) * e: this is the response. The error
    already made in the estimate enters the scale, sigma * sqrt(1 + k). Together the variance h steps ahead is
    sigma**2 * h * (1 + h * k) to first order in k, as the theory of an estimated drift says for drift = 1
    (variance h * sigma**2 + h**2 * sigma**2 / N), with a response that stays lower triangular with unit diagonal.

    ``seasonal``: see ``seasonal_pattern``; ``log``: see ``choose_log``. Needs 4 observations.
    """

    drift: float = 0.5
    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        check_options(
            "RandomWalk",
            {
                "drift": (self.drift, 0 <= self.drift <= 1, "a number from 0 to 1"),
                **scale_options(self.log, self.seasonal),
            },
        )

    @property
    def name(self) -> str:
        """``RandomWalk``."""
        return "RandomWalk"

    def minimum(self, season: int) -> int:
        """4, or two years where ``seasonal`` is True."""
        return max(4, 2 * season) if self.seasonal is True else 4

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the n - 1 changes less ``mu``."""
        past = adjust(values, self, horizon=horizon, season=season, seasonal=self.seasonal)
        changes = np.diff(past.values)
        mu = self.drift * float(np.mean(changes))
        residuals = changes - mu
        k = self.drift / changes.size
        return past.form(
            past.values[-1] + mu * np.arange(1, horizon + 1),
            response=cumulative_response(1 + k * np.arange(horizon)),
            residuals=residuals,
            parameters=1 - (1 - self.drift) ** 2,
            name=self.name,
            widening=float(np.sqrt(1 + k)),
        )
