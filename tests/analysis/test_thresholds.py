"""Thresholds of paths whose answer is known; levers that turn back; ranges that are only partly allowed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.thresholds import GRID, find_thresholds, least_demanding, lever_grid, narrowed

WHERE = np.array([-2.0, 0.1, 0.25, 3.3, 9.99, 12.0])
"""Where each of six paths starts to succeed; the range searched is 0 to 10."""


def test_each_path_has_its_own_threshold():
    found = find_thresholds(lambda lever: lever - WHERE, 0.0, 10.0, 6)
    assert found.easier == 1
    assert found.signed[[0, 5]].tolist() == [-np.inf, np.inf]
    np.testing.assert_allclose(found.signed[1:5], WHERE[1:5], atol=10 / 12 / 2**21)
    assert np.all(found.signed[1:5] >= WHERE[1:5])
    assert found.turning == 0
    assert (found.hardest, found.best) == (0.0, (5 / 6, 10.0))


def test_less_of_a_lever_may_help():
    found = find_thresholds(lambda lever: WHERE - lever, 0.0, 10.0, 6)
    assert found.easier == -1
    assert found.signed[[0, 5]].tolist() == [np.inf, -np.inf]
    np.testing.assert_allclose(-found.signed[1:5], WHERE[1:5], atol=10 / 12 / 2**21)
    assert (found.hardest, found.best) == (10.0, (5 / 6, 0.0))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(0.05, 80), min_size=1, max_size=20), st.sampled_from([1, -1]))
def test_thresholds_are_found_from_the_succeeding_side(thresholds, sign):
    where = np.array(thresholds)
    found = find_thresholds(lambda lever: sign * (lever - where), 0.05, 80.0, len(where))
    lever = np.clip(found.easier * found.signed, 0.05, 80.0)
    inside = np.isfinite(found.signed)
    assert np.all(sign * (lever - where)[inside] >= 0)
    np.testing.assert_allclose(lever[inside], where[inside], rtol=1e-6)


def test_the_share_at_any_value_is_that_of_the_thresholds_below_it():
    rng = np.random.default_rng(4)
    where = rng.uniform(-1, 11, 500)
    found = find_thresholds(lambda lever: lever - where, 0.0, 10.0, 500)
    for value in (0.0, 0.37, 5.0, 10.0):
        assert np.mean(found.signed <= value + 1e-6) == pytest.approx(np.mean(where <= value), abs=1e-12)


def test_the_grid_is_even_on_the_scale_that_fits_the_range():
    assert lever_grid(0.0, 12.0).tolist() == list(range(13))
    assert lever_grid(-6.0, 6.0)[6] == 0
    wide = lever_grid(0.05, 80.0)
    np.testing.assert_allclose(np.diff(np.log(wide)), np.log(1600) / 12, rtol=1e-12)
    assert (wide[0], wide[-1], len(wide)) == (0.05, 80.0, GRID)


def test_where_no_path_ever_succeeds_the_margins_tell_the_easier_side():
    up = find_thresholds(lambda lever: lever - 100, 0.0, 10.0, 3)
    down = find_thresholds(lambda lever: -lever - 100, 0.0, 10.0, 3)
    assert (up.easier, up.hardest, up.best) == (1, 0.0, (0.0, 10.0))
    assert (down.easier, down.hardest, down.best) == (-1, 10.0, (0.0, 0.0))
    assert np.all(np.isposinf(up.signed))
    assert up.bracket(0.5) is None


def test_where_every_path_succeeds_the_margins_tell_the_harder_side():
    up = find_thresholds(lambda lever: lever + 100, 0.0, 10.0, 3)
    down = find_thresholds(lambda lever: 100 - lever, 0.0, 10.0, 3)
    assert (up.easier, up.hardest) == (1, 0.0)
    assert (down.easier, down.hardest) == (-1, 10.0)
    assert np.all(np.isneginf(up.signed))


def test_the_best_value_on_a_plateau_is_the_least_demanding_one():
    # two of three paths succeed from 5 on, the third never: no use in going to 10
    where = np.array([1.0, 5.0, 99.0])
    found = find_thresholds(lambda lever: lever - where, 0.0, 12.0, 3)
    assert found.best == (2 / 3, 5.0)


def test_a_lever_that_turns_back_is_noticed_and_its_path_counts_only_up_to_the_easy_end():
    # path 0 succeeds from 2 to 6, path 1 from 4 on, path 2 up to 3 and again from 8 on
    def margin(lever):
        hump = 2 - np.abs(lever - 4)
        valley = np.abs(lever - 5.5) - 2.5
        return np.where(np.arange(3) == 0, hump, np.where(np.arange(3) == 1, lever - 4, valley))

    found = find_thresholds(margin, 0.0, 12.0, 3)
    assert found.easier == 1
    assert found.turning == pytest.approx(2 / 3)
    assert found.signed[0] == np.inf
    np.testing.assert_allclose(found.signed[1:], [4, 8], atol=1e-6)
    assert found.shares[[0, 4, 7]].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3])


def test_a_path_that_goes_the_other_way_is_turning():
    sign = np.array([1.0, 1.0, -1.0])
    found = find_thresholds(lambda lever: sign * (lever - 5), 0.0, 12.0, 3)
    assert (found.easier, found.turning) == (1, pytest.approx(1 / 3))
    assert found.signed[2] == np.inf


def test_the_bracket_is_the_first_grid_step_that_reaches_a_share():
    where = np.array([1.5, 4.0, 9.2, 99.0])
    found = find_thresholds(lambda lever: lever - where, 0.0, 12.0, 4)
    assert [found.bracket(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)] == [(0, 0), (1, 2), (3, 4), (9, 10), None]
    mirrored = find_thresholds(lambda lever: where - lever, 0.0, 12.0, 4)
    assert [mirrored.bracket(share) for share in (0.25, 0.5, 1.0)] == [(12, 12), (10, 9), (2, 1)]


def test_the_least_demanding_value_of_a_monotone_lever_is_a_quantile_of_its_thresholds():
    rng = np.random.default_rng(8)
    where = np.sort(rng.uniform(0, 10, 200))
    found = find_thresholds(lambda lever: lever - where, 0.0, 10.0, 200)
    value = least_demanding(found, lambda at: float(np.mean(at >= where)), 0.8)
    assert value == pytest.approx(where[159], abs=1e-6)
    assert least_demanding(found, lambda at: float(np.mean(at >= where)), 1.1) is None


@pytest.mark.parametrize(("low", "high"), [(0.0, 6.0), (0.0, 6.5), (-0.5, 6.0)])
def test_the_least_demanding_value_of_a_hump_lies_on_its_harder_side(low, high):
    # 4 - (x - 3)^2 >= 0 between 1 and 5; the end further below zero is the harder one
    found = find_thresholds(lambda lever: 4 - (lever - 3) ** 2, low, high, 5)
    value = least_demanding(found, lambda at: float(4 - (at - 3) ** 2 >= 0), 0.9)
    assert value == pytest.approx(5.0 if high - 3 > 3 - low else 1.0, abs=1e-6)
    assert found.turning == 1


def test_a_range_is_narrowed_to_what_is_allowed():
    assert narrowed(lambda value: True, 0.0, 12.0) == (0.0, 12.0)
    assert narrowed(lambda value: 2 <= value <= 9.5, 0.0, 12.0) == pytest.approx((2.0, 9.5), abs=1e-12)
    assert narrowed(lambda value: value <= 40, 0.05, 80.0) == pytest.approx((0.05, 40.0), abs=1e-12)
    assert narrowed(lambda value: False, 0.0, 12.0) is None


@settings(deadline=None, derandomize=True)
@given(st.floats(0, 6), st.floats(6, 12))
def test_what_is_left_of_a_range_is_allowed_itself(low, high):
    ends = narrowed(lambda value: low <= value <= high, 0.0, 12.0)
    if ends is not None:
        assert low <= ends[0] < ends[1] <= high
