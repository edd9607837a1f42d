"""Scenarios share their draws, recompute only what they reach, and the same question gives the same bits."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal
from forecast.drivers import Formula, Growth, Path, Rate, Ratio
from forecast.errors import SimulationError
from forecast.financials import read_financials
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add, Scale, Set
from forecast.simulation import Run, horizon_of, simulate
from forecast.timeline import Quarter

BASE = Scenario("base")


def run(company, scenarios=BASE, *, until="2028Q4", paths=300, seed=7):
    return simulate(company, scenarios, until=until, paths=paths, seed=seed)


def test_identities_hold_on_every_path_and_quarter(company):
    shocked = Scenario("s", Scale("sales", 0.8, start="2026Q3", ramp=3, probability=0.5), Add("arr.rate", 0.1))
    runs = run(company, [BASE, shocked])
    for name in runs.names:
        line = {other: runs.values(other, name) for other in runs.lines}
        np.testing.assert_array_equal(line["revenue"], line["sales"] + line["product"])
        np.testing.assert_array_equal(line["profit"], line["revenue"] - line["cost"] - line["wages"] + line["luck"])
        before = np.vstack([np.full((1, 300), 500.0), line["cash"][:-1]])
        np.testing.assert_array_equal(line["cash"], before + line["profit"])


def test_lines_that_a_scenario_does_not_reach_are_the_very_arrays_of_the_base(company):
    runs = run(company, [BASE, Scenario("dear", Scale("wages.growth", 2.0))])
    same = {line for line in runs.lines if runs.values(line, "dear") is runs.values(line, "base")}
    assert set(runs.lines) - same == {"wages", "wages.rate", "profit", "cash"}


def test_only_lines_that_are_reached_are_computed_again(company, monkeypatch):
    steps = []
    original = Growth.step
    monkeypatch.setattr(Growth, "step", lambda self, now: steps.append(self.line) or original(self, now))
    run(company, [BASE, Scenario("dear", Scale("wages.growth", 2.0))])
    assert {line: steps.count(line) for line in ("sales", "wages")} == {"sales": 12, "wages": 24}


def test_a_scenario_without_shocks_is_the_base_itself(company):
    runs = run(company, [BASE, Scenario("other")])
    assert all(runs.values(line, "other") is runs.values(line, "base") for line in runs.lines)


def test_the_same_question_gives_the_same_bits(company):
    one, two = run(company), run(company)
    assert all(one.values(line).tobytes() == two.values(line).tobytes() for line in one.lines)
    assert one.fingerprint == two.fingerprint


def test_zero_is_a_seed_that_differs_from_one_and_from_none(company):
    zero, again, one = run(company, seed=0), run(company, seed=0), run(company, seed=1)
    assert zero.values("sales").tobytes() == again.values("sales").tobytes()
    assert not np.array_equal(zero.values("sales"), one.values("sales"))
    with pytest.raises(TypeError, match="seed"):
        simulate(company, BASE, until="2028Q4", paths=3)


def test_a_longer_horizon_begins_with_the_shorter_one(company):
    shocked = Scenario("s", Scale("sales", 0.8, start="2026Q2", ramp=3, probability=0.5))
    short, long = run(company, shocked, until="2026Q4"), run(company, shocked, until="2030Q1")
    for line in short.lines:
        assert long.values(line)[:4].tobytes() == short.values(line).tobytes(), line


def test_a_new_driver_moves_no_line_that_does_not_depend_on_it(company, drivers):
    more = Model(
        Growth("rent", growth=normal(0, 0.1), persistence=0.1, volatility=0.1, momentum=0.0, start=9.0),
        *drivers,
        Path("gift", value=lognormal(3, 1)),
        correlations={("rent.growth", "gift.value"): 0.5},
    )
    other = calibrate(more, opening={"cash": 500.0}, first="2026Q1")
    old, new = run(company), run(other)
    for line in old.lines:
        assert new.values(line).tobytes() == old.values(line).tobytes(), line


def test_another_driver_moves_only_its_own_line_and_what_depends_on_it(company, drivers):
    model = Model(*drivers).replacing(Path("wages", value=60.0))
    other = calibrate(model, opening={"cash": 500.0}, first="2026Q1")
    old, new = run(company), run(other)
    moved = {line for line in new.lines if new.values(line).tobytes() != old.values(line).tobytes()}
    assert moved == {"wages", "profit", "cash"}


def test_a_new_scenario_leaves_the_others_bit_identical(company):
    one = Scenario("one", Scale("sales", normal(0.9, 0.1), probability=0.5))
    two = Scenario("two", Scale("sales", normal(0.9, 0.1), probability=0.5), Add("wages", lognormal(5, 1)))
    alone, together = run(company, one), run(company, [two, BASE, one])
    for line in alone.lines:
        assert alone.values(line, "one").tobytes() == together.values(line, "one").tobytes()


def test_scenarios_come_alone_in_a_list_or_by_name(company):
    by_name = {"a": Scenario("a"), "b": Scenario("b")}
    assert run(company, BASE).names == ("base",)
    assert run(company, by_name).names == run(company, list(by_name.values())).names == ("a", "b")


def test_a_variant_with_another_size_of_a_shock_is_the_scenario_with_that_size(company):
    small, large = (Scenario("s", Add("arr.rate", 0.01), Scale("wages", size, ramp=4)) for size in (0.9, 0.8))
    machine = Run(company, horizon_of(company, "2027Q4", 50, 3), 50, 3)
    expected = {line: values.copy() for line, values in machine.scenario(large).items()}
    given = machine.scenario(small)
    variant = machine.variant(small, {}, given, ["profit", "cash"], {1: np.asarray(0.8)})
    assert set(variant) == {"wages", "wages.rate", "profit", "cash"}
    for line, values in variant.items():
        np.testing.assert_array_equal(values, expected[line])


def test_another_size_of_a_shock_may_leave_the_domain(company):
    scenario = Scenario("slow", Scale("product.half_life", 1.0))
    machine = Run(company, horizon_of(company, "2026Q4", 50, 3), 50, 3)
    most = float(np.max(machine.parameters["product.half_life"]))
    assert machine.allows(scenario, "product.half_life", sizes={0: np.asarray(79.9 / most)})
    assert not machine.allows(scenario, "product.half_life", sizes={0: np.asarray(80.1 / most)})


def test_a_variant_with_the_drawn_parameters_themselves_is_the_scenario(company):
    quarters = horizon_of(company, "2027Q4", 100, 3)
    machine = Run(company, quarters, 100, 3)
    scenario = Scenario("s", Scale("sales", 0.9, ramp=4))
    given = machine.scenario(scenario)
    name = "product.half_life"
    variant = machine.variant(scenario, {name: machine.parameters[name]}, given, "profit")
    assert set(variant) == {"product", "product.conversion", "revenue", "cost", "cost.share", "profit"}
    for line, values in variant.items():
        assert values.tobytes() == given[line].tobytes(), line


def test_a_value_is_allowed_while_the_shocks_keep_it_in_its_domain(company):
    machine = Run(company, horizon_of(company, "2027Q4", 10, 3), 10, 3)
    scenario = Scenario("s", Scale("product.half_life", 2.0, start="2026Q3", ramp=2))
    assert machine.allows(scenario, "product.half_life", 40.0)
    assert not machine.allows(scenario, "product.half_life", 40.1)
    assert machine.allows(Scenario("set", Set("product.half_life", 5.0)), "product.half_life", 80.0)


def test_a_bad_request_is_refused_with_everything_at_once(company):
    with pytest.raises(SimulationError) as caught:
        simulate(company, BASE, until="2028", paths=0, seed=-1)
    assert str(caught.value) == (
        "the simulation cannot run\n"
        "  - until: '2028' is not a quarter. Write the year, Q and the number, as in '2025Q2'.\n"
        "  - paths is 0; give a whole number from 1 to 10,000,000.\n"
        "  - seed is -1; give a whole number from 0 on."
    )


@pytest.mark.parametrize("paths", [True, 10.0, "100", None, 10_000_001])
def test_paths_must_be_a_whole_number(company, paths):
    with pytest.raises(SimulationError) as caught:
        simulate(company, BASE, until="2028Q4", paths=paths, seed=1)
    assert str(caught.value) == (
        f"the simulation cannot run\n  - paths is {paths!r}; give a whole number from 1 to 10,000,000."
    )


@pytest.mark.parametrize("seed", [True, 1.0, "1", None])
def test_the_seed_must_be_a_whole_number(company, seed):
    with pytest.raises(SimulationError) as caught:
        simulate(company, BASE, until="2028Q4", seed=seed)
    assert str(caught.value) == (f"the simulation cannot run\n  - seed is {seed!r}; give a whole number from 0 on.")


@pytest.mark.parametrize(
    ("until", "problem"),
    [
        ("2025Q4", "until is 2025Q4, before the first quarter to simulate, 2026Q1."),
        (
            "2036Q1",
            "until is 2036Q1, 41 quarters ahead; the company is calibrated for 40. Calibrate it with horizon=41.",
        ),
    ],
)
def test_until_must_lie_within_the_calibrated_horizon(company, until, problem):
    with pytest.raises(SimulationError) as caught:
        simulate(company, BASE, until=until, seed=1)
    assert str(caught.value) == f"the simulation cannot run\n  - {problem}"


def test_the_first_and_the_last_possible_quarter_can_be_simulated(company):
    assert run(company, until="2026Q1", paths=2).quarters == (Quarter.parse("2026Q1"),)
    assert len(run(company, until="2035Q4", paths=2).quarters) == 40


def binomial_range(n, p):
    """The count of successes lies in it except with probability 1e-6."""
    return stats.binom.ppf([5e-7, 1 - 5e-7], n, p)


@pytest.mark.parametrize(("quarters", "level"), [(1, 7.2), (4, 6.5), (8, 7.5), (20, 9.0)])
def test_a_random_walk_is_above_a_level_with_the_probability_of_the_normal_law(quarters, level):
    # log r[t] is normal(log 7, 0.05 sqrt(t)); false-alarm rate 1e-6 each
    n = 40_000
    company = calibrate(Model(Rate("usd_cny", start=7.0, volatility=0.05)), first="2026Q1")
    rates = run(company, until="2030Q4", paths=n).values("usd_cny")[quarters - 1]
    chance = stats.norm.sf(np.log(level / 7.0) / (0.05 * np.sqrt(quarters)))
    low, high = binomial_range(n, chance)
    assert low <= np.sum(rates >= level) <= high


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_quantile_of_a_random_walk_is_that_of_the_lognormal_law(p):
    # the number of paths below the true quantile is binomial(n, p); false-alarm rate 1e-6 each
    n = 40_000
    company = calibrate(Model(Rate("usd_cny", start=7.0, volatility=0.05)), first="2026Q1")
    rates = run(company, until="2029Q4", paths=n).values("usd_cny")[15]
    truth = stats.lognorm(0.05 * 4, scale=7.0).ppf(p)
    low, high = binomial_range(n, p)
    assert low <= np.sum(rates <= truth) <= high


def test_first_differences_of_a_walk_are_independent_between_quarters():
    # Fisher's z of the correlation of two quarters' steps; false-alarm rate 1e-6
    company = calibrate(Model(Rate("usd_cny", start=7.0, volatility=0.05)), first="2026Q1")
    steps = np.diff(np.log(run(company, until="2026Q3", paths=40_000).values("usd_cny")), axis=0)
    found = np.arctanh(np.corrcoef(steps)[0, 1])
    assert abs(found) < stats.norm.isf(5e-7) / np.sqrt(40_000 - 3)


def firm(money):
    """A firm whose amounts of money are all multiplied."""
    model = Model(
        Growth("sales", growth=normal(0.02, 0.02), persistence=0.3, volatility=0.05, momentum=0.0, start=100.0 * money),
        Ratio("cost", of="sales", target=0.6, half_life=4.0, volatility=0.02, start=0.7),
        Path("rent", value=normal(30.0 * money, 5.0 * money), noise=normal(0.0, 4.0 * money)),
        Formula("profit = sales - cost - rent"),
        Formula("margin = profit / sales", kind="rate"),
    )
    return calibrate(model, first="2026Q1")


@pytest.mark.parametrize("money", [1000.0, 0.14])
def test_another_unit_of_money_scales_amounts_and_leaves_ratios_alone(money):
    shocked = Scenario("s", Scale("sales", 0.9, ramp=3), Add("cost.target", 0.02))
    small, large = run(firm(1.0), [BASE, shocked]), run(firm(money), [BASE, shocked])
    for name in ("base", "s"):
        np.testing.assert_allclose(large.values("margin", name), small.values("margin", name), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            large.values("profit", name), small.values("profit", name) * money, rtol=1e-9, atol=1e-9 * money
        )


QUARTERLY = {
    "2024Q1": (100.0, 62.0),
    "2024Q2": (104.0, 63.0),
    "2024Q3": (103.0, 64.0),
    "2024Q4": (110.0, 66.0),
    "2025Q1": (112.0, 69.0),
    "2025Q2": (118.0, 70.0),
    "2025Q3": (121.0, 73.0),
    "2025Q4": (127.0, 77.0),
}


def facts(*more):
    rows = []
    for quarter, (revenue, cost) in QUARTERLY.items():
        published = str(Quarter.parse(quarter).last_day().replace(day=28) + pd.Timedelta(days=40))[:10]
        rows += [(quarter, "revenue", revenue, published, "filing"), (quarter, "cost", cost, published, "filing")]
    table = pd.DataFrame([*rows, *more], columns=["period", "item", "value", "published", "source"])
    return read_financials(
        table.assign(basis="quarter", segment="", unit="million", currency="CNY", confidence="high", rounding=0.5)
    )


WILD = (
    ("2025Q4", "revenue", 1e6, "2026-03-02", "restatement"),
    ("2026Q1", "revenue", 1e6, "2026-04-28", "filing"),
    ("2026Q1", "cost", -1e6, "2026-04-28", "filing"),
    ("2023Q4", "revenue", -1e6, "2026-03-02", "restatement"),
)


def test_a_wild_value_published_later_changes_nothing_from_facts_to_paths():
    model = Model(Growth("revenue"), Ratio("cost", of="revenue"), Formula("gross_profit = revenue - cost"))

    def answer(financials):
        history = financials.as_of("2026-03-01").reconcile(model)
        fitted = calibrate(model, history)
        return fitted, run(fitted, [BASE, Scenario("s", Scale("revenue", 0.9))], paths=100)

    (clean, runs), (dirty, same) = answer(facts()), answer(facts(*WILD))
    assert clean.first == dirty.first == Quarter.parse("2026Q1")
    assert dict(clean.parameters) == dict(dirty.parameters)
    assert clean.fingerprint == dirty.fingerprint
    assert runs.fingerprint == same.fingerprint
    for name in runs.names:
        for line in runs.lines:
            assert runs.values(line, name).tobytes() == same.values(line, name).tobytes()
        for over in ("trailing_year", "fiscal_year"):
            one, two = (r.values("revenue", name, over=over) for r in (runs, same))
            assert one.tobytes() == two.tobytes()


def test_the_wild_value_would_have_changed_the_answer():
    model = Model(Growth("revenue"))
    late = calibrate(model, facts(*WILD).as_of("2026-03-02").reconcile(model))
    early = calibrate(model, facts().as_of("2026-03-01").reconcile(model))
    assert late.parameters["revenue.growth"] != early.parameters["revenue.growth"]
