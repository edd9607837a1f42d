"""What drivers share: posteriors by hand, unbroken runs, and fields read with every problem at once."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.distributions import lognormal, normal
from forecast.drivers.stating import floored, shrunk_mean, spread_of, unbroken


def test_a_shrunk_mean_by_hand():
    """Sample 1, 3: mean 2, variance 2, so the weight n / s**2 is 1; the prior 0 +- 0.5 weighs 4."""
    posterior = dict(shrunk_mean(np.array([1.0, 3.0]), 0.0, 0.5).arguments)
    assert posterior == pytest.approx({"mean": 0.4, "sd": math.sqrt(0.2)}, rel=1e-12)


@pytest.mark.parametrize("sample", [[], [7.0]])
def test_fewer_than_two_numbers_leave_the_prior(sample):
    assert shrunk_mean(np.array(sample), 0.015, 0.02) == normal(0.015, 0.02)


samples = st.lists(st.floats(-5, 5), min_size=2, max_size=12)


@settings(deadline=None, derandomize=True)
@given(samples, st.floats(-2, 2), st.floats(0.01, 2))
def test_a_shrunk_mean_lies_between_prior_and_sample_and_is_never_wider_than_the_prior(sample, prior, sd):
    posterior = dict(shrunk_mean(np.array(sample), prior, sd).arguments)
    low, high = sorted((prior, float(np.mean(sample))))
    assert low - 1e-9 <= posterior["mean"] <= high + 1e-9
    assert 0 < posterior["sd"] <= sd * (1 + 1e-12)


def test_a_spread_by_hand():
    """Sample 1, 3, 5: standard deviation 2; its log is known to 1 / sqrt(2 * 2)."""
    assert spread_of(np.array([1.0, 3.0, 5.0]), 0.1) == lognormal(2, 0.5)
    assert spread_of(np.array([4.0, 4.0, 4.0]), 0.1) == lognormal(0.1, 0.5)
    assert spread_of(np.array([4.0]), 0.1) == lognormal(0.1, 0.5)


def test_changes_that_differ_less_than_a_driver_allows_are_told_with_what_they_differ_by():
    sample = np.repeat([0.01, 0.02, 0.03], 4)  # squares 8 * 0.01**2 over 11: a standard deviation of 0.0085
    assert floored(sample, 0.01, "growth rates") == (
        "its 12 growth rates differ by a standard deviation of only 0.0085; the smallest spread of the driver, 0.01, "
        "stands in for theirs.",
    )
    assert floored(sample, 0.008, "growth rates") == ()


def test_the_error_of_a_spread_is_that_of_normal_samples():
    """The log of the standard deviation of 20 normals spreads by 1 / sqrt(38) = 0.1622; 4000 of them.

    The standard error of a standard deviation of 4000 numbers is 1.1 % and the delta method is 2 % off at n = 20,
    so 5 % leaves 2.7 standard errors: a false alarm in 0.4 % of seeds, and this seed is fixed.
    """
    draws = np.random.default_rng(11).standard_normal((4000, 20))
    observed = np.std(np.log(np.std(draws, axis=1, ddof=1)))
    stated = dict(spread_of(draws[0], 0.0).arguments)["sigma"]
    assert stated == pytest.approx(1 / math.sqrt(38), rel=1e-12)
    assert observed == pytest.approx(stated, rel=0.05)


@pytest.mark.parametrize(
    ("values", "run"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([np.nan, 1, np.nan, 2, 3], [2, 3]),
        ([1, 2, np.nan], []),
        ([np.nan], []),
    ],
)
def test_the_last_unbroken_run(past, values, run):
    np.testing.assert_array_equal(unbroken(past(x=values).history, "x"), run)


def test_a_line_that_the_history_lacks_has_no_run(past):
    assert len(unbroken(past(x=[1.0]).history, "y")) == 0
