"""What a user passes by mistake is answered by the library's own error, which says what to pass instead."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import CalibrationError, ForecastError, GoalError, ReconcileError, ScenarioError, SimulationError

MODEL = fc.Model(
    fc.drivers.Path("sales", value=fc.normal(100, 10)),
    fc.drivers.Ratio("cost", of="sales", target=0.5, start=0.5, volatility=0.0),
    fc.drivers.Path("other", value=fc.normal(0, 1)),
    fc.drivers.Formula("profit = sales - cost"),
)
COMPANY = fc.calibrate(MODEL, first="2026Q1")
BASE = fc.Scenario("base")
GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=0.8)
RUNS = fc.simulate(COMPANY, BASE, until="2026Q4", paths=10, seed=0)
SERIES = pd.Series(np.arange(100.0, 112.0), index=pd.period_range("2023Q1", periods=12, freq="Q"))
FACTS = fc.load_kunlun()

CALLS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "facts for a history": (
        lambda: fc.calibrate(MODEL, FACTS),
        CalibrationError,
        "the history is an object of the type Financials, not History; "
        "make one with facts.reconcile(model) or History.from_frame(frame).",
    ),
    "a path for a model": (
        lambda: fc.calibrate("model.yaml"),
        CalibrationError,
        "the model is an object of the type str, not Model; read it with read_model(path) or build it: Model(...).",
    ),
    "a path for the accounts": (
        lambda: FACTS.reconcile("model.yaml"),
        ReconcileError,
        "the model is an object of the type str, not Accounts; read it with read_model(path) or build it: Model(...).",
    ),
    "a model in thousands": (
        lambda: FACTS.reconcile(fc.Model(fc.drivers.Path("revenue"), unit="thousand")),
        ReconcileError,
        "the model counts in thousand, but facts are read in million. State unit='million' in the model.",
    ),
    "a model for a company": (
        lambda: fc.simulate(MODEL, BASE, until="2026Q4", seed=0),
        SimulationError,
        "the company is an object of the type Model, not CalibratedModel; "
        "calibrate the model first: calibrate(model, history).",
    ),
    "a name for a scenario": (
        lambda: fc.simulate(COMPANY, "base", until="2026Q4", seed=0),
        SimulationError,
        "the scenario is the text 'base'; pass Scenario('base').",
    ),
    "a text for a goal": (
        lambda: fc.breakeven(RUNS, "net_profit >= 0"),
        GoalError,
        "the goal is an object of the type str, not Goal; write Goal('net_profit', at_least=0).",
    ),
    "a list of levers": (
        lambda: fc.goal_seek(COMPANY, BASE, vary=["cost.target"], goal=GOAL, seed=0),
        GoalError,
        "the lever is an object of the type list, not str; name one, as in vary='selling.target'.",
    ),
    "several scenarios for one": (
        lambda: fc.goal_seek(COMPANY, {"base": BASE}, vary="cost.target", goal=GOAL, seed=0),
        GoalError,
        "the scenario is an object of the type dict, not Scenario; "
        "pass one, as in Scenario('base') or scenarios['base'].",
    ),
    "an uncertainty that does not matter": (
        lambda: fc.sensitivity(COMPANY, BASE, goal=GOAL, vary=["other.value"], seed=0),
        GoalError,
        "the sensitivity cannot be answered as asked\n  - 'other.value' does not reach 'profit' in this model.",
    ),
    "a text for a list of uncertainties": (
        lambda: fc.sensitivity(COMPANY, BASE, goal=GOAL, vary="sales.value", seed=0),
        GoalError,
        "the sensitivity cannot be answered as asked\n"
        "  - vary is 'sales.value'; give a list of names, ['sales.value'].",
    ),
    "a scenario for its name": (
        lambda: RUNS.values("profit", BASE),
        SimulationError,
        "the scenario is an object of the type Scenario, not str; give its name, as in 'base'.",
    ),
    "a list for a line": (
        lambda: RUNS.quantiles(["profit"]),
        SimulationError,
        "the line is an object of the type list, not str; give its name, as in 'net_profit'.",
    ),
    "a text for levels": (
        lambda: RUNS.quantiles("profit", levels="0.5"),
        SimulationError,
        "levels is '0.5'; give a list of numbers, as in [0.1, 0.5, 0.9].",
    ),
    "a text for a bound": (
        lambda: RUNS.probability("profit", at_least="0"),
        SimulationError,
        "at_least is '0'; give a number.",
    ),
    "no number for a bound": (
        lambda: RUNS.probability("profit", at_most=float("nan")),
        SimulationError,
        "at_most is nan; give a number.",
    ),
    "a shock stacked on a scenario": (
        lambda: BASE | fc.shocks.Hold("sales"),
        ScenarioError,
        "what is stacked on it is an object of the type Hold, not Scenario; "
        "pass a Scenario; to add shocks write scenario.but('name', shock).",
    ),
    "a name for a parent": (
        lambda: fc.Scenario("low", parent="base"),
        ScenarioError,
        "the scenario 'low' cannot be made\n"
        "  - its parent is 'base'; pass a Scenario, or write parent.but('name', ...).",
    ),
    "a list of weights": (
        lambda: fc.Scenarios(BASE, weights=[1.0]),
        ScenarioError,
        "weights is an object of the type list, not Mapping; write {'base': 0.6, 'rival': 0.4}.",
    ),
    "an unknown scenario": (
        lambda: fc.Scenarios(BASE)["bas"],
        ForecastError,
        "there is no scenario 'bas'. Did you mean 'base'?",
    ),
    "scenarios without weights in a mixture": (
        lambda: fc.Mixture("m", "ab"),
        ScenarioError,
        "the mixture 'm' cannot be made\n  - the weights add up to 0, not to 1: none.",
    ),
    "an object for a parameter": (
        lambda: fc.stress(COMPANY, BASE, goal=GOAL, vary=[3], seed=0),
        GoalError,
        "the stress test cannot be answered as asked\n  - there is no parameter '3'. Known: 'sales.value'.",
    ),
    "a number for a list of uncertainties": (
        lambda: fc.elasticities(COMPANY, BASE, goal=GOAL, vary=3, seed=0),
        GoalError,
        "the elasticities cannot be answered as asked\n  - vary is 3; give a list of names, or leave it out.",
    ),
    "an empty list of uncertainties": (
        lambda: fc.sensitivity(COMPANY, BASE, goal=GOAL, vary=[], seed=0),
        GoalError,
        "the sensitivity cannot be answered as asked\n  - vary is []; give a list of names, or leave it out.",
    ),
    "one range for several levers": (
        lambda: fc.least_change(COMPANY, BASE, vary=["cost.target"], goal=GOAL, between=(0.3, 0.5), seed=0),
        GoalError,
        "between is an object of the type tuple, not Mapping; "
        "give a range by lever, as in {'selling.target': (0.3, 0.5)}.",
    ),
    "one unit for several levers": (
        lambda: fc.least_change(COMPANY, BASE, vary=["cost.target"], goal=GOAL, scale=0.1, seed=0),
        GoalError,
        "scale is an object of the type float, not Mapping; "
        "give the unit of each lever, as in {'selling.target': 0.02}.",
    ),
    "a number for constraints": (
        lambda: fc.least_change(
            COMPANY, BASE, vary=["cost.target"], scale={"cost.target": 0.1}, goal=GOAL, constraints=3, seed=0
        ),
        GoalError,
        "the constraints cannot be read\n  - constraints is 3; give a list of texts, ['selling.target >= 0.3'].",
    ),
    "no level for a quantile": (
        lambda: fc.Quantile("profit", None, at="2026Q4"),
        GoalError,
        "level is None; it must lie in (0, 1), as in 0.5.",
    ),
    "a number for the lines of a summary": (
        lambda: fc.summarise(COMPANY, BASE, lines=3, until="2026Q4", paths=100, seed=0),
        GoalError,
        "lines is 3; name them, as in ['net_profit'], or with windows: {'net_profit': 'trailing_year'}.",
    ),
    "a number for the lines of a distance": (
        lambda: fc.plausibility(RUNS, lines=3),
        GoalError,
        "lines is 3; give a list of names, ['revenue'].",
    ),
    "a page on mixtures alone": (
        lambda: fc.honesty(
            fc.simulate(COMPANY, fc.Mixture("m", ((BASE, 1.0),)), until="2026Q4", paths=10, seed=0), GOAL
        ),
        GoalError,
        "all scenarios of the simulation are mixtures; simulate one that is not, too.",
    ),
    "nothing for a file": (
        lambda: fc.read_scenarios(None),
        ScenarioError,
        "a file is 'None'; give its path, a text of several lines, or a mapping.",
    ),
    "an object for the shocks of a file": (
        lambda: fc.read_checks("checks:\n", shocks=fc.shocks.Hold),
        ScenarioError,
        "shocks is <class 'forecast.shocks.hold.Hold'>; give a list of classes, as in shocks=[Damp].",
    ),
    "a mixture for a file": (
        lambda: fc.scenarios_to_yaml([fc.Mixture("m", ((BASE, 1.0),))]),
        ScenarioError,
        "a scenario is an object of the type Mixture, not Scenario; "
        "a file holds scenarios; a mixture is their weights.",
    ),
    "a text for a list of checks": (
        lambda: fc.checks_to_yaml("x"),
        ScenarioError,
        "the checks are 'x'; give a list of them, or what was read.",
    ),
    "a folder that is not there": (
        lambda: fc.scenarios_to_yaml([BASE], "/nowhere/x.yaml"),
        ForecastError,
        "'/nowhere/x.yaml' cannot be written: [Errno 2] No such file or directory: '/nowhere/x.yaml'.",
    ),
    "a simulation for a chart of dates": (
        lambda: fc.plot_breakeven(RUNS),
        ForecastError,
        "the result is an object of the type Simulation, not Breakeven; make one: breakeven(simulation, goal).",
    ),
    "a company for a fan": (
        lambda: fc.plot_fan(COMPANY, "profit"),
        SimulationError,
        "the simulation is an object of the type CalibratedModel, not Simulation; "
        "simulate first: simulate(company, scenarios, ...).",
    ),
    "a text for axes": (
        lambda: fc.plot_fan(RUNS, "profit", ax="x"),
        ForecastError,
        "ax is an object of the type str, not Axes; pass axes, as in figure.subplots(), or leave it out.",
    ),
    "a chart in no folder": (
        lambda: fc.plot_bridge(
            fc.bridge(COMPANY, BASE, BASE.but("low", fc.shocks.Scale("sales", 0.9)), GOAL, paths=20, seed=0),
            path="/nowhere/x.png",
        ),
        ForecastError,
        "'/nowhere/x.png' cannot be saved: [Errno 2] No such file or directory: '/nowhere/x.png'.",
    ),
    "one level for a range": (
        lambda: fc.fiscal_year_table(RUNS, "profit", range_of=(0.1,)),
        SimulationError,
        "the table cannot be made\n  - range_of is (0.1,); give two rising levels in (0, 1), as in (0.1, 0.9).",
    ),
    "a class for a forecaster": (
        lambda: fc.predict(SERIES, 4, forecaster=fc.forecasters.ETS),
        SimulationError,
        "the forecaster is <class 'forecast.forecasters.ets.ETS'>; pass an object, such as ETS().",
    ),
}


@pytest.mark.parametrize("mistake", CALLS)
def test_a_wrong_call_is_told_what_to_pass(mistake):
    call, error, text = CALLS[mistake]
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == text


def test_one_level_and_numpy_whole_numbers_are_taken():
    runs = fc.simulate(COMPANY, BASE, until="2026Q4", paths=np.int64(10), seed=np.int64(0))
    np.testing.assert_array_equal(runs.values("profit"), RUNS.values("profit"))
    assert runs.quantiles("profit", levels=0.5).columns.tolist() == [0.5]


def test_a_set_of_scenarios_is_still_a_mapping():
    assert fc.Scenarios(BASE).get("low") is None
    assert "low" not in fc.Scenarios(BASE)


def test_one_line_is_taken_for_a_list_of_one():
    assert set(RUNS.to_frame("profit")["line"]) == {"profit"}


def test_the_distance_of_scenarios_is_that_of_the_lines_that_were_kept():
    low = BASE.but("low", fc.shocks.Scale("sales", 0.9))
    runs = fc.simulate(COMPANY, [BASE, low], until="2026Q4", paths=200, seed=0, keep=["profit"])
    assert set(fc.plausibility(runs).to_frame()["line"]) == {"profit"}
