"""A scan has the numbers of separate simulations, holds one scenario at a time, and tells the error of each number."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from forecast.analysis.goal import Goal
from forecast.analysis.scan import scan
from forecast.analysis.statistic import BreakevenDate, Mean, Quantile, error_of, replicas
from forecast.errors import GoalError, ScenarioError
from forecast.scenario import Mixture, Scenario
from forecast.shocks import Add, Scale, Set
from forecast.simulation import simulate

WON = Goal("profit", at_least=0, over="quarter")


def pushes(values, **timing):
    return (Scenario(f"push {value:g}", Set("push.value", value, **timing)) for value in values)


def test_the_numbers_are_those_of_separate_simulations_to_the_bit(linear):
    company = linear()
    asked = {
        "won": WON,
        "mean": Mean("profit", at="2026Q3"),
        "low": Quantile("profit", 0.1, at="2026Q4", over="cumulative"),
        "date": BreakevenDate(WON),
    }
    scenarios = [*pushes([-1.0, 0.5, 2.0], start="2026Q2"), Scenario("luckier", Add("luck", 0.3), Scale("luck", 2.0))]
    found = scan(company, iter(scenarios), asked, until="2026Q4", paths=200, seed=3)
    assert found.scenarios == ("push -1", "push 0.5", "push 2", "luckier")
    assert found.statistics == ("won", "mean", "low", "date")
    for row, scenario in enumerate(scenarios):
        outcome = simulate(company, scenario, until="2026Q4", paths=200, seed=3).outcome()
        for column, statistic in enumerate(asked.values()):
            if isinstance(statistic, Goal):
                assert found.values[row, column] == np.mean(statistic.inside(outcome) >= 0)
                continue
            assert found.lows[row, column] <= found.values[row, column] <= found.highs[row, column]
            numbers = statistic.numbers(outcome)
            assert found.values[row, column] == statistic.value(numbers)
            assert found.errors[row, column] == error_of(replicas(statistic, numbers))


def test_a_latin_hypercube_is_passed_on(linear):
    found = scan(linear(), pushes([1.0]), WON, until="2026Q1", paths=100, seed=3, sampling="latin_hypercube")
    runs = simulate(
        linear(), list(pushes([1.0])), until="2026Q1", paths=100, seed=3, sampling="latin_hypercube"
    ).values("profit")
    assert found.values[0, 0] == np.mean(runs >= 0)
    assert found.sampling == "latin_hypercube"


def test_errors_are_those_of_a_share_of_paths(linear):
    # the spread of 50 shares has a relative sd of 10 %: (b - 1) s^2 / sigma^2 is chi-squared; false-alarm rate 1e-6
    found = scan(linear(), pushes([0.0]), WON, until="2026Q1", paths=10_000, seed=3)
    low, high = np.sqrt(stats.chi2.ppf([5e-7, 1 - 5e-7], 49) / 49)
    assert low < found.errors[0, 0] / 0.005 < high


def test_a_probability_of_0_or_1_is_told_with_what_so_few_paths_can_say(linear):
    found = scan(linear(), pushes([-50.0, 50.0]), WON, until="2026Q1", paths=400, seed=3)
    assert found.values[:, 0].tolist() == [0.0, 1.0]
    assert np.isnan(found.errors).all()
    ends = np.array([found.lows[:, 0], found.highs[:, 0]])
    # where x is the end of Wilson's interval, 0 lies z standard errors of x away: x^2 = z^2 x (1 - x) / n
    z2 = stats.norm.ppf(0.975) ** 2
    far = z2 / (400 + z2)
    np.testing.assert_allclose(ends, [[0.0, 1 - far], [far, 1.0]], rtol=0, atol=1e-12)
    assert 3 / 400 < far < 4 / 400  # the rule of three: 0 of n says less than 3 / n, at 95 % on one side


def test_scenarios_are_taken_one_by_one_and_let_go(linear):
    def peak(count):
        tracemalloc.start()
        scan(linear(), pushes(np.linspace(-1, 1, count)), WON, until="2027Q4", paths=2_000, seed=3)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2)  # what is imported and kept once is not counted
    assert peak(60) < 1.3 * peak(2)


def test_a_table_and_a_sentence(linear):
    found = scan(linear(), pushes([-1.0, 1.0]), {"won": WON}, until="2026Q1", paths=100, seed=3)
    table = found.to_frame()
    assert table.columns.tolist() == ["won", "won, error", "won, low", "won, high"]
    assert table.index.tolist() == ["push -1", "push 1"]
    assert table.index.name == "scenario"
    share = found.values[:, 0]
    # Wilson's interval reaches furthest towards one half: by hand from its quadratic (p - x)^2 = z^2 x (1 - x) / n
    z2 = stats.norm.ppf(0.975) ** 2
    ends = [np.roots([1 + z2 / 100, -2 * p - z2 / 100, p * p]) for p in share]
    error = max(abs(end - p).max() for end, p in zip(ends, share, strict=True))
    assert str(found) == (
        "          won\n"
        "scenario     \n"
        f"push -1  {share[0]:4.2f}\n"
        f"push 1   {share[1]:4.2f}\n"
        f"2 scenarios, 100 paths; sampling error at most {error:.2g} (won) (95 %)."
    )


def test_a_long_table_is_printed_by_its_ends(linear):
    found = scan(linear(), pushes(range(-5, 5)), WON, until="2026Q1", paths=20, seed=3)
    assert "..." not in str(found)
    many = scan(linear(), pushes(np.linspace(-5, 5, 50)), WON, until="2026Q1", paths=20, seed=3)
    assert len(str(many).splitlines()) == 24


def test_statistics_that_cannot_be_read_are_refused_together(linear):
    asked = [Mean("proft", at="2026Q1"), Mean("profit", at="2030Q1")]
    with pytest.raises(GoalError) as caught:
        scan(linear(), pushes([1.0]), asked, until="2026Q4", seed=3)
    assert str(caught.value) == (
        "the statistics cannot be read from the simulation\n"
        "  - 'mean of proft in 2026Q1' looks at 'proft'. Did you mean 'profit'?\n"
        "  - 'mean of profit in 2030Q1' looks at 2030Q1, outside 2026Q1 to 2026Q4."
    )


@pytest.mark.parametrize(
    ("scenarios", "statistics", "text"),
    [
        ([], WON, "no scenario was given; pass at least fc.Scenario('base')."),
        ([Scenario("a")], [], "no statistic was given; pass a goal, or fc.Mean('net_profit', at='2027Q4')."),
        (
            [Scenario("a")],
            [WON, WON],
            "two statistics say the same; give each once, or names of their own in a mapping.",
        ),
        ([Scenario("a"), Scenario("a")], WON, "two scenarios are called 'a'; give each a name of its own."),
        (
            Mixture("both", ((Scenario("a"), 1.0),)),
            WON,
            "what is scanned is an object of the type Mixture, not Iterable; "
            "a scan takes scenarios only, as in [Scenario('base')].",
        ),
        (
            [Mixture("both", ((Scenario("a"), 1.0),))],
            WON,
            "a scenario is an object of the type Mixture, not Scenario; "
            "a scan takes scenarios only, as in Scenario('base').",
        ),
    ],
    ids=["none", "no statistic", "twice", "same name", "mixture alone", "mixture"],
)
def test_a_scan_of_something_else_is_refused(linear, scenarios, statistics, text):
    with pytest.raises(GoalError) as caught:
        scan(linear(), scenarios, statistics, until="2026Q1", paths=10, seed=3)
    assert str(caught.value) == text


def test_a_scenario_that_does_not_fit_is_named_when_its_turn_comes(linear):
    taken = []

    def scenarios():
        for name in ("push.value", "push.valu", "push.value"):
            taken.append(name)
            yield Scenario(f"number {len(taken)}", Set(name, 1.0))

    with pytest.raises(ScenarioError) as caught:
        scan(linear(), scenarios(), WON, until="2026Q1", paths=10, seed=3)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        "  - scenario 'number 2' shocks 'push.valu', a parameter that the model does not have. "
        "Did you mean 'push.value'?"
    )
    assert taken == ["push.value", "push.valu"]
