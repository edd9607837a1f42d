"""What a simulation tells: quantiles, probabilities, years and tables of its paths, and what made them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.drivers import Formula, Path
from forecast.errors import SimulationError
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Scale
from forecast.simulation import Simulation, simulate
from forecast.timeline import Quarter, quarters_between


@pytest.fixture(scope="module")
def runs(company):
    return simulate(
        company, [Scenario("base"), Scenario("slow", Scale("arr.rate", 0.5))], until="2027Q2", paths=101, seed=7
    )


@pytest.fixture
def by_hand():
    """Two quarters of 2025 reported, then four simulated on three paths; all numbers given."""
    history = History.from_frame(
        pd.DataFrame({"sales": [1.0, 2.0, 4.0, 8.0]}, index=["2024Q3", "2024Q4", "2025Q1", "2025Q2"])
    )
    model = Model(Path("sales", value=1.0), Formula("cash = cash[-1] + sales"))
    company = calibrate(model, history, opening={"cash": 0.0})
    sales = np.array([[10.0, 20.0, 30.0], [11.0, 21.0, 31.0], [12.0, 22.0, 32.0], [13.0, 23.0, 33.0]])
    quarters = quarters_between(Quarter.parse("2025Q3"), Quarter.parse("2026Q2"))
    series = {"base": {"sales": sales, "cash": np.cumsum(sales, axis=0)}}
    return Simulation(company, (Scenario("base"),), quarters, 3, 1, "0", series)


def test_quantiles_are_those_of_numpy(runs):
    table = runs.quantiles("profit", "slow", levels=[0.05, 0.5, 0.75])
    assert table.index.tolist() == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2"]
    assert table.columns.tolist() == [0.05, 0.5, 0.75]
    assert (table.index.name, table.columns.name) == ("quarter", "quantile")
    expected = np.quantile(runs.values("profit", "slow"), [0.05, 0.5, 0.75], axis=1).T
    np.testing.assert_array_equal(table.to_numpy(), expected)


def test_quantiles_of_a_window_are_those_of_each_paths_own_sum(by_hand):
    table = by_hand.quantiles("sales", levels=[0.5], over="trailing_year")
    # the middle path: 2 + 4 + 8 + 20, 4 + 8 + 20 + 21, 8 + 20 + 21 + 22, 20 + 21 + 22 + 23
    assert table[0.5].tolist() == [34, 53, 71, 86]


def test_a_window_that_ends_in_few_quarters_has_few_rows(by_hand):
    table = by_hand.quantiles("sales", levels=[0.5], over="fiscal_year")
    assert table.index.tolist() == ["2025Q4"]
    assert table[0.5].tolist() == [4 + 8 + 20 + 21]


def test_no_window_that_ends_gives_an_empty_table(company):
    short = simulate(company, Scenario("base"), until="2026Q2", paths=3, seed=1)
    table = short.quantiles("sales", over="fiscal_year")
    assert table.shape == (0, 3)


@pytest.mark.parametrize("levels", [[0.0], [0.5, 1.0], [-0.1, 50]])
def test_levels_outside_the_unit_interval_are_refused(runs, levels):
    bad = [level for level in levels if not 0 < level < 1]
    with pytest.raises(SimulationError) as caught:
        runs.quantiles("profit", levels=levels)
    assert str(caught.value) == f"levels {bad} lie outside (0, 1); write 0.1 for the 10 % quantile."


def test_the_probability_is_the_share_of_paths(by_hand):
    at_least = by_hand.probability("sales", at_least=21.0)
    assert at_least.tolist() == [1 / 3, 2 / 3, 2 / 3, 2 / 3]
    assert at_least.index.tolist() == ["2025Q3", "2025Q4", "2026Q1", "2026Q2"]
    assert by_hand.probability("sales", at_most=12.0).tolist() == [1 / 3, 1 / 3, 1 / 3, 0]
    assert by_hand.probability("sales", at_least=54, over="fiscal_year").to_dict() == {"2025Q4": 1 / 3}


@pytest.mark.parametrize("bounds", [{}, {"at_least": 1.0, "at_most": 2.0}])
def test_a_probability_needs_one_bound(by_hand, bounds):
    with pytest.raises(SimulationError) as caught:
        by_hand.probability("sales", **bounds)
    assert str(caught.value) == "give one of at_least and at_most."


def test_fiscal_years_take_in_the_reported_quarters_and_leave_out_incomplete_years(by_hand):
    years = by_hand.fiscal_years("sales")
    assert years.index.tolist() == [2025]
    assert years.loc[2025].tolist() == [4 + 8 + 10 + 11, 4 + 8 + 20 + 21, 4 + 8 + 30 + 31]
    assert (years.index.name, years.columns.name) == ("fiscal_year", "path")


def test_a_stock_is_read_at_the_end_of_its_fiscal_year_and_never_summed(by_hand):
    assert by_hand.fiscal_years("cash").loc[2025].tolist() == [21, 41, 61]
    with pytest.raises(SimulationError) as caught:
        by_hand.values("cash", over="trailing_year")
    assert str(caught.value) == "'cash' is a stock, which is not summed over a trailing year; use over='quarter'."


def test_an_opening_stands_in_the_windows_too():
    model = Model(Path("sales", value=1.0), Formula("moved = sales - sales[-1]"))
    company = calibrate(model, opening={"sales": 5.0}, first="2025Q4")
    runs = simulate(company, Scenario("base"), until="2026Q4", paths=2, seed=1)
    with pytest.raises(SimulationError) as caught:
        runs.values("sales", over="trailing_year")
    assert str(caught.value) == (
        "'sales' over a trailing year needs 2025Q1, 2025Q2, which the history lacks. "
        "Use over='quarter' or 'cumulative', or give the history these quarters."
    )


def test_what_drivers_record_is_shown_but_never_summed(runs):
    assert "product.conversion" in runs.lines
    assert np.all((runs.values("product.conversion") > 0) & (runs.values("product.conversion") <= 1))
    assert runs.line("product.conversion").kind == "rate"
    with pytest.raises(SimulationError) as caught:
        runs.values("product.conversion", over="trailing_year")
    assert str(caught.value) == (
        "'product.conversion' is what a driver records, which is not summed; use over='quarter'."
    )


def test_arrays_are_read_only(runs):
    for line in runs.lines:
        with pytest.raises(ValueError, match="read-only"):
            runs.values(line, "slow")[0, 0] = 1.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        runs.series["slow"]["sales"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        runs.seed = 8


def test_the_tidy_table_has_a_row_a_scenario_line_and_quarter(runs):
    table = runs.to_frame(["sales", "cash"], levels=[0.5])
    assert table.columns.tolist() == ["scenario", "line", "quarter", 0.5]
    assert len(table) == 2 * 2 * 6
    row = table[(table["scenario"] == "slow") & (table["line"] == "cash") & (table["quarter"] == "2026Q3")]
    assert row[0.5].tolist() == [np.median(runs.values("cash", "slow")[2])]
    assert runs.to_frame(levels=[0.5])["line"].nunique() == len(runs.company.model.lines)
    assert runs.to_frame([], levels=[0.5]).columns.tolist() == table.columns.tolist()


def test_the_xarray_holds_every_path_with_its_labels(runs):
    data = runs.to_xarray(["profit", "product.conversion"])
    assert dict(data.sizes) == {"scenario": 2, "quarter": 6, "path": 101}
    chosen = data["profit"].sel(scenario="slow", quarter="2026Q4").to_numpy()
    np.testing.assert_array_equal(chosen, runs.values("profit", "slow")[3])
    made = {"seed": 7, "version": runs.version, "fingerprint": runs.fingerprint, "checksum": runs.checksum}
    assert data.attrs == made
    assert set(runs.to_xarray().data_vars) == set(runs.lines)


def test_the_xarray_refuses_an_unknown_line(runs):
    with pytest.raises(SimulationError) as caught:
        runs.to_xarray(["profits"])
    assert str(caught.value) == "there is no line 'profits'. Did you mean 'profit'?"


def test_unknown_names_are_refused_with_the_nearest(runs):
    with pytest.raises(SimulationError) as caught:
        runs.values("slaes")
    assert str(caught.value) == "there is no line 'slaes'. Did you mean 'sales'?"
    with pytest.raises(SimulationError) as caught:
        runs.values("sales", "slwo")
    assert str(caught.value) == "there is no scenario 'slwo'. Did you mean 'slow'?"
    with pytest.raises(SimulationError) as caught:
        runs.line("slaes")
    assert str(caught.value) == "there is no line 'slaes'. Did you mean 'sales'?"
    with pytest.raises(SimulationError) as caught:
        runs.values("sales", over="year")
    assert str(caught.value) == ("'year' is not a window; use one of quarter, trailing_year, fiscal_year, cumulative.")


def test_the_first_scenario_is_the_one_meant_when_none_is_named(runs):
    assert runs.values("sales") is runs.values("sales", "base")


@pytest.mark.parametrize(
    "changed", [{"seed": 8}, {"paths": 102}, {"until": "2027Q3"}, {"scenarios": [Scenario("base")]}], ids=str
)
def test_the_fingerprint_changes_with_whatever_made_the_numbers(company, runs, changed):
    question = {
        "scenarios": [Scenario("base"), Scenario("slow", Scale("arr.rate", 0.5))],
        "until": "2027Q2",
        "paths": 101,
        "seed": 7,
    }
    same = dict(question)
    assert simulate(company, same.pop("scenarios"), **same).fingerprint == runs.fingerprint
    other = {**question, **changed}
    assert simulate(company, other.pop("scenarios"), **other).fingerprint != runs.fingerprint


def test_the_fingerprint_changes_with_an_estimate(company, runs):
    other = simulate(company.stating("wages.growth", 0.011), runs.scenarios, until="2027Q2", paths=101, seed=7)
    assert other.fingerprint != runs.fingerprint


def test_it_says_what_it_is_in_one_line(runs):
    assert repr(runs) == "Simulation(2 scenarios, 10 lines, 101 paths, 2026Q1 to 2027Q2, seed 7)"
