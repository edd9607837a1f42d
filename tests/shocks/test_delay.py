"""Delay by hand: the line goes on later than it would have."""

import numpy as np
import pytest

from forecast.distributions import normal, uniform
from forecast.errors import ScenarioError
from forecast.shocks import Delay, Scale

# wages grow by 10 % a quarter from 40: 44, 48.4, 53.24, ...
WAGES = [40 * 1.1**n for n in range(1, 9)]


def test_everything_comes_so_many_quarters_later(row):
    found = row("wages", Delay("wages", 2, "2026Q3"))
    assert found == pytest.approx([WAGES[0], WAGES[1], WAGES[1], WAGES[1], *WAGES[2:6]])


def test_from_the_first_quarter_it_waits_at_the_opening(row):
    assert row("wages", Delay("wages", 1, "2026Q1")) == pytest.approx([40, *WAGES[:7]])


def test_a_part_of_a_quarter_is_interpolated(row):
    # half a quarter late: between the value of the quarter before and the quarter's own
    found = row("wages", Delay("wages", 0.5, "2026Q2"), until="2026Q4")
    assert found == pytest.approx([44, (44 + 48.4) / 2, (48.4 + 53.24) / 2, (53.24 + 58.564) / 2])


def test_with_an_end_the_line_catches_up_at_once(row):
    found = row("wages", Delay("wages", 3, "2026Q2", end="2026Q4"), until="2027Q1")
    assert found == pytest.approx([44, 44, 44, 44, WAGES[4]])


def test_it_delays_what_earlier_shocks_do_and_not_later_ones(row):
    jump = Scale("sales", 2.0, start="2026Q2")
    assert row("sales", jump, Delay("sales", 1, "2026Q2"), until="2026Q4") == [100, 100, 200, 200]
    assert row("sales", Delay("sales", 1, "2026Q2"), jump, until="2026Q4") == [100, 200, 200, 200]


def test_each_path_waits_its_own_time(under):
    found = under("wages", Delay("wages", uniform(0, 3), "2026Q1"), paths=50)
    waited = 8 - np.log(found[-1] / 40) / np.log(1.1)
    assert np.all((waited > 0) & (waited < 3.01))
    assert np.ptp(waited) > 1
    assert np.all(np.diff(found, axis=0) >= 0)


def test_without_a_start_it_acts_from_the_first_simulated_quarter(row):
    assert row("wages", Delay("wages", 1)) == row("wages", Delay("wages", 1, "2026Q1"))


def test_it_takes_no_negative_time():
    with pytest.raises(ScenarioError) as caught:
        Delay("sales", normal(1, 1), "2026Q1")
    assert str(caught.value) == (f"the shock Delay on 'sales' has size {normal(1, 1)}; give quarters from 0 on.")
