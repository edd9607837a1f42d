"""A whole model backtested from the facts known at each date: no peeking, derived lines, dates that fail."""

from __future__ import annotations

import numpy as np
import pandas as pd
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


def test_an_origin_is_the_last_quarter_known_by_its_label(result):
    known = [str(FACTS.as_of(date).reconcile(MODEL).last) for date in DATES]
    assert list(dict.fromkeys(result.steps["origin"])) == known
    assert list(dict.fromkeys(result.scores("origin").reset_index()["origin"])) == known


def test_the_warnings_of_the_history_and_of_each_day_are_there(result):
    truth = FACTS.reconcile(MODEL)
    assert truth.warnings
    assert result.warnings[: len(truth.warnings)] == truth.warnings
    assert any("rest on 2 dates" in one for one in result.warnings)
    days = [fc.calibrate(MODEL, FACTS.as_of(date).reconcile(MODEL), horizon=2) for date in DATES]
    own = [one for day in days for one in day.warnings if one not in day.history.warnings]
    doubted = result.doubted[result.doubted["forecaster"] == "model"]
    assert doubted["warning"].tolist() == own


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
    with pytest.raises(SimulationError, match=r"'arr' is no line of both the model and its history. Known: 'cost'"):
        fc.backtest_model(FACTS, MODEL, dates=DATES, lines=["arr"], **OPTIONS)


PART = fc.Model(
    fc.drivers.Trend("revenue"),
    fc.drivers.SCurve("drama_arr", currency="USD", ceiling=fc.lognormal(median=900, sigma=0.5)),
    fc.drivers.Rate("usd_cny"),
    fc.drivers.Conversion("drama_revenue", of="drama_arr", fx="usd_cny", half_life=fc.triangular(2, 5, 12)),
    fc.drivers.Formula("other = revenue - drama_revenue"),
    currency="CNY",
    unit="million",
)


def test_where_no_date_will_do_the_reason_and_the_lines_that_can_are_told():
    with pytest.raises(SimulationError) as told:
        fc.backtest_model(FACTS, PART, dates=DATES, **OPTIONS)
    assert told.value.heading == "there is no date from which the model can be backtested"
    reason, earlier, free, advice = told.value.problems
    assert reason.startswith("2024-11-15: the model cannot be calibrated on this history\n  - 'drama_arr' (SCurve)")
    assert "'drama_revenue' (Conversion) cannot estimate its start" in reason
    assert earlier == "Nor can it from 2024-09-01; ask for one of them alone to see why."
    assert free == (
        "From 2024-11-15 only lines that depend on none of these can be forecast and compared: "
        "lines=['revenue', 'usd_cny']."
    )
    assert advice == "Give later dates, or state in the model what cannot be estimated."


def test_lines_that_are_named_need_no_more_than_what_they_depend_on(result):
    found = fc.backtest_model(FACTS, PART, dates=DATES, lines=["revenue"], **OPTIONS)
    assert set(found.steps["series"]) == {"revenue"}
    assert len(found.left_out) == 0


def test_a_line_alone_has_the_paths_that_it_has_in_the_whole_model(result):
    alone = fc.backtest_model(FACTS, MODEL, dates=DATES, lines=["revenue"], **OPTIONS)
    whole = result.steps[result.steps["series"] == "revenue"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.steps.reset_index(drop=True), whole)


def test_a_second_date_in_the_same_quarter_is_left_out_and_named():
    found = fc.backtest_model(FACTS, MODEL, dates=["2024-11-15", "2024-11-16"], lines=["revenue"], **OPTIONS)
    assert len(found.common()) > 0
    assert found.left_out["reason"].tolist() == [
        "it ends in 2024Q3 like 2024-11-15, from which the same quarters are forecast."
    ]


def test_a_date_after_which_nothing_is_known_and_impossible_numbers_are_told():
    with pytest.raises(SimulationError, match=r"no fact gives a quarter from .*: there is nothing to compare with"):
        fc.backtest_model(FACTS, MODEL, dates=["2050-01-01"], **OPTIONS)
    with pytest.raises(SimulationError) as told:
        fc.backtest_model(FACTS, MODEL, dates=DATES, seed=-1, horizon=0, paths=0)
    assert len(told.value.problems) == 3
