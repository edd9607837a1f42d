"""Forms from rolling-origin errors, and the two forecasters that use them."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy import stats

from forecast.forecasters import ProphetForecaster, Regression
from forecast.forecasters.adjusted import Adjusted
from forecast.forecasters.rolling import choose_origins, empirical_response, rolling_errors, rolling_form
from forecast.forecasters.seasonality import seasonal_pattern


def last_value(seen: np.ndarray, steps: int) -> np.ndarray:
    return np.full(steps, seen[-1])


def test_errors_are_those_of_each_origin_and_missing_after_the_end():
    values = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    errors = rolling_errors(values, last_value, horizon=2, origins=(3, 4))
    np.testing.assert_array_equal(errors, [[3.0, 7.0], [4.0, np.nan]])
    assert choose_origins(5, first=3, most=9) == (3, 4)
    assert choose_origins(20, first=3, most=2) == (18, 19)


def test_the_shrunk_covariance_worked_by_hand():
    # errors (1, 1) and (1, -1) and (1, missing): complete sample covariance is the identity;
    # pooled s**2 = mean of 1, 1/2, 1, 1/2, 1 = 0.8; v = 2 / (2 + 2); widened by Student's t at 3
    errors = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, np.nan]])
    response, scale = empirical_response(errors, level=1.0)
    widening = stats.t.ppf(0.9, 3) / stats.norm.ppf(0.9)
    covariance = widening**2 * (0.5 * 0.8 * np.array([[1.0, 1.0], [1.0, 2.0]]) + 0.5 * np.eye(2))
    np.testing.assert_allclose(scale**2 * response @ response.T, covariance, rtol=1e-12)
    assert response[0, 0] == 1.0
    assert response[0, 1] == 0.0


def test_errors_of_zero_still_leave_a_width():
    response, scale = empirical_response(np.zeros((4, 3)), level=100.0)
    assert scale == pytest.approx(0.1 * (3 / 7) ** 0.5)  # a thousandth of the level, weight 3 / (3 + 4)
    assert np.all(np.diag(response) > 0)


def test_the_width_of_a_random_walk_is_found():
    # 300 steps, forecast by their last value: sd 1 one step ahead and 2 four steps ahead. The estimate of the variance
    # rests on 290 errors (sd 8 %) and, four steps ahead, on some 72 independent ones (sd 17 %): 35 % off in sd is a
    # false alarm of about 1e-4; the seed is fixed.
    walk = np.random.default_rng(9).normal(size=300).cumsum()
    form = rolling_form(
        Adjusted(walk, seasonal_pattern(walk, 1), "identity", 1.0),
        last_value,
        horizon=4,
        origins=choose_origins(300, first=10, most=290),
        name="Last",
    )
    np.testing.assert_allclose(form.spread()[[0, 3]], [1.0, 2.0], rtol=0.35)
    assert form.residuals.size == 290


def test_regression_learns_an_autoregression_of_changes():
    # d[t] = 0.8 d[t-1] + e: the next change is 0.8 of the last one; the penalty shrinks it a little
    rng = np.random.default_rng(2)
    changes = np.zeros(200)
    for t in range(1, 200):
        changes[t] = 0.8 * changes[t - 1] + rng.normal()
    values = changes.cumsum()
    form = Regression(lags=1, log=False, seasonal=False).fit(values, horizon=3, season=4)
    centre = changes[1:].mean()
    expected = centre + (changes[-1] - centre) * 0.8 ** np.arange(1, 4)
    np.testing.assert_allclose(np.diff(form.mean, prepend=values[-1]), expected, atol=0.5)


def test_regression_repeats_a_season():
    values = np.tile([10.0, 14.0, 11.0, 19.0], 8) + 0.5 * np.arange(32)
    form = Regression(penalty=0.001, log=False).fit(values, horizon=4, season=4)
    np.testing.assert_allclose(form.mean, np.array([10.0, 14.0, 11.0, 19.0]) + 0.5 * np.arange(32, 36), atol=0.05)


def test_prophet_stays_sane_on_twelve_quarters_and_leaves_the_loggers_alone():
    # its own 80 % interval was a tenth to a half of one on values near 20, and its forecasts ran away
    values = np.array([18.0, 20.0, 19.0, 22.0, 19.5, 21.5, 20.0, 23.5, 21.0, 22.0, 21.5, 24.0])
    loggers = [logging.getLogger(name) for name in ("cmdstanpy", "prophet")]
    before = [(logger.disabled, logger.level) for logger in loggers]
    form = ProphetForecaster(origins=3).fit(values, horizon=4, season=4)
    assert [(logger.disabled, logger.level) for logger in loggers] == before
    assert np.all((form.quantile(0.5) > 15) & (form.quantile(0.5) < 32))
    assert np.all(form.quantile(0.9) - form.quantile(0.1) > 1.5)
    assert np.allclose(form.mean, ProphetForecaster(origins=3).fit(values, horizon=4, season=4).mean)


def test_prophet_on_a_constant_is_that_constant():
    form = ProphetForecaster(origins=3).fit(np.full(12, 5.0), horizon=3, season=4)
    np.testing.assert_allclose(form.quantile(0.5), 5.0, rtol=1e-12)
