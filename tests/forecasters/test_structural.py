"""Structural models: against statsmodels' local level, the known gain, and what stands in."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import Structural
from forecast.forecasters.damped_trend import DampedTrend


def walk_with_noise(n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=n).cumsum() + random.normal(size=n)


def test_without_slope_it_is_the_local_level_of_statsmodels():
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    values = walk_with_noise(150, 0)
    variances = np.array([0.9, 1.1])
    ours = DampedTrend(values, trend=False, season=1, damping=0.9).smooth(variances)
    theirs = UnobservedComponents(values, "llevel").smooth(variances)
    np.testing.assert_allclose(ours.forecast(5), theirs.forecast(5), rtol=1e-5)


def test_with_a_season_it_is_that_of_statsmodels():
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    values = walk_with_noise(80, 1) + np.tile([3.0, -1.0, 2.0, -4.0], 20)
    variances = np.array([0.9, 1.1, 0.2])
    ours = DampedTrend(values, trend=False, season=4, damping=0.9).smooth(variances)
    theirs = UnobservedComponents(values, "llevel", seasonal=4).smooth(variances)
    np.testing.assert_allclose(ours.forecast(8), theirs.forecast(8), rtol=1e-4)


def test_the_response_is_the_gain_of_the_local_level():
    # Harvey 1989, eq. 4.1.12: with q the ratio of the variances, alpha = (sqrt(q**2 + 4q) - q) / 2 at the limit
    values = walk_with_noise(400, 2)
    form = Structural(log=False, seasonal=False).fit(values, horizon=4, season=1)
    alpha = form.response[1, 0]
    assert form.name == "Structural(level)"
    np.testing.assert_allclose(form.response[1:, 0], alpha, rtol=1e-9)
    assert alpha == pytest.approx((5**0.5 - 1) / 2, abs=0.15)  # q = 1


def test_a_steady_slope_is_damped():
    values = 10 + 2.0 * np.arange(40) + 0.3 * np.random.default_rng(3).normal(size=40)
    form = Structural(log=False, seasonal=False).fit(values, horizon=6, season=1)
    assert form.name == "Structural(level, slope)"
    steps = np.diff(form.mean)
    assert steps[0] > 1
    np.testing.assert_allclose(steps[1:] / steps[:-1], 0.9, rtol=1e-6)


def test_a_constant_history_falls_back_and_says_so():
    form = Structural().fit(np.full(12, 4.0), horizon=2, season=4)
    assert form.name == "RandomWalk in place of Structural"
    np.testing.assert_allclose(form.quantile(0.5), 4.0)
