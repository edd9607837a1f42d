"""Forecasters of other libraries: their point forecasts, with a width from rolling origins."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import CalibrationError
from forecast.forecasters.adjusted import adjust
from forecast.forecasters.contract import (
    Choice,
    Forecaster,
    check_options,
    is_choice,
)
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.rolling import choose_origins, rolling_form

LAGS = 4
"""Lagged changes that a regressor of scikit-learn is given."""


@dataclass(frozen=True, eq=False)
class Adapted:
    """A model of statsforecast, sktime or scikit-learn as a forecaster of this library.

    - statsforecast (``model.forecast(y=, h=)``): an object such as ``AutoETS(season_length=4)``.
    - sktime (``model.fit(y)``, ``model.predict(fh=)``): an object such as ``ThetaForecaster(sp=4)``.
    - scikit-learn (``model.fit(X, y)``, ``model.predict(X)``): a regressor of the change on its last ``LAGS`` changes
      and the season, forecast recursively.

    Only point forecasts are taken; the width comes from the errors at up to ``origins`` earlier origins, each with a
    fit of its own copy (``rolling_form``), so that it means the same for every library. ``log`` as in ``choose_log``;
    False hands the values over as they are. Needs ``first`` + 3 observations.
    """

    model: Any
    log: Choice = False
    first: int = 9
    origins: int = 12

    def __post_init__(self) -> None:
        kind = kind_of(self.model)
        check_options(
            "Adapted",
            {
                "model": (self.model, kind is not None, "an object of statsforecast, sktime or scikit-learn"),
                "log": (self.log, is_choice(self.log), "True, False or 'auto'"),
                "first": (self.first, self.first >= 3, "a whole number from 3"),
                "origins": (self.origins, self.origins >= 3, "a whole number from 3"),
            },
        )

    @property
    def name(self) -> str:
        """The class of the model."""
        return type(self.model).__name__

    def minimum(self, season: int) -> int:
        """``first`` + 3: three origins to learn the errors from."""
        return self.first + 3

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. What the model raises is told in a CalibrationError."""
        past = adjust(values, self, horizon=horizon, season=season)
        return rolling_form(
            past,
            lambda seen, steps: self._forecast(seen, steps, season),
            horizon=horizon,
            origins=choose_origins(past.values.size, first=self.first, most=self.origins),
            name=self.name,
        )

    def _forecast(self, z: Array, steps: int, season: int) -> Array:
        """Point forecasts (steps,) of a fresh copy of the model."""
        model = copy.deepcopy(self.model)
        call = {"statsforecast": _by_statsforecast, "sktime": _by_sktime, "sklearn": _by_regressor}
        kind = kind_of(model)
        assert kind is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = np.asarray(call[kind](model, z, steps, season), dtype=float).ravel()
            except Exception as error:
                raise CalibrationError(
                    f"{self.name} failed on {z.size} values: {type(error).__name__}: {error}"
                ) from error
        if found.shape != (steps,) or not np.all(np.isfinite(found)):
            raise CalibrationError(f"{self.name} answered {found!r} for {steps} steps; finite numbers are needed.")
        return found


def adapt(model: Any) -> Any:
    """A forecaster of this library as it is, a model of another one as ``Adapted``, anything else as it is."""
    if isinstance(model, type | Forecaster) or kind_of(model) is None:
        return model
    return Adapted(model)


def kind_of(model: Any) -> str | None:
    """Which library's way of calling an object has; None for none."""
    if isinstance(model, type):
        return None
    if callable(getattr(model, "forecast", None)) and callable(getattr(model, "fit", None)):
        return "statsforecast"
    if callable(getattr(model, "fit", None)) and callable(getattr(model, "predict", None)):
        return "sktime" if callable(getattr(model, "update", None)) or hasattr(model, "fh") else "sklearn"
    return None


def _by_statsforecast(model: Any, z: Array, steps: int, season: int) -> Any:
    return model.forecast(y=z, h=steps)["mean"]


def _by_sktime(model: Any, z: Array, steps: int, season: int) -> Any:
    import pandas as pd

    index = pd.period_range("2000-01", periods=z.size, freq={1: "Y", 4: "Q", 12: "M"}.get(season, "M"))
    return model.fit(pd.Series(z, index=index)).predict(fh=list(range(1, steps + 1)))


def _by_regressor(model: Any, z: Array, steps: int, season: int) -> Any:
    changes = np.diff(z)
    lags = min(LAGS, changes.size // 2)
    rows = [_features(changes[:t], lags, season) for t in range(lags, changes.size)]
    model.fit(np.array(rows), changes[lags:])
    path = changes
    for _ in range(steps):
        path = np.append(path, model.predict(_features(path, lags, season)[None, :]))
    return z[-1] + np.cumsum(path[changes.size :])


def _features(seen: Array, lags: int, season: int) -> Array:
    """The last ``lags`` changes, newest first, and the place in the year of the change that follows."""
    place = np.eye(season)[(seen.size + 1) % season] if season > 1 else np.zeros(0)
    return np.concatenate([seen[-1 : -lags - 1 : -1], place])
