"""Scale by hand."""

import pytest

from forecast.shocks import Scale


def test_a_line_is_multiplied_inside_its_window_and_returns(row):
    shocked = row("sales", Scale("sales", 1.5, start="2026Q4", end="2027Q1"))
    assert shocked == [100, 100, 100, 180, 150, 100, 100, 120]


def test_a_ramp_moves_the_factor_evenly(row):
    # factors 1 + (1/4, 2/4, 3/4, 1) * (3 - 1)
    shocked = row("sales", Scale("sales", 3.0, start="2026Q1", ramp=4))
    assert shocked == [150, 200, 250, 360, 300, 300, 300, 360]


def test_a_scaled_line_does_not_compound(row):
    # wages 44, 48.4, 53.24: the driver goes on from its own unscaled number
    shocked = row("wages", Scale("wages", 2.0, start="2026Q2"), until="2026Q3")
    assert shocked == pytest.approx([44.0, 96.8, 106.48], rel=1e-14)


def test_a_scaled_parameter_does_compound(row):
    # growth 10 % -> 20 % from the second quarter on
    shocked = row("wages", Scale("wages.growth", 2.0, start="2026Q2"), until="2026Q3")
    assert shocked == pytest.approx([44.0, 52.8, 63.36], rel=1e-14)


def test_the_order_of_the_stack_matters(row):
    from forecast.shocks import Add

    assert row("sales", Scale("sales", 2.0), Add("sales", 1.0), until="2026Q1") == [201]
    assert row("sales", Add("sales", 1.0), Scale("sales", 2.0), until="2026Q1") == [202]
