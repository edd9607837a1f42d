"""Combinations: weighted means, members left out, and forms on different scales."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import HistoryTooShortError
from forecast.forecasters import ETS, AveragedSmoothing, Combination, RandomWalk, ReferenceGrowth, Regression, Theta

VALUES = np.array([100.0, 104.0, 103.0, 109.0, 113.0, 112.0, 118.0, 121.0, 126.0, 124.0, 131.0, 134.0])


def test_paths_on_one_scale_are_the_weighted_mean_of_the_members_paths():
    members = (RandomWalk(log=False), Theta(log=False))
    errors = np.random.default_rng(0).normal(size=(5, 30))
    both = Combination(members, weights=(3.0, 1.0)).fit(VALUES, horizon=5, season=4)
    first, second = (member.fit(VALUES, horizon=5, season=4).paths(errors) for member in members)
    np.testing.assert_allclose(both.paths(errors), 0.75 * first + 0.25 * second, rtol=1e-12)
    assert np.allclose(np.diag(both.response), 1.0)
    assert both.name == "Combination(RandomWalk, Theta)"


def test_paths_on_logs_are_the_geometric_mean():
    members = (RandomWalk(log=True), Theta(log=True))
    errors = np.random.default_rng(0).normal(size=(3, 10))
    both = Combination(members).fit(VALUES, horizon=3, season=4)
    first, second = (member.fit(VALUES, horizon=3, season=4).paths(errors) for member in members)
    np.testing.assert_allclose(both.paths(errors), np.sqrt(first * second), rtol=1e-12)


def test_one_member_alone_is_itself_but_for_the_name():
    alone = Combination((Theta(),)).fit(VALUES, horizon=3, season=4)
    single = Theta().fit(VALUES, horizon=3, season=4)
    np.testing.assert_allclose(alone.mean, single.mean, rtol=1e-14)
    np.testing.assert_allclose(alone.spread(), single.spread(), rtol=1e-14)


def test_a_member_that_needs_more_is_left_out_and_said():
    combination = Combination((RandomWalk(), ETS(), Regression()), weights=(1.0, 2.0, 3.0))
    form = combination.fit(VALUES[:5], horizon=2, season=4)
    assert form.name == ("Combination(RandomWalk) without ETS needs 7 observations, Regression needs 10 observations")
    np.testing.assert_allclose(form.mean, RandomWalk().fit(VALUES[:5], horizon=2, season=4).mean)


def test_three_losses_are_too_few_and_three_sales_follow_other_companies():
    with pytest.raises(HistoryTooShortError) as caught:
        Combination().fit(-VALUES[:3], horizon=2, season=4)
    assert str(caught.value) == (
        "Combination cannot be fitted to 3 values: RandomWalk needs 4 observations; AveragedSmoothing needs 5 "
        "observations; MovingAverage needs 6 observations."
    )
    few = Combination(calibrated=False).fit(VALUES[:3], horizon=2, season=4)
    assert few.name.startswith("Combination(ReferenceGrowth(companies' median growth ")
    np.testing.assert_allclose(few.mean, ReferenceGrowth().fit(VALUES[:3], horizon=2, season=4).mean)


def test_between_four_and_seven_values_half_is_the_reference_class():
    seven = VALUES[:7]
    both = Combination().fit(seven, horizon=3, season=4)
    own = Combination((RandomWalk(), Theta(), AveragedSmoothing())).fit(seven, horizon=3, season=4)
    reference = ReferenceGrowth().fit(seven, horizon=3, season=4)
    np.testing.assert_allclose(both.mean, (own.mean + reference.mean) / 2, rtol=1e-12)
    assert "ReferenceGrowth" in both.name
    assert "ReferenceGrowth" not in Combination().fit(VALUES[:8], horizon=3, season=4).name


def test_a_form_carried_to_another_scale_keeps_its_centre_and_relative_width():
    # first order: on logs the spread is the relative spread, so for small errors quantiles agree to second order
    mixed = Combination((RandomWalk(log=True), RandomWalk(log=False))).fit(VALUES, horizon=4, season=4)
    logs = RandomWalk(log=True).fit(VALUES, horizon=4, season=4)
    plain = RandomWalk(log=False).fit(VALUES, horizon=4, season=4)
    assert mixed.transformation == "log"
    np.testing.assert_allclose(mixed.quantile(0.5), np.sqrt(logs.quantile(0.5) * plain.quantile(0.5)), rtol=1e-12)
    np.testing.assert_allclose(mixed.spread(), (logs.spread() + plain.spread() / plain.mean) / 2, rtol=1e-12)


def test_a_forecast_that_may_be_negative_pulls_the_others_to_the_identity():
    falling = np.array([100.0, 90.0, 82.0, 72.0, 60.0, 50.0, 40.0, 31.0, 25.0, 16.0])
    walk = RandomWalk(drift=1.0, log=False, seasonal=False)
    logs = RandomWalk(log=True, seasonal=False)
    mixed = Combination((walk, logs)).fit(falling, horizon=4, season=1)
    assert mixed.transformation == "identity"
    means = [f.fit(falling, horizon=4, season=1).quantile(0.5) for f in (walk, logs)]
    assert means[0][-1] < 0
    np.testing.assert_allclose(mixed.quantile(0.5), np.mean(means, axis=0), rtol=1e-12)


def test_weights_by_evidence_by_hand():
    # two walks on a trend: with full drift the residuals are smaller; weights r**(-n / 6) with the 12 points
    members = (RandomWalk(drift=0.0, log=False, seasonal=False), RandomWalk(drift=1.0, log=False, seasonal=False))
    first, second = (member.fit(VALUES, horizon=3, season=4) for member in members)
    both = Combination(members, weights="evidence").fit(VALUES, horizon=3, season=4)
    changes = np.diff(VALUES)
    r = np.array([np.sqrt(np.mean(changes**2)), np.std(changes)])
    weight = r[1] ** -2.0 / (r[0] ** -2.0 + r[1] ** -2.0)
    np.testing.assert_allclose(both.mean, (1 - weight) * first.mean + weight * second.mean, rtol=1e-12)


def test_the_proven_members_depend_on_the_scale():
    profits = np.array([5.0, -3.0, 4.0, 6.0, -8.0, 7.0, 5.0, -2.0, 4.0, 6.0])
    assert Combination().fit(VALUES, horizon=2, season=4).name == "Combination(RandomWalk, Theta, AveragedSmoothing)"
    assert (
        Combination().fit(profits, horizon=2, season=4).name
        == "Combination(RandomWalk, AveragedSmoothing, MovingAverage)"
    )


def test_without_residuals_there_is_no_evidence():
    both = Combination((RandomWalk(), ReferenceGrowth()), weights="evidence").fit(VALUES[:4], horizon=2, season=4)
    assert both.residuals.size == 0
    members = [member.fit(VALUES[:4], horizon=2, season=4) for member in (RandomWalk(), ReferenceGrowth())]
    np.testing.assert_allclose(both.mean, (members[0].mean + members[1].mean) / 2, rtol=1e-12)
