"""Models of other libraries: called as those libraries want it, widths from rolling origins, failures told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import forecast as fc
from forecast.errors import CalibrationError, ModelError
from forecast.forecasters import Adapted, RandomWalk, adapt

VALUES = np.random.default_rng(0).normal(size=24).cumsum() + 50


class LikeStatsforecast:
    """The way statsforecast's models are called."""

    def fit(self, y, X=None):
        return self

    def forecast(self, y, h, X=None, X_future=None, level=None, fitted=False):
        return {"mean": np.full(h, y[-1])}


class LikeSktime:
    """The way sktime's forecasters are called."""

    fh = None

    def fit(self, y, X=None, fh=None):
        assert isinstance(y.index, pd.PeriodIndex)
        self.last = y.iloc[-1]
        return self

    def predict(self, fh=None, X=None):
        return pd.Series([self.last] * len(fh))

    def update(self, y):
        return self


@pytest.mark.parametrize("model", [LikeStatsforecast(), LikeSktime()])
def test_a_naive_model_of_another_library_has_the_errors_of_a_random_walk(model):
    form = Adapted(model).fit(VALUES, horizon=3, season=4)
    walk = RandomWalk(drift=0.0, log=False, seasonal=False).fit(VALUES, horizon=3, season=4)
    np.testing.assert_allclose(form.mean, walk.mean)
    np.testing.assert_allclose(form.residuals, np.diff(VALUES)[-12:])
    assert form.name == type(model).__name__


def test_a_regressor_learns_a_season_of_changes():
    values = 100 + np.tile([0.0, 5.0, -3.0, 2.0], 8) + 0.5 * np.arange(32)
    form = Adapted(LinearRegression(), first=20).fit(values, horizon=4, season=4)
    expected = 100 + np.array([0.0, 5.0, -3.0, 2.0]) + 0.5 * np.arange(32, 36)
    np.testing.assert_allclose(form.mean, expected, atol=1e-6)


def test_predict_and_backtest_take_it_as_it_is():
    series = pd.Series(VALUES, index=pd.period_range("2018Q1", periods=24, freq="Q"), name="x")
    assert fc.predict(series, 2, forecaster=LikeStatsforecast()).forecaster == "LikeStatsforecast"
    result = fc.backtest(series, LikeStatsforecast(), horizon=2, seed=1, origins=2, first=14, paths=50)
    assert result.forecasters == ("LikeStatsforecast", "SeasonalNaive")


def test_what_it_raises_is_told():
    class Broken(LikeStatsforecast):
        def forecast(self, y, h, **_):
            raise RuntimeError("no memory of that")

    class Silent(LikeStatsforecast):
        def forecast(self, y, h, **_):
            return {"mean": np.full(h, np.nan)}

    with pytest.raises(CalibrationError, match=r"Broken failed on .* values: RuntimeError: no memory of that"):
        Adapted(Broken()).fit(VALUES, horizon=2, season=4)
    with pytest.raises(CalibrationError, match="finite numbers are needed"):
        Adapted(Silent()).fit(VALUES, horizon=2, season=4)


def test_what_is_no_model_is_refused():
    with pytest.raises(ModelError, match="it must be an object of statsforecast, sktime or scikit-learn"):
        Adapted("AutoETS")
    assert adapt(RandomWalk()) == RandomWalk()
