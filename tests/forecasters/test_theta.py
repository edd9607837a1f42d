"""The dynamic Theta model, against a scalar loop over the published equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from forecast.forecasters import Theta
from forecast.forecasters.theta import SMOOTHING

VALUES = np.array([12.0, 15.0, 13.0, 17.0, 18.0, 16.0, 21.0, 24.0, 22.0, 27.0])


def published(values, alpha: float, theta: float, level: float) -> np.ndarray:
    """One-step means for t = 1..n+1: equations of Fiorucci et al. 2016 with A and B by least squares each time."""
    means, seen = [], []
    for t in range(1, len(values) + 2):
        if len(seen) >= 2:
            slope, intercept = np.polyfit(np.arange(1, len(seen) + 1), seen, 1)
        else:
            slope, intercept = 0.0, seen[0] if seen else 0.0
        trend = (1 - alpha) ** (t - 1) * intercept + (1 - (1 - alpha) ** t) / alpha * slope
        means.append(level + (1 - 1 / theta) * trend)
        if t <= len(values):
            seen.append(values[t - 1])
            level = alpha * values[t - 1] + (1 - alpha) * level
    return np.array(means)


@pytest.mark.parametrize("theta", [1.0, 2.0, 3.0])
def test_fit_is_the_best_of_the_grid_by_the_published_equations(theta):
    # shifted by the first value, as the model does: the equations are not invariant to it at t = 1 and 2
    form = Theta(theta=theta, log=False, seasonal=False).fit(VALUES, horizon=1, season=1)
    sse, alpha, level = best_by_shifted_search(theta)
    assert float(np.sum(form.residuals**2)) == pytest.approx(sse, rel=1e-6)
    expected = VALUES[0] + published(VALUES - VALUES[0], alpha, theta, level)[-1]
    assert form.mean[0] == pytest.approx(expected, rel=1e-6)


def best_by_shifted_search(theta: float) -> tuple[float, float, float]:
    shifted = VALUES - VALUES[0]

    def loss(level: float, alpha: float) -> float:
        return float(np.sum((shifted - published(shifted, alpha, theta, level)[:-1])[2:] ** 2))

    found = []
    for alpha in SMOOTHING[:-1]:
        search = minimize_scalar(loss, bracket=(-20, 20), args=(alpha,))
        found.append((float(search.fun), float(alpha), float(search.x)))
    at_one = loss(0.0, 1.0)
    return min([*found, (at_one, 1.0, 0.0)])


@pytest.mark.parametrize("theta", [1.5, 2.0])
def test_response_is_how_an_error_moves_the_published_forecasts(theta):
    form = Theta(theta=theta, log=False, seasonal=False).fit(VALUES, horizon=4, season=1)
    _, alpha, level = best_by_shifted_search(theta)
    shifted = VALUES - VALUES[0]

    def path(errors) -> np.ndarray:
        future = shifted
        for error in errors:
            future = np.append(future, published(future, alpha, theta, level)[-1] + error)
        return future[shifted.size :]

    base = path(np.zeros(4))
    np.testing.assert_allclose(form.mean - VALUES[0], base, rtol=1e-5)
    for j in range(4):
        np.testing.assert_allclose(form.response[:, j], path(np.eye(4)[j]) - base, atol=1e-5)


def test_theta_of_one_is_simple_exponential_smoothing():
    form = Theta(theta=1.0, log=False, seasonal=False).fit(VALUES, horizon=5, season=1)
    assert np.ptp(form.mean) < 1e-12
    below = form.response[np.tril_indices(5, -1)]
    assert np.ptp(below) < 1e-12  # c_j = alpha at every lag
    assert any(np.isclose(below[0], SMOOTHING))


def test_a_straight_line_is_followed_for_at_most_two_thirds_of_its_slope():
    form = Theta(log=False, seasonal=False).fit(10 + 2.0 * np.arange(15), horizon=8, season=1)
    steps = np.diff(form.mean)
    assert np.all(steps > 0)
    assert np.all(steps <= 2 * 2 / 3 + 1e-9)
