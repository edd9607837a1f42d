"""``model.to_excel`` and ``runs.to_excel``: the workbooks of the functions, cell by cell."""

import openpyxl
import pytest

import forecast as fc
from forecast.errors import ModelError, SimulationError

SCENARIOS = [fc.Scenario("base"), fc.Scenario("dearer", fc.shocks.Scale("cost", 1.2, start="2026Q3"))]


@pytest.fixture(scope="module")
def company():
    model = fc.Model(
        fc.drivers.Growth("sales", growth=fc.normal(0.03, 0.01), momentum=0.03, volatility=0.03, start=95.0),
        fc.drivers.Ratio("cost", of="sales", target=fc.normal(0.6, 0.03), half_life=4, volatility=0.01, start=0.65),
        fc.drivers.Formula("net_profit = sales - cost"),
    )
    return fc.calibrate(model, first="2026Q1")


def cells(path):
    """Every cell: what is in it, and how it is shown."""
    book = openpyxl.load_workbook(path)
    return {
        (page.title, cell.coordinate): (cell.value, cell.number_format, cell.data_type)
        for page in book
        for row in page
        for cell in row
    }


def test_a_model_writes_the_workbook_of_the_function(company, tmp_path):
    function = fc.write_workbook(tmp_path / "function.xlsx", company, SCENARIOS, until="2028Q4")
    sections = {"Everything": ["sales", "cost", "net_profit"]}
    method = company.model.to_excel(tmp_path / "method.xlsx", company, SCENARIOS, until="2028Q4")
    assert method == tmp_path / "method.xlsx"
    found = cells(method)
    assert found == cells(function)
    assert sum(str(value).startswith("=") for value, _, _ in found.values()) > 100
    other = company.model.to_excel(tmp_path / "sections.xlsx", company, SCENARIOS, until="2028Q4", sections=sections)
    assert "Everything" in openpyxl.load_workbook(other).sheetnames


def test_without_a_last_quarter_there_are_three_years(company, tmp_path):
    three = company.model.to_excel(tmp_path / "three.xlsx", company, SCENARIOS[0])
    assert cells(three) == cells(fc.write_workbook(tmp_path / "a.xlsx", company, SCENARIOS[0], until="2028Q4"))
    short = fc.calibrate(company.model, first="2026Q1", horizon=5)
    five = fc.write_workbook(tmp_path / "five.xlsx", short, SCENARIOS[0])
    assert cells(five) == cells(fc.write_workbook(tmp_path / "b.xlsx", short, SCENARIOS[0], until="2027Q1"))


def test_a_simulation_writes_the_workbook_of_the_function(company, tmp_path):
    runs = fc.simulate(company, SCENARIOS, until="2027Q4", paths=50, seed=7)
    function = fc.write_results(tmp_path / "function.xlsx", runs)
    assert cells(runs.to_excel(tmp_path / "method.xlsx")) == cells(function)
    some = cells(runs.to_excel(tmp_path / "some.xlsx", ["cost"]))
    assert some == cells(fc.write_results(tmp_path / "c.xlsx", runs, ["cost"])) != cells(function)


def test_another_model_and_what_is_no_company_are_refused(company, tmp_path):
    other = fc.Model(fc.drivers.Path("sales", 3.0))
    with pytest.raises(ModelError) as told:
        other.to_excel(tmp_path / "a.xlsx", company, SCENARIOS)
    assert str(told.value) == (
        "the company was calibrated with another model, of 3 lines; this one has 1 line. "
        "Calibrate this one, or write company.model.to_excel(...)."
    )
    with pytest.raises(SimulationError, match="calibrate the model first"):
        other.to_excel(tmp_path / "a.xlsx", other, SCENARIOS)
    assert list(tmp_path.iterdir()) == []
