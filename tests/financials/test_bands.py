"""Variances under a banded precision, against the dense inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array

from forecast.financials.bands import variances


@given(
    seed=st.integers(0, 2**32 - 1),
    quarters=st.integers(1, 14),
    lines=st.integers(1, 3),
    reach=st.integers(0, 5),
    later=st.integers(0, 6),
)
def test_they_are_those_of_the_dense_inverse(seed, quarters, lines, reach, later):
    random = np.random.default_rng(seed)
    # By lines, as in a layout, one of them starting later: blocks have different sizes and may be skipped.
    times = np.concatenate([np.arange(quarters) + (later if line else 0) for line in range(lines)]).astype(float)
    apart = np.abs(times[:, None] - times)
    half = np.where(apart <= reach / 2, random.normal(size=apart.shape), 0.0)
    precision = half @ half.T + 0.1 * np.eye(times.size)
    rows = np.where(apart[:5] <= reach, random.normal(size=apart[:5].shape), 0.0)
    rows[-1] = 0.0  # a row that speaks of nothing
    expected = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(precision), rows)
    found = variances(csr_array(rows), csc_array(precision), times)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_a_block_that_rounding_has_eaten_is_refused():
    precision = np.array([[1.0, 1.0], [1.0, 1.0 - 1e-15]])
    with pytest.raises(np.linalg.LinAlgError, match="block 0 of the precision is not positive definite to rounding"):
        variances(csr_array([[1.0, 1.0]]), csc_array(precision), np.zeros(2))


def test_a_walk_by_hand():
    """Steps of variance 1 from a level of variance 1: the variance of quarter t is t, of a sum as by hand."""
    walk = np.eye(4) - np.eye(4, k=-1)
    rows = csr_array([[1.0, 0, 0, 0], [0, 0, 0, 1.0], [1.0, 1.0, 1.0, 1.0], [-1.0, 0, 0, 1.0]])
    found = variances(rows, csc_array(walk.T @ walk), np.arange(4.0))
    # sum of the four: 4 e1 + 3 e2 + 2 e3 + e4, that is 16 + 9 + 4 + 1
    assert found == pytest.approx([1.0, 4.0, 30.0, 3.0])
