"""LibreOffice as the independent calculator, and a small company with every driver."""

import csv
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.cell import coordinate_to_tuple

from forecast import drivers as d
from forecast.calibration import calibrate
from forecast.distributions import beta, lognormal, normal, student_t, triangular
from forecast.financials import History
from forecast.forecasters import RandomWalk
from forecast.lines import Line
from forecast.model import Fit, Model, assume
from forecast.model.assumption import as_assumption, parameter
from forecast.simulation import Run
from forecast.timeline import Quarter, quarters_between

CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
"""Every sheet as a file of its own, numbers with all digits that LibreOffice prints, 15."""


@dataclass
class Computed:
    """A workbook as LibreOffice computed it: rows of text by sheet."""

    sheets: dict[str, list[list[str]]]

    def __getitem__(self, place):
        """What a cell shows: ``computed["Start", "B4"]``, a number where it is one."""
        sheet, cell = place
        row, column = coordinate_to_tuple(cell)
        return read(self.sheets[sheet][row - 1][column - 1])


def read(text):
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return text


@pytest.fixture(scope="session")
def recalculate(tmp_path_factory):
    """Workbooks computed anew by LibreOffice, by name: ``recalculate(path, {"two": {("Start", "B4"): 2}})``.

    The cells given are changed first, as somebody would who has no Python.
    """
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    home = tmp_path_factory.mktemp("office")

    def run(path, variants=None):
        folder = tmp_path_factory.mktemp("sheets")
        variants = variants or {"written": {}}
        book = openpyxl.load_workbook(path)
        for name, changes in variants.items():
            before = {(sheet, cell): book[sheet][cell].value for sheet, cell in changes}
            for (sheet, cell), value in changes.items():
                book[sheet][cell] = value
            book.save(folder / f"{name}.xlsx")
            for (sheet, cell), value in before.items():
                book[sheet][cell] = value
        given = [str(folder / f"{name}.xlsx") for name in variants]
        command = [soffice, f"-env:UserInstallation={home.as_uri()}", "--headless", "--convert-to", CSV]
        subprocess.run([*command, "--outdir", str(folder), *given], check=True, capture_output=True, timeout=300)
        found = {}
        for name in variants:
            files = {title: folder / f"{name}-{title}.csv" for title in book.sheetnames}
            with_rows = {
                title: list(csv.reader(file.read_text("utf-8").splitlines(keepends=True)))
                for title, file in files.items()
            }
            found[name] = Computed(with_rows)
        return found

    return run


@pytest.fixture(scope="session")
def lines_of():
    """The bold rows of a computed workbook: line to its numbers in the future."""

    def rows(book, quarters):
        found = {}
        for title, table in book.sheets.items():
            if (
                len(table) < 3
                or "how it moves" not in table[2]
                or title in ("Weights", "Library", "Identities", "Rules")
            ):
                continue
            columns = [table[2].index(str(quarter)) for quarter in quarters]
            for row in table[4:]:
                if row[0] and not row[0].startswith(" "):
                    found[row[0]] = np.array([read(row[column]) for column in columns], float)
        return found

    return rows


@pytest.fixture(scope="session")
def cell_of():
    """Where an input stands: the sheet and cell of it, by the words of the sheet of inputs."""

    def find(path, what):
        sheet = openpyxl.load_workbook(path)["Inputs"]
        found = [(row[1].value, row[2].value) for row in sheet.iter_rows(min_row=4) if row[0].value == what]
        assert len(found) == 1, what
        return found[0]

    return find


@pytest.fixture(scope="session")
def central():
    """The library's numbers: one path, every draw at its median."""

    def path(company, scenario, until):
        quarters = quarters_between(company.first, Quarter.parse(until))
        lines = Run(company, quarters, 1, 0, sampling="medians").scenario(scenario)
        return {line: lines[line][:, 0] for line in company.model.lines}, quarters

    return path


@dataclass(frozen=True)
class Heads:
    """A driver of a user's own: a quadratic of its lever, and a last value that it states itself."""

    line: str
    of: str
    lever: Any = 3.0

    def __post_init__(self):
        object.__setattr__(self, "lever", as_assumption(self.lever))

    def describe(self):
        return Line(self.line)

    def parameters(self):
        return (parameter(self.line, "lever", self.lever, role="lever", low=0.0, high=9.0),)

    def reads(self):
        return ((self.of, 0),)

    def noises(self):
        return ()

    def records(self):
        return ()

    def last(self, own):
        return own["lever"] * 2

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit()

    def step(self, now):
        return (4.0 - (now.parameter("lever") - 3.5) ** 2) * now.value(self.of) / 100


@pytest.fixture(scope="session")
def every_driver():
    """A company with every driver in every form, and what it takes to change it: (model, history)."""
    index = pd.period_range("2022Q1", "2025Q4", freq="Q")
    step = np.arange(len(index))
    history = History.from_frame(
        pd.DataFrame(
            {
                "sales": 100 + 3 * step + 5 * (step % 4),
                "fees": 20 + np.sin(step) + 0.2 * step,
                "margin": 10 + np.cos(step) + 0.3 * step,
                "cost": 40 + 1.4 * step + np.sin(3 * step),
                "euro": 1.1 + 0.02 * np.sin(step),
                "cash": 300.0 + step,
                "arr": 50.0 + 2 * step,
                "odd": np.where(step % 5 == 0, 12.0, 0.0),
            },
            index=index,
        )
    )
    model = Model(
        d.Growth("sales", persistence=0.4),
        d.Growth("wages", growth=normal(0.01, 0.02), persistence=0.3, momentum=-0.02, volatility=0.1, start=beta(2, 3)),
        d.Trend("fees", forecaster=RandomWalk()),
        d.Trend("margin", of="sales"),
        d.Rate("euro"),
        d.Rate("interest", volatility=0.1, reversion=0.2, mean=lognormal(0.04, 0.3), start=0.02),
        d.SCurve("arr", ceiling=lognormal(200, 0.4), rate=0.2),
        d.SCurve("arr_gompertz", ceiling=90, rate=lognormal(0.3, 0.2), start=12, form="gompertz"),
        d.SCurve("arr_bass", ceiling=90, rate=0.2, start=0, form="bass", innovation=0.03),
        d.SCurve("arr_averaged", ceiling=150, start=60, form="averaged"),
        d.Conversion("recognised", of="arr", fx="euro", start=0.6, half_life=4),
        d.Conversion("recognised_at_home", of="arr_bass", start=triangular(0.5, 0.6, 0.9)),
        d.Ratio("cost", of="sales", floor=0.2),
        d.Path("rent", value=lognormal(9, 0.2), planned={"2026Q3": 4, "2027Q1": -2}, noise=lognormal(2, 0.8)),
        d.Path("luck", noise=student_t(3, 0, 20)),
        d.OneOff("odd", planned=1.5),
        Heads("own", of="sales", lever=assume(normal(3, 0.1))),
        d.Formula("profit = sales - (cost + wages) - (rent - luck) + recognised + recognised_at_home + own - -odd"),
        d.Formula(
            "bonus = max(profit - profit[-1], 0, min(fees, 3)) * exp(-interest) + log(sales[-4]) - abs(luck - 2.5e-3)"
            " + sqrt(margin) / (sales / fees) - 2 * -3 + own[-1] / 100 + wages[-1]"
        ),
        d.Ratio("tax", of="profit", target=0.2, half_life=2, volatility=0.0, start=0.1, cap=0.35, only_positive=True),
        d.Formula("cash = cash[-1] + profit - tax - bonus + arr_gompertz / 1000 - arr_averaged / 1000"),
    )
    return calibrate(model, history, opening={"profit": 30.0})
