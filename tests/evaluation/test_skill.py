"""Skill and the Diebold-Mariano test: by hand, their size, and where they have nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.errors import SimulationError
from forecast.evaluation import diebold_mariano
from forecast.evaluation.skill import skill


def test_one_step_ahead_it_is_the_paired_t_test():
    # h = 1: S sqrt((n - 1) / n) with the variance over n is Student's paired statistic
    random = np.random.default_rng(0)
    first, second = random.gamma(2, size=(2, 30))
    found = diebold_mariano(first, second)
    paired = stats.ttest_rel(first, second)
    assert found.statistic == pytest.approx(paired.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(paired.pvalue, rel=1e-12)


def test_two_steps_ahead_by_hand():
    d = np.array([1.0, 3.0, -1.0, 1.0, 1.0])  # mean 1; centred 0, 2, -2, 0, 0
    variance = 8 / 5 + 2 * (-4 / 5)  # not positive: the first term alone
    assert variance <= 0
    correction = np.sqrt((5 + 1 - 4 + 2 * 1 / 5) / 5)
    assert diebold_mariano(d, np.zeros(5), step=2).statistic == pytest.approx(1 / np.sqrt(8 / 25) * correction)


def test_its_size_is_nominal():
    # 2,000 pairs of the same accuracy, errors overlapping by two steps; at 5 % the share that is rejected exceeds
    # 0.05 + 5 sd = 0.0744 once in millions of runs if the test is exact; the correction makes it nearly so at n = 40
    random = np.random.default_rng(3)
    noise = random.normal(size=(2000, 2, 41))
    losses = np.abs(noise[:, :, 1:] + noise[:, :, :-1])
    p = [diebold_mariano(a, b, step=2).p_value for a, b in losses]
    assert np.mean(np.array(p) < 0.05) < 0.0744


def test_equal_losses_are_no_evidence_and_a_constant_lead_is_certain():
    assert diebold_mariano([1.0, 2.0], [1.0, 2.0]).p_value == 1.0
    assert diebold_mariano([2.0, 3.0], [1.0, 2.0]).p_value == 0.0


def test_losses_that_cannot_be_compared_are_refused():
    with pytest.raises(SimulationError, match="give two lists of finite losses"):
        diebold_mariano([1.0, np.nan], [1.0, 2.0])


def test_skill_and_its_interval():
    random = np.random.default_rng(5)
    reference = random.gamma(4, size=400)
    loss = 0.8 * reference * random.uniform(0.9, 1.1, 400)
    point, low, high = skill(loss, reference, np.repeat(np.arange(40), 10).astype(str))
    assert point == pytest.approx(1 - loss.sum() / reference.sum())
    assert 0.17 < low < point < high < 0.23
    alone = skill(loss, reference, np.full(400, "one"))
    assert alone[0] == point
    assert np.isnan(alone[1])


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # true skill 0 of 30 units; 400 draws: coverage of 95 % below 0.90 has odds of 1 in 20,000; small samples cost 2 %
    random = np.random.default_rng(6)
    held = 0
    for _ in range(400):
        a, b = random.gamma(3, size=(2, 30))
        _, low, high = skill(a, b, np.arange(30).astype(str))
        held += low <= 0 <= high
    assert held / 400 > 0.89
