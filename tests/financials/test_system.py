"""The linear system: the squared form against the augmented one, and both against a dense solution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array

from forecast.financials.system import RIDGE, solve, sparse_rows


def problem(seed, bordered):
    """Five unknowns, seven rows, one constraint, and a prior."""
    random = np.random.default_rng(seed)
    matrix, target = random.normal(size=(7, 5)), random.normal(size=7)
    variance = 10.0 ** random.uniform(-8, 2, size=7)
    constraint = random.normal(size=(1, 5))
    walk = np.diff(np.eye(5), axis=0)
    pull = random.normal(size=5)
    precision = walk.T @ walk
    parts = (csr_array(matrix), target, variance, csc_array(constraint), np.array([0.3]), csc_array(precision), pull)
    return solve(*parts, np.asarray(bordered)), (matrix, target, variance, constraint, precision, pull)


@given(seed=st.integers(0, 2**32 - 1), bordered=st.lists(st.booleans(), min_size=7, max_size=7))
def test_the_solution_and_its_inverse_are_those_of_the_dense_system(seed, bordered):
    solved, (matrix, target, variance, constraint, precision, pull) = problem(seed, bordered)
    whole = np.zeros((13, 13))
    whole[:7, :7], whole[:7, 8:], whole[7:8, 8:] = np.diag(variance), matrix, constraint
    whole[8:, :8] = whole[:8, 8:].T
    whole[8:, 8:] = -precision - RIDGE * np.eye(5)
    inverse = np.linalg.inv(whole)
    size = np.abs(inverse).max()
    expected = inverse @ np.concatenate([target, [0.3], -pull])
    assert solved.values == pytest.approx(expected[8:], rel=1e-6, abs=1e-6 * np.abs(expected).max())
    columns = solved.inverse([1, 4])
    assert columns.gains == pytest.approx(inverse[:7, [9, 12]], rel=1e-5, abs=1e-6 * size)
    assert columns.multipliers == pytest.approx(inverse[7:8, [9, 12]], rel=1e-5, abs=1e-6 * size)
    assert columns.cells == pytest.approx(inverse[8:, [9, 12]], rel=1e-5, abs=1e-6 * size)
    assert solved.covariance([1, 4]) == pytest.approx(-inverse[8:, [9, 12]], rel=1e-5, abs=1e-6 * size)
    assert solved.violation.max() < 1e-12


def test_equal_columns_of_a_row_add_up():
    found = sparse_rows([[(0, 1.0), (2, 3.0), (0, 0.5)], [], [(1, -2.0)]], 3)
    assert found.toarray().tolist() == [[1.5, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0, -2.0, 0.0]]
