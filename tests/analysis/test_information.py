"""Values of information with a closed form, by quadrature and by brute force, and questions that make no sense."""

import numpy as np
import pytest
from scipy import integrate, stats

from forecast.analysis.goal import Goal
from forecast.analysis.information import Payoff, value_of_information
from forecast.analysis.smoothing import basis, curves, normal_scores
from forecast.analysis.statistic import BreakevenDate, Mean
from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal, uniform
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.scenario import Mixture, Scenario
from forecast.shocks import Set
from forecast.simulation import Run
from forecast.simulation.streams import generator
from forecast.timeline import Quarter

WAIT = Scenario("wait")
GO = Scenario("go", Set("scale", 1.0))
PROFIT = Mean("profit", at="2026Q1")


def luck(sd):
    """What nobody can know before: not an uncertainty."""
    return Path("luck", value=assume(normal(0, sd), role="constant"))


def company(text, **uncertain):
    drivers = [Path(name, value=value) for name, value in uncertain.items()]
    scale = Path("scale", value=assume(0.0, role="lever", low=0, high=2))
    return calibrate(Model(scale, *drivers, luck(3.0), Formula(text)), first="2026Q1")


def linear():
    return company("profit = scale * (a + b + luck) + 0 * c", a=normal(1, 2), b=normal(0, 1), c=normal(0, 1))


def by_name(found):
    return {one.parameter: one for one in found.known}


def loss(mu, sd):
    """E[max(x, 0)] - max(mu, 0) for x normal."""
    return sd * stats.norm.pdf(mu / sd) - abs(mu) * stats.norm.cdf(-abs(mu) / sd)


# four standard errors each: missed once in 16,000


def test_normal_payoffs_have_the_unit_normal_loss_as_their_value():
    found = value_of_information(linear(), [WAIT, GO], payoff=PROFIT, paths=20_000, seed=2)
    # the table of Raiffa and Schlaifer (1961): L(0.5) = 0.1978, L(1.0) = 0.08332
    known = by_name(found)
    assert found.best == "go"
    assert known["a.value"].value == pytest.approx(2 * 0.1978, abs=4 * known["a.value"].error)
    assert known["b.value"].value == pytest.approx(0.08332, abs=4 * known["b.value"].error)
    assert 0.008 < known["a.value"].error < 0.02
    assert known["c.value"].value == pytest.approx(0, abs=0.01)
    assert not known["c.value"].matters
    assert found.perfect[0] == pytest.approx(loss(1, np.sqrt(14)), abs=4 * found.perfect[1])
    assert [one.parameter for one in found.known] == ["a.value", "b.value", "c.value"]
    # a < -1 is when not to go; the rule is met to within the error of the curve
    assert known["a.value"].changed == pytest.approx(stats.norm.cdf(-0.5), abs=0.02)
    first, second = known["a.value"].choices
    assert (first[0], second[0]) == ("wait", "go")
    assert first[2] == second[1] == pytest.approx(0.0, abs=0.2)


def test_a_goal_with_a_worth_agrees_with_quadrature():
    # P(goal | go, a) = Phi((a + 1) / 3) and P(goal | wait) = Phi(-1 / 3), worth 100, going costs 20
    model = company("profit = scale * (a + 2) - 1 + luck", a=normal(0, 3))
    goal = Goal("profit", at_least=0, over="quarter", by="2026Q1")
    payoff = Payoff(goal, worth=100, costs={"go": 20})
    found = value_of_information(model, [WAIT, GO], payoff=payoff, paths=20_000, seed=2)

    def go(a):
        return 100 * stats.norm.cdf((a + 1) / 3) - 20

    wait = 100 * stats.norm.cdf(-1 / 3)
    density = stats.norm(0, 3).pdf
    informed = integrate.quad(lambda a: max(go(a), wait) * density(a), -24, 24, points=[0.0], limit=200)[0]
    plain = integrate.quad(lambda a: go(a) * density(a), -24, 24)[0]
    (a,) = found.known
    assert a.value == pytest.approx(informed - max(plain, wait), abs=4 * a.error)
    assert a.error < 0.4
    assert found.payoffs["go"][0] == pytest.approx(plain, abs=4 * found.payoffs["go"][1])


def test_a_product_of_lognormals_is_a_call_option():
    # E[max(2 exp(0.5 z) m - 3, 0)] with m = E[b]: Black and Scholes (1973) without interest
    model = company("profit = scale * (a * b - 3 + luck)", a=lognormal(2, 0.5), b=lognormal(1, 0.8))
    found = value_of_information(model, [WAIT, GO], payoff=PROFIT, paths=20_000, seed=4)

    def call(forward, strike, sigma):
        d = (np.log(forward / strike) + sigma**2 / 2) / sigma
        return forward * stats.norm.cdf(d) - strike * stats.norm.cdf(d - sigma)

    mean = 2 * np.exp(0.125 + 0.32)
    known = by_name(found)
    assert known["a.value"].value == pytest.approx(
        call(mean, 3, 0.5) - max(mean - 3, 0), abs=4 * known["a.value"].error
    )
    assert known["b.value"].value == pytest.approx(
        call(mean, 3, 0.8) - max(mean - 3, 0), abs=4 * known["b.value"].error
    )
    assert known["b.value"].error < 0.07


def test_brute_force_nested_simulation_agrees():
    # three decisions; outer: 100 mid-quantiles of a, inner: the mean over 2,000 paths with a at that value
    model = company("profit = scale * a * b - scale * scale * 1.5 + luck", a=uniform(0, 4), b=lognormal(1, 0.5))
    twice = Scenario("twice", Set("scale", 2.0))
    decisions = [WAIT, GO, twice]
    found = value_of_information(model, decisions, payoff=PROFIT, vary=["a.value"], paths=20_000, seed=6)
    run = Run(model, (Quarter.parse("2026Q1"),), 2_000, 9)
    levels = model.parameters["a.value"].estimate.ppf((np.arange(100) + 0.5) / 100)
    inner = np.array(
        [
            [run.outcome(one, ["profit"], {"a.value": np.full(2_000, a)}).values("profit").mean() for one in decisions]
            for a in levels
        ]
    )
    nested = inner.max(axis=1).mean() - inner.mean(axis=0).max()
    (a,) = found.known
    # inner noise is common to all outer values: luck cancels, that of b is 0.55 / sqrt(2,000) of the slope, about 0.02
    assert a.value == pytest.approx(nested, abs=4 * a.error + 0.03)
    assert [choice[0] for choice in a.choices] == ["wait", "go", "twice"]


def test_a_decision_that_no_parameter_changes():
    model = company("profit = scale * (a + 9) + luck", a=uniform(0, 1))
    found = value_of_information(model, {"wait": WAIT, "go": GO}, payoff=PROFIT, paths=2_000, seed=1)
    wait, go = found.payoffs["wait"], found.payoffs["go"]
    assert str(found) == (
        "Payoff: profit in 2026Q1\n"
        f"Expected: 'wait' {wait[0]:,.4g} +- {wait[1]:,.2g}, 'go' {go[0]:,.4g} +- {go[1]:,.2g}. "
        "Without knowing more, 'go' is best.\n"
        "Knowing everything, luck included, would be worth 0 +- 0.\n"
        "None of the 1 parameters would change the decision for the better, if known."
    )


def test_the_printed_answer_and_the_table():
    found = value_of_information(linear(), [WAIT, GO], payoff=PROFIT, paths=10_000, seed=2)
    a = found.known[0]
    assert str(found).splitlines()[3:5] == [
        "To know before deciding is worth at most (+- one standard error):",
        f"  a.value {a.value:,.4g} +- {a.error:,.2g}, changes the decision on {a.changed:.0%}: "
        f"'wait' below {a.choices[0][2]:.4g}, 'go' above {a.choices[1][1]:.4g}",
    ]
    assert str(found).endswith("  1 other is worth less, within two standard errors of nothing")
    frame = found.to_frame()
    assert list(frame["matters"]) == [True, True, False]
    payoff = Payoff(Goal("profit", at_least=0, by="2026Q1"), worth=2_000, costs={"go": 700})
    assert str(payoff) == "2,000 if profit over the trailing year >= 0 by 2026Q1, less the cost of 'go' 700"
    assert str(Payoff(PROFIT, worth=0.5)) == "0.5 times profit in 2026Q1"


# curves


def test_a_natural_spline_goes_through_what_it_can_and_on_straight():
    scores = normal_scores(generator(1, "spline").standard_normal(2_000))
    design = basis(scores, 6)
    assert design.shape == (2_000, 6)
    assert np.linalg.matrix_rank(design) == 6
    far = basis(np.array([3.0, 4.0, 5.0]), 6)
    np.testing.assert_allclose(far[2] - far[1], far[1] - far[0])
    (line, wave) = curves(scores, np.vstack([2 + 3 * scores, np.sin(2 * scores)]))
    assert line.knots == 2
    np.testing.assert_allclose(line.at(np.array([-1.0, 2.0])), [-1.0, 8.0], atol=1e-9)
    np.testing.assert_allclose(wave.at(np.array([-1.0, 0.3])), np.sin([-2.0, 0.6]), atol=0.06)


# bad questions


def test_bad_questions_are_refused_all_at_once():
    with pytest.raises(GoalError) as caught:
        value_of_information(
            linear(), [WAIT, GO], payoff=Payoff(Mean("proft", at="2026Q1"), costs={"goo": 1.0}), seed=1
        )
    assert str(caught.value) == (
        "the value of information cannot be found as asked\n"
        "  - the payoff is on 'proft'. Did you mean 'profit'?\n"
        "  - a cost is given to 'goo'. Did you mean 'go'?"
    )
    with pytest.raises(GoalError) as caught:
        value_of_information(linear(), [Mixture("both", ((WAIT, 0.5), (GO, 0.5)))], payoff=PROFIT, seed=1)
    assert str(caught.value).endswith(
        "is not a scenario; pass fc.Scenario('base').\n"
        "  - 1 given; a decision is between at least two scenarios, as in [base, discipline]."
    )


def test_a_payoff_must_add_up_over_paths():
    with pytest.raises(GoalError) as caught:
        Payoff(BreakevenDate(Goal("profit", at_least=0)), worth="much", costs={"go": None})
    assert str(caught.value) == (
        "the payoff cannot be read\n"
        "  - it is of 50% date of profit over the trailing year >= 0, quarters from now; only a mean or a goal adds up "
        "over paths: Mean('net_profit', at='2027Q4').\n"
        "  - worth is 'much'; give a finite number.\n"
        "  - the cost of 'go' is None; give a finite number."
    )
    with pytest.raises(GoalError) as caught:
        Payoff(Goal("profit", at_least=0), costs=3.0)
    assert str(caught.value) == (
        "the payoff cannot be read\n"
        "  - the goal needs a date: Goal(..., by='2027Q4').\n"
        "  - costs is 3.0; give numbers by decision, as in {'discipline': 700}."
    )
