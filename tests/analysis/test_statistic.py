"""Statistics of paths by hand, and their sampling error against the textbook's."""

import numpy as np
import pytest

from forecast.analysis import BreakevenDate, Goal, Mean, Probability, Quantile
from forecast.analysis.statistic import as_statistic, error_of, in_batches, replicas, standard_error
from forecast.errors import GoalError

PROFIT = [[-1, 2, 1, -9], [1, 1, 1, -9], [2, -3, 1, -9], [3, 4, 1, -9]]
GOAL = Goal("profit", at_least=1, over="quarter", by="2026Q2")
WEIGHTS = np.array([0.1, 0.2, 0.3, 0.4])


def both(statistic, outcome):
    numbers = statistic.numbers(outcome)
    return statistic.value(numbers), statistic.value(numbers, WEIGHTS)


def test_each_by_hand(paths_of):
    outcome = paths_of(a=PROFIT).outcome("a")
    year = Mean("profit", at="2026Q4", over="cumulative")
    assert year.numbers(outcome).tolist() == [5, 4, 4, -36]
    assert both(year, outcome) == pytest.approx((-23 / 4, 0.5 + 0.8 + 1.2 - 14.4))
    assert both(Quantile("profit", 0.5, at="2026Q3"), outcome) == pytest.approx((-1, -3))
    assert both(Probability(GOAL), outcome) == pytest.approx((0.75, 0.6))
    date = BreakevenDate(GOAL, level=0.5)
    assert date.numbers(outcome).tolist() == [2, 1, 1, 5]
    assert both(date, outcome) == (1, 1)
    assert BreakevenDate(GOAL, level=0.8).value(date.numbers(outcome)) == 5


def test_they_say_what_they_are():
    assert str(Mean("profit", at="2026Q4", over="fiscal_year")) == ("mean of profit over the fiscal year to 2026Q4")
    assert str(Quantile("profit", 0.1, at="2026Q3")) == "10% quantile of profit in 2026Q3"
    assert str(as_statistic(GOAL)) == "probability of profit over the quarter >= 1 by 2026Q2"
    assert str(BreakevenDate(GOAL)) == "50% date of profit over the quarter >= 1, quarters from now"


def test_a_goal_or_several_stand_for_their_probability():
    assert as_statistic(GOAL) == Probability(GOAL) == as_statistic([GOAL])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Mean("", at="2026", over="month"),
            "the mean of '' cannot be read\n  - the line is ''; give its name, as in 'net_profit'.\n"
            "  - over is 'month'; use one of quarter, trailing_year, fiscal_year, cumulative.\n"
            "  - at: '2026' is not a quarter. Write the year, Q and the number, as in '2025Q2'.",
        ),
        (
            lambda: Mean("profit", at="2026Q3", over="fiscal_year"),
            "the mean of 'profit' cannot be read\n  - at is 2026Q3; a fiscal year ends in its fourth quarter.",
        ),
        (lambda: Quantile("profit", 1.0, at="2026Q3"), "level is 1.0; it must lie in (0, 1), as in 0.5."),
        (
            lambda: BreakevenDate(Goal("cash", at_least=0, over="quarter", always=True)),
            "a goal that always holds has no date on which it is reached.",
        ),
        (
            lambda: as_statistic("profit"),
            "the statistic is 'profit'; give a goal, or one of Mean, Quantile, Probability and BreakevenDate, "
            "as in fc.Mean('net_profit', at='2027Q4', over='fiscal_year').",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(make, words):
    with pytest.raises(GoalError) as caught:
        make()
    assert str(caught.value) == words


def test_the_error_of_batches_is_the_textbooks():
    # fixed numbers; standard errors of a mean, a share and a median of 40,000 normals. The spread of 50 batches is
    # itself uncertain by 1 / sqrt(98) = 10 %: 4 of these are false alarms in 16,000
    x = np.random.default_rng(11).normal(size=40_000)
    expected = {
        Mean("profit", at="2026Q1"): 1 / 200,
        Quantile("profit", 0.5, at="2026Q1"): np.sqrt(np.pi / 2) / 200,
        Probability(GOAL): 0.5 / 200,
    }
    for statistic, error in expected.items():
        numbers = (x > 0).astype(float) if isinstance(statistic, Probability) else x
        assert standard_error(in_batches(statistic, numbers)) == pytest.approx(error, rel=0.4)


@pytest.mark.parametrize("paths", [200, 1_000])
def test_the_error_of_a_quantile_in_the_tail_is_right_with_few_paths(paths):
    # sqrt(p (1 - p) / n) / f(z): batches of 4 and 20 paths say half and 0.85 of it. The mean of 100 squared errors
    # is uncertain by about 4 %
    x = np.random.default_rng(12).normal(size=(100, paths))
    low = Quantile("profit", 0.05, at="2026Q1")
    textbook = np.sqrt(0.05 * 0.95 / paths) / 0.10314
    squares = [standard_error(in_batches(low, numbers)) ** 2 for numbers in x]
    assert np.sqrt(np.mean(squares)) == pytest.approx(textbook, rel=0.15)
    weights = np.full(paths, 1 / paths)  # of which a quantile is an order statistic: up to a rank of 3 less certain
    even = [standard_error(in_batches(low, numbers, weights)) ** 2 for numbers in x]
    assert np.sqrt(np.mean(even)) == pytest.approx(textbook, rel=0.35)


def test_the_error_of_a_date_is_that_of_repeated_samples():
    # half of the paths arrive in quarter 1, the others in 5: the median is one or the other, so that its error is 2
    date = BreakevenDate(GOAL)
    samples = np.where(np.random.default_rng(13).random((100, 1_000)) < 0.5, 1.0, 5.0)
    spread = np.std([date.value(numbers) for numbers in samples])
    told = np.sqrt(np.mean([error_of(replicas(date, numbers)) ** 2 for numbers in samples]))
    assert spread == pytest.approx(2.0, rel=0.1)
    assert told == pytest.approx(2.0, rel=0.25)


def test_batches_of_weighted_paths_are_weighted_and_few_paths_have_few():
    numbers = np.arange(100.0)
    weights = np.where(numbers < 50, 0.0, 1 / 50) + 1e-12
    batches = in_batches(Mean("profit", at="2026Q1"), numbers, weights / weights.sum())
    assert batches[-1] == pytest.approx(98.5)
    assert len(in_batches(Mean("profit", at="2026Q1"), numbers, np.where(numbers < 50, 0.0, 1 / 50))) == 25
    assert len(in_batches(Mean("profit", at="2026Q1"), numbers[:3])) == 3
    assert np.isnan(standard_error(in_batches(Mean("profit", at="2026Q1"), numbers[:1])))
