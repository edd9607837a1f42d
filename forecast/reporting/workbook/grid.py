"""Where quarters stand: the same columns on every sheet that has quarters."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.reporting.workbook.cells import Sheet, letter
from forecast.timeline import Quarter

FIRST_COLUMN = 4
"""Before it: what the row is, its unit, and how it moves."""

TITLE_ROW, LABEL_ROW, NUMBER_ROW, FIRST_ROW = 1, 3, 4, 5
"""Rows of a sheet with quarters: its title, the quarters' labels, their numbers, and the first row of figures."""

SHOWN = 8
"""Quarters of the history that are shown; older ones are folded away."""


@dataclass(frozen=True)
class Grid:
    """Quarters of the past and the future, oldest first; step 0 is the first of the future, -1 the last of the past."""

    past: tuple[Quarter, ...]
    future: tuple[Quarter, ...]

    @property
    def steps(self) -> int:
        """Quarters of the future."""
        return len(self.future)

    @property
    def first(self) -> Quarter:
        """The first simulated quarter."""
        return self.future[0]

    def number(self, step: int) -> int:
        """A step's column, counted from 1; refused before the oldest quarter."""
        assert -len(self.past) <= step < self.steps, step
        return FIRST_COLUMN + len(self.past) + step

    def column(self, step: int) -> str:
        """A step's column as letters."""
        return letter(self.number(step))

    def heading(self, sheet: Sheet, title: str, *, selected: str | None = None) -> None:
        """Title, labels and numbers of the quarters; older history folded away, headings in view."""
        sheet.text(TITLE_ROW, 1, title, "bold title")
        if selected is not None:
            sheet.formula(2, 1, f'"Scenario: "&{selected}', "italic")
        for column, word in enumerate(("", "unit", "how it moves"), 1):
            sheet.text(LABEL_ROW, column, word, "head")
        sheet.text(NUMBER_ROW, 1, "number of the quarter (4 * year + quarter - 1)", "aside")
        for step, quarter in enumerate((*self.past, *self.future), -len(self.past)):
            sheet.text(LABEL_ROW, self.number(step), str(quarter), "head right")
            sheet.number(NUMBER_ROW, self.number(step), quarter.ordinal, "aside", "0")
            sheet.widths(**{self.column(step): 11})
        sheet.widths(A=38, B=22, C=34)
        sheet.page.freeze_panes = f"D{FIRST_ROW}"
        if len(self.past) > SHOWN:
            last = self.column(-SHOWN - 1)
            sheet.page.column_dimensions.group(letter(FIRST_COLUMN), last, outline_level=1, hidden=True)
