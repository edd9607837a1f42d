"""The parts of a workbook by hand: formulas of lines as cells, the order of shocks, results, medians."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal
from forecast.drivers import Formula, Growth, Path
from forecast.financials import History
from forecast.model import Model
from forecast.reporting import fiscal_year_table
from forecast.reporting.workbook import write_results
from forecast.reporting.workbook.cells import letter
from forecast.reporting.workbook.expression import as_cells
from forecast.reporting.workbook.shocks import placed
from forecast.scenario import Scenario
from forecast.shocks import Add, Scale, Set
from forecast.simulation import simulate


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a = b - (c - d)", "b0-(c0-d0)"),
        ("a = b - c - d", "b0-c0-d0"),
        ("a = (b + c) * d / (b / c)", "(b0+c0)*d0/(b0/c0)"),
        ("a = -b * -2", "(-b0)*(-2.0)"),
        ("a = -(b + c)", "(-(b0+c0))"),
        ("a = cash[-4] / 1e-7", "cash4/1E-07"),
        ("a = max(b, -c, 3) + log(exp(b)) + sqrt(abs(c))", "MAX(b0,(-c0),3.0)+LN(EXP(b0))+SQRT(ABS(c0))"),
        ("a = b / c / d * b", "b0/c0/d0*b0"),
    ],
)
def test_a_formula_of_lines_is_one_of_cells(text, cells):
    assert as_cells(text, lambda line, lag: f"{line}{lag}") == cells


def test_columns_have_letters():
    assert [letter(number) for number in (1, 26, 27, 52, 53, 702, 703)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_a_shock_of_several_scenarios_has_one_row_in_an_order_that_is_everybodys():
    a, b, c = Set("x", 1.0), Scale("x", 2.0), Add("x", 3.0)
    one, two, three = Scenario("one", a, c), Scenario("two", a, b, c), Scenario("three", c, a)
    table = placed([Scenario("base"), one, two, three])
    assert [(row.shock, row.scenarios) for row in table] == [(a, (1, 2)), (b, (2,)), (c, (1, 2, 3)), (a, (3,))]


def test_a_shock_that_stands_twice_has_two_rows():
    twice = Scenario("twice", Scale("x", 0.9), Scale("x", 0.9))
    assert [row.scenarios for row in placed([twice, Scenario("once", Scale("x", 0.9))])] == [
        (0, 1),
        (0,),
    ]


@pytest.fixture(scope="module")
def shop():
    model = Model(
        Growth("sales", growth=normal(0.02, 0.01), persistence=0.0, momentum=0.0, volatility=0.1, start=100.0),
        Path("rent", value=lognormal(20, 0.3), noise=lognormal(3, 0.5), shared={"prices": 0.5}),
        Formula("profit = sales - rent"),
    )
    return calibrate(model, first="2026Q1")


def test_with_medians_every_number_is_at_its_median(shop):
    likely = Scenario("likely", Scale("sales", lognormal(0.5, 0.2), start="2026Q2..2026Q4", probability=0.6))
    rare = Scenario("rare", Add("rent", 1.0, probability=0.5))
    runs = simulate(shop, [Scenario("base"), likely, rare], until="2026Q4", paths=1, seed=9, sampling="medians")
    sales = 100 * 1.02 ** np.arange(1, 5)
    np.testing.assert_allclose(runs.values("sales", "base"), sales[:, None], rtol=1e-13)
    np.testing.assert_allclose(runs.values("rent", "base"), 23.0, rtol=1e-13)
    np.testing.assert_allclose(runs.values("sales", "likely")[:, 0], sales * [1, 1, 0.5, 0.5], rtol=1e-13)
    assert runs.values("rent", "rare") is runs.values("rent", "base") or (runs.values("rent", "rare") == 23.0).all()
    other = simulate(shop, Scenario("base"), until="2026Q4", paths=1, seed=1, sampling="medians")
    assert other.values("profit")[0, 0] == runs.values("profit")[0, 0]


def test_results_tell_their_warnings(tmp_path):
    index = pd.period_range("2024Q1", periods=8, freq="Q")
    flat = History.from_frame(pd.DataFrame({"sales": [5.0] * 8}, index=index))
    runs = simulate(calibrate(Model(Growth("sales")), flat), Scenario("base"), until="2026Q4", paths=100, seed=3)
    sheet = openpyxl.load_workbook(write_results(tmp_path / "results.xlsx", runs))["About"]
    about = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=3) if row[0].value}
    assert runs.warnings
    assert [told for name, told in about.items() if name.startswith("warning ")] == list(runs.warnings)


def test_results_are_the_quantiles_of_quarters_and_years(shop, tmp_path):
    runs = simulate(shop, [Scenario("base"), Scenario("dear", Add("rent", 5.0))], until="2027Q3", paths=500, seed=3)
    book = openpyxl.load_workbook(write_results(tmp_path / "results.xlsx", runs))
    assert book.sheetnames == ["About", "base", "dear", "Table"]
    sheet = book["dear"]
    quarters = [cell.value for cell in sheet[3]][3:]
    assert quarters == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2", "2027Q3", "FY2026"]
    rent = {
        row[2].value: [cell.value for cell in row[3:]] for row in sheet.iter_rows(min_row=4) if row[0].value == "rent"
    }
    for level in (0.1, 0.5, 0.9):
        paths = runs.values("rent", "dear")
        np.testing.assert_allclose(rent[level][:7], np.quantile(paths, level, axis=1), rtol=0.02)
        np.testing.assert_allclose(rent[level][7], np.quantile(paths[:4].sum(axis=0), level), rtol=0.02)
    table = list(book["Table"].iter_rows(min_row=2, values_only=True))
    assert len(table) == 2 * 3 * 7
    assert table[0][:3] == ("base", "sales", "2026Q1")
    about = {row[0].value: row[1].value for row in book["About"].iter_rows(min_row=3) if row[0].value}
    assert [name for name in about if name.startswith("warning")] == []
    assert about["seed"] == "3"
    assert about["fingerprint"] == runs.fingerprint


def test_the_year_of_a_rate_is_its_fourth_quarter_as_in_the_table(tmp_path):
    model = Model(Path("tax_rate", planned={"2026Q4": 0.5}, value=0.25, kind="rate"), Path("sales", value=8.0))
    model = model.replacing(Formula("margin = sales / sales"))
    runs = simulate(calibrate(model, first="2026Q1"), Scenario("base"), until="2026Q4", paths=3, seed=3)
    sheet = openpyxl.load_workbook(write_results(tmp_path / "results.xlsx", runs))["base"]
    year = {row[0].value: row[-1].value for row in sheet.iter_rows(min_row=4)}
    assert year == {"tax_rate": 0.75, "sales": 32.0, "margin": 1.0}
    rows = {row.split()[0]: row.split()[-4:] for row in fiscal_year_table(runs).splitlines()[2:]}
    assert rows["tax_rate"][0] == "0.750"
    assert rows["margin"][0] == "1.000"


def test_the_first_sheet_shows_the_decimals_of_a_rate(tmp_path):
    model = Model(Path("sales", value=8.0), Path("fx", value=7.25, unit="CNY_per_USD"), Formula("cost = 0.5 * sales"))
    company = calibrate(model, first="2026Q1")
    path = model.to_excel(tmp_path / "model.xlsx", company, [Scenario("base")], until="2026Q4")
    form = {row[0].value: row[1].number_format for row in openpyxl.load_workbook(path)["Start"].iter_rows()}
    assert form["fx"] == "#,##0.0000;[Red]-#,##0.0000"
    assert form["sales"] == "#,##0;[Red]-#,##0"


def test_the_sheets_show_the_decimals_of_a_ratio_by_formula(tmp_path):
    model = Model(Path("sales", value=8.0), Path("cost", value=5.0), Formula("margin = cost / sales"))
    company = calibrate(model, first="2026Q1")
    path = model.to_excel(tmp_path / "model.xlsx", company, [Scenario("base")], until="2026Q4")
    sheets = [sheet for sheet in openpyxl.load_workbook(path) if sheet.title != "Start"]
    rows = [row for sheet in sheets for row in sheet.iter_rows() if row[0].value == "margin"]
    shown = {
        cell.number_format for row in rows for cell in row if str(cell.value).startswith("=") and "/" in cell.value
    }
    assert shown == {"0.0000"}
    assert "ratio" in {row[1].value for row in rows}


def test_the_first_sheet_has_the_year_of_a_ratio_as_the_ratio_of_the_years(tmp_path):
    model = Model(Path("sales", value=8.0), Path("cost", value=5.0), Formula("margin = (sales - 2 * cost) / sales"))
    company = calibrate(model, first="2026Q1")
    path = model.to_excel(tmp_path / "model.xlsx", company, [Scenario("base")], until="2026Q4")
    year = {row[0].value: row[1] for row in openpyxl.load_workbook(path)["Start"].iter_rows()}
    sales, cost = year["sales"].value.removeprefix("="), year["cost"].value.removeprefix("=")
    assert year["margin"].value == f"=({sales}+-2.0*{cost})/{sales}"
    assert year["margin"].number_format == "#,##0.0000;[Red]-#,##0.0000"
