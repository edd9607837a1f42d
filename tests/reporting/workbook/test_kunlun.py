"""The reference company as a workbook: all nine scenarios, a change, and what the history says of its figures."""

import numpy as np
import openpyxl
import pytest

import forecast as fc
from forecast.reporting.workbook import write_workbook

UNTIL = "2029Q4"
SECTIONS = {
    "Revenue": ("advertising_revenue", "search_revenue", "drama_revenue", "revenue"),
    "Profit": ("cost", "gross_profit", "net_profit"),
}


@pytest.fixture(scope="module")
def company():
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    return fc.calibrate(model, history, opening={"cash": 1500})


@pytest.fixture(scope="module")
def scenarios():
    return fc.read_scenarios(fc.kunlun_folder() / "scenarios.yaml")


@pytest.fixture(scope="module")
def path(company, scenarios, tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("kunlun") / "kunlun.xlsx", company, scenarios, until=UNTIL)


@pytest.fixture(scope="module")
def computed(path, recalculate, scenarios, cell_of):
    chosen = {name: {("Start", "B4"): place} for place, name in enumerate(scenarios, 1)}
    changed = {("Start", "B4"): 4, cell_of(path, "drama_revenue.half_life"): 2.0, cell_of(path, "drama_arr.start"): 300}
    return recalculate(path, {**chosen, "changed": changed})


def same(found, wanted):
    assert set(found) == set(wanted)
    for line, values in wanted.items():
        # a line of nothing but rounding, such as an investment result of -3e-14, is as good as 0
        np.testing.assert_allclose(found[line], values, rtol=1e-9, atol=1e-12, err_msg=line)


def test_every_cell_of_every_scenario_is_the_librarys(company, scenarios, computed, central, lines_of):
    cash = set()
    for name, scenario in scenarios.items():
        wanted, quarters = central(company, scenario, UNTIL)
        same(lines_of(computed[name], quarters), wanted)
        assert computed[name]["Start", "B5"] == name
        assert computed[name]["Start", "B6"] == "OK"
        cash.add(round(wanted["cash"][-1], 3))
    # launch week has even odds, so it does not happen on the central path
    assert len(cash) == len(scenarios) - 1


def test_changed_cells_are_the_same_change_in_python(company, scenarios, computed, central, lines_of):
    changed = company.stating("drama_revenue.half_life", 2.0).stating("drama_arr.start", 300)
    wanted, quarters = central(changed, scenarios["giants enter"], UNTIL)
    same(lines_of(computed["changed"], quarters), wanted)


def test_simulate_with_medians_gives_that_path(company, scenarios, central):
    runs = fc.simulate(company, scenarios["giants enter"], until=UNTIL, paths=1, seed=0, sampling="medians")
    wanted, _ = central(company, scenarios["giants enter"], UNTIL)
    np.testing.assert_array_equal(runs.values("cash")[:, 0], wanted["cash"])


def test_figures_of_the_history_stand_with_their_sources(path, company):
    book = openpyxl.load_workbook(path)
    sheet = book["revenue"]
    columns = {sheet.cell(3, column).value: column for column in range(4, sheet.max_column + 1)}
    row = next(row for row in range(5, 300) if sheet.cell(row, 1).value == "revenue")
    cell = sheet.cell(row, columns["2024Q1"])
    place = [str(quarter) for quarter in company.history.quarters].index("2024Q1")
    assert cell.value == pytest.approx(company.history.values("revenue")[place], rel=1e-15)
    said = str(company.history.explain("revenue", "2024Q1").grounds[0])
    assert said in cell.comment.text
    assert "by S23 (Report of the company for the third quarter of 2023)" in cell.comment.text
    known = np.isfinite(company.history.values("revenue")).sum()
    written = sum(sheet.cell(row, columns[str(quarter)]).comment is not None for quarter in company.history.quarters)
    assert written == known


def test_sections_may_be_named(company, scenarios, tmp_path):
    path = write_workbook(tmp_path / "k.xlsx", company, scenarios["base"], until="2026Q4", sections=SECTIONS)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:6] == ["Start", "Assumptions", "Shocks", "Revenue", "Profit", "other lines"]
    bold = [cell.value for cell in book["Profit"]["A"][4:] if cell.value and not cell.value.startswith(" ")]
    assert bold == ["cost", "gross_profit", "net_profit"]
