"""Averaged smoothing: closed forms, and statsmodels as the independent recursion."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import AveragedSmoothing
from forecast.forecasters.smoothing import _Grid


def test_a_constant_history_goes_on():
    form = AveragedSmoothing().fit(np.full(8, 5.0), horizon=3, season=1)
    assert form.paths(np.zeros((3, 1)))[:, 0] == pytest.approx([5.0, 5.0, 5.0])


def test_errors_move_every_model_with_its_weight():
    """With one set of parameters left, alpha 0.5, beta 0.3, phi 0.9, the response is that of ETS(A,Ad,N)."""
    grid = _Grid.make()
    chosen = (grid.alpha == 0.5) & (grid.beta == 0.3) & (grid.damping == 0.9)
    assert chosen.sum() == 1
    values = np.array([10.0, 11, 13, 12, 14, 15, 15, 17])
    level, trend, errors = grid.smooth(values)
    # By hand: first changes 1, 2, -1, 2, 1: median 1, first trend 0.7, first level 10 - 0.9 * 0.7 = 9.37.
    # t = 1: f = 9.37 + 0.63 = 10, e = 0, l = 10, b = 0.63. t = 2: b = 0.567, f = 10.567, e = 0.433, l = 10.7835,
    # b = 0.567 + 0.15 * 0.433 = 0.63195. t = 3: b = 0.568755, f = 11.352255, e = 1.647745.
    assert errors[0, chosen] == pytest.approx([1.647745])
    assert errors.shape == (6, grid.alpha.size)
    assert np.isfinite(level).all()
    assert np.isfinite(trend).all()


def test_one_model_is_that_of_statsmodels():
    """The recursion of a single set, from the same first level and trend, against ExponentialSmoothing."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    values = np.array([10.0, 11, 13, 12, 14, 15, 15, 17, 18, 17])
    grid = _Grid.make()
    chosen = (grid.alpha == 0.5) & (grid.beta == 0.3) & (grid.damping == 0.9)
    level, trend, _ = grid.smooth(values)
    model = ExponentialSmoothing(
        values,
        trend="add",
        damped_trend=True,
        initialization_method="known",
        initial_level=10 - 0.9 * 0.7,
        initial_trend=0.7,
    ).fit(smoothing_level=0.5, smoothing_trend=0.3, damping_trend=0.9, optimized=False)
    steps = np.cumsum(0.9 ** np.arange(1, 4))
    ours = float(level[chosen][0]) + steps * float(trend[chosen][0])
    assert ours == pytest.approx(np.asarray(model.forecast(3)), rel=1e-9)


def test_the_mean_lies_between_the_models_and_weights_add_up():
    values = np.array([10.0, 11, 13, 12, 14, 15, 15, 17, 18, 17])
    grid = _Grid.make()
    level, trend, errors = grid.smooth(values)
    weights = grid.weights(errors)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() > 0.0
    form = AveragedSmoothing(log=False, seasonal=False).fit(values, horizon=1, season=1)
    each = level + np.where(grid.trending > 0, grid.damping * trend, 0.0)
    assert each.min() < form.mean[0] < each.max()
    assert form.mean[0] == pytest.approx(weights @ each)


def test_a_perfect_line_is_followed_by_its_damped_trend():
    """Errors of 0 for no model but weight for the steady ones: the forecast rises, by less than the line does."""
    values = np.arange(1.0, 13.0)
    form = AveragedSmoothing(log=False, seasonal=False).fit(values, horizon=4, season=1)
    steps = np.diff(np.concatenate([[12.0], form.mean]))
    assert (steps > 0).all()
    assert (steps < 1.2).all()
    assert (np.diff(steps) < 0).all()


def test_the_weights_are_those_of_akaike():
    """Two errors sums, 3 and 6, of a plain and a damped set, by hand."""
    grid = _Grid(np.array([0.5, 0.5]), np.array([0.0, 0.1]), np.array([1.0, 0.9]), np.array([0.0, 1.0]))
    errors = np.sqrt(np.array([[3.0, 6.0]]) / 1.0)
    # AIC: log 3 + 4 and log 6 + 8; the difference is log 2 + 4, so that weights are 1 : exp(-(log 2 + 4) / 2).
    other = np.exp(-(np.log(2.0) + 4.0) / 2.0)
    assert grid.weights(errors) == pytest.approx([1 / (1 + other), other / (1 + other)])
