"""Curves: their time and growth against closed forms, and the evidence against quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize

from forecast.distributions import lognormal
from forecast.drivers.curves import CURVES, DISCLOSURE, PRIORS, advance, curve_time, fit_rate

T = np.array([0.0, 2.0, 3.0, 7.0, 11.0])
CLOSED = {
    "logistic": lambda t, r, _: 1 / (1 + np.exp(-r * t)),
    "gompertz": lambda t, r, _: np.exp(-np.exp(-r * t)),
    "bass": lambda t, r, p: (1 - np.exp(-(p + r) * t)) / (1 + r / p * np.exp(-(p + r) * t)),
}


@pytest.mark.parametrize("curve", CURVES)
def test_time_and_growth_invert_the_curve(curve):
    at = np.linspace(1.0, 15.0, 8)
    share = CLOSED[curve](at, 0.3, 0.02)
    time, growth = curve_time(curve, share, np.float64(0.3), 0.02)
    np.testing.assert_allclose(time, at, rtol=1e-9)
    slope = (np.log(CLOSED[curve](at + 1e-5, 0.3, 0.02)) - np.log(CLOSED[curve](at - 1e-5, 0.3, 0.02))) / 2e-5
    np.testing.assert_allclose(growth, slope, rtol=1e-6)


@pytest.mark.parametrize("curve", CURVES)
def test_the_evidence_is_the_mean_of_the_best_fit_over_the_prior(curve):
    """By a search for the origin at each rate, and quadrature over the prior."""
    share = CLOSED[curve](T + 4, 0.2, 0.02) * np.exp([0.1, -0.2, 0.05, 0.1, -0.1])
    share = np.minimum(share, 0.97)
    median, sigma = PRIORS[curve]

    def likelihood(rate):
        time, growth = curve_time(curve, share, np.float64(rate), 0.02)
        miss = lambda origin: float(np.sum(((time - T - origin) * growth / DISCLOSURE) ** 2))  # noqa: E731
        return math.exp(-0.5 * optimize.minimize_scalar(miss, bracket=(time[0] - 1, time[0] + 1), tol=1e-10).fun)

    def moment(k):
        def inside(z):
            return (math.log(median) + sigma * z) ** k * likelihood(median * math.exp(sigma * z)) * math.exp(-z * z / 2)

        return integrate.quad(inside, -6, 6, limit=200, epsabs=1e-14)[0] / math.sqrt(2 * math.pi)

    mass, first, second = moment(0), moment(1), moment(2)
    rate, evidence = fit_rate(curve, share, T, prior=(median, sigma), innovation=0.02)
    assert evidence == pytest.approx(math.log(mass), abs=1e-5)
    assert dict(rate.arguments)["median"] == pytest.approx(math.exp(first / mass), rel=1e-5)
    assert dict(rate.arguments)["sigma"] == pytest.approx(math.sqrt(second / mass - (first / mass) ** 2), rel=1e-4)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("count", [0, 1])
def test_one_value_says_nothing(curve, count):
    found = fit_rate(curve, np.full(count, 0.3), np.zeros(count), prior=PRIORS[curve], innovation=0.01)
    assert found == (lognormal(*PRIORS[curve]), 0.0)


def test_two_values_at_one_time_say_nothing_about_the_rate_of_the_logistic():
    """The spread of a level is that of the disclosure whatever the rate, so the prior stays."""
    rate, _ = fit_rate("logistic", np.array([0.3, 0.3]), np.zeros(2), prior=(0.25, 0.6), innovation=0.01)
    assert dict(rate.arguments) == pytest.approx({"median": 0.25, "sigma": 0.6}, rel=1e-5)


@pytest.mark.parametrize("curve", CURVES)
def test_a_ceiling_of_nothing_leaves_nothing_and_moves_no_other_path(curve):
    x, ceiling, rate = np.array([50.0, 50.0, 0.0]), np.array([0.0, 400.0, 0.0]), np.full(3, 0.3)
    ends = advance(curve, x, ceiling, rate, np.full(3, 0.01))
    alone = advance(curve, x[1:2], ceiling[1:2], rate[:1], np.full(1, 0.01))
    assert ends.tolist() == [0.0, alone[0], 0.0]
