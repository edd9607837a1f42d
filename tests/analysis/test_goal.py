"""Goals on tiny arrays, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.analysis import Goal
from forecast.errors import GoalError
from forecast.lines import Line

NAN = np.nan
PROFIT = np.array([[-1.0, 2.0, -3.0, 0.0], [1.0, -1.0, -2.0, -1.0], [2.0, 3.0, -1.0, 5.0], [-5.0, 4.0, -1.0, 6.0]])


def test_the_margin_is_the_distance_inside_the_goal():
    assert Goal("profit", at_least=1).margin(PROFIT)[0].tolist() == [-2, 1, -4, -1]
    assert Goal("profit", at_most=1).margin(PROFIT)[0].tolist() == [2, -1, 4, 1]


def test_a_goal_is_met_on_its_threshold():
    assert Goal("profit", at_least=0).met(PROFIT)[0].tolist() == [False, True, False, True]
    assert Goal("profit", at_most=0).met(PROFIT)[0].tolist() == [True, False, True, True]


def test_once_reached_it_stays_reached():
    reached = Goal("profit", at_least=0).reached(PROFIT)
    assert reached.tolist() == [[0, 1, 0, 1], [1, 1, 0, 1], [1, 1, 0, 1], [1, 1, 0, 1]]


def test_two_in_a_row_take_the_smaller_margin_of_the_two():
    margin = Goal("profit", at_least=0, quarters=2).margin(PROFIT)
    assert np.all(np.isnan(margin[0]))
    assert margin[1:].tolist() == [[-1, -1, -3, -1], [1, -1, -2, -1], [-5, 3, -1, 5]]


def test_two_in_a_row_are_reached_at_the_second():
    reached = Goal("profit", at_least=0, quarters=2).reached(PROFIT)
    assert reached.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 1]]


def test_years_in_a_row_step_over_the_quarters_in_which_no_year_ends():
    years = np.full((12, 2), NAN)
    years[3], years[7], years[11] = [1, -1], [-2, 3], [4, 5]
    goal = Goal("profit", at_least=0, over="fiscal_year", quarters=2)
    margin = goal.margin(years)
    assert np.flatnonzero(~np.isnan(margin[:, 0])).tolist() == [7, 11]
    assert margin[[7, 11]].tolist() == [[-2, -1], [-2, 3]]
    assert goal.reached(years)[[3, 7, 10, 11]].tolist() == [[0, 0], [0, 0], [0, 0], [0, 1]]


def test_the_best_margin_is_the_largest_of_all_windows():
    assert Goal("profit", at_least=0).best_margin(PROFIT).tolist() == [2, 4, -1, 6]
    assert Goal("profit", at_least=0, quarters=2).best_margin(PROFIT).tolist() == [1, 3, -1, 5]


@settings(deadline=None, derandomize=True)
@given(
    arrays(float, (6, 3), elements=st.floats(-10, 10)),
    st.integers(1, 4),
    st.floats(-5, 5),
    st.booleans(),
)
def test_the_best_margin_is_at_least_zero_exactly_where_the_goal_is_reached(windows, quarters, threshold, above):
    goal = Goal("x", **{"at_least" if above else "at_most": threshold}, quarters=quarters)
    assert np.array_equal(goal.best_margin(windows) >= 0, goal.reached(windows)[-1] == 1)
    # in a row, counted one by one
    met = windows - threshold >= 0 if above else threshold - windows >= 0
    for path in range(3):
        runs = [all(met[end - quarters + 1 : end + 1, path]) for end in range(quarters - 1, 6)]
        assert any(runs) == bool(goal.reached(windows)[-1, path])


def test_more_in_a_row_than_end_within_the_simulation_are_refused():
    goal = Goal("profit", at_least=0, over="quarter", quarters=5)
    for question in (goal.margin, goal.met, goal.reached, goal.best_margin):
        with pytest.raises(GoalError) as caught:
            question(PROFIT)
        assert str(caught.value) == (
            "the goal on 'profit' needs 5 quarter windows that end within the simulation; there are 4. Simulate longer."
        )


def test_a_year_that_does_not_end_within_the_simulation_is_refused_not_counted_as_missed():
    with pytest.raises(GoalError) as caught:
        Goal("profit", at_least=0, over="fiscal_year").reached(np.full((3, 2), NAN))
    assert str(caught.value) == (
        "the goal on 'profit' needs 1 fiscal year windows that end within the simulation; there are 0. Simulate longer."
    )


def test_a_goal_says_what_it_wants():
    goal = Goal("net_profit", at_least=0, over="fiscal_year", quarters=2, by="2027Q4", probability=0.8)
    assert str(goal) == "net_profit over the fiscal year >= 0, 2 in a row by 2027Q4 with probability 80%"
    assert str(Goal("debt", at_most=12.5, over="quarter")) == "debt over the quarter <= 12.5"


def test_all_problems_are_told_at_once():
    with pytest.raises(GoalError) as caught:
        Goal("", at_least=float("inf"), over="year", quarters=0, by="2027", probability=80)
    assert str(caught.value) == (
        "the goal on '' cannot be read\n"
        "  - the threshold is inf; give a finite number.\n"
        "  - over is 'year'; use one of quarter, trailing_year, fiscal_year, cumulative.\n"
        "  - quarters is 0; give a whole number from 1 on.\n"
        "  - by: '2027' is not a quarter. Write the year, Q and the number, as in '2025Q2'.\n"
        "  - probability is 80; it must lie in (0, 1), as in 0.8.\n"
        "  - the line is ''; give its name, as in 'net_profit'."
    )


@pytest.mark.parametrize("bounds", [{}, {"at_least": 0, "at_most": 1}])
def test_a_goal_has_one_threshold(bounds):
    with pytest.raises(GoalError) as caught:
        Goal("profit", **bounds)
    assert str(caught.value) == "the goal on 'profit' cannot be read\n  - give one of at_least and at_most."


@pytest.mark.parametrize("threshold", ["0", True, float("nan"), [0]])
def test_a_threshold_is_a_finite_number(threshold):
    with pytest.raises(GoalError) as caught:
        Goal("profit", at_most=threshold)
    assert str(caught.value) == (
        f"the goal on 'profit' cannot be read\n  - the threshold is {threshold!r}; give a finite number."
    )


@pytest.mark.parametrize("probability", [0, 1, 1.0, -0.1, "0.8", True, float("nan")])
def test_a_probability_lies_strictly_inside_the_unit_interval(probability):
    with pytest.raises(GoalError) as caught:
        Goal("profit", at_least=0, probability=probability)
    assert str(caught.value) == (
        f"the goal on 'profit' cannot be read\n  - probability is {probability!r}; it must lie in (0, 1), as in 0.8."
    )


def test_numbers_of_numpy_are_numbers():
    assert Goal("profit", at_least=np.int64(3), probability=np.float64(0.5)).margin(PROFIT)[2, 3] == 2


SHARE, MONEY = Line("margin", "rate", "share"), Line("sales", "flow", "million", "CNY")


def test_a_share_stated_in_per_cent_is_doubted():
    windows = np.array([[0.1, 0.25], [np.nan, 0.3]])
    assert Goal("margin", at_least=80, over="quarter").doubts(windows, SHARE) == (
        "the goal's 80 is more than 20 times as large as 'margin' ever is over the quarter, 0.1 to 0.3: "
        "check its unit, 80 % is 0.8.",
    )
    (said,) = Goal("usd_cny", at_most=700, over="quarter").doubts(windows, Line("usd_cny", "rate", "CNY_per_USD"))
    assert said.endswith("check its unit, the line is in CNY per USD.")
    assert Goal("sales", at_most=-80e3).doubts(1e3 * windows, MONEY) == (
        "the goal's -80000 is more than 20 times as large as 'sales' ever is over the trailing year, 100 to 300: "
        "check its unit, the line is in million CNY.",
    )


@pytest.mark.parametrize("threshold", [0, 0.8, 6, -6])
def test_a_threshold_of_the_size_of_the_line_is_not_doubted(threshold):
    assert Goal("margin", at_least=threshold, over="quarter").doubts(np.array([0.1, -0.3]), SHARE) == ()


def test_a_line_that_is_zero_or_has_no_window_says_nothing_about_a_threshold():
    for windows in (np.zeros(3), np.full(3, np.nan)):
        assert Goal("margin", at_least=80, over="quarter").doubts(windows, SHARE) == ()
