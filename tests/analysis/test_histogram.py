"""Histograms hold exact counts, and the quantiles read from them are as near to the exact ones as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.analysis.histogram import BUCKETS, Histogram, edges_of

LEVELS = np.array([0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999])


def rows(paths, seed=1):
    chance = np.random.default_rng(seed)
    return np.array(
        [
            chance.normal(size=paths),
            chance.standard_t(2, paths),
            chance.lognormal(size=paths),
            np.full(paths, 3.0),
            np.where(chance.random(paths) < 0.4, 0.0, chance.normal(size=paths)),
            chance.integers(0, 3, paths).astype(float),
        ]
    )


def test_counts_are_those_of_numpys_histogram():
    values, edges = rows(5_000), edges_of(rows(1_000, seed=2))
    found = Histogram.of(np.sort(values, axis=1), edges)
    for row in (0, 1, 2):
        ends = np.concatenate([[-np.inf], edges[row], [np.inf]])
        np.testing.assert_array_equal(found.counts[row], np.histogram(values[row], ends)[0])
    assert (found.counts.sum(axis=1) == 5_000).all()
    np.testing.assert_array_equal(found.low, values.min(axis=1))
    np.testing.assert_array_equal(found.high, values.max(axis=1))


def test_parts_merged_are_the_whole():
    values, edges = rows(5_000), edges_of(rows(1_000, seed=2))
    parts = [Histogram.of(np.sort(part, axis=1), edges) for part in (values[:, :1_700], values[:, 1_700:])]
    whole, merged = Histogram.of(np.sort(values, axis=1), edges), parts[0].merged(parts[1])
    np.testing.assert_array_equal(merged.counts, whole.counts)
    np.testing.assert_array_equal(merged.quantiles(LEVELS), whole.quantiles(LEVELS))


def test_quantiles_are_within_their_bounds():
    values = rows(50_000)
    found = Histogram.of(np.sort(values, axis=1), edges_of(rows(3_000, seed=2)))
    exact = np.quantile(values, LEVELS, axis=1).T
    assert (np.abs(found.quantiles(LEVELS) - exact) <= found.bounds(LEVELS) + 1e-12).all()


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(float, st.integers(1, 60), elements=st.floats(-100, 100)),
    hnp.arrays(float, st.integers(1, 20), elements=st.floats(-50, 50)),
    st.lists(st.floats(0.001, 0.999), min_size=1, max_size=4),
)
def test_whatever_laid_the_edges_the_bounds_hold(values, first, levels):
    found = Histogram.of(np.sort(values)[None], edges_of(first[None]))
    exact = np.quantile(values, levels)
    bounds = found.bounds(np.array(levels))[0]
    assert (np.abs(found.quantiles(np.array(levels))[0] - exact) <= bounds + 1e-9).all()


def test_a_constant_is_its_own_quantile():
    found = Histogram.of(np.full((1, 100), 3.0), edges_of(np.full((1, 10), 3.0)))
    np.testing.assert_array_equal(found.quantiles(LEVELS), np.full((1, 7), 3.0))
    np.testing.assert_array_equal(found.bounds(LEVELS), np.zeros((1, 7)))


def test_numbers_that_many_paths_share_are_their_own_quantiles():
    chance = np.random.default_rng(1)
    shares = [0.45, 0.1, 0.45]
    values, first = (np.atleast_2d(chance.choice([0.0, 1.0, 1000.0], n, p=shares)) for n in (50_000, 5_000))
    found = Histogram.of(np.sort(values, axis=1), edges_of(first))
    levels = np.array([0.2, 0.5, 0.8])
    np.testing.assert_array_equal(found.quantiles(levels), [[0.0, 1.0, 1000.0]])
    assert (found.bounds(levels) < 1e-9).all()


def test_buckets_of_a_normal_line_are_as_narrow_as_stated():
    # the quantiles of 1e5 normal numbers lie at their scores up to sampling error; 8 / 4096 = 0.00195
    edges = edges_of(np.random.default_rng(1).normal(size=(1, 100_000)))[0]
    inner = edges[BUCKETS // 8 : -BUCKETS // 8]
    assert np.diff(inner).mean() == pytest.approx(8 / BUCKETS, rel=0.05)
    assert np.diff(inner).max() < 2 * 8 / BUCKETS
