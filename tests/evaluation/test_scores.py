"""Scores by hand and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.evaluation.scores import energy, score_steps, seasonal_scale


def test_scores_of_four_paths_by_hand():
    found = score_steps(np.array([3.0]), np.array([[0.0, 2.0, 4.0, 10.0]]))
    # CRPS: mean |x - 3| = (3+1+1+7)/4 = 3, less half of mean |x - x'| = (2*(2+4+10+2+8+6))/16 / 2 = 2
    assert found["crps"] == pytest.approx([1.0])
    assert found["median"] == pytest.approx([3.0])
    assert found["error"] == pytest.approx([0.0])
    assert found["pit"] == pytest.approx([0.5])
    assert (found["covered80"][0], found["covered95"][0]) == (1, 1)
    # the 80 % interval is 0.6 to 8.2 by linear quantiles; inside it the interval score is its width
    assert found["interval80"] == pytest.approx([7.6])


def test_an_interval_that_misses_pays_by_how_far():
    paths = np.linspace(0, 10, 1001)[None, :]
    found = score_steps(np.array([12.0]), paths)
    # 80 %: 1 to 9, width 8 plus 2 / 0.2 times the miss of 3
    assert found["interval80"] == pytest.approx([38.0])
    assert found["covered80"] == pytest.approx([0.0])


def test_the_crps_of_many_normal_paths_is_the_closed_form():
    # Gneiting and Raftery 2007, p. 367: sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)); 40,000 stratified paths
    paths = stats.norm.ppf((np.arange(40_000) + 0.5) / 40_000)[None, :]
    z = 0.7
    exact = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    assert score_steps(np.array([z]), paths)["crps"][0] == pytest.approx(exact, abs=1e-4)


def test_the_loss_is_that_of_the_deciles():
    paths = stats.norm.ppf((np.arange(9_999) + 0.5) / 9_999)[None, :]
    y, levels = 0.3, np.arange(1, 10) / 10
    quantiles = stats.norm.ppf(levels)
    pinball = np.where(y >= quantiles, levels * (y - quantiles), (levels - 1) * (y - quantiles))
    assert score_steps(np.array([y]), paths)["loss"][0] == pytest.approx(2 * pinball.mean(), abs=1e-3)


def test_the_energy_of_one_step_is_its_crps():
    paths = np.random.default_rng(0).normal(size=(1, 200_000))
    # neighbours instead of all pairs: the standard error of the mean distance of 200,000 pairs is 0.002
    assert energy(np.array([0.5]), paths) == pytest.approx(score_steps(np.array([0.5]), paths)["crps"][0], abs=0.01)


def test_energy_prefers_the_right_dependence():
    # what came moves together; paths with the same marginals that do not are worse
    random = np.random.default_rng(1)
    shared = random.normal(size=(1, 20_000)) * np.ones((4, 1))
    apart = random.normal(size=(4, 20_000))
    actual = [np.full(4, value) for value in stats.norm.ppf((np.arange(40) + 0.5) / 40)]
    assert np.mean([energy(a, shared) for a in actual]) < np.mean([energy(a, apart) for a in actual])


def test_the_scale_is_the_mean_change_on_the_year():
    assert seasonal_scale(np.array([1.0, 2.0, 4.0, 8.0, 2.0, 5.0]), 4) == pytest.approx((1 + 3) / 2)
    assert seasonal_scale(np.array([1.0, 2.0, 4.0]), 4) == pytest.approx(1.5)  # no full year: on the quarter
    assert np.isnan(seasonal_scale(np.array([3.0, 3.0, 3.0]), 1))
    assert np.isnan(seasonal_scale(np.array([3.0]), 1))
