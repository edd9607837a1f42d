"""The own record: scores by hand, the factor by its formula, and what it does to the default."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from forecast.errors import HistoryTooShortError
from forecast.forecasters import Combination, InnovationsForm
from forecast.forecasters.record import EXPECTED, FARTHEST, USUAL, own_factor, record
from forecast.forecasters.tails import stretch

CHANCE = np.random.default_rng(3)
STEADY = 100 * np.exp(np.cumsum(CHANCE.normal(0.02, 0.05, 40)))


def flat(seen, steps, *, spread=2.0, tail=0.0, transformation="identity"):
    """A form that expects the last value again, as wide at every step."""
    last = np.log(seen[-1]) if transformation == "log" else seen[-1]
    return InnovationsForm(
        mean=np.full(steps, last),
        response=np.eye(steps),
        scale=spread,
        residuals=np.zeros(1),
        transformation=transformation,
        name="flat",
        points=seen.size,
        tail=tail,
    )


def test_the_expected_score_is_that_of_a_normal():
    found = integrate.quad(lambda x: min(x, FARTHEST) * 2 * stats.norm.pdf(x), 0, 20, points=[FARTHEST])[0]
    assert pytest.approx(found, abs=1e-7) == EXPECTED


def test_a_record_by_hand():
    # origins 10 and 10, 12: errors 2 and 4 after the first, 2 after the second; the spread is 2
    assert record(np.array([10.0, 12.0, 14.0]), flat, origins=2) == pytest.approx((1 + 2 + 1) / 3 / EXPECTED)
    # a break counts as three standard deviations
    assert record(np.array([10.0, 10.0, 900.0]), flat, origins=1) == pytest.approx(3 / EXPECTED)


def test_a_record_in_logs_with_tails_by_hand():
    values = np.array([10.0, 10.0 * math.exp(0.1 * stretch(1.5, 0.3))])
    found = record(values, lambda s, n: flat(s, n, spread=0.1, tail=0.3, transformation="log"), origins=1)
    assert found == pytest.approx(1.5 / EXPECTED)


def test_origins_that_cannot_be_fitted_are_left_out():
    def shy(seen, steps):
        if seen.size < 3:
            raise HistoryTooShortError("too short")
        return flat(seen, steps)

    assert record(np.array([1.0, 2.0, 3.0, 7.0]), shy, origins=2) == pytest.approx(2 / EXPECTED)
    assert math.isnan(record(np.array([1.0, 2.0]), shy, origins=1))
    assert own_factor(np.arange(20.0), lambda s, n: shy(s[:1], n)) == 1.0


def test_the_factor_by_its_formula():
    # one step away at each of the last origins, half a standard deviation: scores 1/2, 1, 3/2, 2 and so on
    values = np.arange(24.0)
    scores = [0.5 * h for steps in (1, 2, 3, 4) for h in range(1, steps + 1)]
    weight = 16 / 56
    expected = math.exp(weight * (math.log(np.mean(scores) / EXPECTED) - USUAL))
    assert own_factor(values, flat) == pytest.approx(expected)
    assert own_factor(values[:15], flat) == 1.0


@given(st.integers(16, 60), st.floats(1e-6, 1e6))
def test_the_factor_is_bounded_and_does_not_know_the_unit(n, unit):
    values = np.cumsum(np.random.default_rng(n).normal(0, 1, n))
    found = own_factor(values, flat)
    assert math.exp(-1) <= found <= math.e
    assert own_factor(values * unit, lambda s, h: flat(s, h, spread=2 * unit)) == pytest.approx(found, rel=1e-6)


def test_the_default_narrows_after_calm_and_widens_after_storms():
    plain = Combination(own_record=False).fit(STEADY, horizon=4, season=4)
    storm = STEADY.copy()
    storm[-4:] *= [1.4, 0.7, 1.5, 0.6]
    for values, wider in ((STEADY, None), (storm, True)):
        without = Combination(own_record=False).fit(values, horizon=4, season=4)
        form = Combination().fit(values, horizon=4, season=4)
        ratio = form.spread() / without.spread()
        np.testing.assert_allclose(ratio, ratio[0])
        np.testing.assert_array_equal(form.mean, without.mean)
        if wider:
            assert ratio[0] > 1.1
    calm = 100 * np.exp(0.02 * np.arange(40) + np.where(np.arange(40) < 30, CHANCE.normal(0, 0.05, 40), 0))
    factor = (
        Combination().fit(calm, horizon=4, season=4).spread()
        / Combination(own_record=False).fit(calm, horizon=4, season=4).spread()
    )
    assert factor[0] < 0.9
    assert plain.tail == Combination().fit(STEADY, horizon=4, season=4).tail


def test_a_longer_horizon_does_not_change_the_first_steps():
    short, long = (Combination().fit(STEADY, horizon=h, season=4) for h in (2, 8))
    np.testing.assert_allclose(long.spread()[:2], short.spread(), rtol=1e-9)
