"""Goals that always hold, and several at once, by hand."""

import numpy as np
import pytest

from forecast.analysis import Goal, Goals
from forecast.analysis.goals import as_goals
from forecast.errors import GoalError

# three paths over four quarters
PROFIT = [[-1, 2, 1], [1, 1, 1], [2, -3, 1], [3, 4, 1]]
ALWAYS = Goal("profit", at_least=0, over="quarter", always=True, by="2026Q3")
LATE = Goal("profit", at_least=2.5, over="quarter", by="2026Q4", probability=0.3)


def test_always_is_the_smallest_margin_up_to_its_date(paths_of):
    runs = paths_of(a=PROFIT)
    assert ALWAYS.inside(runs.outcome("a")).tolist() == [-1, -3, 1]
    early = Goal("profit", at_least=0, over="quarter", always=True, by="2026Q2")
    assert early.inside(runs.outcome("a")).tolist() == [-1, 1, 1]
    falling = ALWAYS.reached(runs.values("profit")).mean(axis=1)
    assert falling.tolist() == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1 / 3])
    assert str(ALWAYS) == "profit over the quarter >= 0, always by 2026Q3"


def test_a_window_that_has_not_ended_has_not_failed(paths_of):
    runs = paths_of(a=PROFIT)
    year = Goal("profit", at_most=4, over="fiscal_year", always=True)
    assert year.reached(runs.values("profit", over="fiscal_year")).mean(axis=1).tolist() == pytest.approx(
        [1, 1, 1, 2 / 3]
    )


def test_several_goals_are_met_on_the_same_path(paths_of):
    runs = paths_of(a=PROFIT)
    both = Goals((LATE, ALWAYS))
    # path 0 has the profit but fell below zero, path 1 too, path 2 never reaches 2.5
    assert both.inside(runs.outcome("a")).tolist() == [-1, -3, -1.5]
    assert both.by == "2026Q4"
    assert both.probability == 0.3
    assert both.lines == ("profit",)
    assert str(both) == (
        "profit over the quarter >= 2.5 and profit over the quarter >= 0, always by 2026Q3 by 2026Q4 "
        "with probability 30%"
    )


def test_by_quarter_each_goal_is_reached_by_its_own_date_at_the_latest(paths_of):
    """2.5 in some quarter and never below 0 up to 2026Q3; then 3 by 2026Q3 and 2.5 later: path 1 has 4 too late."""
    runs = paths_of(a=PROFIT)
    assert Goals((LATE, ALWAYS)).reached(runs.outcome("a")).tolist() == [[0, 0, 0]] * 4
    low = Goal("profit", at_least=-1, over="quarter", always=True, by="2026Q2")
    assert Goals((LATE, low)).reached(runs.outcome("a")).tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1, 0]]
    early = Goal("profit", at_least=2, over="quarter", by="2026Q3")
    assert Goals((LATE, early)).reached(runs.outcome("a")).tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 1, 0]]
    earlier = Goal("profit", at_least=2, over="quarter", by="2026Q2")
    assert Goals((LATE, earlier)).reached(runs.outcome("a"))[-1].tolist() == [0, 1, 0]
    assert Goals((LATE,)).reached(runs.outcome("a")).tolist() == LATE.reached(runs.values("profit")).tolist()


def test_a_goal_without_a_date_takes_the_latest(paths_of):
    runs = paths_of(a=PROFIT)
    both = as_goals(
        [Goal("profit", at_least=2.5, over="quarter", by="2026Q3"), Goal("profit", at_least=1.5, over="quarter")]
    )
    alone = [np.max(column[:3]) - 2.5 for column in np.transpose(PROFIT)]
    undated = [np.max(column[:3]) - 1.5 for column in np.transpose(PROFIT)]
    assert both.inside(runs.outcome("a")).tolist() == np.minimum(alone, undated).tolist()


def test_one_goal_says_what_it_said():
    assert str(as_goals(LATE)) == str(LATE)


def test_what_is_no_goal_is_refused_at_once():
    for wrong, words in (
        ((), "the goals cannot be read\n  - there is none; give at least one."),
        (
            (LATE, Goal("profit", at_least=0, probability=0.8)),
            "the goals cannot be read\n  - they state the probabilities 0.3, 0.8; it is that of all together, so "
            "state one.",
        ),
        (
            (LATE, "cash"),
            "the goals cannot be read\n  - 'cash' is not a goal; write fc.Goal('net_profit', at_least=0, by='2027Q4').",
        ),
    ):
        with pytest.raises(GoalError) as caught:
            Goals(wrong)
        assert str(caught.value) == words
    with pytest.raises(GoalError) as caught:
        Goal("cash", at_least=0, always=True, quarters=2)
    assert caught.value.problems == (
        "both always and quarters are given; a goal that always holds needs no number of quarters.",
    )
    with pytest.raises(GoalError) as caught:
        as_goals("cash")
    assert str(caught.value).startswith("the goal is an object of the type str, not Goal;")


def test_by_quarter_each_goal_is_judged_by_its_own_date(paths_of):
    # columns are paths; the first goal is due in the second quarter, the other must always hold
    runs = paths_of(a=[[0.0, 3.0, 1.0], [2.0, 1.0, 1.0], [5.0, -1.0, 4.0], [5.0, 5.0, 4.0]])
    both = Goals(
        (
            Goal("profit", at_least=2, over="quarter", by="2026Q2"),
            Goal("profit", at_least=0, over="quarter", by="2026Q4", always=True),
        )
    )
    outcome = runs.outcome("a")
    # path 0 comes in the second quarter; path 1 at once, and fails in the third; path 2 comes after the date
    assert both.reached(outcome).tolist() == [[0, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]]
    assert ((both.inside(outcome) >= 0) == both.reached(outcome)[-1]).all()
