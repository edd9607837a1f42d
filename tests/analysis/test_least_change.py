"""Least changes that follow by algebra, at bounds and constraints, out of reach, and with two ends."""

import numpy as np
import pytest
from scipy import optimize, stats

from forecast.analysis import Goal, goal_seek
from forecast.analysis.constraints import read_constraints
from forecast.analysis.frontier import frontier
from forecast.analysis.least_change import deviation, least_change
from forecast.calibration import calibrate
from forecast.distributions import beta, lognormal, normal, student_t, triangular, uniform
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.scenario import Scenario
from forecast.shocks import Add, Scale
from forecast.simulation import simulate

BASE = Scenario("base")
PROFIT = Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)


def lever(line, value, low=-10.0, high=10.0) -> Path:
    return Path(line, value=assume(value, role="lever", low=low, high=high))


def firm(*drivers, formula="profit = a + b + luck", luck=None):
    chance = Path("luck", value=normal(0, 1) if luck is None else luck)
    return calibrate(Model(*drivers, chance, Formula(formula)), first="2026Q1")


@pytest.fixture(scope="module")
def company():
    """profit = a + b + luck, the levers with medians 1 and -1 and standard deviations 1 and 2, luck standard normal."""
    return firm(lever("a", normal(1, 1)), lever("b", normal(-1, 2)))


def ask(company, goal=PROFIT, *, scenario=BASE, paths=400, seed=3, **options):
    return least_change(company, scenario, goal=goal, paths=paths, seed=seed, **options)


def needed(company, paths=400, seed=3):
    """What a + b has to be: minus the luck that a fifth of the paths fall short of."""
    luck = np.sort(simulate(company, BASE, until="2026Q1", paths=paths, seed=seed).values("luck")[0])
    return -luck[paths - round(0.8 * paths)]


def moved(found):
    return {change.lever.full_name: change.value for change in found.changes}


def test_the_change_is_split_by_the_squares_of_the_standard_deviations(company):
    # minimise ((a - 1) / 1)^2 + ((b + 1) / 2)^2 with a + b = need: a - 1 = need / 5, b + 1 = 4 need / 5
    need = needed(company)
    found = ask(company)
    assert moved(found) == pytest.approx({"a.value": 1 + need / 5, "b.value": -1 + 4 * need / 5}, abs=1e-3)
    assert found.distance == pytest.approx(need / np.sqrt(5), abs=1e-4)
    assert found.achieved == 0.8
    assert (found.feasible, found.proven, len(found.ends), found.starts) == (True, False, 1, 4)
    assert [change.alone for change in found.changes] == pytest.approx([1 + need, -1 + need], abs=1e-3)
    assert [change.size for change in found.changes] == pytest.approx([need / 5, 2 * need / 5], abs=1e-3)


@pytest.mark.parametrize("sds", [(0.1, 3.0, 0.5), (1.0, 1.0, 1.0)])
def test_three_levers_of_different_weight(sds):
    # minimise sum (d / sd)^2 with 2 d1 - d2 + d3 / 2 = need: d_i = need w_i sd_i^2 / sum of w^2 sd^2
    weights = np.array([2.0, -1.0, 0.5])
    one = firm(
        *(lever(line, normal(0, sd)) for line, sd in zip("abc", sds, strict=True)),
        formula="profit = 2 * a - b + c / 2 + luck",
    )
    squares = np.array(sds) ** 2
    expected = needed(one) * weights * squares / np.sum(weights**2 * squares)
    found = ask(one)
    np.testing.assert_allclose(list(moved(found).values()), expected, atol=1e-3)


def test_what_a_bound_takes_the_other_lever_gives(company):
    need = needed(company)
    found = ask(company, between={"b.value": (-3, -0.8)})
    assert moved(found) == pytest.approx({"a.value": 0.8 + need, "b.value": -0.8}, abs=1e-3)
    assert found.achieved == 0.8


def test_a_range_without_the_median_moves_to_its_end_first(company):
    # b is at least 2, which is enough: nothing else moves
    found = ask(company, between={"b.value": (2, 5)})
    assert moved(found) == pytest.approx({"a.value": 1.0, "b.value": 2.0}, abs=1e-9)
    assert found.distance == pytest.approx(1.5)


def test_constraints_hold(company):
    # a + b = need on the line a - b = 1.8, which the answer without it would cross
    need = needed(company)
    found = ask(company, constraints=["a.value - b.value >= 1.8"])
    assert moved(found) == pytest.approx({"a.value": (need + 1.8) / 2, "b.value": (need - 1.8) / 2}, abs=1e-3)
    assert "2 levers in their own standard deviations, with a.value - b.value >= 1.8\n" in str(found)


def test_a_lever_held_at_zero_is_told_as_zero():
    found = ask(firm(lever("a", normal(0.3, 0.1)), lever("b", normal(-1, 1))), constraints=["a.value <= 0"])
    assert moved(found)["a.value"] == 0.0


def test_constraints_alone_may_ask_for_more_than_the_goal(company):
    # the nearest pair with a <= b is a = b = 0.6, from a - 1 + (a + 1) / 4 = 0, and 1.2 is enough
    found = ask(company, constraints=["a.value <= b.value"])
    assert moved(found) == pytest.approx({"a.value": 0.6, "b.value": 0.6}, abs=1e-6)
    assert found.proven
    assert "No smaller change does: the nearest values inside the ranges and constraints reach the goal." in str(found)


def test_one_lever_is_the_goal_seek(company):
    alone = ask(company.stating("b.value", -1.0), vary=["a.value"])
    seek = goal_seek(company.stating("b.value", -1.0), BASE, vary="a.value", goal=PROFIT, paths=400, seed=3)
    assert alone.changes[0].value == pytest.approx(seek.answer, abs=1e-4)
    assert (alone.proven, alone.achieved) == (True, seek.achieved)
    assert "No smaller change does: the lever's whole range was searched, on a grid of 13 values." in str(alone)


def test_one_lever_that_helps_on_both_sides_takes_the_nearer_one():
    # a^2 >= 4 from a median of 0.5: 2, and not -2
    one = firm(lever("a", normal(0.5, 1), -5, 5), formula="profit = a * a - 4 + luck", luck=0.0)
    assert ask(one).changes[0].value == pytest.approx(2.0, abs=1e-4)


def test_the_smaller_of_two_ends_is_taken():
    # a^2 + b / 10 >= 4 from (0.5, 0): one end near a = 2, one near a = -2
    formula = "profit = a * a + b / 10 - 4 + luck"
    one = firm(lever("a", normal(0.5, 1), -5, 5), lever("b", normal(0, 1), -1, 1), formula=formula, luck=0.0)
    truth = optimize.brentq(lambda t: (0.5 / (1 - t)) ** 2 + t / 20 / 10 - 4, 0.5, 0.9)
    found = ask(one, paths=50)
    assert moved(found) == pytest.approx({"a.value": 0.5 / (1 - truth), "b.value": truth / 20}, abs=2e-3)


def test_a_curved_goal_agrees_with_a_brute_search(company):
    # profit = a * b + luck: minimise over the curve a * b = need by a fine grid
    one = firm(lever("a", normal(1, 1), 0, 10), lever("b", normal(1, 2), 0, 10), formula="profit = a * b - 5 + luck")
    need = 5 + needed(one)
    a = np.linspace(0.8, 10, 100_001)
    truth = np.sqrt(np.min((a - 1) ** 2 + ((need / a - 1) / 2) ** 2))
    found = ask(one)
    assert found.distance == pytest.approx(truth, abs=1e-3)
    assert "None of " in str(found)


def test_two_levers_agree_with_the_nearest_point_of_their_frontier(company):
    # an independent way to the same: thresholds of b for many values of a
    curve = frontier(company, BASE, vary=("a.value", "b.value"), goal=PROFIT, points=101, paths=400, seed=3)
    b = curve.answers[curve.wanted]
    distances = np.sqrt((curve.grid - 1) ** 2 + ((b + 1) / 2) ** 2)
    assert ask(company).distance == pytest.approx(np.nanmin(distances), rel=0.02)


def test_nothing_has_to_change_where_the_medians_reach_it(company):
    found = ask(company, Goal("profit", at_least=-5, over="quarter", by="2026Q1", probability=0.8))
    assert (found.distance, found.proven, found.before) == (0.0, True, found.achieved)
    assert "Nothing has to change." in str(found)


def test_out_of_reach_the_best_is_given_and_no_distance_claimed(company):
    # with a and b at 1 and 0 the probability is Phi(1); false-alarm rate 1e-6
    found = ask(company, Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.95), between={
        "a.value": (-1, 1), "b.value": (-1, 0)})  # fmt: skip
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], 400, stats.norm.cdf(1))
    assert not found.feasible
    assert low <= 400 * found.achieved <= high
    assert moved(found) == pytest.approx({"a.value": 1.0, "b.value": 0.0})
    assert f"Cannot be reached: the best probability found is {found.achieved:.1%} (" in str(found)


def test_out_of_reach_the_best_is_not_where_the_wanted_share_comes_nearest():
    """P = Phi((min(b, 3 - 2 a) - 1) / a): Phi(-0.1 / 1.05) = 46.2 % at best, with a at 1.05 and b at 0.9.

    The margin that 80 % of the paths have is largest at a = 0.1, where P is 16 %; neither lever alone comes above 26 %.
    """
    levers = lever("a", normal(0.5, 0.5), 0.1, 2.0), lever("b", normal(0, 0.5), 0.0, 0.9)
    found = ask(firm(*levers, formula="profit = luck * a + min(b, 3 - 2 * a) - 1"), paths=2000)
    assert not found.feasible
    luck = simulate(firm(*levers), BASE, until="2026Q1", paths=2000, seed=3).values("luck")[0]
    best = max(np.mean(luck * a + min(0.9, 3 - 2 * a) >= 1) for a in np.linspace(0.1, 2, 400))
    assert found.achieved == pytest.approx(best, abs=0.01)
    assert moved(found) == pytest.approx({"a.value": 1.05, "b.value": 0.9}, abs=0.05)


def test_the_distances_of_other_seeds_spread_as_a_quantile_does(company):
    # the distance is need / sqrt(5); sd of need = sqrt(p (1 - p) / n) / phi(z_p); false-alarm rate 1e-5
    n, k = 400, 12
    found = ask(company, paths=n, seeds=k)
    each = [needed(company, n, 3 + step) / np.sqrt(5) for step in range(k)]
    np.testing.assert_allclose(found.reseeded.values, each, atol=1e-3)
    theory = np.sqrt(0.16 / n) / stats.norm.pdf(stats.norm.ppf(0.8)) / np.sqrt(5)
    low, high = stats.chi2.ppf([5e-6, 1 - 5e-6], k - 1)
    assert low <= (k - 1) * found.reseeded.sd**2 / theory**2 <= high
    assert f"Over {k} seeds: distance " in str(found)


def test_many_paths_are_searched_roughly_first_and_end_the_same(company):
    need = needed(company, 5000, 3)
    assert ask(company, paths=5000).distance == pytest.approx(need / np.sqrt(5), abs=1e-4)


def test_sizes_of_shocks_are_counted_in_their_own_deviations(company):
    # b drawn away at -1: a + add = need + 1 ... both from their medians 1 and 0 with deviations 1 and 2
    stated = company.stating("b.value", -1.0)
    add = Add("b", normal(0, 2))
    need = needed(company)
    found = ask(stated, vary=["a.value", add])
    assert moved(found) == pytest.approx({"a.value": 1 + need / 5, "size of Add on b": 4 * need / 5}, abs=1e-3)
    scaled = ask(stated, vary=["a.value", Add("b", 0.0)], scale={Add("b", 0.0): 2.0}, between={Add("b", 0.0): (-9, 9)})
    assert scaled.distance == pytest.approx(found.distance, abs=1e-4)


def test_it_is_said_in_words(company):
    found = ask(company)
    lines = str(found).splitlines()
    assert lines[0] == (
        "Goal: profit over the quarter >= 0 by 2026Q1 with probability 80%, scenario 'base', by the least change of "
        "2 levers in their own standard deviations"
    )
    assert lines[1] == f"With every lever at its median the probability is {found.before:.1%}."
    assert lines[2] == (
        f"Least change: {found.distance:.3g} standard deviations, the root of the sum of squares; simulated there, the "
        "probability is 80.0%."
    )
    assert lines[3].split() == ["lever", "today", "to", "change", "alone,", "others", "at", "median"]
    assert [line.split()[0] for line in lines[4:6]] == ["b.value", "a.value"]
    assert lines[6].startswith(f"A local optimum: 4 starts all led to the same end ({found.distance:.3g}); a smaller ")
    frame = found.to_frame()
    assert list(frame.columns) == ["today", "to", "change in sd", "sd", "alone"]
    assert frame.loc["b.value", "sd"] == pytest.approx(2.0, rel=1e-9)


def test_fixed_levers_are_left_out_or_need_a_scale(company):
    fixed = firm(lever("a", normal(1, 1)), lever("b", -1.0))
    found = ask(fixed)
    assert found.left_out == ("b.value",)
    assert str(found).endswith(
        "Left out, for it is a fixed number without a standard deviation: b.value. Give scale={name: sd} to move it."
    )
    with pytest.raises(GoalError) as caught:
        ask(fixed, vary=["a.value", "b.value"], scale={"a.value": 0, "c.value": 1})
    assert caught.value.problems == (
        "scale of 'a.value' is 0; give its standard deviation, above 0.",
        "'b.value' is the fixed number -1, which has no standard deviation to count in. State a distribution, or give "
        "scale={'b.value': sd}.",
        "scale names 'c.value', which is not moved. Known: 'a.value', 'b.value'.",
    )
    given = ask(fixed, scale={"b.value": 2.0})
    assert given.distance == pytest.approx(ask(company).distance, abs=1e-4)


def test_what_makes_no_sense_is_refused(company):
    for options, text in (
        ({"vary": "a.value"}, "vary is 'a.value'; give a list of levers, ['a.value']."),
        ({"vary": []}, "vary names no lever; name at least one, or leave it out for all levers of the model."),
        (
            {"constraints": ["a.value + b.value <= -30"]},
            "no values of the levers keep all constraints inside their ranges. Loosen one of them.",
        ),
    ):
        with pytest.raises(GoalError) as caught:
            ask(company, **options)
        assert str(caught.value) == text
    with pytest.raises(GoalError) as caught:
        ask(company, vary=["a.value", Scale("a.value", 1.0)], between={Scale("a.value", 1.0): (0.5, 2)}, scale={
            Scale("a.value", 1.0): 1.0})  # fmt: skip
    assert caught.value.problems == (
        "'a.value' is moved twice, by the size of Scale on a.value too; move one of them.",
    )
    with pytest.raises(GoalError) as caught:
        ask(company, Goal("proft", at_least=0))
    assert caught.value.problems == (
        "the goal is on 'proft'. Did you mean 'profit'?",
        "the goal needs a date and a probability: Goal(..., by='2027Q4', probability=0.8).",
    )
    fixed = firm(lever("a", 1.0), lever("b", -1.0))
    with pytest.raises(GoalError) as caught:
        ask(fixed)
    assert str(caught.value) == (
        "the model has no lever with a standard deviation that reaches the goal; name some in vary."
    )


# constraints


def test_constraints_are_read_as_rows():
    matrix, bound = read_constraints(["a.x >= 2 * b.y - 0.5", "(a.x + b.y) / 2 < 3", "0.1 <= b.y"], ["a.x", "b.y"])
    np.testing.assert_allclose(matrix, [[1, -2], [-0.5, -0.5], [0, 1]])
    np.testing.assert_allclose(bound, [-0.5, -3, 0.1])
    assert read_constraints([], ["a.x"])[0].shape == (0, 1)


def test_unreadable_constraints_are_told_at_once():
    with pytest.raises(GoalError) as caught:
        read_constraints(
            ["a.x = 2", "a.x >= c.z", "a.x * b.y >= 1", "a.x >= cash", "a.x >= b.y[-1]", "lever_0 >= 1"], ["a.x", "b.y"]
        )
    assert caught.value.problems == (
        "'a.x = 2' is not one comparison; write 'selling.target >= 0.3' or 'a.growth - b.growth <= 0.02'.",
        "'a.x >= c.z' names 'c.z', which is not moved. Known: 'a.x', 'b.y'.",
        "'a.x * b.y >= 1' is not linear in the levers a.x, b.y.",
        "'a.x >= cash' is not linear in the levers a.x, b.y.",
        "'a.x >= b.y[-1]' is not linear in the levers a.x, b.y.",
        "'lever_0 >= 1' is not linear in the levers a.x, b.y.",
    )
    with pytest.raises(GoalError) as caught:
        read_constraints("a.x >= 1", ["a.x"])
    assert caught.value.problems == ("constraints is 'a.x >= 1'; give a list of texts, ['a.x >= 1'].",)


# standard deviations


@pytest.mark.parametrize(
    ("distribution", "truth"),
    [
        (normal(3, 2), 2.0),
        (uniform(0, 6), np.sqrt(3)),
        (triangular(2, 5, 12), stats.triang.std(0.3, 2, 10)),
        (lognormal(600, 0.5), stats.lognorm.std(0.5, scale=600)),
        (beta(2, 3), stats.beta.std(2, 3)),
        (student_t(5, 0, 2), stats.t.std(5, scale=2)),
        (normal(0, 1).between(-1, 2), stats.truncnorm.std(-1, 2)),
    ],
    ids=str,
)
def test_standard_deviations_are_those_of_scipy(distribution, truth):
    assert deviation(distribution) == pytest.approx(truth, rel=1e-5)
