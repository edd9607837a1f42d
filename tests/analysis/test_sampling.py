"""Intervals of shares and quantiles against published numbers, scipy, statsmodels and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from forecast.analysis.sampling import interval_ranks, quantile_interval, share_interval
from forecast.errors import GoalError


@pytest.mark.parametrize("paths", [1, 7, 100, 10_000])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_interval_of_a_share_is_that_of_wilson(paths, level):
    for count in {0, 1, paths // 3, paths - 1, paths}:
        found = share_interval(count / paths, paths, level)
        expected = proportion_confint(count, paths, alpha=1 - level, method="wilson")
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_interval_of_a_share_at_the_published_example():
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81 of 263, and 0 of 20
    assert share_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert share_interval(0 / 20, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 2000), st.floats(0, 1), st.floats(0.01, 0.999))
def test_the_interval_of_a_share_holds_it_and_stays_a_probability(paths, fraction, level):
    share = round(fraction * paths) / paths
    low, high = share_interval(share, paths, level)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


@pytest.mark.parametrize(
    ("n", "ranks"), [(6, (1, 6)), (8, (1, 8)), (10, (2, 9)), (12, (3, 10)), (15, (4, 12)), (20, (6, 15)), (25, (8, 18))]
)
def test_the_ranks_for_a_median_are_those_of_the_published_tables(n, ranks):
    # Conover 1999, Practical Nonparametric Statistics, section 3.2; Hollander and Wolfe 1999, section 3.6:
    # 95 % intervals of the median from order statistics. For n = 10, ranks 2 and 9 hold it with 97.9 %.
    assert interval_ranks(n, 0.5) == ranks


def test_ten_draws_hold_their_median_between_ranks_2_and_9_with_97_9_percent():
    low, high = interval_ranks(10, 0.5)
    coverage = stats.binom.cdf(high - 1, 10, 0.5) - stats.binom.cdf(low - 1, 10, 0.5)
    assert coverage == pytest.approx(0.9785, abs=5e-5)


@pytest.mark.parametrize("n", [1, 5, 10, 59, 400, 10_000])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_ranks_are_binomial_quantiles_and_cover_at_least_the_level(n, share, level):
    low, high = interval_ranks(n, share, level)
    law = stats.binom(n, share)
    assert low == law.ppf((1 - level) / 2)
    assert high == law.ppf((1 + level) / 2) + 1
    assert law.cdf(high - 1) - law.cdf(low - 1) >= level - 1e-12


@pytest.mark.parametrize("n", [10, 50, 1000])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_the_quantile_is_the_order_statistic_at_its_rank(n, share):
    ordered = np.arange(1.0, n + 1)
    value, low, high = quantile_interval(ordered, share)
    assert value == np.ceil(round(n * share, 9))
    assert value == np.quantile(ordered, share, method="inverted_cdf")
    assert low <= value <= high


def test_enough_paths_succeed_at_the_quantile_and_one_fewer_below_it():
    # 0.07 * 100 is 7.000000000000001 in binary: still rank 7
    ordered = np.arange(1.0, 101)
    assert [quantile_interval(ordered, share)[0] for share in (0.07, 0.29, 0.57, 0.58)] == [7, 29, 57, 58]


def test_few_draws_leave_the_interval_open():
    assert quantile_interval(np.array([1.0, 2.0, 3.0]), 0.8) == (3.0, 1.0, np.inf)
    # binomial(3, 0.1): P(0) = 0.729, P(<= 1) = 0.972, P(<= 2) = 0.999
    assert quantile_interval(np.array([1.0, 2.0, 3.0]), 0.1) == (1.0, -np.inf, 3.0)


def test_infinite_thresholds_are_paths_without_one():
    ordered = np.array([-np.inf] * 10 + [1.0, 2.0] + [np.inf] * 8)
    assert quantile_interval(ordered, 0.5)[0] == -np.inf
    assert quantile_interval(ordered, 0.55)[0] == 1.0
    assert quantile_interval(ordered, 0.65)[0] == np.inf


@pytest.mark.parametrize(("n", "share"), [(10, 0.5), (60, 0.8), (400, 0.8), (400, 0.95)])
def test_the_interval_covers_the_true_quantile_at_its_exact_rate(n, share):
    # the number of samples whose interval holds the truth is binomial with the exact coverage of the ranks;
    # false-alarm rate 1e-6 each
    repeats = 4_000
    rng = np.random.default_rng(n)
    truth = stats.norm.ppf(share)
    samples = np.sort(rng.normal(size=(repeats, n)), axis=1)
    covered = sum(low <= truth < high for _, low, high in (quantile_interval(row, share) for row in samples))
    low, high = interval_ranks(n, share)
    rate = stats.binom.cdf(high - 1, n, share) - stats.binom.cdf(low - 1, n, share)
    fewest, most = stats.binom.ppf([5e-7, 1 - 5e-7], repeats, rate)
    assert rate >= 0.95
    assert fewest <= covered <= most


@pytest.mark.parametrize("level", [0, 1, 95, "0.95", True, float("nan")])
def test_a_level_lies_strictly_inside_the_unit_interval(level):
    for question in (
        lambda: share_interval(0.5, 10, level),
        lambda: quantile_interval(np.arange(10.0), 0.5, level),
        lambda: interval_ranks(10, 0.5, level),
    ):
        with pytest.raises(GoalError) as caught:
            question()
        assert str(caught.value) == f"the level of an interval is {level!r}; it must lie in (0, 1), as in 0.95."
