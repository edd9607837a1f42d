"""Grow by hand: always on a year ago."""

import pytest

from forecast.errors import SimulationError
from forecast.shocks import Grow


def test_a_line_grows_on_its_year_ago_quarters_reported_ones_first(row):
    shocked = row("sales", Grow("sales", 0.1))
    first = [110.0, 121.0, 132.0, 143.0]
    assert shocked == pytest.approx([*first, *(1.1 * value for value in first)], rel=1e-14)


def test_no_growth_keeps_the_season_of_the_last_year(row):
    assert row("sales", Grow("sales", 0.0)) == [100, 110, 120, 130] * 2


def test_a_shrinking_line_from_a_later_start(row):
    shocked = row("sales", Grow("sales", -0.5, start="2027Q1"))
    assert shocked == [100, 100, 100, 120, 50, 50, 50, 60]


def test_a_ramp_goes_from_the_line_itself_to_its_growth(row):
    # 2026Q1: half way between 100 and 150; 2026Q2: 110 * 1.5 in full
    assert row("sales", Grow("sales", 0.5, ramp=2), until="2026Q2") == [125, 165]


def test_a_line_without_a_year_of_history_cannot_grow_on_it(under):
    with pytest.raises(SimulationError) as caught:
        under("wages", Grow("wages", 0.1))
    assert str(caught.value) == (
        "scenario 'shocked' cannot be simulated: "
        "a shock on 'wages' needs its value of 2025Q1, which nobody knows. Start it later."
    )
