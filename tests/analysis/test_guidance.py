"""Views about the future: weights by closed forms, what uses them, and what is refused."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from scipy import special

from forecast.analysis.breakeven_dates import breakeven
from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.analysis.guidance import condition
from forecast.analysis.pooling import pooled
from forecast.analysis.view import View
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.financials import History
from forecast.model import Model
from forecast.reporting import fiscal_year_table, plot_breakeven, plot_fan
from forecast.reporting.overview import title_of
from forecast.scenario import Scenario
from forecast.shocks import Add
from forecast.simulation import Simulation, simulate
from forecast.timeline import Quarter, quarters_between

RANKS = special.ndtri((np.arange(10_000) + 0.5) / 10_000)
"""Standard normal numbers at equal ranks, one a path: no chance in them."""

TEN = np.arange(1.0, 11.0)


@pytest.fixture
def ten(paths_of):
    """Profits of 1 to 10 in 2026Q1, their negative in 2026Q2, one path each; 'up' has 5 more."""
    base = np.array([TEN, -TEN])
    return paths_of(base=base, up=base + 5)


@pytest.fixture
def ranks(paths_of):
    return paths_of(base=[RANKS])


@pytest.fixture
def grown():
    """Sales of 1, 2, 4, 8 a quarter in 2024, then on two paths 2 and 4 times, then 4 and 4 times as much."""
    history = History.from_frame(
        pd.DataFrame({"sales": [1.0, 2.0, 4.0, 8.0]}, index=["2024Q1", "2024Q2", "2024Q3", "2024Q4"])
    )
    company = calibrate(
        Model(Path("sales", value=1.0), Formula("cash = cash[-1] + sales")), history, opening={"cash": 5}
    )
    year = np.array([1.0, 2.0, 4.0, 8.0])[:, None]
    sales = np.concatenate([year * [2, 4], year * [4, 4]])
    quarters = quarters_between(Quarter.parse("2025Q1"), Quarter.parse("2026Q4"))
    series = {"base": {"sales": sales, "cash": 5 + np.cumsum(sales, axis=0)}}
    return Simulation(company, (Scenario("base"),), quarters, 2, 1, "0", series)


def test_a_probability_scales_the_paths_that_meet_it(ten):
    seen = condition(ten, View("profit", at="2026Q1", at_least=8, probability=0.6), least=1)
    np.testing.assert_allclose(seen.weights, np.where(TEN >= 8, 0.6 / 3, 0.4 / 7), rtol=1e-9)
    assert seen.views.relative_entropy == pytest.approx(0.6 * np.log(0.6 / 0.3) + 0.4 * np.log(0.4 / 0.7))
    assert seen.views.before == pytest.approx((0.3,))
    assert seen.views.after == pytest.approx((0.6,))
    assert seen.effective_paths == pytest.approx(1 / (0.36 / 3 + 0.16 / 7))
    shares = 0.6 * np.log(3 / 0.6) + 0.4 * np.log(7 / 0.4)
    assert seen.views.entropy_paths == pytest.approx(np.exp(shares))
    assert ten.weights is None
    assert ten.effective_paths == 10


def test_everything_that_averages_uses_the_weights(ten):
    seen = condition(ten, View("profit", at="2026Q1", at_least=8, probability=0.6), least=1)
    assert seen.probability("profit", at_least=8)["2026Q1"] == pytest.approx(0.6)
    assert seen.probability("profit", "up", at_least=13)["2026Q1"] == pytest.approx(0.6)
    assert seen.quantiles("profit", levels=[0.39, 0.41, 0.5]).loc["2026Q1"].tolist() == [7, 8, 8]
    assert seen.to_frame(["profit"], levels=[0.5])[0.5].tolist() == [8, -8, 13, -3]
    np.testing.assert_array_equal(seen.values("profit"), ten.values("profit"))
    result = breakeven(seen, Goal("profit", at_least=8, over="quarter"))
    assert result.probability("base", "2026Q1") == pytest.approx(0.6)
    assert result.effective_paths == seen.effective_paths
    worth = seen.effective_paths
    z = special.ndtri(0.975)
    centre = (0.6 + z**2 / 2 / worth) / (1 + z**2 / worth)
    reach = z * np.sqrt(0.24 / worth + z**2 / 4 / worth**2) / (1 + z**2 / worth)
    assert result.interval("base", "2026Q1") == pytest.approx((centre - reach, centre + reach))
    assert "10 paths, weighted, worth 7 equal ones; sampling error of a probability at most" in str(result)


def test_tables_and_pictures_say_so(paths_of):
    plain = paths_of(base=np.tile(TEN, (4, 1)))
    seen = condition(plain, View("profit", at="2026Q1", at_least=8, probability=0.6), least=1)
    assert fiscal_year_table(seen, range_of=(0.39, 0.99)).splitlines()[0] == (
        "Scenario 'base' by fiscal year: median (39% to 99% quantile), 10 paths, weighted, worth 7 equal ones"
    )
    assert "32.0 (28.0 to 40.0)" in fiscal_year_table(seen, range_of=(0.39, 0.99))
    assert "10 paths worth 7  |" in title_of(seen, "base")
    assert "10 paths  |" in title_of(plain, "base")
    drawn = plot_fan(seen, "profit", levels=(0.39, 0.99 - 0.38))
    assert drawn.get_title(loc="left") == "profit, scenario 'base', weighted by views"
    (median,) = [line for line in drawn.lines if line.get_gid() == "median"]
    assert median.get_ydata().tolist() == [8, 8, 8, 8]
    chart = plot_breakeven(breakeven(seen, Goal("profit", at_least=8, over="quarter")))
    assert chart.get_title(loc="left").replace("\n", " ") == (
        "Probability of profit over the quarter >= 8, reached by (weighted by views)"
    )
    assert repr(seen) == "Simulation(1 scenarios, 1 lines, 10 paths worth 7, 2026Q1 to 2026Q4, seed 1)"


def test_xarray_carries_the_weights(ten):
    pytest.importorskip("xarray")
    seen = condition(ten, View("profit", at="2026Q1", mean=7), least=1)
    data = seen.to_xarray()
    np.testing.assert_array_equal(data.weight, seen.weights)
    assert float(
        data.profit.weighted(data.weight).mean("path").sel(scenario="base", quarter="2026Q1")
    ) == pytest.approx(7)
    assert "weight" not in ten.to_xarray().coords


def test_the_fingerprint_holds_views_and_their_order(ten):
    first, second = View("profit", at="2026Q1", mean=6), View("profit", at="2026Q1", at_least=8, probability=0.4)
    made = [
        ten,
        condition(ten, first, least=1),
        condition(ten, [first, second], least=1),
        condition(condition(ten, first, least=1), second, least=1),
        condition(condition(ten, second, least=1), first, least=1),
        condition(ten, dataclasses.replace(first, mean=6.0000001), least=1),
        dataclasses.replace(ten, weights=np.full(10, 0.1)),
    ]
    assert len({one.fingerprint for one in made}) == len(made)
    assert made[1].fingerprint == condition(ten, first, least=1).fingerprint


def test_a_mean_of_normal_paths_is_a_shift(ranks):
    seen = condition(ranks, View("profit", at="2026Q1", mean=0.5))
    assert seen.views.relative_entropy == pytest.approx(0.125, rel=1e-3)
    assert seen.quantiles("profit", levels=0.9).iloc[0, 0] == pytest.approx(0.5 + special.ndtri(0.9), abs=2e-3)
    # E w**2 of a shift by d is exp(d**2) / n
    assert seen.effective_paths == pytest.approx(10_000 * np.exp(-0.25), rel=1e-2)
    assert seen.views.entropy_paths == pytest.approx(10_000 * np.exp(-0.125), rel=1e-3)
    assert seen.views.relative_entropy_error == pytest.approx(np.sqrt((np.exp(0.25) - 1) / 10_000), rel=1e-2)


def test_a_median_view_moves_the_median(ranks):
    seen = condition(ranks, View("profit", at="2026Q1", at_most=1.0, probability=0.5))
    below = special.ndtr(1.0)
    assert seen.views.relative_entropy == pytest.approx(
        0.5 * np.log(0.5 / below) + 0.5 * np.log(0.5 / (1 - below)), abs=1e-3
    )
    assert seen.quantiles("profit", levels=0.5).iloc[0, 0] == pytest.approx(1.0, abs=1e-3)


def test_a_mean_with_a_spread(ranks):
    seen = condition(ranks, View("profit", at="2026Q1", mean=0.5, sd=0.6))
    found = seen.quantiles("profit", levels=[0.1, 0.9]).iloc[0].to_numpy()
    np.testing.assert_allclose(found, 0.5 + 0.6 * special.ndtri([0.1, 0.9]), atol=3e-3)


def test_ranges_bind_where_they_must(ranks):
    free = condition(ranks, View("profit", at="2026Q1", mean=(-0.1, None)))
    np.testing.assert_allclose(free.weights, 1e-4)
    exact = condition(ranks, View("profit", at="2026Q1", at_least=1, probability=0.3))
    most = condition(ranks, View("profit", at="2026Q1", at_least=1, probability=(0.3, 0.4)))
    np.testing.assert_allclose(most.weights, exact.weights, rtol=1e-7)
    assert free.views.to_frame()["wanted"].tolist() == ["at least -0.1"]
    assert most.views.to_frame()["wanted"].tolist() == ["30 % to 40 %"]


def test_views_about_two_scenarios_weigh_the_same_paths(ten):
    # 'base' in 2026Q1 is x and 'up' in 2026Q2 is 5 - x
    views = [View("profit", at="2026Q1", mean=6), View("profit", at="2026Q2", mean=-1, scenario="up")]
    seen = condition(ten, views, least=1)
    np.testing.assert_allclose(seen.weights, condition(ten, views[0], least=1).weights, rtol=1e-7)
    assert "mean of profit in 2026Q2, 'up'" in str(seen.views)
    with pytest.raises(GoalError, match="contradict each other"):
        condition(ten, [views[0], dataclasses.replace(views[1], mean=-1.5)], least=1)


def test_views_in_one_scenario_count_in_all(ten):
    seen = condition(ten, View("profit", at="2026Q1", mean=11), scenario="up", least=1)
    same = condition(ten, View("profit", at="2026Q1", mean=6), least=1)
    np.testing.assert_allclose(seen.weights, same.weights, rtol=1e-8)
    assert seen.views.views[0].scenario == "up"


def test_conditioning_twice_starts_from_the_first(ten):
    first = condition(ten, View("profit", at="2026Q1", at_least=8, probability=0.6), least=1)
    again = condition(first, View("profit", at="2026Q1", at_least=3, probability=0.5), least=1)
    # within each of the two sets the first weights keep their proportions: 0.6 / 3 to 0.4 / 7
    high, low = 0.6 / 3, 0.4 / 7
    inside = 3 * high + 5 * low
    expected = np.select([TEN >= 8, TEN >= 3], [0.5 * high / inside, 0.5 * low / inside], 0.25)
    np.testing.assert_allclose(again.weights, expected, rtol=1e-8)
    assert again.views.earlier is first.views
    assert "weighted by earlier views, which need not hold any more" in str(again.views)


def test_growth_reaches_back_into_the_history(grown):
    outcome = grown.outcome()

    def growth(at, over="quarter", line="sales"):
        return View(line, at=at, over=over, growth=True, mean=0.0).numbers(outcome, {}).tolist()

    assert growth("2025Q2") == [1, 3]
    assert growth("2025Q4", "fiscal_year") == [1, 3]
    assert growth("2025Q4", "trailing_year") == [1, 3]
    # 2025Q3 to 2026Q2 after 2024Q3 to 2025Q2
    assert growth("2026Q2", "trailing_year") == [
        (8 + 16 + 4 + 8) / (4 + 8 + 2 + 4) - 1,
        (16 + 32 + 12) / (4 + 8 + 12) - 1,
    ]
    assert growth("2026Q4", "fiscal_year") == [1, 0]
    assert growth("2026Q1") == [1, 0]
    assert growth("2026Q4", "fiscal_year", "cash") == [95 / 35 - 1, 125 / 65 - 1]


def test_growth_without_a_year_earlier_is_refused(grown, ten):
    views = [
        View("sales", at="2025Q2", over="trailing_year", growth=True, mean=0.5),
        View("cash", at="2025Q1", growth=True, mean=0.5),
    ]
    with pytest.raises(GoalError) as caught:
        condition(grown, views)
    assert str(caught.value) == (
        "the views cannot be taken in\n"
        "  - mean of growth of sales over the trailing year to 2025Q2: 50 %: growth needs 'sales' in 2023Q3, 2023Q4, "
        "which the history lacks.\n"
        "  - mean of growth of cash in 2025Q1: 50 %: growth needs 'cash' in 2024Q1, which the history lacks."
    )


def test_growth_on_a_loss_is_refused(paths_of):
    runs = paths_of(base=[[-1, 0, 1, 2]] * 5)
    with pytest.raises(GoalError, match=re.escape("not above zero on 2 of 4 paths, and growth on that means nothing")):
        condition(runs, View("profit", at="2027Q1", growth=True, mean=0.5))


@pytest.fixture(scope="module")
def drawn():
    model = Model(Path("luck", value=normal(0, 1)), Path("push", value=1.0), Formula("profit = luck + push"))
    scenarios = [Scenario("base"), Scenario("more", Add("push", 1.0))]
    return simulate(calibrate(model, first="2026Q1"), scenarios, until="2026Q4", paths=4000, seed=3)


def test_a_parameter_is_weighted_by_its_draws(drawn):
    seen = condition(drawn, View("luck.value", at_least=0, probability=0.9))
    assert seen.probability("luck", at_least=0)["2026Q3"] == pytest.approx(0.9)
    assert seen.probability("profit", "more", at_least=2)["2026Q3"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    "options", [{"sampling": "latin_hypercube"}, {"draws": {"luck.value": np.linspace(-2.0, 2.0, 500)}}]
)
def test_a_parameter_is_weighted_by_the_draws_that_made_the_paths(drawn, options):
    made = simulate(drawn.company, Scenario("base"), until="2026Q1", paths=500, seed=3, **options)
    seen = condition(made, View("luck.value", mean=0.5))
    assert seen.weights @ seen.values("luck")[0] == pytest.approx(0.5)


def test_a_goal_may_be_a_view(drawn):
    goal = Goal("profit", at_least=4, over="fiscal_year", by="2026Q4", probability=0.8)
    stated = View("profit", at="2026Q4", over="fiscal_year", at_least=4, probability=0.8)
    seen = condition(drawn, View(goal))
    np.testing.assert_array_equal(seen.weights, condition(drawn, stated).weights)
    assert breakeven(seen, goal).probability("base", "2026Q4") == pytest.approx(0.8)
    both = Goals((goal, Goal("luck", at_most=2, over="quarter", by="2026Q1")))
    told = condition(drawn, View(both, probability=(0.7, 0.9))).views
    assert told.to_frame().index.tolist() == [f"probability of {both.condition} by 2026Q4"]
    with pytest.raises(GoalError) as caught:
        View(Goal("profit", at_least=4), at="2026Q4")
    assert str(caught.value) == (
        "the view on the goal 'profit over the trailing year >= 4' cannot be read\n"
        "  - a goal says itself what it is about; give nothing but its probability.\n"
        "  - it states no probability; give probability=, as in 0.6."
    )


def test_the_report(drawn):
    views = [
        View("profit", at="2026Q4", over="fiscal_year", at_least=4, probability=0.7),
        View("luck.value", mean=(None, 0.6)),
    ]
    text = str(condition(drawn, views).views)
    lines = text.splitlines()
    assert lines[0] == "Views about the future of 'base', taken in by weighting 4,000 paths"
    assert lines[1].split() == ["before", "wanted", "after"]
    assert re.fullmatch(
        r"probability of profit over the fiscal year to 2026Q4 >= 4 +\d\d\.?\d? % \+- 0\.8 % +70 % +70 %", lines[2]
    )
    assert re.fullmatch(r"mean of luck.value +-?0\.0\d+ \+- 0\.02 +at most 0\.6 +0\.3\d+", lines[3])
    assert re.fullmatch(r"Relative entropy 0\.\d\d \+- 0\.01 nats: as surprising as 0\.\d heads in a row\.", lines[4])
    assert re.fullmatch(
        r"The weighted paths are worth 3,\d{3} equal ones, which decides sampling errors \(3,\d{3} by entropy\)\. "
        r"'\+-' is one standard error\.",
        lines[5],
    )


def test_a_view_that_cannot_be_read():
    with pytest.raises(GoalError) as caught:
        View("", at="2026Q3", over="fiscal_year", growth=1, at_least=float("inf"), probability=1.2, mean=(3, 2), sd=-1)
    assert str(caught.value) == (
        "the view on '' cannot be read\n"
        "  - the line is ''; give its name, as in 'net_profit'.\n"
        "  - at is 2026Q3; a fiscal year ends in its fourth quarter.\n"
        "  - growth is 1; give True or False.\n"
        "  - it states both a mean and a probability; write two views.\n"
        "  - the threshold is inf; give a finite number.\n"
        "  - probability is 1.2; give a number in [0, 1], as in 0.7, or a range (low, high) with None for an open "
        "end.\n"
        "  - mean is (3, 2); give a finite number, or a range (low, high) with None for an open end.\n"
        "  - sd is -1; give a positive number, with a number as the mean."
    )
    for given, words in (
        ({}, "it states no number; give probability= with at_least or at_most, or mean=."),
        ({"probability": 0.5}, "a probability needs one of at_least and at_most."),
        ({"probability": 0.5, "at_least": 1, "at_most": 2}, "a probability needs one of at_least and at_most."),
        (
            {"mean": 1, "growth": True, "over": "cumulative"},
            "growth over 'cumulative' has no year earlier; use quarter, trailing_year or fiscal_year.",
        ),
        (
            {"mean": (None, None)},
            "mean is (None, None); give a finite number, or a range (low, high) with None for an open end.",
        ),
        ({"mean": 1, "over": "year"}, "over is 'year'; use one of quarter, trailing_year, fiscal_year, cumulative."),
    ):
        with pytest.raises(GoalError) as caught:
            View("profit", **given)
        assert caught.value.problems == (words,)


def test_what_cannot_be_looked_up_is_refused_at_once(drawn):
    views = [
        View("profits", at="2026Q4", mean=1),
        View("profit", mean=1),
        View("profit", at="2028Q4", mean=1),
        View("luck.value", at="2026Q1", mean=0),
    ]
    with pytest.raises(GoalError) as caught:
        condition(drawn, views)
    assert str(caught.value) == (
        "the views cannot be taken in\n"
        "  - mean of profits in 2026Q4: 1: there is no line 'profits'. Did you mean 'profit'?\n"
        "  - mean of profit: 1: at is missing; give the quarter in which the window ends, as in at='2026Q4'.\n"
        "  - mean of profit in 2028Q4: 1: 2028Q4 lies outside the simulated quarters 2026Q1 to 2026Q4.\n"
        "  - mean of luck.value in 2026Q1: 0: a parameter is drawn once a path; leave out at, over and growth."
    )
    with pytest.raises(GoalError) as caught:
        condition(drawn, ["revenue", View("profit", at="2026Q4", mean=1, scenario="mre")], scenario="bse")
    assert str(caught.value) == (
        "the views cannot be taken in\n"
        "  - there is no scenario 'bse'. Did you mean 'base'?\n"
        "  - 'revenue' is not a view; write View('revenue', at='2026Q4', mean=8_000).\n"
        "  - mean of profit in 2026Q4: 1: there is no scenario 'mre'. Did you mean 'more'?"
    )
    with pytest.raises(GoalError, match="there is none; give at least one"):
        condition(drawn, [])
    with pytest.raises(GoalError, match=r"least is 0; give the smallest number of effective paths, as in 100\."):
        condition(drawn, View("profit", at="2026Q4", mean=1), least=0)


def test_a_view_that_no_path_allows(ten):
    views = [
        View("profit", at="2026Q1", at_least=11, probability=0.1),
        View("profit", at="2026Q1", at_least=0, probability=0.9),
        View("profit", at="2026Q1", mean=12),
        View("profit", at="2026Q1", mean=9.9, sd=4),
        View("profit", at="2026Q1", mean=5),
    ]
    with pytest.raises(GoalError) as caught:
        condition(ten, views, least=1)
    cure = "Weaken it, or change the model or scenario so that it can happen."
    assert str(caught.value) == (
        "no weights of the simulated paths meet the views\n"
        f"  - probability of profit in 2026Q1 >= 11: 10 %: no path does; they reach from 1 to 10. {cure}\n"
        f"  - probability of profit in 2026Q1 >= 0: 90 %: all paths do; they reach from 1 to 10. {cure}\n"
        f"  - mean of profit in 2026Q1: 12: no weights give this mean; the paths reach from 1 to 10. {cure}\n"
        "  - mean of profit in 2026Q1: 9.9, sd 4: no weights give this mean with such a spread; the paths reach from "
        f"1 to 10. {cure}"
    )


def test_views_that_contradict_each_other_are_named_without_the_others(ten):
    views = [
        View("profit", at="2026Q1", at_least=2, probability=0.8),
        View("profit", at="2026Q1", at_least=5, probability=0.4),
        View("profit", at="2026Q1", at_least=8, probability=0.5),
    ]
    with pytest.raises(GoalError) as caught:
        condition(ten, views, least=1)
    assert str(caught.value) == (
        "these views contradict each other on the simulated paths; weaken or drop one of them\n"
        "  - probability of profit in 2026Q1 >= 5: 40 %; the paths say 60 %.\n"
        "  - probability of profit in 2026Q1 >= 8: 50 %; the paths say 30 %."
    )


def test_views_that_leave_few_paths_name_the_costliest(ranks):
    views = [
        View("profit", at="2026Q1", at_most=0, probability=0.25),
        View("profit", at="2026Q1", at_least=3, probability=0.7),
    ]
    with pytest.raises(GoalError) as caught:
        condition(ranks, views)
    # 13 of 10,000 ranks reach 3, 5,000 do not exceed 0, and 4,987 are in between
    left = 1 / (0.49 / 13 + 0.05**2 / 4987 + 0.25**2 / 5000)
    other = 1 / (0.49 / 13 + 0.3**2 / 9987)
    assert f"{left:.1f} {other:.0f}" == "26.5 27"
    assert str(caught.value) == (
        "the views leave 26.5 effective paths of 10,000, fewer than 100: too few to read a distribution from. "
        "Weaken the first, or simulate 40,000 paths\n"
        "  - probability of profit in 2026Q1 >= 3: 70 %; the paths say 0.13 %. Without this view 8,000 would be left.\n"
        "  - probability of profit in 2026Q1 <= 0: 25 %; the paths say 50 %. Without this view 27 would be left."
    )
    assert condition(ranks, views, least=20).effective_paths == pytest.approx(left)


def test_the_effective_paths_tell_the_error_of_what_the_views_are_not_about():
    # f is unrelated to the view: the variance of its weighted mean is 1 / effective paths. 600 means of a true ratio
    # of 1 have a variance ratio with a standard error of sqrt(2 / 600) = 0.058: beyond 4 of them once in 16,000 runs
    rng = np.random.default_rng(8)
    means, worth = [], []
    for _ in range(600):
        inside = (rng.standard_normal(400) > 1).astype(float)
        weights = pooled(np.full(400, 1 / 400), inside, 0.6, 0.6)
        means.append(weights @ rng.standard_normal(400))
        worth.append(weights @ weights)
    assert np.mean(np.square(means)) / np.mean(worth) == pytest.approx(1, abs=0.23)
