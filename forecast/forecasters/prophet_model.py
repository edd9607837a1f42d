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
from forecast.errors import CalibrationError, ModelError
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
    - ``ceiling``: a level in the unit of the data that growth saturates at (Prophet's logistic trend), not in logs;
    - ``events``: groups of periods with an effect of their own, each counted from the first observation, 0, so that
      they stay in their place where a backtest fits to fewer. An event seen before and named again ahead comes again;
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
    ceiling: float | None = None
    events: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "events", tuple(tuple(group) for group in self.events))
        except TypeError:
            raise ModelError(
                f"the events are {self.events!r}; give groups of periods, such as ((3, 7, 11),)."
            ) from None
        if self.ceiling is not None and self.log == "auto":
            object.__setattr__(self, "log", False)
        number = isinstance(self.ceiling, int | float) and not isinstance(self.ceiling, bool)
        fine = self.ceiling is None or (number and 0 < self.ceiling < np.inf and self.log is False)
        whole = all(
            isinstance(at, int) and not isinstance(at, bool) and at >= 0 for group in self.events for at in group
        )
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
                "ceiling": (self.ceiling, bool(fine), "None, or a number above 0 with log=False"),
                "events": (self.events, whole, "groups of whole numbers of periods from 0, the first observation"),
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
        if self.ceiling is not None and not np.all((past.values > 0) & (past.values < self.ceiling)):
            raise CalibrationError(
                f"{self.name} has the ceiling {self.ceiling:g}, but the values run from {past.values.min():g} to "
                f"{past.values.max():g}; they must lie between 0 and the ceiling. State a higher one, or none."
            )

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
        """Point forecasts (steps,) of one fit to ``z``, scaled so that its size does not matter.

        Centred too, but for a ceiling, whose curve begins at 0.
        """
        import pandas as pd

        centre, size = (0.0, self.ceiling) if self.ceiling is not None else (float(np.mean(z)), float(np.std(z)))
        if float(np.std(z)) <= 1e-12 * float(np.max(np.abs(z), initial=0.0)):
            return np.full(steps, z[-1])
        stamps = _stamps(z.size + steps, season)
        frame = pd.DataFrame({"ds": stamps, "cap": 1.0})
        holidays = self._holidays(stamps, z.size)
        with _quiet():
            from prophet import Prophet

            model: Any = Prophet(
                n_changepoints=min(self.changepoints, z.size // self.points_per_changepoint),
                changepoint_prior_scale=self.changepoint_prior_scale,
                yearly_seasonality=_fourier_pairs(z.size, season),
                weekly_seasonality=False,
                daily_seasonality=False,
                growth="linear" if self.ceiling is None else "logistic",
                holidays=holidays,
                uncertainty_samples=0,
            )
            model.fit(frame[: z.size].assign(y=(z - centre) / size))
            found = model.predict(frame[z.size :])
        return np.asarray(centre + size * found["yhat"].to_numpy(dtype=float), dtype=float)

    def _holidays(self, stamps: Any, points: int) -> Any:
        """Prophet's table of the events that ``points`` values have seen, None for none."""
        import pandas as pd

        rows = []
        for number, group in enumerate(self.events):
            if any(at < points for at in group):
                rows += [{"ds": stamps[at], "holiday": f"event {number}"} for at in group if at < len(stamps)]
        return pd.DataFrame(rows) if rows else None


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
