"""Pooled regression: the rows of other lines by hand, and no look at what they did after an origin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import CalibrationError, ModelError
from forecast.forecasters import Regression

CHANCE = np.random.default_rng(2)


def momentum(n, phi, seed):
    """Values whose changes follow one another by ``phi``."""
    chance, changes = np.random.default_rng(seed), [0.0]
    for _ in range(n):
        changes.append(phi * changes[-1] + chance.normal())
    return 500 + np.cumsum(changes)


def test_pooled_rows_by_hand():
    """Two rows a series with one lag; weighted ridge in closed form, the intercept left alone."""
    own, other = momentum(12, 0.5, 1), momentum(30, 0.5, 2)
    options = {"lags": 1, "penalty": 2.0, "log": False, "seasonal": False}
    form = Regression(pool=(other,), pool_points=own.size, pool_weight=0.25, **options).fit(own, horizon=2, season=4)
    sizes = [np.std(np.diff(z)) for z in (own, other)]
    d, e = (np.diff(z) / size for z, size in zip((own, other), sizes, strict=True))
    x, y = np.concatenate([d[:-1], e[:-1]]), np.concatenate([d[1:], e[1:]])
    w = np.concatenate([np.ones(d.size - 1), np.full(e.size - 1, 0.25)])
    mx, my = np.average(x, weights=w), np.average(y, weights=w)
    slope = np.sum(w * (x - mx) * (y - my)) / (np.sum(w * (x - mx) ** 2) + 2.0)
    first = my + slope * (d[-1] - mx)
    second = my + slope * (first - mx)
    np.testing.assert_allclose(form.mean, own[-1] + sizes[0] * np.cumsum([first, second]), rtol=1e-10)


def test_a_short_series_borrows_how_changes_follow_one_another():
    own = momentum(12, 0.8, 3)
    pool = tuple(momentum(60, 0.8, seed) for seed in range(10, 30))
    options = {"lags": 1, "log": False, "seasonal": False}
    alone, pooled = (
        Regression(pool=p, pool_points=own.size if p else 0, **options).fit(own, horizon=8, season=1).mean
        for p in ((), pool)
    )
    change = own[-1] - own[-2]
    expected = own[-1] + change * np.cumsum(0.8 ** np.arange(1, 9))
    assert np.abs(pooled - expected).max() < np.abs(alone - expected).max()


def test_no_origin_sees_what_the_others_did_after_it():
    own, other = momentum(20, 0.5, 4), momentum(20, 0.5, 5)
    wild = other.copy()
    wild[-1] += 50
    before, after = (
        Regression(pool=(z,), pool_points=own.size, log=False).fit(own, horizon=1, season=4) for z in (other, wild)
    )
    np.testing.assert_array_equal(before.residuals, after.residuals)
    assert before.mean[0] != after.mean[0]


def test_seasons_are_counted_from_the_end_that_all_share():
    """Lines of different lengths with the same strong fourth quarter: pooling keeps the season in its place."""
    season = np.tile([0.0, 0.0, 0.0, 8.0], 12)
    lines = [100 + np.arange(n) + season[-n:] + CHANCE.normal(0, 0.05, n) for n in (24, 31, 45)]
    form = Regression(log=False, penalty=0.01, pool=tuple(lines[1:]), pool_points=24).fit(lines[0], horizon=4, season=4)
    assert np.argmax(form.mean - np.arange(4)) == 3


def test_in_logs_only_positive_members_are_used():
    own = np.exp(0.02 * np.arange(20) + CHANCE.normal(0, 0.02, 20))
    negative = momentum(30, 0.2, 6) - 500
    plain, pooled = (
        Regression(log=True, pool=p, pool_points=20 if p else 0).fit(own, horizon=2, season=4)
        for p in ((), (negative,))
    )
    np.testing.assert_array_equal(plain.mean, pooled.mean)


def test_a_pool_of_something_else_is_refused():
    with pytest.raises(ModelError, match="histories of finite numbers"):
        Regression(pool=([1.0, float("nan")],))
    for wrong in (3, ("abc",)):
        with pytest.raises(ModelError, match="give histories, each a list of numbers"):
            Regression(pool=wrong)


def test_a_backtest_never_sees_the_pool_after_its_origin():
    own, other = momentum(24, 0.5, 7), momentum(24, 0.5, 8)
    wild = other.copy()
    wild[20:] += 50  # after the last origin
    index = pd.period_range("2020Q1", periods=own.size, freq="Q")
    tables = [
        fc.backtest(
            pd.Series(own, index=index), Regression(pool=(z,), pool_points=own.size, log=False), horizon=5, seed=1
        ).steps
        for z in (other, wild)
    ]
    pd.testing.assert_frame_equal(*tables)


def test_a_pool_that_ends_before_the_series_or_nowhere_is_refused():
    own = momentum(20, 0.5, 9)
    with pytest.raises(CalibrationError, match="ends where the series has 15 observations, but it was fitted to 21"):
        Regression(pool=(own,), pool_points=15, log=False).fit(own, horizon=1, season=4)
    with pytest.raises(ModelError, match="pool_points"):
        Regression(pool=(own,))
