"""The moving average as an autoregression: worked by hand, and against statsmodels' state space."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import MovingAverage


def test_worked_by_hand():
    form = MovingAverage(window=2, log=False, seasonal=False).fit(np.array([4.0, 8.0, 2.0, 6.0]), horizon=3, season=1)
    # forecasts (2+6)/2 = 4, (6+4)/2 = 5, (4+5)/2 = 4.5; errors 2-6 and 6-5
    assert form.mean.tolist() == [4.0, 5.0, 4.5]
    assert form.residuals.tolist() == [-4.0, 1.0]
    # an error is in the next mean by a half, then by (1/2 + 1)/2 - ... : c = 1, 1/2, 3/4
    assert form.response.tolist() == [[1, 0, 0], [0.5, 1, 0], [0.75, 0.5, 1]]


def test_it_is_the_autoregression_of_equal_weights():
    from statsmodels.tsa.arima_process import arma2ma

    values = np.random.default_rng(0).normal(size=20)
    form = MovingAverage(log=False, seasonal=False).fit(values, horizon=8, season=4)
    weights = arma2ma(np.array([1, -0.25, -0.25, -0.25, -0.25]), np.array([1.0]), lags=8)
    np.testing.assert_allclose(form.response[:, 0], weights, rtol=1e-12)


def test_it_settles_at_the_triangular_mean():
    values = np.array([1.0, 2.0, 3.0, 7.0, 1.0, 5.0])
    form = MovingAverage(log=False, seasonal=False).fit(values, horizon=200, season=4)
    assert form.mean[-1] == pytest.approx((1 * 3 + 2 * 7 + 3 * 1 + 4 * 5) / 10, rel=1e-9)
