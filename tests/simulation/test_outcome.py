"""Outcomes: what a run computes for a few lines is what a whole simulation holds, to the bit."""

import numpy as np
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.drivers import Formula, Path
from forecast.errors import SimulationError
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Delay, Grow, Hold, Scale, Set
from forecast.simulation import Run, quantiles_over_paths, simulate
from forecast.timeline import Quarter, quarters_between

SCENARIOS = (
    Scenario("base"),
    Scenario("parameter", Scale("product.half_life", 2.0, start="2026Q3")),
    Scenario("line", Add("sales", 5.0, start="2026Q2", probability=0.4), Grow("sales", 0.1, start="2027Q1")),
    Scenario("rule", When("cash < 520", Hold("wages"))),
    Scenario("late", Delay("arr", 2.0, start="2026Q2"), Set("cost.target", 0.5)),
)
QUARTERS = quarters_between(Quarter.parse("2026Q1"), Quarter.parse("2027Q4"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_few_lines_are_those_of_the_whole_simulation(company, scenario):
    whole = simulate(company, scenario, until="2027Q4", paths=300, seed=4)
    run = Run(company, QUARTERS, 300, 4)
    for lines in (["cash"], ["product"], ["product.conversion", "wages"], ["luck"]):
        outcome = run.outcome(scenario, lines)
        for line in lines:
            np.testing.assert_array_equal(outcome.values(line), whole.values(line))


def test_a_replaced_parameter_reaches_what_depends_on_it_and_nothing_else(company):
    run = Run(company, QUARTERS, 50, 4)
    base = {line: run.outcome(SCENARIOS[0], [line]).values(line).copy() for line in ("product", "sales", "profit")}
    quick = {"product.half_life": np.full(50, 0.5)}
    for line, moved in (("product", True), ("sales", False), ("profit", True)):
        values = run.outcome(SCENARIOS[0], [line], quick).values(line)
        assert np.array_equal(values, base[line]) is not moved


def test_windows_end_with_the_quarter_asked_for(paths_by_hand):
    outcome = paths_by_hand.outcome("a")
    assert outcome.values("profit", over="cumulative", until="2026Q2").tolist() == [[1.0, 10.0], [3.0, 30.0]]
    assert outcome.values("profit", until="2026Q4")[-1].tolist() == [4.0, 40.0]
    with pytest.raises(SimulationError) as caught:
        outcome.values("profit", until="2027Q1")
    assert str(caught.value) == "2027Q1 lies outside the simulated quarters 2026Q1 to 2026Q4."
    with pytest.raises(SimulationError, match=r"there is no line 'proft'. Did you mean 'profit'\?"):
        outcome.values("proft")


def test_a_part_keeps_its_paths_and_its_weights_add_up(paths_by_hand):
    from dataclasses import replace

    outcome = replace(paths_by_hand.outcome("a"), weights=np.array([0.25, 0.75]))
    part = outcome.part(slice(1, 2))
    assert part.values("profit").tolist() == [[10.0], [20.0], [30.0], [40.0]]
    assert part.weights.tolist() == [1.0]


@pytest.fixture
def paths_by_hand():
    from forecast.calibration import calibrate
    from forecast.drivers import Path
    from forecast.model import Model
    from forecast.simulation import Simulation

    company = calibrate(Model(Path("profit", value=0.0)), first="2026Q1")
    series = {"a": {"profit": np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])}}
    return Simulation(company, (Scenario("a"),), QUARTERS[:4], 2, 1, "0", series)


def test_quantiles_without_weights_are_those_of_numpy():
    rows = np.random.default_rng(1).normal(size=(3, 101))
    expected = [[np.percentile(row, 10), np.percentile(row, 50)] for row in rows]
    np.testing.assert_allclose(quantiles_over_paths(rows, (0.1, 0.5)), expected, rtol=1e-15)


def test_weighted_quantiles_by_hand():
    rows = np.array([[3.0, 1.0, 2.0, 4.0]])
    weights = np.array([0.4, 0.1, 0.2, 0.3])  # in order: 1 (0.1), 2 (0.3), 3 (0.7), 4 (1.0)
    found = quantiles_over_paths(rows, (0.05, 0.1, 0.11, 0.3, 0.5, 0.7, 0.71, 1.0), weights)
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, 4, 4]]


def test_equal_weights_are_the_inverse_of_the_distribution_function():
    row = np.random.default_rng(2).normal(size=(1, 57))
    levels = (0.01, 0.1, 0.25, 0.5, 0.9, 0.99)
    expected = np.quantile(row[0], levels, method="inverted_cdf")
    np.testing.assert_array_equal(quantiles_over_paths(row, levels, np.full(57, 1 / 57))[0], expected)


def test_a_fiscal_year_is_a_sum_of_a_flow_and_the_end_of_a_stock(paths_by_hand):
    outcome = paths_by_hand.outcome("a")
    assert outcome.fiscal_year("profit", 3).tolist() == outcome.values("profit").sum(axis=0).tolist()
    # a year of which the history lacks a part is not known
    assert np.isnan(outcome.fiscal_year("profit", 2)).all()


def test_the_year_of_a_ratio_is_the_ratio_of_the_years():
    history = History.from_frame(pd.DataFrame({"sales": [90.0], "cost": [10.0]}, index=["2026Q1"]))
    model = Model(
        Path("sales", 100, planned={"2026Q3": 100}),
        Path("cost", 60, planned={"2026Q4": 30}),
        Formula("margin = (sales - cost) / sales"),
        Formula("lagged = cost / sales[-1]"),
        Formula("above = (cost + 1) / sales"),
        Formula("debt = debt[-1] + cost"),
        Formula("burden = debt / sales"),
        Formula("rest = 1 - cost / sales"),
    )
    company = calibrate(model, history, opening={"debt": 7})
    asked = {"until": "2027Q3", "paths": 2, "seed": 1}
    outcome = simulate(company, Scenario("base"), **asked).outcome()
    # sales 90, 100, 200, 100 and cost 10, 60, 60, 90: the first quarter is reported
    assert outcome.fiscal_year("margin", 2).tolist() == pytest.approx([1 - 220 / 490] * 2)
    for line in ("lagged", "above", "burden", "rest"):
        assert np.isnan(outcome.fiscal_year(line, 2)).all(), line
    kept = simulate(company, Scenario("base"), keep=["margin"], **asked).outcome()
    assert np.isnan(kept.fiscal_year("margin", 2)).all()
    short = simulate(calibrate(model, opening={"debt": 7, "sales": 9}, first="2026Q3"), Scenario("base"), **asked)
    assert np.isnan(short.outcome().fiscal_year("margin", 1)).all()


def test_a_ratio_that_calls_itself_a_flow_has_no_sum():
    model = Model(
        Path("sales", 100),
        Path("cost", 60),
        Formula("margin = (sales - cost) / sales"),
        Formula("stated = (sales - cost) / sales", kind="rate"),
        Formula("customers = cost / sales", unit="customers"),
    )
    outcome = simulate(calibrate(model, first="2026Q1"), Scenario("base"), until="2026Q4", paths=2, seed=1).outcome()
    assert outcome.values("margin")[3].tolist() == pytest.approx([0.4, 0.4])
    assert outcome.fiscal_year("margin", 3).tolist() == pytest.approx([0.4, 0.4])  # not 1.6
    assert outcome.fiscal_year("stated", 3).tolist() == pytest.approx([0.4, 0.4])
    assert outcome.fiscal_year("customers", 3).tolist() == pytest.approx([2.4, 2.4])
    for over in ("fiscal_year", "cumulative"):
        with pytest.raises(SimulationError, match="'margin' is a ratio by its formula, and those of several quarters"):
            outcome.values("margin", over=over)
        assert outcome.values("customers", over=over)[3].tolist() == pytest.approx([2.4, 2.4])


def test_a_stock_over_a_stock_has_no_sum_either():
    drivers = (
        Path("granted", 40.0),
        Formula("loans = loans[-1] + granted"),
        Formula("deposits = 0.8 * loans", kind="stock"),
        Formula("coverage = deposits / loans"),
        Formula("growth = loans / loans[-1] - 1"),
        Formula("life = 20 + 0 * granted"),
        Formula("written_off = loans[-1] / life"),
    )
    company = calibrate(Model(*drivers), first="2026Q1", opening={"loans": 100.0})
    outcome = simulate(company, SCENARIOS[0], until="2026Q4", paths=2, seed=1).outcome()
    for line in ("coverage", "growth"):
        assert np.isnan(outcome.fiscal_year(line, 3)).all()
        with pytest.raises(SimulationError, match="those of several quarters do not add up"):
            outcome.values(line, over="fiscal_year")
    # a stock over a number of quarters is a flow: (100 + 140 + 180 + 220) / 20
    np.testing.assert_allclose(outcome.fiscal_year("written_off", 3), 32.0)
