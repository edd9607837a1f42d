"""Ridge regression of the change on earlier changes and the season, forecast recursively."""

from __future__ import annotations

from dataclasses import dataclass

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
class Regression:
    """Ridge regression (scikit-learn) of d[t] = z[t] - z[t-1] on its own lags and seasonal dummies.

    d[t] = a + sum(b[i] * d[t-i], i = 1..lags) + c[season of t] + e[t]
    minimising sum(e**2) + penalty * sum of squares of b and c, with d in units of its standard deviation

    Changes h steps ahead are forecast recursively, each from the ones before, and added up. The dummies are
    used where two full years of changes are left after the lags. The response comes from the errors of up to
    ``origins`` rolling origins (see ``empirical_response``), each with a fit of its own.
    Needs ``lags + 8`` observations.

    ``pool`` holds the histories of other lines or companies, each (n,), that all end in the period in which the series
    has ``pool_points`` observations: their changes, in
    units of their own standard deviation, are further rows of the same regression, each counting ``pool_weight``, so
    that a short series borrows how changes follow one another. Fitted to fewer observations, here and
    in a backtest, the pool is cut by as many periods, so that nothing later is seen; to more, it is refused.
    Where the series is modelled in logs, only pool members that have been positive throughout are used.
    """

    lags: int = 2
    penalty: float = 2.0
    log: Choice = "auto"
    seasonal: bool = True
    origins: int = 24
    pool: tuple[tuple[float, ...], ...] = ()
    pool_points: int = 0
    pool_weight: float = 0.5

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "pool", tuple(tuple(map(float, one)) for one in self.pool))
        except (TypeError, ValueError):
            raise ModelError(
                f"the pool of Regression is {self.pool!r}; give histories, each a list of numbers."
            ) from None
        check_options(
            "Regression",
            {
                "lags": (self.lags, self.lags >= 1, "a whole number from 1"),
                "penalty": (self.penalty, self.penalty > 0, "a number above 0"),
                "log": (self.log, is_choice(self.log), "True, False or 'auto'"),
                "seasonal": (self.seasonal, isinstance(self.seasonal, bool), "True or False"),
                "pool": (self.pool, all(np.all(np.isfinite(one)) for one in self.pool), "histories of finite numbers"),
                "pool_points": (
                    self.pool_points,
                    self.pool_points >= 1 if self.pool else self.pool_points == 0,
                    "the observations that the series has where the pool ends, 0 without a pool",
                ),
                "pool_weight": (self.pool_weight, 0 < self.pool_weight <= 1, "a number above 0, at most 1"),
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
        logs = past.transformation == "log"
        if self.pool and past.values.size > self.pool_points:
            raise CalibrationError(
                f"the pool of {self.name} ends where the series has {self.pool_points} observations, but it was fitted "
                f"to {past.values.size}. Give the pool up to the same period."
            )

        def forecast(seen: Array, steps: int) -> Array:
            later = self.pool_points - seen.size
            known = [np.array(one[: max(len(one) - later, 0)]) for one in self.pool]
            others = [np.log(one) if logs else one for one in known if not logs or np.all(one > 0)]
            return self._forecast(seen, others, steps, season)

        return rolling_form(
            past,
            forecast,
            horizon=horizon,
            origins=choose_origins(past.values.size, first=self.lags + 5, most=self.origins),
            name=self.name,
        )

    def _forecast(self, z: Array, others: list[Array], steps: int, season: int) -> Array:
        """Point forecasts (steps,) from ``z``, and ``others`` that end with it, on the modelled scale."""
        from sklearn.linear_model import Ridge

        changes = np.diff(z)
        size = float(np.std(changes))
        if size <= 1e-12 * float(np.max(np.abs(z))):
            return np.asarray(z[-1] + float(np.mean(changes)) * np.arange(1, steps + 1), dtype=float)
        d = changes / size
        dummies = season if self.seasonal and season > 1 and d.size - self.lags >= 2 * season else 0
        rows, targets, weights = self._rows(d, dummies, 0), [d[self.lags :]], [np.ones(d.size - self.lags)]
        for other in others:
            moves = np.diff(other)
            spread = float(np.std(moves)) if moves.size > self.lags else 0.0
            if spread > 1e-12 * float(np.max(np.abs(other), initial=0.0)):
                rows = np.concatenate([rows, self._rows(moves / spread, dummies, d.size - moves.size)])
                targets.append(moves[self.lags :] / spread)
                weights.append(np.full(moves.size - self.lags, self.pool_weight))
        ridge = Ridge(alpha=self.penalty)
        ridge.fit(rows, np.concatenate(targets), sample_weight=np.concatenate(weights) if len(weights) > 1 else None)
        path = d
        for _ in range(steps):
            step = ridge.predict(self._features(path, dummies, path.size)[None, :])
            path = np.append(path, step)
        return np.asarray(z[-1] + size * np.cumsum(path[d.size :]), dtype=float)

    def _rows(self, d: Array, dummies: int, ahead: int) -> Array:
        """Features of every change from ``lags`` on; ``ahead``: changes of the series before them."""
        return np.array([self._features(d[:t], dummies, t + ahead) for t in range(self.lags, d.size)])

    def _features(self, seen: Array, dummies: int, place: int) -> Array:
        """The last ``lags`` changes, newest first, and one dummy a season for the change that follows, at ``place``."""
        recent = seen[-1 : -self.lags - 1 : -1]
        return np.concatenate([recent, np.eye(dummies)[place % dummies]]) if dummies else recent
