import numpy as np
import pytest
from scipy import stats

import forecast as fc
from forecast.analysis.elasticity import Elasticities, Response, elasticities
from forecast.analysis.ranks import Ranks
from forecast.analysis.statistic import BreakevenDate, Mean, Probability
from forecast.errors import GoalError
from forecast.simulation import Run, horizon_of

BASE = fc.Scenario("base")
GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")
PROFIT = Mean("profit", at="2026Q1")
NONE = (float("nan"), float("nan"))


def company():
    model = fc.Model(
        fc.drivers.Path("revenue", value=fc.assume(fc.normal(100, 10), role="lever")),
        fc.drivers.Path("expense", value=fc.normal(95, 5)),
        fc.drivers.Path("luck", value=fc.normal(0, 1)),
        fc.drivers.Path("unrelated", value=fc.normal(1, 1)),
        fc.drivers.Formula("profit = revenue - expense + luck"),
    )
    return fc.calibrate(model, first="2026Q1")


def found(made):
    return {response.parameter: response for response in made.responses}


def test_per_standard_deviation_is_exact_for_a_mean_of_normal_parameters():
    made = elasticities(company(), BASE, statistic=PROFIT, paths=500, seed=1)
    assert [one.parameter for one in made.responses] == ["revenue.value", "expense.value", "luck.value"]
    assert [one.per_sd[0] for one in made.responses] == pytest.approx([10, -5, 1])
    assert [one.per_sd[1] for one in made.responses] == pytest.approx([0, 0, 0], abs=1e-9)
    assert [one.role for one in made.responses] == ["lever", "uncertainty", "uncertainty"]
    # 1 % of 100 and of 95, as far as 500 draws and the step of a quarter standard deviation tell: 5 errors of 0.45 %
    assert found(made)["revenue.value"].per_percent[0] == pytest.approx(1.0, rel=0.0225)
    assert found(made)["expense.value"].per_percent[0] == pytest.approx(-0.95, rel=0.0125)
    assert np.isnan(found(made)["luck.value"].per_percent[0])


def test_the_elasticity_of_a_power_is_its_exponent():
    model = fc.Model(
        fc.drivers.Path("price", value=fc.lognormal(4, 0.5)),
        fc.drivers.Path("volume", value=fc.lognormal(2, 1.0)),
        fc.drivers.Formula("revenue = price * price * volume"),
        fc.drivers.Formula("loss = 0 - revenue"),
    )
    small = fc.calibrate(model, first="2026Q1")
    for step in (0.05, 0.8):
        made = elasticities(small, BASE, statistic=Mean("revenue", at="2026Q1"), step=step, paths=200, seed=1)
        assert found(made)["price.value"].elasticity == pytest.approx((2.0, 0.0), abs=1e-9)
        assert found(made)["volume.value"].elasticity == pytest.approx((1.0, 0.0), abs=1e-9)
    loss = elasticities(small, BASE, statistic=Mean("loss", at="2026Q1"), paths=200, seed=1)
    assert np.isnan(loss.responses[0].elasticity[0])
    assert loss.responses[0].per_percent[0] < 0


def test_a_probability_moves_as_the_normal_distribution_says_and_so_does_its_error():
    paths, step, spread = 40_000, 0.25, np.sqrt(10**2 + 5**2 + 1)
    made = elasticities(company(), BASE, goal=GOAL, step=step, paths=paths, seed=4)
    for name, move in (("revenue.value", 10), ("expense.value", -5)):
        up, down = (stats.norm.cdf((5 + sign * step * move) / spread) for sign in (1, -1))
        crossing = abs(up - down)
        error = np.sqrt(crossing * (1 - crossing) / paths) / (2 * step)
        got, told = found(made)[name].per_sd
        assert got == pytest.approx((up - down) / (2 * step), abs=4.5 * error)  # a false alarm in 150,000
        assert told == pytest.approx(error, rel=0.45)  # 50 batches: 10 % error of an error, 4.5 of them
        assert np.isnan(found(made)[name].elasticity[0])


def test_slopes_agree_with_the_likelihood_ratio_method_which_moves_nothing():
    """d/dm E[f(z + m)] = E[f(z) z] for a standard normal z (Stein 1981)."""
    paths, known = 40_000, company()
    run = Run(known, horizon_of(known, "2026Q1", paths, 4), paths, 4)
    numbers = Probability(GOAL).numbers(run.outcome(BASE, ("profit",)))
    made = found(elasticities(known, BASE, goal=GOAL, paths=paths, seed=4))
    for name, response in made.items():
        products = (numbers - numbers.mean()) * run.draws.scores(known)[name]
        error = np.hypot(response.per_sd[1], products.std() / np.sqrt(paths))
        bias = 0.25**2 / 6 * abs(response.per_sd[0])  # the third derivative is at most as large as the first
        assert response.per_sd[0] == pytest.approx(products.mean(), abs=4.5 * error + bias)


@pytest.mark.parametrize("price", [fc.triangular(1, 2, 6), fc.normal(10, 1)])
def test_the_errors_are_what_other_seeds_show(price):
    model = fc.Model(
        fc.drivers.Path("price", value=price),
        fc.drivers.Path("volume", value=fc.lognormal(2, 1.0)),
        fc.drivers.Formula("revenue = price * price * volume + volume"),
    )
    small = fc.calibrate(model, first="2026Q1")
    made = [
        elasticities(small, BASE, statistic=Mean("revenue", at="2026Q1"), vary=["price.value"], paths=500, seed=seed)
        for seed in range(60)
    ]
    for field in ("per_sd", "elasticity"):
        pairs = np.array([getattr(one.responses[0], field) for one in made])
        # the spread of 60 normal numbers is within 35 % of the true one but once in 10,000 cases
        assert pairs[:, 1].mean() == pytest.approx(pairs[:, 0].std(ddof=1), rel=0.35)


def test_the_error_of_an_elasticity_knows_that_the_parameters_own_draws_vary():
    model = fc.Model(fc.drivers.Path("price", value=fc.normal(10, 1)), fc.drivers.Formula("revenue = price * price"))
    small = fc.calibrate(model, first="2026Q1")
    made = [
        elasticities(small, BASE, statistic=Mean("revenue", at="2026Q1"), paths=500, seed=seed).responses[0].elasticity
        for seed in range(60)
    ]
    # almost 2 whatever the draws; without them the error would be 20 times as large
    assert np.mean(made, axis=0)[1] == pytest.approx(np.std(made, axis=0, ddof=1)[0], rel=0.35)


def test_a_single_number_moves_by_five_per_cent_and_not_out_of_its_domain(costs, conversion):
    made = elasticities(costs(), BASE, statistic=PROFIT, vary=["cost.target", "rent.value"], paths=10, seed=0)
    share, rent = made.responses
    assert share.parameter == "cost.target"
    assert share.per_percent[0] == pytest.approx(-0.01 * 9 / np.log(0.945 / 0.855))
    assert rent.per_percent[0] == pytest.approx(-0.01 * 3 / np.log(31.5 / 28.5))
    assert np.isnan(share.per_sd[0])
    assert (share.ranks, made.order.intervals) == (None, ())
    known = conversion(ceiling=1.0, half_life=0.05)
    sales = Mean("revenue", at="2026Q4")
    (ceiling,) = elasticities(known, BASE, statistic=sales, vary=["revenue.ceiling"], paths=10, seed=0).responses
    assert known.parameters["revenue.ceiling"].high == 1.0
    assert ceiling.elasticity[0] == pytest.approx(1.0, rel=1e-6)


def test_the_printed_answer():
    responses = (
        Response("price.value", "lever", (12.5, 0.61), (1.02, 0.05), (0.9, 0.02), (1, 1)),
        Response("luck.value", "uncertainty", (-0.5, 0.02), NONE, NONE, (2, 2)),
        Response("rent.value", "uncertainty", NONE, (-0.3, 0.0), (-1.25, 0.1)),
    )
    order = Ranks(((1, 1), (2, 2)), 2, 1.0)
    made = Elasticities(PROFIT, "base", 1234.5, 12.0, 0.25, responses, order, "million CNY")
    assert str(made) == (
        "Mean of profit in 2026Q1, scenario 'base': 1,234 million CNY +- 12\n"
        "               role             per +1 sd        per +1%     elasticity  rank\n"
        "  price.value  lever         +12.5 +- 0.6  +1.02 +- 0.05  +0.90 +- 0.02     1\n"
        "  luck.value   uncertainty  -0.50 +- 0.02              -              -     2\n"
        "  rent.value   uncertainty              -      -0.3 +- 0    -1.2 +- 0.1     -\n"
        "A little more of each parameter alone; +- is one Monte Carlo standard error.\n"
        "No change per 1% of a parameter that lies on both sides of zero.\n"
        "The order is stable: more paths would not change it."
    )
    frame = made.to_frame()
    assert list(frame.loc["price.value", ["per sd", "error per percent", "elasticity"]]) == [12.5, 0.05, 0.9]


def test_questions_that_make_no_sense_are_refused_all_at_once():
    known = company().stating("luck.value", 0.0)
    date = BreakevenDate(fc.Goal("profit", at_least=0, over="quarter"))
    with pytest.raises(GoalError) as caught:
        elasticities(known, BASE, statistic=date, until="2026Q4", step=2, vary=["luck.value", "lucky.value"], seed=1)
    assert str(caught.value) == (
        "the elasticities cannot be answered as asked\n"
        "  - a date moves in whole quarters and has no slope; ask how its probability moves: "
        "goal=Goal('net_profit', at_least=0, by='2027Q4').\n"
        "  - step is 2; give a number of standard deviations in (0, 1], as in 0.25.\n"
        "  - there is no parameter 'lucky.value'. Did you mean 'luck.value'?\n"
        "  - 'luck.value' is exactly 0, of which there is no per cent. State it with a distribution."
    )
    with pytest.raises(GoalError) as caught:
        elasticities(known, BASE, statistic=PROFIT, vary=["unrelated.value"], seed=1)
    assert str(caught.value) == (
        "the elasticities cannot be answered as asked\n  - 'unrelated.value' does not reach 'profit' in this model."
    )
