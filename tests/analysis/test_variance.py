"""Variance shares against closed forms; numbers are compared within 4.5 standard errors: a false alarm in 150,000."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats

import forecast as fc
from forecast.analysis.inquiry import Inquiry
from forecast.analysis.ranks import Ranks
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile
from forecast.analysis.variance import Share, VarianceShares, _crossed, _indices, variance_shares
from forecast.errors import GoalError
from forecast.lines import Line
from forecast.model import Fit
from forecast.simulation import Run, horizon_of
from forecast.simulation.streams import generator

BASE = fc.Scenario("base")
PROFIT = Mean("profit", at="2026Q1")
TIMES = 4.5


@dataclass(frozen=True)
class Ishigami:
    """A driver of a test's own: ``sin x1 + 7 sin(x2)**2 + 0.1 x3**4 sin x1`` (Ishigami and Homma 1990)."""

    line: str

    def describe(self):
        return Line(self.line)

    def parameters(self):
        return ()

    def reads(self):
        return (("one", 0), ("two", 0), ("three", 0))

    def noises(self):
        return ()

    def records(self):
        return ()

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit()

    def step(self, now):
        one, two, three = (now.value(name) for name in ("one", "two", "three"))
        return np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one)


def company(*formulas, correlations=(), **values):
    paths = [
        fc.drivers.Path(name, value=value) if isinstance(value, fc.distributions.Distribution) else value
        for name, value in values.items()
    ]
    model = fc.Model(*paths, *formulas, correlations=correlations)
    return fc.calibrate(model, first="2026Q1")


def agree(made, expected, kind="alone"):
    found = {one.input: getattr(one, kind) for one in made.shares}
    assert set(found) == set(expected)
    for name, share in expected.items():
        assert found[name][0] == pytest.approx(share, abs=TIMES * found[name][1] + 1e-12), name


def test_the_ishigami_function_has_its_published_indices():
    wide = fc.uniform(-np.pi, np.pi)
    known = company(Ishigami("profit"), one=wide, two=wide, three=wide)
    made = variance_shares(known, BASE, statistic=PROFIT, paths=40_000, seed=1)
    # with a = 7 and b = 0.1: V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = 8 b^2 pi^8 / 225
    first, second, both = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2, 49 / 8, 0.01 * np.pi**8 * 8 / 225
    whole = first + second + both
    assert (first / whole, second / whole, both / whole) == pytest.approx((0.3139, 0.4424, 0.2437), abs=5e-5)
    agree(made, {"one.value": first / whole, "two.value": second / whole, "three.value": 0.0})
    totals = {"one.value": (first + both) / whole, "two.value": second / whole, "three.value": both / whole}
    agree(made, totals, "total")
    assert made.joint[0] == pytest.approx(both / whole, abs=TIMES * made.joint[1])
    assert max(one.alone[1] for one in made.shares) < 0.01
    assert made.spread == pytest.approx(np.sqrt(whole), rel=0.02)
    assert [one.input for one in made.shares] == ["one.value", "two.value", "three.value"]
    assert made.order.stable == 3


def test_shares_of_a_sum_are_those_of_the_variances_and_nothing_is_joint():
    known = company(
        fc.drivers.Formula("profit = a + b - c"), a=fc.normal(5, 3), b=fc.normal(0, 2), c=fc.lognormal(1, 0.5)
    )
    parts = {"a.value": 9.0, "b.value": 4.0, "c.value": float(stats.lognorm(0.5).var())}
    expected = {name: part / sum(parts.values()) for name, part in parts.items()}
    made = variance_shares(known, BASE, statistic=PROFIT, paths=20_000, seed=2)
    agree(made, expected)
    agree(made, expected, "total")
    assert made.joint[0] == pytest.approx(0, abs=TIMES * made.joint[1])
    low = variance_shares(known, BASE, statistic=Quantile("profit", 0.1, at="2026Q1"), paths=20_000, seed=2)
    assert low.shares == made.shares


def test_whether_a_goal_is_reached_depends_on_the_inputs_jointly():
    """Y = 1 where a + b >= 0, standard normal: Var(Phi(a)) = 1/12 of Var(Y) = 1/4."""
    known = company(fc.drivers.Formula("profit = a + b"), a=fc.normal(0, 1), b=fc.normal(0, 1))
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")
    made = variance_shares(known, BASE, goal=goal, paths=20_000, seed=3)
    agree(made, {"a.value": 1 / 3, "b.value": 1 / 3})
    agree(made, {"a.value": 2 / 3, "b.value": 2 / 3}, "total")
    assert made.joint[0] == pytest.approx(1 / 3, abs=TIMES * made.joint[1])


def test_the_noise_of_quarters_and_common_factors_has_its_share():
    """Over a year a parameter counts 4**2 times its variance, independent noises 4 times theirs."""
    quiet, loud = fc.normal(0, 2), fc.normal(0, 3)
    known = company(
        fc.drivers.Formula("profit = a + b"),
        a=fc.drivers.Path("a", value=fc.normal(0, 1), noise=quiet, shared={"world": 0.6}),
        b=fc.drivers.Path("b", value=0.0, noise=loud, shared={"world": 0.6}),
        aside=fc.drivers.Path("aside", value=fc.normal(0, 1), noise=quiet),
    )
    made = variance_shares(known, BASE, statistic=Mean("profit", at="2026Q4", over="fiscal_year"), paths=20_000, seed=4)
    parts = {
        "a.value": 16.0,
        "noise of a": 4 * 4 * 0.64,
        "noise of b": 4 * 9 * 0.64,
        "noise of the common factor world": 4 * (0.6 * 5) ** 2,
    }
    whole = sum(parts.values())
    agree(made, {name: part / whole for name, part in parts.items()})
    shares = {one.input: one.alone for one in made.kinds}
    assert shares["parameters"][0] == pytest.approx(16 / whole, abs=TIMES * shares["parameters"][1])
    assert shares["noise"][0] == pytest.approx(1 - 16 / whole, abs=TIMES * shares["noise"][1])
    assert made.joint[0] == pytest.approx(0, abs=TIMES * made.joint[1])


def test_correlated_parameters_are_one_input():
    """Var(a + b) = 2 + 2 rho."""
    known = company(
        fc.drivers.Formula("profit = a + b + c"),
        correlations={("a.value", "b.value"): 0.5},
        a=fc.normal(0, 1),
        b=fc.normal(0, 1),
        c=fc.normal(0, 1),
    )
    made = variance_shares(known, BASE, statistic=PROFIT, paths=20_000, seed=5)
    agree(made, {"a.value with b.value": 3 / 4, "c.value": 1 / 4})
    agree(made, {"a.value with b.value": 3 / 4, "c.value": 1 / 4}, "total")


def test_replacing_parameters_is_the_same_as_drawing_their_streams_anew():
    known = company(
        fc.drivers.Formula("profit = a * b + c + d"),
        correlations={("a.value", "b.value"): 0.5, ("b.value", "d.value"): -0.3},
        a=fc.normal(0, 1),
        b=fc.uniform(0, 1),
        c=fc.normal(0, 1),
        d=fc.drivers.Path("d", value=4.0),
    )
    run = Run(known, horizon_of(known, "2026Q1", 50, 1), 50, 1)
    asked = Inquiry(run, BASE, PROFIT)
    asked.numbers()
    other = run.redrawn(run.draws.names)
    for names in (["a.value", "b.value", "d.value"], ["c.value"]):
        streams = [f"parameter/{name}" for name in names]
        slow = replace(asked, run=run.redrawn(streams)).numbers()
        np.testing.assert_array_equal(_crossed(asked, other, streams), slow)
        assert not np.array_equal(slow, asked.numbers())


def test_named_parameters_are_shown_and_the_others_together():
    known = company(fc.drivers.Formula("profit = a + b + c"), a=fc.normal(0, 1), b=fc.normal(0, 1), c=fc.normal(0, 2))
    made = variance_shares(known, BASE, statistic=PROFIT, vary=["b.value"], paths=20_000, seed=6)
    agree(made, {"everything else": 5 / 6, "b.value": 1 / 6})
    assert made.kinds == ()


def test_size_and_occurrence_of_a_shock_are_inputs():
    """H X with H Bernoulli(p) and X normal(m, s): Var = p (s^2 + m^2) - p^2 m^2, alone p^2 s^2 and m^2 p (1 - p)."""
    p, m, s = 0.4, 2.0, 1.0
    known = company(fc.drivers.Formula("profit = a"), a=fc.normal(0, 1))
    shock = fc.shocks.Add("a", fc.normal(m, s), start="2026Q1", probability=p)
    made = variance_shares(known, fc.Scenario("s", shock), statistic=PROFIT, paths=40_000, seed=7)
    of_shock = p * (s**2 + m**2) - p**2 * m**2
    whole = 1 + of_shock
    size, event = p**2 * s**2, m**2 * p * (1 - p)
    both = of_shock - size - event
    names = ("a.value", "size of Add on a from 2026Q1", "whether and when Add on a from 2026Q1")
    agree(made, dict(zip(names, (1 / whole, size / whole, event / whole), strict=True)))
    agree(made, dict(zip(names, (1 / whole, (size + both) / whole, (event + both) / whole), strict=True)), "total")
    named = fc.Scenario("s", replace(shock, start="2026Q1..2026Q2", event="entry"))
    later = variance_shares(known, named, statistic=Mean("profit", at="2026Q2"), paths=200, seed=7)
    assert "event 'entry'" in {one.input for one in later.shares}


def test_parameters_of_a_driver_that_takes_over_are_inputs():
    known = company(fc.drivers.Formula("profit = a + b"), a=fc.normal(0, 1), b=fc.normal(0, 1))
    other = fc.shocks.Replace("a", fc.drivers.Path("a", value=fc.normal(0, 2), noise=fc.normal(0, 1)))
    made = variance_shares(known, fc.Scenario("other", other), statistic=PROFIT, paths=20_000, seed=8)
    agree(made, {"a.value": 4 / 6, "noise of a": 1 / 6, "b.value": 1 / 6})


def test_a_date_has_shares_too_and_levers_and_rules_count():
    known = company(
        fc.drivers.Formula("profit = a + b"),
        a=fc.drivers.Path("a", value=fc.assume(fc.normal(0, 1), role="lever")),
        b=fc.normal(0, 1),
        cash=fc.normal(0, 1),
    )
    rule = fc.When("cash > 0", fc.shocks.Add("a", 1.0))
    date = BreakevenDate(fc.Goal("profit", at_least=0, over="quarter"))
    made = variance_shares(known, fc.Scenario("rule", rule), statistic=date, until="2026Q4", paths=2_000, seed=9)
    assert {one.input for one in made.shares} == {"a.value", "b.value", "cash.value"}
    assert made.unit == "quarters"


def test_the_estimators_are_those_of_an_independent_package():
    sobol = pytest.importorskip("SALib.analyze.sobol")
    size = 4_096
    draws = generator(1, "a test").standard_normal((2, size, 3))

    def model(x):
        return x[:, 0] + 0.5 * x[:, 1] * x[:, 0] + 0.2 * x[:, 2] + 30

    first, second = model(draws[0]), model(draws[1])
    crossed = []
    for place in range(3):
        mixed = draws[0].copy()
        mixed[:, place] = draws[1][:, place]
        crossed.append(model(mixed))
    rows = np.column_stack([first, *crossed, second]).ravel()
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    theirs = sobol.analyze(problem, rows, calc_second_order=False, num_resamples=10, seed=1)
    ours = [_indices(first, second, numbers) for numbers in crossed]
    assert [one.total for one in ours] == pytest.approx(list(theirs["ST"]), rel=1e-3)
    for place, one in enumerate(ours):
        error = np.std(one.alone_by_path) / np.sqrt(size)
        assert one.alone == pytest.approx(theirs["S1"][place], abs=TIMES * 2 * max(error, 0.01))
    # small shares use the very formula of the package, which only takes off another mean
    assert ours[2].alone == pytest.approx(theirs["S1"][2], abs=2e-3)


@pytest.mark.parametrize("goal", [None, fc.Goal("profit", at_least=1, over="quarter", by="2026Q1")])
def test_the_errors_are_what_other_seeds_show(goal):
    known = company(
        fc.drivers.Formula("profit = a * b + c"), a=fc.normal(1, 1), b=fc.normal(1, 1), c=fc.lognormal(0.3, 1.0)
    )
    asked = PROFIT if goal is None else Probability(goal)
    made = [variance_shares(known, BASE, statistic=asked, paths=1_000, seed=seed) for seed in range(60)]
    for name in ("a.value", "c.value"):
        for kind in ("alone", "total"):
            pairs = np.array([next(getattr(s, kind) for s in one.shares if s.input == name) for one in made])
            # the spread of 60 normal numbers is within 35 % of the true one but once in 10,000 cases; the heavy tail
            # of c makes errors of errors larger
            assert np.sqrt(np.mean(pairs[:, 1] ** 2)) == pytest.approx(pairs[:, 0].std(ddof=1), rel=0.5)


def test_the_printed_answer():
    shares = (
        Share("noise of cost", "noise", (0.5, 0.01), (0.6, 0.012), (1, 1)),
        Share("a.value with b.value", "parameter", (-0.0001, 0.002), (0.1, 0.004), (2, 2)),
    )
    kinds = (
        Share("parameters", "parameters", (0.4, 0.01), (0.5, 0.01)),
        Share("noise", "noise", (0.5, 0.01), (0.6, 0.012)),
    )
    made = VarianceShares(
        PROFIT, "base", 905.2, shares, kinds, (0.1, 0.02), Ranks(((1, 1), (2, 2)), 2, 1.0), "million CNY"
    )
    assert str(made) == (
        "Variance of profit in 2026Q1, scenario 'base', standard deviation 905 million CNY\n"
        "                           alone, %  with interactions, %  rank\n"
        "  noise of cost         50.0 +- 1.0           60.0 +- 1.2     1\n"
        "  a.value with b.value   0.0 +- 0.2           10.0 +- 0.4     2\n"
        "Parameters together 40.0 +- 1.0, noise together 50.0 +- 1.0, interactions 10.0 +- 2.0.\n"
        "Sobol' indices by drawing one input anew with all others frozen; correlated parameters are one input; "
        "+- is one Monte Carlo standard error.\n"
        "The order is stable: more paths would not change it."
    )
    assert list(made.to_frame().loc["noise of cost", ["alone", "total", "rank to"]]) == [0.5, 0.6, 1]


def test_what_has_no_variance_is_refused():
    known = company(fc.drivers.Formula("profit = a + b"), a=fc.normal(0, 1), b=fc.drivers.Path("b", value=1.0))
    goal = fc.Goal("profit", at_least=-100, over="quarter", by="2026Q1")
    with pytest.raises(GoalError) as caught:
        variance_shares(known, BASE, goal=goal, paths=100, seed=1)
    assert str(caught.value) == (
        "the variance shares cannot be answered as asked: whether profit over the quarter >= -100 by 2026Q1 is the "
        "same on all 100 paths, 1, so there is no variance to share. Ask about another date or threshold, "
        "or use more paths."
    )
    with pytest.raises(GoalError) as caught:
        variance_shares(known, BASE, statistic=PROFIT, vary=["b.value", "c.value"], seed=1)
    assert str(caught.value) == (
        "the variance shares cannot be answered as asked\n"
        "  - there is no parameter 'c.value'. Known: 'a.value', 'b.value'.\n"
        "  - 'b.value' is a single number and has no variance. State it with a distribution."
    )
