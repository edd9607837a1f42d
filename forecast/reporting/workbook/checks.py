"""Checks inside the workbook: identities hold, history joins, domains are kept, and the library's numbers are met."""

from __future__ import annotations

from forecast.reporting.workbook.cells import Sheet, quoted
from forecast.reporting.workbook.expression import number
from forecast.reporting.workbook.grid import FIRST_ROW
from forecast.reporting.workbook.plan import ASSUMED, CHOSEN, SCENARIO, SHOCKS, Looking, Plan

CLOSE = 1e-9
"""Largest difference to the library, relative to the largest number of the line."""

BALANCED = 1e-6
"""Largest residual of an identity, relative to the largest number of the line: the history is balanced that well."""

FAR = 3.0
"""Standard errors by which a start may differ from the last figure of the history."""

OK = "OK"


def write_identities(sheet: Sheet, plan: Plan) -> list[tuple[str, int]]:
    """Each linear formula's left side less its right, in every quarter where all is known; texts and rows."""
    plan.grid.heading(sheet, "Identities: left side less right side", selected=CHOSEN)
    found = []
    for row, identity in enumerate(plan.company.model.identities, FIRST_ROW):
        found.append((identity.text, row))
        sheet.text(row, 1, identity.text)
        looking = Looking(plan, identity.line, sheet.name)
        for step in range(-len(plan.grid.past), plan.grid.steps):
            reads = [(identity.line, 0, 1.0), *((name, lag, -factor) for name, lag, factor in identity.terms)]
            if step < 0 and any(not _known(plan, name, step - lag) for name, lag, _ in reads):
                continue
            terms = "".join(f"+{number(factor)}*{_cell(looking, name, step, lag)}" for name, lag, factor in reads)
            formula = f"{terms[1:]}-{number(identity.constant)}"
            sheet.formula(row, plan.grid.number(step), formula, "aside", "0.0E+00")
    return found


def _known(plan: Plan, line: str, step: int) -> bool:
    if step < -len(plan.grid.past):
        return False
    value = plan.company.past(line, -step)
    return value == value


def _cell(looking: Looking, name: str, step: int, lag: int) -> str:
    if step >= 0:
        return looking.value(name, step, lag)
    sheet, row = looking.plan.places[name, ""]
    return f"{quoted(sheet)}!{looking.plan.grid.column(step - lag)}{row}"


def write_checks(sheet: Sheet, plan: Plan, identities: list[tuple[str, int]], residuals: str, changed: str) -> str:
    """The sheet of checks; returns the cell that says whether all hold."""
    sheet.text(1, 1, "Checks", "bold title")
    for row, (word, formula) in enumerate(
        (("all checks", ""), ("inputs changed since the file was written", changed), ("scenario", CHOSEN)), 3
    ):
        sheet.text(row, 1, word, "bold")
        if formula:
            sheet.formula(row, 2, formula, "bold right")
    row = 7
    for column, word in enumerate(("what", "number", "at most", "result"), 1):
        sheet.text(row, column, word, "head")
    row += 1
    first = row
    for line in plan.company.model.lines:
        row = _library_check(sheet, plan, line, row)
    for text, at in identities:
        row = _identity_check(sheet, plan, text, f"{quoted(residuals)}!", at, row)
    row = _join_checks(sheet, plan, row)
    row = _domain_checks(sheet, plan, row)
    sheet.formula(3, 2, f'IF(COUNTIF(D{first}:D{row - 1},"LOOK")=0,"{OK}","LOOK")', "bold right")
    row += 1
    sheet.text(row, 1, "What is not a formula", "bold")
    for note in notes(plan):
        row += 1
        sheet.text(row, 1, note, "wrap")
    sheet.widths(A=90, B=18, C=18, D=44)
    sheet.page.freeze_panes = "A8"
    return f"{quoted(sheet.name)}!$B$3"


def _row_of(plan: Plan, line: str) -> str:
    sheet, row = plan.places[line, ""]
    grid = plan.grid
    return f"{quoted(sheet)}!${grid.column(0)}${row}:${grid.column(grid.steps - 1)}${row}"


def _largest(cells: str) -> str:
    return f"MAX(MAX({cells}),-MIN({cells}))"


def _library_check(sheet: Sheet, plan: Plan, line: str, row: int) -> int:
    """The largest difference to the library, relative to the largest number; told apart from a changed input."""
    lines, grid = list(plan.company.model.lines), plan.grid
    last = FIRST_ROW + len(lines) * len(plan.scenarios) - 1
    stored = f"INDEX(Library!${grid.column(0)}${FIRST_ROW}:${grid.column(grid.steps - 1)}${last},"
    stored += f"({SCENARIO}-1)*{len(lines)}+{lines.index(line) + 1},0)"
    own = _row_of(plan, line)
    sheet.text(row, 1, f"{line}: differs from the library's number by, relatively")
    formula = f"SUMPRODUCT(ABS({own}-{stored}))/MAX(SUMPRODUCT(ABS({own})),SUMPRODUCT(ABS({stored})),1E-300)"
    sheet.formula(row, 2, formula, "right", "0.0E+00")
    sheet.number(row, 3, CLOSE, "aside", "0.0E+00")
    result = f'IF(ISERROR(B{row}),"LOOK",IF(B{row}<=C{row},"{OK}",IF($B$4>0,"an input was changed","LOOK")))'
    sheet.formula(row, 4, result)
    return row + 1


def _identity_check(sheet: Sheet, plan: Plan, text: str, page: str, at: int, row: int) -> int:
    grid = plan.grid
    cells = f"{page}${grid.column(-len(grid.past))}${at}:${grid.column(grid.steps - 1)}${at}"
    line = text.partition(" = ")[0]
    sheet.text(row, 1, f"identity {text}: largest residual")
    sheet.formula(row, 2, _largest(cells), "right", "0.0E+00")
    sheet.formula(row, 3, f"{BALANCED}*MAX(1,{_largest(_row_of(plan, line))})", "aside", "0.0E+00")
    sheet.formula(row, 4, f'IF(ISERROR(B{row}),"LOOK",IF(B{row}<=C{row},"{OK}","LOOK"))')
    return row + 1


def _join_checks(sheet: Sheet, plan: Plan, row: int) -> int:
    """Where a driver states its start: how far from the last figure of the history."""
    history = plan.company.history
    for driver in plan.company.model.drivers:
        line = driver.line
        start = Looking(plan, line, sheet.name).opening(line)
        if start is None or history is None or line not in history.lines or not _known(plan, line, -1):
            continue
        name, at = plan.places[line, ""]
        own = plan.company.parameters.get(f"{line}.start")
        spread = 0.0
        if own is not None and own.estimate is not None and not own.estimate.is_fixed:
            spread = (own.estimate.quantile(0.9) - own.estimate.quantile(0.1)) / 2.563
        error = max(float(history.errors(line)[-1]), spread)
        sheet.text(row, 1, f"{line}: its start differs from the last figure of the history by")
        sheet.formula(row, 2, f"ABS({start}-{quoted(name)}!{plan.grid.column(-1)}{at})", "right", "#,##0.000")
        sheet.number(row, 3, FAR * error + 1e-9 * abs(plan.company.past(line)), "aside", "#,##0.000")
        sheet.formula(
            row, 4, f'IF(B{row}<=C{row},"{OK}",IF($B$4>0,"an input was changed","stated otherwise, on purpose?"))'
        )
        row += 1
    return row


def _domain_checks(sheet: Sheet, plan: Plan, row: int) -> int:
    """Parameters as stated, and those that shocks move, inside the domains that the library would insist on."""
    last = FIRST_ROW + max(len(plan.assumed), 1) - 1
    value, low, high = (f"{ASSUMED}!${column}${FIRST_ROW}:${column}${last}" for column in "BGH")
    sheet.text(row, 1, "assumptions outside their domain")
    below, above = f'({low}<>"")*({value}<{low})', f'({high}<>"")*({value}>{high})'
    sheet.formula(row, 2, f"SUMPRODUCT({below}+{above})", "right", "0")
    sheet.number(row, 3, 0, "aside", "0")
    sheet.formula(row, 4, f'IF(B{row}=0,"{OK}","LOOK")')
    row += 1
    for name in dict.fromkeys(one.shock.target for one in plan.table if one.live and "." in one.shock.target):
        line, _, short = name.partition(".")
        if line in plan.given:
            continue
        last_on = max(place for place, one in enumerate(plan.table) if one.live and one.shock.target == name)
        page, at = plan.places[line, f".{short} {last_on}"]
        grid, parameter = plan.grid, plan.company.parameters[name]
        cells = f"{quoted(page)}!${grid.column(0)}${at}:${grid.column(grid.steps - 1)}${at}"
        sheet.text(row, 1, f"{name}: quarters outside its domain [{parameter.low:g}, {parameter.high:g}]")
        parts = [f"SUMPRODUCT(--({cells}<{number(parameter.low)}))"] if parameter.low > float("-inf") else []
        parts += [f"SUMPRODUCT(--({cells}>{number(parameter.high)}))"] if parameter.high < float("inf") else []
        sheet.formula(row, 2, "+".join(parts) or "0", "right", "0")
        sheet.number(row, 3, 0, "aside", "0")
        sheet.formula(row, 4, f'IF(B{row}=0,"{OK}","LOOK")')
        row += 1
    return row


def notes(plan: Plan) -> list[str]:
    """What the workbook cannot follow, in sentences."""
    found = [
        "This is one path: every uncertain number at its median. It is not the median of a line, and says nothing of "
        "probabilities; for those simulate with the library."
    ]
    for line in plan.given:
        kind = type(plan.company.model.driver(line)).__name__
        found.append(
            f"{line}: its driver {kind} is not one of the library's; its numbers stand as written, by scenario."
        )
    for place, one in enumerate(plan.table, 1):
        names = ", ".join(f"'{plan.scenarios[each].name}'" for each in one.scenarios)
        line = one.shock.target.partition(".")[0]
        if not one.live:
            what = type(one.shock).__name__ if one.rule is None else f"When {one.rule.condition.text}"
            found.append(
                f"shock {place}, {what} on {one.shock.target}: not a formula. Under {names} the numbers of {line} are "
                f"the library's as written, whatever is changed; what is computed from {line} follows them. "
                f"See the sheet {SHOCKS}."
            )
        elif line in plan.given:
            found.append(
                f"shock {place} acts on {line}, whose numbers are the library's: changing the shock moves nothing."
            )
    trends = [d.line for d in plan.company.model.drivers if type(d).__name__ == "Trend" and d.line not in plan.given]
    if trends:
        found.append(
            f"{', '.join(trends)}: the forecaster's path stands as inputs, quarter by quarter; it is not refitted."
        )
    return found
