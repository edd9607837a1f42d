"""The seasonal naive forecast: next year's quarter is last year's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.contract import (
    Choice,
    check_history,
    check_options,
    choose_log,
    error_scale,
    is_choice,
    level_of,
    transform,
)
from forecast.forecasters.form import InnovationsForm, cumulative_response


@dataclass(frozen=True)
class SeasonalNaive:
    """A seasonal random walk, z[t] = z[t-s] + e[t] with s periods a year: the usual yardstick.

    mean[h] = z[n+h-s*k], k = ceil(h / s)        response[h, j] = 1 where h - j is a multiple of s, else 0

    Nothing is estimated but the scale. With one period a year it is the naive forecast, as is
    ``RandomWalk(drift=0.0, seasonal=False)`` for any season. ``log``: see ``choose_log``. Needs a year and two
    observations.

    Source: Hyndman and Athanasopoulos 2021, "Forecasting: principles and practice", section 5.2 and table 5.2.
    """

    log: Choice = False

    def __post_init__(self) -> None:
        check_options("SeasonalNaive", {"log": (self.log, is_choice(self.log), "True, False or 'auto'")})

    @property
    def name(self) -> str:
        """``SeasonalNaive``."""
        return "SeasonalNaive"

    def minimum(self, season: int) -> int:
        """A year and two observations."""
        return season + 2

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the n - s changes on the year."""
        y = check_history(values, horizon=horizon, season=season, name=self.name, minimum=self.minimum(season))
        log = choose_log(y, season, log=self.log, name=self.name)
        z, transformation = transform(y, log=log)
        residuals = z[season:] - z[:-season]
        return InnovationsForm(
            mean=np.resize(z[-season:], horizon),
            response=cumulative_response(np.arange(horizon) % season == 0),
            scale=error_scale(residuals, parameters=0, level=level_of(y, log=log)),
            residuals=residuals,
            transformation=transformation,
            name=self.name,
            points=z.size,
        )
