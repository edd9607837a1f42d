import numpy as np
import pytest
from scipy import stats

from forecast.analysis.ranks import ranks


def batches(spreads, parts=50):
    """Independent normal batches, each scaled to have exactly the standard error ``spread`` of its mean."""
    draws = np.random.default_rng(5).standard_normal((len(spreads), parts))
    draws = np.linalg.qr(np.column_stack([np.ones(parts), draws.T]))[0].T[1:]
    return np.asarray(spreads)[:, None] * draws * np.sqrt(parts * (parts - 1))


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 2.0])
def test_the_first_keeps_its_place_as_often_as_two_normal_estimates_say(gap):
    found = ranks(np.array([10 + gap, 10.0]), batches([1.0, 1.0]), seed=1)
    # a share of 1,000 resamples has a standard error of 0.016; 0.06 is 3.8 of them, a false alarm in 7,000
    assert found.first == pytest.approx(stats.norm.cdf(gap / np.sqrt(2)), abs=0.06)


def test_the_batches_of_the_test_have_the_error_they_claim():
    made = batches([1.0, 3.0])
    assert np.std(made, axis=1, ddof=1) / np.sqrt(50) == pytest.approx([1.0, 3.0])
    assert made.mean(axis=1) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_clear_places_are_stable_and_close_ones_have_an_interval():
    found = ranks(np.array([90.0, -60.0, 10.1, 10.0, -9.9, 0.0]), batches([1.0, 1.0, 1.0, 1.0, 1.0, 0.0]), seed=0)
    assert found.intervals == ((1, 1), (2, 2), (3, 5), (3, 5), (3, 5), (6, 6))
    assert found.stable == 2
    assert found.first == 1.0
    assert str(found) == ("The order of the first 2 is stable; what follows is ordered within its Monte Carlo error.")


def test_an_error_that_all_share_does_not_blur_the_order():
    shared = np.tile(batches([5.0]), (2, 1))
    assert ranks(np.array([20.0, 19.9]), shared, seed=0).stable == 2


def test_nothing_is_stable_between_equals_and_what_has_no_effect_has_no_order():
    equal = ranks(np.array([1.0, 1.0]), batches([1.0, 1.0]), seed=0)
    assert equal.stable == 0
    assert str(equal) == (
        f"The first place is within its Monte Carlo error: the first keeps it in {equal.first:.0%} of resamples. "
        "The ranks tell which places are certain."
    )
    idle = ranks(np.array([1.0, 0.0, 0.0]), batches([0.01, 0.0, 0.0]), seed=0)
    assert idle.intervals == ((1, 1), (2, 3), (2, 3))
    assert str(idle) == "The first place is stable; what follows is ordered within its Monte Carlo error."


def test_one_batch_says_nothing_about_the_order():
    found = ranks(np.array([2.0, 1.0]), np.array([[2.0], [1.0]]), seed=0)
    assert (found.intervals, found.stable) == (((1, 2), (1, 2)), 0)
    assert str(found) == "One path says nothing about the order."
