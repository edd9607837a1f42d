"""Floor by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.shocks import Floor

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


def test_a_line_is_lifted_only_where_it_is_below(row):
    assert row("sales", Floor("sales", 110.0, start="2026Q3")) == [100, 100, 110, 120, 110, 110, 110, 120]


def test_half_the_weight_closes_half_of_the_gap(row):
    assert row("sales", Floor("sales", 140.0, ramp=2), until="2026Q2") == [120, 140]


def test_a_parameter_is_lifted(row):
    assert row("sales", Floor("sales.value", 130.0), until="2026Q4") == [130, 130, 130, 150]


@settings(deadline=None, derandomize=True)
@given(NUMBERS, NUMBERS)
def test_with_full_weight_it_is_exactly_the_larger_of_the_two(value, size):
    lifted = Floor("sales", 1.0).apply(np.array([value]), np.asarray(size), 1.0, None, None)
    assert lifted.tolist() == [max(value, size)]
