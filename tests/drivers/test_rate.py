"""Rate: its moments in closed form, and what is learned from a history by hand."""

import math

import numpy as np
import pytest

from forecast.distributions import fixed, lognormal
from forecast.drivers import Rate
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError
from forecast.model import assume

PATHS = 40_000
DRAWS = np.random.default_rng(5).standard_normal((30, PATHS))


def test_a_random_walk_by_hand(walk):
    values, _ = walk(Rate("fx"), 3, errors=[1, 0, -2], volatility=0.1, reversion=0, start=7)
    np.testing.assert_allclose(values, 7 * np.exp([0.1, 0.1, -0.1]), rtol=1e-13)


def test_reversion_by_hand(walk):
    """Each quarter a quarter of the log distance to 4 goes: log(x / 4) = log 2 * 0.75**t."""
    values, _ = walk(Rate("fx", mean=4, reversion=0.25), 6, volatility=0, reversion=0.25, mean=4, start=8)
    np.testing.assert_allclose(values, 4 * 2 ** (0.75 ** np.arange(1, 7)), rtol=1e-13)


def test_a_random_walk_has_no_drift_and_a_variance_that_grows_with_time(walk):
    """Log r[t] ~ normal(log start, t * volatility**2).

    False alarms: means are compared at 5 standard errors, variances at 5 * sqrt(2 / n): below 1e-6 each, 60 of them.
    """
    values, _ = walk(Rate("fx"), 30, errors=DRAWS, volatility=0.03, reversion=0, start=7)
    log, steps = np.log(values / 7), np.arange(1, 31)
    sd = 0.03 * np.sqrt(steps)
    assert np.all(np.abs(log.mean(axis=1)) < 5 * sd / math.sqrt(PATHS))
    assert np.all(np.abs(log.var(axis=1) / sd**2 - 1) < 5 * math.sqrt(2 / PATHS))


def test_a_reverting_rate_has_the_moments_of_an_autoregression(walk):
    """With phi = 1 - reversion: E = log mean + phi**t * log(start / mean), var = v**2 (1 - phi**2t) / (1 - phi**2).

    The variance tends to the stationary v**2 / (1 - phi**2). False alarms as above, 60 of below 1e-6.
    """
    driver = Rate("fx", mean=6, reversion=0.3)
    values, _ = walk(driver, 30, errors=DRAWS, volatility=0.05, reversion=0.3, mean=6, start=9)
    phi, steps = 0.7, np.arange(1, 31)
    expected = math.log(6) + phi**steps * math.log(9 / 6)
    variance = 0.05**2 * (1 - phi ** (2 * steps)) / (1 - phi**2)
    log = np.log(values)
    assert np.all(np.abs(log.mean(axis=1) - expected) < 5 * np.sqrt(variance / PATHS))
    assert np.all(np.abs(log.var(axis=1) / variance - 1) < 5 * math.sqrt(2 / PATHS))
    assert variance[-1] == pytest.approx(0.05**2 / (1 - phi**2), rel=1e-8)


def test_a_full_reversion_is_at_the_mean_after_one_quarter(walk):
    values, _ = walk(Rate("fx", mean=6, reversion=1), 2, volatility=0, reversion=1, mean=6, start=9)
    np.testing.assert_allclose(values, [6, 6], rtol=1e-13)


def test_what_is_learned_by_hand(past):
    """Log changes 0.1, -0.1, 0.1, -0.1: mean 0, sample variance 0.04 / 3."""
    fit = Rate("fx").calibrate(past(fx=7 * np.exp([0, 0.1, 0, 0.1, 0])))
    volatility = dict(fit.estimates["volatility"].arguments)
    assert volatility["median"] == pytest.approx(math.sqrt(0.04 / 3), rel=1e-12)
    assert volatility["sigma"] == pytest.approx(1 / math.sqrt(6), rel=1e-12)
    assert fit.estimates["start"] == fixed(7)


def test_a_pegged_rate_keeps_a_least_volatility(past):
    fit = Rate("fx").calibrate(past(fx=[7.8] * 6))
    assert fit.estimates["volatility"] == lognormal(0.001, 1 / math.sqrt(8))


def test_it_is_a_rate_with_a_unit():
    line = Rate("usd_cny", unit="CNY_per_USD").describe()
    assert (line.kind, line.unit, line.currency) == ("rate", "CNY_per_USD", None)


def test_a_history_that_is_too_short_is_refused(past, refusal):
    assert refusal(HistoryTooShortError, Rate("fx").calibrate, past(fx=[7.0] * 4)) == (
        "'fx' (Rate) needs 5 quarters in a row up to 2025Q4; the history has 4. "
        "State its parameters, or use another driver."
    )


def test_a_rate_that_is_not_positive_is_refused(past, refusal):
    assert refusal(CalibrationError, Rate("fx").calibrate, past(fx=[7, 7, -0.1, 7, 7])) == (
        "'fx' (Rate) has values at or below 0. Use Path for such a rate."
    )


def test_a_rate_that_reverts_needs_a_mean(refusal):
    text = "the Rate 'fx' reverts but has no mean to revert to. Give 'mean'."
    assert refusal(ModelError, Rate, "fx", reversion=0.2) == text
    assert refusal(ModelError, Rate, "fx", reversion={"uniform": {"low": 0, "high": 0.2}}) == text
    assert Rate("fx", reversion=assume(0, because="Meese and Rogoff 1983")).mean is None


def test_nothing_is_not_a_reversion(refusal):
    assert refusal(ModelError, Rate, "fx", reversion=None) == (
        "the driver Rate of 'fx' cannot be read\n"
        "  - reversion: None is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."
    )
