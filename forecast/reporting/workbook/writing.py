"""Writing a company as a workbook of live formulas, for somebody without Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.model import CalibratedModel, Model
from forecast.reporting.workbook.cells import Sheet, file_of, needs, quoted, sheet_names
from forecast.reporting.workbook.checks import write_checks, write_identities
from forecast.reporting.workbook.grid import Grid
from forecast.reporting.workbook.inputs import Inputs
from forecast.reporting.workbook.pages import (
    write_assumptions,
    write_library,
    write_section,
    write_shocks,
    write_weights,
)
from forecast.reporting.workbook.plan import CHOSEN, Plan
from forecast.reporting.workbook.rules import RULES, rules_of, write_rules
from forecast.reporting.workbook.shocks import placed
from forecast.reporting.workbook.start import write_start
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.simulation.running import listed
from forecast.timeline import Quarter, quarters_between

CLOSING = ("revenue", "gross_profit", "operating_profit", "net_profit", "cash")
"""Lines that end a section where nothing else is said, as far as the model has them."""

RESERVED = ("Start", "Assumptions", "Shocks", "Weights", RULES, "Library", "Checks", "Identities", "Inputs")
LONG = 12
"""Quarters of a workbook that is not told until when."""

YEAR = 4
"""Quarters of the past that every workbook has room for: growth on the year before reads them."""


def write_workbook(
    path: str | Path,
    company: CalibratedModel,
    scenarios: Scenario | Iterable[Scenario] | Mapping[str, Scenario],
    *,
    until: str | Quarter | None = None,
    sections: Mapping[str, Iterable[str]] | None = None,
) -> Path:
    """Write the central path of a company under each scenario as a workbook whose cells are formulas.

    The central path has every parameter, size, date and error at its median, and what happens with a probability
    happens where that is above 1/2: ``simulate(..., paths=1, sampling="medians")``. Change a blue cell, or the number
    of the scenario on the first sheet, and everything follows. ``sections`` names the lines of each sheet; else a sheet
    ends with each of ``revenue``, ``gross_profit``, ``operating_profit``, ``net_profit`` and ``cash``. ``until`` is the
    last quarter; without it there are three years, or as many quarters as the company is calibrated for.
    ``company.model.to_excel(path, company, scenarios)`` is the same.

    Text from data never becomes a formula. No number is stored as the result of a formula: whatever opens the file
    computes it. Drivers and shocks of your own are the library's numbers, as the sheet of checks says.
    """
    openpyxl, target = needs(), file_of(path)
    expect(
        company, CalibratedModel, SimulationError, "the company", "calibrate the model first: calibrate(model, history)"
    )
    last = company.first + (min(LONG, company.horizon) - 1) if until is None else until
    quarters = horizon_of(company, last, 1, 0)
    chosen = _chosen(scenarios)
    check_scenarios(company, chosen, quarters)
    named = _sections(company.model, sections)
    central = central_path(company, chosen, quarters)
    plan = Plan(company, chosen, _grid(company, quarters), placed(chosen), named)
    book = openpyxl.Workbook()
    book.remove(book.active)

    def page(name: str) -> Sheet:
        made = book.create_sheet(name)
        made.page_setup.orientation, made.page_setup.fitToWidth, made.page_setup.fitToHeight = "landscape", 1, 0
        made.sheet_properties.pageSetUpPr.fitToPage = True
        return Sheet(made)

    start, inputs = page("Start"), Inputs()
    write_assumptions(page("Assumptions"), plan, inputs)
    write_shocks(page("Shocks"), plan, inputs)
    for title in named:
        write_section(page(title), title, plan, inputs)
    checks = page("Checks")
    identities = page("Identities")
    found = write_identities(identities, plan)
    if rules_of(plan):
        write_rules(page(RULES), plan, CHOSEN)
    write_weights(page("Weights"), plan)
    write_library(page("Library"), plan, central)
    changed = inputs.write(page("Inputs"))
    held = write_checks(checks, plan, found, identities.name, changed)
    write_start(start, plan, held, f"{quoted(checks.name)}!$B$4")
    book.save(target)
    return target


def central_path(
    company: CalibratedModel, scenarios: Iterable[Scenario], quarters: tuple[Quarter, ...]
) -> dict[str, Mapping[str, Array]]:
    """Every line (quarters, 1) of the central path, by scenario."""
    run = Run(company, quarters, 1, 0, sampling="medians")
    return {scenario.name: run.scenario(scenario) for scenario in scenarios}


def _chosen(scenarios: Any) -> tuple[Scenario, ...]:
    chosen = listed(scenarios)
    for one in chosen:
        expect(one, Scenario, SimulationError, "the scenario", "a mixture has no central path; pass its scenarios")
    return tuple(one for one in chosen if isinstance(one, Scenario))


def _grid(company: CalibratedModel, quarters: tuple[Quarter, ...]) -> Grid:
    """The quarters of the history, or as many as somebody looks back at."""
    reads = max((lag for driver in company.model.drivers for _, lag in driver.reads()), default=0)
    first = quarters[0] + -max(YEAR, reads)
    if company.history is not None:
        first = min(first, company.history.quarters[0])
    return Grid(quarters_between(first, quarters[0] + -1), quarters)


def _sections(model: Model, stated: Mapping[str, Iterable[str]] | None) -> dict[str, tuple[str, ...]]:
    """The lines of each sheet by its name; lines that no section names are on a last one."""
    if stated is None:
        found: dict[str, tuple[str, ...]] = {}
        waiting: list[str] = []
        for driver in model.drivers:
            waiting.append(driver.line)
            if driver.line in CLOSING:
                found[driver.line] = tuple(waiting)
                waiting = []
        wanted = {**found, **({"other lines" if found else "lines": tuple(waiting)} if waiting else {})}
    else:
        expect(stated, Mapping, SimulationError, "sections", "pass {'Revenue': ['sales', 'fees'], ...}")
        wanted = {str(name): tuple(lines) for name, lines in stated.items()}
        problems, seen = Problems(), set()
        for name, lines in wanted.items():
            for line in lines:
                if line not in model.lines:
                    problems.add(f"section '{name}' has '{line}'. {did_you_mean(str(line), model.lines)}")
                elif line in seen:
                    problems.add(f"section '{name}' has '{line}', which an earlier one has already.")
                seen.add(line)
        problems.raise_if_any(SimulationError, "the sections do not fit the model")
        rest = tuple(line for line in model.lines if line not in seen)
        wanted = {**wanted, **({"other lines": rest} if rest else {})}
    return dict(zip(sheet_names(wanted, RESERVED), wanted.values(), strict=True))
