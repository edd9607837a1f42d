"""Cap by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.shocks import Cap

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


def test_a_line_is_capped_only_where_it_is_above(row):
    assert row("sales", Cap("sales", 105.0, end="2026Q4")) == [100, 100, 100, 105, 100, 100, 100, 120]


def test_half_the_weight_takes_away_half_of_the_excess(row):
    assert row("sales", Cap("sales", 80.0, ramp=2), until="2026Q2") == [90, 80]


def test_a_parameter_is_capped(row):
    assert row("sales", Cap("sales.value", 90.0), until="2026Q4") == [90, 90, 90, 110]


@settings(deadline=None, derandomize=True)
@given(NUMBERS, NUMBERS)
def test_with_full_weight_it_is_exactly_the_smaller_of_the_two(value, size):
    capped = Cap("sales", 1.0).apply(np.array([value]), np.asarray(size), 1.0, None, None)
    assert capped.tolist() == [min(value, size)]
