"""Quantiles by selection are those of ``np.quantile``, whatever the row, the blocks and the threads."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.simulation import quantiles as module
from forecast.simulation.quantiles import order_statistics, quantiles_over_paths
from forecast.simulation.threads import available, each_in_order

LEVELS = (0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99)


@pytest.fixture
def small_blocks(monkeypatch):
    """Rows of a few dozen numbers go through what rows of a million do."""
    monkeypatch.setattr(module, "BLOCK", 16)
    monkeypatch.setattr(module, "SHORT", 4)
    monkeypatch.setattr(module, "WHOLE", 0)


def numpys(values, levels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.quantile(values, levels, axis=1).T


numbers = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, -1.0]), st.floats(-1e-300, 1e-300), st.just(np.nan)
)
shapes = st.tuples(st.integers(1, 3), st.integers(1, 120))
some_levels = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5)


@pytest.mark.usefixtures("small_blocks")
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_row_has_numpys_quantiles(data):
    values = data.draw(hnp.arrays(float, data.draw(shapes), elements=numbers))
    levels = data.draw(some_levels)
    np.testing.assert_array_equal(quantiles_over_paths(values, levels), numpys(values, levels))


def rows(paths):
    """Rows that selection could stumble over."""
    chance = np.random.default_rng(3)
    stride = max(1, int(paths ** (1 / 3) / 4))
    misleading = chance.normal(size=paths)
    misleading[::stride] += 1e6
    return np.array(
        [
            chance.normal(size=paths),
            np.sort(chance.normal(size=paths)),
            -np.arange(paths, dtype=float),
            np.full(paths, 2.5),
            chance.integers(0, 3, paths).astype(float),
            np.where(chance.random(paths) < 0.7, 0.0, chance.lognormal(size=paths)),
            chance.standard_cauchy(paths),
            misleading,
        ]
    )


@pytest.mark.parametrize("paths", [1, 2, 3, 999, 4_096, 4_097, 65_536, 65_537, 200_003])
def test_rows_of_any_length_have_numpys_quantiles(paths):
    values = rows(paths)
    before = values.copy()
    np.testing.assert_array_equal(quantiles_over_paths(values, LEVELS), numpys(values, LEVELS))
    np.testing.assert_array_equal(values, before)


def test_the_number_of_threads_changes_nothing():
    values = rows(70_001)
    one, two, five = (quantiles_over_paths(values, LEVELS, threads=threads) for threads in (1, 2, 5))
    assert one.tobytes() == two.tobytes() == five.tobytes()


@pytest.mark.parametrize("paths", [1_000, 5_000, 70_000])
def test_a_row_with_a_missing_number_has_no_quantiles(paths):
    values = rows(paths)
    values[1, 17] = np.nan
    found = quantiles_over_paths(values, (0.1, 0.9))
    assert np.isnan(found[1]).all()
    assert not np.isnan(np.delete(found, 1, axis=0)).any()


@pytest.mark.parametrize("paths", [1_000, 5_000, 70_000])
def test_no_rows_and_no_levels_give_an_empty_table(paths):
    assert quantiles_over_paths(np.empty((0, paths)), (0.1, 0.9)).shape == (0, 2)
    assert quantiles_over_paths(np.zeros((3, paths)), ()).shape == (3, 0)


def test_infinite_numbers_count_as_such():
    inf = np.inf
    values = np.array([[-inf, -inf, 1.0, 2.0, inf], [-inf, -inf, inf, inf, inf]])
    found = quantiles_over_paths(values, (0.0, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0))
    np.testing.assert_array_equal(found[0], [-inf, -inf, -inf, 1.0, 2.0, inf, inf])
    np.testing.assert_array_equal(found[1], [-inf, -inf, np.nan, inf, inf, inf, inf])


def test_numbers_too_far_apart_to_subtract_are_still_averaged():
    values = np.array([[-1.7e308, 1.7e308]])
    np.testing.assert_array_equal(quantiles_over_paths(values, (0.5,)), [[0.0]])


def test_a_sample_that_misleads_costs_time_only():
    row = rows(70_000)[-1]
    ranks = np.array([700, 35_000, 69_999])
    assert module._narrowed(row, ranks) is None
    np.testing.assert_array_equal(order_statistics(row, ranks), np.sort(row)[ranks])


def test_a_long_row_is_narrowed_down_to_few_numbers():
    row = rows(400_000)[0]
    picked, places = module._narrowed(row, np.array([4_000, 200_000, 396_000]))
    assert len(picked) < 0.1 * len(row)
    np.testing.assert_array_equal(np.sort(picked)[places], np.sort(row)[[4_000, 200_000, 396_000]])


def test_weights_take_the_first_number_with_enough_of_them():
    found = quantiles_over_paths(np.array([[3.0, 1.0, 2.0]]), (0.2, 0.5, 0.51), np.array([0.25, 0.5, 0.25]))
    np.testing.assert_array_equal(found, [[1.0, 1.0, 2.0]])


def test_work_is_given_in_the_order_of_its_items():
    assert available() >= 1
    for threads in (1, 3):
        assert list(each_in_order(lambda item: item * item, range(20), threads)) == [i * i for i in range(20)]
