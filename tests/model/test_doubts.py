"""Formulas that do not hold in the history are told, but for what rounding and errors allow."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.financials import History
from forecast.financials.history import LineHistory
from forecast.lines import Identity, Line
from forecast.model.doubts import broken
from forecast.timeline import Quarter

QUARTERS = ["2025Q1", "2025Q2", "2025Q3"]
PROFIT = Identity("profit", (("revenue", 0, 1.0), ("cost", 0, -1.0)))
CASH = Identity("cash", (("cash", 1, 1.0), ("profit", 0, 1.0)))


def history(**columns):
    return History.from_frame(pd.DataFrame(columns, index=QUARTERS))


def test_what_does_not_add_up_is_told_with_its_worst_quarter():
    found = broken([PROFIT], history(revenue=[100, 110, 120], cost=[60, 70, 80], profit=[40, 1, 30]))
    assert found == (
        "'profit = revenue - cost' does not hold in 2 of 3 quarters of the history: 'profit' is 1 in 2025Q2, the "
        "formula gives 40. Simulated quarters follow the formula: correct the figures, or let reconcile weigh them.",
    )


@pytest.mark.parametrize(("profit", "told"), [(41.0, 0), (38.0, 1), (42.1, 1)])
def test_each_column_may_be_off_by_half_of_its_last_decimal(profit, told):
    # revenue and cost in whole numbers, profit in tenths: 0.5 + 0.5 + 0.05 away from 40 at most
    figures = history(revenue=[100, 110, 121], cost=[60, 70, 80], profit=[profit, 40.1, 41.0])
    assert len(broken([PROFIT], figures)) == told


def test_a_balance_is_held_against_the_quarter_before():
    assert broken([CASH], history(cash=[5, 7, 10], profit=[9, 2, 3])) == ()
    (told,) = broken([CASH], history(cash=[5, 7, 20], profit=[9, 2, 3]))
    assert told.startswith(
        "'cash = cash[-1] + profit' does not hold in 1 of 2 quarters of the history: 'cash' is 20 in"
    )


def test_what_is_missing_is_not_held_against_anything():
    assert broken([PROFIT], history(revenue=[100, np.nan, 120], cost=[60, 70, np.nan], profit=[40, 9, 9])) == ()
    assert broken([PROFIT], history(revenue=[100, 110, 120], profit=[40, 9, 9])) == ()


def test_errors_of_the_figures_are_allowed_for():
    def line(name, value, error):
        return LineHistory(Line(name), np.array([value]), np.array([[error**2]]), ("estimated",))

    def told(gap):
        entries = (line("revenue", 100.0, 3.0), line("cost", 60.0, 4.0), line("profit", 40.0 + gap, 0.0))
        return broken([PROFIT], History((Quarter.parse("2025Q1"),), entries))

    # 3.5 standard errors of 5, and 0.5 + 0.5 + 0.05 for the last decimals
    assert told(18.5) == ()
    assert len(told(18.6)) == 1


def test_a_company_carries_it():
    model = fc.Model(
        fc.drivers.Path("revenue", 100), fc.drivers.Path("cost", 60), fc.drivers.Formula("profit = revenue - cost")
    )
    figures = history(revenue=[100, 110, 120], cost=[60, 70, 80], profit=[40, 40, 1])
    company = fc.calibrate(model, figures)
    assert [told for told in company.warnings if "does not hold in 1 of 3 quarters" in told]
    sound = history(revenue=[100, 110, 120], cost=[60, 70, 80], profit=[40, 40, 40])
    assert fc.calibrate(model, sound).warnings == ()
