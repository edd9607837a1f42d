"""The page on trust: errors, grounds and flips of a company whose answers are known by algebra."""

import numpy as np
import pytest
from scipy import stats

from forecast.analysis import Goal
from forecast.analysis.flips import nearest_flip
from forecast.analysis.honesty import honesty
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.model.assumption import parameter
from forecast.scenario import Scenario
from forecast.shocks import Add
from forecast.simulation import simulate

PATHS = 4_000
GOAL = Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)


@pytest.fixture(scope="module")
def runs():
    """profit = skill + luck + gift, the first two standard normal: P(profit >= 0) = Phi(gift / sqrt(2))."""
    model = Model(
        Path("skill", value=assume(normal(0, 1), because="judgement; nobody knows")),
        Path("luck", value=assume(normal(0, 1), because="the dice of 2025")),
        Path("gift", value=0.5),
        Path("aside", value=normal(0, 1)),
        Formula("profit = skill + luck + gift"),
    )
    scenarios = Scenario("base"), Scenario("rich", Add("gift", 1.0))
    return simulate(calibrate(model, first="2026Q1"), scenarios, until="2026Q4", paths=PATHS, seed=3)


def test_headlines_have_the_errors_of_shares_and_of_paired_differences(runs):
    base, rich = honesty(runs, GOAL).headlines
    expected = [stats.norm.cdf(gift / np.sqrt(2)) for gift in (0.5, 1.5)]
    # four standard errors: false alarm in 16,000
    for one, share in zip((base, rich), expected, strict=True):
        assert one.share == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / PATHS))
        assert one.low < one.share < one.high
        interval = stats.binomtest(round(one.share * PATHS), PATHS).proportion_ci(0.95, method="wilson")
        assert (one.low, one.high) == pytest.approx(tuple(interval), rel=1e-9)
    # the difference of indicators is 1 on a share d of the paths and else 0
    d = rich.share - base.share
    assert rich.difference == pytest.approx(d, abs=1e-12)
    assert rich.difference_error == pytest.approx(np.sqrt(d * (1 - d) / PATHS), rel=1e-9)


def test_grounds_are_told_apart_and_what_does_not_reach_the_goal_is_left_out(runs):
    found = honesty(runs, GOAL)
    assert [each.full_name for each in found.judged] == ["skill.value", "gift.value"]
    assert [each.full_name for each in found.certain] == ["gift.value"]
    assert [each.full_name for each in found.sourced] == ["luck.value"]
    assert found.fitted == ()


def test_flips_are_where_algebra_says(runs):
    found = honesty(runs, GOAL)
    assert not found.holds
    # with skill known, P = Phi(skill + 0.5) >= 0.8 from z(0.8) - 0.5 on; its standard error as that of a quantile
    where = stats.norm.ppf(0.8) - 0.5
    error = np.sqrt(0.8 * 0.2 / PATHS) / stats.norm.pdf(stats.norm.ppf(0.8))
    for flip in found.flips:
        assert flip.turns
        assert flip.value == pytest.approx(where, abs=4 * error)
        assert flip.away == pytest.approx(flip.value, abs=1e-9)
        assert flip.quantile == pytest.approx(stats.norm.cdf(flip.value), abs=1e-9)
        assert flip.share >= 0.8
    rich = honesty(runs, GOAL, scenario="rich")
    assert rich.holds
    assert all(flip.share < 0.8 and flip.away < 0 for flip in rich.flips)


def test_the_page_says_it_in_words(runs):
    page = str(honesty(runs, GOAL, scenario="rich"))
    assert page.startswith(
        "How far to trust the answers on profit over the quarter >= 0 by 2026Q1, wanted with 80%\n\n"
        "Sampling error (what more than these 4,000 paths would narrow; 95 %)\n  base: "
    )
    assert "points against 'base' (+-" in page
    assert (
        "  Of 3 parameters that reach it 2 rest on judgement, 1 on a fact or source that is named; 0 are fitted to "
        "the\n  history.\n"
        "  Judgement: skill.value, gift.value.\n"
        "  Of these stated as one number, though nobody knows it: gift.value.\n"
    ) in page
    assert "What alone would turn round that 'rich' reaches it with 80%\n  " in page
    assert "skill.value at most -0." in page
    assert page.endswith("Parameters that move together need to move less.")
    table = honesty(runs, GOAL).to_frame()
    assert list(table.index) == ["skill.value", "gift.value", "luck.value"]


def test_where_nothing_turns_the_nearest_are_named(runs):
    hopeless = Goal("profit", at_least=9, over="quarter", by="2026Q1", probability=0.8)
    found = honesty(runs, hopeless)
    assert not any(flip.turns for flip in found.flips)
    assert "none of the parameters, within three normal scores of its median; nearest come:" in str(found)


def test_the_joint_move_is_that_of_stress_for_a_conclusion_that_holds(runs):
    """profit = skill + luck + 1.5 at scores z1, z2 fails where z1 + z2 < -1.5, nearest at 1.5 / sqrt(2)."""
    joint = honesty(runs, GOAL, scenario="rich").joint
    assert joint.distance == pytest.approx(1.5 / np.sqrt(2), abs=1e-3)
    assert "Smallest move of the uncertainties together, from their medians: 1.06 standard deviations: " in str(
        honesty(runs, GOAL, scenario="rich")
    )
    # nothing in this model is a lever, so that nothing can be done about the other conclusion
    assert honesty(runs, GOAL).joint is None
    assert honesty(runs, GOAL, scenario="rich", joint=False).joint is None


def test_the_joint_move_towards_a_goal_is_the_least_change_of_the_levers():
    """profit = push + pull - 2, each normal with sd 1: the least change that reaches it is 1 and 1."""
    model = Model(
        Path("push", value=assume(normal(0, 1), role="lever", low=-5, high=5)),
        Path("pull", value=assume(normal(0, 1), role="lever", low=-5, high=5)),
        Path("luck", value=normal(0, 1e-6)),
        Formula("profit = push + pull + luck - 2"),
    )
    runs = simulate(calibrate(model, first="2026Q1"), Scenario("base"), until="2026Q1", paths=500, seed=1)
    found = honesty(runs, GOAL)
    assert found.joint.distance == pytest.approx(np.sqrt(2), abs=1e-2)
    assert "Smallest move of the levers together, from their medians: 1.41 standard deviations: pu" in str(found)


def test_given_draws_and_their_sampling_are_those_of_the_simulation():
    model = Model(Path("skill", value=normal(0, 1)), Path("luck", value=normal(0, 1)), Formula("profit = skill + luck"))
    company = calibrate(model, first="2026Q1")
    luck = np.linspace(-1.0, 3.0, 400)
    for options in ({"draws": {"luck.value": luck}}, {"sampling": "latin_hypercube"}):
        runs = simulate(company, Scenario("base"), until="2026Q1", paths=400, seed=1, **options)
        flip = next(one for one in honesty(runs, GOAL, joint=False).flips if one.parameter.line == "skill")
        # with skill known the path of rank 80 % decides
        lucky = np.sort(runs.values("luck")[0])[::-1]
        assert flip.value == pytest.approx(-lucky[319], abs=1e-3)


def test_one_side_a_median_and_nowhere():
    wide = parameter("a", "b", uniform(0.0, 1.0), role="uncertainty")
    flip = nearest_flip(wide, lambda value: 1.0 if value >= 0.7 else 0.0, 0.5, False)
    assert flip.turns
    assert flip.value == pytest.approx(0.7, abs=1e-3)
    known = nearest_flip(wide, lambda value: 1.0, 0.5, False)
    assert (known.away, known.value) == (0.0, 0.5)
    never = nearest_flip(wide, lambda value: value / 10, 0.5, False)
    assert not never.turns
    assert never.value == pytest.approx(stats.norm.cdf(3))
    assert nearest_flip(wide, lambda value: None, 0.5, False) is None
    # refused below 0.4: that side ends there
    partly = nearest_flip(wide, lambda value: None if value < 0.4 else float(value > 0.9), 0.5, False)
    assert partly.value == pytest.approx(0.9, abs=1e-3)


def test_what_cannot_be_answered_is_refused(runs):
    for call, words in (
        (lambda: honesty(runs, Goal("profit", at_least=0)), "the goal needs a date: Goal(..., by='2027Q4')."),
        (
            lambda: honesty(runs, Goal("proft", at_least=0, by="2026Q1")),
            "the goal is on 'proft'. Did you mean 'profit'?",
        ),
        (
            lambda: honesty(runs, GOAL, scenario="rch"),
            "there is no scenario 'rch' that is not a mixture. Did you mean 'rich'?",
        ),
        (
            lambda: honesty(GOAL, GOAL),
            "the simulation is an object of the type Goal, not Simulation; "
            "simulate first: simulate(company, scenarios, ...).",
        ),
    ):
        with pytest.raises(GoalError) as caught:
            call()
        assert str(caught.value) == words
