"""Frontiers whose curves follow by algebra, with corners where every pair and where no pair succeeds."""

import numpy as np
import pytest
from scipy import stats

from forecast.analysis import Goal, goal_seek
from forecast.analysis.frontier import frontier
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.scenario import Scenario
from forecast.shocks import Scale
from forecast.simulation import simulate

BASE = Scenario("base")
PROFIT = Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)


def lever(line: str, value, low: float, high: float) -> Path:
    return Path(line, value=assume(value, role="lever", low=low, high=high))


@pytest.fixture(scope="module")
def company():
    """profit = sales - wages + luck with luck standard normal: at a probability p the wages are sales - z_p."""
    model = Model(
        lever("sales", normal(5, 1), 0.0, 10.0),
        lever("wages", normal(6, 1), 1.0, 7.0),
        Path("luck", value=normal(0, 1)),
        Formula("profit = sales - wages + luck"),
    )
    return calibrate(model, first="2026Q1")


@pytest.fixture(scope="module")
def found(company):
    return draw(company)


def draw(company, vary=("sales.value", "wages.value"), goal=PROFIT, *, scenario=BASE, paths=400, seed=2, **options):
    return frontier(company, scenario, vary=vary, goal=goal, points=11, paths=paths, seed=seed, **options)


def test_the_curve_is_the_order_statistic_of_the_draws(company, found):
    # on each path wages <= sales + luck; at p the value with p of them above: the rank n - ceil(n p) + 1 from below
    luck = np.sort(simulate(company, BASE, until="2026Q1", paths=400, seed=2).values("luck")[0])
    assert found.levels == (0.5, 0.6, 0.7, 0.8, 0.9)
    assert found.grid.tolist() == list(range(11))
    for row, level in enumerate(found.levels):
        expected = found.grid + luck[400 - round(400 * level)]
        inside = (expected > 1) & (expected < 7)
        np.testing.assert_allclose(found.answers[row, inside], expected[inside], atol=6 / 12 / 2**9)
        assert np.isnan(found.answers[row, expected < 1]).all()
        assert (found.answers[row, expected > 7] == 7).all()
    np.testing.assert_array_equal(found.effortless[found.wanted], found.grid + luck[400 - 320] >= 7)


def test_its_intervals_hold_the_closed_form(company):
    # 95 % intervals of 40 seeds, one column each; false-alarm rate 1e-6
    truth = 5 - stats.norm.ppf(0.8)
    held = 0
    for seed in range(40):
        one = frontier(company, BASE, vary=("sales.value", "wages.value"), goal=PROFIT, points=3, paths=200, seed=seed)
        held += one.low[one.wanted, 1] <= truth <= one.high[one.wanted, 1]
    assert held >= stats.binom.ppf(1e-6, 40, 0.95)


def test_a_column_is_a_goal_seek_with_the_first_lever_stated(company, found):
    stated = company.stating("sales.value", 4.0)
    alone = goal_seek(stated, BASE, vary="wages.value", goal=PROFIT, paths=400, seed=2)
    column = found.grid.tolist().index(4.0)
    assert found.answers[found.wanted, column] == pytest.approx(alone.answer, abs=6 / 12 / 2**10)
    assert (found.low[found.wanted, column], found.high[found.wanted, column]) == pytest.approx(
        alone.interval, abs=6 / 12 / 2**10
    )
    assert (found.best[column], found.best_at[column]) == (alone.best, alone.best_at)


def test_it_says_where_it_can_be_reached_and_what_the_medians_are(found):
    lines = str(found).splitlines()
    assert lines[:4] == [
        "Goal: profit over the quarter >= 0 by 2026Q1 with probability 80%, scenario 'base', by moving sales.value "
        "[number] and wages.value [number]",
        "Today's medians: 5 and 6.",
        "Reached with sales.value at 2 to 10; elsewhere no value of wages.value from 1 to 7 does.",
        "Largest wages.value with which the goal has the probability (95 % interval at the goal's)",
    ]
    assert lines[4].split() == ["sales.value", "50%", "60%", "70%", "80%", "90%", "interval", "best"]
    assert lines[5].split()[:6] == ["0", "none", "none", "none", "none", "none"]
    assert lines[-2].split() == ["10", "any", "any", "any", "any", "any", "100%"]
    assert found.feasible


def test_the_frame_has_a_row_a_probability_and_a_value(found):
    frame = found.to_frame()
    assert list(frame.columns) == [
        "probability",
        "sales.value",
        "wages.value",
        "low",
        "high",
        "lost beyond",
        "anywhere",
        "best probability",
        "best low",
        "best high",
        "best at",
    ]
    assert len(frame) == 5 * 11
    one = frame[(frame["probability"] == 0.8) & (frame["sales.value"] == 4)].iloc[0]
    assert one["wages.value"] == found.answers[found.wanted, 4]
    assert one["best low"] < one["best probability"] < one["best high"]


def test_where_no_pair_reaches_it_the_best_pair_is_named(company):
    none = draw(company, goal=Goal("profit", at_least=20, over="quarter", by="2026Q1", probability=0.8))
    assert not none.feasible
    assert np.isnan(none.answers).all()
    assert "Cannot be reached by any pair: the best probability on the grid is 0.0% (0.0% to 1.0%), at 0 and 1." in str(
        none
    )


def test_where_it_is_reached_in_two_places_both_are_named():
    """profit = sales^2 - 9 - wages with wages from 0 on: from 3 on to either side."""
    profit = Formula("profit = sales * sales - 9 - wages")
    model = Model(lever("sales", 1.0, -5.0, 5.0), lever("wages", 1.0, 0.0, 2.0), profit)
    found = draw(calibrate(model, first="2026Q1"), paths=20)
    assert "Reached with sales.value at -5 to -3 and 3 to 5; elsewhere no value of wages.value from 0" in str(found)


def test_where_every_pair_reaches_it_it_says_so(company):
    every = draw(company, goal=Goal("profit", at_least=-20, over="quarter", by="2026Q1", probability=0.8))
    assert every.effortless.all()
    assert (every.answers == 7).all()
    assert "Reached by every pair." in str(every)


def test_a_shock_and_an_uncertainty_may_be_one_of_the_two(company):
    # profit = 5 * size - wages + luck with the sales drawn away: the size stands on 5
    stated = company.stating("sales.value", 5.0)
    scale = Scale("sales", 1.0)
    sized = draw(stated, (scale, "wages.value"), between={scale: (0.4, 1.4)})
    plain = draw(company, between={"sales.value": (2, 7)})
    np.testing.assert_allclose(sized.answers, plain.answers, atol=1e-9)
    assert sized.scenario == "base with Scale on sales"
    lucky = draw(company, ("luck.value", "wages.value"), between={"luck.value": (0, 1)}, any_role=True)
    assert str(lucky).endswith("luck.value is no lever (uncertainty): nobody sets it.")


def test_several_goals_hold_together_in_every_column(company, found):
    # the sales have to be 4 as well: below that nothing helps, from there on nothing changes
    both = draw(company, goal=[PROFIT, Goal("sales", at_least=4, over="quarter")])
    assert np.isnan(both.answers[:, :4]).all()
    np.testing.assert_array_equal(both.answers[:, 4:], found.answers[:, 4:])


def test_two_parameters_of_one_line_may_be_moved(costs):
    vary, ranges = ("cost.half_life", "cost.target"), {"cost.half_life": (0.5, 4.0)}
    goal = Goal("profit", at_least=0, over="quarter", by="2027Q4", probability=0.8)
    found = frontier(costs(), BASE, vary=vary, goal=goal, points=3, between=ranges, paths=20, seed=1, any_role=True)
    for column, half_life in enumerate(found.grid):
        stated = costs().stating("cost.half_life", float(half_life))
        alone = goal_seek(stated, BASE, vary="cost.target", goal=goal, paths=20, seed=1)
        assert found.answers[found.wanted, column] == pytest.approx(alone.answer, abs=1 / 12 / 2**10)
    assert found.answers[found.wanted, 2] < found.answers[found.wanted, 0]


def test_everything_wrong_is_told_at_once(company):
    with pytest.raises(GoalError) as caught:
        frontier(company, BASE, vary="sales.value", goal=PROFIT, points=1, levels=(0.5, 1.0), seed=1)
    assert caught.value.problems == (
        "vary is 'sales.value'; name two levers, as in ('selling.target', 'research_and_development.growth').",
        "points is 1; give a whole number from 3 to 101.",
        "levels are (0.5, 1.0); give probabilities in (0, 1), as in (0.5, 0.8).",
    )
    with pytest.raises(GoalError) as caught:
        draw(company, ("sales.value", "sales.value"))
    assert caught.value.problems == ("'sales.value' is named 2 times; name it once.",)
    with pytest.raises(GoalError) as caught:
        draw(company, ("sales.value", "luck.value"))
    assert caught.value.problems == (
        "'luck.value' is an uncertainty; a frontier moves levers only: sales.value, wages.value. "
        "To ask what it would have to be, though nobody sets it, pass any_role=True.",
    )
    with pytest.raises(GoalError) as caught:
        draw(company, ("sales.value", 3))
    assert str(caught.value) == (
        "the lever is an object of the type int, not str; name one, as in vary='selling.target'."
    )
