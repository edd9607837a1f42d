"""Cells: addresses, styles, and writing in which text from data never becomes a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forecast.errors import SimulationError

STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins with one of these could be taken for a formula when somebody edits the cell."""

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_TEXT = 32_000

PAPER = {"input": "FFF8DC", "history": "EFEFEF", "head": "1F3864", "line": "DCE6F1"}
"""Backgrounds of inputs, of the history, of headings, and of the rows of lines."""

INK = {"input": "0000C0", "head": "FFFFFF", "aside": "707070"}
"""Inputs are blue and formulas black, as in most banks."""


def needs(module: str = "openpyxl") -> Any:
    """The library that writes the file, or what to install."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise SimulationError(
            "a workbook is written with openpyxl. Install it: pip install 'forecast-scenarios[excel]'."
        ) from None


def file_of(path: str | Path) -> Path:
    """The file to write; Excel opens none whose name ends otherwise."""
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise SimulationError(f"the workbook is to be {target.name!r}; give it a name that ends in '.xlsx'.")
    return target


def letter(column: int) -> str:
    """The letters of a column, counted from 1: 28 is AB."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def quoted(sheet: str) -> str:
    """The name of a sheet as it stands in a formula."""
    return "'" + sheet.replace("'", "''") + "'"


def sheet_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names that a sheet may have, in the same order: at most 31 characters, no brackets or slashes, no two alike."""
    used = {name.lower() for name in taken} | {"history"}
    found = []
    for name in wanted:
        plain = (
            UNPRINTABLE.sub("", re.sub(r"[\[\]:*?/\\\n\r\t]", " ", str(name))).strip().strip("'")[:31].strip()
            or "sheet"
        )
        tried, number = plain, 1
        while tried.lower() in used:
            number += 1
            tried = f"{plain[: 30 - len(str(number))]} {number}"
        used.add(tried.lower())
        found.append(tried)
    return found


def clean(text: Any) -> str:
    """Text that a workbook can hold."""
    return UNPRINTABLE.sub("", str(text))[:LONGEST_TEXT]


@dataclass(frozen=True)
class Sheet:
    """One sheet being written; cells are counted from 1."""

    page: Any

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.page.title)

    def text(self, row: int, column: int, value: Any, style: str = "") -> None:
        """Text, whatever it begins with; it stays text when the cell is edited."""
        cell = self.page.cell(row, column)
        said = clean(value)
        cell.value = said
        cell.data_type = "s"
        self.style(row, column, style)
        if said.startswith(STARTERS):
            cell.quotePrefix = True

    def number(self, row: int, column: int, value: float, style: str = "", form: str = "") -> None:
        """A number; nothing where it is not finite."""
        if value == value and abs(value) != float("inf"):
            self.page.cell(row, column).value = float(value)
        self.style(row, column, style, form)

    def formula(self, row: int, column: int, formula: str, style: str = "", form: str = "") -> None:
        """A formula, made by this package alone."""
        self.page.cell(row, column).value = f"={formula}"
        self.style(row, column, style, form)

    def comment(self, row: int, column: int, text: str) -> None:
        """A comment on a cell, sized to its text."""
        comment = needs("openpyxl.comments").Comment(clean(text), "forecast")
        comment.width, comment.height = 420, 40 + 18 * sum(1 + len(part) // 60 for part in text.split("\n"))
        self.page.cell(row, column).comment = comment

    def style(self, row: int, column: int, style: str, form: str = "") -> None:
        """Words such as ``input``, ``bold`` or ``aside``, and a number format."""
        cell = self.page.cell(row, column)
        if style:
            cell.fill, cell.font, cell.alignment = _dress(style)
        if form:
            cell.number_format = form

    def widths(self, **columns: float) -> None:
        """Column widths in characters, by letter."""
        for name, width in columns.items():
            self.page.column_dimensions[name].width = width


@cache
def _dress(style: str) -> tuple[Any, Any, Any]:
    """Fill, font and alignment of a style."""
    styles, words = needs("openpyxl.styles"), style.split()
    paper = next((PAPER[word] for word in words if word in PAPER), None)
    ink = next((INK[word] for word in words if word in INK), "000000")
    size = 16 if "title" in words else 9 if "aside" in words else 11
    fill = styles.PatternFill("solid", fgColor=paper) if paper else styles.PatternFill()
    font = styles.Font(
        name="Calibri", color=ink, bold="bold" in words or "head" in words, italic="italic" in words, size=size
    )
    right = "right" if "right" in words else None
    wrap = styles.Alignment(horizontal=right, wrap_text="wrap" in words, vertical="top" if "wrap" in words else None)
    return fill, font, wrap
