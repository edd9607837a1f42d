"""Add by hand."""

import pytest

from forecast.shocks import Add


def test_a_line_is_raised_from_its_start_to_its_end(row):
    shocked = row("sales", Add("sales", 7.0, start="2026Q2", end="2026Q3"))
    assert shocked == [100, 107, 107, 120, 100, 100, 100, 120]


def test_a_ramp_adds_a_quarter_of_the_size_more_each_quarter(row):
    shocked = row("sales", Add("sales", 8.0, start="2026Q2", ramp=4))
    assert shocked == [100, 102, 104, 126, 108, 108, 108, 128]


def test_a_parameter_is_raised(row):
    assert row("sales", Add("sales.value", -30.0, start="2027Q3")) == [100, 100, 100, 120, 100, 100, 70, 90]


def test_growth_of_a_parameter_compounds(row):
    # growth 10 % -> 20 % in the second quarter only: 44, 44 * 1.2, then 10 % again
    shocked = row("wages", Add("wages.growth", 0.1, start="2026Q2", end="2026Q2"), until="2026Q3")
    assert shocked == pytest.approx([44.0, 52.8, 58.08], rel=1e-14)


def test_two_on_one_target_add_up_in_order(row):
    shocked = row("sales", Add("sales", 5.0), Add("sales", 6.0, start="2026Q2"), until="2026Q2")
    assert shocked == [105, 111]


def test_the_formulas_above_it_still_hold(under):
    shock = Add("sales", 7.0, ramp=3)
    assert (under("profit", shock) == under("sales", shock) - under("wages")).all()
