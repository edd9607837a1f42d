"""When a shock acts, and how a badly written shock is refused."""

import numpy as np
import pytest

from forecast import shocks
from forecast.drivers import Path
from forecast.errors import ScenarioError
from forecast.scenario import Scenario, Shock, Timing, label
from forecast.shocks import Add, Hold, Replace, Scale
from forecast.timeline import Quarter

FIRST = Quarter.parse("2026Q1")


def weights(timing, count=8):
    return [timing.weight(FIRST + step, FIRST) for step in range(count)]


def test_a_shock_without_a_window_acts_in_full_from_the_first_quarter_on():
    assert weights(Timing()) == [1.0] * 8


def test_a_window_includes_both_its_ends():
    timing = Timing(Quarter.parse("2026Q3"), Quarter.parse("2027Q1"))
    assert weights(timing) == [0, 0, 1, 1, 1, 0, 0, 0]


def test_a_ramp_of_four_rises_by_quarters_and_stays_until_the_end():
    timing = Timing(Quarter.parse("2026Q2"), Quarter.parse("2027Q3"), ramp=4)
    assert weights(timing) == [0, 0.25, 0.5, 0.75, 1, 1, 1, 0]


def test_a_ramp_without_a_start_counts_from_the_first_simulated_quarter():
    assert weights(Timing(ramp=2), 3) == [0.5, 1, 1]


@pytest.mark.parametrize("ramp", [0, 1])
def test_a_ramp_of_none_or_one_acts_in_full_at_once(ramp):
    assert weights(Timing(Quarter.parse("2026Q2"), ramp=ramp), 3) == [0, 1, 1]


def test_a_ramp_longer_than_the_window_never_reaches_its_full_weight():
    timing = Timing(Quarter.parse("2026Q1"), Quarter.parse("2026Q2"), ramp=4)
    assert weights(timing, 4) == [0.25, 0.5, 0, 0]


def test_every_shock_of_the_catalogue_meets_the_contract():
    for name in shocks.__all__:
        kind = getattr(shocks, name)
        if isinstance(kind, type):
            sized = {"driver": Path("sales")} if kind is Replace else {} if kind is Hold else {"size": 1.0}
            assert isinstance(kind("sales", start="2026Q1", **sized), Shock), name


def test_all_problems_of_one_shock_are_told_at_once():
    with pytest.raises(ScenarioError) as caught:
        Scale("a.b.c", "much", start="2026-Q1", end="soon", ramp=-1, probability=1.5, event=" ")
    assert str(caught.value) == (
        "the shock Scale on 'a.b.c' cannot be read\n"
        "  - start: '2026-Q1' is not a quarter. Write '2026Q1'.\n"
        "  - end: 'soon' is not a quarter. Write the year, Q and the number, as in '2025Q2'.\n"
        "  - size: 'much' is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}.\n"
        "  - ramp is -1; give a whole number of quarters, 0 for at once.\n"
        "  - probability is 1.5; it must lie in (0, 1], 1 for a certain shock.\n"
        "  - event is ' '; give it a name, or leave it out.\n"
        "  - target is 'a.b.c'; write 'line' or 'line.parameter'."
    )


@pytest.mark.parametrize("probability", [0, 0.0, -0.1, 1.0001, float("nan"), True, "0.5", None])
def test_a_probability_outside_its_range_is_refused(probability):
    with pytest.raises(ScenarioError) as caught:
        Add("sales", 1.0, probability=probability)
    assert str(caught.value) == (
        "the shock Add on 'sales' cannot be read\n"
        f"  - probability is {probability!r}; it must lie in (0, 1], 1 for a certain shock."
    )


def test_the_smallest_and_the_largest_probability_are_accepted():
    assert Add("sales", 1.0, probability=1e-9).probability == 1e-9
    assert Add("sales", 1.0, probability=1).probability == 1


@pytest.mark.parametrize("ramp", [1.5, True, "4", None])
def test_a_ramp_that_is_no_whole_number_is_refused(ramp):
    with pytest.raises(ScenarioError) as caught:
        Add("sales", 1.0, ramp=ramp)
    assert str(caught.value) == (
        "the shock Add on 'sales' cannot be read\n"
        f"  - ramp is {ramp!r}; give a whole number of quarters, 0 for at once."
    )


@pytest.mark.parametrize("size", [float("nan"), float("inf")])
def test_a_size_that_is_not_finite_is_refused(size):
    with pytest.raises(ScenarioError) as caught:
        Add("sales", size)
    assert str(caught.value) == (
        f"the shock Add on 'sales' cannot be read\n  - size: fixed needs finite numbers; seen: value = {size!r}."
    )


def test_an_end_before_the_start_is_refused():
    with pytest.raises(ScenarioError) as caught:
        Add("sales", 1.0, start="2026Q2", end="2026Q1")
    assert str(caught.value) == (
        "the shock Add on 'sales' cannot be read\n  - it ends in 2026Q1, before it starts in 2026Q2."
    )


def test_how_long_a_shock_acts_is_refused_with_every_problem():
    with pytest.raises(ScenarioError) as caught:
        Add("sales", 1.0, start="2026Q1..2027Q4", end="2027Q3", decay=0, lasts=0)
    assert str(caught.value) == (
        "the shock Add on 'sales' cannot be read\n"
        "  - decay is 0; give the quarters after which half is left, above 0.\n"
        "  - lasts is 0; give a whole number of quarters from 1 on.\n"
        "  - both end and lasts are given; give one of them."
    )
    with pytest.raises(ScenarioError) as caught:
        Add("sales", 1.0, start="2026Q1..2027Q4", end="2027Q3")
    assert str(caught.value) == (
        "the shock Add on 'sales' cannot be read\n  - it ends in 2027Q3, before it may start in 2027Q4."
    )


def test_what_is_left_halves_every_decay_quarters():
    timing = Timing(Quarter.parse("2026Q2"), decay=2.0)
    assert [timing.fade(FIRST + step, FIRST) for step in (1, 3, 5)] == [1.0, 0.5, 0.25]
    assert Timing(decay=1.0).fade(FIRST + 3, FIRST) == 0.125


def test_an_uncertain_start_counts_from_its_first_date():
    shock = Add("sales", 1.0, start="2026Q2..2026Q4")
    assert shock.timing.start == Quarter.parse("2026Q2")
    assert shock.timing.dates.quarters == ("2026Q2", "2026Q3", "2026Q4")
    assert label(shock) != label(Add("sales", 1.0, start="2026Q2"))


def test_quarters_are_kept_in_their_one_spelling():
    shock = Add("sales", 1.0, start=Quarter.parse("2026Q2"))
    assert (shock.start, shock.timing.start, shock.timing.end) == ("2026Q2", Quarter.parse("2026Q2"), None)


def test_a_label_depends_on_class_target_and_window_but_not_on_the_size():
    assert label(Scale("sales", 2.0, start="2026Q1")) == label(Scale("sales", 3.0, start="2026Q1", ramp=4))
    different = [
        Scale("sales", 2.0),
        Add("sales", 2.0),
        Scale("cost", 2.0),
        Scale("sales", 2.0, start="2026Q1"),
        Scale("sales", 2.0, end="2026Q1"),
    ]
    assert len({label(shock) for shock in different}) == len(different)


def test_a_shock_of_ones_own_needs_no_registering():
    class Halve:
        target, size, timing, probability, event = "sales", None, Timing(), 1.0, None
        acts_on = ("line",)

        def apply(self, value, size, weight, quarter, before):
            return value * (1 - 0.5 * weight)

    shock = Halve()
    assert isinstance(shock, Shock)
    assert Scenario("half", shock).shocks == (shock,)
    assert np.array_equal(shock.apply(np.array([8.0]), None, 1.0, FIRST, None), [4.0])
