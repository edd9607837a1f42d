"""Set by hand."""

import numpy as np

from forecast.distributions import uniform
from forecast.shocks import Set


def test_a_line_takes_the_value_exactly_inside_its_window(row):
    shocked = row("sales", Set("sales", 0.1, start="2026Q2", end="2026Q4"))
    assert shocked == [100, 0.1, 0.1, 0.1, 100, 100, 100, 120]


def test_a_ramp_moves_from_the_line_itself_to_the_value(row):
    # 100 -> 60 in four steps; the fourth quarter's own value is 120, and the weight there is 1
    assert row("sales", Set("sales", 60.0, ramp=4)) == [90, 80, 70, 60, 60, 60, 60, 60]


def test_a_parameter_takes_the_value(row):
    assert row("sales", Set("sales.value", 55.0, start="2026Q3"), until="2026Q4") == [100, 100, 55, 75]


def test_an_uncertain_value_is_drawn_once_a_path_and_kept(under):
    shocked = under("sales", Set("sales", uniform(10, 20), start="2026Q2"), paths=50)
    assert np.all(shocked[0] == 100)
    assert np.all(shocked[2:] == shocked[1])
    assert np.all((shocked[1] > 10) & (shocked[1] < 20))
    assert len(np.unique(shocked[1])) == 50
