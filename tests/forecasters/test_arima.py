"""ARIMA: against statsmodels' own forecasts and variances, closed forms, and its choices."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import ARIMA, RandomWalk


def autoregression(phi: float, n: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=n + 50)
    values = np.zeros(n + 50)
    for t in range(1, n + 50):
        values[t] = phi * values[t - 1] + noise[t]
    return values[50:]


def test_it_forecasts_as_statsmodels_does():
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    values = 10 + 3 * autoregression(0.9, 120, 1)
    form = ARIMA(differences=0, log=False, seasonal=False).fit(values, horizon=6, season=1)
    assert form.name == "ARIMA(1,0,0)"
    centre, size = values.mean(), values.std()
    own = SARIMAX((values - centre) / size, order=(1, 0, 0)).fit(disp=False).get_forecast(6)
    np.testing.assert_allclose(form.mean, centre + size * own.predicted_mean, rtol=1e-6)
    # variances over that of the first step: the library's scale is widened for the degrees of freedom
    ratio = (form.spread() / form.spread()[0]) ** 2
    np.testing.assert_allclose(ratio, own.var_pred_mean / own.var_pred_mean[0], rtol=1e-4)


def test_the_response_of_an_arma_is_its_moving_average_form():
    from statsmodels.tsa.arima_process import arma2ma

    random = np.random.default_rng(4).normal(size=300)
    values = np.zeros(300)
    for t in range(1, 300):
        values[t] = 0.8 * values[t - 1] + random[t] + 0.5 * random[t - 1]
    form = ARIMA(differences=0, log=False, seasonal=False).fit(values, horizon=8, season=1)
    assert form.name == "ARIMA(1,0,1)"
    phi = form.response[3, 0] / form.response[2, 0]
    theta = form.response[1, 0] - phi
    np.testing.assert_allclose(form.response[:, 0], arma2ma([1, -phi], [1, theta], lags=8), rtol=1e-6)
    assert phi == pytest.approx(0.8, abs=0.15)


def test_white_changes_are_a_random_walk():
    values = np.random.default_rng(8).normal(size=60).cumsum()
    form = ARIMA(log=False, seasonal=False).fit(values, horizon=4, season=1)
    walk = RandomWalk(drift=0.0, log=False, seasonal=False).fit(values, horizon=4, season=1)
    assert form.name == "ARIMA(0,1,0)"
    np.testing.assert_allclose(form.mean, walk.mean, rtol=1e-12)
    np.testing.assert_allclose(form.spread(), walk.spread(), rtol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_walks_are_differenced_and_noise_is_not(seed):
    noise = np.random.default_rng(seed).normal(size=40)
    assert ",1," in ARIMA(log=False, seasonal=False).fit(noise.cumsum(), horizon=2, season=1).name
    assert ",0," in ARIMA(log=False, seasonal=False).fit(noise, horizon=2, season=1).name


def test_the_drift_goes_on():
    values = 5 + 2.0 * np.arange(20) + np.tile([0.1, -0.1], 10)
    form = ARIMA(differences=1, drift=True, log=False, seasonal=False).fit(values, horizon=3, season=1)
    assert np.diff(form.mean) == pytest.approx([2.0, 2.0], abs=0.25)
