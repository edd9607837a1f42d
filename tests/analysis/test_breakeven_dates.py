"""Breakeven dates on tiny arrays, by hand."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from forecast.analysis import Goal, breakeven
from forecast.errors import GoalError, SimulationError, TimelineError
from forecast.timeline import Quarter

# five paths over six quarters: reached in Q2 and lost again, in Q2, in Q4, in the last quarter, never
PROFIT = np.array(
    [
        [-1, -1, -1, -1, -1],
        [+1, +0, -1, -1, -1],
        [-1, +1, -1, -1, -1],
        [-1, +1, +1, -1, -1],
        [-1, +1, +1, -1, -1],
        [-1, +1, +1, +1, -1],
    ],
    dtype=float,
)
ZERO = Goal("profit", at_least=0, over="quarter")


@pytest.fixture
def result(paths_of):
    return breakeven(paths_of(base=PROFIT, gloom=PROFIT - 5), ZERO)


def test_first_passage_counts_a_path_from_its_first_time_on(result):
    assert result.by_quarter["base"].tolist() == pytest.approx([0, 0.4, 0.4, 0.6, 0.6, 0.8], abs=1e-15)
    assert result.by_quarter["gloom"].tolist() == [0] * 6


def test_holding_counts_the_quarter_itself(result):
    assert result.holding["base"].tolist() == pytest.approx([0, 0.4, 0.2, 0.4, 0.4, 0.6], abs=1e-15)


def test_probabilities_by_date(result):
    assert result.probability("base", "2026Q1") == 0
    assert result.probability("base", Quarter.parse("2026Q4")) == pytest.approx(0.6)
    assert result.probability("base", "2027Q2") == pytest.approx(0.8)


def test_the_share_that_never_gets_there(result):
    assert result.never("base") == pytest.approx(0.2)
    assert result.never("gloom") == 1


def test_date_quantiles_are_the_first_quarter_by_which_enough_paths_arrived(result):
    dates = {level: result.date("base", level) for level in (0.1, 0.4, 0.41, 0.6, 0.61, 0.8, 0.81)}
    expected = ["2026Q2", "2026Q2", "2026Q4", "2026Q4", "2027Q2", "2027Q2", None]
    assert [None if date is None else str(date) for date in dates.values()] == expected
    assert result.date("gloom", 0.01) is None


def test_two_quarters_in_a_row(paths_of):
    result = breakeven(paths_of(base=PROFIT), Goal("profit", at_least=0, over="quarter", quarters=2))
    # the first path is above for one quarter only; the second from Q2; the third from Q4; the fourth in the last alone
    assert result.by_quarter["base"].tolist() == pytest.approx([0, 0, 0.2, 0.2, 0.4, 0.4], abs=1e-15)


def test_at_most(paths_of):
    result = breakeven(paths_of(base=PROFIT), Goal("profit", at_most=-1, over="quarter", quarters=4))
    # four quarters at -1 in a row: path 1 in Q3 to Q6, path 4 and 5 from Q1 on
    assert result.by_quarter["base"].tolist() == pytest.approx([0, 0, 0, 0.4, 0.4, 0.6], abs=1e-15)


def test_fiscal_years_count_in_their_fourth_quarter_only(paths_of):
    profit = np.zeros((9, 2))
    profit[:4] = [[-1, 1]] * 4
    profit[4:8] = [[2, -9]] * 4
    result = breakeven(paths_of(base=profit), Goal("profit", at_least=1, over="fiscal_year"))
    assert result.by_quarter["base"].tolist() == [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1]
    assert result.holding["base"].tolist() == [0, 0, 0, 0.5, 0, 0, 0, 0.5, 0]


def test_a_simulation_in_which_no_year_ends_is_refused(paths_of):
    with pytest.raises(GoalError) as caught:
        breakeven(paths_of(base=PROFIT[:3]), Goal("profit", at_least=0, over="fiscal_year"))
    assert str(caught.value) == (
        "the goal on 'profit' needs 1 fiscal year windows that end within the simulation; there are 0. Simulate longer."
    )


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_the_interval_of_a_probability_is_that_of_wilson(result, level):
    low, high = result.interval("base", "2026Q4", level=level)
    expected = proportion_confint(3, 5, alpha=1 - level, method="wilson")
    assert (low, high) == pytest.approx(expected, rel=1e-9)


def test_the_table_has_year_ends_dates_and_never(result):
    table = result.to_frame(levels=(0.5, 0.9))
    assert table.index.tolist() == ["base", "gloom"]
    assert table.columns.tolist() == ["by 2026Q4", "50% date", "90% date", "never", "met in 2027Q2"]
    met = float(np.mean(np.asarray(PROFIT)[-1] >= 0))
    assert table.loc["base"].tolist() == [pytest.approx(0.6), "2026Q4", "after 2027Q2", pytest.approx(0.2), met]
    assert table.loc["gloom"].tolist() == [0.0, "after 2027Q2", "after 2027Q2", 1.0, 0.0]


def test_the_share_that_meets_the_goal_in_its_own_quarter_or_the_last_year_that_ended(paths_of):
    profit = np.zeros((9, 2))
    profit[:4] = [[-1, 1]] * 4
    profit[4:8] = [[2, -9]] * 4
    yearly = breakeven(paths_of(base=profit), Goal("profit", at_least=1, over="fiscal_year"))
    # nine quarters from 2026Q1: the last year that ended is 2027, in which the first of two paths is above
    assert yearly.to_frame()["met in 2027Q4"].tolist() == [0.5]
    dated = breakeven(paths_of(base=profit), Goal("profit", at_least=1, over="quarter", by="2026Q2"))
    assert dated.to_frame()["met in 2026Q2"].tolist() == [0.5]


def test_it_prints_the_table_and_the_largest_sampling_error(result):
    # Wilson around 0 of 5: upper end z^2 / (5 + z^2) = 43.4 %; around 2, 3 and 4 of 5 at most 41.7 %
    assert str(result) == (
        "Probability that profit over the quarter >= 0 is first reached by\n"
        "         by 2026Q4      10% date      50% date      90% date never met in 2027Q2\n"
        "scenario                                                                        \n"
        "base           60%        2026Q2        2026Q4  after 2027Q2   20%           60%\n"
        "gloom           0%  after 2027Q2  after 2027Q2  after 2027Q2  100%            0%\n"
        "5 paths; sampling error of a probability at most 43.4% (95 %). 'never': not by 2027Q2."
    )


def test_the_sampling_error_looks_both_ways(paths_of):
    # all of 5 paths: Wilson goes down to 5 / (5 + z^2) = 56.6 %, an error of 43.4 % below and none above
    certain = breakeven(paths_of(base=np.ones((1, 5))), ZERO)
    assert "sampling error of a probability at most 43.4% (95 %)" in str(certain)


@pytest.mark.parametrize("by", ["2025Q4", "2027Q3"])
def test_a_date_outside_the_simulation_is_refused(result, by):
    with pytest.raises(GoalError) as caught:
        result.probability("base", by)
    assert str(caught.value) == f"{by} lies outside the simulated quarters 2026Q1 to 2027Q2."


def test_bad_questions_are_refused(result, paths_of):
    with pytest.raises(TimelineError) as caught:
        result.probability("base", "2026-Q4")
    assert str(caught.value) == "'2026-Q4' is not a quarter. Write '2026Q4'."
    for question in (
        result.never,
        lambda name: result.date(name, 0.5),
        lambda name: result.probability(name, "2026Q4"),
    ):
        with pytest.raises(GoalError) as caught:
            question("bse")
        assert str(caught.value) == "there is no scenario 'bse'. Did you mean 'base'?"
    with pytest.raises(SimulationError) as caught:
        breakeven(paths_of(base=PROFIT), Goal("proft", at_least=0, over="quarter"))
    assert str(caught.value) == "there is no line 'proft'. Did you mean 'profit'?"


@pytest.mark.parametrize("level", [0, 1, 95, "0.5", True, float("nan")])
def test_a_level_lies_strictly_inside_the_unit_interval(result, level):
    with pytest.raises(GoalError) as caught:
        result.date("base", level)
    assert str(caught.value) == f"level is {level!r}; it must lie in (0, 1), as in 0.5."
    with pytest.raises(GoalError) as caught:
        result.interval("base", "2026Q4", level=level)
    assert str(caught.value) == f"the level of an interval is {level!r}; it must lie in (0, 1), as in 0.95."


def test_dates_of_those_that_arrive(result):
    # four of five arrive: two in Q2, one in Q4, one in 2027Q2; half of them by Q2, three quarters by Q4
    dates = {level: result.date("base", level, arriving=True) for level in (0.1, 0.5, 0.51, 0.75, 0.76, 0.99)}
    assert [str(date) for date in dates.values()] == ["2026Q2", "2026Q2", "2026Q4", "2026Q4", "2027Q2", "2027Q2"]
    assert result.date("gloom", 0.5, arriving=True) is None


def test_the_distribution_of_dates_adds_up_to_one(result):
    table = result.distribution()
    assert table.index.tolist() == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2", "never"]
    assert table["base"].tolist() == pytest.approx([0, 0.4, 0, 0.2, 0, 0.2, 0.2], abs=1e-12)
    assert table["gloom"].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_hazard_is_the_share_of_those_still_waiting(result, paths_of):
    assert result.hazard("base").tolist() == pytest.approx([0, 2 / 5, 0, 1 / 3, 0, 1 / 2], abs=1e-12)
    assert result.hazard("gloom").tolist() == [0] * 6
    arrived = breakeven(paths_of(base=[[-1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), ZERO).hazard("base")
    assert arrived[:2].tolist() == [0.5, 1.0]
    assert np.isnan(arrived[2])


def test_the_error_of_a_date_is_where_the_interval_of_the_curve_crosses_the_level(paths_of):
    # so many of 100 paths have arrived by the quarters; by statsmodels Wilson reaches from 45 up to 54.8 %, from 30 to
    # 39.6 %, from 58 down to 48.2 %, from 70 to 60.4 %: the median date may be any from the second to the fifth quarter
    counts = np.array([30, 45, 52, 58, 70])
    result = breakeven(paths_of(base=np.where(np.arange(100)[None, :] < counts[:, None], 1.0, -1.0)), ZERO)
    low, high = proportion_confint(counts, 100, method="wilson")
    first, last = np.flatnonzero(high >= 0.5)[0], np.flatnonzero(low >= 0.5)[0]
    assert (first, last) == (1, 4)
    assert result.date_interval("base", 0.5) == (Quarter.parse("2026Q2"), Quarter.parse("2027Q1"))
    assert str(result.date("base", 0.5)) == "2026Q3"
    assert result.date_interval("base", 0.9) == (None, None)
    assert result.date_interval("base", 0.65) == (Quarter.parse("2026Q4"), None)


def test_the_table_of_arrivals(result):
    table = result.arrivals(levels=(0.5, 0.9))
    assert table.columns.tolist() == [
        "gets there",
        "50% of these by",
        "90% of these by",
        "50% date from",
        "50% date to",
    ]
    # Wilson of 0 of 5 reaches up to 43.4 %, of 2 of 5 to 76.9 %; of 4 of 5 down to 37.6 %
    assert table.loc["base"].tolist() == [pytest.approx(0.8), "2026Q2", "2027Q2", "2026Q2", "after 2027Q2"]
    assert table.loc["gloom"].tolist() == [0.0, "-", "-", "after 2027Q2", "after 2027Q2"]


def test_a_goal_that_always_holds_has_no_date(paths_of):
    with pytest.raises(GoalError) as caught:
        breakeven(paths_of(base=PROFIT), Goal("profit", at_least=0, over="quarter", always=True))
    assert str(caught.value) == (
        "a goal that always holds has no date on which it is reached. Ask when a line first falls below a floor: "
        "runway(simulation, 'profit', floor=...)."
    )


def test_a_threshold_in_another_unit_is_a_warning(paths_of):
    far = breakeven(paths_of(base=PROFIT, gloom=PROFIT - 5), Goal("profit", at_least=121, over="quarter"))
    (told,) = far.warnings
    assert told.startswith(
        "the goal's 121 is more than 20 times as large as 'profit' ever is over the quarter, -6 to 1:"
    )
    assert str(far).endswith(f"Warnings:\n  - {told}")
    near = breakeven(paths_of(base=PROFIT, gloom=PROFIT - 5), Goal("profit", at_least=120, over="quarter"))
    assert near.warnings == ()
