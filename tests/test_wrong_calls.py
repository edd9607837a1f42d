"""What a user passes by mistake is answered by the library's own error, which says what to pass instead."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import CalibrationError, GoalError, ReconcileError, SimulationError

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
