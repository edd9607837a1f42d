"""Decision rules as rows: whether a condition was met at the end of the last quarter, and since when shocks are on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from forecast.reporting.workbook.cells import Sheet
from forecast.reporting.workbook.expression import as_cells
from forecast.reporting.workbook.grid import FIRST_ROW
from forecast.scenario import When
from forecast.scenario.condition import Condition

if TYPE_CHECKING:
    from forecast.reporting.workbook.plan import Plan

RULES = "Rules"
ROWS = 3
"""Rows of a rule: whether it is met, whether it is over, and the number of the quarter in which its shocks began."""


def rules_of(plan: Plan) -> list[When]:
    """The rules that cells follow, each once."""
    found: list[When] = []
    for one in plan.table:
        if one.live and one.rule is not None and one.rule not in found:
            found.append(one.rule)
    return found


def began(plan: Plan, rule: When, t: int) -> str:
    """The cell that holds the number of the quarter in which the rule's shocks began; 0 while they are off."""
    return f"{RULES}!{plan.grid.column(t)}${FIRST_ROW + ROWS * rules_of(plan).index(rule) + 2}"


def write_rules(sheet: Sheet, plan: Plan, selected: str) -> None:
    """Three rows a rule; nothing is decided on figures of the quarter itself."""
    plan.grid.heading(sheet, "Decision rules", selected=selected)
    for place, rule in enumerate(rules_of(plan)):
        row = FIRST_ROW + ROWS * place
        sheet.text(row, 1, f"met at the end of the last quarter: {rule.condition.text}")
        sheet.text(row + 1, 1, f"over: {'never' if rule.until is None else rule.until.text}", "aside")
        sheet.text(row + 2, 1, "number of the quarter in which it began", "bold")
        for t in range(plan.grid.steps):
            column, at = plan.grid.column(t), plan.grid.number(t)
            sheet.formula(row, at, _met(plan, sheet.name, rule.condition, t), "", "0")
            sheet.formula(
                row + 1, at, "0" if rule.until is None else _met(plan, sheet.name, rule.until, t), "aside", "0"
            )
            begins = f"IF({column}{row}=1,{column}$4,0)"
            if t:
                before = f"{plan.grid.column(t - 1)}{row + 2}"
                begins = f"IF({before}>0,IF({column}{row + 1}=1,0,{before}),{begins})"
            sheet.formula(row + 2, at, begins, "bold", "0")


def _met(plan: Plan, sheet: str, condition: Condition, t: int) -> str:
    """1 where a condition held at the end of the quarter before; a number that nobody knows meets none."""
    if any(_cell(plan, sheet, name, t - 1 - lag) is None for name, lag in condition.reads):
        return "0"

    def look(step: int) -> Callable[[str, int], str]:
        return lambda name, lag: str(_cell(plan, sheet, name, step - lag))

    held = ",".join(
        f"{as_cells(left.text, look(t - 1))}{sign}{as_cells(right.text, look(t - 1))}"
        for left, sign, right in condition.parts
    )
    return f"IF(IFERROR(AND({held}),FALSE),1,0)"


def _cell(plan: Plan, sheet: str, line: str, step: int) -> str | None:
    """A line at a step; None where nobody knows it."""
    from forecast.reporting.workbook.plan import Looking

    looking = Looking(plan, line, sheet)
    if step >= 0:
        return looking.value(line, step)
    if step < -1 or looking.opening(line) is None:
        known = -step <= len(plan.grid.past) and plan.company.past(line, -step) == plan.company.past(line, -step)
        if not known:
            return None
    return looking.value(line, 0, -step)
