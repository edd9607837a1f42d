"""The random walk with shrunk drift: by hand, closed forms, coverage, and its seasonal pattern."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.forecasters import RandomWalk, seasonality
from forecast.forecasters.seasonality import seasonal_pattern

PLAIN = RandomWalk(drift=0.0, log=False, seasonal=False)


def test_half_drift_worked_by_hand():
    # changes 2, -1, 4, -1: mean 1, half 0.5; residuals 1.5, -1.5, 3.5, -1.5 with squares summing to 19
    form = RandomWalk(log=False).fit(np.array([10.0, 12.0, 11.0, 15.0, 14.0]), horizon=3, season=4)
    assert form.mean.tolist() == [14.5, 15.0, 15.5]
    assert form.residuals.tolist() == [1.5, -1.5, 3.5, -1.5]
    # k = 0.5 / 4: an error moves the drift by an eighth of itself
    assert form.response.tolist() == [[1.0, 0.0, 0.0], [1.125, 1.0, 0.0], [1.25, 1.125, 1.0]]
    freedom = 4 - 0.75
    sigma = (19 / freedom) ** 0.5 * stats.t.ppf(0.9, freedom) / stats.norm.ppf(0.9)
    assert form.scale == pytest.approx(sigma * 1.125**0.5, rel=1e-12)


def test_drift_of_logs_is_half_the_mean_growth():
    # growth of 21 % in all over two steps is 10 % a step; half of it on logs is sqrt(1.1)
    form = RandomWalk(seasonal=False).fit(np.array([100.0, 105.0, 110.25, 121.0 * 1.0]), horizon=2, season=1)
    assert form.transformation == "log"
    growth = 1.21 ** (1 / 3)
    np.testing.assert_allclose(form.quantile(0.5), [121 * growth**0.5, 121 * growth], rtol=1e-12)


def test_spread_of_a_plain_walk_grows_as_the_root_of_time():
    form = PLAIN.fit(np.array([3.0, 5.0, 4.0, 8.0, 7.0, 9.0]), horizon=9, season=4)
    np.testing.assert_allclose(form.spread() / form.scale, np.sqrt(np.arange(1, 10)), rtol=1e-14)


def test_spread_with_full_drift_approaches_the_textbook_variance():
    # h * sigma**2 * (1 + h / N) for an estimated drift (Hyndman and Athanasopoulos 2021, section 5.5), to order 1 / N
    values = np.random.default_rng(2).normal(size=401).cumsum()
    form = RandomWalk(drift=1.0, log=False, seasonal=False).fit(values, horizon=12, season=1)
    h = np.arange(1, 13)
    sigma = form.scale / (1 + 1 / 400) ** 0.5
    np.testing.assert_allclose(form.spread(), sigma * np.sqrt(h * (1 + h / 400)), rtol=2e-4)


def test_probability_of_standing_above_a_level():
    # a driftless walk from y stands above a at t with N((y - a) / (sigma * sqrt(t))); false alarm 1e-6 a step
    form = PLAIN.fit(np.array([3.0, 5.0, 4.0, 8.0, 7.0, 9.0]), horizon=4, season=4)
    paths = form.paths(np.random.default_rng(8).normal(size=(4, 40_000)))
    expected = stats.norm.cdf((9 - 11) / (form.scale * np.sqrt(np.arange(1, 5))))
    sd = np.sqrt(expected * (1 - expected) / 40_000)
    assert np.all(np.abs(np.mean(paths >= 11, axis=1) - expected) < 4.9 * sd)


def test_intervals_of_random_walks_cover_what_they_promise():
    # With nine changes and no parameter the 80 % interval is Student's with 9 degrees of freedom: coverage is exactly
    # 0.8 at each step. 2,000 walks; each step alone fails by chance once in a million runs (4.9 sd).
    rng = np.random.default_rng(11)
    walks = rng.normal(size=(2000, 14)).cumsum(axis=1)
    hits = np.zeros(4)
    for walk in walks:
        form = PLAIN.fit(walk[:10], horizon=4, season=4)
        hits += (form.quantile(0.1) <= walk[10:]) & (walk[10:] <= form.quantile(0.9))
    assert np.all(np.abs(hits / 2000 - 0.8) < 4.9 * (0.8 * 0.2 / 2000) ** 0.5)


def test_a_certain_season_is_kept_whole():
    # 10, 20, 30, 40 on a slope of 1 a quarter: the pattern is what is left after the slope, centred
    t = np.arange(12)
    effects = np.array([-15.0, -5.0, 5.0, 15.0])
    pattern = seasonal_pattern(100 + t + effects[t % 4], 4)
    assert pattern.weight == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(pattern.effects, effects, atol=1e-9)
    form = RandomWalk(drift=1.0, log=False).fit(100 + t + effects[t % 4], horizon=4, season=4)
    np.testing.assert_allclose(form.mean, 112 + np.arange(4) + effects, atol=1e-8)


def test_no_season_before_two_years_for_yearly_data_or_when_switched_off():
    values = np.tile([1.0, 5.0, 2.0, 9.0], 5)
    for pattern in (
        seasonal_pattern(values[:7], 4),
        seasonal_pattern(values, 1),
        seasonal_pattern(values, 4, seasonal=False),
    ):
        assert pattern.weight == 0.0
        assert set(pattern.effects) == {0.0}


def test_the_weight_of_a_season_is_that_of_the_variance_ratio_where_nothing_fades(monkeypatch):
    monkeypatch.setattr(seasonality, "FADING", 1.0)
    values = np.random.default_rng(4).normal(size=21).cumsum() + np.tile([0, 2, 0, -2.0], 6)[:21]
    changes = np.diff(values)
    groups = [changes[np.arange(1, 21) % 4 == season] for season in range(4)]
    ratio = stats.f_oneway(*groups).statistic
    assert seasonal_pattern(values, 4).weight == pytest.approx(1 - 1 / ratio, rel=1e-10)


def test_a_pattern_with_fading_by_hand():
    # Changes of half-years 3, -1, 5, -3, 7, -1, a factor of 0.8 a year: weights 0.8**2.5, 0.8**2, ..., 0.8**0.5, 1
    values = np.array([0.0, 3.0, 2.0, 7.0, 4.0, 11.0, 10.0])
    late, early = np.array([0.8**2, 0.8, 1.0]), np.array([0.8**2.5, 0.8**1.5, 0.8**0.5])
    up, down = np.array([3.0, 5.0, 7.0]), np.array([-1.0, -3.0, -1.0])
    means = np.array([np.average(down, weights=late), np.average(up, weights=early)])
    n = np.array([late.sum() ** 2 / (late**2).sum(), early.sum() ** 2 / (early**2).sum()])
    within = late @ (down - means[0]) ** 2 + early @ (up - means[1]) ** 2
    within /= late.sum() * (1 - 1 / n[0]) + early.sum() * (1 - 1 / n[1])
    between = n @ (means - n @ means / n.sum()) ** 2
    weight = 1 - within / between
    pattern = seasonal_pattern(values, 2)
    assert pattern.weight == pytest.approx(weight, rel=1e-12)
    # the odd periods lie above the even ones by the shrunk change
    assert pattern.effects[1] - pattern.effects[0] == pytest.approx(weight * (means[1] - means[0]) / 2, rel=1e-12)


def test_a_season_that_is_chance_is_mostly_left_out():
    # For 28 pure walks-changes in 4 seasons F exceeds 2 (weight 0.5) with P(F(3, 24) > 2) = 0.141. 1,000 walks:
    # the share exceeds 0.141 + 4.9 sd = 0.195 by chance once in a million runs.
    walks = np.random.default_rng(6).normal(size=(1000, 29)).cumsum(axis=1)
    share = np.mean([seasonal_pattern(walk, 4).weight > 0.5 for walk in walks])
    assert share < stats.f.sf(2, 3, 24) + 4.9 * (0.141 * 0.859 / 1000) ** 0.5
