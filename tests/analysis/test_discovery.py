"""Regions that are planted, regions that are not there, and questions that make no sense."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.analysis.discovery import discover
from forecast.analysis.goal import Goal
from forecast.analysis.peeling import inside, measured, pasted, peeled, rarity
from forecast.analysis.sampling import share_interval
from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal, uniform
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.scenario import Scenario
from forecast.simulation import Simulation
from forecast.simulation.streams import Draws, generator
from forecast.timeline import Quarter

GOAL = Goal("profit", at_least=0, over="quarter", by="2026Q1")
NAMES = ("a", "b", "c", "d", "e")


def company():
    """Five uncertainties from 0 to 1 and a lever, all of which the profit reads."""
    parts = [Path(name, value=uniform(0, 1)) for name in NAMES]
    lever = Path("lever", value=assume(normal(0, 1), role="lever", low=-1, high=1))
    return calibrate(Model(*parts, lever, Formula("profit = a + b + c + d + e + lever")), first="2026Q1")


def simulation(fails, *, paths=4_000, seed=5, weights=None):
    """A simulation whose profit is -1 where ``fails`` says so of the draws, else 1."""
    known = company()
    drawn = Draws(seed, paths, 1).parameters(known)
    rows = {name: drawn[f"{name}.value"] for name in (*NAMES, "lever")}
    profit = np.where(fails(**rows), -1.0, 1.0)[None, :]
    series = {"base": {"profit": profit, **{name: row[None, :] for name, row in rows.items()}}}
    return Simulation(known, (Scenario("base"),), (Quarter.parse("2026Q1"),), paths, seed, "0", series, weights)


def bounds_of(found):
    return {(bound.parameter, bound.at_least): bound for bound in found.bounds}


def planted(a, b, **others):
    return (a > 0.7) & (b < 0.3)


def noise(a, **others):
    return generator(1, "noise").uniform(size=len(a)) < 0.3


def test_a_planted_box_is_recovered():
    found = discover(simulation(planted), GOAL)
    bounds = bounds_of(found)
    assert set(bounds) == {("a.value", True), ("b.value", False)}
    # the last peel of 5 % of what is left, 0.09 / 0.95 of all, reaches at most 0.0158 into the box or stays outside it
    assert bounds["a.value", True].value == pytest.approx(0.7, abs=0.02)
    assert bounds["b.value", False].value == pytest.approx(0.3, abs=0.02)
    assert found.density > 0.93
    assert found.coverage > 0.9  # the last peel may cut off up to 5 % of it
    # 9 % of 2,000 paths have a standard error of 0.64 %; five of them are missed once in 2e6
    assert found.mass == pytest.approx(0.09, abs=0.035)
    assert bounds["a.value", True].density_without == pytest.approx(0.3, abs=0.1)
    assert bounds["a.value", True].rarity < 1e-20
    assert str(found).splitlines()[-1].endswith(" of the variance of the margin (linearly).")
    assert bounds["a.value", True].quantile == pytest.approx(bounds["a.value", True].value, abs=0.04)


def test_what_is_told_is_measured_on_the_other_half():
    runs = simulation(planted)
    found = discover(runs, GOAL)
    half = slice(2_000, None)
    drawn = Draws(5, 4_000, 1).parameters(runs.company)
    bounds = bounds_of(found)
    there = (drawn["a.value"] >= bounds["a.value", True].value) & (drawn["b.value"] <= bounds["b.value", False].value)
    there, fails = there[half], runs.values("profit")[0, half] < 0
    assert found.mass == pytest.approx(there.mean())
    assert found.density == pytest.approx(fails[there].mean())
    assert found.coverage == pytest.approx(there[fails].mean())
    assert found.outside == pytest.approx(fails[~there].mean())
    assert found.density_interval == pytest.approx(share_interval(fails[there].mean(), int(there.sum())))
    assert found.coverage_interval == pytest.approx(share_interval(there[fails].mean(), int(fails.sum())))


def test_nothing_to_find_is_said_to_be_so():
    # a false alarm is less likely than 5 %: 1 in 300 such simulations
    found = discover(simulation(noise), GOAL)
    assert not found.found
    assert found.bounds == ()
    assert found.explained < 0.02
    share = (simulation(noise).values("profit")[0] < 0).mean()
    assert str(found) == (
        "Where paths fail: profit over the quarter >= 0 by 2026Q1, scenario 'base' "
        f"({share:.1%} of 4,000 paths)\n"
        "No region of the 5 parameters was found in which paths fail more often.\n"
        "Together these parameters explain 0% of the variance of the margin (linearly); the rest seems to be "
        "other draws, such as noises, so that no region of them is near to certain."
    )


def test_the_region_of_success_and_of_levers():
    runs = simulation(lambda lever, **others: lever > 0.5)
    assert not discover(runs, GOAL).found
    found = discover(runs, GOAL, levers=True, failing=False)
    (bound,) = found.bounds
    assert (bound.parameter, bound.at_least) == ("lever.value", False)
    assert bound.value == pytest.approx(0.5, abs=0.1)
    assert found.density > 0.97
    assert discover(runs, GOAL, vary=["lever.value", "a.value"], failing=False).bounds[0].parameter == "lever.value"
    text = str(found).splitlines()
    assert text[0].startswith("Where paths reach it: profit")
    assert text[2] == f"  lever.value at most {bound.value:.3g} (its lower {bound.quantile:.0%})"
    assert text[3].startswith(f"Inside {found.density:.0%} of the paths reach it (95 % interval ")


def test_at_most_so_many_bounds_are_told():
    def three(a, b, c, **others):
        return (a > 0.4) & (b > 0.4) & (c > 0.4)

    assert len(discover(simulation(three), GOAL).bounds) == 3
    fewer = discover(simulation(three), GOAL, bounds=2)
    assert len(fewer.bounds) == 2
    assert {bound.parameter for bound in fewer.bounds} < {"a.value", "b.value", "c.value"}


def test_weights_count():
    # every failing path with a > 0.7 has next to no weight, so that the failing ones with d < 0.2 are what is left
    def two(a, d, **others):
        return (a > 0.7) | (d < 0.2)

    runs = simulation(two)
    drawn = Draws(5, 4_000, 1).parameters(runs.company)
    weights = np.where(drawn["a.value"] > 0.7, 1e-6, 1.0)
    found = discover(replace(runs, weights=weights / weights.sum()), GOAL)
    (bound,) = found.bounds
    assert (bound.parameter, bound.at_least) == ("d.value", False)
    assert bound.value == pytest.approx(0.2, abs=0.02)
    assert found.share == pytest.approx(0.2, abs=0.04)  # 0.2 +- 5 * 0.0076


def test_the_table_and_the_trade_off():
    found = discover(simulation(planted), GOAL)
    frame = found.to_frame()
    assert list(frame.index) == [bound.parameter for bound in found.bounds]
    assert set(frame["bound"]) == {"at least", "at most"}
    masses = [mass for mass, _, _ in found.trade_off]
    assert masses[0] == 1.0
    assert masses == sorted(masses, reverse=True)


def test_units_are_the_parameters_own():
    known = calibrate(Model(Path("a", value=lognormal(900, 0.5)), Formula("profit = a - 700")), first="2026Q1")
    import forecast as fc

    runs = fc.simulate(known, Scenario("base"), until="2026Q1", paths=4_000, seed=2)
    (bound,) = discover(runs, GOAL).bounds
    # 5 % peels: the box of 31 % of the mass (a < 700) is met to within 1.6 % of the mass, 14 of the unit
    assert bound.value == pytest.approx(700, abs=15)


# the algorithm


def test_a_peel_takes_the_five_per_cent_that_raise_the_density_most():
    chance = generator(3, "peel")
    points, labels = chance.uniform(size=(400, 3)), np.asarray(chance.uniform(size=400) < 0.4, dtype=float)
    weights = np.full(400, 1 / 400)
    sides = [(column, sign) for column in range(3) for sign in (-1, 1)]
    step = peeled(points, labels, weights, sides)[1]
    best = 0.0
    for column in range(3):
        order = np.argsort(points[:, column])
        best = max(best, labels[order[19:]].mean(), labels[order[20:]].mean())
        best = max(best, labels[order[:-19]].mean(), labels[order[:-20]].mean())
    assert 0.95 <= step.mass <= 0.9525
    assert step.density <= best + 1e-12
    assert step.density >= best - 1.0 / 380
    assert len(step.edges) == 1


def test_pasting_gives_back_what_was_cut_too_far():
    points = np.linspace(0, 1, 201)[:, None]
    labels = np.asarray(points[:, 0] > 0.5, dtype=float)
    weights = np.full(201, 1 / 201)
    box = pasted(points, labels, weights, {(0, -1): 0.45, (0, 1): 0.8})
    # each step beyond 0.8 brings failing points only; there is nothing beyond 1
    assert box == {(0, -1): 0.45, (0, 1): 1.0}
    assert inside(points, box).sum() == 111
    assert measured(points, labels, weights, box).density == pytest.approx(100 / 111)


def test_a_quasi_p_value_is_the_binomial_tail():
    from scipy import stats

    assert rarity(0.4, 0.25, 50) == pytest.approx(stats.binom.sf(19, 50, 0.25))
    assert rarity(0.0, 0.25, 50) == 1.0


def test_bad_questions_are_refused_all_at_once():
    runs = simulation(planted, paths=400)
    with pytest.raises(GoalError) as caught:
        discover(runs, Goal("proft", at_least=0), scenario="bse", bounds=0)
    assert str(caught.value) == (
        "the discovery cannot be made as asked\n"
        "  - the goal is on 'proft'. Did you mean 'profit'?\n"
        "  - there is no scenario 'bse'. Did you mean 'base'?\n"
        "  - bounds is 0; give how many may be told, as in 3."
    )
    with pytest.raises(GoalError) as caught:
        discover(runs, GOAL, vary=["a.valu"])
    assert str(caught.value) == (
        "the discovery cannot be made as asked\n  - there is no parameter 'a.valu'. Did you mean 'a.value'?"
    )
    few = simulation(lambda a, **others: a > 0.99, paths=400)
    count = int((few.values("profit") < 0).sum())
    with pytest.raises(GoalError) as caught:
        discover(few, GOAL)
    assert str(caught.value) == (
        f"{count} of the 400 paths of scenario 'base' fail; to learn what they share at least 40 are needed. "
        "Simulate more paths, or ask about another goal."
    )
