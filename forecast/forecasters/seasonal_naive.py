"""The seasonal naive forecast: next year's quarter is last year's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust
from forecast.forecasters.contract import Choice, check_options, is_choice
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
        past = adjust(values, self, horizon=horizon, season=season)
        z = past.values
        return past.form(
            np.resize(z[-season:], horizon),
            response=cumulative_response(np.arange(horizon) % season == 0),
            residuals=z[season:] - z[:-season],
            parameters=0.0,
            name=self.name,
        )
