"""Prophet, kept within what a short series can carry."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust
from forecast.forecasters.contract import (
    Choice,
    check_options,
    is_choice,
)
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.rolling import choose_origins, rolling_form


@dataclass(frozen=True)
class ProphetForecaster:
    """Prophet's piecewise linear trend with a yearly wave, with the width of its own rolling-origin errors.

    - changepoints: one for each ``points_per_changepoint`` observations, at most ``changepoints``;
    - yearly wave: one Fourier pair from two years and one period, two pairs from five years, none before or
      for yearly data (quarters cannot tell more than two apart);
    - its own intervals are not used: with 12 quarters its 80 % interval covered 10 %.

    Stamps are made up, month by month or by equal parts of a year, since Prophet wants dates. No random
    numbers are drawn. A fit takes some hundredths of a second and there are ``origins`` + 1 of them. Needs 10
    observations. The trend is not damped: for comparison, not a default.
    """

    changepoints: int = 5
    points_per_changepoint: int = 8
    changepoint_prior_scale: float = 0.05
    log: Choice = "auto"
    origins: int = 6

    def __post_init__(self) -> None:
        check_options(
            "ProphetForecaster",
            {
                "changepoints": (self.changepoints, self.changepoints >= 0, "a whole number from 0"),
                "points_per_changepoint": (
                    self.points_per_changepoint,
                    self.points_per_changepoint >= 2,
                    "a whole number from 2",
                ),
                "changepoint_prior_scale": (
                    self.changepoint_prior_scale,
                    self.changepoint_prior_scale > 0,
                    "a number above 0",
                ),
                "log": (self.log, is_choice(self.log), "True, False or 'auto'"),
                "origins": (self.origins, self.origins >= 3, "a whole number from 3"),
            },
        )

    @property
    def name(self) -> str:
        """``Prophet``."""
        return "Prophet"

    def minimum(self, season: int) -> int:
        """10: seven to fit, three origins to learn the errors from."""
        return 10

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the one-step errors of the rolling origins."""
        past = adjust(values, self, horizon=horizon, season=season)

        def forecast(seen: Array, steps: int) -> Array:
            return self._forecast(seen, steps, season)

        return rolling_form(
            past,
            forecast,
            horizon=horizon,
            origins=choose_origins(past.values.size, first=7, most=self.origins),
            name=self.name,
        )

    def _forecast(self, z: Array, steps: int, season: int) -> Array:
        """Point forecasts (steps,) of one fit to ``z``, centred and scaled so that its size does not matter."""
        import pandas as pd

        centre, size = float(np.mean(z)), float(np.std(z))
        if size <= 1e-12 * float(np.max(np.abs(z), initial=0.0)):
            return np.full(steps, z[-1])
        stamps = _stamps(z.size + steps, season)
        with _quiet():
            from prophet import Prophet

            model: Any = Prophet(
                n_changepoints=min(self.changepoints, z.size // self.points_per_changepoint),
                changepoint_prior_scale=self.changepoint_prior_scale,
                yearly_seasonality=_fourier_pairs(z.size, season),
                weekly_seasonality=False,
                daily_seasonality=False,
                uncertainty_samples=0,
            )
            model.fit(pd.DataFrame({"ds": stamps[: z.size], "y": (z - centre) / size}))
            found = model.predict(pd.DataFrame({"ds": stamps[z.size :]}))
        return np.asarray(centre + size * found["yhat"].to_numpy(dtype=float), dtype=float)


def _fourier_pairs(points: int, season: int) -> int | bool:
    """Order of the yearly wave; False for none."""
    if season < 4 or points < 2 * season + 1:
        return False
    return 2 if points >= 5 * season else 1


def _stamps(length: int, season: int) -> Any:
    """Made-up dates: month starts where a year has whole months a period, else equal parts of a year."""
    import pandas as pd

    if 12 % season == 0:
        months = pd.period_range("2000-01", periods=length * (12 // season), freq="M")
        return months[:: 12 // season].to_timestamp()
    return pd.Timestamp("2000-01-01") + pd.to_timedelta(np.arange(length) * 365.25 / season, unit="D")


@contextmanager
def _quiet() -> Iterator[None]:
    """Mute Prophet's and CmdStanPy's loggers and warnings for the length of a fit; leave both as they were."""
    loggers = [logging.getLogger(name) for name in ("cmdstanpy", "prophet", "prophet.plot", "prophet.models")]
    before = [(logger.disabled, logger.level) for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, (disabled, level) in zip(loggers, before, strict=True):
            logger.disabled = disabled
            logger.setLevel(level)  # importing prophet sets it
