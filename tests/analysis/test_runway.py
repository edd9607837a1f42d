"""Runway and the need for money on tiny tables, by hand."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.analysis import Goal
from forecast.analysis.runway import runway
from forecast.errors import GoalError
from forecast.timeline import Quarter

# five paths over five quarters: never below; below once; down to zero; falling to the end; below from the start
CASH = np.array(
    [
        [9, 1, 2, 3, -1],
        [8, -2, 0, 1, -4],
        [7, 5, 2, -1, -4],
        [8, 4, 3, -3, -2],
        [9, 9, 4, -7, 5],
    ],
    dtype=float,
)


@pytest.fixture(scope="session")
def paths_of(paths_of):
    """Simulations whose only line is a stock."""
    return partial(paths_of, kind="stock")


@pytest.fixture
def result(paths_of):
    return runway(paths_of(base=CASH, rich=CASH + 100), "profit")


def test_below_is_strict_and_counts_from_the_first_time(result):
    assert result.by_quarter("base").tolist() == pytest.approx([0.2, 0.4, 0.6, 0.6, 0.6], abs=1e-15)
    assert result.never("base") == pytest.approx(0.4)
    assert result.probability("base", "2026Q2") == pytest.approx(0.4)
    assert result.never("rich") == 1
    assert result.lasts["base"].tolist() == [5, 1, 5, 2, 0]


def test_dates_and_quarters_left(result):
    dates = {level: result.date("base", level) for level in (0.2, 0.21, 0.4, 0.6, 0.61)}
    assert [None if date is None else str(date) for date in dates.values()] == [
        *("2026Q1", "2026Q2", "2026Q2", "2026Q3"),
        None,
    ]
    assert [result.quarters_left("base", level) for level in dates] == [0, 1, 1, 2, None]


def test_the_need_is_what_is_missing_at_the_worst_moment(result):
    assert result.need["base"].tolist() == [0, 2, 0, 7, 4]
    # where the lowest comes twice, the first counts
    assert result.trough["base"].tolist() == [2, 1, 1, 4, 1]
    assert result.any_need("base") == pytest.approx(0.6)
    mean, error = result.mean_need("base")
    # squares about 2.6: 6.76, 0.36, 6.76, 19.36, 1.96, together 35.2; over n (n - 1) = 20
    assert mean == pytest.approx(2.6)
    assert error == pytest.approx(np.sqrt(35.2 / 20))


def test_what_suffices_is_an_order_statistic(result):
    assert [result.enough("base", level)[0] for level in (0.4, 0.41, 0.6, 0.61, 0.8, 0.81)] == [0, 2, 2, 4, 4, 7]
    # five paths can say nothing about the upper end at 80 %, and the lower one is the third: binomial(5, 0.8) has 0.7 %
    # at 1 or fewer and 5.8 % at 2 or fewer
    assert result.enough("base", 0.8) == (4, 0, np.inf)


def test_of_those_that_need_money_when_and_whether_it_is_over(result):
    # their lowest quarters are the second, the last and the second
    assert str(result.worst("base")) == "2026Q2"
    assert str(result.worst("base", 0.9)) == "2027Q1"
    assert result.worst("rich") is None
    assert result.falling("base") == pytest.approx(0.2)


def test_another_floor(paths_of):
    result = runway(paths_of(base=CASH), "profit", floor=3)
    assert result.need["base"].tolist() == [0, 5, 3, 10, 7]
    assert result.by_quarter("base").tolist() == pytest.approx([0.6, 0.8, 0.8, 0.8, 0.8], abs=1e-15)


def test_normal_cash_has_the_need_of_the_theory(paths_of):
    # x at the middles of 20,000 equal steps of probability: E max(0, -x) = phi(0), P = 1/2, the 80 % quantile is z
    x = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    result = runway(paths_of(base=x[None, :]), "profit")
    mean, error = result.mean_need("base")
    assert mean == pytest.approx(stats.norm.pdf(0), abs=1e-4)
    # E max(0, -x)^2 = 1/2
    assert error == pytest.approx(np.sqrt((0.5 - stats.norm.pdf(0) ** 2) / 20_000), rel=1e-3)
    assert result.any_need("base") == 0.5
    value, low, high = result.enough("base", 0.8)
    assert value == pytest.approx(stats.norm.ppf(0.8), abs=1e-3)
    # the asymptotic interval of a quantile: 1.96 sqrt(p (1 - p) / n) / density
    reach = 1.96 * np.sqrt(0.8 * 0.2 / 20_000) / stats.norm.pdf(stats.norm.ppf(0.8))
    assert (high - low) / 2 == pytest.approx(reach, rel=0.05)


def weighted(simulation, counts):
    object.__setattr__(simulation, "weights", np.asarray(counts) / np.sum(counts))
    return simulation


def test_weights_are_like_so_many_paths(paths_of):
    counts = [3, 1, 2, 1, 4]
    many = runway(paths_of(base=np.repeat(CASH, counts, axis=1)), "profit")
    few = runway(weighted(paths_of(base=CASH), counts), "profit")
    assert few.by_quarter("base") == pytest.approx(many.by_quarter("base"))
    assert few.mean_need("base")[0] == pytest.approx(many.mean_need("base")[0])
    assert few.any_need("base") == pytest.approx(many.any_need("base"))
    assert few.falling("base") == pytest.approx(many.falling("base"))
    for level in (0.3, 0.5, 0.7, 0.9, 0.95):
        assert few.enough("base", level)[0] == many.enough("base", level)[0]
        assert few.date("base", level) == many.date("base", level)
        assert few.worst("base", level) == many.worst("base", level)


def test_even_weights_change_nothing(paths_of):
    x = np.linspace(-1, 1, 400)[None, :]
    plain, even = (
        runway(simulation, "profit") for simulation in (paths_of(base=x), weighted(paths_of(base=x), [1] * 400))
    )
    assert even.mean_need("base") == pytest.approx(plain.mean_need("base"))
    assert even.interval("base", "2026Q1") == pytest.approx(plain.interval("base", "2026Q1"))
    assert even.enough("base", 0.9) == pytest.approx(plain.enough("base", 0.9))


def test_uneven_weights_widen_the_interval(paths_of):
    x = np.linspace(-1, 1, 400)[None, :]
    even = runway(paths_of(base=x), "profit")
    # 200 paths of weight 3 and 200 of weight 1, alternating: 800^2 / 2000 = 320 effective paths
    uneven = runway(weighted(paths_of(base=x), [3, 1] * 200), "profit")
    widths = [high - low for low, high in (each.interval("base", "2026Q1") for each in (even, uneven))]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(400 / 320), rel=0.01)
    spans = [each.enough("base", 0.8)[2] - each.enough("base", 0.8)[1] for each in (even, uneven)]
    assert spans[1] > spans[0]
    assert "\n400 paths, weighted, worth 320 equal ones; 95 % intervals are sampling error." in str(uneven)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda quarters: st.lists(
            st.lists(st.integers(-9, 9), min_size=quarters, max_size=quarters), min_size=1, max_size=12
        )
    ),
    st.integers(-5, 5),
    st.sampled_from([0.1, 0.5, 0.8, 0.95]),
)
def test_what_holds_for_any_paths(paths_of, rows, floor, level):
    values = np.array(rows, dtype=float).T
    result = runway(paths_of(base=values), "profit", floor=floor)
    below = result.by_quarter("base")
    # the survival of the goal that the line is always at least the floor, written by other hands
    always = Goal("profit", at_least=floor, over="quarter", always=True).reached(values)
    assert below == pytest.approx(1 - always.mean(axis=1))
    assert np.all(np.diff(below) >= 0)
    need = result.need["base"]
    assert np.all((values + need).min(axis=0) >= floor)
    enough, low, high = result.enough("base", level)
    assert low <= enough <= high
    assert np.mean(need <= enough) >= level - 1e-12
    assert np.mean(need < enough) < level
    assert np.mean(runway(paths_of(base=values + enough), "profit", floor=floor).need["base"] == 0) >= level - 1e-12


def test_it_prints_both_answers(paths_of):
    result = runway(paths_of(base=CASH[:, :2].repeat(20, axis=1), first="2026Q1"), "profit")
    assert str(result) == (
        "Probability that profit has been below 0 by (in brackets: quarters that end before)\n"
        "         by 2026Q4    10% date    50% date      90% date never\n"
        "scenario                                                      \n"
        "base           50%  2026Q2 (1)  2026Q2 (1)  after 2027Q1   50%\n"
        "\n"
        "Money needed to keep profit at 0 or more, million CNY\n"
        "         some        mean enough at 80% enough at 90% enough at 95% lowest in still falling\n"
        "scenario                                                                                   \n"
        "base      50%  1 +- 0.314    2 (2 to 2)    2 (2 to 2)    2 (2 to ?)    2026Q2            0%\n"
        "40 paths; 95 % intervals are sampling error. 'some': share of paths that need any. "
        "'lowest in': the median of these. 'still falling': lowest in 2027Q1, so that the need may grow."
    )


def test_the_table(result):
    table = result.to_frame(levels=(0.5, 0.9), enough=(0.8,))
    assert table.columns.tolist() == [
        *("by 2026Q4", "50% date", "50% left", "90% date", "90% left", "never", "mean need"),
        *("enough at 80%", "80% from", "80% to", "lowest in", "still falling"),
    ]
    assert table.loc["base", ["50% date", "50% left", "90% date", "never"]].tolist() == [
        *("2026Q3", 2.0, "after 2027Q1"),
        pytest.approx(0.4),
    ]
    assert table.loc["rich", "mean need"] == 0
    assert table.loc["rich", "lowest in"] == "-"


def test_a_flow_has_no_runway(paths_of):
    with pytest.raises(GoalError) as caught:
        runway(paths_of(base=CASH, kind="flow"), "profit")
    assert caught.value.problems == (
        "'profit' is a flow; a runway is that of a stock, of what is there at a quarter's end, as in "
        "Formula('cash = cash[-1] + cash_flow').",
    )


def test_bad_questions_are_refused(result, paths_of):
    simulation = paths_of(base=CASH)
    with pytest.raises(GoalError) as caught:
        runway(simulation, "profits", floor=float("nan"))
    assert str(caught.value) == (
        "the runway cannot be told\n"
        "  - there is no line 'profits'. Did you mean 'profit'?\n"
        "  - the floor is nan; give a finite number, as in 0."
    )
    with pytest.raises(GoalError) as caught:
        runway("cash")
    assert str(caught.value) == (
        "the simulation is an object of the type str, not Simulation; "
        "simulate first: simulate(company, scenarios, ...)."
    )
    with pytest.raises(GoalError) as caught:
        result.probability("base", Quarter.parse("2027Q2"))
    assert str(caught.value) == "2027Q2 lies outside the simulated quarters 2026Q1 to 2027Q1."
    with pytest.raises(GoalError) as caught:
        result.never("bas")
    assert str(caught.value) == "there is no scenario 'bas'. Did you mean 'base'?"
    with pytest.raises(GoalError) as caught:
        result.enough("base", 1.0)
    assert str(caught.value) == "level is 1.0; it must lie in (0, 1), as in 0.5."
