"""Sheets: the cells of an Excel, CSV or Parquet file or a data frame, as the text that they show."""

from __future__ import annotations

import datetime as dt
import math
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import FactsError, ForecastError, did_you_mean
from forecast.financials.delimited import records_of
from forecast.financials.packed import packed_of
from forecast.financials.parquet import read_parquet
from forecast.limits import how_to_raise, limits

if TYPE_CHECKING:
    import pandas as pd

WORKBOOKS = (".xlsx", ".xlsm")
LONGEST_CELL = 1_000
"""Of a longer cell, which is a note and neither a label nor a figure, only the beginning is kept."""

COMPUTED = 14
"""From this many significant digits on, a number was computed and not typed: then what the cell shows counts."""

LETTERED = re.compile(r'^(?:"(?P<before>[^"]*)")?(?:0|General)(?:"(?P<after>[^"]*)"|\\(?P<one>.))?$')
BESIDE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
"""What a number format prints beside the number: quoted text, colours, widths."""

PLACES = re.compile(r"[0#?](?=[^0#?,]*$|\.)(?:\.(0*))?")
SCALED = re.compile(r"[0#?],+(?![0#?])")


@dataclass(frozen=True)
class Sheet:
    """Text of cells, row by row; an empty cell is ``""``. ``first`` is the number of the first row in messages.

    ``named`` says whether columns are called by their letters (a spreadsheet) or by the text in the first row.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    first: int = 1
    lettered: bool = True

    def row(self, number: int) -> str:
        """What a row is called in messages."""
        return f"row {number + self.first}" if self.lettered or number else "the header"

    def column(self, number: int) -> str:
        """What a column is called in messages."""
        if not self.lettered:
            return f"column {self.rows[0][number]!r}"
        letters = ""
        number += 1
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(65 + letter) + letters
        return f"column {letters}"


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, by its name and by what is in it."""
    return path.suffix.lower() in WORKBOOKS and path.is_file() and zipfile.is_zipfile(path)


def open_sheet(data: Path | pd.DataFrame, *, sheet: str | None = None) -> Sheet:
    """The sheet of a file or data frame. A workbook with several sheets needs the name of one.

    A sheet with more rows, columns or cells than ``forecast.limits`` says is refused, because what makes it large are
    mostly formatted cells without figures. Numbers are shown with the digits that their format adds
    (``23.40``), never with fewer than they have, unless they were computed (14 or more significant digits).
    """
    if not isinstance(data, Path):
        _check_size(data.shape[0], data.shape[1], data.size, "the data frame")
        return _from_frame(data)
    if not data.is_file():
        raise FactsError(f"'{data}' is not a file. Give a workbook, a CSV or Parquet file, or a DataFrame.")
    if data.suffix.lower() in WORKBOOKS:
        return _from_workbook(data, sheet)
    if sheet is not None:
        raise FactsError(f"'{data.name}' has no sheets; the option sheet={sheet!r} is for workbooks. Leave it out.")
    if data.suffix.lower() == ".csv":
        return _from_csv(data)
    if data.suffix.lower() == ".parquet":
        return open_sheet(read_parquet(data, rows="sheet_rows", columns="sheet_columns"))
    raise FactsError(f"'{data.name}' is not an .xlsx, .csv or .parquet file. Save it as one of them.")


def _check_size(rows: int, columns: int, cells: int, name: str) -> None:
    """Refuse what is larger than any sheet of accounts."""
    most = limits()
    if rows > most.sheet_rows or columns > most.sheet_columns:
        raise FactsError(
            f"{name} has {rows:,} rows and {columns:,} columns; at most {most.sheet_rows:,} and "
            f"{most.sheet_columns:,} are read. "
            f"Delete the empty ones, or copy the figures into a sheet of their own. "
            f"{how_to_raise('sheet_rows' if rows > most.sheet_rows else 'sheet_columns')}"
        )
    if cells > most.sheet_cells:
        raise FactsError(
            f"{name} has {cells:,} cells; at most {most.sheet_cells:,} are read. "
            f"Copy the figures into a sheet of their own. {how_to_raise('sheet_cells')}"
        )


def _from_csv(path: Path) -> Sheet:
    """A CSV file in UTF-8; the comma, or the semicolon where the first lines have more of them, separates cells."""
    records = records_of(path, rows="sheet_rows", columns="sheet_columns", mark="")
    width = max(map(len, records), default=0)
    _check_size(len(records), width, len(records) * width, f"'{path.name}'")
    return Sheet(path.name, _even(tuple(cell.strip() for cell in cells) for cells in records))


def _from_frame(frame: pd.DataFrame) -> Sheet:
    """A data frame: its columns are the first row, an index of labels the first column."""
    import pandas as pd

    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    head = tuple(show(column) for column in frame.columns)
    rows = [tuple(show(entry) for entry in entries) for entries in frame.itertuples(index=False, name=None)]
    return Sheet("the data frame", _even([head, *rows]), first=-1, lettered=False)


def _from_workbook(path: Path, wanted: str | None) -> Sheet:
    """One sheet of a workbook: the values that were saved, as shown."""
    try:
        import openpyxl
    except ImportError:
        raise FactsError(
            "Excel files need openpyxl. Install it with 'pip install forecast-scenarios[excel]'."
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's on styles, drawings and extensions, which are not read
        packed = packed_of(path)
        try:
            values = openpyxl.load_workbook(packed, read_only=True, data_only=True, keep_links=False)
            formulas = openpyxl.load_workbook(packed, read_only=True, keep_links=False)
            name = _sheet_name(path.name, values.sheetnames, wanted)
            rows = _rows(values[name], formulas[name], path.name)
        except ForecastError:
            raise
        except Exception as error:  # openpyxl lets whatever its parsers raise through on broken files
            raise FactsError(f"'{path.name}' cannot be read as a workbook: {error}. Save it as .xlsx again.") from None
    return Sheet(f"{path.name}, sheet '{name}'", _even(rows))


def _sheet_name(file: str, names: Sequence[str], wanted: str | None) -> str:
    """The sheet to read: the one wanted, or the only one."""
    if wanted is None:
        if len(names) == 1:
            return names[0]
        shown = ", ".join(f"'{name}'" for name in names)
        raise FactsError(f"'{file}' has {len(names)} sheets: {shown}. Choose one with sheet='{names[0]}'.")
    if wanted not in names:
        raise FactsError(f"'{file}' has no sheet {wanted!r}. {did_you_mean(wanted, names)}")
    return wanted


def _rows(values: Any, formulas: Any, file: str) -> list[tuple[str, ...]]:
    """What the cells of a worksheet show, up to its last row, whatever size it claims to have.

    A formula without a saved value is refused: the file was written by a program that computes nothing.
    """
    rows: list[tuple[str, ...]] = []
    unsaved: list[str] = []
    cells = 0
    values.reset_dimensions()
    formulas.reset_dimensions()
    for saved, written in zip(values.iter_rows(), formulas.iter_rows(), strict=True):
        cells += len(saved)
        _check_size(len(rows) + 1, len(saved), cells, f"'{file}', as far as it was read,")
        unsaved += [
            formula.coordinate
            for value, formula in zip(saved, written, strict=True)
            if value.value is None and formula.value is not None
        ]
        rows.append(tuple(show(cell.value, getattr(cell, "number_format", None)) for cell in saved))
    if unsaved:
        raise FactsError(
            f"'{file}' holds {len(unsaved)} formulas without a saved value, the first in {unsaved[0]}. "
            "Open it in a spreadsheet program and save it there."
        )
    return rows


def _even(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of one length, without empty columns at the right."""
    kept = [tuple(cell if len(cell) <= LONGEST_CELL else f"{cell[:LONGEST_CELL]}..." for cell in row) for row in rows]
    filled = [max((at + 1 for at, cell in enumerate(row) if cell), default=0) for row in kept]
    width = max(filled, default=0)
    return tuple((row + ("",) * width)[:width] for row in kept)


def show(value: object, number_format: str | None = None) -> str:
    """The text of a cell: dates as ``2024-03-31``, numbers with the digits that they have and that the cell shows.

    >>> show(23.4, "0.00"), show(0.123, "0.0%"), show(2025, '0"E"'), show(1543.0), show(0.1 + 0.2)
    ('23.40', '12.3%', '2025E', '1543', '0.3')
    """
    if isinstance(value, Decimal) and value.is_nan():
        return ""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, dt.datetime):
        return "" if value != value else (value.date().isoformat() if value.time() == dt.time() else str(value))
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "" if str(value) in ("NaT", "<NA>") else str(value).strip()
    if not math.isfinite(value):
        return "" if math.isnan(value) else str(value)
    return _shown(value, number_format or "General")


def _shown(number: float | Decimal, number_format: str) -> str:
    """A number in its format: percent signs, decimals and letters that it adds; never fewer digits than typed."""
    exact = Decimal(f"{number:.15g}") if isinstance(number, float) else Decimal(number)
    if exact == exact.to_integral_value():
        exact = exact.to_integral_value()
    section = number_format.split(";")[0].strip()
    if lettered := LETTERED.match(section):
        return f"{lettered['before'] or ''}{exact:f}{lettered['after'] or lettered['one'] or ''}"
    bare = BESIDE.sub("", section)
    if SCALED.search(bare):
        # No number, so that a row of the mapping refuses it, and says where.
        return f"{exact:f} in the format {number_format}"
    places = PLACES.search(bare)
    if places is None:
        return f"{exact:f}"
    percent = "%" in bare
    exact = exact.scaleb(2) if percent else exact
    decimals = len(places[1] or "")
    needed = max(0, -int(exact.normalize().as_tuple().exponent))
    if decimals >= needed or len(exact.normalize().as_tuple().digits) >= COMPUTED:
        exact = round(exact, decimals)
    return f"{exact:f}%" if percent else f"{exact:f}"
