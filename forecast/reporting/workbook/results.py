"""Writing results as a workbook: quantiles of every line under every scenario, and what made them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.reporting.canvas import unit_of
from forecast.reporting.workbook.cells import Sheet, file_of, needs, sheet_names
from forecast.simulation import Simulation, quantiles_over_paths

LEVELS = (0.1, 0.5, 0.9)
FORM = "#,##0.0###;[Red]-#,##0.0###"


def write_results(path: str | Path, runs: Simulation, lines: Iterable[str] | None = None) -> Path:
    """Write a simulation as a workbook of numbers: a sheet a scenario, and one long table to filter or pivot.

    Each line has three rows, its 10, 50 and 90 % quantiles in each quarter; in complete fiscal years those of each
    path's own sum (a flow) or of its fourth quarter (a stock or a rate), as in ``fiscal_year_table``. All lines of the
    model unless named. Nothing is a formula, however a name may begin. ``runs.to_excel(path)`` is the same.
    """
    openpyxl, target = needs(), file_of(path)
    expect(runs, Simulation, SimulationError, "the results", "pass what simulate returned")
    chosen = tuple(line for line in runs.lines if "." not in line) if lines is None else tuple(lines)
    problems = Problems()
    for line in chosen:
        if line not in runs.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(str(line), runs.lines)}")
    problems.raise_if_any(SimulationError, "the results cannot be written")
    book = openpyxl.Workbook()
    book.remove(book.active)
    _about(Sheet(book.create_sheet("About")), runs)
    for name, title in zip(runs.names, sheet_names(runs.names, ("About", "Table")), strict=True):
        _scenario(Sheet(book.create_sheet(title)), runs, name, chosen)
    _table(Sheet(book.create_sheet("Table")), runs, chosen)
    book.save(target)
    return target


def _about(sheet: Sheet, runs: Simulation) -> None:
    sheet.text(1, 1, "Results of a simulation", "bold title")
    worth = "" if runs.weights is None else f", weighted, worth {runs.effective_paths:,.0f} equal ones"
    rows = (
        ("known on", str(runs.company.as_of or "no date")),
        ("quarters", f"{runs.quarters[0]} to {runs.quarters[-1]}"),
        ("paths", f"{runs.paths:,}{worth}"),
        ("seed", str(runs.seed)),
        ("sampling", runs.sampling),
        ("version", runs.version),
        ("fingerprint", runs.fingerprint),
        ("checksum of the numbers", runs.checksum),
        ("numbers", "10, 50 and 90 % quantiles over paths; a year's are those of each path's own year, not sums"),
        *((f"warning {number}", told) for number, told in enumerate(runs.warnings, 1)),
    )
    for row, (word, value) in enumerate(rows, 3):
        sheet.text(row, 1, word, "bold")
        sheet.text(row, 2, value)
    for row, scenario in enumerate(runs.scenarios, 4 + len(rows)):
        sheet.text(row + 1, 1, scenario.name, "bold")
        sheet.text(row + 1, 2, " ".join(getattr(scenario, "because", "").split()), "aside")
    sheet.widths(A=28, B=100)


def _scenario(sheet: Sheet, runs: Simulation, name: str, lines: tuple[str, ...]) -> None:
    """Quarters, then complete fiscal years, of each line."""
    ends = [step for step, quarter in enumerate(runs.quarters) if quarter.number == 4]
    sheet.text(1, 1, name, "bold title")
    heads = ["line", "unit", "quantile", *map(str, runs.quarters), *(f"FY{runs.quarters[step].year}" for step in ends)]
    for column, word in enumerate(heads, 1):
        sheet.text(3, column, word, "head" if column < 4 else "head right")
    row = 4
    for line in lines:
        found = quantiles_over_paths(runs.values(line, name), LEVELS, runs.weights)
        years = _years(runs, line, name, ends)
        for place, level in enumerate(LEVELS):
            style = "bold line" if level == 0.5 else "aside"
            sheet.text(row, 1, line, style)
            sheet.text(row, 2, unit_of(runs.line(line)), style)
            sheet.number(row, 3, level, style, "0%")
            for column, number in enumerate((*found[:, place], *years[:, place]), 4):
                sheet.number(row, column, float(number), style, FORM)
            row += 1
    sheet.widths(A=34, B=24, C=10)
    sheet.page.freeze_panes = "D4"


def _years(
    runs: Simulation, line: str, name: str, ends: list[int]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Quantiles of complete fiscal years, shape (years, levels); NaN where a quarter of the year is not known.

    What a driver records has no year; a flow that is a ratio has that of ``Outcome.fiscal_year``.
    """
    blank = np.full((len(ends), len(LEVELS)), np.nan)
    if line not in runs.company.model.lines:
        return blank
    for place, end in enumerate(ends):
        year = runs.outcome(name).fiscal_year(line, end)
        if not np.isnan(year).any():
            blank[place] = quantiles_over_paths(year[None, :], LEVELS, runs.weights)[0]
    return blank


def _table(sheet: Sheet, runs: Simulation, lines: tuple[str, ...]) -> None:
    """A row a scenario, line and quarter."""
    for column, word in enumerate(("scenario", "line", "quarter", *(f"{level:.0%}" for level in LEVELS)), 1):
        sheet.text(1, column, word, "head")
    row = 2
    for name in runs.names:
        for line in lines:
            found = quantiles_over_paths(runs.values(line, name), LEVELS, runs.weights)
            for quarter, numbers in zip(runs.quarters, found, strict=True):
                for column, word in enumerate((name, line, str(quarter)), 1):
                    sheet.text(row, column, word)
                for column, number in enumerate(numbers, 4):
                    sheet.number(row, column, float(number))
                row += 1
    sheet.page.auto_filter.ref = f"A1:F{row - 1}"
    sheet.page.freeze_panes = "A2"
    sheet.widths(A=26, B=34, C=10, D=14, E=14, F=14)
