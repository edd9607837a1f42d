"""OneOff: by hand, its moments, and what is learned from a history."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from forecast.distributions import beta, lognormal
from forecast.drivers import OneOff
from forecast.drivers.oneoff import TAIL
from forecast.errors import CalibrationError

PATHS = 40_000


def deviation() -> float:
    """Of x exp(TAIL min(x**2, 9) / 2), by quadrature."""
    found = integrate.quad(
        lambda x: x**2 * np.exp(TAIL * min(x * x, 9)) * stats.norm.pdf(x), -12, 12, points=[-3, 3], limit=200
    )[0]
    return float(found**0.5)


def test_an_event_by_hand(walk):
    # frequency 0.3: a draw below -0.524 is an event; its size is 2 standard deviations, stretched
    errors = {"event": [-1.0, 0.0, -0.53], "size": [2.0, 2.0, -1.0]}
    values, _ = walk(OneOff("gains"), 3, errors=errors, frequency=0.3, size=10, planned=5)
    first = 10 * 2 * np.exp(TAIL * 2) / deviation()
    third = -10 * np.exp(TAIL / 2) / deviation()
    np.testing.assert_allclose(np.ravel(values), [5 + first, 5, 5 + third], rtol=1e-6)


def test_its_moments(walk):
    # mean: planned; variance: frequency * size**2. 20 quarters of 40,000 paths: the mean within 5 standard errors; the
    # variance of a square with kurtosis near 20 / frequency within 5 of its own
    random = np.random.default_rng(2)
    errors = {"event": random.standard_normal((20, PATHS)), "size": random.standard_normal((20, PATHS))}
    values, _ = walk(OneOff("gains"), 20, errors=errors, frequency=0.25, size=8, planned=-1)
    every = np.ravel(values)
    assert every.mean() == pytest.approx(-1, abs=5 * 4 / every.size**0.5)
    assert every.var() == pytest.approx(16, rel=5 * (80 / every.size) ** 0.5)
    assert np.mean(every == -1) == pytest.approx(0.75, abs=5 * (0.1875 / every.size) ** 0.5)


def test_what_is_learned_by_hand(past):
    # the largest is 40; events are those above 4: 40, -30, 5; root mean square sqrt((1600 + 900 + 25) / 3)
    fit = OneOff("gains").calibrate(past(gains=[0, 40, 1, 0, -30, 2, 5, 0, -1, 0]))
    assert fit.estimates["frequency"] == beta(3.5, 7.5)
    assert fit.estimates["size"] == lognormal((2525 / 3) ** 0.5, 0.5)
    assert fit.note == "3 events in 10 quarters"


def test_gains_of_the_past_are_not_extrapolated(walk):
    values, _ = walk(
        OneOff("gains"), 2, errors={"event": [3.0, 3.0], "size": [0, 0]}, frequency=0.3, size=50, planned=0
    )
    assert np.ravel(values).tolist() == [0.0, 0.0]


def test_a_history_without_an_event_asks_for_numbers(past):
    with pytest.raises(CalibrationError) as caught:
        OneOff("gains").calibrate(past(gains=[0.0] * 9))
    assert str(caught.value) == ("'gains' (OneOff) is zero in all 9 quarters of its history. State frequency and size.")
    assert OneOff("gains", frequency=0.1, size=30).calibrate(past(gains=[0.0] * 9)).estimates == {}
