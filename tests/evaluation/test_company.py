"""A whole model backtested from the facts known at each date: no peeking, derived lines, dates that fail."""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SimulationError

FACTS = fc.load_kunlun()
MODEL = fc.Model(
    fc.drivers.Trend("revenue"),
    fc.drivers.Ratio("cost", of="revenue"),
    fc.drivers.Formula("gross_profit = revenue - cost"),
    currency="CNY",
    unit="million",
)
DATES = ["2024-09-01", "2024-11-15"]
OPTIONS = {"seed": 3, "horizon": 2, "paths": 200}


@pytest.fixture(scope="module")
def result():
    return fc.backtest_model(FACTS, MODEL, dates=["2016-01-31", *DATES], **OPTIONS)


def test_every_line_is_scored_derived_ones_too(result):
    assert set(result.steps["series"]) == {"revenue", "cost", "gross_profit"}
    assert result.forecasters == ("model", "Combination", "SeasonalNaive")
    rows = result.steps[result.steps["forecaster"] == "model"]
    assert set(rows["period"]) == {"2024Q3", "2024Q4", "2025Q1"}


def test_what_came_is_the_reconciled_history_of_all_facts(result):
    truth = FACTS.reconcile(MODEL)
    rows = result.steps
    for line, period, actual in zip(rows["series"], rows["period"], rows["actual"], strict=True):
        at = [str(quarter) for quarter in truth.quarters].index(period)
        assert truth.marks(line)[at] in ("reported", "derived")
        assert actual == truth.values(line)[at]


def test_the_paths_are_those_of_the_model_on_that_day(result):
    seen = FACTS.as_of(DATES[0]).reconcile(MODEL)
    runs = fc.simulate(
        fc.calibrate(MODEL, seen, horizon=2), fc.Scenario("base"), until=seen.last + 2, paths=200, seed=3
    )
    rows = result.steps[(result.steps["forecaster"] == "model") & (result.steps["series"] == "gross_profit")]
    first = rows[rows["origin"] == rows["origin"].min()]
    np.testing.assert_allclose(first["median"], np.median(runs.values("gross_profit"), axis=1))


def test_a_date_without_enough_facts_is_listed(result):
    assert result.left_out["origin"].tolist() == ["2016-01-31"]
    assert "no fact decides any of the lines" in result.left_out["reason"].iloc[0]


def test_a_line_that_is_not_there_is_refused():
    with pytest.raises(SimulationError, match="'arr': no line of both the model and its history"):
        fc.backtest_model(FACTS, MODEL, dates=DATES, lines=["arr"], **OPTIONS)
