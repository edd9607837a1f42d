"""The shipped widths: how they are read, interpolated and applied, and what the intervals then hold."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import Combination
from forecast.forecasters.widths import STEPS, Widths, calibrated, read_widths

GROWTH = 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0.02, 0.05, 30)))


def test_every_kind_of_series_has_its_table():
    table = read_widths()
    assert sorted(table) == [("identity", False), ("identity", True), ("log", False), ("log", True)]
    for widths in table.values():
        assert np.all(np.diff(widths.points) > 0)
        assert widths.factors.shape == (widths.points.size, len(STEPS))
        assert np.all(widths.factors > 0.1)
        assert np.all(widths.factors < 4)


def test_between_entries_it_is_linear_in_logarithms_and_constant_outside():
    widths = Widths(np.array([8.0, 32.0]), np.array([[1.0, 2, 3, 4, 5, 6], [3.0, 4, 5, 6, 7, 8]]), np.array([0.1, 0.3]))
    factors, tail = widths.at(16, 10)  # half way between 8 and 32
    assert tail == pytest.approx(0.2)
    at_five = 5 + np.log(5 / 4) / np.log(6 / 4)  # between the entries for 4 and 6 steps
    np.testing.assert_allclose(factors[[0, 1, 3, 4, 5, 7, 9]], [2, 3, 5, at_five, 6, 7, 7], rtol=1e-12)
    np.testing.assert_allclose(widths.at(3, 1)[0], [1.0])
    np.testing.assert_allclose(widths.at(500, 1)[0], [3.0])


def test_the_default_is_calibrated_and_nothing_but_its_width_changes():
    plain = Combination(calibrated=False).fit(GROWTH, horizon=6, season=4)
    default = Combination(own_record=False).fit(GROWTH, horizon=6, season=4)
    factors, tail = read_widths()["log", False].at(30, 6)
    np.testing.assert_array_equal(default.mean, plain.mean)
    np.testing.assert_allclose(default.spread(), plain.spread() * factors, rtol=1e-12)
    assert (plain.tail, default.tail) == (0.0, tail)
    assert calibrated(plain, 4) == default


def test_members_that_are_given_keep_their_own_width():
    from forecast.forecasters import RandomWalk

    given = Combination((RandomWalk(),)).fit(GROWTH, horizon=6, season=4)
    np.testing.assert_allclose(given.spread(), RandomWalk().fit(GROWTH, horizon=6, season=4).spread())
