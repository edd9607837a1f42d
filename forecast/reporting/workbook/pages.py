"""The sheets of a workbook but for the first and the checks: assumptions, shocks, weights, lines, library."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.distributions import Array
from forecast.financials import History
from forecast.lines import FRACTIONS
from forecast.model import Driver
from forecast.reporting.canvas import unit_of
from forecast.reporting.workbook.cells import Sheet
from forecast.reporting.workbook.grid import FIRST_ROW
from forecast.reporting.workbook.inputs import Inputs
from forecast.reporting.workbook.plan import CHOSEN, SCENARIO, SHOCKS, Cell, Plan
from forecast.reporting.workbook.rules import began
from forecast.reporting.workbook.shocks import happens, median_start
from forecast.scenario import label

MONEY, SHARE, GENERAL = "#,##0.0;[Red]-#,##0.0", "0.00%", "0.0000"
SWITCH = '0;-0;"·"'
NAMED = 3
"""Printed figures that a comment names; ``History.explain`` names all."""

MATRIX = 18
"""The column of the first scenario on the sheet of shocks."""


def write_assumptions(sheet: Sheet, plan: Plan, inputs: Inputs) -> None:
    """A row a parameter: the value used, the range it stands for, and its ground."""
    sheet.text(1, 1, "Assumptions", "bold title")
    told = "Change a blue number. Values are medians; the range is what the simulation draws from."
    sheet.text(2, 1, told, "aside")
    heads = ("parameter", "value", "10 %", "90 %", "unit", "role", "at least", "at most", "because")
    for column, word in enumerate(heads, 1):
        sheet.text(4, column, word, "head")
    parameters = {**plan.company.parameters, **plan.others}
    for name, row in plan.assumed.items():
        sheet.text(row, 1, name)
        if name in plan.constants:
            inputs.number(sheet, row, 2, plan.constants[name], name)
            sheet.text(row, 6, "constant", "aside")
            sheet.text(row, 9, "part of the driver", "aside")
            continue
        parameter = parameters[name]
        assert parameter.estimate is not None
        inputs.number(sheet, row, 2, parameter.estimate.median, name)
        if not parameter.estimate.is_fixed:
            for column, level in ((3, 0.1), (4, 0.9)):
                sheet.number(row, column, parameter.estimate.quantile(level), "aside", "#,##0.0000")
            sheet.comment(row, 2, f"median of {parameter.estimate}")
        for column, words in ((5, parameter.unit), (6, parameter.role), (9, parameter.basis)):
            sheet.text(row, column, words, "aside")
        for column, end in ((7, parameter.low), (8, parameter.high)):
            sheet.number(row, column, end, "aside", "General")
        if parameter.name == "volatility" and parameter.line not in plan.given:
            sheet.text(row, 10, "moves nothing here: errors are at their median", "aside")
    sheet.widths(A=40, B=20, C=12, D=12, E=24, F=12, G=10, H=10, I=80, J=44)
    sheet.page.freeze_panes = "C5"


def write_shocks(sheet: Sheet, plan: Plan, inputs: Inputs) -> None:
    """A row a shock with everything that may be changed, and a column a scenario: 1 where it has the shock."""
    sheet.text(1, 1, "Shocks", "bold title")
    told = "A shock is on where it has 1 under the chosen scenario and under 'happens'. No start: the first quarter."
    sheet.text(2, 1, told, "aside")
    heads = (
        *("no.", "shock", "target", "size", "start", "end", "lasts", "ramp", "decay", "happens"),
        *("probability", "event", "as stated", "from no.", "to no.", "in force", "note"),
    )
    for column, word in enumerate(heads, 1):
        sheet.text(4, column, word, "head")
    for place, scenario in enumerate(plan.scenarios):
        sheet.text(4, MATRIX + place, scenario.name, "head")
        sheet.widths(**{_letters(MATRIX + place): 14})
    events: dict[str, int] = {}
    first, last = _letters(MATRIX), _letters(MATRIX + len(plan.scenarios) - 1)
    for number, one in enumerate(plan.table):
        row, shock, timing = FIRST_ROW + number, one.shock, one.shock.timing
        what = f"shock {number + 1}, {type(shock).__name__} on {shock.target}"
        sheet.number(row, 1, number + 1, "", "0")
        sheet.text(row, 2, type(shock).__name__)
        sheet.text(row, 3, shock.target)
        size, start = shock.size, median_start(shock)
        if size is not None and one.live:
            inputs.number(sheet, row, 4, size.median, f"{what}: size", "#,##0.0###")
        for column, date, word in ((5, start, "start"), (6, timing.end, "end")):
            inputs.text(sheet, row, column, "" if date is None else str(date), f"{what}: {word}")
        for column, quarters, word in (
            (7, timing.lasts, "lasts"),
            (8, timing.ramp, "ramp"),
            (9, timing.decay, "decay"),
        ):
            if quarters is None:
                inputs.text(sheet, row, column, "", f"{what}: {word}")
            else:
                inputs.number(sheet, row, column, float(quarters), f"{what}: {word}")
        if shock.event is not None and shock.event in events:
            sheet.formula(row, 10, f"$J${events[shock.event]}")
        else:
            inputs.number(sheet, row, 10, float(happens(shock)), f"{what}: happens")
            events.update({} if shock.event is None else {shock.event: row})
        sheet.number(row, 11, shock.probability, "aside", "0%")
        sheet.text(row, 12, shock.event or "", "aside")
        stated = "" if size is None else str(size)
        sheet.text(row, 13, stated if timing.dates is None else f"{stated}, start {timing.dates}", "aside")
        sheet.formula(row, 14, f'IF(E{row}="",{plan.grid.first.ordinal},{_ordinal(f"E{row}")})', "aside", "0")
        sheet.formula(
            row, 15, f'IF(G{row}<>"",N{row}+G{row}-1,IF(F{row}="",99999,{_ordinal(f"F{row}")}))', "aside", "0"
        )
        sheet.formula(row, 16, f"J{row}*INDEX(${first}{row}:${last}{row},1,{SCENARIO})", "bold")
        note = f"when {one.rule.condition.text}" if one.rule is not None else ""
        sheet.text(row, 17, note if one.live else "not a formula: see the sheet Checks", "aside")
        sheet.comment(row, 2, label(shock))
        for place, scenario in enumerate(plan.scenarios):
            inputs.number(
                sheet, row, MATRIX + place, float(place in one.scenarios), f"{what}: in {scenario.name}", SWITCH
            )
    sheet.widths(A=6, B=10, C=34, D=12, E=10, F=10, G=7, H=7, I=7, J=9, K=11, L=16, M=42, N=9, O=9, P=9, Q=14)
    sheet.page.freeze_panes = "D5"


def _ordinal(cell: str) -> str:
    return f"4*VALUE(LEFT({cell},4))+VALUE(RIGHT({cell},1))-1"


def _letters(column: int) -> str:
    from forecast.reporting.workbook.cells import letter

    return letter(column)


def write_weights(sheet: Sheet, plan: Plan) -> None:
    """How much of each shock is in force in each quarter: weight times fade, 0 where it is off."""
    plan.grid.heading(sheet, "Weights of the shocks", selected=CHOSEN)
    for number, one in enumerate(plan.table):
        row = FIRST_ROW + number
        sheet.text(row, 1, f"{number + 1}: {type(one.shock).__name__} {one.shock.target}")
        ramps = type(one.shock).__name__ == "Ramp"
        sheet.text(row, 3, "weight" if ramps else "weight times fade", "aside")
        start, end, ramp, decay, force = (f"{SHOCKS}!${column}{row}" for column in "NOHIP")
        for t in range(plan.grid.steps):
            now = f"{plan.grid.column(t)}$4"
            over = f"OR({now}<{start},{now}>{end})"
            if one.rule is not None and one.live:
                start, lasts = began(plan, one.rule, t), f"{SHOCKS}!$G{row}"
                over = f'OR({start}=0,{now}>IF({lasts}="",{end},{start}+{lasts}-1))'
            weight = f"MIN(1,({now}-{start}+1)/MAX({ramp},1))"
            fade = "" if ramps else f'*IF({decay}="",1,2^(-({now}-{start})/{decay}))'
            formula = f"{force}*IF({over},0,{weight}{fade})"
            sheet.formula(row, plan.grid.number(t), formula, "", "0.000")


def write_section(sheet: Sheet, title: str, plan: Plan, inputs: Inputs) -> None:
    """The lines of a section over all quarters: each in bold, what it is computed from folded under it."""
    plan.grid.heading(sheet, title, selected=CHOSEN)
    sheet.page.sheet_properties.outlinePr.summaryBelow = False
    for line in plan.sections[title]:
        driver = plan.company.model.driver(line)
        what = plan.company.model.lines[line]
        form = GENERAL if what.kind == "rate" or plan.company.model.dimensions[line].is_unsummed else MONEY
        for cell in plan.blocks[line]:
            _, row = plan.places[line, cell.key]
            style = "bold line" if cell.key == "" else "aside"
            sheet.text(row, 1, cell.label if cell.key == "" else f"    {cell.label}", style)
            sheet.text(row, 2, unit_of(what) if cell.key in ("", "own") else "", style)
            sheet.text(row, 3, _moves(driver, cell, plan), style)
            _write_row(sheet, row, cell, plan, inputs, line, form)
            if cell.key:
                sheet.page.row_dimensions.group(row, row, outline_level=1, hidden=True)
            else:
                sheet.page.row_dimensions[row].collapsed = len(plan.blocks[line]) > 1
        _write_history(sheet, plan.places[line, ""][1], plan, inputs, line, form)


def _write_row(sheet: Sheet, row: int, cell: Cell, plan: Plan, inputs: Inputs, line: str, form: str) -> None:
    shown = SHARE if cell.key in FRACTIONS else GENERAL if cell.kind in ("parameter", "state") else form
    for t in range(plan.grid.steps):
        at = plan.grid.number(t)
        if cell.values:
            inputs.number(sheet, row, at, cell.values[t], f"{line} {cell.label} {plan.grid.future[t]}", form)
        elif cell.formula is not None:
            sheet.formula(row, at, cell.formula(t), "bold line" if cell.key == "" else "aside", shown)


def _moves(driver: Driver, cell: Cell, plan: Plan) -> str:
    if cell.key:
        return ""
    if cell.kind == "given":
        return f"{type(driver).__name__}: numbers of the library, not a formula"
    formula = getattr(driver, "formula", None)
    return str(formula) if isinstance(formula, str) else f"{type(driver).__name__}{_note(plan, driver)}"


def _note(plan: Plan, driver: Driver) -> str:
    note = plan.company.fits[driver.line].note
    return f" ({note})" if note else ""


def _write_history(sheet: Sheet, row: int, plan: Plan, inputs: Inputs, line: str, form: str) -> None:
    """The known quarters of a line, each with what it rests on as a comment."""
    history = plan.company.history
    for step, quarter in enumerate(plan.grid.past, -len(plan.grid.past)):
        value = plan.company.past(line, -step)
        if np.isnan(value):
            continue
        mark, text = _ground(history, line, str(quarter))
        if step == -1 and line in plan.company.openings:
            mark, text = "stated", "opening stated at the calibration"
        sheet.number(row, plan.grid.number(step), value, f"history {'italic' if mark == 'estimated' else ''}", form)
        sheet.comment(row, plan.grid.number(step), text)
        if (line, step) in plan.asked:
            inputs.note(sheet, row, plan.grid.number(step), value, f"{line} {quarter}")


def _ground(history: History | None, line: str, quarter: str) -> tuple[str, str]:
    """How a figure is known, and the printed figures with most weight in it."""
    if history is None or line not in history.lines:
        return "stated", "stated"
    place = [str(each) for each in history.quarters].index(quarter)
    mark, error = history.marks(line)[place], history.errors(line)[place]
    known = f"{line} {quarter}: {mark}" + (f", +- {error:.2g}" if error > 0 else "")
    if history.trail is None:
        return mark, known
    grounds = history.explain(line, quarter).grounds
    shown = [f"{ground}" for ground in grounds[:NAMED]]
    more = [f"and {len(grounds) - NAMED} more"] if len(grounds) > NAMED else []
    return mark, "\n".join([known, *shown, *more])


def write_library(sheet: Sheet, plan: Plan, central: Mapping[str, Mapping[str, Array]]) -> None:
    """The library's own numbers of the central path, a block a scenario."""
    plan.grid.heading(sheet, "The library's central path, as written")
    row = FIRST_ROW
    for scenario in plan.scenarios:
        for line in plan.company.model.lines:
            sheet.text(row, 1, f"{line}")
            sheet.text(row, 3, scenario.name, "aside")
            for t in range(plan.grid.steps):
                sheet.number(row, plan.grid.number(t), float(central[scenario.name][line][t, 0]))
            row += 1
