"""Payback counted from a quarter of the history."""

import numpy as np
import pandas as pd
import pytest

from forecast.analysis import Goal, breakeven
from forecast.analysis.payback import payback
from forecast.calibration import calibrate
from forecast.drivers import Path
from forecast.errors import GoalError
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.simulation import simulate

QUARTERS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]


@pytest.fixture(scope="module")
def company():
    frame = pd.DataFrame({"profit": [5.0, -30.0, -20.0, -10.0], "tax": [np.nan, np.nan, 1.0, 1.0]}, index=QUARTERS)
    history = History.from_frame(frame)
    model = Model(Path("profit", value=15.0), Path("tax", value=1.0), Path("cash", value=1.0, kind="stock"))
    return calibrate(model, history)


def test_it_asks_for_what_was_lost(company):
    assert payback(company, "profit", since="2025Q2") == Goal("profit", at_least=60.0, over="cumulative")
    goal = payback(company, "profit", since="2025Q3", by="2026Q2", probability=0.8)
    assert goal == Goal("profit", at_least=30.0, over="cumulative", by="2026Q2", probability=0.8)


def test_profits_of_15_a_quarter_pay_60_back_in_four(company):
    runs = simulate(company, Scenario("base"), until="2027Q1", paths=3, seed=1)
    for since, date in (("2025Q4", "2026Q1"), ("2025Q3", "2026Q2"), ("2025Q2", "2026Q4"), ("2025Q1", "2026Q4")):
        assert str(breakeven(runs, payback(company, "profit", since=since)).date("base", 0.5)) == date


def test_what_cannot_be_counted_is_refused(company):
    with pytest.raises(GoalError) as caught:
        payback(company, "tax", since="2025Q1")
    assert str(caught.value) == (
        "the payback of 'tax' cannot be counted\n"
        "  - the history lacks 'tax' in 2025Q1, 2025Q2. Count from a later quarter."
    )
    with pytest.raises(GoalError) as caught:
        payback(company, "cash", since="2026Q1")
    assert str(caught.value) == (
        "the payback of 'cash' cannot be counted\n"
        "  - 'cash' is a stock; only a flow adds up.\n"
        "  - since is 2026Q1, but the history ends before 2026Q1. "
        "Write Goal('cash', at_least=0, over='cumulative') to count from there."
    )
    with pytest.raises(GoalError) as caught:
        payback(company, "profits", since="2025")
    assert "there is no line 'profits'. Did you mean 'profit'?" in str(caught.value)
    assert "since: " in str(caught.value)
