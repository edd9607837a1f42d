"""Stretched tails: the inverse, exact quantiles, and moments by an independent integral."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from forecast.forecasters import InnovationsForm
from forecast.forecasters.tails import HEAVIEST, REACH, stretch, unstretch


@given(x=st.floats(-40, 40), tail=st.floats(1e-6, HEAVIEST) | st.just(0.0))
def test_one_undoes_the_other(x, tail):
    assert float(unstretch(stretch(x, tail), tail)) == pytest.approx(x, rel=1e-9, abs=1e-12)


def test_it_is_odd_increasing_and_straight_beyond_its_reach():
    x = np.linspace(-6, 6, 1201)
    y = stretch(x, 0.3)
    assert np.all(np.diff(y) > 0)
    np.testing.assert_allclose(y, -y[::-1], rtol=1e-12)
    far = x > REACH
    np.testing.assert_allclose(y[far] / x[far], np.exp(0.3 * 9 / 2), rtol=1e-12)


def form(transformation: str, tail: float) -> InnovationsForm:
    return InnovationsForm(
        mean=[1.0, 1.2],
        response=[[1.0, 0.0], [0.8, 1.0]],
        scale=0.3,
        residuals=[],
        transformation=transformation,
        name="by hand",
        points=9,
        tail=tail,
    )


@pytest.mark.parametrize("transformation", ["identity", "log"])
@pytest.mark.parametrize("tail", [0.0, 0.25])
def test_mean_and_exceedance_are_the_integrals(transformation, tail):
    one = form(transformation, tail)
    spread = [0.3, 0.3 * 1.64**0.5]

    def value(x, h):
        z = one.mean[h] + spread[h] * x * np.exp(tail * min(x * x, 9) / 2)
        return np.exp(z) if transformation == "log" else z

    for h in range(2):
        found = integrate.quad(lambda x, h=h: value(x, h) * stats.norm.pdf(x), -12, 14, points=[-3, 3], limit=200)[0]
        assert one.expectation()[h] == pytest.approx(found, rel=1e-5)
        at = value(0.7, h)
        assert one.exceedance(at)[h] == pytest.approx(stats.norm.sf(0.7), rel=1e-9)
        assert one.quantile(stats.norm.cdf(0.7))[h] == pytest.approx(at, rel=1e-9)


def test_paths_have_the_quantiles_that_are_said():
    # 200,000 paths: the standard error of a share of 5 % is 0.05 %; five of them are passed once in a million runs
    one = form("identity", 0.3)
    paths = one.paths(np.random.default_rng(3).standard_normal((2, 200_000)))
    for p in (0.05, 0.5, 0.975):
        share = np.mean(paths <= one.quantile(p)[:, None], axis=1)
        np.testing.assert_allclose(share, p, atol=5 * (p * (1 - p) / 200_000) ** 0.5)


def test_without_errors_the_path_is_the_median():
    np.testing.assert_allclose(form("log", 0.4).paths(np.zeros((2, 1)))[:, 0], np.exp([1.0, 1.2]), rtol=1e-12)


def test_a_tail_beyond_the_heaviest_is_refused():
    with pytest.raises(Exception, match=r"tail is 0\.6; it must be a number from 0 to 0\.5\."):
        form("log", 0.6)
