"""Bridges whose parts are known by algebra, their errors, and what coalitions draw."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.analysis.bridge import Coalitions, bridge
from forecast.analysis.goal import Goal
from forecast.analysis.players import players
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Formula, Path, Ratio
from forecast.errors import GoalError
from forecast.model import Model, assume
from forecast.scenario import Dates, Scenario, When
from forecast.shocks import Add, Delay, Floor, Hold, Replace, Scale, Set
from forecast.simulation import Run, horizon_of, simulate

BASE = Scenario("base")
PROFIT = Mean("profit", "2026Q1")
MET = Goal("profit", at_least=0, over="quarter", by="2026Q1")


@pytest.fixture(scope="module")
def company():
    """profit = luck + one + two - three, with luck of mean -1 and a standard deviation of 1."""
    model = Model(
        Path("luck", value=normal(-1, 1)),
        Path("one", value=0.0),
        Path("two", value=0.0),
        Path("three", value=0.0),
        Path("aside", value=assume(1.0, role="lever", low=0, high=2)),
        Formula("profit = luck + one + two - three"),
    )
    return calibrate(model, first="2026Q1")


@pytest.fixture(scope="module")
def product():
    model = Model(Path("users", value=200.0), Path("price", value=3.0), Formula("sales = users * price"))
    return calibrate(model, first="2026Q1")


def parts(found):
    return {step.name: step.value for step in found.steps}


class TestValues:
    def test_effects_that_only_add_up_are_their_own_parts(self, company):
        end = Scenario("end", Add("one", 3.0), Add("two", 1.0), Add("three", 0.5), Set("aside", 2.0))
        found = bridge(company, BASE, end, PROFIT, paths=500, seed=1)
        assert parts(found) == pytest.approx({"Add one": 3.0, "Add two": 1.0, "Add three": -0.5, "Set aside": 0.0})
        assert [step.name for step in found.steps] == ["Add one", "Add two", "Add three", "Set aside"]
        for step in found.steps:
            assert (step.alone, step.last) == pytest.approx((step.value, step.value))
            assert step.error == pytest.approx(0.0, abs=1e-12)
        assert found.change == pytest.approx(3.5, rel=1e-12)
        assert found.change_error < 1e-12 < found.start_error

    def test_two_factors_of_a_product_share_their_interaction(self, product):
        end = Scenario("end", Scale("users", 1.5), Scale("price", 2.0))
        found = bridge(product, BASE, end, Mean("sales", "2026Q1"), paths=100, seed=1)
        # 200 * 3 to 300 * 6: 100 more users at the mean of both prices, 3 more a user at the mean of both numbers
        assert parts(found) == pytest.approx({"Scale users": 100 * 4.5, "Scale price": 3 * 250}, rel=1e-12)
        assert found.step("Scale users").alone == pytest.approx(100 * 3)
        assert found.step("Scale users").last == pytest.approx(100 * 6)

    def test_shocks_taken_out_and_changed(self, company):
        start = Scenario("start", Add("one", 2.0), Add("two", 1.0), Add("three", 4.0))
        end = Scenario("end", Add("three", 4.0), Add("two", 5.0))
        found = bridge(company, start, end, PROFIT, paths=100, seed=1)
        assert parts(found) == pytest.approx({"Add two changed": 4.0, "without Add one": -2.0})
        back = bridge(company, end, start, PROFIT, paths=100, seed=1)
        assert parts(back) == pytest.approx({"Add two changed": -4.0, "Add one": 2.0})

    def test_a_probability(self, company):
        end = Scenario("end", Add("one", 0.5), Add("two", 0.8))
        found = bridge(company, BASE, end, MET, paths=100_000, seed=3)
        chance = [stats.norm.cdf(-1 + more) for more in (0.0, 0.5, 0.8, 1.3)]
        one = (chance[1] - chance[0] + chance[3] - chance[2]) / 2
        two = (chance[2] - chance[0] + chance[3] - chance[1]) / 2
        # 5 standard errors of a difference of shares of 100,000 paths are at most 0.008
        assert parts(found) == pytest.approx({"Add one": one, "Add two": two}, abs=0.008)
        assert (found.start_value, found.end_value) == pytest.approx((chance[0], chance[3]), abs=0.008)

    def test_the_ends_are_the_scenarios_as_simulated(self, company):
        end = Scenario("end", Add("one", normal(0, 1)), Add("two", 0.8, probability=0.4))
        runs = simulate(company, [BASE, end], until="2026Q1", paths=300, seed=5)
        for statistic in (PROFIT, Probability(MET), Quantile("profit", 0.9, "2026Q1")):
            found = bridge(company, BASE, end, statistic, paths=300, seed=5)
            for name, value in (("base", found.start_value), ("end", found.end_value)):
                assert value == statistic.value(statistic.numbers(runs.outcome(name)))

    def test_a_date_counts_later_as_the_quarter_after_the_last(self):
        model = Model(Path("sales", value=0.0), Path("rent", value=2.5), Formula("profit = sales - rent"))
        company = calibrate(model, first="2026Q1")
        rising = Set("sales", 4.0, start="2026Q1", ramp=4)  # 1, 2, 3, 4: reached in the third quarter
        end = Scenario("end", rising, Add("rent", -1.0))  # rent 1.5: in the second
        date = BreakevenDate(Goal("profit", at_least=0, over="quarter"))
        found = bridge(company, BASE, end, date, until="2026Q4", paths=60, seed=1)
        assert (found.start_value, found.end_value) == (5.0, 2.0)
        assert parts(found) == pytest.approx({"Set sales": (-2.0 - 3.0) / 2, "Add rent": (0.0 - 1.0) / 2})
        assert (found.level(found.start_value), found.level(found.end_value)) == ("after 2026Q4", "2026Q2")

    def test_steps_add_up(self, company):
        shocks = [Add(line, normal(size, 1)) for line, size in (("one", 0.3), ("two", 0.1), ("three", 0.2))]
        end = Scenario("end", *shocks, Scale("luck", 0.7), Floor("luck", -0.5))
        for statistic in (PROFIT, MET, Quantile("profit", 0.1, "2026Q1")):
            found = bridge(company, BASE, end, statistic, paths=200, seed=1)
            size = max(abs(found.start_value), abs(found.end_value))
            assert sum(step.value for step in found.steps) == pytest.approx(found.change, rel=1e-12, abs=1e-12 * size)

    def test_more_than_ten_groups_are_sampled(self, company):
        end = Scenario("end", *(Add("one", size / 10, start="2026Q1", ramp=size) for size in range(1, 12)))
        found = bridge(company, BASE, end, MET, paths=100, seed=1)
        assert found.orders == 100
        assert len(found.steps) == 11
        assert sum(step.value for step in found.steps) == pytest.approx(found.change, rel=1e-12)
        assert "over 100 orders drawn at random in which" in str(found)


class TestErrors:
    """Over seeds, (estimate - truth) / stated error is about a t of 49 degrees: a mean square of 49 / 47."""

    SEEDS = range(60)

    def check(self, company, end, statistic, truth, paths=1000):
        found = [bridge(company, BASE, end, statistic, paths=paths, seed=seed) for seed in self.SEEDS]
        for name, value in truth.items():
            scores = [(one.step(name).value - value) / one.step(name).error for one in found]
            # 5 sigma: of the mean square of 60 such scores 0.99, of their mean 0.66
            assert np.mean(np.square(scores)) == pytest.approx(49 / 47, abs=0.99), name
            assert np.mean(scores) == pytest.approx(0.0, abs=0.66), name
        return found

    def test_of_means_with_independent_noise_of_known_size(self, company):
        end = Scenario("end", Add("one", normal(3, 2.0)), Add("two", normal(1, 0.5)))
        found = self.check(company, end, PROFIT, {"Add one": 3.0, "Add two": 1.0})
        for name, sd in (("Add one", 2.0), ("Add two", 0.5)):
            variance = np.mean([one.step(name).error ** 2 for one in found])
            # closed form sd**2 / paths; 5 sigma of the mean of 60 variances with 49 degrees are 13 %
            assert variance == pytest.approx(sd**2 / 1000, rel=0.13)

    def test_of_probabilities(self, company):
        end = Scenario("end", Add("one", 0.5), Add("two", 0.8))
        chance = [stats.norm.cdf(-1 + more) for more in (0.0, 0.5, 0.8, 1.3)]
        truth = {
            "Add one": (chance[1] - chance[0] + chance[3] - chance[2]) / 2,
            "Add two": (chance[2] - chance[0] + chance[3] - chance[1]) / 2,
        }
        self.check(company, end, MET, truth)

    def test_of_quantiles(self, company):
        end = Scenario("end", Add("one", normal(1, 2.0)), Scale("luck", 2.0))
        z = stats.norm.ppf(0.8)
        # luck N(-1, 1), doubled N(-2, 2); with the addition the variances add up
        quantile = {
            (False, False): -1 + z,
            (True, False): 0 + z * np.sqrt(5),
            (False, True): -2 + 2 * z,
            (True, True): -1 + z * np.sqrt(8),
        }
        both = quantile[True, True]
        truth = {
            "Add one": (quantile[True, False] - quantile[False, False] + both - quantile[False, True]) / 2,
            "Scale luck": (quantile[False, True] - quantile[False, False] + both - quantile[True, False]) / 2,
        }
        self.check(company, end, Quantile("profit", 0.8, "2026Q1"), truth, paths=20_000)

    def test_of_dates_near_the_edge_of_a_quarter(self):
        model = Model(Path("luck", value=normal(-1.97, 1)), Path("more", value=0.0), Formula("profit = luck + more"))
        company = calibrate(model, first="2026Q1")
        # profit of quarter t is luck + t / 2: half of the paths have reached zero in the fourth quarter, by a hair
        start = Scenario("start", Add("more", 4.0, start="2026Q1", ramp=8))
        date = BreakevenDate(Goal("profit", at_least=0, over="quarter"))
        end = start.but("end", Add("luck", 2.0))
        found = [bridge(company, start, end, date, until="2027Q4", paths=1000, seed=seed) for seed in range(50)]
        late = stats.binom.cdf(499, 1000, stats.norm.cdf(2 - 1.97))
        truth = np.sqrt(late * (1 - late))
        assert {one.start_value for one in found} == {4.0, 5.0}
        assert {one.end_value for one in found} == {1.0}
        # a bootstrap knows the distance to the edge only from its own sample, hence right in size, not in detail
        assert np.sqrt(np.mean([one.start_error**2 for one in found])) == pytest.approx(truth, rel=0.35)
        assert np.sqrt(np.mean([one.steps[0].error ** 2 for one in found])) == pytest.approx(truth, rel=0.35)


class TestCoalitions:
    def coalitions(self, company, end, until="2026Q1", start=BASE, paths=400):
        run = Run(company, horizon_of(company, until, paths, 7), paths, 7)
        return Coalitions(run, players(start, end)), run

    def profits(self, coalitions, mask, statistic=PROFIT):
        return coalitions.outcome(mask, statistic).values("profit").copy()

    def test_a_shock_draws_the_same_without_another_of_its_name(self, company):
        # the second draw of one label; bound alone it would be the first
        end = Scenario("end", Add("one", normal(0, 1)), Add("one", normal(5, 2)))
        coalitions, _ = self.coalitions(company, end)
        none, first, second, both = (self.profits(coalitions, mask) for mask in range(4))
        assert first + second - none == pytest.approx(both, abs=1e-12)
        assert np.corrcoef(first - none, second - none)[0, 1] == pytest.approx(0.0, abs=0.25)  # 5 sigma

    def test_nor_does_one_that_stays_when_its_namesake_is_taken_out(self, company):
        start = Scenario("start", Add("one", normal(0, 1)), Add("one", normal(5, 2)))
        coalitions, _ = self.coalitions(company, BASE, start=start)
        both, second, first, none = (self.profits(coalitions, mask) for mask in range(4))
        assert first + second - none == pytest.approx(both, abs=1e-12)

    def test_whether_and_when_a_shock_happens_stays_too(self, company):
        dates = Dates(("2026Q1", "2026Q2", "2026Q3"), (0.2, 0.3, 0.5))
        end = Scenario("end", *(Add("one", size, start=dates, probability=0.5) for size in (1.0, 10.0)))
        coalitions, _ = self.coalitions(company, end, until="2026Q4")
        none, first, second, both = (self.profits(coalitions, mask) for mask in range(4))
        assert first + second - none == pytest.approx(both, abs=1e-12)
        assert set(np.unique((first - none).round(9))) == {0.0, 1.0}

    def test_every_coalition_is_the_scenario_of_its_shocks(self, company):
        """With every kind of shock: rules, uncertain dates, other drivers, shocks that remember."""
        end = Scenario(
            "end",
            When("profit < -1", Add("one", normal(1, 1)), Hold("two"), until="profit > 2"),
            Replace("two", Path("two", value=normal(0, 1)), start="2026Q2"),
            Delay("luck", uniform(0, 2), start="2026Q2"),
            Add("three", 0.3, start=Dates(("2026Q1", "2026Q3"), (0.5, 0.5)), probability=0.6),
            When("profit < -2", Add("one", 0.5)),
        )
        coalitions, run = self.coalitions(company, end, until="2026Q4", paths=200)
        for mask in range(32):
            shocks = [shock for place, shock in enumerate(end.shocks) if mask >> place & 1]
            expected = run.scenario(Scenario("expected", *shocks))["profit"].copy()
            assert np.array_equal(self.profits(coalitions, mask), expected), mask


class TestTold:
    def test_the_printed_answer(self, company):
        end = Scenario("end", Add("one", 30.0), Add("two", 10.0))
        found = bridge(
            company, BASE, end, Quantile("profit", 0.5, "2026Q1"), groups={"both": ["one", "two"]}, paths=400, seed=1
        )
        assert str(found) == (
            "50% quantile of profit in 2026Q1\n"
            f"base: {found.start_value:.1f} million CNY (+- {found.start_error:.1f}); "
            f"end: {found.end_value:.1f} million CNY (+- {found.end_error:.1f}); "
            "difference: +40.0 million CNY (+- 0.0)\n"
            "  both  +40.0 +- 0.0  (alone +40.0, last +40.0)\n"
            "A step is its effect averaged over every order in which the steps can be taken (Shapley), so that what "
            "they do\n"
            "only together is shared out and they add up; alone: with nothing else changed, last: with all else "
            "changed.\n"
            "400 paths; +- is one standard error of the simulation."
        )

    def test_shares_are_points(self, company):
        found = bridge(company, BASE, Scenario("end", Add("one", 1.0)), MET, paths=10_000, seed=1)
        second, third = str(found).splitlines()[1:3]
        # 15.9 % to 50 %; errors sqrt(p (1 - p) / 10,000), and of the paths between, 0.5
        assert "% (+- 0.4); end: " in second
        assert " points (+- 0.5)" in second
        assert third.startswith("  Add one  +3")

    def test_the_frame_has_a_row_a_step(self, product):
        end = Scenario("end", Scale("users", 1.5), Scale("price", 2.0))
        frame = bridge(product, BASE, end, Mean("sales", "2026Q1"), paths=100, seed=1).to_frame()
        assert list(frame.index) == ["Scale price", "Scale users"]
        assert frame.loc["Scale price", ["value", "alone", "last"]].to_list() == pytest.approx([750.0, 600.0, 900.0])

    def test_no_such_step(self, product):
        end = Scenario("end", Scale("users", 1.5))
        found = bridge(product, BASE, end, Mean("sales", "2026Q1"), paths=100, seed=1)
        with pytest.raises(GoalError) as caught:
            found.step("Scale user")
        assert str(caught.value) == "the bridge has no step 'Scale user'. Did you mean 'Scale users'?"


class TestRefused:
    def test_what_is_no_question(self, company):
        end = Scenario("end", Add("one", 1.0))
        with pytest.raises(GoalError) as caught:
            bridge(company, BASE, end, Goal("proft", at_least=0), paths=100, seed=1)
        assert str(caught.value) == (
            "the statistic cannot be computed\n"
            "  - there is no line 'proft' in the model. Did you mean 'profit'?\n"
            "  - until when is the Probability asked for? Give until='2029Q4'."
        )

    def test_a_coalition_that_leaves_a_domain_is_named_with_the_cure(self):
        model = Model(
            Path("sales", value=100.0), Ratio("cost", of="sales", target=0.5, half_life=2.0, start=0.9, volatility=0.0)
        )
        company = calibrate(model, first="2026Q1")
        end = Scenario("end", Add("cost.half_life", -3.0), Set("cost.half_life", 1.0), Scale("sales", 2.0))
        cost = Mean("cost", "2026Q1")
        with pytest.raises(GoalError) as caught:
            bridge(company, BASE, end, cost, paths=100, seed=1)
        assert str(caught.value) == (
            "a bridge needs every coalition of its groups: scenario 'base; Add cost.half_life' cannot be simulated: "
            "'cost.half_life' is moved to -1 in 2026Q1, outside its domain [0.01, 400]. Shock it less, or bound it: "
            "Floor('cost.half_life', 0.01). Put shocks that only work together into one group: groups={'both': [...]}."
        )
        together = bridge(company, BASE, end, cost, groups={"speed": ["cost"]}, paths=100, seed=1)
        assert {step.name for step in together.steps} == {"speed", "Scale sales"}
