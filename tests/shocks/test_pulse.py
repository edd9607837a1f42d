"""Pulse by hand: it halves every ``decay`` quarters."""

import pytest

from forecast.errors import ScenarioError
from forecast.shocks import Pulse


def test_with_a_decay_of_one_quarter_the_push_halves_each_quarter(row):
    shocked = row("sales", Pulse("sales", 0.8, start="2026Q2", decay=1.0), until="2026Q3")
    assert shocked == [100, 180, 140]


def test_with_a_decay_of_two_it_halves_every_other_quarter(row):
    shocked = row("sales", Pulse("sales", 0.8, start="2026Q1", decay=2.0))
    assert [shocked[0], shocked[2], shocked[4], shocked[6]] == pytest.approx([180, 140, 120, 110], rel=1e-14)
    assert shocked[1] == pytest.approx(100 * (1 + 0.8 / 2**0.5), rel=1e-14)


def test_it_ends_at_its_end(row):
    shocked = row("sales", Pulse("sales", 0.5, start="2026Q1", end="2026Q1"), until="2026Q3")
    assert shocked == [150, 100, 100]


def test_a_ramp_weighs_a_push_that_already_decays(row):
    # weights 1/2 and 1 times 0.8 and 0.4
    shocked = row("sales", Pulse("sales", 0.8, start="2026Q1", decay=1.0, ramp=2), until="2026Q2")
    assert shocked == [140, 140]


def test_a_pushed_parameter_moves_the_line_for_good(row):
    # growth 10 % -> 15 %, 12.5 %, back towards 10 %
    shocked = row("wages", Pulse("wages.growth", 0.5, start="2026Q1", decay=1.0), until="2026Q2")
    assert shocked == pytest.approx([40 * 1.15, 40 * 1.15 * 1.125], rel=1e-14)


def test_without_a_start_it_acts_from_the_first_simulated_quarter(row):
    assert row("sales", Pulse("sales", 0.5)) == row("sales", Pulse("sales", 0.5, start="2026Q1"))


@pytest.mark.parametrize("decay", [0, -1.0, float("nan"), float("inf"), True, "2"])
def test_a_decay_that_is_no_number_of_quarters_is_refused(decay):
    with pytest.raises(ScenarioError) as caught:
        Pulse("sales", 0.5, start="2026Q1", decay=decay)
    assert str(caught.value) == (
        "the shock Pulse on 'sales' cannot be read\n"
        f"  - decay is {decay!r}; give the quarters after which half is left, above 0."
    )
