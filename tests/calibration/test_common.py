"""A common factor behind errors: shrinkage and loadings by hand, and joint paths that have the correlation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.calibration.common import one_factor, share_errors, shrunk_correlation
from forecast.drivers import Growth, Path, Trend
from forecast.errors import CalibrationError, HistoryTooShortError
from forecast.financials import History
from forecast.forecasters import RandomWalk

CHANCE = np.random.default_rng(11)


def history(**lines):
    index = pd.period_range(end="2025Q4", periods=len(next(iter(lines.values()))), freq="Q").astype(str)
    return History.from_frame(pd.DataFrame(lines, index=index))


def walks(n, loadings, seed=4):
    """Random walks in logs whose steps load on one factor."""
    chance = np.random.default_rng(seed)
    common = chance.normal(size=n)
    found = {}
    for name, loading in loadings.items():
        own = np.sqrt(1 - loading**2) * chance.normal(size=n)
        found[name] = 100 * np.exp(np.cumsum(0.05 * (loading * common + own)))
    return found


def test_shrinkage_by_hand():
    # mean squares 1, products 1, 1, 1, -1: r = 1/2, var = 3 / (4 * 3) = 1/4; v = (1/4) / (1/4) = 1
    z = np.array([[1.0, 1, 1, 1], [1, 1, 1, -1]])
    np.testing.assert_allclose(shrunk_correlation(z), np.eye(2))
    # eight quarters: r = 3/4, var = (7 * (1/4)**2 + (7/4)**2) / 56 = 1/16; v = (1/16) / (9/16) = 1/9
    z = np.array([[2.0] * 8, [3.0] * 7 + [-3.0]])
    np.testing.assert_allclose(shrunk_correlation(z)[0, 1], 8 / 9 * 3 / 4)


def test_errors_that_are_all_zero_are_shared_with_nobody():
    np.testing.assert_array_equal(shrunk_correlation(np.array([[0.0] * 9, [1.0] * 9])), np.eye(2))


@settings(deadline=None)
@given(st.lists(st.floats(-0.9, 0.9), min_size=3, max_size=6))
def test_an_exact_factor_is_found(loadings):
    given_ones = np.array(loadings)
    correlation = np.outer(given_ones, given_ones)
    np.fill_diagonal(correlation, 1.0)
    found = one_factor(correlation)
    np.testing.assert_allclose(
        np.outer(found, found)[~np.eye(len(loadings), dtype=bool)],
        correlation[~np.eye(len(loadings), dtype=bool)],
        atol=2e-2,
    )
    assert found.sum() >= 0


def test_two_lines_share_alike():
    np.testing.assert_allclose(one_factor(np.array([[1, 0.36], [0.36, 1]])), [0.6, 0.6], atol=1e-6)
    np.testing.assert_allclose(np.prod(one_factor(np.array([[1, -0.36], [-0.36, 1]]))), -0.36, atol=1e-6)
    np.testing.assert_array_equal(one_factor(np.eye(3)), np.zeros(3))


def test_lines_that_moved_together_go_on_together():
    told = {"ads": 0.8, "search": 0.8, "games": 0.0}
    lines = walks(200, told)
    model = fc.Model(*(Trend(name, RandomWalk(seasonal=False)) for name in told))
    company = fc.calibrate(model, history(**lines))
    tied = share_errors(company)
    loadings = {name: dict(tied.driver(name).shared)["common"] for name in told}
    assert loadings["ads"] * loadings["search"] == pytest.approx(0.64, abs=0.12)
    assert abs(loadings["games"]) < 0.2
    before, after = (
        fc.simulate(fc.calibrate(one, history(**lines)), [fc.Scenario("base")], until="2026Q2", paths=4000, seed=1)
        for one in (model, tied)
    )

    def together(runs):
        return np.corrcoef(np.log(runs.values("ads")[0]), np.log(runs.values("search")[0]))[0, 1]

    assert abs(together(before)) < 0.05
    assert together(after) == pytest.approx(loadings["ads"] * loadings["search"], abs=0.05)
    for name in told:
        spread = [np.std(np.log(runs.values(name)[1])) for runs in (before, after)]
        assert spread[1] == pytest.approx(spread[0], rel=0.05)


def test_independent_lines_share_next_to_nothing():
    tied = share_errors(
        fc.calibrate(
            fc.Model(Trend("ads", RandomWalk(seasonal=False)), Trend("games", RandomWalk(seasonal=False))),
            history(**walks(40, {"ads": 0.0, "games": 0.0}, seed=8)),
        )
    )
    product = np.prod([dict(tied.driver(name).shared)["common"] for name in ("ads", "games")])
    assert abs(product) < 0.3


def test_who_states_what_he_shares_is_left_alone_and_one_line_shares_with_nobody():
    lines = walks(30, {"ads": 0.5, "games": 0.5, "search": 0.5})
    stated = Trend("search", shared={"market": 0.3})
    model = fc.Model(Trend("ads"), Trend("games"), stated, Path("tax", 1.0))
    tied = share_errors(fc.calibrate(model, history(**lines)), factor="mood")
    assert tied.driver("search") == stated
    assert [name for name, _ in tied.driver("ads").shared] == ["mood"]
    with pytest.raises(CalibrationError, match="there is 1 that has errors of its own history"):
        share_errors(fc.calibrate(fc.Model(Trend("ads"), stated, Growth("games")), history(**lines)))


def test_too_few_quarters_are_refused():
    lines = walks(7, {"ads": 0.5, "games": 0.5})
    with pytest.raises(HistoryTooShortError, match="8 are needed to see what lines share"):
        share_errors(fc.calibrate(fc.Model(Trend("ads"), Trend("games")), history(**lines)))


def test_a_model_that_is_not_calibrated_and_a_factor_without_a_name_are_refused():
    model = fc.Model(Trend("ads"), Trend("games"))
    with pytest.raises(CalibrationError, match="calibrate the model first"):
        share_errors(model)
    company = fc.calibrate(model, history(**walks(20, {"ads": 0.5, "games": 0.5})))
    with pytest.raises(CalibrationError, match="the factor is 3"):
        share_errors(company, factor=3)
