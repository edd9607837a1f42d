"""Ramp by hand."""

import pytest

from forecast.shocks import Ramp, Scale


def test_a_line_goes_straight_to_its_level_and_stays_there(row):
    # from 120, the value of 2026Q4, to 200 in four quarters, whatever the base does; then back to the base
    found = row("sales", Ramp("sales", 200, "2027Q1"))
    assert found == pytest.approx([100, 100, 100, 120, 140, 160, 180, 200])
    found = row("sales", Ramp("sales", 90, "2026Q2", end="2027Q1", ramp=2))
    assert found == pytest.approx([100, 95, 90, 90, 90, 100, 100, 120])


def test_from_the_first_quarter_it_starts_at_the_history(row):
    assert row("sales", Ramp("sales", 150, "2026Q1"), until="2026Q4") == pytest.approx([135, 140, 145, 150])


def test_a_parameter_moves_too(row):
    # growth of wages from 0.1 in halves to 0.3; momentum is 0.1, persistence 0: each quarter grows by its growth
    plain = row("wages", until="2026Q4")
    found = row("wages", Ramp("wages.growth", 0.3, "2026Q2", ramp=2), until="2026Q4")
    assert found[0] == plain[0]
    assert found[1] / found[0] == pytest.approx(1.2)
    assert found[2] / found[1] == pytest.approx(1.3)
    assert found[3] / found[2] == pytest.approx(1.3)


def test_it_starts_from_what_earlier_shocks_left(row):
    shocks = (Scale("sales", 2.0, end="2026Q2"), Ramp("sales", 100, "2026Q3", ramp=2))
    assert row("sales", *shocks, until="2026Q4") == pytest.approx([200, 200, 150, 100])


def test_without_a_start_it_acts_from_the_first_simulated_quarter(row):
    assert row("sales", Ramp("sales", 150)) == row("sales", Ramp("sales", 150, start="2026Q1"))
