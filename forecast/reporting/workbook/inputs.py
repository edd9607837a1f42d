"""Inputs: cells that a user may change, noted as they are written so that a change is seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.reporting.workbook.cells import Sheet, letter, quoted


@dataclass
class Inputs:
    """Every input with the value that it was written with: (sheet, cell, what it is, value)."""

    found: list[tuple[str, str, str, float | str]] = field(default_factory=list)

    def number(self, sheet: Sheet, row: int, column: int, value: float, what: str, form: str = "") -> None:
        """An input that is a number."""
        sheet.number(row, column, value, "input", form)
        self.note(sheet, row, column, value, what)

    def text(self, sheet: Sheet, row: int, column: int, value: str, what: str) -> None:
        """An input that is text, or empty."""
        if value:
            sheet.text(row, column, value, "input")
        else:
            sheet.style(row, column, "input")
        self.note(sheet, row, column, value, what)

    def note(self, sheet: Sheet, row: int, column: int, value: float | str, what: str) -> None:
        """A cell that counts as an input though it is written elsewhere."""
        self.found.append((sheet.name, f"${letter(column)}${row}", what, value))

    def write(self, sheet: Sheet) -> str:
        """The sheet of inputs as they were written, beside what they are now; returns how many differ, as a formula."""
        sheet.text(1, 1, "Inputs as written, and as they are", "bold title")
        sheet.text(2, 1, "To undo a change, copy 'as written' back into the cell named.", "aside")
        for column, word in enumerate(("input", "sheet", "cell", "as written", "now", "changed"), 1):
            sheet.text(3, column, word, "head")
        for row, (page, cell, what, value) in enumerate(self.found, 4):
            sheet.text(row, 1, what)
            sheet.text(row, 2, page, "aside")
            sheet.text(row, 3, cell.replace("$", ""), "aside")
            if isinstance(value, str):
                sheet.text(row, 4, value)
            else:
                sheet.number(row, 4, value)
            there = f"{quoted(page)}!{cell}"
            sheet.formula(row, 5, f'IF({there}="","",{there})')
            sheet.formula(row, 6, f'IF(D{row}&""=E{row}&"",0,1)')
        sheet.widths(A=48, B=18, C=10, D=22, E=22, F=10)
        sheet.page.freeze_panes = "A4"
        return f"SUM({quoted(sheet.name)}!F4:F{max(len(self.found) + 3, 4)})"
