"""One question about many levers: margins, neutrality, the range that shocks allow, and the answer."""

import dataclasses

import numpy as np
import pytest

from forecast.analysis import Goal
from forecast.analysis.question import Question
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Cap, Scale, Set
from forecast.simulation import Run, horizon_of


def ask(company, *shocks, goal, paths=5, seed=1, until="2026Q4"):
    run = Run(company, horizon_of(company, until, paths, seed), paths, seed)
    scenario = Scenario("s", *shocks)
    return Question(run, scenario, goal, run.scenario(scenario))


PROFIT = Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=0.8)


def test_the_margin_is_that_of_the_goal_with_the_lever_at_a_value(costs):
    question = ask(costs(), goal=PROFIT)
    assert question.margin("cost.target", 0.5).tolist() == pytest.approx([20] * 5, abs=1e-9)
    assert question.share("cost.target", 0.5) == 1
    assert question.share("cost.target", 0.71) == 0


def test_each_path_may_have_a_value_of_its_own(costs):
    values = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
    margin = ask(costs(), goal=PROFIT).margin("cost.target", values)
    np.testing.assert_allclose(margin, [20, 10, 0, -10, -20], atol=1e-9)


def test_shocks_act_on_top_of_the_lever(costs):
    question = ask(costs(), Add("cost.target", 0.1), goal=PROFIT)
    assert question.margin("cost.target", 0.5).tolist() == pytest.approx([10] * 5, abs=1e-9)


def test_windows_reach_back_into_the_history(costs):
    goal = Goal("profit", at_least=0, over="cumulative")
    windows = ask(costs(), goal=goal).windows("cost.target", 0.6)
    np.testing.assert_allclose(windows[:, 0], [10, 20, 30, 40], atol=1e-9)


def test_a_lever_is_neutral_when_a_shock_sets_it(costs):
    assert not ask(costs(), goal=PROFIT).neutral("cost.target", 0.0, 1.0)
    assert ask(costs(), Set("cost.target", 0.5), goal=PROFIT).neutral("cost.target", 0.0, 1.0)


def test_a_lever_with_equal_ends_is_not_neutral(hump):
    assert not ask(hump(0.0, 6.0), goal=PROFIT).neutral("bump.lever", 0.0, 6.0)


def test_the_range_is_what_the_shocks_leave_inside_the_domain(conversion):
    goal = Goal("revenue", at_least=90, over="quarter", by="2026Q4", probability=0.8)
    lever = "revenue.half_life"
    inside = {
        "no shock": ask(conversion(), goal=goal).within(lever, 0.05, 80),
        "another target": ask(conversion(), Scale("revenue.start", 0.5), goal=goal).within(lever, 0.05, 80),
        "twice": ask(conversion(), Scale(lever, 2.0), goal=goal).within(lever, 0.05, 80),
        "half": ask(conversion(), Scale(lever, 0.5), goal=goal).within(lever, 0.05, 80),
        "mended": ask(conversion(), Scale(lever, 2.0), Cap(lever, 80.0), goal=goal).within(lever, 0.05, 80),
        "hopeless": ask(conversion(), Add(lever, 70.0), goal=goal).within(lever, 20, 80),
    }
    assert inside["no shock"] == inside["another target"] == inside["mended"] == (0.05, 80)
    assert inside["twice"] == pytest.approx((0.05, 40), rel=1e-12)
    assert inside["half"] == pytest.approx((0.1, 80), rel=1e-12)
    assert inside["hopeless"] is None


def test_the_shocks_of_a_rule_narrow_the_range_only_by_what_they_do_there(costs):
    """Profit is 70 - 100 target: at a target of 0.9, as given, the rule acts; at 0.2 it never does."""
    rule = When("profit < 0", Add("cost.target", -0.3))
    assert ask(costs(), rule, goal=PROFIT).within("cost.target", 0.0, 1.0) == (0.0, 1.0)
    rule = When("profit < 0", Add("cost.target", 0.05))
    assert ask(costs(), rule, goal=PROFIT).within("cost.target", 0.0, 1.0) == pytest.approx((0.0, 0.95), rel=1e-12)
    question = dataclasses.replace(ask(costs(), rule, goal=PROFIT), numbers={"size": 0})
    assert question.within("size", -1.5, 0.5) == pytest.approx((-0.9, 0.1), rel=1e-12)


def test_the_answer_of_a_lever_that_turns_back_lies_before_it_turns(hump):
    question = ask(hump(0.0, 6.0), goal=PROFIT, paths=50)
    found = question.thresholds("bump.lever", 0.0, 6.0)
    answer, interval = question.answer("bump.lever", found)
    assert found.turning == 1
    assert answer == pytest.approx(1.0, abs=1e-6)
    assert interval == pytest.approx((1.0, 1.0), abs=1e-6)
