import numpy as np
import pytest
from scipy import stats

import forecast as fc
from forecast.analysis.ranks import Ranks
from forecast.analysis.statistic import BreakevenDate, Mean, Quantile
from forecast.analysis.tornado import Bar, Sensitivity
from forecast.errors import GoalError

GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")


def company():
    model = fc.Model(
        fc.drivers.Path("revenue", value=fc.normal(100, 10)),
        fc.drivers.Path("expense", value=fc.normal(95, 5)),
        fc.drivers.Path("unrelated", value=fc.normal(1, 1)),
        fc.drivers.Ratio("cost", of="revenue", target=0.0, start=0.0, volatility=0.0),
        fc.drivers.Formula("profit = revenue - cost - expense"),
    )
    return fc.calibrate(model, first="2026Q1")


def test_each_bar_is_the_closed_form_probability_and_the_longest_comes_first():
    found = fc.sensitivity(company(), fc.Scenario("base"), goal=GOAL, paths=40_000, seed=3)
    assert [bar.parameter for bar in found.bars] == ["revenue.value", "expense.value"]
    revenue, expense = found.bars
    z = stats.norm.ppf(0.9)
    # revenue fixed at r: P(expense <= r); expense fixed at e: P(revenue >= e); 5 sigma of 40,000 paths is 0.0125
    assert revenue.at_low == pytest.approx(stats.norm.cdf((100 - 10 * z - 95) / 5), abs=0.0125)
    assert revenue.at_high == pytest.approx(stats.norm.cdf((100 + 10 * z - 95) / 5), abs=0.0125)
    assert expense.at_low == pytest.approx(stats.norm.sf((95 - 5 * z - 100) / 10), abs=0.0125)
    assert expense.at_high == pytest.approx(stats.norm.sf((95 + 5 * z - 100) / 10), abs=0.0125)
    assert found.base == pytest.approx(stats.norm.cdf(5 / np.hypot(10, 5)), abs=0.0125)
    assert list(found.to_frame()["swing"]) == [revenue.swing, expense.swing]
    assert found.error == pytest.approx(np.sqrt(found.base * (1 - found.base) / 40_000), rel=0.5)
    assert str(found.order) == "The order is stable: more paths would not change it."


def test_a_lever_and_other_bad_questions_are_refused_all_at_once():
    goal = fc.Goal("proft", at_least=0)
    with pytest.raises(GoalError) as caught:
        fc.sensitivity(
            company(), fc.Scenario("base"), goal=goal, vary=["cost.target", "revnue.value"], levels=(0.9, 0.1), seed=1
        )
    assert str(caught.value) == (
        "the sensitivity cannot be answered as asked\n"
        "  - the goal is on 'proft'. Did you mean 'profit'?\n"
        "  - the goal needs a date: Goal(..., by='2027Q4').\n"
        "  - levels are (0.9, 0.1); give two rising numbers in (0, 1), as in (0.1, 0.9).\n"
        "  - 'cost.target' is a lever; a tornado moves uncertainties only. "
        "A goal seek moves levers: goal_seek(..., vary=...).\n"
        "  - there is no parameter 'revnue.value'. Did you mean 'revenue.value'?"
    )


Z = stats.norm.ppf(0.9)
PROFIT = Mean("profit", at="2026Q1")


def linked(rho=0.6):
    """profit = demand + price, both normal and correlated."""
    model = fc.Model(
        fc.drivers.Path("demand", value=fc.normal(3, 2)),
        fc.drivers.Path("price", value=fc.normal(-1, 1)),
        fc.drivers.Path("known", value=5.0),
        fc.drivers.Formula("profit = demand + price"),
        correlations={("demand.value", "price.value"): rho, ("price.value", "known.value"): 0.1},
    )
    return fc.calibrate(model, first="2026Q1")


def test_a_swing_of_a_mean_is_exact_in_a_linear_model_and_has_no_error():
    found = fc.sensitivity(company(), fc.Scenario("base"), statistic=PROFIT, paths=500, seed=3)
    assert [bar.swing for bar in found.bars] == pytest.approx([20 * Z, -10 * Z])
    assert [bar.errors[2] for bar in found.bars] == pytest.approx([0, 0], abs=1e-9)
    assert found.unit == "million CNY"
    assert [bar.ranks for bar in found.bars] == [(1, 1), (2, 2)]


def test_correlated_parameters_follow_by_their_conditional_distribution():
    """E[price | demand = 3 + 2 z] = -1 + rho z, with spread sqrt(1 - rho^2)."""
    found = fc.sensitivity(linked(), fc.Scenario("base"), statistic=PROFIT, paths=300, seed=1)
    assert {bar.parameter: bar.swing for bar in found.bars} == pytest.approx(
        {"demand.value": 2 * Z * (2 + 0.6), "price.value": 2 * Z * (1 + 0.6 * 2)}
    )
    assert found.bars[0].followed_by == (("price.value", 0.6),)
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")
    chance = fc.sensitivity(linked(), fc.Scenario("base"), goal=goal, vary=["demand.value"], paths=40_000, seed=1)
    (bar,) = chance.bars
    # a share of 40,000 paths is within 0.0125 of its probability but once in 1.7 million cases
    at_low = stats.norm.cdf(((3 - 2 * Z) + (-1 - 0.6 * Z)) / 0.8)
    assert bar.at_low == pytest.approx(at_low, abs=0.0125)
    assert bar.errors[0] == pytest.approx(np.sqrt(at_low * (1 - at_low) / 40_000), rel=0.5)


def test_correlated_parameters_stay_when_asked_to():
    found = fc.sensitivity(linked(), fc.Scenario("base"), statistic=PROFIT, partners="stay", paths=300, seed=1)
    assert {bar.parameter: bar.swing for bar in found.bars} == pytest.approx(
        {"demand.value": 4 * Z, "price.value": 2 * Z}
    )
    assert "demand.value is moved without what is correlated with it: price.value (0.6)." in str(found)


def test_the_error_of_a_swing_is_what_other_seeds_show():
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")
    made = [
        fc.sensitivity(linked(), fc.Scenario("base"), goal=goal, vary=["price.value"], paths=1_000, seed=seed).bars[0]
        for seed in range(60)
    ]
    spread = np.std([bar.swing for bar in made], ddof=1)
    # the spread of 60 normal numbers is within 30 % of the true one but once in 900 cases
    assert np.mean([bar.errors[2] for bar in made]) == pytest.approx(spread, rel=0.3)


def test_the_uncertain_size_of_a_shock_is_an_uncertainty_also_within_a_rule():
    plain = fc.shocks.Add("expense", fc.normal(2, 3))
    twice = fc.shocks.Add("expense", fc.normal(0, 1))
    ruled = fc.When("revenue > 1000", fc.shocks.Add("revenue", fc.normal(0, 9)))
    aside = fc.shocks.Add("unrelated", fc.normal(0, 9))
    scenario = fc.Scenario("dear", plain, twice, ruled, aside, fc.shocks.Add("revenue", 1.0))
    found = fc.sensitivity(company(), scenario, statistic=PROFIT, paths=200, seed=1)
    swings = {bar.parameter: bar.swing for bar in found.bars}
    assert swings["size of Add on expense"] == pytest.approx(-6 * Z)
    assert swings["size of Add on expense (2)"] == pytest.approx(-2 * Z)
    assert swings["size of Add on revenue"] == 0
    assert "size of Add on unrelated" not in swings
    one = fc.sensitivity(company(), scenario, statistic=PROFIT, vary=["size of Add on expense (2)"], paths=200, seed=1)
    assert [bar.parameter for bar in one.bars] == ["size of Add on expense (2)"]


def test_other_draws_stay_when_the_size_of_a_shock_is_set():
    scenario = fc.Scenario("perhaps", fc.shocks.Add("expense", fc.normal(2, 3), probability=0.5))
    found = fc.sensitivity(company(), scenario, statistic=PROFIT, vary=["size of Add on expense"], paths=4_000, seed=1)
    (bar,) = found.bars
    share = -bar.swing / (6 * Z)
    assert share == pytest.approx(0.5, abs=0.04)  # 5 standard errors of 4,000 paths
    assert bar.errors[2] == pytest.approx(6 * Z * np.sqrt(share * (1 - share) / 4_000), rel=0.4)


def test_a_quantile_and_a_date_have_tornados_too():
    quantile = Quantile("profit", 0.1, at="2026Q1")
    found = fc.sensitivity(company(), fc.Scenario("base"), statistic=quantile, paths=20_000, seed=2)
    assert found.base == pytest.approx(5 - Z * np.hypot(10, 5), abs=0.7)  # 5 standard errors
    # with revenue known at its quantile only expense varies
    assert found.bars[0].at_low == pytest.approx(100 - 10 * Z - (95 + 5 * Z), abs=0.3)
    date = BreakevenDate(fc.Goal("profit", at_least=0, over="quarter"))
    dated = fc.sensitivity(company(), fc.Scenario("base"), statistic=date, until="2026Q4", paths=500, seed=2)
    assert (dated.base, dated.bars[0].at_low, dated.bars[0].at_high) == (1, 5, 1)
    assert dated.unit == "quarters"


def test_the_printed_answer():
    bars = (
        Bar("cost.target", 0.27, 0.33, 0.574, 0.419, (0.005, 0.005, 0.004), (1, 1)),
        Bar("arr.rate", 0.1159, 0.54, 0.424, 0.469, (0.005, 0.005, 0.003), (2, 3), (("arr.ceiling", 0.3),)),
    )
    goal = fc.Goal("net_profit", at_least=0, by="2027Q4")
    made = Sensitivity(
        fc.Probability(goal), "base", 0.493, 0.005, (0.1, 0.9), bars, Ranks(((1, 1), (2, 3)), 1, 0.99), "%", "follow"
    )
    assert str(made) == (
        "Probability of net_profit over the trailing year >= 0 by 2027Q4, scenario 'base': 49.3% +- 0.5\n"
        "               10% quantile  90% quantile  at 10%  at 90%  swing, points    rank\n"
        "  cost.target          0.27          0.33   57.4%   41.9%   -15.5 +- 0.4       1\n"
        "  arr.rate           0.1159          0.54   42.4%   46.9%    +4.5 +- 0.3  2 to 3\n"
        "Each uncertainty alone, the others as drawn; +- is one Monte Carlo standard error.\n"
        "With arr.rate moves what is correlated with it: arr.ceiling (0.3).\n"
        "The first place is stable; what follows is ordered within its Monte Carlo error."
    )


def test_goal_and_statistic_are_alternatives_and_dates_are_needed():
    base = fc.Scenario("base")
    for given in ({}, {"goal": GOAL, "statistic": PROFIT}):
        with pytest.raises(GoalError) as caught:
            fc.sensitivity(company(), base, seed=1, **given)
        assert str(caught.value) == "the sensitivity cannot be answered as asked: give one of goal and statistic."
    date = BreakevenDate(fc.Goal("profit", at_least=0, over="quarter"))
    with pytest.raises(GoalError) as caught:
        fc.sensitivity(company(), base, statistic=date, partners="go", vary=["size of Add on it"], seed=1)
    assert str(caught.value) == (
        "the sensitivity cannot be answered as asked\n"
        "  - the statistic has no last quarter; say how long to simulate, as in until='2029Q4'.\n"
        "  - partners is 'go'; correlated parameters 'follow' or 'stay'.\n"
        "  - there is no parameter 'size of Add on it'. Known: 'cost.start', 'cost.volatility', 'expense.value', "
        "'revenue.value', 'unrelated.value'."
    )
