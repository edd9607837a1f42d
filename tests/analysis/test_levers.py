"""Sizes of shocks and parameters of any role as levers, several goals at once, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from forecast.analysis import Goal, Goals, goal_seek
from forecast.analysis.levers import ranges_of, reaches, size_name
from forecast.analysis.reseeding import Reseeded
from forecast.distributions import normal
from forecast.errors import GoalError
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Delay, Hold, Scale, Set

BASE = Scenario("base")
PROFIT = Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=0.8)


def seek(company, vary, goal=PROFIT, scenario=BASE, *, paths=50, seed=1, **options):
    return goal_seek(company, scenario, vary=vary, goal=goal, paths=paths, seed=seed, **options)


def refused(company, vary, goal=PROFIT, scenario=BASE, **options):
    with pytest.raises(GoalError) as caught:
        seek(company, vary, goal, scenario, **options)
    return caught.value.problems


# the size of a shock


def test_the_size_of_a_shock_that_is_not_in_the_scenario_acts_on_top(costs):
    # a cost share of 0.9 has to be 0.7
    found = seek(costs(), Scale("cost.target", 1.0), between=(0.5, 1.0))
    assert found.answer == pytest.approx(0.7 / 0.9, rel=1e-6)
    assert found.scenario == "base with Scale on cost.target"
    assert (found.lever.full_name, found.lever.controlled) == ("size of Scale on cost.target", True)
    assert str(found).startswith(
        "Goal: profit over the quarter >= 0 by 2026Q4 with probability 80%, scenario 'base with Scale on cost.target', "
        "by moving size of Scale on cost.target [number]\nAnswer: at most 0.7778 "
    )


def test_a_shock_that_stands_in_the_scenario_is_moved_there_and_others_stay(costs):
    # 100 - 90 - (30 + 5 + size) = 0 at -25; the shock on the share comes last and acts on the size too
    add = Add("rent", -1.0)
    scenario = Scenario("s", Add("rent", 5.0), add)
    found = seek(costs(), add, scenario=scenario, between=(-30, 0))
    assert found.answer == pytest.approx(-25.0, abs=1e-5)
    assert found.scenario == "s"


def test_an_uncertain_size_gives_the_range_between_its_tails(linear):
    # profit = luck + size, as with the parameter itself
    add = Add("push", normal(0, 2), start="2026Q2")
    found = seek(linear(), add, paths=2000, seed=3)
    ends = stats.norm.ppf([0.001, 0.999], scale=2)
    assert (found.low, found.high) == pytest.approx(tuple(ends))
    assert found.answer == pytest.approx(seek(linear(), "push.value", paths=2000, seed=3).answer, abs=1e-5)
    assert found.lever.full_name == "size of Add on push from 2026Q2"


def test_a_size_is_kept_where_the_parameter_stays_in_its_domain(costs):
    goal = Goal("cost", at_least=90, over="quarter", by="2026Q4", probability=0.8)
    assert seek(costs(), Scale("cost.target", 1.0), goal, between=(0.5, 2)).high == pytest.approx(1 / 0.9, rel=1e-12)
    with pytest.raises(GoalError) as caught:
        seek(costs(), Scale("cost.target", 1.0), between=(2, 3))
    assert str(caught.value) == (
        "no value of the size of Scale on cost.target from 2 to 3 leaves 'cost.target' in its domain [0, 1] under the "
        "shocks of scenario 'base with Scale on cost.target'. Give between=(low, high)."
    )


def test_a_shock_that_happens_on_half_of_the_paths_helps_half_of_them(costs):
    # false-alarm rate 1e-6
    found = seek(costs(), Add("rent", 0.0, probability=0.5), paths=400, between=(-40, 0))
    assert found.answer is None
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 400, 0.5)
    assert low <= 400 * found.best <= high


def test_shocks_of_a_rule_and_of_an_uncertain_date_are_levers_too(costs):
    # the loss of the first quarter starts the rule; both have begun by the goal's date
    rule = When("profit < 0", Add("rent", -1.0))
    found = seek(costs(), rule.shocks[0], scenario=Scenario("r", rule), between=(-30, 0))
    assert found.answer == pytest.approx(-20.0, abs=1e-5)
    dated = Add("rent", -1.0, start="2026Q2..2026Q3")
    found = seek(costs(), dated, scenario=Scenario("d", dated), between=(-30, 0))
    assert found.answer == pytest.approx(-20.0, abs=1e-5)
    assert found.lever.full_name == "size of Add on rent from 2026Q2..2026Q3"


def test_what_is_no_size_is_refused(costs):
    company, add = costs(), Add("rent", 1.0)
    assert refused(company, Hold("rent")) == (
        "Hold on 'rent' has no size to move; move a parameter, or a shock with a size, such as Scale or Add on 'rent'.",
    )
    assert refused(company, add) == (
        "Add on 'rent' has the size 1, which gives no range to search. Give between=(low, high).",
    )
    assert refused(company, add, scenario=Scenario("s", add, add), between=(0, 1)) == (
        "Add on 'rent' stands 2 times in scenario 's'; leave one.",
    )
    assert refused(company, add, between=(1, 0)) == ("the range searched is 1 to 0; it must be finite and rising.",)
    assert refused(company, add, between="ab") == ("between is 'ab'; give two numbers, between=(low, high).",)
    assert refused(company, Delay("sales", 1.0), between=(-1, 2)) == (
        "between: the shock Delay on 'sales' has size -1; give quarters from 0 on.",
    )


def test_a_shock_that_another_one_overrides_changes_nothing(costs):
    scale = Scale("cost.target", 1.0)
    scenario = Scenario("s", scale, Set("cost.target", 0.5))
    with pytest.raises(GoalError) as caught:
        seek(costs(), scale, scenario=scenario, between=(0.5, 1))
    assert str(caught.value) == (
        "'size of Scale on cost.target' changes nothing of 'profit' under scenario 's' up to 2026Q4: a shock sets it, "
        "or what it acts on is zero. Choose another lever."
    )


# a parameter that nobody sets


def test_an_uncertainty_may_be_asked_about_and_the_answer_says_what_it_is(linear):
    found = seek(linear(), "luck.value", any_role=True, between=(-2, 2))
    assert found.answer == pytest.approx(0.0, abs=1e-6)
    assert not found.lever.controlled
    assert (
        "luck.value is an uncertainty: nobody sets it, so this is what would have to be true, not what to do."
        in str(found)
    )
    assert refused(linear(), "luck.value", any_role=True) == (
        "the range searched is -inf to inf; it must be finite, rising and inside the domain [-inf, inf] of "
        "'luck.value'. Give between=(low, high).",
    )
    assert refused(linear(), "luck.valu", any_role=True) == (
        "there is no parameter 'luck.valu'. Did you mean 'luck.value'?",
    )


# several goals


def test_several_goals_are_met_on_the_same_path(linear):
    # -push <= luck <= 3 - push has probability Phi(push) - Phi(push - 3): 0.8 first at the root below 1.5
    from scipy.optimize import brentq

    truth = brentq(lambda x: stats.norm.cdf(x) - stats.norm.cdf(x - 3) - 0.8, 0, 1.5)
    both = [PROFIT, Goal("profit", at_most=3, over="quarter", by="2026Q4")]
    held = 0
    for seed in range(40):  # intervals of 95 %; false-alarm rate 1e-6
        found = seek(linear(), "push.value", both, paths=400, seed=seed)
        held += found.interval[0] <= truth <= found.interval[1]
        assert found.achieved >= 0.8
        assert found.turning > 0
    assert held >= stats.binom.ppf(1e-6, 40, 0.95)
    assert max(found.achieved_alone) <= 1
    assert min(found.achieved_alone) >= found.achieved
    first, second = found.achieved_alone
    assert (
        f"Each goal alone there: profit over the quarter >= 0 {first:.1%}; profit over the quarter <= 3 {second:.1%}."
        in str(found)
    )


def test_goals_on_two_lines_bound_a_lever_from_both_sides(costs):
    # profit wants a share of at most 0.7, the cost at least one of 0.5 (or 0.8, which no share does); without any cost
    # 50 are missing, with nothing but cost 30, so that the way up is the easier one
    spent = Goal("cost", at_least=50, over="quarter", by="2026Q1", always=True)
    found = seek(costs(), "cost.target", Goals((PROFIT, spent)))
    assert (found.easier, found.turning, found.achieved_alone) == (1, 1.0, (1.0, 1.0))
    assert (found.answer, found.lost_beyond) == (pytest.approx(0.5, abs=1e-6), pytest.approx(0.7, abs=1e-6))
    assert "Beyond 0.7 the goal is lost again: less than 80% of the paths reach it." in str(found)
    much = seek(costs(), "cost.target", [PROFIT, Goal("cost", at_least=80, over="quarter")], alternatives=False)
    assert (much.answer, much.lost_beyond, much.best) == (None, None, 0.0)


def test_a_monotone_lever_is_lost_nowhere(costs):
    assert seek(costs(), "cost.target").lost_beyond is None


def test_a_lever_need_only_reach_one_of_the_goals(costs):
    aside = Goal("aside", at_least=1.5, over="quarter", by="2026Q4")
    mild = Goal("profit", at_least=-25, over="quarter", by="2026Q4", probability=0.8)
    assert seek(costs(), "aside.value", [mild, aside]).answer == pytest.approx(1.5, abs=1e-6)
    assert reaches(costs(), BASE, "aside", ("profit", "aside"))
    assert refused(costs(), "aside.value", [PROFIT, Goal("cost", at_most=10, over="quarter")]) == (
        "'aside.value' does not reach 'profit' or 'cost' in this model.",
    )


def test_ranges_are_found_by_name_or_by_shock():
    add = Add("rent", 1.0, start="2026Q2")
    assert ranges_of(["a.b", add], {add: (0, 1)}) == (None, (0, 1))
    assert ranges_of(["a.b"], None) == (None,)
    assert size_name(add) == "size of Add on rent from 2026Q2"
    with pytest.raises(GoalError) as caught:
        ranges_of(["cost.target"], {"cost.targt": (0, 1)})
    assert caught.value.problems == (
        "between gives a range of 'cost.targt', which is not moved. Did you mean 'cost.target'?",
    )


# other seeds


def test_the_answers_of_other_seeds_are_those_of_asking_with_them(linear):
    found = seek(linear(), "push.value", paths=400, seed=3, seeds=4)
    alone = [seek(linear(), "push.value", paths=400, seed=3 + step).answer for step in range(4)]
    width = found.interval[1] - found.interval[0]
    assert found.reseeded.seeds == (3, 4, 5, 6)
    np.testing.assert_allclose(found.reseeded.values, alone, atol=width * 2**2 / 2**10)
    assert (found.reseeded.mean, found.reseeded.sd) == pytest.approx(
        (np.mean(alone), np.std(alone, ddof=1)), abs=width / 50
    )
    low, high = min(found.reseeded.values), max(found.reseeded.values)
    assert f"Over 4 seeds: {low:.4g} to {high:.4g} (mean " in str(found)


def test_their_spread_is_the_standard_error_of_a_sample_quantile(linear):
    # sd = sqrt(p (1 - p) / n) / phi(z_p); (k - 1) s^2 / sd^2 is chi-square with k - 1; false-alarm rate 1e-5
    n, k = 1000, 40
    found = seek(linear(), "push.value", paths=n, seeds=k)
    theory = np.sqrt(0.8 * 0.2 / n) / stats.norm.pdf(stats.norm.ppf(0.8))
    low, high = stats.chi2.ppf([5e-6, 1 - 5e-6], k - 1)
    assert low <= (k - 1) * found.reseeded.sd**2 / theory**2 <= high
    assert abs(found.reseeded.mean - stats.norm.ppf(0.8)) <= 4.5 * theory / np.sqrt(k)


def test_seeds_of_what_cannot_be_reached_show_the_best_probability(linear):
    found = seek(linear(-5.0, 0.5), "push.value", paths=400, seeds=3)
    assert (found.answer, found.reseeded.of, found.reseeded.values[0]) == (None, "probability", found.best)
    assert "Over 3 seeds: best attainable probability 6" in str(found)


def test_a_seed_that_does_not_reach_it_is_counted(linear):
    # the range ends at z_0.8: about half of the seeds have their quantile beyond it
    top = float(stats.norm.ppf(0.8)) + 0.02
    found = next(
        one
        for seed in range(20)
        if (one := seek(linear(-5, top), "push.value", seed=seed, seeds=8, paths=100)).feasible
    )
    missing = sum(np.isnan(found.reseeded.values))
    assert 0 < missing < 8
    assert f"; {missing} of them cannot reach it." in str(found)


@pytest.mark.parametrize("seeds", [0, -1, 1.5, True, "3"])
def test_a_number_of_seeds_is_whole(costs, seeds):
    with pytest.raises(GoalError) as caught:
        seek(costs(), "cost.target", seeds=seeds)
    assert str(caught.value) == f"seeds is {seeds!r}; give a whole number from 1 on, as in 5."


def test_numbers_of_few_seeds_are_told_without_a_spread():
    assert str(Reseeded((1, 2), (2.5, np.nan), "answer")) == "Over 2 seeds: 2.5 to 2.5; 1 of them cannot reach it."
    assert str(Reseeded((1, 2), (np.nan, np.nan), "answer")) == "Over 2 seeds: none reaches it."
    assert str(Reseeded((1, 2), (0.5, 0.6), "probability")) == (
        "Over 2 seeds: best attainable probability 50.0% to 60.0% (mean 55.0%, standard deviation 7.07%)."
    )
