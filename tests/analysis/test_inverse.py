"""Goal seeks whose answer follows by algebra, that have none, and that make no sense."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from forecast.analysis import Goal, breakeven, goal_seek
from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal, triangular, uniform
from forecast.drivers import Conversion, Formula, Growth, Path
from forecast.errors import GoalError, ScenarioError, SimulationError
from forecast.lines import Line
from forecast.model import Fit, Model, assume, parameter
from forecast.scenario import Scenario
from forecast.shocks import Add, Cap, Scale, Set
from forecast.simulation import simulate

BASE = Scenario("base")
PROFIT = Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=0.8)


def seek(company, vary, goal=PROFIT, scenario=BASE, *, paths=50, seed=1, **options):
    return goal_seek(company, scenario, vary=vary, goal=goal, paths=paths, seed=seed, **options)


def refused(company, vary, goal=PROFIT, scenario=BASE, **options):
    with pytest.raises(GoalError) as caught:
        seek(company, vary, goal, scenario, **options)
    return str(caught.value)


# deterministic companies


def test_the_cost_share_at_which_profit_is_zero(costs):
    # 100 - 100 * share - 30 = 0 at share 0.7; one grid step is 1 / 12, bisected 22 times
    found = seek(costs(), "cost.target")
    assert found.answer == pytest.approx(0.7, abs=2 / 12 / 2**22)
    assert found.answer <= 0.7 + 1e-9
    assert found.interval == (found.answer, found.answer)
    assert (found.easier, found.achieved, found.best, found.turning) == (-1, 1.0, 1.0, 0.0)
    assert (found.feasible, found.effortless, found.low, found.high) == (True, False, 0.0, 1.0)
    np.testing.assert_allclose(found.thresholds, 0.7, atol=1e-7)


@pytest.mark.parametrize("quarters", [1, 4, 8, 20])
@pytest.mark.parametrize("share", [0.6, 0.9, 0.99])
def test_the_half_life_for_a_share_at_a_date(conversion, quarters, share):
    # 1 - 0.5 * 2**(-t / h) = share after t quarters: h = -t / log2((1 - share) / 0.5)
    by = str(conversion().first + (quarters - 1))
    goal = Goal("revenue", at_least=100 * share, over="quarter", by=by, probability=0.5)
    found = seek(conversion(), "revenue.half_life", goal)
    assert found.answer == pytest.approx(-quarters / np.log2((1 - share) / 0.5), rel=1e-6)
    assert found.easier == -1


def test_the_half_life_for_a_trailing_year_is_the_root_of_its_sum(conversion):
    from scipy.optimize import brentq

    def year(half_life):
        return sum(100 * (1 - 0.5 * 2 ** (-t / half_life)) for t in (5, 6, 7, 8)) - 360

    history = calibrate(conversion().model, opening={"arr": 400.0}, first="2026Q1")
    goal = Goal("revenue", at_least=360, over="fiscal_year", by="2027Q4", probability=0.8)
    found = seek(history, "revenue.half_life", goal)
    assert found.answer == pytest.approx(brentq(year, 0.1, 20), rel=1e-6)


def test_a_shock_on_the_lever_moves_the_answer_the_other_way(conversion):
    goal = Goal("revenue", at_least=90, over="quarter", by="2027Q4", probability=0.8)
    plain = seek(conversion(), "revenue.half_life", goal)
    slowed = seek(conversion(), "revenue.half_life", goal, Scenario("slow", Scale("revenue.half_life", 2.0)))
    assert slowed.answer == pytest.approx(plain.answer / 2, rel=1e-6)


def test_a_shock_narrows_the_range_to_what_it_leaves_inside_the_domain(conversion):
    goal = Goal("revenue", at_least=90, over="quarter", by="2027Q4", probability=0.8)
    found = seek(conversion(), "revenue.half_life", goal, Scenario("slow", Scale("revenue.half_life", 2.0)))
    assert (found.low, found.high) == pytest.approx((0.05, 40.0))
    capped = Scenario("capped", Scale("revenue.half_life", 2.0), Cap("revenue.half_life", 80.0))
    assert (seek(conversion(), "revenue.half_life", goal, capped).high) == 80.0


def test_a_shock_that_leaves_nothing_of_the_range_is_refused(conversion):
    goal = Goal("revenue", at_least=90, over="quarter", by="2027Q4", probability=0.8)
    slow = Scenario("glacial", Scale("revenue.half_life", 10.0))
    assert refused(conversion(), "revenue.half_life", goal, slow, between=(10, 80)) == (
        "no value of 'revenue.half_life' from 10 to 80 stays in its domain [0.05, 80] under the shocks of "
        "scenario 'glacial'. Give between=(low, high)."
    )


def test_what_cannot_be_reached_is_said_and_no_bound_is_given_for_an_answer(costs):
    # with a rent of 120 the profit is below zero even without any cost; Wilson for 0 of 50: up to 7.1 %
    found = seek(costs(rent=120.0), "cost.target")
    assert (found.feasible, found.answer, found.achieved, found.best, found.best_at) == (False, None, 0.0, 0.0, 0.0)
    assert found.interval == (-np.inf, -np.inf)
    assert np.all(np.isneginf(found.thresholds))
    assert str(found) == (
        "Goal: profit over the quarter >= 0 by 2026Q4 with probability 80%, scenario 'base', "
        "by moving cost.target [of sales]\n"
        "Cannot be reached: no value from 0 to 1 does. Best attainable probability 0.0% (0.0% to 7.1%), at 0.\n"
        "Median share when cost.target is 0: 2026Q4 0%.\n"
        "Probability by lever: 0: 0%, 0.125: 0%, 0.25: 0%, 0.375: 0%, 0.5: 0%, 0.625: 0%, 0.75: 0%, 0.875: 0%, 1: 0%"
    )


def test_what_is_reached_anyway_is_said_with_the_hardest_value(costs):
    found = seek(costs(rent=-10.0), "cost.target")
    assert (found.effortless, found.answer, found.achieved) == (True, 1.0, 1.0)
    assert str(found) == (
        "Goal: profit over the quarter >= 0 by 2026Q4 with probability 80%, scenario 'base', "
        "by moving cost.target [of sales]\n"
        "Reached whatever the lever: even 1, the hardest value searched, gives 100.0%.\n"
        "Median share when cost.target is 1: 2026Q4 100%.\n"
        "Probability by lever: 0: 100%, 0.125: 100%, 0.25: 100%, 0.375: 100%, 0.5: 100%, 0.625: 100%, "
        "0.75: 100%, 0.875: 100%, 1: 100%"
    )


def test_a_reachable_answer_is_said_with_its_side_and_what_it_means(costs):
    assert str(seek(costs(), "cost.target", between=(0.0, 0.96))) == (
        "Goal: profit over the quarter >= 0 by 2026Q4 with probability 80%, scenario 'base', "
        "by moving cost.target [of sales]\n"
        "Answer: at most 0.7 (95 % interval 0.7 to 0.7); simulated there, the probability is 100.0%.\n"
        "Median share when cost.target is 0.7: 2026Q4 70%.\n"
        "Probability by lever: 0: 100%, 0.12: 100%, 0.24: 100%, 0.36: 100%, 0.48: 100%, 0.6: 100%, "
        "0.72: 0%, 0.84: 0%, 0.96: 0%"
    )


def test_a_share_above_one_is_never_an_answer(conversion):
    # 106 of an ARR of 400 a year would take a recognised share of 106 %
    model = Model(
        Path("arr", value=400.0, kind="stock"),
        Conversion("revenue", of="arr", half_life=0.05, start=0.5, ceiling=assume(0.9, role="lever")),
    )
    company = calibrate(model, opening={"arr": 400.0}, first="2026Q1")
    goal = Goal("revenue", at_least=106, over="quarter", by="2026Q4", probability=0.8)
    found = seek(company, "revenue.ceiling", goal)
    assert (found.answer, found.low, found.high) == (None, 0.0, 1.0)
    assert found.curve["lever"].between(0, 1).all()
    assert found.recorded["conversion"] == {"2026Q4": pytest.approx(1.0)}
    reachable = seek(
        company, "revenue.ceiling", Goal("revenue", at_least=94, over="quarter", by="2026Q4", probability=0.8)
    )
    assert reachable.answer == pytest.approx(0.94, abs=1e-6)
    assert refused(company, "revenue.ceiling", goal, between=(0, 1.2)) == (
        "the goal seek cannot be answered as asked\n"
        "  - the range searched is 0 to 1.2; it must be finite, rising and inside the domain [0, 1] of "
        "'revenue.ceiling'. Give between=(low, high)."
    )


# random companies with closed forms


def test_a_linear_lever_has_the_normal_quantile_inside_its_interval(linear):
    # the order-statistic interval misses the true z_p with probability at most 5 %: of 60 seeds, fewer than
    # the lower 1e-6 quantile of binomial(60, 0.95) is a false alarm
    truth = stats.norm.ppf(0.8)
    held = 0
    for seed in range(60):
        found = seek(linear(), "push.value", paths=400, seed=seed)
        held += found.interval[0] <= truth <= found.interval[1]
        assert found.interval[0] <= found.answer <= found.interval[1]
    assert held >= stats.binom.ppf(1e-6, 60, 0.95)


def test_the_interval_holds_the_answers_of_other_seeds_at_the_rate_of_two_samples(linear):
    # two answers differ by sqrt(2) standard errors: P(|N(0, 2)| < 1.96) = 83.4 %; false-alarm rate 1e-6
    rate = 1 - 2 * stats.norm.sf(1.96 / np.sqrt(2))
    held = 0
    for seed in range(0, 120, 2):
        one, two = (seek(linear(), "push.value", paths=400, seed=s) for s in (seed, seed + 1))
        held += one.interval[0] <= two.answer <= one.interval[1]
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 60, rate)
    assert low <= held <= high


@pytest.mark.parametrize("sign", [1, -1])
def test_the_answer_is_the_order_statistic_of_the_draws_themselves(linear, sign):
    company = linear(sign=sign)
    found = seek(company, "push.value", paths=1000, seed=3)
    luck = simulate(company, BASE, until="2026Q4", paths=1000, seed=3).values("luck")[0]
    expected = sign * np.sort(-luck)[799]
    assert found.answer == pytest.approx(expected, abs=1e-6)
    assert found.easier == sign
    assert found.achieved == pytest.approx(0.8, abs=1e-12)
    np.testing.assert_allclose(found.thresholds, sign * -luck, atol=1e-6)


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.99])
def test_the_answer_moves_with_the_probability_along_the_normal_law(linear, probability):
    # the share of the thresholds below the truth is binomial; false-alarm rate 1e-6 each
    n = 4000
    goal = Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=probability)
    found = seek(linear(), "push.value", goal, paths=n, seed=11)
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], n, probability)
    assert low <= np.sum(found.thresholds <= stats.norm.ppf(probability)) <= high
    assert found.interval[0] <= found.answer <= found.interval[1]


def test_the_curve_is_the_normal_distribution_function(linear):
    # each of 97 points is a binomial share; false-alarm rate 1e-6 a point
    n = 4000
    curve = seek(linear(), "push.value", paths=n, seed=5).curve
    assert curve["lever"].iloc[[0, -1]].tolist() == [-5.0, 5.0]
    assert len(curve) == 97
    chance = stats.norm.cdf(curve["lever"])
    low, high = stats.binom.ppf(5e-7, n, chance), stats.binom.ppf(1 - 5e-7, n, chance)
    count = curve["probability"] * n
    assert ((count >= low - 1e-6) & (count <= high + 1e-6)).all()
    assert ((curve["low"] <= curve["probability"]) & (curve["probability"] <= curve["high"])).all()
    assert curve["probability"].is_monotonic_increasing


def test_out_of_reach_by_chance_the_best_probability_is_that_at_the_bound(linear):
    # with a push of at most 0.5 profit is positive with probability Phi(0.5) = 69.1 %; false-alarm rate 1e-6
    n = 4000
    found = seek(linear(-5.0, 0.5), "push.value", paths=n, seed=2)
    assert (found.answer, found.feasible, found.best_at) == (None, False, 0.5)
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], n, stats.norm.cdf(0.5))
    assert low <= found.best * n <= high
    assert found.achieved == found.best
    assert found.best_interval[0] < found.best < found.best_interval[1]
    assert np.isposinf(found.interval[0]) or found.interval[0] <= 0.5
    assert np.isposinf(found.interval[1])


def test_an_answer_near_the_end_of_the_range_has_an_open_interval(linear):
    # the range ends just above z_0.8 = 0.8416: the answer is inside, the upper end of its interval is not
    found = seek(linear(-5.0, 0.9), "push.value", paths=400, seed=4)
    assert found.answer is not None
    assert found.interval[1] == np.inf
    assert f"95 % interval {found.interval[0]:.4g} to beyond the range" in str(found)


@pytest.mark.parametrize(("low", "high", "side"), [(0.0, 6.0, -1), (-1.0, 6.0, 1), (0.0, 7.0, -1)])
def test_a_lever_that_turns_back_is_reported_and_answered_where_it_first_works(hump, low, high, side):
    # the further end is the harder one: from 0..6 (equal ends) and 0..7 up to 5 or 1, from -1..6 down
    found = seek(hump(low, high), "bump.lever")
    harder_is_high = high - 3 > 3 - low
    assert found.turning == 1
    assert found.answer == pytest.approx(5.0 if harder_is_high else 1.0, abs=1e-6)
    assert (found.achieved, found.best) == (1.0, 1.0)
    assert "The lever is not monotone on 100.0% of the paths: going further may lose the goal." in str(found)


def test_a_random_lever_that_turns_back_has_the_closed_form_answer(hump):
    # P(4 - (x - 3)^2 + luck >= 0) = 0.8 at x = 3 - sqrt(4 - z_0.8); intervals of 40 seeds, false-alarm rate 1e-6
    truth = 3 - np.sqrt(4 - stats.norm.ppf(0.8))
    held = 0
    for seed in range(40):
        found = seek(hump(0.0, 6.0, luck=1.0), "bump.lever", paths=300, seed=seed)
        held += found.interval[0] <= truth <= found.interval[1]
        assert found.achieved >= 0.8
        assert found.interval[0] <= found.answer <= found.interval[1]
    assert held >= stats.binom.ppf(1e-6, 40, 0.95)


@pytest.mark.parametrize("probability", [0.3, 0.8])
def test_paths_that_turn_back_count_where_they_succeed(probability):
    """A path succeeds from centre - 1.5 to centre + 1.5: so low the first ones are those of centre - 1.5 alone."""
    profit = "profit = 1.5 - max(push - centre, centre - push)"
    model = Model(
        Path("push", value=assume(0.0, role="lever", low=0, high=3.5)),
        Path("centre", value=normal(3, 0.5)),
        Formula(profit),
    )
    company = calibrate(model, first="2026Q1")
    goal = Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=probability)
    found = seek(company, "push.value", goal, paths=1000, seed=5)
    starts = np.sort(simulate(company, BASE, until="2026Q1", paths=1000, seed=5).values("centre")[0]) - 1.5
    low, high = (int(rank) for rank in stats.binom.ppf([0.025, 0.975], 1000, probability))
    assert found.turning > 0.01
    assert found.answer == pytest.approx(starts[round(1000 * probability) - 1], abs=1e-6)
    assert found.interval == pytest.approx((starts[low - 1], starts[high]), abs=1e-6)
    assert found.achieved == pytest.approx(probability, abs=1e-12)


def test_a_hump_that_is_not_high_enough_is_out_of_reach_in_its_middle(hump):
    # at best Phi(4 - 5) = 15.9 % of the paths succeed; false-alarm rate 1e-6
    goal = Goal("profit", at_least=5, over="quarter", by="2026Q4", probability=0.8)
    found = seek(hump(0.0, 6.0, luck=1.0), "bump.lever", goal, paths=1000)
    assert found.answer is None
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 1000, stats.norm.cdf(-1))
    assert low <= found.best * 1000 <= high
    assert found.best_at == 3.0


# the whole of it


@pytest.fixture(scope="module")
def company():
    """A firm with two levers and uncertain everything else."""
    model = Model(
        Path("arr", value=lognormal(400, 0.3), kind="stock"),
        Conversion(
            "product",
            of="arr",
            half_life=triangular(2, 5, 12),
            start=uniform(0.3, 0.5),
            ceiling=triangular(0.8, 0.9, 1),
        ),
        Path("rent", value=assume(normal(55, 5), role="lever", low=20, high=90), noise=normal(0, 8)),
        Path("tax", value=assume(2.0, role="uncertainty")),
        Formula("profit = product - rent - tax"),
    )
    return calibrate(model, opening={"arr": 400.0}, first="2026Q1")


YEAR = Goal("profit", at_least=0, over="fiscal_year", by="2027Q4", probability=0.8)


@pytest.mark.parametrize(
    "goal",
    [
        YEAR,
        Goal("profit", at_least=0, over="quarter", quarters=3, by="2027Q2", probability=0.6),
        Goal("profit", at_most=-5, over="cumulative", by="2027Q4", probability=0.7),
    ],
    ids=str,
)
@pytest.mark.parametrize("shocks", [(), (Scale("arr", 0.9, ramp=4), Add("rent.value", 3.0, probability=0.5))])
def test_the_answer_simulated_forwards_gives_the_probability_it_promises(company, goal, shocks):
    scenario = Scenario("s", *shocks)
    found = seek(company, "rent.value", goal, scenario, paths=500, seed=9)
    assert found.answer is not None
    stated = company.stating("rent.value", found.answer)
    runs = simulate(stated, scenario, until="2028Q4", paths=500, seed=9)
    assert breakeven(runs, goal).probability("s", goal.by) == found.achieved
    assert found.achieved >= goal.probability
    beyond = company.stating("rent.value", found.answer - found.easier * 1e-3)
    runs = simulate(beyond, scenario, until=goal.by, paths=500, seed=9)
    assert breakeven(runs, goal).probability("s", goal.by) <= found.achieved


def test_the_same_question_gives_the_same_answer_and_another_seed_another(company):
    one, two, other = (seek(company, "rent.value", YEAR, paths=200, seed=seed) for seed in (5, 5, 6))
    assert one.answer == two.answer != other.answer
    assert one.thresholds.tobytes() == two.thresholds.tobytes()
    assert (one.paths, one.seed) == (200, 5)


def test_asking_about_other_levers_does_not_change_the_answer(company):
    alone = seek(company, "rent.value", YEAR, paths=200, alternatives=False)
    others = seek(company, "rent.value", YEAR, paths=200, alternatives=True)
    assert alone.alternatives == ()
    assert [reach.lever for reach in others.alternatives] == ["product.half_life"]
    assert (others.answer, others.interval, others.achieved) == (alone.answer, alone.interval, alone.achieved)
    assert others.thresholds.tobytes() == alone.thresholds.tobytes()


def test_alternatives_agree_with_asking_about_them_directly(company):
    goal = Goal("profit", at_least=0, over="fiscal_year", by="2027Q4", probability=0.5)
    (reach,) = seek(company, "product.half_life", goal, paths=200, alternatives=True).alternatives
    direct = seek(company, "rent.value", goal, paths=200)
    # ten bisections instead of 22: a grid step of 70 / 12 shrinks to 0.006
    assert (reach.lever, reach.unit) == ("rent.value", "")
    assert reach.answer == pytest.approx(direct.answer, abs=70 / 12 / 2**10)
    assert (reach.best, reach.best_at) == (direct.best, direct.best_at)


def test_a_failed_lever_is_followed_by_what_the_others_would_do(company):
    goal = Goal("profit", at_least=5, over="quarter", by="2026Q2", probability=0.8)
    found = seek(company, "product.half_life", goal, paths=200, between=(4, 12))
    assert found.answer is None
    (reach,) = found.alternatives
    assert reach.lever == "rent.value"
    assert str(found).endswith(f"Another lever reaches it: rent.value at {reach.answer:.4g}.")


def test_alternatives_are_searched_where_shocks_leave_them_inside_their_domain(company):
    goal = Goal("profit", at_most=-1000, over="quarter", by="2026Q2", probability=0.8)
    slow = Scenario("slow", Scale("product.half_life", 2.0))
    found = seek(company, "rent.value", goal, slow, paths=50, alternatives=True)
    (reach,) = found.alternatives
    assert (reach.lever, reach.best_at) == ("product.half_life", pytest.approx(40.0))


def test_the_recorded_share_is_its_median_at_the_answer(conversion):
    # half-life 4 quarters at the answer: share 1 - 0.5 / 2 after 4 and 1 - 0.5 / 4 after 8
    goal = Goal("revenue", at_least=87.5, over="quarter", by="2027Q4", probability=0.8)
    found = seek(conversion(), "revenue.half_life", goal)
    assert found.answer == pytest.approx(4.0, rel=1e-6)
    assert found.recorded == {"conversion": {"2026Q4": pytest.approx(0.75), "2027Q4": pytest.approx(0.875)}}


@dataclass(frozen=True)
class Heads:
    """A driver of a user's own that records a count: wages of two a head."""

    line: str
    heads: object

    def describe(self):
        return Line(self.line)

    def parameters(self):
        return (parameter(self.line, "heads_each", self.heads, role="lever", low=0.0, high=20.0),)

    def reads(self):
        return ()

    noises = reads

    def records(self):
        return ("heads",)

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit()

    def step(self, now):
        now.keep("heads", now.parameter("heads_each"))
        return 2 * now.parameter("heads_each")


def test_a_threshold_in_another_unit_is_a_warning(costs):
    goal = Goal("profit", at_least=3000, over="quarter", by="2026Q4", probability=0.8)
    found = seek(costs(), "cost.target", goal)
    assert found.answer is None
    assert found.warnings == (
        "the goal's 3000 is more than 20 times as large as 'profit' ever is over the quarter, 70 to 70: "
        "check its unit, the line is in million CNY.",
    )


def test_a_recorded_count_is_no_percentage():
    model = Model(Heads("wages", assume(2.0, role="lever")))
    goal = Goal("wages", at_most=14, over="quarter", by="2026Q4", probability=0.8)
    found = seek(calibrate(model, first="2026Q1"), "wages.heads_each", goal, between=(0.0, 20.0))
    assert found.recorded == {"heads": {"2026Q4": pytest.approx(7.0)}}
    assert "Median heads when wages.heads_each is 7: 2026Q4 7." in str(found)


def test_a_later_horizon_changes_nothing(company):
    short = seek(company, "rent.value", YEAR, paths=100)
    long = seek(company, "rent.value", YEAR, paths=100, until="2030Q4")
    assert short.thresholds.tobytes() == long.thresholds.tobytes()


def test_a_shock_after_the_goals_date_is_allowed_within_the_horizon(company):
    late = Scenario("late", Scale("arr", 0.5, start="2028Q1"))
    plain = seek(company, "rent.value", YEAR, paths=100)
    for options in ({}, {"until": "2029Q4"}):
        assert seek(company, "rent.value", YEAR, late, paths=100, **options).answer == plain.answer
    with pytest.raises(ScenarioError) as caught:
        seek(company, "rent.value", YEAR, late, until="2027Q4")
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        "  - scenario 'late' shocks 'arr' from 2028Q1, after the last simulated quarter 2027Q4."
    )


# questions that make no sense


def test_a_role_other_than_lever_is_refused(costs, company):
    assert refused(company, "tax.value", YEAR) == (
        "the goal seek cannot be answered as asked\n"
        "  - 'tax.value' is an uncertainty; a goal seek moves levers only: product.half_life, rent.value. "
        "To ask what it would have to be, though nobody sets it, pass any_role=True."
    )
    assert refused(costs(), "cost.half_life", between=(1, 2)) == (
        "the goal seek cannot be answered as asked\n"
        "  - 'cost.half_life' is a constant; a goal seek moves levers only: cost.target, aside.value. "
        "To ask what it would have to be, though nobody sets it, pass any_role=True."
    )


def test_a_model_without_levers_says_so():
    company = calibrate(Model(Path("profit", value=1.0)), first="2026Q1")
    assert refused(company, "profit.value", between=(0, 1)) == (
        "the goal seek cannot be answered as asked\n"
        "  - 'profit.value' is an uncertainty; a goal seek moves levers only: the model has none. "
        "To ask what it would have to be, though nobody sets it, pass any_role=True."
    )


def test_everything_wrong_with_a_question_is_told_at_once(costs):
    goal = Goal("proft", at_least=0, by="2027Q4")
    assert refused(costs(), "cost.targt", goal, until="2027Q1") == (
        "the goal seek cannot be answered as asked\n"
        "  - the goal is on 'proft'. Did you mean 'profit'?\n"
        "  - the goal needs a date and a probability: Goal(..., by='2027Q4', probability=0.8).\n"
        "  - until is 2027Q1, before the goal's date 2027Q4.\n"
        "  - there is no parameter 'cost.targt'. Did you mean 'cost.target'?"
    )


def test_a_lever_that_does_not_reach_the_line_is_refused(costs):
    assert refused(costs(), "aside.value") == (
        "the goal seek cannot be answered as asked\n  - 'aside.value' does not reach 'profit' in this model."
    )


def test_a_lever_that_a_shock_sets_is_refused(costs):
    assert refused(costs(), "cost.target", scenario=Scenario("fixed", Set("cost.target", 0.5))) == (
        "'cost.target' changes nothing of 'profit' under scenario 'fixed' up to 2026Q4: a shock sets it, or what it "
        "acts on is zero. Choose another lever."
    )


@pytest.mark.parametrize(
    "between", [(0.9, 0.1), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.5), (0, float("inf")), (float("nan"), 1)]
)
def test_a_range_must_be_finite_rising_and_inside_the_domain(costs, between):
    assert refused(costs(), "cost.target", between=between) == (
        "the goal seek cannot be answered as asked\n"
        f"  - the range searched is {between[0]:g} to {between[1]:g}; it must be finite, rising and inside the domain "
        "[0, 1] of 'cost.target'. Give between=(low, high)."
    )


@pytest.mark.parametrize("between", [(0.1,), (0.1, 0.2, 0.3), 0.5, ("low", "high"), "ab"])
def test_a_range_is_two_numbers(costs, between):
    assert refused(costs(), "cost.target", between=between) == (
        f"the goal seek cannot be answered as asked\n  - between is {between!r}; give two numbers, between=(low, high)."
    )


def test_an_unreadable_until_is_refused_with_the_rest(costs):
    assert refused(costs(), "cost.target", until="2027") == (
        "the goal seek cannot be answered as asked\n"
        "  - until: '2027' is not a quarter. Write the year, Q and the number, as in '2025Q2'."
    )


@pytest.mark.parametrize(
    ("by", "problem"),
    [
        ("2025Q4", "the goal's date is 2025Q4, before the first quarter to simulate, 2026Q1."),
        (
            "2036Q1",
            "the goal's date is 2036Q1, 41 quarters ahead; the company is calibrated for 40. "
            "Calibrate it with horizon=41.",
        ),
    ],
)
def test_the_goals_date_must_lie_within_the_calibrated_horizon(costs, by, problem):
    goal = Goal("profit", at_least=0, over="quarter", by=by, probability=0.8)
    with pytest.raises(SimulationError) as caught:
        seek(costs(), "cost.target", goal)
    assert str(caught.value) == f"the simulation cannot run\n  - {problem}"


def test_a_year_that_does_not_end_by_the_goals_date_is_refused(costs):
    goal = Goal("profit", at_least=0, over="fiscal_year", by="2026Q3", probability=0.8)
    assert refused(costs(), "cost.target", goal) == (
        "the goal on 'profit' needs 1 fiscal year windows that end within the simulation; there are 0. Simulate longer."
    )


def test_a_recorded_growth_rate_below_a_tenth_has_a_decimal():
    # sales of 100 grow to at most 100.2 in the first quarter where they grow by at most 0.2 %
    still = {"persistence": 0.0, "volatility": 0.0, "momentum": 0.0}
    sales = Growth("sales", growth=assume(0.01, role="lever"), start=100.0, **still)
    goal = Goal("sales", at_most=100.2, over="quarter", by="2026Q4", probability=0.8)
    found = seek(calibrate(Model(sales), first="2026Q1"), "sales.growth", goal, between=(-0.05, 0.05))
    assert "Median rate when sales.growth is 0.002: 2026Q4 0.2%." in str(found)
