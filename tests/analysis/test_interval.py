"""The interval of a statistic holds the true number as often as it says, and is not empty where all paths agree."""

import math

import numpy as np
import pytest
from scipy import stats

from forecast.analysis.goal import Goal
from forecast.analysis.interval import measure
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile

WON = Goal("profit", at_least=0, over="quarter")
MEAN = Mean("profit", at="2026Q1")
MEDIAN = Quantile("profit", 0.5, at="2026Q1")


def test_of_a_probability_it_is_wilsons():
    value, error, low, high = measure(Probability(WON), np.repeat([0.0, 1.0], [150, 50]))
    expected = stats.binomtest(50, 200).proportion_ci(0.95, "wilson")
    assert value == 0.25
    assert error > 0
    np.testing.assert_allclose([low, high], [expected.low, expected.high], rtol=1e-12)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_no_path_or_every_path_reaches_a_goal_the_batches_say_nothing(share):
    value, error, low, high = measure(Probability(WON), np.full(1_000, share))
    expected = stats.binomtest(round(1_000 * share), 1_000).proportion_ci(0.95, "wilson")
    assert value == share
    assert math.isnan(error)
    np.testing.assert_allclose([low, high], [expected.low, expected.high], rtol=1e-9, atol=1e-12)
    assert high - low > 0.003


def test_of_a_mean_it_is_students_from_50_batches():
    numbers = np.random.default_rng(3).normal(5, 2, 1_000)
    value, error, low, high = measure(MEAN, numbers)
    batches = numbers.reshape(50, 20).mean(axis=1)
    expected = stats.t.interval(0.95, 49, loc=numbers.mean(), scale=stats.sem(batches))
    assert value == numbers.mean()
    np.testing.assert_allclose(error, stats.sem(batches), rtol=1e-12)
    np.testing.assert_allclose([low, high], expected, rtol=1e-9)


def test_of_one_path_a_mean_has_none():
    assert np.isnan(measure(MEAN, np.array([5.0]))[1:]).all()


def test_of_a_quantile_it_has_the_ends_that_order_statistics_say():
    numbers = np.random.default_rng(3).permutation(101).astype(float)
    value, _, low, high = measure(MEDIAN, numbers)
    # the i-th and j-th smallest of n hold the median with probability P(i <= B < j), B binomial(n, 1/2)
    below = stats.binom(101, 0.5)
    assert value == 50.0
    assert below.cdf(high - 0) - below.cdf(low) >= 0.95  # the number k is the (k + 1)-th smallest
    assert below.cdf(high - 2) - below.cdf(low + 1) < 0.95


def test_so_few_paths_cannot_bound_a_far_quantile():
    value, _, low, high = measure(Quantile("profit", 0.01, at="2026Q1"), np.arange(20.0))
    assert low == -math.inf
    assert value <= high < math.inf


def test_of_a_date_it_has_whole_quarters():
    numbers = np.repeat([1, 2, 3, 9], [30, 19, 3, 48])  # 49 of 100 by the second quarter, 52 by the third
    value, _, low, high = measure(BreakevenDate(WON), numbers)
    assert (value, low, high) == (3.0, 2.0, 9.0)


@pytest.mark.parametrize(
    ("statistic", "true"), [(MEAN, 0.0), (Quantile("profit", 0.9, at="2026Q1"), stats.norm.ppf(0.9))]
)
def test_it_holds_the_true_number_19_times_of_20(statistic, true):
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(1_000):
        _, _, low, high = measure(statistic, chance.normal(size=500))
        held += low <= true <= high
    # of 1,000: binomial with 95 % (a mean) or a little more (order statistics are discrete); false-alarm rate 1e-6
    assert stats.binom.ppf(5e-7, 1_000, 0.95) <= held <= stats.binom.ppf(1 - 5e-7, 1_000, 0.97)
