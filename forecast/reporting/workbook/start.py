"""The first sheet: which scenario, whether the checks hold, what to doubt, how to use the rest, and a chart."""

from __future__ import annotations

import numpy as np

from forecast.lines import Identity
from forecast.reporting.workbook.cells import Sheet, quoted
from forecast.reporting.workbook.plan import Plan
from forecast.version import VERSION

SHOWN = ("revenue", "net_profit", "cash")
"""Lines of the chart and the table of years, as far as the model has them; else its last three."""

DECIMALS = "#,##0.0000;[Red]-#,##0.0000"
"""How a rate is shown: a share of 0.3 is no 0."""

FIRST = 8
"""The row of the first scenario."""


def write_start(sheet: Sheet, plan: Plan, held: str, changed: str) -> None:
    """The switch in B4, the chosen scenario's name in B5, and whether all checks hold in B6."""
    from openpyxl.worksheet.datavalidation import DataValidation

    count = len(plan.scenarios)
    sheet.text(1, 1, "Scenario workbook", "bold title")
    made = f"forecast {VERSION}, known on {plan.company.as_of or 'no date'}, model {plan.company.fingerprint[:12]}"
    sheet.text(2, 1, made, "aside")
    sheet.text(4, 1, "Scenario number (change it)", "bold")
    sheet.number(4, 2, 1, "input bold", "0")
    sheet.text(5, 1, "Scenario", "bold")
    sheet.formula(5, 2, f"INDEX($B${FIRST}:$B${FIRST + count - 1},$B$4)", "bold")
    sheet.text(6, 1, "Checks; inputs changed", "bold")
    sheet.formula(6, 2, held, "bold")
    sheet.formula(6, 3, changed, "bold")
    rule = DataValidation(type="whole", operator="between", formula1="1", formula2=str(count), allow_blank=False)
    rule.error, rule.errorTitle, rule.showErrorMessage = f"Give a whole number from 1 to {count}.", "Scenario", True
    sheet.page.add_data_validation(rule)
    rule.add("B4")
    for column, word in enumerate(("number", "scenario", "because"), 1):
        sheet.text(FIRST - 1, column, word, "head")
    for place, scenario in enumerate(plan.scenarios):
        sheet.number(FIRST + place, 1, place + 1, "wrap", "0")
        sheet.text(FIRST + place, 2, scenario.name, "wrap")
        because = " ".join(scenario.because.split())
        sheet.text(FIRST + place, 3, because, "aside wrap")
        sheet.page.merge_cells(start_row=FIRST + place, end_row=FIRST + place, start_column=3, end_column=10)
        sheet.page.row_dimensions[FIRST + place].height = 15 * (1 + len(because) // 150)
    row = _warnings(sheet, plan, FIRST + count + 1)
    row = _years(sheet, plan, row)
    row = _help(sheet, row + 1)
    _chart(sheet, plan, row + 1)
    sheet.widths(A=34, B=26, **dict.fromkeys("CDEFGHIJ", 14))


def _shown(plan: Plan) -> list[str]:
    lines = list(plan.company.model.lines)
    return [line for line in SHOWN if line in lines] or lines[-3:]


def _warnings(sheet: Sheet, plan: Plan, row: int) -> int:
    """What the history and the calibration leave to doubt, one row each; nothing where there is nothing."""
    told = plan.company.warnings
    if not told:
        return row
    sheet.text(row, 1, f"Warnings: {len(told)}", "bold")
    for one in told:
        row += 1
        sheet.text(row, 1, one, "wrap")
        sheet.page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=10)
        sheet.page.row_dimensions[row].height = 15 * (1 + len(one) // 150)
    return row + 2


def _years(sheet: Sheet, plan: Plan, row: int) -> int:
    """A few lines by fiscal year: a flow summed over quarters that are all known, else the fourth quarter's.

    A flow that is one sum of flows over another is that of their years; any other ratio has none.
    """
    grid, model = plan.grid, plan.company.model
    ends = [t for t, quarter in enumerate(grid.future) if quarter.number == 4]
    sheet.text(row, 1, "by fiscal year", "head")
    for place, t in enumerate(ends):
        sheet.text(row, 2 + place, str(grid.future[t].year), "head right")
    for line in _shown(plan):
        row += 1
        sheet.text(row, 1, line, "bold line")
        what, ratio = model.lines[line], model.dimensions[line].is_unsummed
        form = DECIMALS if what.kind == "rate" or ratio else "#,##0;[Red]-#,##0"
        for place, t in enumerate(ends):
            if what.kind != "flow":
                page, at = plan.places[line, ""]
                sheet.formula(row, 2 + place, f"{quoted(page)}!{grid.column(t)}{at}", "", form)
                continue
            parts = model.fractions.get(line, ()) if ratio else (Identity(line, ((line, 0, 1.0),)),)
            if parts and all(_known(plan, name, t) for part in parts for name, _, _ in part.terms):
                sheet.formula(row, 2 + place, "/".join(_summed(plan, part, t) for part in parts), "", form)
    return row + 1


def _known(plan: Plan, line: str, end: int) -> bool:
    """Whether the quarters before the first simulated one, of the year that ends at step ``end``, are known."""
    return not any(np.isnan(plan.company.past(line, -step)) for step in range(end - 3, 0))


def _summed(plan: Plan, part: Identity, end: int) -> str:
    """A sum of flows over the year that ends at step ``end``, as a formula."""
    first, last = plan.grid.column(end - 3), plan.grid.column(end)
    terms = []
    for name, _, factor in part.terms:
        page, at = plan.places[name, ""]
        times = "" if factor == 1 else f"{factor!r}*"
        terms.append(f"{times}SUM({quoted(page)}!{first}{at}:{last}{at})")
    return terms[0] if len(terms) == 1 else f"({'+'.join(terms)})"


def _help(sheet: Sheet, row: int) -> int:
    told = (
        "Blue on yellow: inputs to change. Black: formulas. Grey: history, with its sources as comments.",
        "Assumptions: every parameter at its median. Shocks: what each scenario does; 1 switches a shock on.",
        "Sheets of lines: bold rows are lines; unfold a row (+ at the left) to see what it is computed from.",
        "Checks: whether identities hold and whether the numbers are still those of the library.",
        "This is one path, every uncertain number at its median: no probability can be read from it.",
    )
    for line in told:
        sheet.text(row, 1, line)
        row += 1
    return row


def _chart(sheet: Sheet, plan: Plan, row: int) -> None:
    from openpyxl.chart import LineChart, Reference, Series

    chart = LineChart()
    chart.title, chart.height, chart.width = "Lines by quarter, chosen scenario", 9, 24
    grid = plan.grid
    book = sheet.page.parent
    for dash, line in zip(("solid", "dash", "sysDot"), _shown(plan), strict=False):
        name, at = plan.places[line, ""]
        cells = Reference(book[name], min_col=grid.number(0), max_col=grid.number(grid.steps - 1), min_row=at)
        series = Series(cells, title=line)
        series.graphicalProperties.line.dashStyle = dash
        series.smooth = False
        chart.series.append(series)
        labels = Reference(book[name], min_col=grid.number(0), max_col=grid.number(grid.steps - 1), min_row=3)
        chart.set_categories(labels)
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.number_format = "#,##0"
    chart.legend.position = "b"
    sheet.page.add_chart(chart, f"A{row}")
