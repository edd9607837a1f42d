"""Ridge regression of the change on earlier changes and the season, forecast recursively."""

from __future__ import annotations

from dataclasses import dataclass

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
class Regression:
    """Ridge regression (scikit-learn) of d[t] = z[t] - z[t-1] on its own lags and seasonal dummies.

    d[t] = a + sum(b[i] * d[t-i], i = 1..lags) + c[season of t] + e[t]
    minimising sum(e**2) + penalty * sum of squares of b and c, with d in units of its standard deviation

    Changes h steps ahead are forecast recursively, each from the ones before, and added up. The dummies are
    used where two full years of changes are left after the lags. The response comes from the errors of up to
    ``origins`` rolling origins (see ``empirical_response``), each with a fit of its own.
    Needs ``lags + 8`` observations.
    """

    lags: int = 2
    penalty: float = 2.0
    log: Choice = "auto"
    seasonal: bool = True
    origins: int = 24

    def __post_init__(self) -> None:
        check_options(
            "Regression",
            {
                "lags": (self.lags, self.lags >= 1, "a whole number from 1"),
                "penalty": (self.penalty, self.penalty > 0, "a number above 0"),
                "log": (self.log, is_choice(self.log), "True, False or 'auto'"),
                "seasonal": (self.seasonal, isinstance(self.seasonal, bool), "True or False"),
                "origins": (self.origins, self.origins >= 3, "a whole number from 3"),
            },
        )

    @property
    def name(self) -> str:
        """``Regression``."""
        return "Regression"

    def minimum(self, season: int) -> int:
        """``lags + 8``: five changes to fit, three origins to learn the errors from."""
        return self.lags + 8

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the one-step errors of the rolling origins."""
        past = adjust(values, self, horizon=horizon, season=season)

        def forecast(seen: Array, steps: int) -> Array:
            return self._forecast(seen, steps, season)

        return rolling_form(
            past,
            forecast,
            horizon=horizon,
            origins=choose_origins(past.values.size, first=self.lags + 5, most=self.origins),
            name=self.name,
        )

    def _forecast(self, z: Array, steps: int, season: int) -> Array:
        """Point forecasts (steps,) from ``z`` on the modelled scale."""
        from sklearn.linear_model import Ridge

        changes = np.diff(z)
        size = float(np.std(changes))
        if size <= 1e-12 * float(np.max(np.abs(z))):
            return np.asarray(z[-1] + float(np.mean(changes)) * np.arange(1, steps + 1), dtype=float)
        d = changes / size
        dummies = season if self.seasonal and season > 1 and d.size - self.lags >= 2 * season else 0
        rows = np.array([self._features(d[:t], dummies) for t in range(self.lags, d.size)])
        ridge = Ridge(alpha=self.penalty).fit(rows, d[self.lags :])
        path = d
        for _ in range(steps):
            step = ridge.predict(self._features(path, dummies)[None, :])
            path = np.append(path, step)
        return np.asarray(z[-1] + size * np.cumsum(path[d.size :]), dtype=float)

    def _features(self, seen: Array, dummies: int) -> Array:
        """The last ``lags`` changes, newest first, and one dummy a season for the change that follows."""
        recent = seen[-1 : -self.lags - 1 : -1]
        return np.concatenate([recent, np.eye(dummies)[seen.size % dummies]]) if dummies else recent
